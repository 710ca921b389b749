/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_OPENAPI_SCOPES_H
#define SC_CATALOG_OPENAPI_SCOPES_H

/*
 * openapi_scopes.h - the scope alternatives of an operation.
 *
 * Sources: `security` of the operation, else of the document;
 * `x-atlassian-oauth2-scopes`, every state; `x-pd-requires-scope`.
 */

#include "catalog/model.h"
#include "catalog/tree.h"

#define SCOPES_ALTERNATIVES_MAX 500 /* of one operation */

int openapi_scopes(struct arena *a, const struct node *root,
                   const struct node *n, bool any_of,
                   struct catalog_operation *op,
                   struct fault *fault) SC_MUSTCHECK;

#endif
