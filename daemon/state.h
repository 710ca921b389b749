/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_STATE_H
#define SC_DAEMON_STATE_H

/*
 * state.h - everything that a call or a thread of the daemon works on, and
 * the frame of a change: begin, write, commit.
 *
 * One lock over store and runtime files.  Whoever touches either holds it.
 */

#include <pthread.h>

#include "core/token.h"
#include "daemon/catalogs.h"
#include "daemon/conf.h"
#include "daemon/db.h"
#include "daemon/publish.h"
#include "daemon/vault.h"

struct events;
struct ticker;

struct state {
    const struct conf *conf;
    struct db *db;
    struct vault vault;
    struct catalogs *catalogs;
    struct publish *publish;
    struct sc_hasher hasher;
    struct events *events;
    struct ticker *watch; /* of upstream addresses */
    pthread_mutex_t lock;
    bool gateway_changed; /* the open change needs a new nginx.conf */
    bool gateway_behind;  /* an earlier one did not get its */
};

/* Open the store and bring everything into force.  state_close() ends also
 * a half-opened one. */
int state_open(struct state *st, const struct conf *conf) SC_MUSTCHECK;
void state_close(struct state *st);

/* Begin a change. */
void state_begin(struct state *st);

/* Durable and in force in every worker, or a problem.  After a problem with
 * status 503 the change may be stored; it comes into force later. */
int state_commit(struct state *st, struct problem *p) SC_MUSTCHECK;

void state_rollback(struct state *st);

/* HMAC of a token. */
int state_key(struct state *st, const char *token,
              uint8_t key[SC_TOKEN_KEY]) SC_MUSTCHECK;

#endif
