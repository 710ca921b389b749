/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - decisions from a runtime directory.
 *
 * With a token the whole of sc_decide() runs, as for a call; without one
 * sc_check() answers for a policy and a grant.
 */

#include "cli/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "catalog/nearest.h"
#include "cli/out.h"
#include "core/refusal.h"
#include "runtime/follow.h"

#define SENTENCE_MAX 4096
#define EMAIL_MAX    254

/* Room for "Basic " and the base64 of e-mail, colon and token. */
#define HEADER_MAX ((EMAIL_MAX + SC_TOKEN_LEN + 3) / 3 * 4 + 16)


static int
unknown(const char *noun, const char *name, const struct nearest *near)
{
    if (near->best == NULL) {
        out_error("unknown %s \"%s\", there is none", noun, name);
    } else {
        out_error("unknown %s \"%s\", did you mean \"%s\"?", noun, name,
                  near->best);
    }

    return SC_ENOENT;
}


/* Show a name of the image, which has no NUL behind it; best keeps a copy of
 * the nearest so far. */
static void
try_name(struct nearest *near, char best[SC_SCOPE_NAME_MAX + 1],
         const char *word, struct sc_str name)
{
    char text[SC_SCOPE_NAME_MAX + 1];

    if (name.len == 0 || name.len >= sizeof(text)) {
        return;
    }
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';

    nearest_try(near, word, text);
    if (near->best == text) {
        memcpy(best, text, sizeof(text));
        near->best = best;
    }
}


static int
find_app(const struct sc_image *im, const char *name,
         const struct sc_app **out)
{
    const struct sc_app *apps = sc_image_at(im, im->apps);
    char best[SC_SCOPE_NAME_MAX + 1];
    struct nearest near = {NULL, 0};

    *out = sc_image_app_named(im, sc_str_c(name));
    if (*out != NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < im->apps.count; i++) {
        try_name(&near, best, name, sc_image_str(im, apps[i].name));
    }

    return unknown("app", name, &near);
}


static int
find_policy(const struct sc_image *im, const char *name,
            const struct sc_policy **out)
{
    const struct sc_policy *policies = sc_image_at(im, im->policies);
    char best[SC_SCOPE_NAME_MAX + 1];
    struct nearest near = {NULL, 0};

    *out = sc_image_policy_named(im, sc_str_c(name));
    if (*out != NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < im->policies.count; i++) {
        try_name(&near, best, name, sc_image_str(im, policies[i].name));
    }

    return unknown("policy", name, &near);
}


static int
add_scope(const struct sc_image *im, const char *name,
          uint64_t words[SC_SCOPE_WORDS])
{
    char best[SC_SCOPE_NAME_MAX + 1];
    struct nearest near = {NULL, 0};
    struct sc_str known;

    for (uint32_t i = 0; i < im->scopes.count; i++) {
        known = sc_image_scope(im, i);
        if (known.len != 0 && sc_str_eq(known, sc_str_c(name))) {
            return sc_scope_add(words, SC_SCOPE_WORDS, i) ? 0 : SC_ETOOBIG;
        }
        try_name(&near, best, name, known);
    }

    return unknown("scope", name, &near);
}


/* The scopes that were given; without any, every one that there is. */
static int
read_grant(const struct sc_image *im, const struct args *args,
           uint64_t words[SC_SCOPE_WORDS])
{
    int rc = 0;

    memset(words, args_count(args, "scope") == 0 ? 0xff : 0,
           SC_SCOPE_WORDS * sizeof(*words));
    for (size_t i = 0; i < args->nitems && rc == 0; i++) {
        if (strcmp(args->items[i].option->name, "scope") == 0) {
            rc = add_scope(im, args->items[i].value, words);
        }
    }

    return rc;
}


static int
ask_policy(const struct sc_image *im, const struct args *args,
           struct sc_target *target, struct sc_verdict *verdict)
{
    uint64_t words[SC_SCOPE_WORDS];
    struct sc_question q = {
        .grant = {words, SC_SCOPE_WORDS},
        .method = sc_str_c(args->operands[0]),
        .target = sc_str_c(args->operands[1]),
    };
    int rc;

    rc = find_policy(im, args_text(args, "policy"), &q.policy);
    if (rc == 0) {
        rc = find_app(im, args_text(args, "app"), &q.app);
    }
    if (rc == 0) {
        rc = read_grant(im, args, words);
    }
    if (rc == 0) {
        sc_check(im, &q, target, verdict);
    }

    return rc;
}


static void
add_base64(struct sc_buf *out, const char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/=";
    char quad[5] = "";
    uint32_t v;

    for (size_t i = 0; i < n; i += 3) {
        v = (uint32_t) (unsigned char) bytes[i] << 16;
        v |= i + 1 < n ? (uint32_t) (unsigned char) bytes[i + 1] << 8 : 0;
        v |= i + 2 < n ? (uint32_t) (unsigned char) bytes[i + 2] : 0;
        quad[0] = digits[v >> 18];
        quad[1] = digits[v >> 12 & 63];
        quad[2] = digits[i + 1 < n ? v >> 6 & 63 : 64];
        quad[3] = digits[i + 2 < n ? v & 63 : 64];
        sc_buf_addc(out, quad);
    }
}


/* The Authorization header of a client that has the token in file: Basic
 * with an e-mail, else Bearer. */
