/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db.c - the SQLite driver; the only file that includes sqlite3.h.
 *
 * WAL with synchronous=FULL: a committed transaction survives the loss of
 * power.  "$1" is a named parameter to SQLite, so values are bound by name.
 */

#include "daemon/db.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"

#define CACHE_SLOTS 256

struct cached {
    const char *sql; /* compared by address */
    sqlite3_stmt *statement;
    bool busy;
};

struct db {
    sqlite3 *handle;
    int failed; /* of the transaction */
    bool open;  /* a transaction is */
    struct cached cache[CACHE_SLOTS];
};


static int
fail(struct db *db, const char *sql)
{
    int code = sqlite3_errcode(db->handle);
    int rc = (code & 0xff) == SQLITE_CONSTRAINT ? SC_EEXIST : SC_EIO;

    log_error("store", "msg=\"%s\" sql=\"%.60s\"", sqlite3_errmsg(db->handle),
              sql);
    if (db->failed == 0) {
        db->failed = rc;
    }
    return rc;
}


int
db_script(struct db *db, const char *sql)
{
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return fail(db, sql);
    }

    return 0;
}


int
db_open(const char *path, struct db **out)
{
    struct db *db = calloc(1, sizeof(*db));
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    int rc = SC_ENOMEM;

    if (db == NULL) {
        return SC_ENOMEM;
    }

    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
        rc = fail(db, path);
        goto done;
    }
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, 5000);
    rc = db_script(db, "PRAGMA journal_mode = WAL;"
                       "PRAGMA synchronous = FULL;"
                       "PRAGMA foreign_keys = ON;"
                       "PRAGMA trusted_schema = OFF");

done:
    if (rc != 0) {
        db_close(db);
        return rc;
    }

    db->failed = 0;
    *out = db;
    return 0;
}


void
db_close(struct db *db)
{
    if (db == NULL) {
        return;
    }

    for (size_t i = 0; i < CACHE_SLOTS; i++) {
        sqlite3_finalize(db->cache[i].statement);
    }
    sqlite3_close(db->handle);
    free(db);
}


/* The kept statement of sql, or a new one.  *slot is NULL for one that is not
 * kept: the kept one is in use, or there is no room. */
static sqlite3_stmt *
statement_of(struct db *db, const char *sql, struct cached **slot)
{
    size_t at = ((uintptr_t) sql >> 3) % CACHE_SLOTS;
    struct cached *c = NULL;
    sqlite3_stmt *statement = NULL;

    for (size_t i = 0; i < CACHE_SLOTS; i++) {
        c = &db->cache[(at + i) % CACHE_SLOTS];
        if (c->sql == sql || c->sql == NULL) {
            break;
        }
    }

    *slot = NULL;
    if (c->sql == sql && !c->busy) {
        *slot = c;
        return c->statement;
    }
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &statement, NULL)
        != SQLITE_OK) {
        (void) fail(db, sql);
        return NULL;
    }
    if (c->sql == NULL) {
        c->sql = sql;
        c->statement = statement;
        *slot = c;
    }

    return statement;
}


static int
bind_all(sqlite3_stmt *statement, const char *types, va_list args)
{
    char name[16];
    int rc = SQLITE_OK;

    for (int i = 0; types[i] != '\0' && rc == SQLITE_OK; i++) {
        int at;

        snprintf(name, sizeof(name), "$%d", i + 1);
        at = sqlite3_bind_parameter_index(statement, name);
        switch (types[i]) {
        case 'i':
            rc = sqlite3_bind_int64(statement, at, va_arg(args, int64_t));
            break;
        case 's':
            rc = sqlite3_bind_text(statement, at, va_arg(args, const char *),
                                   -1, SQLITE_TRANSIENT);
            break;
        case 'b': {
            const void *bytes = va_arg(args, const void *);
            size_t size = va_arg(args, size_t);

            rc = sqlite3_bind_blob64(statement, at, bytes, size,
                                     SQLITE_TRANSIENT);
            break;
        }
        default:
            rc = SQLITE_MISUSE;
        }
    }

    return rc;
}


