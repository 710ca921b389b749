/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_IMAGE_LAYOUT_H
#define SC_CORE_IMAGE_LAYOUT_H

/*
 * image_layout.h - how much room an image takes and where its lists go.
 * Only image_build.c uses it.
 */

#include "core/image_tree.h"

/* Are the numbers and indexes of the description in range? */
bool sc_layout_input_ok(const struct sc_in_image *in);

/* True if a text is of a length that an image holds. */
bool sc_layout_str_fits(struct sc_str s);

/* Items of every list: exact but for the trees, which get upper bounds. */
void sc_layout_count(const struct sc_in_image *in, struct sc_counts *n);

/* Slots of a hash table for so many edges, at most half full. */
uint64_t sc_layout_edge_slots(uint64_t edges);

/* Lay out the spans of *im; returns the size of all. */
uint64_t sc_layout_place(const struct sc_in_image *in,
                         const struct sc_counts *n, struct sc_image *im);

#endif
