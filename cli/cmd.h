/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_CMD_H
#define SC_CLI_CMD_H

/*
 * cmd.h - the commands, one table per file, each ended by a row without a
 * name.  main.c puts the tables together.
 */

#include "cli/args.h"

/* Exit statuses. */
enum {
    CMD_OK = 0,    /* done; check: allowed */
    CMD_NO = 1,    /* refused, or the input is not valid */
    CMD_ERROR = 2, /* wrong use, or the daemon cannot be reached */
};

extern const struct command cmd_apply[];
extern const struct command cmd_catalog[];
extern const struct command cmd_check[];
extern const struct command cmd_explain[];
extern const struct command cmd_list[];
extern const struct command cmd_token[];

#endif
