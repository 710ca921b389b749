/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts.c - names, paths, classes, scopes and variants from a tree.
 */

#include "catalog/parts.h"

#include <stdlib.h>

#include "catalog/nearest.h"
#include "catalog/template.h"
#include "core/scope.h"

typedef const char *name_fn(unsigned i);


static int
check_scalar(const struct node *n, struct fault *fault)
{
    if (n->kind != NODE_SCALAR || node_is_null(n)) {
        return node_fault(fault, n, SC_ESYNTAX, "a text is expected here");
    }

    return 0;
}


static int
unknown_name(const struct node *n, name_fn *known, const char *what,
             struct fault *fault)
{
    struct nearest near = {NULL, 0};

    for (unsigned i = 0; known(i) != NULL; i++) {
        nearest_try(&near, n->text, known(i));
    }

    return node_fault(fault, n, SC_ESYNTAX,
                      "unknown %s \"%s\", the nearest is \"%s\"", what,
                      n->text, near.best);
}


static int
parse_bits(const struct node *n, name_fn *known, const char *what,
           uint32_t *out, struct fault *fault)
{
    uint32_t bits = 0;
    unsigned i;
    int rc;

    if (n->kind != NODE_LIST) {
        return node_fault(fault, n, SC_ESYNTAX, "a list is expected here");
    }

    for (const struct node *c = n->first; c != NULL; c = c->next) {
        rc = check_scalar(c, fault);
        if (rc != 0) {
            return rc;
        }
        for (i = 0; known(i) != NULL && strcmp(known(i), c->text) != 0; i++) {
        }
        if (known(i) == NULL) {
            return unknown_name(c, known, what, fault);
        }
        bits |= 1u << i;
    }
    *out = bits;

    return 0;
}


int
parts_classes(const struct node *n, uint32_t *out, struct fault *fault)
{
    return parse_bits(n, sc_class_name, "class", out, fault);
}


int
parts_traits(const struct node *n, uint32_t *out, struct fault *fault)
{
    return parse_bits(n, sc_trait_name, "trait", out, fault);
}


int
parts_schemes(const struct node *n, uint32_t *out, struct fault *fault)
{
    return parse_bits(n, catalog_scheme_name, "scheme", out, fault);
}


/* Names of the methods that a catalog can hold. */
static const char *
method_name(unsigned i)
{
    static const enum sc_method methods[] = {SC_GET, SC_POST, SC_PUT, SC_PATCH,
                                             SC_DELETE};

    return i < sizeof(methods) / sizeof(methods[0])
               ? sc_method_name(methods[i])
               : NULL;
}


int
parts_method(const struct node *n, enum sc_method *out, struct fault *fault)
{
    int rc = check_scalar(n, fault);

    if (rc != 0) {
        return rc;
    }

    for (unsigned i = 0; method_name(i) != NULL; i++) {
        if (strcmp(method_name(i), n->text) == 0) {
            *out = sc_method_parse(sc_str_c(n->text));
            return 0;
        }
    }

    return unknown_name(n, method_name, "method", fault);
}


int
parts_path(struct arena *a, const struct node *n, const char **out,
           struct fault *fault)
{
    const char *what;
    int rc = check_scalar(n, fault);

    if (rc != 0) {
        return rc;
    }

    what = template_fault(n->text);
    if (what != NULL) {
        return node_fault(fault, n, SC_ESYNTAX, "bad path template \"%s\": %s",
                          n->text, what);
    }
    *out = arena_text(a, n->text);

    return 0;
}


int
parts_text(struct arena *a, const struct node *n, size_t max, const char **out,
           struct fault *fault)
{
    int rc = check_scalar(n, fault);

    if (rc != 0) {
        return rc;
    }
    if (n->text[0] == '\0' || strlen(n->text) > max) {
        return node_fault(fault, n, SC_ESYNTAX,
                          "a text of 1 to %zu bytes is expected here", max);
    }

    for (const char *c = n->text; *c != '\0'; c++) {
        if ((unsigned char) *c < 0x20 || *c == 0x7f) {
            return node_fault(fault, n, SC_ESYNTAX,
                              "a text of one line is expected here");
        }
    }
    *out = arena_text(a, n->text);

    return 0;
}


bool
parts_id_ok(const char *id)
{
    size_t len = 0;

    for (; id[len] != '\0'; len++) {
        if ((unsigned char) id[len] < 0x21 || (unsigned char) id[len] > 0x7e
            || id[len] == '"' || id[len] == '\\') {
            return false;
        }
    }

    return len >= 1 && len <= CATALOG_ID_MAX;
}


int
parts_id(struct arena *a, const struct node *n, const char **out,
         struct fault *fault)
{
    int rc = check_scalar(n, fault);

