/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_IMAGE_TREE_H
#define SC_CORE_IMAGE_TREE_H

/*
 * image_tree.h - grow the trees of path templates inside an image that is
 * being built.  Only image_build.c uses it.
 */

#include "core/image_build.h"

/* Items of every list; of the trees at first upper bounds (image_layout.h). */
struct sc_counts {
    uint64_t strings, app_index, operations, alternatives, scope_refs;
    uint64_t variants, policy_index, denied, sets, links;
    uint64_t nodes, edges, edge_slots, patterns, pieces, templates, kinds;
};

struct sc_builder {
    const struct sc_in_image *in;
    struct sc_image *im;
    struct sc_build_fault *fault;
    /* items used so far */
    uint32_t strings, operations, alternatives, scope_refs, variants;
    uint32_t denied, sets;
    uint32_t nodes, edges, patterns, pieces, templates, kinds;
    /* most in use at any time: a template that is merged takes kinds and
     * pieces for a moment, also as the last one */
    uint32_t most_pieces, most_kinds;
};

static inline void *
sc_builder_at(const struct sc_builder *b, struct sc_span span)
{
    return (char *) b->im + span.at;
}

/* Add upper bounds for the tree of a catalog. */
void sc_tree_bound(const struct sc_in_catalog *c, struct sc_counts *n);

/* A new node without children. */
uint32_t sc_tree_node(struct sc_builder *b);

/* Add the operation's template.  SC_EEXIST, SC_ESYNTAX. */
int sc_tree_add(struct sc_builder *b, uint32_t root,
                uint32_t operation) SC_MUSTCHECK;

/* Let paths below `as` mean those below prefix.  SC_ENOENT if the prefix has
 * no node, SC_EEXIST if `as` has one. */
int sc_tree_alias(struct sc_builder *b, uint32_t root, struct sc_str prefix,
                  struct sc_name as) SC_MUSTCHECK;

#endif
