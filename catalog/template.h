/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_TEMPLATE_H
#define SC_CATALOG_TEMPLATE_H

/*
 * template.h - path templates: are they sound, and how do two relate.
 *
 * "/a/{b}/c.{d}/{rest*}".  The shape of a template is its text without the
 * names of parameters: "/a/{}/c.{}/{*}"; two templates of one shape are one.
 */

#include <stdbool.h>

#include "catalog/arena.h"

#define TEMPLATE_MAX          2000 /* bytes */
#define TEMPLATE_SEGMENTS_MAX 60

/* Static text of what is wrong with a template, NULL if nothing is. */
const char *template_fault(const char *path);

/* The shape of a sound template. */
char *template_shape(struct arena *a, const char *path);

/* The name of a parameter that is the whole last segment. */
bool template_last_parameter(const char *path, const char **name, size_t *len);

/* The path with that parameter marked as multi-segment; path itself if the
 * last segment is no parameter, or is marked already. */
const char *template_multi(struct arena *a, const char *path);

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
