/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_YAML_H
#define SC_CATALOG_YAML_H

/*
 * yaml.h - YAML into a tree with lines.
 *
 * One document, valid UTF-8 without control characters, string keys,
 * depth and size limited as tree.h says.  Tags are refused: every value is
 * text, a list or a map.
 */

#include "catalog/tree.h"

/* On success the caller owns *t and ends it with tree_free(). */
int yaml_parse(const char *bytes, size_t len, struct tree *t,
               struct fault *fault) SC_MUSTCHECK;

#endif
