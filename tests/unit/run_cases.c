/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_cases.c FILE - decide every case of a file on the fixture, as TAP.
 *
 * A case is a line: effect, reason, method, target, operation ("-" for
 * none), then the value of Authorization up to the end ("-" for no header).
 * In a target \s is a space and \xNN a byte.  In a credential <name> is the
 * text of the fixture's token, and (text) its base64.  The lines "@host H",
 * "@address A" and "@days N" (days added to the fixture's clock) set what
 * holds for the cases below.  '#' begins a comment line.
 */

#include "tests/unit/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE 9000

struct setting {
    char host[64];
    uint8_t address[16];
    int64_t now;
};

static struct fx fixture;
static bool seen[SC_REASON_COUNT];

static const char *const effects[] = {"refuse", "allow", "answer"};

/* Replace \s and \xNN in place. */
static size_t
unescape(char *text)
{
    size_t n = 0;

    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] == '\\' && text[i + 1] == 's') {
            text[n++] = ' ';
            i++;
        } else if (text[i] == '\\' && text[i + 1] == 'x') {
            text[n++] = (char) (sc_hex_value(text[i + 2]) << 4
                                | sc_hex_value(text[i + 3]));
            i += 3;
        } else {
            text[n++] = text[i];
        }
    }

    text[n] = '\0';
    return n;
}


/* Replace <name> by the token. */
static void
put_names(const char *in, char *out)
{
    while (*in != '\0') {
        const char *end = *in == '<' ? strchr(in, '>') : NULL;

        if (end == NULL) {
            *out++ = *in++;
            continue;
        }
        memcpy(
            out,
            fx_token(&fixture, sc_str(in + 1, (size_t) (end - in) - 1))->text,
            SC_TOKEN_LEN);
        out += SC_TOKEN_LEN;
        in = end + 1;
    }
    *out = '\0';
}


/* Write a credential out in full. */
static void
expand(char *in, char out[LINE])
{
    char named[LINE];
    char *open, *close;

    (void) unescape(in);
    put_names(in, named);
    open = strchr(named, '(');
    close = open == NULL ? NULL : strrchr(open, ')');
    if (close == NULL) {
        memcpy(out, named, strlen(named) + 1);
        return;
    }

    memcpy(out, named, (size_t) (open - named));
    fx_base64(sc_str(open + 1, (size_t) (close - open) - 1),
              out + (open - named));
}


static bool
run(const char *const field[5], char *target, char *credential,
    const struct setting *set)
{
    static struct sc_target parsed;
    struct sc_verdict v;
    char header[LINE];
    struct sc_str got = SC_STR("-");
    struct sc_call call = {.method = sc_str_c(field[2]),
                           .host = sc_str_c(set->host),
                           .now = set->now};

    memcpy(call.address, set->address, sizeof(call.address));
    call.target = sc_str(target, unescape(target));
    if (strcmp(credential, "-") != 0) {
        expand(credential, header);
        call.authorization = sc_str_c(header);
    }

    sc_decide(&fixture.view, &fixture.hasher, &call, &parsed, &v);
    seen[v.reason] = true;
    if (v.operation != NULL) {
        got = sc_image_str(fixture.view.image, v.operation->id);
    }
    if (strcmp(effects[v.effect], field[0]) == 0
        && strcmp(sc_reason_code(v.reason), field[1]) == 0
        && sc_str_eq(got, sc_str_c(field[4]))) {
        return true;
    }

    printf("# got: %s %s, operation %.*s%s%s\n", effects[v.effect],
           sc_reason_code(v.reason), (int) got.len, got.data,
           v.reason == SC_REASON_TARGET ? ", " : "",
           v.reason == SC_REASON_TARGET ? sc_target_rule_text(v.rule) : "");
    return false;
}


static void
change(char *line, struct setting *set)
{
    char *value = strchr(line, ' ');

    if (value == NULL) {
        abort();
    }

    *value++ = '\0';
    if (strcmp(line, "@host") == 0) {
        (void) snprintf(set->host, sizeof(set->host), "%s", value);
    } else if (strcmp(line, "@address") == 0) {
        fx_address(value, set->address);
    } else if (strcmp(line, "@days") == 0) {
        set->now = FX_NOW + strtol(value, NULL, 10) * FX_DAY;
    } else {
        abort();
    }
}


/* Reasons of the gateway around core, and those that only damage gives. */
static bool
is_from_elsewhere(enum sc_reason reason)
{
    return reason == SC_REASON_NONE || reason == SC_REASON_FRAMING
           || reason == SC_REASON_HEADERS || reason == SC_REASON_AUDIT_FULL
           || reason == SC_REASON_NO_IMAGE;
}


static bool
all_seen(void)
{
    bool all = true;

    for (int i = 0; i < SC_REASON_COUNT; i++) {
        if (!seen[i] && !is_from_elsewhere((enum sc_reason) i)) {
            printf("# no case for %s\n", sc_reason_code((enum sc_reason) i));
            all = false;
        }
    }

    return all;
}


int
main(int argc, char **argv)
{
    struct setting set = {.host = "gw", .now = FX_NOW};
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    char line[LINE], shown[LINE];
    unsigned n = 0, number = 0;

    if (in == NULL) {
        (void) fprintf(stderr, "usage: run_cases FILE\n");
        return 2;
    }

    fx_open(&fixture);
    fx_address("192.0.2.1", set.address);
    while (fgets(line, sizeof(line), in) != NULL) {
        char *field[6], *rest = line;

        number++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        if (line[0] == '@') {
            change(line, &set);
            continue;
        }
        memcpy(shown, line, sizeof(shown));
        for (int i = 0; i < 6; i++) {
            rest += strspn(rest, " ");
            field[i] = rest;
            if (i < 5) {
                rest += strcspn(rest, " ");
                if (*rest == '\0') {
                    printf("Bail out! line %u has too few fields\n", number);
                    return 2;
                }
                *rest++ = '\0';
            }
        }
        printf("%sok %u - %u: %.200s\n",
               run((const char *const *) field, field[3], field[5], &set)
                   ? ""
                   : "not ",
               ++n, number, shown);
    }

    printf("%sok %u - every reason has a case\n", all_seen() ? "" : "not ",
           n + 1);
    printf("1..%u\n", n + 1);
    (void) fclose(in);
    fx_close(&fixture);
    return 0;
}
