/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_config.c - apps and policies, one at a time or all by a file.
 *
 * Each change goes the way of apply: the whole configuration with the one
 * item replaced is checked and made to be.
 */

#include "daemon/api.h"

#include <string.h>

#include "daemon/changes.h"
#include "daemon/config.h"
#include "daemon/fields.h"
#include "daemon/gateway.h"
#include "daemon/store.h"


static void
finish_item(json_t *item, int64_t number, int64_t version)
{
    json_object_set_new(item, "number", json_integer(number));
    json_object_set_new(item, "version", json_integer(version));
}


/* Rows of (config, id, version) as {items}. */
static void
list_rows(struct call *c, const char *sql)
{
    json_t *items = json_array();
    struct db_query q;

    db_query(c->st->db, &q, sql, "");
    while (db_next(&q)) {
        json_t *item = fields_load(db_text(&q, 0));

        finish_item(item, db_int(&q, 1), db_int(&q, 2));
        json_array_append_new(items, item);
    }
    api_end(c, &q);
    api_answer(c, 200, json_pack("{s:o}", "items", items));
}


static void
show_row(struct call *c, const char *sql, const char *kind)
{
    struct db_query q;
    bool found = false;

    db_query(c->st->db, &q, sql, "s", c->param);
    if (db_next(&q)) {
        json_t *item = fields_load(db_text(&q, 0));

        found = true;
        finish_item(item, db_int(&q, 1), db_int(&q, 2));
        api_etag(c, db_int(&q, 2));
        api_answer(c, 200, item);
    }
    api_end(c, &q);
    if (!found && c->problem.status == 0) {
        api_missing(c, kind);
    }
}


#define APP_SQL    "SELECT config, id, version FROM app WHERE active = 1"
#define POLICY_SQL "SELECT config, id, version FROM policy WHERE active = 1"


void
api_apps_list(struct call *c)
{
    list_rows(c, APP_SQL " ORDER BY name");
}


void
api_app_show(struct call *c)
{
    show_row(c, APP_SQL " AND name = $1", "app");
}


void
api_policies_list(struct call *c)
{
    list_rows(c, POLICY_SQL " ORDER BY name");
}


void
api_policy_show(struct call *c)
{
    show_row(c, POLICY_SQL " AND name = $1", "policy");
}


/* Version of what is there, 0 if there is nothing. */
static int64_t
version_of(struct call *c, const char *sql)
{
    int64_t version = db_number(c->st->db, sql, "s", c->param);

    return version < 0 ? 0 : version;
}


/* The body, with the name of the path in it. */
static json_t *
named_body(struct call *c)
{
    const char *name;

    if (!json_is_object(c->body)) {
        problem_set(&c->problem, 400, NULL, "a JSON object is needed");
        return NULL;
    }
    name = json_string_value(json_object_get(c->body, "name"));
    if (name != NULL && strcmp(name, c->param) != 0) {
        struct at at = {"/name"};

        problem_set(&c->problem, 422, &at, "the name is \"%s\" in the path",
                    c->param);
        return NULL;
    }
    json_object_set_new(c->body, "name", json_string(c->param));
    json_object_del(c->body, "number");
    json_object_del(c->body, "version");

    return c->body;
}


static bool
make_it_so(struct call *c, const struct config *config)
{
    struct changes_how how = {c->actor, false, false};
    struct at root = {""};
    json_t *list;

    if (config_cross(config, &root, &c->problem) != 0
        || changes_apply(c->st, config, &how, &list, &c->problem) != 0) {
        return false;
    }
    json_decref(list);

    return true;
}


enum item { ITEM_APP, ITEM_POLICY };

/* Replace or (body NULL) remove one app or policy. */
static bool
change_item(struct call *c, enum item item, const json_t *body)
{
    const char *but_app = item == ITEM_APP ? c->param : NULL;
    const char *but_policy = item == ITEM_POLICY ? c->param : NULL;
    struct at root = {""};
    struct config config;
    bool done = false;

    if (config_begin(&config, c->st->catalogs, NULL) != 0) {
        problem_set(&c->problem, 503, NULL, "out of memory");
        return false;
    }
    if (item == ITEM_APP && body != NULL
        && config_add_app(&config, body, &root, &c->problem) != 0) {
        goto done;
    }
    if (changes_load(c->st, &config, but_app, but_policy, &c->problem) != 0) {
        goto done;
    }
    if (item == ITEM_POLICY && body != NULL
        && config_add_policy(&config, body, &root, &c->problem) != 0) {
        goto done;
    }
    done = make_it_so(c, &config);

done:
    config_done(&config);
    return done;
}


