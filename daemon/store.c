/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - schema, named values, audit records.
 */

#include "daemon/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/fields.h"
#include "daemon/log.h"

extern const char schema_0001_init[];

static const struct migration {
    int number;
    const char *name;
    const char *sql;
} migrations[] = {
    {1, "init", schema_0001_init},
};


int64_t
store_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}


static int
migrate(struct db *db)
{
    int last = (int) (sizeof(migrations) / sizeof(migrations[0]));
    int64_t at;

    if (db_script(db, "CREATE TABLE IF NOT EXISTS migration ("
                      "number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
                      "applied_at BIGINT NOT NULL)")
        != 0) {
        return SC_EIO;
    }
    at = db_number(db, "SELECT coalesce(max(number), 0) FROM migration", "");
    if (at > migrations[last - 1].number) {
        log_error("store",
                  "msg=\"the store was written by a newer version "
                  "(schema %lld)\"",
                  (long long) at);
        return SC_EVERSION;
    }

    for (int i = 0; at >= 0 && i < last; i++) {
        if (migrations[i].number <= at) {
            continue;
        }
        db_begin(db);
        (void) !db_script(db, migrations[i].sql);
        db_run(db,
               "INSERT INTO migration (number, name, applied_at)"
               " VALUES ($1, $2, $3)",
               "isi", I64(migrations[i].number), migrations[i].name,
               store_now());
        if (db_commit(db) != 0) {
            return SC_EIO;
        }
        log_info("store", "migration=%d name=%s", migrations[i].number,
                 migrations[i].name);
    }

    return at < 0 ? SC_EIO : 0;
}


int
store_open(const char *path, struct db **out)
{
    struct db *db;
    int rc = db_open(path, &db);

    if (rc != 0) {
        return rc;
    }
    rc = migrate(db);
    if (rc != 0) {
        db_close(db);
        return rc;
    }

    *out = db;
    return 0;
}


int64_t
store_next_file(struct db *db)
{
    return db_number(db,
                     "INSERT INTO meta (name, number) VALUES ('file', 1)"
                     " ON CONFLICT (name) DO UPDATE"
                     " SET number = meta.number + 1 RETURNING number",
                     "");
}


void
store_text(struct db *db, const char *name, char *into, size_t size)
{
    struct db_query q;

    into[0] = '\0';
    db_query(db, &q, "SELECT text FROM meta WHERE name = $1", "s", name);
    if (db_next(&q) && db_text(&q, 0) != NULL) {
        snprintf(into, size, "%s", db_text(&q, 0));
    }
    (void) db_end(&q);
}


void
store_set_text(struct db *db, const char *name, const char *text)
{
    db_run(db,
           "INSERT INTO meta (name, text) VALUES ($1, $2)"
           " ON CONFLICT (name) DO UPDATE SET text = excluded.text",
           "ss", name, text);
}


int64_t
store_audit(struct db *db, const char *actor, const char *action,
            const char *kind, const char *object, json_t *detail)
{
    char *text = detail == NULL ? NULL : fields_dump(detail);
    int64_t change;

    change = db_number(db,
                       "INSERT INTO audit (time, actor, action, kind, object,"
                       " detail) VALUES ($1, $2, $3, $4, $5, $6)"
                       " RETURNING change",
                       "isssss", store_now(), actor, action, kind, object,
                       text == NULL ? "{}" : text);
    free(text);
    json_decref(detail);
    return change;
}
