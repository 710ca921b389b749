/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first.c - the first start.
 *
 * The file is written before the row: a crash in between leaves a key that
 * opens nothing, and the next start writes another one.
 */

#include "daemon/first.h"

#include <string.h>

#include "daemon/log.h"
#include "daemon/store.h"


static int
make_key(struct state *st)
{
    char token[SC_TOKEN_LEN + 2];
    uint8_t key[SC_TOKEN_KEY];
    char path[CONF_PATH_MAX];
    int rc = vault_token(SC_TOKEN_ADMIN, token);

    if (rc == 0) {
        rc = state_key(st, token, key);
    }
    if (rc == 0) {
        memcpy(token + SC_TOKEN_LEN, "\n", 2);
        rc = vault_write_file(conf_path(st->conf, "admin.key", path), token,
                              SC_TOKEN_LEN + 1, 0600);
    }
    sc_wipe(token, sizeof(token));
    if (rc != 0) {
        return rc;
    }

    db_begin(st->db);
    db_run(st->db,
           "INSERT INTO admin_key (key, name, created_at)"
           " VALUES ($1, 'first', $2)",
           "bi", key, (size_t) SC_TOKEN_KEY, store_now());
    store_audit(st->db, "system", "create", "admin_key", "first", NULL);
    return db_commit(st->db);
}


static int
make_admin(struct state *st)
{
    struct problem p = {0};
    char password[SC_TOKEN_LEN + 2];
    char hash[VAULT_HASH_MAX];
    char path[CONF_PATH_MAX];
    uint8_t random[18];
    int rc = SC_ECRYPTO;

    vault_random(random, sizeof(random));
    if (vault_base64(random, sizeof(random), password, sizeof(password))) {
        rc = vault_password_hash(password, hash);
    }
    if (rc == 0) {
        memcpy(password + strlen(password), "\n", 2);
        rc = vault_write_file(conf_path(st->conf, "admin.password", path),
                              password, strlen(password), 0600);
    }
    sc_wipe(random, sizeof(random));
    sc_wipe(password, sizeof(password));
    if (rc != 0) {
        return rc;
    }

    state_begin(st);
    db_run(st->db,
           "INSERT INTO account (email, active, version, name, role, groups,"
           " password, created_at)"
           " VALUES ($1, 1, 1, 'First admin', 'admin', '[]', $2, $3)",
           "ssi", FIRST_ADMIN, hash, store_now());
    store_audit(st->db, "system", "create", "user", FIRST_ADMIN, NULL);
    rc = state_commit(st, &p);
    if (rc != 0) {
        log_error("start", "msg=\"%s\"", p.detail);
    }

    return rc;
}


int
first_start(struct state *st)
{
    int rc = 0;

    pthread_mutex_lock(&st->lock);
    if (db_number(st->db, "SELECT count(*) FROM admin_key", "") == 0) {
        rc = make_key(st);
    }
    if (rc == 0
        && db_number(st->db, "SELECT count(*) FROM account", "") == 0) {
        rc = make_admin(st);
    }
    pthread_mutex_unlock(&st->lock);

    return rc;
}
