/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_CMD_CATALOG_H
#define SC_CLI_CMD_CATALOG_H

/*
 * cmd_catalog.h - scopecap catalog import|show|check|diff.
 *
 * They work on files alone and ask no daemon.
 */

#include "catalog/fault.h"
#include "catalog/model.h"
#include "cli/cmd.h"

int cmd_catalog_import(const struct args *args);
int cmd_catalog_show(const struct args *args);
int cmd_catalog_check(const struct args *args);
int cmd_catalog_diff(const struct args *args);

/* Say a fault in one line; returns CMD_ERROR. */
int cmd_catalog_fault(const struct fault *fault);

/*
 * Load a catalog file, or import an API document as it is.  The caller ends
 * *out with catalog_free().
 */
int cmd_catalog_load(const char *file, struct catalog **out,
                     struct fault *fault) SC_MUSTCHECK;

#endif
