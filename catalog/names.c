/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - open addressing, at most half full.
 */

#include "catalog/names.h"

#include <string.h>

#include "core/str.h"

struct names_slot {
    const char *name; /* NULL: empty */
    size_t number;
};


void
names_init(struct names *t, struct arena *a)
{
    *t = (struct names){.arena = a, .cap = 64};
    t->slots = arena_array(a, t->cap, sizeof(*t->slots));
}


static struct names_slot *
slot_of(const struct names *t, const char *name)
{
    size_t at = sc_str_hash(sc_str_c(name), 0) & (t->cap - 1);

    while (t->slots[at].name != NULL && strcmp(t->slots[at].name, name) != 0) {
        at = (at + 1) & (t->cap - 1);
    }

    return &t->slots[at];
}


static void
grow(struct names *t)
{
    struct names old = *t;

    t->cap *= 2;
    t->slots = arena_array(t->arena, t->cap, sizeof(*t->slots));
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].name != NULL) {
            *slot_of(t, old.slots[i].name) = old.slots[i];
        }
    }
}


size_t
names_put(struct names *t, const char *name, size_t number)
{
    struct names_slot *slot = slot_of(t, name);

    if (slot->name != NULL) {
        return slot->number;
    }

    slot->name = name;
    slot->number = number;
    if (++t->used * 2 > t->cap) {
        grow(t);
    }

    return NAMES_NONE;
}


size_t
names_get(const struct names *t, const char *name)
{
    const struct names_slot *slot = slot_of(t, name);

    return slot->name == NULL ? NAMES_NONE : slot->number;
}
