/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi.c - walks the paths of a document.
 */

#include "catalog/openapi.h"

#include "catalog/classify.h"
#include "catalog/openapi_base.h"
#include "catalog/openapi_scopes.h"
#include "catalog/parts.h"
#include "catalog/template.h"

#define REFS_MAX 8 /* references that lead to references */

struct importer {
    struct catalog *catalog;
    const struct node *root;
    const struct openapi_options *options;
    const char *source;
    struct fault *fault;
};

static const struct {
    const char *key;
    enum sc_method method;
} methods[] = {
    {"get", SC_GET},     {"post", SC_POST},     {"put", SC_PUT},
    {"patch", SC_PATCH}, {"delete", SC_DELETE},
};


bool
openapi_is(const struct node *root)
{
    return node_text(root, "openapi") != NULL
           || node_text(root, "swagger") != NULL;
}


/* The next token of a JSON pointer, unescaped into a; *at moves behind it. */
static char *
pointer_token(struct arena *a, const char **at)
{
    size_t len = strcspn(*at, "/");
    char *token = arena_copy(a, *at, len), *to = token;

    for (const char *from = token; *from != '\0'; from++) {
        if (*from == '~' && (from[1] == '0' || from[1] == '1')) {
            *to++ = *++from == '1' ? '/' : '~';
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    *at += len;

    return token;
}


const struct node *
openapi_resolve(const struct node *root, const char *ref)
{
    const char *at = ref + 1;
    struct arena *a;

    if (strncmp(ref, "#/", 2) != 0) {
        return NULL;
    }

    a = arena_new();
    while (root != NULL && *at == '/') {
        at++;
        root = node_get(root, pointer_token(a, &at));
    }
    arena_free(a);

    return root;
}


/* Follow $ref until there is none; NULL if it leads nowhere. */
static const struct node *
follow(const struct importer *im, const struct node *n)
{
    const char *ref;

    for (int i = 0; n != NULL && i < REFS_MAX; i++) {
        ref = node_text(n, "$ref");
        if (ref == NULL) {
            return n;
        }
        n = openapi_resolve(im->root, ref);
    }

    return NULL;
}


/* True if a list of parameters marks the path parameter as multi-segment. */
static bool
marked_multi(const struct importer *im, const struct node *list,
             const char *name, size_t len)
{
    const struct node *p;
    const char *in, *is;

    if (list == NULL || list->kind != NODE_LIST) {
        return false;
    }

    for (const struct node *c = list->first; c != NULL; c = c->next) {
        p = follow(im, c);
        in = node_text(p, "in");
        is = node_text(p, "name");
        if (in != NULL && is != NULL && strcmp(in, "path") == 0
            && strlen(is) == len && memcmp(is, name, len) == 0) {
            return node_is_true(node_get(p, "x-multi-segment"));
        }
    }

    return false;
}


/* "/a/{b}" as "/a/{b*}" if the document says that b holds slashes. */
static const char *
mark_multi(const struct importer *im, const char *path,
           const struct node *item, const struct node *n)
{
    const char *name;
    size_t len;

    if (!template_last_parameter(path, &name, &len)) {
        return path;
    }
    if (!marked_multi(im, node_get(n, "parameters"), name, len)
        && !marked_multi(im, node_get(item, "parameters"), name, len)) {
        return path;
    }

    return template_multi(im->catalog->arena, path);
}


/* First literal word of a path, for scopes that are made from it. */
static const char *
first_word(struct arena *a, const char *path)
{
    size_t len;

    while (*path == '/') {
        path++;
        len = strcspn(path, "/");
        if (len != 0 && memchr(path, '{', len) == NULL) {
            return arena_copy(a, path, len);
        }
        path += len;
    }

    return "root";
}


static int
import_operation(struct importer *im, const struct node *item,
                 const char *path, const struct node *n, enum sc_method method)
{
    struct catalog *c = im->catalog;
    struct catalog_operation *op;
    const char *base, *id, *what;
    int rc;

    if (n->kind != NODE_MAP) {
        return node_fault(im->fault, n, SC_ESYNTAX, "an operation is a map");
    }
    if (c->noperations == CATALOG_OPERATIONS_MAX) {
        return node_fault(im->fault, n, SC_ETOOBIG, "more than %d operations",
                          CATALOG_OPERATIONS_MAX);
    }

    op = arena_push(c->arena, &c->operations, c->noperations, sizeof(*op));
    *op = (struct catalog_operation){.method = method, .source = im->source};
    c->noperations++;

    base = base_of(c->arena, im->root, item, n);
    op->path = base_join(c->arena, base, path);
    what = template_fault(op->path);
    if (what != NULL) {
        return node_fault(im->fault, n, SC_ESYNTAX,
                          "bad path template \"%s\": %s", op->path, what);
    }
    op->path = mark_multi(im, op->path, item, n);
    op->word = first_word(c->arena, path);

    id = node_text(n, "operationId");
    op->id = id != NULL && parts_id_ok(id) ? arena_text(c->arena, id) : NULL;

    rc = openapi_scopes(c->arena, im->root, n, im->options->any_of, op,
                        im->fault);
    if (rc == 0) {
        classify(op, path);
    }

    return rc;
}


/* A path: its own operations and those that its $ref leads to. */
static int
import_path(struct importer *im, const struct node *path)
{
    const struct node *item = path, *n;
    const char *ref;
    int rc;

    for (int refs = 0; refs < REFS_MAX; refs++) {
        if (item == NULL || item->kind != NODE_MAP) {
            return node_fault(im->fault, path, SC_ESYNTAX,
                              "not a path item, or a reference that leads "
                              "nowhere");
        }
        for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
            n = node_get(item, methods[i].key);
            rc = n == NULL ? 0
                           : import_operation(im, item, path->key, n,
                                              methods[i].method);
            if (rc != 0) {
                return rc;
            }
        }
        ref = node_text(item, "$ref");
        if (ref == NULL) {
            return 0;
        }
        item = openapi_resolve(im->root, ref);
    }

    return node_fault(im->fault, path, SC_ETOOBIG, "too many references");
}


static int
check_version(const struct node *root, struct fault *fault)
{
    const char *swagger = node_text(root, "swagger");
    const char *openapi = node_text(root, "openapi");

    if (swagger != NULL && strcmp(swagger, "2.0") == 0) {
        return 0;
    }
    if (openapi != NULL
        && (strncmp(openapi, "3.0", 3) == 0
            || strncmp(openapi, "3.1", 3) == 0)) {
        return 0;
    }

    return node_fault(fault, root, SC_EVERSION,
                      "not an OpenAPI 3.0, 3.1 or Swagger 2.0 document");
}


int
openapi_import(struct catalog *c, const struct node *root,
               const struct openapi_options *options, struct fault *fault)
{
    struct importer im = {c, root, options, NULL, fault};
    const struct node *paths = node_get(root, "paths");
    size_t before = c->noperations;
    struct catalog_source *s;
    int rc = check_version(root, fault);

    if (rc == 0 && paths != NULL && paths->kind != NODE_MAP) {
        rc = node_fault(fault, paths, SC_ESYNTAX, "a map is expected here");
    }
    if (rc != 0) {
        return rc;
    }

    im.source = arena_text(c->arena, options->source);
    for (const struct node *n = paths == NULL ? NULL : paths->first;
         n != NULL && rc == 0; n = n->next) {
        rc = strncmp(n->key, "x-", 2) == 0 ? 0 : import_path(&im, n);
    }
    if (rc == 0) {
        s = arena_push(c->arena, &c->sources, c->nsources++, sizeof(*s));
        s->document = im.source;
        s->operations = c->noperations - before;
    }

    return rc;
}