static void
query_start(struct db *db, struct db_query *q, const char *sql,
            const char *types, va_list args)
{
    struct cached *slot;

    memset(q, 0, sizeof(*q));
    q->db = db;
    if (db->open && db->failed != 0) {
        q->rc = db->failed;
        return;
    }

    q->statement = statement_of(db, sql, &slot);
    if (q->statement == NULL) {
        q->rc = SC_EIO;
        return;
    }
    if (slot != NULL) {
        slot->busy = true;
        q->cached = true;
    }
    if (bind_all(q->statement, types, args) != SQLITE_OK) {
        q->rc = fail(db, sql);
    }
}


void
db_query(struct db *db, struct db_query *q, const char *sql, const char *types,
         ...)
{
    va_list args;

    va_start(args, types);
    query_start(db, q, sql, types, args);
    va_end(args);
}


bool
db_next(struct db_query *q)
{
    int step;

    if (q->rc != 0) {
        return false;
    }

    step = sqlite3_step(q->statement);
    if (step == SQLITE_ROW) {
        return true;
    }
    if (step != SQLITE_DONE) {
        q->rc = fail(q->db, sqlite3_sql(q->statement));
    }
    return false;
}


int
db_end(struct db_query *q)
{
    if (q->statement == NULL) {
        return q->rc;
    }

    if (!q->cached) {
        sqlite3_finalize(q->statement);
    } else {
        sqlite3_reset(q->statement);
        sqlite3_clear_bindings(q->statement);
        for (size_t i = 0; i < CACHE_SLOTS; i++) {
            if (q->db->cache[i].statement == q->statement) {
                q->db->cache[i].busy = false;
            }
        }
    }

    q->statement = NULL;
    return q->rc;
}


int64_t
db_run(struct db *db, const char *sql, const char *types, ...)
{
    struct db_query q;
    va_list args;

    va_start(args, types);
    query_start(db, &q, sql, types, args);
    va_end(args);
    while (db_next(&q)) {
        continue;
    }

    return db_end(&q) == 0 ? sqlite3_changes64(db->handle) : -1;
}


int64_t
db_number(struct db *db, const char *sql, const char *types, ...)
{
    struct db_query q;
    va_list args;
    int64_t number = -1;

    va_start(args, types);
    query_start(db, &q, sql, types, args);
    va_end(args);
    while (db_next(&q)) {
        number = db_int(&q, 0);
    }

    return db_end(&q) == 0 ? number : -1;
}


void
db_begin(struct db *db)
{
    db->failed = 0;
    if (db_script(db, "BEGIN IMMEDIATE") == 0) {
        db->open = true;
    }
}


void
db_rollback(struct db *db)
{
    if (db->open) {
        db->open = false;
        (void) sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    }
}


int
db_commit(struct db *db)
{
    int rc = db->failed;

    if (rc == 0 && db->open) {
        rc = db_script(db, "COMMIT");
    }
    if (rc != 0) {
        db_rollback(db);
        return rc;
    }

    db->open = false;
    return 0;
}


int
db_failed(const struct db *db)
{
    return db->failed;
}


int64_t
db_int(struct db_query *q, int column)
{
    return sqlite3_column_int64(q->statement, column);
}


const char *
db_text(struct db_query *q, int column)
{
    return (const char *) sqlite3_column_text(q->statement, column);
}


const void *
db_bytes(struct db_query *q, int column, size_t *size)
{
    const void *bytes = sqlite3_column_blob(q->statement, column);

    *size = (size_t) sqlite3_column_bytes(q->statement, column);
    return bytes;
}


bool
db_is_null(struct db_query *q, int column)
{
    return sqlite3_column_type(q->statement, column) == SQLITE_NULL;
}
