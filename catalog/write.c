/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write.c - the writer of catalog files; read.c has the format.
 */

#include "catalog/write.h"

#include <stdlib.h>
#include <strings.h>

#include "core/str.h"


/* Words that some YAML reader takes for something else than text. */
static bool
is_word_of_yaml(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return true;
        }
    }

    return false;
}


/* A text that YAML takes for itself without quotes, also in a flow list. */
static bool
is_plain(const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || text[len - 1] == ':' || is_word_of_yaml(text)
        || strspn(text, "0123456789.-+_") == len) {
        return false;
    }

    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789_.:/-")
               == len
           && strchr("_.:-", text[0]) == NULL;
}


/* Code points that YAML or terminals take for line ends or marks. */
static bool
needs_escape(int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0xa0) || (c >= 0x2028 && c <= 0x202e)
           || c == 0xfeff || (c >= 0xfffe && c <= 0xffff);
}


static void
write_quoted(FILE *f, const char *text)
{
    struct sc_str s = sc_str_c(text);
    size_t at = 0, from;
    int32_t c;

    fputc('"', f);
    while (at < s.len) {
        from = at;
        c = sc_utf8_next(s, &at);
        if (c == -1) {
            at = from + 1;
            c = 0xfffd;
        }
        if (c == '"' || c == '\\') {
            fprintf(f, "\\%c", (char) c);
        } else if (needs_escape(c) || c == 0xfffd) {
            fprintf(f, "\\u%04x", (unsigned) c);
        } else {
            fwrite(text + from, 1, at - from, f);
        }
    }
    fputc('"', f);
}


static void
write_text(FILE *f, const char *text)
{
    if (is_plain(text)) {
        fputs(text, f);
    } else {
        write_quoted(f, text);
    }
}


static void
write_bits(FILE *f, uint32_t bits, const char *(*name)(unsigned) )
{
    const char *between = "";

    fputc('[', f);
    for (unsigned i = 0; name(i) != NULL; i++) {
        if ((bits & 1u << i) != 0) {
            fprintf(f, "%s%s", between, name(i));
            between = ", ";
        }
    }
    fputc(']', f);
}


void
write_classes(FILE *f, uint32_t classes)
{
    write_bits(f, classes, sc_class_name);
}


void
write_traits(FILE *f, uint32_t traits)
{
    write_bits(f, traits, sc_trait_name);
}


static void
write_scopes(FILE *f, const struct catalog_operation *op)
{
    const struct catalog_alternative *alternative;

    fputc('[', f);
    for (size_t i = 0; i < op->nalternatives; i++) {
        alternative = &op->alternatives[i];
        fputs(i == 0 ? "[" : ", [", f);
        for (size_t j = 0; j < alternative->n; j++) {
            fputs(j == 0 ? "" : ", ", f);
            write_text(f, alternative->scopes[j]);
        }
        fputc(']', f);
    }
    fputc(']', f);
}


static void
write_variants(FILE *f, const struct catalog_operation *op)
{
    const struct catalog_variant *v;

    fputc('[', f);
    for (size_t i = 0; i < op->nvariants; i++) {
        v = &op->variants[i];
        fprintf(f, "%s{ %s: ", i == 0 ? "" : ", ", v->body ? "body" : "query");
        write_text(f, v->name);
        fputs(", value: ", f);
        write_text(f, v->value);
        fputs(", classes: ", f);
        write_classes(f, v->classes);
        if (v->traits != 0) {
            fputs(", traits: ", f);
            write_traits(f, v->traits);
        }
        fputs(" }", f);
    }
    fputc(']', f);
}


static void
write_operation(FILE *f, const struct catalog_operation *op)
{
    fputs("- { id: ", f);
    write_text(f, op->id);
    fprintf(f, ", method: %s, path: ", sc_method_name(op->method));
    write_quoted(f, op->path);
    fputs(", classes: ", f);
    write_classes(f, op->classes);
    if (op->traits != 0) {
        fputs(", traits: ", f);
        write_traits(f, op->traits);
    }
    fputs(", scopes: ", f);
    write_scopes(f, op);
    if (op->nvariants != 0) {
        fputs(", variants: ", f);
        write_variants(f, op);
    }
    if (op->why != NULL) {
        fputs(", why: ", f);
        write_quoted(f, op->why);
    }
    if (op->source != NULL) {
        fputs(", source: ", f);
        write_text(f, op->source);
    }
    fputs(" }\n", f);
}


static void
write_head(FILE *f, const struct catalog *c)
{
    fputs("# SPDX-License-Identifier: Apache-2.0\n", f);
    fputs("# made by `scopecap catalog import`; change its overrides\n", f);
    fputs("catalog: ", f);
    write_text(f, c->name);
    fprintf(f, "\nformat: 1\nerror_style: %s\nschemes: ",
            catalog_style_name(c->error_style));
    write_bits(f, c->schemes, catalog_scheme_name);

    fputs("\nsources: [", f);
    for (size_t i = 0; i < c->nsources; i++) {
        fputs(i == 0 ? "{ document: " : ", { document: ", f);
        write_text(f, c->sources[i].document);
        fprintf(f, ", operations: %zu }", c->sources[i].operations);
    }

    fputs("]\naliases: [", f);
    for (size_t i = 0; i < c->naliases; i++) {
        fputs(i == 0 ? "{ prefix: " : ", { prefix: ", f);
        write_quoted(f, c->aliases[i].prefix);
        fputs(", as: ", f);
        write_quoted(f, c->aliases[i].as);
        fputs(" }", f);
    }
    fputs("]\n", f);
}


int
catalog_write(const struct catalog *c, char **out, size_t *len)
{
    char *text = NULL;
    size_t n = 0;
    bool failed;
    FILE *f = open_memstream(&text, &n);

    if (f == NULL) {
        return SC_ENOMEM;
    }

    write_head(f, c);
    fputs(c->noperations == 0 ? "operations: []\n" : "operations:\n", f);
    for (size_t i = 0; i < c->noperations; i++) {
        write_operation(f, &c->operations[i]);
    }

    failed = ferror(f) != 0;
    if (fclose(f) != 0 || failed) {
        free(text);
        return SC_ENOMEM;
    }
    *out = text;
    *len = n;

    return 0;
}
