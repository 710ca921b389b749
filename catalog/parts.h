/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_PARTS_H
#define SC_CATALOG_PARTS_H

/*
 * parts.h - the parts that catalog files and override files have in common,
 * from tree to model.
 *
 * Every function takes the node of the value (not NULL), fills its output on
 * success only, and says in *fault what is wrong and where.
 */

#include "catalog/model.h"
#include "catalog/tree.h"

#define PARTS_TEXT_MAX 1000 /* bytes of a reason */

int parts_method(const struct node *n, enum sc_method *out,
                 struct fault *fault) SC_MUSTCHECK;
int parts_path(struct arena *a, const struct node *n, const char **out,
               struct fault *fault) SC_MUSTCHECK;
int parts_id(struct arena *a, const struct node *n, const char **out,
             struct fault *fault) SC_MUSTCHECK;

/* Text of one line, 1 to max bytes. */
int parts_text(struct arena *a, const struct node *n, size_t max,
               const char **out, struct fault *fault) SC_MUSTCHECK;

/* Lists of names. */
int parts_classes(const struct node *n, uint32_t *out,
                  struct fault *fault) SC_MUSTCHECK;
int parts_traits(const struct node *n, uint32_t *out,
                 struct fault *fault) SC_MUSTCHECK;
int parts_schemes(const struct node *n, uint32_t *out,
                  struct fault *fault) SC_MUSTCHECK;

/* Into op: `scopes`, a list of lists, and `variants`. */
int parts_scopes(struct arena *a, const struct node *n,
                 struct catalog_operation *op,
                 struct fault *fault) SC_MUSTCHECK;
int parts_variants(struct arena *a, const struct node *n,
                   struct catalog_operation *op,
                   struct fault *fault) SC_MUSTCHECK;

/* True for 1 to CATALOG_ID_MAX printable bytes without quote, backslash. */
bool parts_id_ok(const char *id);

/* True if two alternatives need the same scopes. */
bool parts_same_alternative(const struct catalog_alternative *x,
                            const struct catalog_alternative *y);

/*
 * Append an alternative of n scope names to op: sorted, without duplicates,
 * and not at all if op has the same one already.  Borrows the names.
 */
void parts_add_alternative(struct arena *a, struct catalog_operation *op,
                           const char *const *scopes, size_t n);

#endif
