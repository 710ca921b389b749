/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_users.c - users, one at a time.
 */

#include "daemon/api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/config.h"
#include "daemon/fields.h"
#include "daemon/members.h"
#include "daemon/store.h"

#define PASSWORD_MIN 12

#define USER_SQL                                                              \
    "SELECT a.id, a.email, a.name, a.role, a.groups, a.version, a.active,"    \
    " p.name, a.password IS NOT NULL, a.created_at FROM account a"            \
    " LEFT JOIN policy p ON p.id = a.policy WHERE "


static json_t *
user_of(struct db_query *q)
{
    json_t *user =
        json_pack("{s:I, s:s, s:s, s:s, s:o, s:I, s:b, s:s?, s:b}", "number",
                  (json_int_t) db_int(q, 0), "email", db_text(q, 1), "name",
                  db_text(q, 2), "role", db_text(q, 3), "groups",
                  fields_load(db_text(q, 4)), "version",
                  (json_int_t) db_int(q, 5), "active", db_int(q, 6) != 0,
                  "policy", db_text(q, 7), "local_sign_in", db_int(q, 8) != 0);

    api_time(user, "created", db_int(q, 9));
    return user;
}


void
api_users_list(struct call *c)
{
    static const char *const names[] = {"limit", "cursor", NULL};
    json_t *items = json_array();
    json_t *answer;
    struct db_query q;
    struct api_page page;
    int64_t last = 0;

    if (!api_query(c, names) || !api_page(c, &page)) {
        json_decref(items);
        return;
    }
    db_query(c->st->db, &q, USER_SQL "a.id < $1 ORDER BY a.id DESC LIMIT $2",
             "ii", page.cursor, page.limit);
    while (db_next(&q)) {
        last = db_int(&q, 0);
        json_array_append_new(items, user_of(&q));
    }
    api_end(c, &q);

    answer = json_pack("{s:o, s:n}", "items", items, "next");
    if ((int64_t) json_array_size(items) == page.limit) {
        api_next(answer, last);
    }
    api_answer(c, 200, answer);
}


/* The e-mail of the path, in lower case from here on. */
static bool
read_email(struct call *c)
{
    char lower[256];

    if (config_email(c->param, NULL, lower, &c->problem) != 0) {
        return false;
    }
    memcpy(c->param, lower, strlen(lower) + 1);

    return true;
}


void
api_user_show(struct call *c)
{
    struct db_query q;
    bool found = false;

    if (!read_email(c)) {
        return;
    }
    db_query(c->st->db, &q, USER_SQL "a.email = $1", "s", c->param);
    if (db_next(&q)) {
        found = true;
        api_etag(c, db_int(&q, 5));
        api_answer(c, 200, user_of(&q));
    }
    api_end(c, &q);
    if (!found && c->problem.status == 0) {
        api_missing(c, "user");
    }
}


static int64_t
version_of(struct call *c)
{
    int64_t version = db_number(c->st->db,
                                "SELECT version FROM account"
                                " WHERE email = $1",
                                "s", c->param);

    return version < 0 ? 0 : version;
}


/* Takes the password out of the body and hashes it; "" if there is none. */
static bool
take_password(struct call *c, char hash[VAULT_HASH_MAX])
{
    struct at root = {""};
    struct at at = at_key(&root, "password");
    const char *password = NULL;

    hash[0] = '\0';
    if (fields_text(c->body, "password", &root, 1024, &password, &c->problem)
        != 0) {
        return false;
    }
    if (password == NULL) {
        return true;
    }
    if (strlen(password) < PASSWORD_MIN) {
        problem_set(&c->problem, 422, &at, "a password has %d bytes or more",
                    PASSWORD_MIN);
        return false;
    }
    if (vault_password_hash(password, hash) != 0) {
        problem_set(&c->problem, 503, NULL, "out of memory");
        return false;
    }
    json_object_del(c->body, "password");

    return true;
}


static bool
admin_left(struct call *c)
{
    if (db_number(c->st->db,
                  "SELECT count(*) FROM account WHERE active = 1"
                  " AND role = 'admin'",
                  "")
        == 0) {
        problem_set(&c->problem, 409, NULL,
                    "this would leave no user with role admin");
        return false;
    }

    return true;
}


