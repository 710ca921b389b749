/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_SECRETS_H
#define SC_DAEMON_SECRETS_H

/*
 * secrets.h - upstream credentials: sealed in the store, and as the secrets
 * file that the gateway reads.
 */

#include <stdbool.h>

#include "daemon/db.h"
#include "daemon/vault.h"

/* Seal an app's secret into its row. */
int secrets_keep(struct db *db, const struct vault *v, int64_t app,
                 const char *secret) SC_MUSTCHECK;

/* True if the app's row holds this very secret. */
bool secrets_same(struct db *db, const struct vault *v, int64_t app,
                  const char *secret);

/* Write the secrets file of all apps. */
int secrets_write(struct db *db, const struct vault *v,
                  const uint8_t instance_key[SC_TOKEN_KEY],
                  const char *path) SC_MUSTCHECK;

/* The instance key: sealed in the store, made at the first start. */
int secrets_instance_key(struct db *db, const struct vault *v,
                         uint8_t key[SC_TOKEN_KEY]) SC_MUSTCHECK;

#endif
