/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_IMPORT_H
#define SC_CATALOG_IMPORT_H

/*
 * import.h - what follows when the documents of a catalog are in.
 */

#include "catalog/fault.h"
#include "catalog/model.h"

/*
 * Give an id to operations that have none, or one that an earlier operation
 * has; refuse two operations of one method and shape.
 */
int import_finish(struct catalog *c, struct fault *fault) SC_MUSTCHECK;

/*
 * Make a scope for each classified operation without one, from its strictest
 * class and first path word: "read:repos".
 */
void import_derive_scopes(struct catalog *c);

/* "spec/jira-software.v3.json" -> "jira-software.v3". */
const char *import_source_name(struct arena *a, const char *file);

#endif