static void
write_user(struct call *c, const json_t *user, const char *hash)
{
    struct db *db = c->st->db;
    char *groups = fields_dump(json_object_get(user, "groups"));
    const char *role = json_string_value(json_object_get(user, "role"));

    db_run(db,
           "DELETE FROM session WHERE account = (SELECT id FROM account"
           " WHERE email = $1 AND (role <> $2 OR $3 <> ''))",
           "sss", c->param, role, hash);
    db_run(db,
           "INSERT INTO account (email, active, version, name, role, groups,"
           " password, created_at)"
           " VALUES ($1, 1, 1, $2, $3, $4, nullif($5, ''), $6)"
           " ON CONFLICT (email) DO UPDATE SET active = 1,"
           " version = account.version + 1, name = excluded.name,"
           " role = excluded.role, groups = excluded.groups,"
           " password = coalesce(excluded.password, account.password)",
           "sssssi", c->param,
           json_string_value(json_object_get(user, "name")), role, groups,
           hash, store_now());
    free(groups);
}


static void
store_user(struct call *c, const json_t *user, const char *hash, bool fresh)
{
    state_begin(c->st);
    write_user(c, user, hash);
    store_audit(c->st->db, c->actor, fresh ? "create" : "update", "user",
                c->param,
                json_pack("{s:O, s:b}", "user", user, "password_set",
                          hash[0] != '\0'));
    if (db_failed(c->st->db) == 0
        && (!admin_left(c)
            || members_update(c->st->db, c->st->publish, c->param, &c->problem)
                   != 0)) {
        state_rollback(c->st);
        return;
    }
    if (state_commit(c->st, &c->problem) == 0) {
        api_user_show(c);
        if (fresh) {
            c->out->status = 201;
        }
    }
}


static void
drop_read_only(json_t *body)
{
    static const char *const names[] = {"number", "version", "active",
                                        "policy", "created", "local_sign_in"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_object_del(body, names[i]);
    }
}


/* The e-mail of the body, if it has one, is that of the path. */
static bool
same_email(struct call *c)
{
    const json_t *email = json_object_get(c->body, "email");
    struct at at = {"/email"};

    if (email != NULL
        && (!json_is_string(email)
            || strcasecmp(json_string_value(email), c->param) != 0)) {
        problem_set(&c->problem, 422, &at, "the e-mail is \"%s\" in the path",
                    c->param);
        return false;
    }

    return true;
}


void
api_user_put(struct call *c)
{
    char hash[VAULT_HASH_MAX];
    struct at root = {""};
    struct config config;
    int64_t before;

    if (!read_email(c)) {
        return;
    }
    if (!json_is_object(c->body)) {
        problem_set(&c->problem, 400, NULL, "a JSON object is needed");
        return;
    }
    before = version_of(c);
    if (!api_if_match(c, before) || !take_password(c, hash)) {
        return;
    }
    if (!same_email(c)) {
        return;
    }
    drop_read_only(c->body);
    json_object_set_new(c->body, "email", json_string(c->param));
    if (config_begin(&config, c->st->catalogs, NULL) != 0) {
        problem_set(&c->problem, 503, NULL, "out of memory");
        return;
    }
    if (config_add_user(&config, c->body, &root, &c->problem) == 0) {
        store_user(c, json_array_get(config.users, 0), hash, before == 0);
    }
    config_done(&config);
    sc_wipe(hash, sizeof(hash));
}


static void
remove_user(struct call *c, int64_t id)
{
    struct db *db = c->st->db;
    int64_t tokens = db_number(db,
                               "SELECT count(*) FROM token"
                               " WHERE account = $1",
                               "i", id);

    publish_member(c->st->publish, id, c->param, 0);
    db_run(db, "DELETE FROM session WHERE account = $1", "i", id);
    if (tokens > 0) { /* they name their owner for as long as they are kept */
        db_run(db,
               "UPDATE account SET active = 0, policy = NULL,"
               " version = version + 1 WHERE id = $1",
               "i", id);
    } else {
        db_run(db, "DELETE FROM account WHERE id = $1", "i", id);
    }
}


void
api_user_delete(struct call *c)
{
    int64_t id;

    if (!read_email(c)) {
        return;
    }
    id = db_number(c->st->db,
                   "SELECT id FROM account WHERE email = $1 AND active = 1",
                   "s", c->param);
    if (id <= 0) {
        api_missing(c, "user");
        return;
    }
    if (!api_if_match(c, version_of(c))) {
        return;
    }

    state_begin(c->st);
    remove_user(c, id);
    store_audit(c->st->db, c->actor, "delete", "user", c->param, NULL);
    if (db_failed(c->st->db) == 0 && !admin_left(c)) {
        state_rollback(c->st);
        return;
    }
    if (state_commit(c->st, &c->problem) == 0) {
        api_empty(c, 204);
    }
}
