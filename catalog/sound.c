/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sound.c - duplicates among operations.
 */

#include "catalog/sound.h"

#include "catalog/names.h"
#include "catalog/template.h"

typedef const char *key_fn(struct arena *a,
                           const struct catalog_operation *op);


static const char *
id_key(struct arena *a, const struct catalog_operation *op)
{
    (void) a;

    return op->id;
}


static const char *
call_key(struct arena *a, const struct catalog_operation *op)
{
    return arena_format(a, "%s %s", sc_method_name(op->method),
                        template_shape(a, op->path));
}


static bool
find(const struct catalog *c, key_fn *key, struct sound_clash *clash)
{
    struct arena *a = arena_new();
    struct names seen;
    bool found = false;
    size_t first;

    names_init(&seen, a);
    for (size_t i = 0; i < c->noperations && !found; i++) {
        first = names_put(&seen, key(a, &c->operations[i]), i);
        found = first != NAMES_NONE;
        if (found) {
            clash->first = &c->operations[first];
            clash->second = &c->operations[i];
        }
    }
    arena_free(a);

    return found;
}


bool
sound_same_id(const struct catalog *c, struct sound_clash *clash)
{
    return find(c, id_key, clash);
}


bool
sound_same_call(const struct catalog *c, struct sound_clash *clash)
{
    return find(c, call_key, clash);
}
