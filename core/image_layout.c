/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_layout.c - check a description's numbers, count what its image will
 * hold, and give every list its place.
 */

#include "core/image_layout.h"

#include "core/image_tree.h"

bool
sc_layout_str_fits(struct sc_str s)
{
    return s.len <= 65535;
}


bool
sc_layout_input_ok(const struct sc_in_image *in)
{
    if (in->nscopes > SC_SCOPE_MAX || in->set_words == 0
        || in->set_words > SC_SCOPE_WORDS || in->set_words * 64 < in->nscopes
        || in->napps > SC_APPS_MAX || in->npolicies > SC_POLICIES_MAX
        || !sc_layout_str_fits(in->ask)) {
        return false;
    }

    for (uint32_t i = 0; i < in->napps; i++) {
        if (in->apps[i].number == 0 || in->apps[i].number > SC_APPS_MAX
            || in->apps[i].catalog >= in->ncatalogs) {
            return false;
        }
    }
    for (uint32_t i = 0; i < in->nmounts; i++) {
        if (in->mounts[i].app >= in->napps) {
            return false;
        }
    }
    for (uint32_t i = 0; i < in->npolicies; i++) {
        const struct sc_in_policy *p = &in->policies[i];

        if (p->number == 0 || p->number > SC_POLICIES_MAX) {
            return false;
        }
        for (uint32_t k = 0; k < p->nceilings; k++) {
            if (p->ceilings[k].app >= in->napps) {
                return false;
            }
        }
    }

    return true;
}


static void
count_catalog(const struct sc_in_catalog *c, struct sc_counts *n)
{
    n->operations += c->noperations;
    n->nodes += 1;
    for (uint32_t i = 0; i < c->noperations; i++) {
        const struct sc_in_operation *op = &c->operations[i];

        n->strings += op->id.len + op->path.len;
        n->alternatives += op->nalternatives;
        for (uint32_t k = 0; k < op->nalternatives; k++) {
            n->scope_refs += op->alternatives[k].n;
        }
        n->variants += op->nvariants;
        for (uint32_t k = 0; k < op->nvariants; k++) {
            n->strings +=
                op->variants[k].parameter.len + op->variants[k].value.len;
        }
    }
    for (uint32_t i = 0; i < c->naliases; i++) {
        n->strings += c->aliases[i].as.len;
    }
    sc_tree_bound(c, n);
}


void
sc_layout_count(const struct sc_in_image *in, struct sc_counts *n)
{
    memset(n, 0, sizeof(*n));
    n->strings = in->ask.len;
    for (uint32_t i = 0; i < in->nscopes; i++) {
        n->strings += in->scopes[i].len;
    }
    for (uint32_t i = 0; i < in->ncatalogs; i++) {
        count_catalog(&in->catalogs[i], n);
    }
    for (uint32_t i = 0; i < in->napps; i++) {
        const struct sc_in_app *app = &in->apps[i];

        n->strings +=
            app->name.len + app->upstream_host.len + app->upstream_path.len;
        n->links += app->nlinks;
        for (uint32_t k = 0; k < app->nlinks; k++) {
            n->strings += app->links[k].len;
        }
        n->app_index =
            app->number >= n->app_index ? app->number + 1 : n->app_index;
    }
    for (uint32_t i = 0; i < in->nmounts; i++) {
        n->strings += in->mounts[i].host.len + in->mounts[i].prefix.len;
    }
    for (uint32_t i = 0; i < in->npolicies; i++) {
        const struct sc_in_policy *p = &in->policies[i];

        n->strings += p->name.len;
        n->sets += p->nceilings;
        for (uint32_t k = 0; k < p->nceilings; k++) {
            n->denied += p->ceilings[k].ndenied;
        }
        n->policy_index =
            p->number >= n->policy_index ? p->number + 1 : n->policy_index;
    }
}


/* Give a span its place; at moves on, 8-byte aligned. */
static void
place(struct sc_span *span, uint64_t *at, uint64_t count_, size_t item)
{
    span->at = (uint32_t) *at;
    span->count = (uint32_t) count_;
    *at = (*at + count_ * item + 7) & ~UINT64_C(7);
}


uint64_t
sc_layout_place(const struct sc_in_image *in, const struct sc_counts *n,
                struct sc_image *im)
{
    uint64_t at = sizeof(*im);

    place(&im->strings, &at, n->strings, 1);
    place(&im->scopes, &at, in->nscopes, sizeof(struct sc_name));
    place(&im->apps, &at, in->napps, sizeof(struct sc_app));
    place(&im->app_index, &at, n->app_index, sizeof(uint32_t));
    place(&im->mounts, &at, in->nmounts, sizeof(struct sc_mount));
    place(&im->nodes, &at, n->nodes, sizeof(struct sc_node));
    place(&im->edges, &at, n->edge_slots, sizeof(struct sc_edge));
    place(&im->patterns, &at, n->patterns, sizeof(struct sc_pattern));
    place(&im->pieces, &at, n->pieces, sizeof(struct sc_name));
    place(&im->templates, &at, n->templates, sizeof(struct sc_template));
    place(&im->kinds, &at, n->kinds, sizeof(uint32_t));
    place(&im->operations, &at, n->operations, sizeof(struct sc_operation));
    place(&im->alternatives, &at, n->alternatives,
          sizeof(struct sc_alternative));
    place(&im->scope_refs, &at, n->scope_refs, sizeof(uint32_t));
    place(&im->variants, &at, n->variants, sizeof(struct sc_variant));
    place(&im->policies, &at, in->npolicies, sizeof(struct sc_policy));
    place(&im->policy_index, &at, n->policy_index, sizeof(uint32_t));
    place(&im->ceilings, &at, (uint64_t) in->npolicies * in->napps,
          sizeof(struct sc_ceiling));
    place(&im->denied, &at, n->denied, sizeof(uint32_t));
    place(&im->sets, &at, n->sets, sizeof(uint64_t) * in->set_words);
    place(&im->links, &at, n->links, sizeof(struct sc_name));
    return at;
}


uint64_t
sc_layout_edge_slots(uint64_t edges)
{
    uint64_t slots = 2;

    while (slots < edges * 2 + 1) {
        slots *= 2;
    }

    return slots;
}
