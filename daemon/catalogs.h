/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_CATALOGS_H
#define SC_DAEMON_CATALOGS_H

/*
 * catalogs.h - the catalogs that apps may use: shipped files, uploaded
 * texts in the store, and texts that came with a request.
 *
 * Parsed catalogs are kept by the digest of their text, so a text is parsed
 * once.
 */

#include <jansson.h>

#include "catalog/model.h"
#include "daemon/db.h"
#include "daemon/problem.h"
#include "daemon/vault.h"

struct catalogs;

/* What an app's catalog is. */
struct catalog_use {
    const struct catalog *catalog; /* borrowed until catalogs_sweep() */
    char digest[VAULT_HEX];        /* "" for a shipped one */
    const char *text;              /* to be kept: it came with the request */
};

/* dir: of shipped catalogs; db is borrowed.  NULL if there is no memory. */
struct catalogs *catalogs_open(const char *dir, struct db *db);
void catalogs_close(struct catalogs *c);

/*
 * The catalog of a name: of the texts that came along (object or NULL), then
 * the shipped one, then the newest one in the store.
 */
int catalogs_find(struct catalogs *c, const char *name, const json_t *uploads,
                  const struct at *at, struct catalog_use *out,
                  struct problem *p) SC_MUSTCHECK;

/* The very catalog that an app in the store uses. */
int catalogs_stored(struct catalogs *c, const char *name, const char *digest,
                    const struct catalog **out,
                    struct problem *p) SC_MUSTCHECK;

/* Names of what is there: [{name, origin}]; the caller owns it. */
json_t *catalogs_list(struct catalogs *c);

/* When there are many: forget what was not asked for since the last time.
 * Nothing that was found before may be in use. */
void catalogs_sweep(struct catalogs *c);

/* True if an operation of the catalog has the scope. */
bool catalogs_has_scope(const struct catalog *c, const char *scope);

/* Call see(context, scope) for each scope, also more than once. */
void catalogs_each_scope(const struct catalog *c,
                         void (*see)(void *context, const char *scope),
                         void *context);

#endif
