/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_OPENAPI_BASE_H
#define SC_CATALOG_OPENAPI_BASE_H

/*
 * openapi_base.h - the part of every path that a document says but once.
 */

#include "catalog/tree.h"

/*
 * Path of a server URL, "" or "/a/{b}": host, query and a last slash are
 * left out, parameters in the path stay.
 */
char *base_of_url(struct arena *a, const char *url);

/*
 * Base of an operation: of its own `servers`, else its path's, else the
 * document's; for Swagger 2 `basePath`.  path or op may be NULL.
 */
char *base_of(struct arena *a, const struct node *root,
              const struct node *path, const struct node *op);

/* Base and path of the document, with exactly one slash between them. */
char *base_join(struct arena *a, const char *base, const char *path);

#endif
