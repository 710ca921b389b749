/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_SHOW_H
#define SC_CLI_SHOW_H

/*
 * show.h - fetch from the daemon and print: what list and show commands do.
 * Both free path, which may be NULL (no memory, said already), and return
 * the exit status.
 */

#include "cli/args.h"
#include "cli/out.h"

/* All pages of a collection, as a table or as one JSON array. */
int show_list(const struct args *args, char *path,
              const struct column *columns);

/* One object, as indented or compact JSON. */
int show_one(const struct args *args, char *path);

#endif
