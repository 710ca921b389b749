/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_DIFF_H
#define SC_CATALOG_DIFF_H

/*
 * diff.h - what changed from one catalog to another.
 *
 * Operations are the same if they have one id; then what they do and where
 * they are is compared.
 */

#include "catalog/model.h"

enum diff_kind {
    DIFF_ADDED = 0, /* only in the new one */
    DIFF_REMOVED,   /* only in the old one */
    DIFF_PATH,      /* method or path */
    DIFF_CLASSES,   /* classes, traits or variants */
    DIFF_SCOPES
};

struct diff {
    enum diff_kind kind;
    const struct catalog_operation *old; /* NULL: added */
    const struct catalog_operation *now; /* NULL: removed */
};

/* All differences, in the order of the catalogs; memory comes from a. */
size_t diff_catalogs(const struct catalog *old, const struct catalog *now,
                     struct arena *a, struct diff **out);

/* Static name: "added", "removed", "path", "classes", "scopes". */
const char *diff_name(enum diff_kind kind);

#endif
