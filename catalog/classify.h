/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_CLASSIFY_H
#define SC_CATALOG_CLASSIFY_H

/*
 * classify.h - a first guess at what an operation does.
 *
 * Reads method, path words, operation id and scopes against the table in
 * rules.c.  Where rules contradict one another, or a word hints at more
 * than the verb says, the operation stays unclassified and is refused until
 * an override settles it.
 */

#include "catalog/model.h"

/* Set classes and traits of op; path is its path without the base. */
void classify(struct catalog_operation *op, const char *path);

#endif
