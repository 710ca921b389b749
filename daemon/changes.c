/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes.c - from a configuration to rows.
 *
 * Rows of apps and policies are never deleted, since their numbers live on
 * in tokens and records: one that goes is made inactive and comes back under
 * its number.  A user goes in the same way while there are tokens.
 *
 * A dry run does everything and rolls back, so its plan is what happens.
 */

#include "daemon/changes_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fields.h"
#include "daemon/gateway.h"
#include "daemon/members.h"
#include "daemon/store.h"


const char *
run_get(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}


void
run_note(struct run *r, const char *action, const char *kind, const char *name,
         const char *detail)
{
    json_array_append_new(r->list, json_pack("{s:s, s:s, s:s, s:s}", "action",
                                             action, "kind", kind, "name",
                                             name, "detail", detail));
    store_audit(r->db, r->how->actor, action, kind, name,
                json_pack("{s:s}", "detail", detail));
}


void
run_differences(const json_t *before, const json_t *after, char *into,
                size_t size)
{
    const char *key;
    json_t *value;
    size_t n = 0;

    into[0] = '\0';
    json_object_foreach((json_t *) after, key, value)
    {
        if (!json_equal(value, json_object_get(before, key))
            && n + strlen(key) + 3 < size) {
            n += (size_t) snprintf(into + n, size - n, "%s%s",
                                   n == 0 ? "" : ", ", key);
        }
    }
    json_object_foreach((json_t *) before, key, value)
    {
        if (json_object_get(after, key) == NULL
            && n + strlen(key) + 3 < size) {
            n += (size_t) snprintf(into + n, size - n, "%s%s",
                                   n == 0 ? "" : ", ", key);
        }
    }
}


bool
run_has_name(const json_t *list, const char *field, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(run_get(json_array_get(list, i), field), name) == 0) {
            return true;
        }
    }

    return false;
}


static void
write_policy(struct run *r, const json_t *policy, int64_t id)
{
    char *text = fields_dump(policy);
    int64_t is_default = json_is_true(json_object_get(policy, "default"));
    int64_t max_days = json_integer_value(json_object_get(policy, "max_days"));

    if (id == 0) {
        db_run(r->db,
               "INSERT INTO policy (name, active, version, is_default,"
               " tokens, max_days, config)"
               " VALUES ($1, 1, 1, $2, $3, $4, $5)",
               "sisis", run_get(policy, "name"), is_default,
               run_get(policy, "tokens"), max_days, text);
    } else {
        db_run(r->db,
               "UPDATE policy SET active = 1, version = version + 1,"
               " is_default = $2, tokens = $3, max_days = $4, config = $5"
               " WHERE id = $1",
               "iisis", id, is_default, run_get(policy, "tokens"), max_days,
               text);
    }
    free(text);
    publish_want_policy(r->st->publish);
    r->members = true;
}


static void
do_policy(struct run *r, const json_t *policy)
{
    const char *name = run_get(policy, "name");
    json_t *before = NULL;
    struct db_query q;
    bool active = false;
    int64_t id = 0;
    char detail[256];

    db_query(r->db, &q,
             "SELECT id, active, config FROM policy WHERE name = $1", "s",
             name);
    if (db_next(&q)) {
        id = db_int(&q, 0);
        active = db_int(&q, 1) != 0;
        before = fields_load(db_text(&q, 2));
    }
    (void) db_end(&q);

    run_differences(before, policy, detail, sizeof(detail));
    if (!active || detail[0] != '\0') {
        write_policy(r, policy, id);
        run_note(r, active ? "update" : "create", "policy", name,
                 active ? detail : "");
    }
    json_decref(before);
}


static void
remove_policies(struct run *r)
{
    struct db_query q;

    db_query(r->db, &q,
             "SELECT id, name FROM policy WHERE active = 1 ORDER BY name", "");
    while (db_next(&q)) {
        if (!run_has_name(r->config->policies, "name", db_text(&q, 1))) {
            db_run(r->db,
                   "UPDATE policy SET active = 0, version = version + 1"
                   " WHERE id = $1",
                   "i", db_int(&q, 0));
            run_note(r, "delete", "policy", db_text(&q, 1), "");
            publish_want_policy(r->st->publish);
            r->members = true;
        }
    }
    (void) db_end(&q);
}


static void
add_members(struct run *r, const json_t *policy, const char *field,
            const char *kind)
{
    const json_t *names =
        json_object_get(json_object_get(policy, "members"), field);

    for (size_t i = 0; i < json_array_size(names); i++) {
        db_run(r->db,
               "INSERT INTO policy_member (policy, kind, name)"
               " SELECT id, $2, $3 FROM policy WHERE name = $1",
               "sss", run_get(policy, "name"), kind,
               json_string_value(json_array_get(names, i)));
    }
}


