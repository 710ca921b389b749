/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_PORTS_H
#define SC_DAEMON_PORTS_H

/*
 * ports.h - says which port is in use and which variable changes it.
 */

#include "daemon/conf.h"

/* The ports are free: the console's, and the gateway's unless the nginx of
 * this data directory runs.  On failure a line has been logged. */
int ports_check(const struct conf *conf) SC_MUSTCHECK;

/* The line. */
void ports_complain(unsigned port, const char *variable);

#endif
