/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sound.c - duplicates, found by sorting.
 */

#include "catalog/sound.h"

#include <stdlib.h>

#include "catalog/template.h"

struct entry {
    const char *key;
    const struct catalog_operation *op;
};


static int
by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    if (order != 0) {
        return order;
    }

    return x->op < y->op ? -1 : x->op > y->op;
}


static bool
find(struct entry *entries, size_t n, struct sound_clash *clash)
{
    const struct entry *e;

    clash->second = NULL;
    qsort(entries, n, sizeof(*entries), by_key);
    for (size_t i = 1; i < n; i++) {
        e = &entries[i];
        if (strcmp(e[-1].key, e->key) == 0
            && (clash->second == NULL || e->op < clash->second)) {
            clash->first = e[-1].op;
            clash->second = e->op;
        }
    }

    return clash->second != NULL;
}


bool
sound_same_id(const struct catalog *c, struct sound_clash *clash)
{
    struct arena *a = arena_new();
    struct entry *entries = arena_array(a, c->noperations, sizeof(*entries));
    bool found;

    for (size_t i = 0; i < c->noperations; i++) {
        entries[i].key = c->operations[i].id;
        entries[i].op = &c->operations[i];
    }
    found = find(entries, c->noperations, clash);
    arena_free(a);

    return found;
}


bool
sound_same_call(const struct catalog *c, struct sound_clash *clash)
{
    struct arena *a = arena_new();
    struct entry *entries = arena_array(a, c->noperations, sizeof(*entries));
    bool found;

    for (size_t i = 0; i < c->noperations; i++) {
        entries[i].key = arena_format(
            a, "%s %s", sc_method_name(c->operations[i].method),
            template_shape(a, c->operations[i].path));
        entries[i].op = &c->operations[i];
    }
    found = find(entries, c->noperations, clash);
    arena_free(a);

    return found;
}
