/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_CHANGES_H
#define SC_DAEMON_CHANGES_H

/*
 * changes.h - makes the store equal to a checked configuration, and says
 * what that changes.
 */

#include "daemon/config.h"
#include "daemon/state.h"

struct changes_how {
    const char *actor;
    bool whole;   /* users and settings as well; else apps, policies */
    bool dry_run; /* only say what would be done */
};

/*
 * Do it in one transaction, with an audit record per change.  *out is a list
 * of {action, kind, name, detail}, empty if nothing is to be done; the
 * caller owns it.
 */
int changes_apply(struct state *st, const struct config *config,
                  const struct changes_how *how, json_t **out,
                  struct problem *p) SC_MUSTCHECK;

/* Fill a configuration with the apps and policies that the store has, but
 * for the ones named (NULL: none left out). */
int changes_load(struct state *st, struct config *config, const char *but_app,
                 const char *but_policy, struct problem *p) SC_MUSTCHECK;

#endif
