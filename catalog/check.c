/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - counts operations and compares every two paths.
 *
 * Paths count once, whatever their methods.  A multi-segment parameter is
 * compared as one segment, as documents write it.
 */

#include "catalog/check.h"

#include <stdlib.h>

#include "catalog/names.h"
#include "catalog/template.h"

struct path {
    const char *shape;
    size_t segments;
};


static int
by_segments(const void *a, const void *b)
{
    const struct path *x = a, *y = b;

    return x->segments < y->segments ? -1 : x->segments > y->segments;
}


static size_t
count_slashes(const char *path)
{
    size_t n = 0;

    for (; *path != '\0'; path++) {
        n += *path == '/';
    }

    return n;
}


static size_t
collect_paths(const struct catalog *c, struct arena *a, struct path *paths)
{
    struct names seen;
    size_t n = 0;

    names_init(&seen, a);
    for (size_t i = 0; i < c->noperations; i++) {
        if (names_put(&seen, c->operations[i].path, i) == NAMES_NONE) {
            paths[n].shape = template_shape(a, c->operations[i].path);
            paths[n++].segments = count_slashes(c->operations[i].path);
        }
    }
    qsort(paths, n, sizeof(*paths), by_segments);

    return n;
}


static void
count_pairs(const struct catalog *c, struct check_report *out)
{
    struct arena *a = arena_new();
    struct path *paths = arena_array(a, c->noperations, sizeof(*paths));
    size_t n = collect_paths(c, a, paths);

    out->paths = n;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n && paths[j].segments == paths[i].segments;
             j++) {
            switch (template_relate(paths[i].shape, paths[j].shape)) {
            case TEMPLATE_SAME:
                out->same_shape++;
                break;
            case TEMPLATE_NESTED:
                out->literal_parameter++;
                break;
            case TEMPLATE_CROSS:
                out->crossing++;
                break;
            case TEMPLATE_APART:
                break;
            }
        }
    }
    arena_free(a);
}


void
check_catalog(const struct catalog *c, struct check_report *out)
{
    const struct catalog_operation *op;

    *out = (struct check_report){.operations = c->noperations};
    for (size_t i = 0; i < c->noperations; i++) {
        op = &c->operations[i];
        for (unsigned bit = 0; bit < SC_CLASSES; bit++) {
            out->classes[bit] += (op->classes >> bit) & 1;
        }
        out->unclassified += op->classes == 0;
        out->without_scope += op->nalternatives == 0;
        out->overrides += op->why != NULL;
    }
    count_pairs(c, out);
}
