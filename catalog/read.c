/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.c - the reader of catalog files.
 *
 *     catalog: NAME
 *     format: 1
 *     error_style: problem | atlassian
 *     schemes: [bearer, basic, token]
 *     sources: [{ document: NAME, operations: 12 }]
 *     aliases: [{ prefix: /rest/api/3, as: /rest/api/2 }]
 *     operations:
 *     - { id: …, method: …, path: …, classes: […], traits: […],
 *         scopes: [[…], …], variants: […], why: …, source: … }
 */

#include "catalog/read.h"

#include <stdlib.h>

#include "catalog/file.h"
#include "catalog/parts.h"
#include "catalog/sound.h"
#include "catalog/template.h"
#include "core/credential.h"


/* The value of a field that has to be there. */
static int
required(const struct node *n, const char *key, const struct node **out,
         struct fault *fault)
{
    *out = node_get(n, key);
    if (*out == NULL) {
        return node_fault(fault, n, SC_ESYNTAX, "the field \"%s\" is missing",
                          key);
    }

    return 0;
}


static int
required_text(struct arena *a, const struct node *n, const char *key,
              const char **out, struct fault *fault)
{
    const struct node *value;
    int rc = required(n, key, &value, fault);

    return rc != 0 ? rc : parts_text(a, value, 200, out, fault);
}


static int
read_source(struct arena *a, const struct node *n, struct catalog_source *s,
            struct fault *fault)
{
    static const char *const fields[] = {"document", "operations", NULL};
    const struct node *count;
    char *end;
    int rc = node_fields(n, fields, fault);

    if (rc == 0) {
        rc = required_text(a, n, "document", &s->document, fault);
    }
    if (rc == 0) {
        rc = required(n, "operations", &count, fault);
    }
    if (rc != 0) {
        return rc;
    }

    if (count->kind == NODE_SCALAR && count->text[0] >= '0'
        && count->text[0] <= '9') {
        s->operations = strtoul(count->text, &end, 10);
        if (*end == '\0' && s->operations <= CATALOG_OPERATIONS_MAX) {
            return 0;
        }
    }

    return node_fault(fault, count, SC_ESYNTAX, "a number is expected here");
}


static int
check_prefix(const struct node *n, const char *prefix, struct fault *fault)
{
    const char *what = template_fault(prefix);
    size_t len = strlen(prefix);

    if (what == NULL && (len < 2 || prefix[len - 1] == '/')) {
        what = "it ends with a slash";
    }
    if (what == NULL && strchr(prefix, '{') != NULL) {
        what = "it holds a parameter";
    }

    return what == NULL ? 0
                        : node_fault(fault, n, SC_ESYNTAX,
                                     "bad prefix \"%s\": %s", prefix, what);
}


static int
read_alias(struct arena *a, const struct node *n, struct catalog_alias *alias,
           struct fault *fault)
{
    static const char *const fields[] = {"prefix", "as", NULL};
    int rc = node_fields(n, fields, fault);

    if (rc == 0) {
        rc = required_text(a, n, "prefix", &alias->prefix, fault);
    }
    if (rc == 0) {
        rc = required_text(a, n, "as", &alias->as, fault);
    }
    if (rc == 0) {
        rc = check_prefix(n, alias->prefix, fault);
    }
    if (rc == 0) {
        rc = check_prefix(n, alias->as, fault);
    }

    return rc;
}


/* The fields that an operation may leave out. */
static int
read_optional(struct arena *a, const struct node *n,
              struct catalog_operation *op, struct fault *fault)
{
    const struct node *traits = node_get(n, "traits");
    const struct node *variants = node_get(n, "variants");
    const struct node *why = node_get(n, "why");
    const struct node *source = node_get(n, "source");
    int rc = 0;

    if (traits != NULL) {
        rc = parts_traits(traits, &op->traits, fault);
    }
    if (rc == 0 && variants != NULL) {
        rc = parts_variants(a, variants, op, fault);
    }
    if (rc == 0 && why != NULL) {
        rc = parts_text(a, why, PARTS_TEXT_MAX, &op->why, fault);
    }
    if (rc == 0 && source != NULL) {
        rc = parts_text(a, source, 200, &op->source, fault);
    }

    return rc;
}


static int
read_operation(struct arena *a, const struct node *n,
               struct catalog_operation *op, struct fault *fault)
{
    static const char *const fields[] = {
        "id",     "method",   "path", "classes", "traits",
        "scopes", "variants", "why",  "source",  NULL};
    const struct node *id, *method, *path, *classes, *scopes;
    int rc = node_fields(n, fields, fault);

    if (rc != 0 || (rc = required(n, "id", &id, fault)) != 0
        || (rc = required(n, "method", &method, fault)) != 0
        || (rc = required(n, "path", &path, fault)) != 0
        || (rc = required(n, "classes", &classes, fault)) != 0
        || (rc = required(n, "scopes", &scopes, fault)) != 0
        || (rc = parts_id(a, id, &op->id, fault)) != 0
        || (rc = parts_method(method, &op->method, fault)) != 0
        || (rc = parts_path(a, path, &op->path, fault)) != 0
        || (rc = parts_classes(classes, &op->classes, fault)) != 0
        || (rc = parts_scopes(a, scopes, op, fault)) != 0) {
        return rc;
    }

    return read_optional(a, n, op, fault);
}


