/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_MEMBERS_H
#define SC_DAEMON_MEMBERS_H

/*
 * members.h - which policy a user is under: the one that names the user,
 * else the one that names one of the user's groups, else the default one.
 */

#include "daemon/problem.h"
#include "daemon/publish.h"

/*
 * Inside a transaction: work out the policy of one user, or of all (email
 * NULL), write it down and hand what changed to pub.  A user in groups of
 * two policies is a problem.
 */
int members_update(struct db *db, struct publish *pub, const char *email,
                   struct problem *p) SC_MUSTCHECK;

#endif
