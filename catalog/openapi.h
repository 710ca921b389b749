/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_OPENAPI_H
#define SC_CATALOG_OPENAPI_H

/*
 * openapi.h - OpenAPI 3.0, 3.1 and Swagger 2 documents into a catalog.
 *
 * Takes what a gateway needs: method, path with its base, id, scopes.
 * Classes and traits come from classify.h.  `{}`, basic authentication and
 * empty lists of scopes are never an alternative.
 */

#include "catalog/model.h"
#include "catalog/tree.h"

struct openapi_options {
    const char *source; /* name of the document, for `source:` */
    bool any_of;        /* lists of scopes mean any, not all of them */
};

/* True if the tree looks like such a document. */
bool openapi_is(const struct node *root);

/*
 * Append the operations of a document to c, which is to be finished with
 * import_finish().  On failure *fault says why, and c is to be ended.
 */
int openapi_import(struct catalog *c, const struct node *root,
                   const struct openapi_options *options,
                   struct fault *fault) SC_MUSTCHECK;

/*
 * Resolve a local "$ref" ("#/a/b~1c"), once; NULL if it is not local or
 * leads nowhere.
 */
const struct node *openapi_resolve(const struct node *root, const char *ref);

#endif
