/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.c - the one line that says what is wrong with a document.
 */

#include "catalog/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>


/* One line stays one line, and terminals see no control bytes. */
static void
tame(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char) *text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}


int
fault_set(struct fault *f, int rc, uint32_t line, const char *format, ...)
{
    va_list args;

    f->line = line;
    va_start(args, format);
    (void) vsnprintf(f->what, sizeof(f->what), format, args);
    va_end(args);
    tame(f->what);

    return rc;
}


void
fault_file(struct fault *f, const char *file)
{
    (void) snprintf(f->file, sizeof(f->file), "%s", file);
    tame(f->file);
}


const char *
fault_text(const struct fault *f, char *into)
{
    int n = 0;

    if (f->file[0] != '\0') {
        n += snprintf(into, FAULT_TEXT_MAX, "%s:", f->file);
    }
    if (f->line != 0) {
        n += snprintf(into + n, FAULT_TEXT_MAX - (size_t) n, "%u:", f->line);
    }
    if (f->path[0] != '\0') {
        n += snprintf(into + n, FAULT_TEXT_MAX - (size_t) n,
                      "%s#%s:", n == 0 ? "" : " ", f->path);
    }
    (void) snprintf(into + n, FAULT_TEXT_MAX - (size_t) n, "%s%s",
                    n == 0 ? "" : " ", f->what);

    return into;
}
