/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_OUT_H
#define SC_CLI_OUT_H

/*
 * out.h - text for a terminal.
 *
 * Names come from users and from other people's documents: control
 * characters, the bytes of invalid UTF-8 and marks that reverse the writing
 * direction are shown as \xNN or \u{N}, never sent.
 */

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* "scopecap: message" on standard error. */
void out_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "scopecap: warning: message" on standard error. */
void out_warning(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Formatted text, made safe as a whole but for its line feeds. */
void out_print(FILE *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One line of compact JSON on standard output, in ASCII. */
void out_json(const json_t *value);

/* The same, indented. */
void out_pretty(const json_t *value);

/* A member by a dotted path ("owner.email"); NULL if there is none. */
json_t *out_member(const json_t *object, const char *path);

/* The text of a value: a list is joined by ", ", an object stands for its
 * keys, nothing is "-".  The caller frees it; NULL if there is no memory. */
char *out_value(const json_t *value);

/* Names of the bits that are set; name gives NULL past the last one.  The
 * caller owns it. */
json_t *out_bits(uint32_t bits, const char *(*name)(unsigned) );

struct column {
    const char *title; /* NULL ends a list */
    const char *path;
};

/* Rows (objects) under their titles, columns aligned. */
void out_table(const struct column *columns, const json_t *rows);

/* "name: value" lines for what one object has. */
void out_object(const struct column *columns, const json_t *object);

#endif
