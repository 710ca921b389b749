/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi_scopes.c - where documents say which scopes a call needs.
 *
 * The kind of a security scheme does not matter: a requirement that lists
 * scopes needs them (documents put scopes on schemes of type http, too), and
 * one that lists none says nothing.
 */

#include "catalog/openapi_scopes.h"

#include "catalog/parts.h"
#include "core/scope.h"

struct list { /* scope names being collected */
    struct arena *arena;
    const char **names;
    size_t n;
};


static int
collect_one(struct list *l, const struct node *n, struct fault *fault)
{
    const char **name;

    if (n->kind != NODE_SCALAR || !sc_scope_name_ok(sc_str_c(n->text))) {
        return node_fault(fault, n, SC_ESYNTAX, "bad scope name \"%s\"",
                          n->kind == NODE_SCALAR ? n->text : "");
    }
    if (l->n == SCOPES_ALTERNATIVES_MAX) {
        return node_fault(fault, n, SC_ETOOBIG, "more than %d scopes",
                          SCOPES_ALTERNATIVES_MAX);
    }

    name = arena_push(l->arena, &l->names, l->n++, sizeof(*name));
    *name = arena_text(l->arena, n->text);

    return 0;
}


static int
collect(struct list *l, const struct node *n, struct fault *fault)
{
    int rc = 0;

    if (n->kind != NODE_LIST) {
        return node_is_null(n) ? 0
                               : node_fault(fault, n, SC_ESYNTAX,
                                            "a list of scopes is expected "
                                            "here");
    }

    for (const struct node *c = n->first; c != NULL && rc == 0; c = c->next) {
        rc = collect_one(l, c, fault);
    }

    return rc;
}


static int
add(struct list *l, bool any_of, struct catalog_operation *op,
    const struct node *n, struct fault *fault)
{
    size_t step = any_of ? 1 : l->n;

    for (size_t i = 0; i < l->n; i += step) {
        if (op->nalternatives >= SCOPES_ALTERNATIVES_MAX) {
            return node_fault(fault, n, SC_ETOOBIG,
                              "more than %d alternatives",
                              SCOPES_ALTERNATIVES_MAX);
        }
        parts_add_alternative(l->arena, op, l->names + i, step);
    }

    return 0;
}


static int
add_requirement(struct arena *a, const struct node *n, bool any_of,
                struct catalog_operation *op, struct fault *fault)
{
    struct list l = {.arena = a};
    int rc = 0;

    if (n->kind != NODE_MAP) {
        return node_fault(fault, n, SC_ESYNTAX,
                          "a security requirement is a map");
    }

    for (const struct node *c = n->first; c != NULL && rc == 0; c = c->next) {
        rc = collect(&l, c, fault);
    }

    return rc != 0 ? rc : add(&l, any_of, op, n, fault);
}


static int
add_security(struct arena *a, const struct node *root, const struct node *n,
             bool any_of, struct catalog_operation *op, struct fault *fault)
{
    const struct node *security = node_get(n, "security");
    int rc = 0;

    if (security == NULL) {
        security = node_get(root, "security");
    }
    if (security == NULL) {
        return 0;
    }
    if (security->kind != NODE_LIST) {
        return node_fault(fault, security, SC_ESYNTAX,
                          "a list is expected here");
    }

    for (const struct node *c = security->first; c != NULL && rc == 0;
         c = c->next) {
        rc = add_requirement(a, c, any_of, op, fault);
    }

    return rc;
}


static int
add_atlassian(struct arena *a, const struct node *n, bool any_of,
              struct catalog_operation *op, struct fault *fault)
{
    const struct node *states = node_get(n, "x-atlassian-oauth2-scopes");
    const struct node *scopes;
    struct list l;
    int rc = 0;

    if (states == NULL) {
        return 0;
    }
    if (states->kind != NODE_LIST) {
        return node_fault(fault, states, SC_ESYNTAX,
                          "a list is expected here");
    }

    for (const struct node *c = states->first; c != NULL && rc == 0;
         c = c->next) {
        scopes = node_get(c, "scopes");
        if (scopes == NULL) {
            continue;
        }
        l = (struct list){.arena = a};
        rc = collect(&l, scopes, fault);
        if (rc == 0) {
            rc = add(&l, any_of, op, scopes, fault);
        }
    }

    return rc;
}


static int
add_pagerduty(struct arena *a, const struct node *n,
              struct catalog_operation *op, struct fault *fault)
{
    const struct node *scope = node_get(n, "x-pd-requires-scope");
    struct list l = {.arena = a};
    int rc;

    if (scope == NULL) {
        return 0;
    }

    rc = collect_one(&l, scope, fault);

    return rc != 0 ? rc : add(&l, false, op, scope, fault);
}


int
openapi_scopes(struct arena *a, const struct node *root, const struct node *n,
               bool any_of, struct catalog_operation *op, struct fault *fault)
{
    int rc = add_security(a, root, n, any_of, op, fault);

    if (rc == 0) {
        rc = add_atlassian(a, n, any_of, op, fault);
    }
    if (rc == 0) {
        rc = add_pagerduty(a, n, op, fault);
    }

    return rc;
}
