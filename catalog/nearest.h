/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_NEAREST_H
#define SC_CATALOG_NEAREST_H

/*
 * nearest.h - the known name that is most like an unknown one.
 *
 * Start with a zeroed struct, show it every known name, read `best`.
 */

#include <stddef.h>

struct nearest {
    const char *best; /* borrowed; NULL if no name was shown */
    size_t distance;
};

/* Looks at the first NEAREST_MAX bytes of both names only. */
#define NEAREST_MAX 128
void nearest_try(struct nearest *n, const char *unknown, const char *known);

#endif
