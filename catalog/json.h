/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_JSON_H
#define SC_CATALOG_JSON_H

/*
 * json.h - JSON into a tree; values have no lines, syntax errors do.
 */

#include "catalog/tree.h"

/* On success the caller owns *t and ends it with tree_free(). */
int json_tree(const char *bytes, size_t len, struct tree *t,
              struct fault *fault) SC_MUSTCHECK;

#endif
