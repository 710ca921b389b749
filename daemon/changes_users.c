/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes_users.c - rows of users.
 */

#include "daemon/changes_run.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/fields.h"
#include "daemon/store.h"


static void
insert_user(struct run *r, const json_t *user, const char *groups)
{
    db_run(r->db,
           "INSERT INTO account (email, active, version, name, role, groups,"
           " created_at) VALUES ($1, 1, 1, $2, $3, $4, $5)"
           " ON CONFLICT (email) DO UPDATE SET active = 1,"
           " version = account.version + 1, name = excluded.name,"
           " role = excluded.role, groups = excluded.groups",
           "ssssi", run_get(user, "email"), run_get(user, "name"),
           run_get(user, "role"), groups, store_now());
    r->members = true;
}


void
run_user(struct run *r, const json_t *user)
{
    const char *email = run_get(user, "email");
    char *groups = fields_dump(json_object_get(user, "groups"));
    bool active = false, same = false, role = true;
    struct db_query q;

    db_query(r->db, &q,
             "SELECT active, name, role, groups FROM account"
             " WHERE email = $1",
             "s", email);
    if (db_next(&q)) {
        active = db_int(&q, 0) != 0;
        role = strcmp(db_text(&q, 2), run_get(user, "role")) == 0;
        same = active && role
               && strcmp(db_text(&q, 1), run_get(user, "name")) == 0
               && strcmp(db_text(&q, 3), groups) == 0;
    }
    (void) db_end(&q);

    if (!same) {
        insert_user(r, user, groups);
        run_note(r, active ? "update" : "create", "user", email,
                 role ? "" : "role");
    }
    if (!role) {
        db_run(r->db,
               "DELETE FROM session WHERE account ="
               " (SELECT id FROM account WHERE email = $1)",
               "s", email);
    }
    free(groups);
}


/* Those that only policies name. */
void
run_members_as_users(struct run *r)
{
    const char *email;
    json_t *policy;

    json_object_foreach(r->config->members, email, policy)
    {
        int64_t there;
        json_t *user;

        if (run_has_name(r->config->users, "email", email)) {
            continue;
        }
        there = db_number(r->db,
                          "SELECT count(*) FROM account WHERE email = $1"
                          " AND active = 1",
                          "s", email);
        if (there > 0 && !r->how->whole) {
            continue;
        }
        user = json_pack("{s:s, s:s, s:[], s:s}", "email", email, "name", "",
                         "groups", "role", "user");
        run_user(r, user);
        json_decref(user);
    }
}


static void
remove_user(struct run *r, int64_t id, const char *email)
{
    int64_t tokens = db_number(r->db,
                               "SELECT count(*) FROM token"
                               " WHERE account = $1",
                               "i", id);

    db_run(r->db, "DELETE FROM session WHERE account = $1", "i", id);
    if (tokens > 0) {
        db_run(r->db,
               "UPDATE account SET active = 0, version = version + 1"
               " WHERE id = $1",
               "i", id);
    } else {
        publish_member(r->st->publish, id, email, 0);
        db_run(r->db, "DELETE FROM account WHERE id = $1", "i", id);
    }
    run_note(r, "delete", "user", email,
             tokens > 0 ? "deactivated, since there are tokens" : "");
    r->members = true;
}


void
run_remove_users(struct run *r)
{
    json_t *keep = json_object();
    struct db_query q;
    json_t *user;
    size_t i;

    json_array_foreach(r->config->users, i, user)
    {
        json_object_set_new(keep, run_get(user, "email"), json_true());
    }
    db_query(r->db, &q,
             "SELECT id, email FROM account WHERE active = 1"
             " AND role <> 'admin' ORDER BY id",
             "");
    while (db_next(&q)) {
        const char *email = db_text(&q, 1);

        if (json_object_get(keep, email) == NULL
            && json_object_get(r->config->members, email) == NULL) {
            remove_user(r, db_int(&q, 0), email);
        }
    }
    (void) db_end(&q);
    json_decref(keep);
}