    if (rc != 0) {
        return rc;
    }
    if (!parts_id_ok(n->text)) {
        return node_fault(fault, n, SC_ESYNTAX, "bad operation id \"%s\"",
                          n->text);
    }
    *out = arena_text(a, n->text);

    return 0;
}


static int
by_name(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;

    return strcmp(*x, *y);
}


bool
parts_same_alternative(const struct catalog_alternative *x,
                       const struct catalog_alternative *y)
{
    bool same = x->n == y->n;

    for (size_t i = 0; same && i < x->n; i++) {
        same = strcmp(x->scopes[i], y->scopes[i]) == 0;
    }

    return same;
}


void
parts_add_alternative(struct arena *a, struct catalog_operation *op,
                      const char *const *scopes, size_t n)
{
    struct catalog_alternative alternative = {NULL, 0};
    struct catalog_alternative *added;
    const char **sorted;

    sorted = arena_array(a, n, sizeof(*sorted));
    memcpy(sorted, scopes, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), by_name);
    alternative.scopes = sorted;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(sorted[i], sorted[alternative.n - 1]) != 0) {
            sorted[alternative.n++] = sorted[i];
        }
    }

    for (size_t i = 0; i < op->nalternatives; i++) {
        if (parts_same_alternative(&op->alternatives[i], &alternative)) {
            return;
        }
    }
    added =
        arena_push(a, &op->alternatives, op->nalternatives++, sizeof(*added));
    *added = alternative;
}


static int
parse_alternative(struct arena *a, const struct node *n,
                  struct catalog_operation *op, struct fault *fault)
{
    const char **scopes;
    size_t i = 0;
    int rc;

    if (n->kind != NODE_LIST || n->n == 0) {
        return node_fault(fault, n, SC_ESYNTAX,
                          "an alternative is a list of one scope or more");
    }

    scopes = arena_array(a, n->n, sizeof(*scopes));
    for (const struct node *c = n->first; c != NULL; c = c->next) {
        rc = check_scalar(c, fault);
        if (rc != 0) {
            return rc;
        }
        if (!sc_scope_name_ok(sc_str_c(c->text))) {
            return node_fault(fault, c, SC_ESYNTAX, "bad scope name \"%s\"",
                              c->text);
        }
        scopes[i++] = arena_text(a, c->text);
    }
    parts_add_alternative(a, op, scopes, n->n);

    return 0;
}


int
parts_scopes(struct arena *a, const struct node *n,
             struct catalog_operation *op, struct fault *fault)
{
    int rc;

    if (n->kind != NODE_LIST) {
        return node_fault(fault, n, SC_ESYNTAX, "a list is expected here");
    }

    op->alternatives = NULL;
    op->nalternatives = 0;
    for (const struct node *c = n->first; c != NULL; c = c->next) {
        rc = parse_alternative(a, c, op, fault);
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


static int
parse_variant(struct arena *a, const struct node *n, struct catalog_variant *v,
              struct fault *fault)
{
    static const char *const fields[] = {"query",   "body",   "value",
                                         "classes", "traits", NULL};
    const struct node *query, *body, *value, *classes, *traits;
    int rc = node_fields(n, fields, fault);

    if (rc != 0) {
        return rc;
    }

    query = node_get(n, "query");
    body = node_get(n, "body");
    value = node_get(n, "value");
    classes = node_get(n, "classes");
    traits = node_get(n, "traits");
    if ((query == NULL) == (body == NULL) || value == NULL
        || classes == NULL) {
        return node_fault(fault, n, SC_ESYNTAX,
                          "a variant has query or body, value and classes");
    }

    v->body = body != NULL;
    rc = parts_text(a, v->body ? body : query, 100, &v->name, fault);
    if (rc == 0) {
        rc = parts_text(a, value, 200, &v->value, fault);
    }
    if (rc == 0) {
        rc = parts_classes(classes, &v->classes, fault);
    }
    if (rc == 0 && traits != NULL) {
        rc = parts_traits(traits, &v->traits, fault);
    }
    if (rc == 0 && v->classes == 0) {
        rc = node_fault(fault, classes, SC_ESYNTAX,
                        "a variant without a class");
    }

    return rc;
}


int
parts_variants(struct arena *a, const struct node *n,
               struct catalog_operation *op, struct fault *fault)
{
    struct catalog_variant *v;
    int rc = 0;

    if (n->kind != NODE_LIST) {
        return node_fault(fault, n, SC_ESYNTAX, "a list is expected here");
    }

    op->variants = NULL;
    op->nvariants = 0;
    for (const struct node *c = n->first; c != NULL && rc == 0; c = c->next) {
        v = arena_push(a, &op->variants, op->nvariants, sizeof(*v));
        *v = (struct catalog_variant){0};
        op->nvariants++;
        rc = parse_variant(a, c, v, fault);
    }

    return rc;
}
