/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.c - opening everything in order, and the frame of a change.
 *
 * Order of a change: write; build what can fail (policy image, nginx.conf);
 * commit; bring the runtime files into force; make nginx reload and wait.
 */

#include "daemon/state.h"

#include <string.h>

#include "daemon/events.h"
#include "daemon/gateway.h"
#include "daemon/log.h"
#include "daemon/resolve.h"
#include "daemon/secrets.h"
#include "daemon/store.h"
#include "daemon/ticker.h"

#define WATCH_MS 30000


static int
open_publish(struct state *st)
{
    struct publish_deps deps = {
        st->conf, st->db, &st->vault, st->catalogs, {0}};
    int rc = secrets_instance_key(st->db, &st->vault, deps.instance_key);

    if (rc == 0) {
        rc = sc_hasher_open(&st->hasher, deps.instance_key);
    }
    if (rc == 0) {
        rc = publish_open(&deps, &st->publish);
    }
    sc_wipe(&deps, sizeof(deps));

    return rc;
}


/* nginx.conf as the store wants it; a running nginx takes it over.  If nginx
 * refuses it, the one in place goes on and the next change tries again. */
static int
bring_gateway(struct state *st)
{
    struct problem p = {0};
    bool changed = false;
    int rc = gateway_prepare(st->conf);

    if (rc != 0) {
        return rc;
    }
    rc = gateway_test(st->conf, st->db, &changed, &p);
    if (rc != 0) { /* such as a name that does not resolve right now */
        log_error("gateway", "msg=\"%s\"", p.detail);
        st->gateway_behind = true;
        return gateway_configured(st->conf) ? 0 : rc;
    }

    if (!changed) {
        return 0;
    }
    rc = gateway_apply(st->conf);
    if (rc == 0 && !gateway_wait(st->conf)) {
        log_error("gateway",
                  "msg=\"nginx has not taken over the new configuration\"");
    }
    return rc;
}


/* Upstreams that have moved to other addresses get a new nginx.conf. */
static void
look_again(void *context)
{
    struct state *st = context;
    struct problem ignored = {0};
    bool changed = false;

    if (!resolve_again()) {
        return;
    }

    pthread_mutex_lock(&st->lock);
    if (gateway_test(st->conf, st->db, &changed, &ignored) == 0 && changed) {
        (void) !gateway_apply(st->conf);
    }
    pthread_mutex_unlock(&st->lock);
}


int
state_open(struct state *st, const struct conf *conf)
{
    char path[CONF_PATH_MAX];
    int rc;

    memset(st, 0, sizeof(*st));
    st->conf = conf;
    pthread_mutex_init(&st->lock, NULL);
    rc = vault_open(&st->vault, conf_path(conf, "master.key", path));
    if (rc == 0) {
        rc = store_open(conf->store, &st->db);
    }
    if (rc != 0) {
        return rc;
    }
    st->catalogs = catalogs_open(conf->catalogs, st->db);
    if (st->catalogs == NULL) {
        return SC_ENOMEM;
    }

    rc = open_publish(st);
    if (rc == 0) {
        rc = bring_gateway(st);
    }
    if (rc == 0) {
        rc = events_start(st, &st->events);
    }
    if (rc == 0) {
        rc = ticker_start(WATCH_MS, look_again, st, &st->watch);
    }
    return rc;
}


void
state_close(struct state *st)
{
    ticker_stop(st->watch);
    events_stop(st->events);
    publish_close(st->publish);
    sc_hasher_close(&st->hasher);
    catalogs_close(st->catalogs);
    db_close(st->db);
    vault_close(&st->vault);
    pthread_mutex_destroy(&st->lock);
}


void
state_begin(struct state *st)
{
    st->gateway_changed = false;
    publish_abort(st->publish);
    db_begin(st->db);
}


void
state_rollback(struct state *st)
{
    db_rollback(st->db);
    publish_abort(st->publish);
}


static int
store_failed(int rc, struct problem *p)
{
    if (rc == SC_EEXIST) {
        return problem_set(p, 409, NULL, "it is there already");
    }

    return problem_set(p, 503, NULL, "the store failed: nothing changed");
}


/* The new nginx.conf, if this change or an earlier one needs it.  Only the
 * change that needs it fails with it. */
static int
test_gateway(struct state *st, bool *reload, struct problem *p)
{
    struct problem ignored = {0};

    if (st->gateway_changed) {
        return gateway_test(st->conf, st->db, reload, p);
    }
    if (st->gateway_behind
        && gateway_test(st->conf, st->db, reload, &ignored) == 0) {
        st->gateway_behind = false;
    } else {
        *reload = false;
    }

    return 0;
}


static bool
take_over(struct state *st)
{
    st->gateway_behind = gateway_apply(st->conf) != 0;
    return !st->gateway_behind;
}


int
state_commit(struct state *st, struct problem *p)
{
    bool reload = false;
    int rc = db_failed(st->db);

    if (rc != 0) {
        state_rollback(st);
        return store_failed(rc, p);
    }
    rc = publish_prepare(st->publish, p);
    if (rc == 0) {
        rc = test_gateway(st, &reload, p);
    }
    if (rc != 0) {
        state_rollback(st);
        return rc;
    }
    rc = db_commit(st->db);
    if (rc != 0) {
        publish_abort(st->publish);
        return store_failed(rc, p);
    }

    if (publish_commit(st->publish) != 0) {
        return problem_set(p, 503, NULL,
                           "stored, but not in force yet: the runtime files "
                           "could not be written");
    }
    if (reload && (!take_over(st) || !gateway_wait(st->conf))) {
        return problem_set(p, 503, NULL,
                           "stored, but not in force yet: nginx has not "
                           "taken over the new configuration");
    }
    return 0;
}


int
state_key(struct state *st, const char *token, uint8_t key[SC_TOKEN_KEY])
{
    return sc_hasher_key(&st->hasher, sc_str_c(token), key);
}
