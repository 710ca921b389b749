/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_FAULT_H
#define SC_CATALOG_FAULT_H

/*
 * fault.h - what is wrong with a document: file, place and reason.
 *
 * One line for people: "file:line: what", or "file: #/json/path: what" where
 * a line is not known.
 */

#include <stdint.h>

#include "core/error.h"

#define FAULT_TEXT_MAX 1024

struct fault {
    char file[256];
    uint32_t line;  /* 1-based, 0: not known */
    char path[256]; /* JSON pointer behind '#', "" if not known */
    char what[384];
};

/* Fill f; a text that is too long is cut.  Returns rc, for the caller to
 * return. */
int fault_set(struct fault *f, int rc, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Name the file that is looked at from now on. */
void fault_file(struct fault *f, const char *file);

/* The one line, into the caller's array of FAULT_TEXT_MAX bytes. */
const char *fault_text(const struct fault *f, char *into);

#endif
