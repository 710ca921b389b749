/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_NAMES_H
#define SC_CATALOG_NAMES_H

/*
 * names.h - a table from names to numbers, made for one pass.
 */

#include <stdint.h>

#include "catalog/arena.h"

#define NAMES_NONE SIZE_MAX

struct names {
    struct arena *arena;
    struct names_slot *slots;
    size_t cap, used;
};

/* An empty table whose memory comes from a. */
void names_init(struct names *t, struct arena *a);

/*
 * The number of a name that is there already; else puts it there with its
 * number (borrows the name) and returns NAMES_NONE.
 */
size_t names_put(struct names *t, const char *name, size_t number);

/* The number of a name, or NAMES_NONE. */
size_t names_get(const struct names *t, const char *name);

#endif