/* The members of all policies, when one of them changed. */
static void
write_members(struct run *r)
{
    json_t *policy;
    size_t i;

    if (!r->members) {
        return;
    }
    db_run(r->db, "DELETE FROM policy_member", "");
    json_array_foreach(r->config->policies, i, policy)
    {
        add_members(r, policy, "users", "user");
        add_members(r, policy, "groups", "group");
    }
}


static void
do_ask(struct run *r)
{
    char before[512];

    store_text(r->db, "ask", before, sizeof(before));
    if (strcmp(before, r->config->ask) != 0) {
        store_set_text(r->db, "ask", r->config->ask);
        run_note(r, "update", "setting", "ask", r->config->ask);
        publish_want_policy(r->st->publish);
    }
}


static int
check_admins(struct run *r)
{
    if (db_number(r->db,
                  "SELECT count(*) FROM account WHERE active = 1"
                  " AND role = 'admin'",
                  "")
        == 0) {
        return problem_set(r->problem, 422, NULL,
                           "this would leave no user with role admin");
    }

    return 0;
}


static int
do_all(struct run *r)
{
    json_t *item;
    size_t i;

    json_array_foreach(r->config->apps, i, item)
    {
        if (run_app(r, i, item) != 0) {
            return SC_EINVAL;
        }
    }
    json_array_foreach(r->config->policies, i, item)
    {
        do_policy(r, item);
    }
    json_array_foreach(r->config->users, i, item)
    {
        run_user(r, item);
    }
    run_members_as_users(r);
    run_remove_apps(r);
    remove_policies(r);
    if (r->how->whole) {
        run_remove_users(r);
        do_ask(r);
    }
    write_members(r);
    if (check_admins(r) != 0) {
        return SC_EINVAL;
    }

    return r->members ? members_update(r->db, r->st->publish, NULL, r->problem)
                      : 0;
}


/* What a real run would find out when it commits. */
static int
finish_dry(struct run *r)
{
    bool reload;
    int rc = publish_prepare(r->st->publish, r->problem);

    if (rc == 0 && r->st->gateway_changed) {
        rc = gateway_test(r->st->conf, r->db, &reload, r->problem);
    }
    state_rollback(r->st);

    return rc;
}


int
changes_apply(struct state *st, const struct config *config,
              const struct changes_how *how, json_t **out, struct problem *p)
{
    struct run r = {st, st->db, config, how, json_array(), p, false};
    int rc;

    state_begin(st);
    rc = do_all(&r);
    if (rc != 0) {
        state_rollback(st);
    } else if (how->dry_run) {
        rc = finish_dry(&r);
    } else {
        rc = state_commit(st, p);
    }
    if (rc != 0) {
        json_decref(r.list);
        return rc;
    }

    *out = r.list;
    return 0;
}


static int
load_apps(struct state *st, struct config *config, const char *but,
          struct problem *p)
{
    struct db_query q;
    int rc = 0;

    db_query(st->db, &q,
             "SELECT config, catalog_digest, name FROM app WHERE active = 1"
             " ORDER BY name",
             "");
    while (rc == 0 && db_next(&q)) {
        if (but == NULL || strcmp(db_text(&q, 2), but) != 0) {
            rc = config_keep_app(config, fields_load(db_text(&q, 0)),
                                 db_text(&q, 1), p);
        }
    }
    if (db_end(&q) != 0) {
        return problem_set(p, 503, NULL, "the store failed");
    }

    return rc;
}


int
changes_load(struct state *st, struct config *config, const char *but_app,
             const char *but_policy, struct problem *p)
{
    struct db_query q;
    int rc = load_apps(st, config, but_app, p);

    db_query(st->db, &q,
             "SELECT config, name FROM policy WHERE active = 1 ORDER BY name",
             "");
    while (rc == 0 && db_next(&q)) {
        struct at at = {"/policies"};
        json_t *policy;

        if (but_policy != NULL && strcmp(db_text(&q, 1), but_policy) == 0) {
            continue;
        }
        at = at_key(&at, db_text(&q, 1));
        policy = fields_load(db_text(&q, 0));
        rc = config_add_policy(config, policy, &at, p);
        json_decref(policy);
    }
    if (db_end(&q) != 0) {
        return problem_set(p, 503, NULL, "the store failed");
    }

    return rc;
}
