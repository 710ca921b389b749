/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_STORE_H
#define SC_DAEMON_STORE_H

/*
 * store.h - what all parts do with the store: open it at the newest schema,
 * keep a few numbered and named values, record changes.
 */

#include <jansson.h>

#include "daemon/db.h"

/* For values of db_run() and its like, which take int64_t only. */
#define I64(x) ((int64_t) (x))

/* Microseconds since 1970. */
int64_t store_now(void);

/* Open the file and bring its schema up to date; every migration is applied
 * once, in order, in its own transaction. */
int store_open(const char *path, struct db **out) SC_MUSTCHECK;

/* The next of the numbers that name files of the runtime directory; needs a
 * transaction.  -1 on failure. */
int64_t store_next_file(struct db *db);

/* A text by name, copied into; "" if there is none. */
void store_text(struct db *db, const char *name, char *into, size_t size);
void store_set_text(struct db *db, const char *name, const char *text);

/* Record a change in the transaction of that change.  Takes detail, which
 * may be NULL and never holds a secret.  Returns the change number. */
int64_t store_audit(struct db *db, const char *actor, const char *action,
                    const char *kind, const char *object, json_t *detail);

#endif
