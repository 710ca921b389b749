/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_GATEWAY_H
#define SC_DAEMON_GATEWAY_H

/*
 * gateway.h - nginx's configuration: made, tried, put in place, and waited
 * for.
 */

#include <stdbool.h>

#include "daemon/conf.h"
#include "daemon/db.h"
#include "daemon/problem.h"

/* Make the directories and the certificate that nginx needs. */
int gateway_prepare(const struct conf *conf) SC_MUSTCHECK;

/*
 * Inside a transaction: write nginx.conf.new for the apps of the store and
 * let nginx test it.  *changed says whether it differs from the one in
 * place.
 */
int gateway_test(const struct conf *conf, struct db *db, bool *changed,
                 struct problem *p) SC_MUSTCHECK;

/* After the commit: put it in place and make nginx reload. */
int gateway_apply(const struct conf *conf) SC_MUSTCHECK;

/* True if there is a configuration in place. */
bool gateway_configured(const struct conf *conf);

/* True if the nginx of this data directory runs. */
bool gateway_running(const struct conf *conf);

/* Wait until every live worker runs the configuration in place, at most ten
 * seconds.  True if so, or if nginx does not run. */
bool gateway_wait(const struct conf *conf);

#endif
