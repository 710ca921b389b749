/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_READ_H
#define SC_CATALOG_READ_H

/*
 * read.h - catalog files (YAML) into memory.
 *
 * Strict: an unknown field, class, trait or scheme, a duplicate id, a bad
 * scope name or template, two operations of one method and shape are
 * errors that name the line and, for names, the nearest known one.
 */

#include "catalog/fault.h"
#include "catalog/model.h"
#include "catalog/tree.h"

/*
 * Read a catalog from bytes; file is its name in errors.  On success the
 * caller owns *out and ends it with catalog_free().  On failure *fault says
 * why.
 */
int catalog_read(const char *file, const char *bytes, size_t len,
                 struct catalog **out, struct fault *fault) SC_MUSTCHECK;

/* The same from a tree that was parsed before. */
int catalog_read_tree(const struct node *root, struct catalog **out,
                      struct fault *fault) SC_MUSTCHECK;

/* The same for a file on disk. */
int catalog_load(const char *file, struct catalog **out,
                 struct fault *fault) SC_MUSTCHECK;

#endif
