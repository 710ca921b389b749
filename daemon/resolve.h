/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_RESOLVE_H
#define SC_DAEMON_RESOLVE_H

/*
 * resolve.h - addresses of upstream hosts, kept and looked at again.
 *
 * nginx resolves the names in its configuration once, at start, and does not
 * start if one of them has no answer.  So nginx.conf gets addresses, and one
 * upstream's DNS failing concerns that upstream only.  Addresses stay as long
 * as one of them is still among the answers: what a load balancer rotates
 * does not make nginx reload.
 */

#include <stdbool.h>

#define RESOLVE_MAX  8  /* addresses of a host */
#define RESOLVE_TEXT 64 /* bytes of one, as nginx writes it */

/*
 * Addresses of a host name or address into out; returns how many, 0 if it
 * does not resolve now.  Asks the system once per host, then answers from
 * memory.  Safe from any thread.
 */
unsigned resolve_host(const char *host, char out[RESOLVE_MAX][RESOLVE_TEXT]);

/*
 * Ask again for every host so far; true if the addresses of one have
 * changed.  May take as long as DNS does: call it without a lock.
 */
bool resolve_again(void);

#endif
