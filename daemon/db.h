/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_DB_H
#define SC_DAEMON_DB_H

/*
 * db.h - a thin driver for the store: statements with bound values.
 *
 * SQL texts are static (statements are kept by their address) and use $1,
 * $2 ...  Values follow a type string: i int64_t, s text or NULL, b bytes
 * and size_t.  One thread at a time.
 *
 * Inside a transaction the first failure sticks: what follows does nothing
 * and db_commit() rolls back and returns it.  So a change is written down
 * straight and looked at once.  Failures are logged here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct db;

struct db_query {
    struct db *db;
    void *statement;
    bool cached;
    int rc;
};

/* Open or make the file; the caller ends it with db_close(). */
int db_open(const char *path, struct db **out) SC_MUSTCHECK;

/* Ends db; NULL is fine. */
void db_close(struct db *db);

void db_begin(struct db *db);

/* 0 when all of it is on stable storage, SC_EEXIST for a broken constraint,
 * else SC_EIO; nothing was changed then. */
int db_commit(struct db *db) SC_MUSTCHECK;

void db_rollback(struct db *db);

/* Failure so far in this transaction, 0 if none. */
int db_failed(const struct db *db);

/* Run a statement without rows; the number of changed rows or -1. */
int64_t db_run(struct db *db, const char *sql, const char *types, ...);

/* Run one that gives one number (RETURNING, count): it, or -1. */
int64_t db_number(struct db *db, const char *sql, const char *types, ...);

/* Several statements of a script, without values. */
int db_script(struct db *db, const char *sql) SC_MUSTCHECK;

/* Rows, one after the other; always end with db_end(). */
void db_query(struct db *db, struct db_query *q, const char *sql,
              const char *types, ...);
bool db_next(struct db_query *q);
int db_end(struct db_query *q);

/* Columns of the row, 0-based.  Text and bytes are borrowed until the next
 * db_next() or db_end(); NULL for NULL. */
int64_t db_int(struct db_query *q, int column);
const char *db_text(struct db_query *q, int column);
const void *db_bytes(struct db_query *q, int column, size_t *size);
bool db_is_null(struct db_query *q, int column);

#endif
