/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_FILE_H
#define SC_CATALOG_FILE_H

/*
 * file.h - whole files in, whole files out.
 */

#include <stddef.h>

#include "catalog/fault.h"
#include "catalog/tree.h"

/* Read a file of at most CATALOG_BYTES_MAX; the caller frees *bytes. */
int file_read(const char *name, char **bytes, size_t *len,
              struct fault *fault) SC_MUSTCHECK;

/*
 * Replace a file by bytes, whole or not at all: written beside it, synced,
 * renamed.
 */
int file_replace(const char *name, const char *bytes, size_t len,
                 struct fault *fault) SC_MUSTCHECK;

/* A document: JSON if it begins with '{' and is not named .yaml or .yml. */
int file_tree(const char *name, const char *bytes, size_t len, struct tree *t,
              struct fault *fault) SC_MUSTCHECK;

/* The same for a file on disk. */
int file_load(const char *name, struct tree *t,
              struct fault *fault) SC_MUSTCHECK;

#endif
