/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_WRITE_H
#define SC_CATALOG_WRITE_H

/*
 * write.h - a catalog as YAML, one operation per line.
 */

#include <stdio.h>

#include "catalog/model.h"

/*
 * The text of a catalog, always the same for the same catalog; what
 * catalog_read() gives back for it is equal to c.  The caller frees *out.
 */
int catalog_write(const struct catalog *c, char **out,
                  size_t *len) SC_MUSTCHECK;

/* Parts of it, for tools: lists of classes and traits "[read, write]". */
void write_classes(FILE *f, uint32_t classes);
void write_traits(FILE *f, uint32_t traits);

#endif
