/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_CATALOG_H
#define SC_CORE_CATALOG_H

/*
 * catalog.h - from (app, method, path) to operations.
 *
 * Walks the tree once per segment; the cost depends on the path and on how
 * many templates fit it, not on the number of operations.  Of the templates
 * that fit, those that a more specific one covers are left out: a literal is
 * more specific than a segment with literal parts, that than a parameter,
 * that than a multi-segment tail.  What is left are several only if they
 * cross; then each of them must allow, and a method that one of them lacks
 * is no method of the path.
 */

#include "core/image.h"
#include "core/target.h"

#define SC_MATCH_MAX 16 /* templates that may fit one path */

enum sc_match_result {
    SC_MATCH_NO_PATH = 0, /* unknown path */
    SC_MATCH_NO_METHOD,   /* known path, not by this method */
    SC_MATCH_AMBIGUOUS,   /* a segment splits in two ways, or too many fit */
    SC_MATCH_FOUND
};

struct sc_match {
    uint32_t n;                        /* operations found */
    uint32_t operations[SC_MATCH_MAX]; /* indexes */
    uint32_t methods; /* 1 << enum sc_method that the path has; also set for
                         SC_MATCH_NO_METHOD, with HEAD where GET is */
};

/*
 * Match the segments from number `first` on (those before belong to the
 * mount).  HEAD is its GET.
 */
enum sc_match_result sc_catalog_match(const struct sc_image *im,
                                      const struct sc_app *app,
                                      enum sc_method method,
                                      const struct sc_target *target,
                                      uint32_t first, struct sc_match *out);

/*
 * The mount of a host (lower case, without port) and path: the exact host
 * before "*", then the longest prefix.  NULL if there is none.  *first is the
 * number of segments that the prefix took.
 */
const struct sc_mount *sc_catalog_mount(const struct sc_image *im,
                                        struct sc_str host,
                                        const struct sc_target *target,
                                        uint32_t *first);

#endif
