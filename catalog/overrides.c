/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overrides.c - from override files into a catalog.
 */

#include "catalog/overrides.h"

#include "catalog/file.h"
#include "catalog/names.h"
#include "catalog/nearest.h"
#include "catalog/parts.h"
#include "catalog/template.h"

struct run {
    struct catalog *catalog;
    struct arena *arena; /* of this run only */
    struct names calls;  /* "GET /path" to index */
    struct names done;
    struct fault *fault;
};


/* "GET /a/{b}", also for a path whose {b*} the importer marked. */
static const char *
call_text(struct arena *a, enum sc_method method, const char *path)
{
    size_t len = strlen(path);

    if (len > 2 && strcmp(path + len - 2, "*}") == 0) {
        return arena_format(a, "%s %.*s}", sc_method_name(method),
                            (int) (len - 2), path);
    }

    return arena_format(a, "%s %s", sc_method_name(method), path);
}


static int
no_such_call(struct run *r, const struct node *n, const char *call)
{
    struct nearest near = {NULL, 0};
    const struct catalog_operation *op = r->catalog->operations;

    for (size_t left = r->catalog->noperations; left > 0 && op != NULL;
         left--, op++) {
        nearest_try(&near, call, call_text(r->arena, op->method, op->path));
    }

    return node_fault(r->fault, n, SC_ENOENT,
                      "no operation \"%s\", the nearest is \"%s\"", call,
                      near.best == NULL ? "" : near.best);
}


/* The operation that an override is for; NULL, and *rc, if there is none. */
static struct catalog_operation *
find(struct run *r, const struct node *n, int *rc)
{
    const struct node *method = node_get(n, "method");
    const struct node *path = node_get(n, "path");
    enum sc_method m = SC_METHOD_NONE;
    const char *p = NULL, *call;
    size_t i;

    if (method == NULL || path == NULL || node_get(n, "reason") == NULL) {
        *rc = node_fault(r->fault, n, SC_ESYNTAX,
                         "an override has method, path and reason");
        return NULL;
    }

    *rc = parts_method(method, &m, r->fault);
    if (*rc == 0) {
        *rc = parts_path(r->arena, path, &p, r->fault);
    }
    if (*rc != 0) {
        return NULL;
    }

    call = call_text(r->arena, m, p);
    i = names_get(&r->calls, call);
    if (i == NAMES_NONE) {
        *rc = no_such_call(r, n, call);
        return NULL;
    }
    if (names_put(&r->done, call, i) != NAMES_NONE) {
        *rc = node_fault(r->fault, n, SC_EEXIST, "a second override of \"%s\"",
                         call);
        return NULL;
    }

    return &r->catalog->operations[i];
}


static int
replace(struct run *r, const struct node *n, struct catalog_operation *op)
{
    struct arena *a = r->catalog->arena;
    const struct node *id = node_get(n, "id");
    const struct node *classes = node_get(n, "classes");
    const struct node *traits = node_get(n, "traits");
    const struct node *scopes = node_get(n, "scopes");
    const struct node *variants = node_get(n, "variants");
    int rc = parts_text(a, node_get(n, "reason"), PARTS_TEXT_MAX, &op->why,
                        r->fault);

    if (rc == 0 && id != NULL) {
        rc = parts_id(a, id, &op->id, r->fault);
    }
    if (rc == 0 && classes != NULL) {
        rc = parts_classes(classes, &op->classes, r->fault);
    }
    if (rc == 0 && traits != NULL) {
        rc = parts_traits(traits, &op->traits, r->fault);
    }
    if (rc == 0 && scopes != NULL) {
        rc = parts_scopes(a, scopes, op, r->fault);
    }
    if (rc == 0 && variants != NULL) {
        rc = parts_variants(a, variants, op, r->fault);
    }
    if (rc == 0 && node_is_true(node_get(n, "path_multi"))) {
        op->path = template_multi(a, op->path);
    }

    return rc;
}


static int
apply_all(struct run *r, const struct node *list)
{
    static const char *const fields[] = {
        "method", "path",     "id",         "classes", "traits",
        "scopes", "variants", "path_multi", "reason",  NULL};
    struct catalog_operation *op;
    int rc = 0;

    for (size_t i = 0; i < r->catalog->noperations; i++) {
        op = &r->catalog->operations[i];
        (void) names_put(&r->calls, call_text(r->arena, op->method, op->path),
                         i);
    }

    for (const struct node *n = list->first; n != NULL && rc == 0;
         n = n->next) {
        rc = node_fields(n, fields, r->fault);
        op = rc == 0 ? find(r, n, &rc) : NULL;
        if (op != NULL) {
            rc = replace(r, n, op);
        }
    }

    return rc;
}


int
overrides_apply(struct catalog *c, const struct node *root, size_t *count,
                struct fault *fault)
{
    static const char *const fields[] = {"overrides", NULL};
    struct run r = {.catalog = c, .fault = fault};
    const struct node *list;
    int rc = node_fields(root, fields, fault);

    if (rc != 0) {
        return rc;
    }

    list = node_get(root, "overrides");
    if (list == NULL || list->kind != NODE_LIST
        || list->n > CATALOG_OPERATIONS_MAX) {
        return node_fault(fault, root, SC_ESYNTAX,
                          "the field \"overrides\" has to be a list");
    }

    r.arena = arena_new();
    names_init(&r.calls, r.arena);
    names_init(&r.done, r.arena);
    rc = apply_all(&r, list);
    arena_free(r.arena);
    if (rc == 0) {
        *count += list->n;
    }

    return rc;
}


int
overrides_load(struct catalog *c, const char *file, size_t *count,
               struct fault *fault)
{
    struct tree t;
    int rc = file_load(file, &t, fault);

    if (rc != 0) {
        return rc;
    }

    rc = overrides_apply(c, t.root, count, fault);
    tree_free(&t);

    return rc;
}
