/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_CMD_CATALOG_H
#define SC_CLI_CMD_CATALOG_H

/*
 * cmd_catalog.h - scopecap catalog import|show|check|diff.
 *
 * Each takes its own name as argv[0] and returns the exit status.
 */

#include <stddef.h>

#include "catalog/fault.h"
#include "catalog/model.h"

int cmd_catalog(int argc, char **argv);

int cmd_catalog_import(int argc, char **argv);
int cmd_catalog_show(int argc, char **argv);
int cmd_catalog_check(int argc, char **argv);
int cmd_catalog_diff(int argc, char **argv);

/* Say a fault, or a mistake in the arguments, in one line; returns 2. */
int cmd_catalog_fault(const struct fault *fault);
int cmd_catalog_usage(const char *what, const char *about);

/*
 * Load a catalog file, or import an API document as it is.  The caller ends
 * *out with catalog_free().
 */
int cmd_catalog_load(const char *file, struct catalog **out,
                     struct fault *fault) SC_MUSTCHECK;

#endif
