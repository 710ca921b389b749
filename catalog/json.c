/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - the only file of this folder that uses jansson.
 */

#include "catalog/json.h"

#include <jansson.h>

struct reader {
    struct arena *arena;
    struct fault *fault;
    size_t nodes;
};

static int convert(struct reader *r, const json_t *value, struct node *n,
                   int depth);


static int
convert_child(struct reader *r, const json_t *value, struct node *parent,
              const char *key, int depth)
{
    struct node *child = arena_alloc(r->arena, sizeof(*child));

    child->key = key == NULL ? NULL : arena_text(r->arena, key);
    node_append(parent, child);

    return convert(r, value, child, depth + 1);
}


static int
convert_map(struct reader *r, const json_t *value, struct node *n, int depth)
{
    const char *key;
    json_t *item;
    int rc;

    n->kind = NODE_MAP;
    json_object_foreach((json_t *) value, key, item)
    {
        rc = convert_child(r, item, n, key, depth);
        if (rc != 0) {
            return rc;
        }
    }

    return node_close(r->arena, n, r->fault);
}


static int
convert_list(struct reader *r, const json_t *value, struct node *n, int depth)
{
    size_t i;
    json_t *item;
    int rc;

    n->kind = NODE_LIST;
    json_array_foreach(value, i, item)
    {
        rc = convert_child(r, item, n, NULL, depth);
        if (rc != 0) {
            return rc;
        }
    }

    return node_close(r->arena, n, r->fault);
}


static const char *
scalar_text(struct reader *r, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return arena_copy(r->arena, json_string_value(value),
                          json_string_length(value));
    case JSON_INTEGER:
        return arena_format(r->arena, "%" JSON_INTEGER_FORMAT,
                            json_integer_value(value));
    case JSON_REAL:
        return arena_format(r->arena, "%.17g", json_real_value(value));
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    default:
        return "null";
    }
}


static int
convert(struct reader *r, const json_t *value, struct node *n, int depth)
{
    if (depth > TREE_DEPTH_MAX) {
        return node_fault(r->fault, n, SC_ETOOBIG,
                          "nested deeper than %d levels", TREE_DEPTH_MAX);
    }
    if (++r->nodes > TREE_NODES_MAX) {
        return node_fault(r->fault, n, SC_ETOOBIG, "more than %d values",
                          TREE_NODES_MAX);
    }

    if (json_is_object(value)) {
        return convert_map(r, value, n, depth);
    }
    if (json_is_array(value)) {
        return convert_list(r, value, n, depth);
    }

    n->quoted = json_is_string(value);
    n->weight = 1;
    n->text = scalar_text(r, value);

    return 0;
}


int
json_tree(const char *bytes, size_t len, struct tree *t, struct fault *fault)
{
    struct reader r = {arena_new(), fault, 0};
    struct node *root = arena_alloc(r.arena, sizeof(*root));
    json_error_t error;
    json_t *json;
    int rc;

    json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                      &error);
    if (json == NULL) {
        rc = fault_set(fault, SC_ESYNTAX,
                       error.line > 0 ? (uint32_t) error.line : 0,
                       "not valid JSON: %s", error.text);
    } else {
        rc = convert(&r, json, root, 1);
    }
    json_decref(json);

    if (rc != 0) {
        arena_free(r.arena);
        return rc;
    }

    t->arena = r.arena;
    t->root = root;

    return 0;
}
