/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff.c - compares two catalogs by operation id.
 */

#include "catalog/diff.h"

#include "catalog/names.h"
#include "catalog/parts.h"

struct list {
    struct arena *arena;
    struct diff *items;
    size_t n;
};


static void
add(struct list *l, enum diff_kind kind, const struct catalog_operation *old,
    const struct catalog_operation *now)
{
    struct diff *d = arena_push(l->arena, &l->items, l->n++, sizeof(*d));

    *d = (struct diff){kind, old, now};
}


/* True if every alternative of x is one of y's; both hold no duplicates. */
static bool
same_scopes(const struct catalog_operation *x,
            const struct catalog_operation *y)
{
    size_t j;

    if (x->nalternatives != y->nalternatives) {
        return false;
    }
    for (size_t i = 0; i < x->nalternatives; i++) {
        for (j = 0; j < y->nalternatives; j++) {
            if (parts_same_alternative(&x->alternatives[i],
                                       &y->alternatives[j])) {
                break;
            }
        }
        if (j == y->nalternatives) {
            return false;
        }
    }

    return true;
}


static bool
same_classes(const struct catalog_operation *x,
             const struct catalog_operation *y)
{
    const struct catalog_variant *v, *w;
    bool same = x->classes == y->classes && x->traits == y->traits
                && x->nvariants == y->nvariants;

    for (size_t i = 0; same && i < x->nvariants; i++) {
        v = &x->variants[i];
        w = &y->variants[i];
        same = v->body == w->body && v->classes == w->classes
               && v->traits == w->traits && strcmp(v->name, w->name) == 0
               && strcmp(v->value, w->value) == 0;
    }

    return same;
}


static void
compare(struct list *l, const struct catalog_operation *old,
        const struct catalog_operation *now)
{
    if (old->method != now->method || strcmp(old->path, now->path) != 0) {
        add(l, DIFF_PATH, old, now);
    }
    if (!same_classes(old, now)) {
        add(l, DIFF_CLASSES, old, now);
    }
    if (!same_scopes(old, now)) {
        add(l, DIFF_SCOPES, old, now);
    }
}


static void
index_ids(const struct catalog *c, struct arena *a, struct names *ids)
{
    names_init(ids, a);
    for (size_t i = 0; i < c->noperations; i++) {
        (void) names_put(ids, c->operations[i].id, i);
    }
}


size_t
diff_catalogs(const struct catalog *old, const struct catalog *now,
              struct arena *a, struct diff **out)
{
    struct list l = {.arena = a};
    struct names olds, nows;
    size_t at;

    index_ids(old, a, &olds);
    index_ids(now, a, &nows);
    for (size_t i = 0; i < old->noperations; i++) {
        at = names_get(&nows, old->operations[i].id);
        if (at == NAMES_NONE) {
            add(&l, DIFF_REMOVED, &old->operations[i], NULL);
        } else {
            compare(&l, &old->operations[i], &now->operations[at]);
        }
    }
    for (size_t i = 0; i < now->noperations; i++) {
        if (names_get(&olds, now->operations[i].id) == NAMES_NONE) {
            add(&l, DIFF_ADDED, NULL, &now->operations[i]);
        }
    }
    *out = l.items;

    return l.n;
}


const char *
diff_name(enum diff_kind kind)
{
    static const char *const names[] = {"added", "removed", "path", "classes",
                                        "scopes"};

    return names[kind];
}