static void
put_item(struct call *c, enum item item, const char *version_sql,
         api_handler *show)
{
    int64_t before = version_of(c, version_sql);
    const json_t *body;

    if (!api_if_match(c, before)) {
        return;
    }
    body = named_body(c);
    if (body == NULL || !change_item(c, item, body)) {
        return;
    }
    show(c);
    if (before == 0) {
        c->out->status = 201;
    }
}


static void
delete_item(struct call *c, enum item item, const char *kind,
            const char *version_sql)
{
    int64_t version = version_of(c, version_sql);

    if (version == 0) {
        api_missing(c, kind);
        return;
    }
    if (!api_if_match(c, version)) {
        return;
    }
    if (change_item(c, item, NULL)) {
        api_empty(c, 204);
    }
}


#define APP_VERSION "SELECT version FROM app WHERE name = $1 AND active = 1"
#define POLICY_VERSION                                                        \
    "SELECT version FROM policy WHERE name = $1 AND active = 1"


void
api_app_put(struct call *c)
{
    put_item(c, ITEM_APP, APP_VERSION, api_app_show);
}


void
api_app_delete(struct call *c)
{
    delete_item(c, ITEM_APP, "app", APP_VERSION);
}


void
api_policy_put(struct call *c)
{
    put_item(c, ITEM_POLICY, POLICY_VERSION, api_policy_show);
}


void
api_policy_delete(struct call *c)
{
    delete_item(c, ITEM_POLICY, "policy", POLICY_VERSION);
}


/* Also when nothing changed, the answer says what is in force. */
static void
answer_applied(struct call *c, json_t *list, bool dry_run)
{
    bool running = gateway_running(c->st->conf);

    if (running && !dry_run && !gateway_wait(c->st->conf)) {
        json_decref(list);
        problem_set(&c->problem, 503, NULL,
                    "stored, but not in force yet: nginx has not taken over "
                    "the configuration");
        return;
    }

    api_answer(c, 200,
               json_pack("{s:o, s:b, s:s}", "changes", list, "dry_run",
                         dry_run, "gateway",
                         running ? "in_force" : "not_running"));
}


/* Those that no app uses are not read, but have to be texts too. */
static bool
uploads_ok(struct call *c, const json_t *uploads)
{
    struct at place = {"/catalogs"};
    const char *name;
    json_t *text;

    json_object_foreach((json_t *) uploads, name, text)
    {
        struct at at = at_key(&place, name);

        if (!json_is_string(text)) {
            problem_set(&c->problem, 422, &at, "expected a text");
            return false;
        }
    }

    return true;
}


void
api_apply(struct call *c)
{
    static const char *const names[] = {"config", "catalogs", "dry_run", NULL};
    struct at root = {""};
    struct changes_how how = {c->actor, true, false};
    const json_t *uploads, *in;
    struct config config;
    json_t *list = NULL;

    if (!api_body(c, names)
        || fields_object(c->body, "catalogs", &root, &uploads, &c->problem)
               != 0
        || fields_object(c->body, "config", &root, &in, &c->problem) != 0
        || fields_bool(c->body, "dry_run", &root, false, &how.dry_run,
                       &c->problem)
               != 0) {
        return;
    }
    if (in == NULL) {
        problem_set(&c->problem, 422, &root,
                    "the field \"config\" is missing");
        return;
    }
    if (!uploads_ok(c, uploads)) {
        return;
    }
    if (config_begin(&config, c->st->catalogs, uploads) != 0) {
        problem_set(&c->problem, 503, NULL, "out of memory");
        return;
    }
    if (config_read(&config, in, &c->problem) == 0
        && changes_apply(c->st, &config, &how, &list, &c->problem) == 0) {
        answer_applied(c, list, how.dry_run);
    }
    config_done(&config);
}
