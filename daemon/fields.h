/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_FIELDS_H
#define SC_DAEMON_FIELDS_H

/*
 * fields.h - reading the fields of a JSON object strictly.
 *
 * An unknown field, a wrong type, a text that is too long are problems that
 * name the place.  Each function returns 0, or a negative error with *p set.
 */

#include <jansson.h>
#include <stdbool.h>

#include "daemon/problem.h"

/* in is an object and has no field but those of a NULL-terminated list. */
int fields_known(const json_t *in, const struct at *at,
                 const char *const *names, struct problem *p) SC_MUSTCHECK;

/* A text of min to max bytes without control characters; absent: *out is
 * NULL, which is a problem if min > 0 and needed.  *out is borrowed. */
int fields_text(const json_t *in, const char *name, const struct at *at,
                size_t max, const char **out, struct problem *p) SC_MUSTCHECK;

/* The same, and it must be there and not be empty. */
int fields_need(const json_t *in, const char *name, const struct at *at,
                size_t max, const char **out, struct problem *p) SC_MUSTCHECK;

int fields_bool(const json_t *in, const char *name, const struct at *at,
                bool fallback, bool *out, struct problem *p) SC_MUSTCHECK;

struct fields_range {
    json_int_t fallback, min, max;
};

/* The fallback, if it is absent, may be out of the range. */
int fields_int(const json_t *in, const char *name, const struct at *at,
               const struct fields_range *range, json_int_t *out,
               struct problem *p) SC_MUSTCHECK;

/* An array or object, or NULL if absent.  Borrowed. */
int fields_array(const json_t *in, const char *name, const struct at *at,
                 const json_t **out, struct problem *p) SC_MUSTCHECK;
int fields_object(const json_t *in, const char *name, const struct at *at,
                  const json_t **out, struct problem *p) SC_MUSTCHECK;

/* Looks at one text of a list; 0 if it is fine. */
typedef int fields_check(void *context, const char *text, const struct at *at,
                         struct problem *p);

struct fields_each {
    fields_check *check; /* NULL: any text will do */
    void *context;
};

/* An array of texts, each checked, into a new sorted
 * array without duplicates; empty if absent.  The caller owns *out. */
int fields_texts(const json_t *in, const char *name, const struct at *at,
                 const struct fields_each *each, json_t **out,
                 struct problem *p) SC_MUSTCHECK;

/* A new sorted array without duplicates of an array of texts. */
int fields_sorted(const json_t *list, json_t **out,
                  struct problem *p) SC_MUSTCHECK;

/* Canonical text of a value: sorted keys, compact.  The caller frees it. */
char *fields_dump(const json_t *value);

/* Parse a text that this daemon wrote.  The caller owns the result; NULL on
 * a text that is not JSON. */
json_t *fields_load(const char *text);

#endif
