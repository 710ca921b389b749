/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_FIRST_H
#define SC_DAEMON_FIRST_H

/*
 * first.h - what the first start makes: an admin key and an admin user.
 */

#include "daemon/state.h"

#define FIRST_ADMIN "admin@localhost"

/*
 * While the store has no admin key: write one to $DATA/admin.key.  While it
 * has no user at all: make FIRST_ADMIN, password in $DATA/admin.password.
 */
int first_start(struct state *st) SC_MUSTCHECK;

#endif
