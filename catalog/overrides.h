/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_OVERRIDES_H
#define SC_CATALOG_OVERRIDES_H

/*
 * overrides.h - reviewed decisions that replace what the rules said.
 *
 *     overrides:
 *     - { method: POST, path: /search, classes: [read], reason: "queries" }
 *
 * Fields: method, path (with the base path) and reason are required, any of
 * id, classes, traits, scopes, variants replace the operation's; path_multi
 * (true) makes the parameter that is the last segment take several.
 */

#include "catalog/fault.h"
#include "catalog/model.h"
#include "catalog/tree.h"

/*
 * Apply an override file to c.  One that fits no operation, or fits one that
 * this file overrode before, is an error.  Adds to *count.
 */
int overrides_apply(struct catalog *c, const struct node *root, size_t *count,
                    struct fault *fault) SC_MUSTCHECK;

/* The same from a file on disk. */
int overrides_load(struct catalog *c, const char *file, size_t *count,
                   struct fault *fault) SC_MUSTCHECK;

#endif
