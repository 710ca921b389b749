/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_CHECK_H
#define SC_CATALOG_CHECK_H

/*
 * check.h - what a catalog covers and where its templates overlap.
 */

#include "catalog/model.h"

struct check_report {
    size_t operations;
    size_t classes[SC_CLASSES]; /* operations that have the class */
    size_t unclassified;
    size_t without_scope;
    size_t overrides; /* operations that an override settled */
    size_t paths;
    /* Pairs of different paths that one request could fit: */
    size_t literal_parameter; /* one is more specific */
    size_t crossing;          /* none is more specific */
    size_t same_shape;        /* they differ in names only */
};

/* Cost grows with the square of the number of paths of one length. */
void check_catalog(const struct catalog *c, struct check_report *out);

#endif
