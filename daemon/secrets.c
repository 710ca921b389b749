/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secrets.c - sealing and opening upstream credentials.
 *
 * Plain secrets exist in this file's buffers only, and each is wiped by the
 * function that filled it.
 */

#include "daemon/secrets.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/control.h"
#include "core/image.h"
#include "daemon/fields.h"
#include "daemon/log.h"
#include "daemon/store.h"

#define SECRET_MAX 4096
#define VALUE_MAX  8192 /* bytes of a header value */


static void
label_of(int64_t app, char into[32])
{
    snprintf(into, 32, "app/%lld", (long long) app);
}


int
secrets_keep(struct db *db, const struct vault *v, int64_t app,
             const char *secret)
{
    uint8_t sealed[SECRET_MAX + VAULT_OVERHEAD];
    size_t n = strlen(secret);
    char label[32];
    int rc;

    if (n > SECRET_MAX) {
        return SC_ETOOBIG;
    }
    label_of(app, label);
    rc = vault_seal(v, label, secret, n, sealed);
    if (rc == 0) {
        db_run(db, "UPDATE app SET secret = $2 WHERE id = $1", "ib", app,
               sealed, n + VAULT_OVERHEAD);
    }

    return rc;
}


/* Open the sealed bytes of a row into a text of SECRET_MAX + 1 bytes. */
static int
open_secret(const struct vault *v, int64_t app, const void *sealed, size_t n,
            char *into)
{
    char label[32];
    int rc;

    if (n < VAULT_OVERHEAD || n > SECRET_MAX + VAULT_OVERHEAD) {
        return SC_ECORRUPT;
    }
    label_of(app, label);
    rc = vault_unseal(v, label, sealed, n, into);
    if (rc == 0) {
        into[n - VAULT_OVERHEAD] = '\0';
    }

    return rc;
}


bool
secrets_same(struct db *db, const struct vault *v, int64_t app,
             const char *secret)
{
    char kept[SECRET_MAX + 1];
    struct db_query q;
    bool same = false;

    db_query(db, &q, "SELECT secret FROM app WHERE id = $1", "i", app);
    if (db_next(&q) && !db_is_null(&q, 0)) {
        size_t n;
        const void *sealed = db_bytes(&q, 0, &n);

        same = open_secret(v, app, sealed, n, kept) == 0
               && strcmp(kept, secret) == 0;
    }
    (void) db_end(&q);
    sc_wipe(kept, sizeof(kept));

    return same;
}


/* The value of the Authorization header, owned by the caller. */
static char *
header_value(const json_t *credential, const char *secret)
{
    const char *user = json_string_value(json_object_get(credential, "user"));
    const char *scheme =
        json_string_value(json_object_get(credential, "scheme"));
    char pair[SECRET_MAX + 300];
    char *value = calloc(1, VALUE_MAX);
    int n;

    if (value == NULL || scheme == NULL) {
        free(value);
        return NULL;
    }
    if (strcmp(scheme, "basic") != 0) {
        snprintf(value, VALUE_MAX, "Bearer %s", secret);
        return value;
    }

    n = snprintf(pair, sizeof(pair), "%s:%s", user == NULL ? "" : user,
                 secret);
    memcpy(value, "Basic ", sizeof("Basic "));
    if (!vault_base64(pair, (size_t) n, value + 6, VALUE_MAX - 6)) {
        free(value);
        value = NULL;
    }
    sc_wipe(pair, sizeof(pair));

    return value;
}


static void
end_items(struct sc_secret_in *items, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        sc_wipe((char *) items[i].value.data, items[i].value.len);
        free((char *) items[i].value.data);
    }
    free(items);
}


static int
load_items(struct db *db, const struct vault *v, struct sc_secret_in *items,
           uint32_t *n)
{
    char secret[SECRET_MAX + 1];
    struct db_query q;
    int rc = 0;

    db_query(db, &q,
             "SELECT id, config, secret FROM app"
             " WHERE active = 1 AND secret IS NOT NULL",
             "");
    while (rc == 0 && db_next(&q) && *n < SC_APPS_MAX) {
        json_t *config = fields_load(db_text(&q, 1));
        size_t size;
        const void *sealed = db_bytes(&q, 2, &size);
        char *value = NULL;

        rc = open_secret(v, db_int(&q, 0), sealed, size, secret);
        if (rc != 0) {
            log_error("secrets",
                      "app=%lld msg=\"was not sealed with this "
                      "master key\"",
                      (long long) db_int(&q, 0));
        } else {
            value =
                header_value(json_object_get(config, "credential"), secret);
            rc = value == NULL ? SC_ENOMEM : 0;
        }
        if (value != NULL) {
            items[*n].app = (uint32_t) db_int(&q, 0);
            items[*n].value.data = value;
            items[(*n)++].value.len = strlen(value);
        }
        json_decref(config);
    }
    sc_wipe(secret, sizeof(secret));

    return db_end(&q) != 0 ? SC_EIO : rc;
}


int
secrets_write(struct db *db, const struct vault *v,
              const uint8_t instance_key[SC_TOKEN_KEY], const char *path)
{
    struct sc_secret_in *items = calloc(SC_APPS_MAX, sizeof(*items));
    uint32_t n = 0;
    size_t size = 0;
    void *bytes = NULL;
    int rc = SC_ENOMEM;

    if (items == NULL) {
        return SC_ENOMEM;
    }
    rc = load_items(db, v, items, &n);
    if (rc != 0) {
        goto done;
    }
    size = sc_secrets_size(items, n);
    bytes = calloc(1, size);
    rc = bytes == NULL ? SC_ENOMEM
                       : sc_secrets_build(instance_key, items, n, bytes, size);
    if (rc == 0) {
        rc = vault_write_file(path, bytes, size, 0600);
    }

done:
    if (bytes != NULL) {
        sc_wipe(bytes, size);
    }
    free(bytes);
    end_items(items, n);
    return rc;
}


int
secrets_instance_key(struct db *db, const struct vault *v,
                     uint8_t key[SC_TOKEN_KEY])
{
    uint8_t sealed[SC_TOKEN_KEY + VAULT_OVERHEAD];
    struct db_query q;
    int rc = SC_ENOENT;

    db_query(db, &q, "SELECT bytes FROM meta WHERE name = 'instance_key'", "");
    if (db_next(&q)) {
        size_t n;
        const void *bytes = db_bytes(&q, 0, &n);

        rc = n != sizeof(sealed) ? SC_ECORRUPT
                                 : vault_unseal(v, "instance", bytes, n, key);
    }
    if (db_end(&q) != 0) {
        return SC_EIO;
    }
    if (rc != SC_ENOENT) {
        if (rc != 0) {
            log_error("secrets", "msg=\"the store was not made with this "
                                 "master key\"");
        }
        return rc;
    }

    vault_random(key, SC_TOKEN_KEY);
    rc = vault_seal(v, "instance", key, SC_TOKEN_KEY, sealed);
    if (rc != 0) {
        return rc;
    }
    db_begin(db);
    db_run(db, "INSERT INTO meta (name, bytes) VALUES ('instance_key', $1)",
           "b", sealed, sizeof(sealed));
    return db_commit(db);
}
