/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.c - nodes: building, asking, and saying where one stands.
 */

#include "catalog/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/nearest.h"


void
tree_free(struct tree *t)
{
    arena_free(t->arena);
    t->arena = NULL;
    t->root = NULL;
}


void
node_append(struct node *parent, struct node *child)
{
    child->parent = parent;
    if (parent->last == NULL) {
        parent->first = child;
    } else {
        parent->last->next = child;
    }
    parent->last = child;
    parent->n++;
}


static int
by_key(const void *a, const void *b)
{
    const struct node *const *x = a;
    const struct node *const *y = b;

    return strcmp((*x)->key, (*y)->key);
}


static int
sort_keys(struct arena *a, struct node *n, struct fault *fault)
{
    size_t i = 0;

    n->sorted = arena_array(a, n->n, sizeof(struct node *));
    for (struct node *c = n->first; c != NULL; c = c->next) {
        n->sorted[i++] = c;
        if (strcmp(c->key, "<<") == 0) {
            return node_fault(fault, c, SC_ESYNTAX,
                              "merge keys are not supported");
        }
    }
    qsort(n->sorted, n->n, sizeof(struct node *), by_key);

    for (i = 1; i < n->n; i++) {
        if (strcmp(n->sorted[i - 1]->key, n->sorted[i]->key) == 0) {
            return node_fault(fault, n->sorted[i], SC_EEXIST,
                              "the key \"%s\" occurs twice",
                              n->sorted[i]->key);
        }
    }

    return 0;
}


int
node_close(struct arena *a, struct node *n, struct fault *fault)
{
    n->weight = 1;
    for (const struct node *c = n->first; c != NULL; c = c->next) {
        n->weight += c->weight;
    }
    if (n->weight > TREE_NODES_MAX) {
        return node_fault(fault, n, SC_ETOOBIG,
                          "the document unfolds to more than %d values",
                          TREE_NODES_MAX);
    }

    return n->kind == NODE_MAP && n->n != 0 ? sort_keys(a, n, fault) : 0;
}


const struct node *
node_get(const struct node *n, const char *key)
{
    size_t low = 0, high, mid;
    int order;

    if (n == NULL || n->kind != NODE_MAP) {
        return NULL;
    }

    high = n->n;
    while (low < high) {
        mid = low + (high - low) / 2;
        order = strcmp(key, n->sorted[mid]->key);
        if (order == 0) {
            return n->sorted[mid];
        }
        if (order < 0) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }

    return NULL;
}


const char *
node_text(const struct node *n, const char *key)
{
    const struct node *child = node_get(n, key);

    return child != NULL && child->kind == NODE_SCALAR ? child->text : NULL;
}


bool
node_is_null(const struct node *n)
{
    return n->kind == NODE_SCALAR && !n->quoted
           && (n->text[0] == '\0' || strcmp(n->text, "null") == 0
               || strcmp(n->text, "~") == 0);
}


bool
node_is_true(const struct node *n)
{
    return n != NULL && n->kind == NODE_SCALAR && !n->quoted
           && strcmp(n->text, "true") == 0;
}


/* Append the JSON pointer of n (RFC 6901) as far as there is room. */
static size_t
pointer(const struct node *n, char *into, size_t cap)
{
    size_t at, i = 0;

    if (n->parent == NULL) {
        return 0;
    }

    at = pointer(n->parent, into, cap);
    if (at + 24 > cap) {
        return at;
    }

    if (n->key == NULL) {
        for (const struct node *c = n->parent->first; c != n && c != NULL;
             c = c->next) {
            i++;
        }
        return at + (size_t) snprintf(into + at, cap - at, "/%zu", i);
    }

    into[at++] = '/';
    for (const char *k = n->key; *k != '\0' && at + 3 < cap; k++) {
        if (*k == '/' || *k == '~') {
            into[at++] = '~';
            into[at++] = *k == '/' ? '1' : '0';
        } else {
            into[at++] = *k;
        }
    }
    into[at] = '\0';

    return at;
}


int
node_fault(struct fault *f, const struct node *n, int rc, const char *format,
           ...)
{
    char what[sizeof(f->what)];
    uint32_t line = 0;
    va_list args;

    va_start(args, format);
    (void) vsnprintf(what, sizeof(what), format, args);
    va_end(args);

    f->path[0] = '\0';
    if (n != NULL) {
        line = n->line != 0 ? n->line : n->key_line;
        if (line == 0) {
            (void) pointer(n, f->path, sizeof(f->path));
        }
    }

    return fault_set(f, rc, line, "%s", what);
}


int
node_fields(const struct node *n, const char *const *names,
            struct fault *fault)
{
    struct nearest near;
    size_t i;

    if (n->kind != NODE_MAP) {
        return node_fault(fault, n, SC_ESYNTAX, "a map is expected here");
    }

    for (const struct node *c = n->first; c != NULL; c = c->next) {
        near = (struct nearest){NULL, 0};
        for (i = 0; names[i] != NULL && strcmp(names[i], c->key) != 0; i++) {
            nearest_try(&near, c->key, names[i]);
        }
        if (names[i] == NULL) {
            return node_fault(fault, c, SC_ESYNTAX,
                              "unknown field \"%s\", the nearest is \"%s\"",
                              c->key, near.best);
        }
    }

    return 0;
}
