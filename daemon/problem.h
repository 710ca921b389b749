/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_PROBLEM_H
#define SC_DAEMON_PROBLEM_H

/*
 * problem.h - what is wrong with a request: HTTP status, one line, and where
 * in the JSON that was sent (RFC 6901 pointer).
 */

#include <stddef.h>

#include "catalog/nearest.h"
#include "core/error.h"

#define PROBLEM_POINTER_MAX 384
#define PROBLEM_DETAIL_MAX  768

struct problem {
    int status; /* 0: none */
    char detail[PROBLEM_DETAIL_MAX];
    char pointer[PROBLEM_POINTER_MAX]; /* "" if there is no place */
};

/* A place in a JSON document; the root is a zeroed one. */
struct at {
    char text[PROBLEM_POINTER_MAX];
};

struct at at_key(const struct at *parent, const char *key);
struct at at_index(const struct at *parent, size_t index);

/* Fill p, at may be NULL; returns SC_EINVAL, for the caller to return. */
int problem_set(struct problem *p, int status, const struct at *at,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* As problem_set() with status 422; adds the nearest name, if any. */
int problem_unknown(struct problem *p, const struct at *at,
                    const struct nearest *near, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
