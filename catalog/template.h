/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_TEMPLATE_H
#define SC_CATALOG_TEMPLATE_H

/*
 * template.h - path templates: are they sound, and how do two relate.
 *
 * "/a/{b}/c.{d}/{rest*}".  The shape of a template is its text without the
 * names of parameters: "/a/{}/c.{}/{*}"; two templates of one shape are one.
 */

#include "catalog/arena.h"

#define TEMPLATE_MAX          2000 /* bytes */
#define TEMPLATE_SEGMENTS_MAX 60

/* Static text of what is wrong with a template, NULL if nothing is. */
const char *template_fault(const char *path);

/* The shape of a sound template. */
char *template_shape(struct arena *a, const char *path);

enum template_relation {
    TEMPLATE_APART = 0, /* no path fits both (or the counts differ) */
    TEMPLATE_SAME,
    TEMPLATE_NESTED, /* one is more specific in all places that differ */
    TEMPLATE_CROSS   /* each is more specific in one place */
};

/*
 * Relation of two shapes, segment by segment.  A multi-segment parameter
 * counts as one segment here.
 */
enum template_relation template_relate(const char *a, const char *b);

#endif
