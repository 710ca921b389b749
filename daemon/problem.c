/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problem.c - filling in problems.
 */

#include "daemon/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>


struct at
at_key(const struct at *parent, const char *key)
{
    struct at at = *parent;
    size_t n = strlen(at.text);

    if (n + 2 < sizeof(at.text)) {
        at.text[n++] = '/';
    }
    for (; *key != '\0' && n + 3 < sizeof(at.text); key++) {
        if (*key == '~' || *key == '/') {
            at.text[n++] = '~';
            at.text[n++] = *key == '~' ? '0' : '1';
        } else {
            at.text[n++] = *key;
        }
    }
    at.text[n] = '\0';

    return at;
}


struct at
at_index(const struct at *parent, size_t index)
{
    char text[24];

    snprintf(text, sizeof(text), "%zu", index);
    return at_key(parent, text);
}


static void fill(struct problem *p, int status, const struct at *at,
                 const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void
fill(struct problem *p, int status, const struct at *at, const char *format,
     va_list args)
{
    p->status = status;
    vsnprintf(p->detail, sizeof(p->detail), format, args);
    p->pointer[0] = '\0';
    if (at != NULL) {
        snprintf(p->pointer, sizeof(p->pointer), "%s", at->text);
    }
}


int
problem_set(struct problem *p, int status, const struct at *at,
            const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(p, status, at, format, args);
    va_end(args);
    return SC_EINVAL;
}


int
problem_unknown(struct problem *p, const struct at *at,
                const struct nearest *near, const char *format, ...)
{
    va_list args;
    size_t len;

    va_start(args, format);
    fill(p, 422, at, format, args);
    va_end(args);
    len = strlen(p->detail);
    if (near->best != NULL) {
        snprintf(p->detail + len, sizeof(p->detail) - len,
                 "; did you mean \"%s\"?", near->best);
    }

    return SC_EINVAL;
}
