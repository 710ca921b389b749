/* SPDX-License-Identifier: Apache-2.0 */
/*
 * out.c - safe text, aligned tables, JSON.
 */

#include "cli/out.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/str.h"

#define COLUMNS_MAX 12


/* Marks that change the direction of what follows (Unicode TR 9), and
 * separators that a terminal may take for the end of a line. */
static bool
is_deceiving(int32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)
           || c == 0x200e || c == 0x200f || c == 0x061c || c == 0x2028
           || c == 0x2029;
}


/* Write one character of s at *at; returns the columns it takes. */
static size_t
put_next(FILE *to, struct sc_str s, size_t *at, bool lines)
{
    size_t from = *at;
    int32_t c = sc_utf8_next(s, at);
    char text[16];

    if (c == -1) {
        (*at)++;
        (void) snprintf(text, sizeof(text), "\\x%02x",
                        (unsigned char) s.data[from]);
    } else if (c == '\n' && lines) {
        (void) snprintf(text, sizeof(text), "\n");
    } else if (c < 0x20 || c == 0x7f) {
        (void) snprintf(text, sizeof(text), "\\x%02x", (unsigned) c);
    } else if ((c >= 0x80 && c < 0xa0) || is_deceiving(c)) {
        (void) snprintf(text, sizeof(text), "\\u{%x}", (unsigned) c);
    } else {
        if (to != NULL) {
            (void) fwrite(s.data + from, 1, *at - from, to);
        }
        return 1;
    }

    if (to != NULL) {
        (void) fputs(text, to);
    }

    return strlen(text);
}


/* Write text; to NULL only measures. */
static size_t
put_safe(FILE *to, const char *text, bool lines)
{
    struct sc_str s = sc_str_c(text);
    size_t width = 0, at = 0;

    while (at < s.len) {
        width += put_next(to, s, &at, lines);
    }

    return width;
}


__attribute__((format(printf, 5, 0))) static void
print_to(FILE *to, const char *before, const char *after, bool lines,
         const char *format, va_list args)
{
    char *text;

    if (vasprintf(&text, format, args) == -1) {
        text = NULL;
    }

    (void) fputs(before, to);
    (void) put_safe(to, text == NULL ? "out of memory" : text, lines);
    (void) fputs(after, to);
    free(text);
}


void
out_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_to(stderr, "scopecap: ", "\n", false, format, args);
    va_end(args);
}


void
out_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_to(stderr, "scopecap: warning: ", "\n", false, format, args);
    va_end(args);
}


void
out_print(FILE *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_to(to, "", "", true, format, args);
    va_end(args);
}


static void
dump(const json_t *value, size_t flags)
{
    (void) json_dumpf(value, stdout,
                      flags | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    (void) fputc('\n', stdout);
}


void
out_json(const json_t *value)
{
    dump(value, JSON_COMPACT);
}


void
out_pretty(const json_t *value)
{
    dump(value, JSON_INDENT(2));
}


json_t *
out_member(const json_t *object, const char *path)
{
    const char *dot;

    while ((dot = strchr(path, '.')) != NULL) {
        object = json_object_getn(object, path, (size_t) (dot - path));
        path = dot + 1;
    }

    return json_object_get(object, path);
}


json_t *
out_bits(uint32_t bits, const char *(*name)(unsigned) )
{
    json_t *out = json_array();

    for (unsigned i = 0; name(i) != NULL; i++) {
        if ((bits >> i & 1) != 0) {
            (void) json_array_append_new(out, json_string(name(i)));
        }
    }

    return out;
}


static bool
is_empty(const json_t *value)
{
    return value == NULL || json_is_null(value)
           || (json_is_array(value) && json_array_size(value) == 0)
           || (json_is_object(value) && json_object_size(value) == 0);
}


/* Append the text of a scalar; lists of lists and objects are shown as JSON.
 */
static void
add_value(FILE *to, const json_t *value)
{
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_STRING:
        (void) fputs(json_string_value(value), to);
        break;
    case JSON_TRUE:
        (void) fputs("yes", to);
        break;
    case JSON_FALSE:
        (void) fputs("no", to);
        break;
    case JSON_NULL:
        (void) fputc('-', to);
        break;
    default:
        (void) json_dumpf(value, to, JSON_COMPACT | JSON_ENCODE_ANY);
    }
}


char *
out_value(const json_t *value)
{
    const char *key, *joint = "";
    const json_t *item;
    json_t *member;
    char *text = NULL;
    size_t i, len = 0;
    FILE *to;

    to = open_memstream(&text, &len);
    if (to == NULL) {
        return NULL;
    }

    json_array_foreach(value, i, item)
    {
        (void) fputs(joint, to);
        add_value(to, item);
        joint = ", ";
    }
    json_object_foreach((json_t *) value, key, member)
    {
        (void) fprintf(to, "%s%s", joint, key);
        joint = ", ";
    }
    if (joint[0] == '\0') {
        add_value(to, is_empty(value) ? NULL : value);
    }

    if (fclose(to) != 0) {
        free(text);
        return NULL;
    }

    return text;
}


static size_t
width_of(const json_t *row, const char *path)
{
    char *text = out_value(out_member(row, path));
    size_t width = text == NULL ? 0 : put_safe(NULL, text, false);

    free(text);

    return width;
}


/* One cell; the last one of a row is not padded. */
static void
put_cell(const char *text, size_t width, bool last)
{
    size_t used = put_safe(stdout, text == NULL ? "" : text, false);

    while (!last && used++ < width + 2) {
        (void) fputc(' ', stdout);
    }
    if (last) {
        (void) fputc('\n', stdout);
    }
}


void
out_table(const struct column *columns, const json_t *rows)
{
    size_t width[COLUMNS_MAX] = {0};
    const json_t *row;
    size_t n, i, w;
    char *text;

    for (n = 0; n < COLUMNS_MAX && columns[n].title != NULL; n++) {
        width[n] = strlen(columns[n].title);
        json_array_foreach(rows, i, row)
        {
            w = width_of(row, columns[n].path);
            width[n] = w > width[n] ? w : width[n];
        }
    }

    for (i = 0; i < n; i++) {
        put_cell(columns[i].title, width[i], i + 1 == n);
    }
    json_array_foreach(rows, w, row)
    {
        for (i = 0; i < n; i++) {
            text = out_value(out_member(row, columns[i].path));
            put_cell(text, width[i], i + 1 == n);
            free(text);
        }
    }
}


void
out_object(const struct column *columns, const json_t *object)
{
    const json_t *value;
    size_t width = 0;
    char *text;

    for (const struct column *c = columns; c->title != NULL; c++) {
        width = strlen(c->title) > width ? strlen(c->title) : width;
    }

    for (; columns->title != NULL; columns++) {
        value = out_member(object, columns->path);
        if (is_empty(value)) {
            continue;
        }
        text = out_value(value);
        put_cell(columns->title, width, false);
        put_cell(text, 0, true);
        free(text);
    }
}