static int
read_token(const char *file, const char *email, struct sc_buf *out)
{
    char pair[EMAIL_MAX + SC_TOKEN_LEN + 8] = "";
    char *token;
    size_t at = 0;
    ssize_t n = -1;
    int fd;

    if (email != NULL && strlen(email) > EMAIL_MAX) {
        out_error("--email: longer than %d bytes", EMAIL_MAX);
        return SC_EINVAL;
    }
    if (email != NULL) {
        at = (size_t) snprintf(pair, sizeof(pair), "%s:", email);
    }

    token = pair + at;
    fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd != -1) {
        n = read(fd, token, SC_TOKEN_LEN + 2);
        (void) close(fd);
    }
    if (n == -1) {
        out_error("--token-file: %s: %s", file, strerror(errno));
        return SC_EIO;
    }
    token[strcspn(token, "\r\n")] = '\0';

    sc_buf_addc(out, email == NULL ? "Bearer " : "Basic ");
    if (email == NULL) {
        sc_buf_addc(out, token);
    } else {
        add_base64(out, pair, strlen(pair));
    }
    sc_wipe(pair, sizeof(pair));

    return 0;
}


/* An IPv4 or IPv6 address as 16 bytes, IPv4 mapped. */
static int
read_address(const char *text, uint8_t out[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (inet_pton(AF_INET6, text, out) == 1) {
        return 0;
    }
    memcpy(out, mapped, sizeof(mapped));
    if (inet_pton(AF_INET, text, out + 12) == 1) {
        return 0;
    }
    out_error("--address: \"%s\" is not an address", text);

    return SC_EINVAL;
}


static int
ask_token(struct sc_follow *f, const struct args *args,
          struct sc_target *target, struct sc_verdict *verdict)
{
    const char *host = args_text(args, "host");
    const char *address = args_text(args, "address");
    char header[HEADER_MAX];
    struct sc_buf b = sc_buf(header, sizeof(header));
    struct sc_call call = {
        .method = sc_str_c(args->operands[0]),
        .target = sc_str_c(args->operands[1]),
        .host = sc_str_c(host == NULL ? "localhost" : host),
        .now = time(NULL),
    };
    int rc;

    rc = read_address(address == NULL ? "127.0.0.1" : address, call.address);
    if (rc == 0) {
        rc = read_token(args_text(args, "token-file"),
                        args_text(args, "email"), &b);
    }
    if (rc == 0) {
        call.authorization = sc_buf_str(&b);
        sc_decide(&f->view, &f->hasher, &call, target, verdict);
    }
    sc_wipe(header, sizeof(header));

    return rc;
}


static json_t *
text_of(struct sc_str s)
{
    return json_stringn(s.data, s.len);
}


static json_t *
missing_of(const struct sc_image *im, const struct sc_verdict *v)
{
    json_t *out = json_array();

    for (uint32_t i = 0; i < v->nmissing; i++) {
        (void) json_array_append_new(
            out, text_of(sc_image_scope(im, v->missing[i])));
    }

    return out;
}


static void
set(json_t *object, const char *name, json_t *value)
{
    (void) json_object_set_new(object, name, value);
}


/* The verdict as the daemon words it. */
static json_t *
describe(const struct sc_image *im, const struct sc_verdict *v)
{
    static const char *const effects[] = {"refuse", "allow", "answer"};
    char sentence[SENTENCE_MAX];
    struct sc_buf b = sc_buf(sentence, sizeof(sentence));
    json_t *out = json_object();

    if (v->effect == SC_REFUSE) {
        sc_refusal_sentence(im, v, &b);
    } else {
        sc_buf_addc(&b, "allowed");
    }
    set(out, "effect", json_string(effects[v->effect]));
    set(out, "layer", json_string(sc_layer_name(v->layer)));
    set(out, "reason", json_string(sc_reason_code(v->reason)));
    set(out, "status", json_integer(sc_reason_status(v->reason)));
    set(out, "operation",
        v->operation == NULL ? json_null()
                             : text_of(sc_image_str(im, v->operation->id)));
    set(out, "classes", out_bits(v->classes, sc_class_name));
    set(out, "traits", out_bits(v->traits, sc_trait_name));
    set(out, "missing_scopes", missing_of(im, v));
    set(out, "missing_classes", out_bits(v->missing_classes, sc_class_name));
    set(out, "denied_traits", out_bits(v->denied_traits, sc_trait_name));
    set(out, "detail", text_of(sc_buf_str(&b)));

    return out;
}


int
check_image(const char *dir, const struct args *args, json_t **out)
{
    struct sc_follow f;
    struct sc_target *target = malloc(sizeof(*target));
    struct sc_verdict verdict = {0};
    int rc;

    rc = sc_follow_init(&f, sc_str_c(dir));
    if (rc == 0) {
        rc = target == NULL ? SC_ENOMEM : sc_follow_now(&f);
    }
    if (rc != 0) {
        out_error("--image: %s: %s", dir, sc_strerror(rc));
        goto done;
    }

    rc = args_flag(args, "token-file")
             ? ask_token(&f, args, target, &verdict)
             : ask_policy(f.view.image, args, target, &verdict);
    if (rc == 0) {
        *out = describe(f.view.image, &verdict);
    }

done:
    sc_follow_close(&f);
    free(target);

    return rc;
}