/* A list of maps: NULL for a field that is not there. */
static int
check_list(const struct node *n, size_t max, struct fault *fault)
{
    if (n != NULL && n->kind != NODE_LIST) {
        return node_fault(fault, n, SC_ESYNTAX, "a list is expected here");
    }
    if (n != NULL && n->n > max) {
        return node_fault(fault, n, SC_ETOOBIG, "more than %zu items", max);
    }

    return 0;
}


static int
read_lists(struct catalog *c, const struct node *root, struct fault *fault)
{
    const struct node *sources = node_get(root, "sources");
    const struct node *aliases = node_get(root, "aliases");
    int rc = check_list(sources, 1000, fault);

    if (rc == 0) {
        rc = check_list(aliases, 1000, fault);
    }
    if (rc == 0 && sources != NULL) {
        c->sources = arena_array(c->arena, sources->n, sizeof(*c->sources));
        for (const struct node *n = sources->first; n != NULL && rc == 0;
             n = n->next) {
            rc = read_source(c->arena, n, &c->sources[c->nsources++], fault);
        }
    }
    if (rc == 0 && aliases != NULL) {
        c->aliases = arena_array(c->arena, aliases->n, sizeof(*c->aliases));
        for (const struct node *n = aliases->first; n != NULL && rc == 0;
             n = n->next) {
            rc = read_alias(c->arena, n, &c->aliases[c->naliases++], fault);
        }
    }

    return rc;
}


/* The node of an operation that the catalog holds already. */
static const struct node *
node_of(const struct catalog *c, const struct node *list,
        const struct catalog_operation *op)
{
    const struct node *n = list->first;

    for (const struct catalog_operation *o = c->operations;
         o != op && n != NULL; o++) {
        n = n->next;
    }

    return n;
}


static int
read_operations(struct catalog *c, const struct node *root,
                struct fault *fault)
{
    struct sound_clash clash;
    const struct node *list;
    int rc = required(root, "operations", &list, fault);

    if (rc == 0) {
        rc = check_list(list, CATALOG_OPERATIONS_MAX, fault);
    }
    if (rc != 0) {
        return rc;
    }

    c->operations = arena_array(c->arena, list->n, sizeof(*c->operations));
    for (const struct node *n = list->first; n != NULL && rc == 0;
         n = n->next) {
        rc =
            read_operation(c->arena, n, &c->operations[c->noperations], fault);
        c->noperations++;
    }

    if (rc == 0 && sound_same_id(c, &clash)) {
        rc = node_fault(fault, node_of(c, list, clash.second), SC_EEXIST,
                        "the operation id \"%s\" occurs twice",
                        clash.second->id);
    }
    if (rc == 0 && sound_same_call(c, &clash)) {
        rc = node_fault(fault, node_of(c, list, clash.second), SC_EEXIST,
                        "%s %s has the shape of \"%s\"",
                        sc_method_name(clash.second->method),
                        clash.second->path, clash.first->id);
    }

    return rc;
}


static int
read_head(struct catalog *c, const struct node *root, struct fault *fault)
{
    const struct node *format = node_get(root, "format");
    const struct node *style = node_get(root, "error_style");
    const struct node *schemes = node_get(root, "schemes");
    int rc = required_text(c->arena, root, "catalog", &c->name, fault);

    c->schemes = SC_SCHEME_BEARER | SC_SCHEME_BASIC;
    if (rc == 0
        && (format == NULL || format->kind != NODE_SCALAR
            || strcmp(format->text, "1") != 0)) {
        rc = node_fault(fault, format == NULL ? root : format, SC_EVERSION,
                        "the field \"format\" has to be 1");
    }
    if (rc == 0 && style != NULL) {
        rc = catalog_style_parse(node_text(root, "error_style"),
                                 &c->error_style)
                 ? 0
                 : node_fault(fault, style, SC_ESYNTAX,
                              "error_style is problem or atlassian");
    }
    if (rc == 0 && schemes != NULL) {
        rc = parts_schemes(schemes, &c->schemes, fault);
    }
    if (rc == 0 && c->schemes == 0) {
        rc = node_fault(fault, schemes, SC_ESYNTAX, "no scheme at all");
    }

    return rc;
}


int
catalog_read_tree(const struct node *root, struct catalog **out,
                  struct fault *fault)
{
    static const char *const fields[] = {
        "catalog", "format",  "error_style", "schemes",
        "sources", "aliases", "operations",  NULL};
    struct catalog *c = catalog_new();
    int rc = node_fields(root, fields, fault);

    if (rc == 0) {
        rc = read_head(c, root, fault);
    }
    if (rc == 0) {
        rc = read_lists(c, root, fault);
    }
    if (rc == 0) {
        rc = read_operations(c, root, fault);
    }
    if (rc != 0) {
        catalog_free(c);
        return rc;
    }
    *out = c;

    return 0;
}


int
catalog_read(const char *file, const char *bytes, size_t len,
             struct catalog **out, struct fault *fault)
{
    struct tree t;
    int rc = file_tree(file, bytes, len, &t, fault);

    if (rc != 0) {
        return rc;
    }

    rc = catalog_read_tree(t.root, out, fault);
    tree_free(&t);

    return rc;
}


int
catalog_load(const char *file, struct catalog **out, struct fault *fault)
{
    struct tree t;
    int rc = file_load(file, &t, fault);

    if (rc != 0) {
        return rc;
    }

    rc = catalog_read_tree(t.root, out, fault);
    tree_free(&t);

    return rc;
}
