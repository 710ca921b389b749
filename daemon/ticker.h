/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_TICKER_H
#define SC_DAEMON_TICKER_H

/*
 * ticker.h - a thread that does something again and again.
 */

#include "core/error.h"

struct ticker;

/* Call run(arg) every ms milliseconds, the first time after one wait.  The
 * caller owns *out and ends it with ticker_stop(). */
int ticker_start(unsigned ms, void (*run)(void *arg), void *arg,
                 struct ticker **out) SC_MUSTCHECK;

/* Waits for a run under way; NULL is fine. */
void ticker_stop(struct ticker *t);

#endif
