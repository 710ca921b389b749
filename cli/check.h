/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_CHECK_H
#define SC_CLI_CHECK_H

/*
 * check.h - a decision made here, from a runtime directory, by the very
 * functions that nginx calls.
 *
 * Nothing is asked of the daemon and nothing is changed.  The result has
 * the members that the daemon's answer to the same question has.
 */

#include <jansson.h>

#include "cli/args.h"

/*
 * Decide what args ask, from the files in force in dir.  The caller owns
 * *out.  A negative error after a line on standard error.
 */
int check_image(const char *dir, const struct args *args,
                json_t **out) SC_MUSTCHECK;

#endif
