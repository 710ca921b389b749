/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_CATALOG_JSON_H
#define SC_CLI_CATALOG_JSON_H

/*
 * catalog_json.h - what `scopecap catalog ... --json` prints, and the same
 * parts as text.
 */

#include <stdio.h>

#include "catalog/check.h"
#include "catalog/diff.h"
#include "catalog/model.h"

/* The operations that pick says yes to, as an array. */
void catalog_json_operations(FILE *f, const struct catalog *c,
                             bool (*pick)(const struct catalog_operation *,
                                          const void *about),
                             const void *about);
void catalog_json_check(FILE *f, const struct catalog *c,
                        const struct check_report *report);
void catalog_json_diff(FILE *f, const struct diff *diffs, size_t n);

#endif
