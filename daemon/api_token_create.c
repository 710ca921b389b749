/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_token_create.c - a new token: everything checked, then made.
 *
 * Scopes beyond the ceiling are granted: what counts is the intersection at
 * call time, and the answer shows it (`effective`).  Scopes that the app does
 * not have, and a life longer than the policy allows, are refused.
 *
 * A repeated Idempotency-Key answers with the token that is there, without
 * its secret: that one is nowhere any more.
 */

#include "daemon/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/nearest.h"
#include "daemon/catalogs.h"
#include "daemon/config.h"
#include "daemon/fields.h"
#include "daemon/store.h"
#include "daemon/token_table.h"
#include "daemon/tokens.h"
#include "daemon/when.h"

#define US            INT64_C(1000000)
#define DAY           (86400 * US)
#define KEY_MAX       200
#define ADDRESSES_MAX 64

struct wish {
    int64_t account;
    char email[256];
    char rule[16]; /* of the policy: "" if there is none */
    char policy[64];
    int64_t max_days;
    const char *name, *purpose;
    json_t *grant; /* {apps, addresses}; owned */
    int64_t start, duration;
    const char *key; /* Idempotency-Key, NULL without one */
    uint8_t digest[VAULT_DIGEST];
};


/* Whose token: the given user's, or the caller's own. */
static bool
read_owner(struct call *c, struct wish *w)
{
    struct at root = {""};
    struct at at = at_key(&root, "user");
    const char *user = NULL;
    struct db_query q;

    if (fields_text(c->body, "user", &root, 254, &user, &c->problem) != 0) {
        return false;
    }
    if (user == NULL && c->account == 0) {
        problem_set(&c->problem, 422, &root, "the field \"user\" is missing");
        return false;
    }
    if (user != NULL && config_email(user, &at, w->email, &c->problem) != 0) {
        return false;
    }

    db_query(c->st->db, &q,
             "SELECT a.id, a.email, coalesce(p.tokens, ''),"
             " coalesce(p.name, ''), coalesce(p.max_days, 0) FROM account a"
             " LEFT JOIN policy p ON p.id = a.policy WHERE a.active = 1"
             " AND (($1 <> '' AND a.email = $1) OR ($1 = '' AND a.id = $2))",
             "si", w->email, c->account);
    if (db_next(&q)) {
        w->account = db_int(&q, 0);
        snprintf(w->email, sizeof(w->email), "%s", db_text(&q, 1));
        snprintf(w->rule, sizeof(w->rule), "%s", db_text(&q, 2));
        snprintf(w->policy, sizeof(w->policy), "%s", db_text(&q, 3));
        w->max_days = db_int(&q, 4);
    }
    (void) db_end(&q);

    if (c->role != ROLE_ADMIN && w->account != c->account) {
        problem_set(&c->problem, 403, &at,
                    "you can make tokens for yourself only");
        return false;
    }
    if (w->account == 0) {
        struct nearest near = {NULL, 0};

        problem_unknown(&c->problem, &at, &near, "unknown user \"%s\"",
                        w->email);
        return false;
    }
    return true;
}


static bool
check_rule(struct call *c, const struct wish *w)
{
    char ask[512];

    if (w->rule[0] == '\0') {
        problem_set(&c->problem, 403, NULL, "user \"%s\" has no policy",
                    w->email);
        return false;
    }
    if (strcmp(w->rule, "block") == 0) {
        problem_set(&c->problem, 403, NULL, "policy \"%s\" allows no tokens",
                    w->policy);
        return false;
    }
    if (strcmp(w->rule, "request") == 0 && c->role != ROLE_ADMIN) {
        store_text(c->st->db, "ask", ask, sizeof(ask));
        if (ask[0] == '\0') {
            snprintf(ask, sizeof(ask), "http://127.0.0.1:%u/",
                     c->st->conf->console_port);
        }
        problem_set(&c->problem, 403, NULL,
                    "policy \"%s\" needs a request for each token: ask at %s",
                    w->policy, ask);
        return false;
    }

    return true;
}


struct scope_check {
    const struct catalog *catalog;
    const char *app;
};

struct scope_search {
    const char *scope;
    struct nearest near;
};

static void
try_scope(void *context, const char *scope)
{
    struct scope_search *s = context;

    nearest_try(&s->near, s->scope, scope);
}


static int
check_scope(void *context, const char *text, const struct at *at,
            struct problem *p)
{
    const struct scope_check *check = context;
    struct scope_search s = {text, {NULL, 0}};

    if (catalogs_has_scope(check->catalog, text)) {
        return 0;
    }
    catalogs_each_scope(check->catalog, try_scope, &s);
    return problem_unknown(p, at, &s.near, "app \"%s\" has no scope \"%s\"",
                           check->app, text);
}


static const struct catalog *
catalog_of_app(struct call *c, const char *app, const struct at *at)
{
    const struct catalog *catalog = NULL;
    struct nearest near = {NULL, 0};
    json_t *config = NULL;
    struct db_query q;
    int rc = SC_ENOENT;

    db_query(c->st->db, &q,
             "SELECT config, catalog_digest FROM app"
             " WHERE name = $1 AND active = 1",
             "s", app);
    if (db_next(&q)) {
        config = fields_load(db_text(&q, 0));
        rc = catalogs_stored(
            c->st->catalogs,
            json_string_value(json_object_get(config, "catalog")),
            db_text(&q, 1), &catalog, &c->problem);
        json_decref(config);
    }
    (void) db_end(&q);
    if (rc != SC_ENOENT) {
        return catalog;
    }

    db_query(c->st->db, &q, "SELECT name FROM app WHERE active = 1", "");
    config = json_array(); /* keeps the names for the message */
    while (db_next(&q)) {
        json_t *name = json_string(db_text(&q, 0));

        json_array_append_new(config, name);
        nearest_try(&near, app, json_string_value(name));
    }
    (void) db_end(&q);
    problem_unknown(&c->problem, at, &near, "unknown app \"%s\"", app);
    json_decref(config);
    return NULL;
}


static bool
read_grants(struct call *c, struct wish *w)
{
    struct at root = {""};
    struct at place = at_key(&root, "grants");
    json_t *apps = json_object();
    const json_t *grants;
    const char *app;
    json_t *scopes;

    json_object_set_new(w->grant, "apps", apps);
    if (fields_object(c->body, "grants", &root, &grants, &c->problem) != 0) {
        return false;
    }
    if (json_object_size(grants) == 0) {
        problem_set(&c->problem, 422, &place,
                    "a token needs a grant: {app: [scopes]}");
        return false;
    }
    if (json_object_size(grants) > TOKEN_TABLE_APPS) {
        problem_set(&c->problem, 422, &place, "a token has at most %d apps",
                    TOKEN_TABLE_APPS);
        return false;
    }
    json_object_foreach((json_t *) grants, app, scopes)
    {
        struct at at = at_key(&place, app);
        struct scope_check check = {catalog_of_app(c, app, &at), app};
        json_t *list;

        if (check.catalog == NULL
            || fields_texts(grants, app, &place,
                            &(struct fields_each){check_scope, &check}, &list,
                            &c->problem)
                   != 0) {
            return false;
        }
        json_object_set_new(apps, app, list);
        if (json_array_size(list) == 0) {
            problem_set(&c->problem, 422, &at,
                        "a grant needs a scope or more");
            return false;
        }
    }

    return true;
}


static int
check_address(void *context, const char *text, const struct at *at,
              struct problem *p)
{
    struct sc_address address;

    (void) context;
    if (!token_table_address(text, &address)) {
        return problem_set(p, 422, at,
                           "\"%.64s\" is not an address or network", text);
    }

    return 0;
}


static bool
read_addresses(struct call *c, struct wish *w)
{
    struct at root = {""};
    struct at at = at_key(&root, "addresses");
    json_t *list;

    if (fields_texts(c->body, "addresses", &root,
                     &(struct fields_each){check_address, NULL}, &list,
                     &c->problem)
        != 0) {
        return false;
    }
    json_object_set_new(w->grant, "addresses", list);
    if (json_array_size(list) > ADDRESSES_MAX) {
        problem_set(&c->problem, 422, &at, "more than %d addresses",
                    ADDRESSES_MAX);
        return false;
    }

    return true;
}


/* A time of the body; *us stays if the field is absent. */
static bool
read_time(struct call *c, const char *name, bool *given, int64_t *us)
{
    struct at root = {""};
    struct at at = at_key(&root, name);
    const char *text = NULL;

    if (fields_text(c->body, name, &root, 64, &text, &c->problem) != 0) {
        return false;
    }
    *given = text != NULL;
    if (text != NULL && !when_parse(text, us)) {
        problem_set(&c->problem, 422, &at, "\"%.64s\" is not an RFC 3339 time",
                    text);
        return false;
    }

    return true;
}


static bool
check_life(struct call *c, const struct wish *w, const char *field)
{
    struct at root = {""};
    struct at at = at_key(&root, field);

    if (w->max_days == 0) {
        problem_set(&c->problem, 422, &at,
                    "policy \"%s\" allows tokens no life at all (max_days "
                    "0)",
                    w->policy);
        return false;
    }
    if (w->duration > w->max_days * DAY) {
        problem_set(&c->problem, 422, &at,
                    "policy \"%s\" allows tokens at most %lld days", w->policy,
                    (long long) w->max_days);
        return false;
    }

    return true;
}


/* Whole seconds, since that is what the gateway compares. */
static bool
read_life(struct call *c, struct wish *w)
{
    struct at root = {""};
    int64_t now = store_now() / US * US;
    int64_t expires = 0;
    bool has_start, has_expires;
    const struct fields_range range = {0, 1, CONFIG_DAYS_MAX};
    json_int_t days;

    w->start = now;
    if (!read_time(c, "start", &has_start, &w->start)
        || !read_time(c, "expires", &has_expires, &expires)
        || fields_int(c->body, "days", &root, &range, &days, &c->problem)
               != 0) {
        return false;
    }
    if (days != 0 && has_expires) {
        problem_set(&c->problem, 422, &root,
                    "give either \"days\" or \"expires\"");
        return false;
    }
    w->start = w->start / US * US;
    expires = expires / US * US;
    if (!has_expires) {
        w->duration = (days != 0 ? days : w->max_days) * DAY;
        return check_life(c, w, "days");
    }

    if (!has_start && expires <= now) {
        w->start = expires - US; /* dead already, as asked for */
    }
    w->duration = expires - w->start;
    if (w->duration <= 0) {
        struct at at = at_key(&root, "expires");

        problem_set(&c->problem, 422, &at, "it expires before it starts");
        return false;
    }
    return check_life(c, w, "expires");
}


static bool
read_wish(struct call *c, struct wish *w)
{
    static const char *const names[] = {"user",  "grants",    "days",
                                        "name",  "purpose",   "expires",
                                        "start", "addresses", NULL};
    struct at root = {""};

    w->name = w->purpose = NULL;
    if (!api_body(c, names)
        || fields_text(c->body, "name", &root, 100, &w->name, &c->problem) != 0
        || fields_text(c->body, "purpose", &root, 500, &w->purpose,
                       &c->problem)
               != 0
        || !read_owner(c, w) || !check_rule(c, w) || !read_grants(c, w)
        || !read_addresses(c, w)) {
        return false;
    }

    return read_life(c, w);
}


static int64_t
grant_set_of(struct db *db, const json_t *grant)
{
    char *text = fields_dump(grant);
    int64_t id =
        db_number(db, "SELECT id FROM grant_set WHERE body = $1", "s", text);
    const char *app;
    json_t *scopes;

    if (id > 0) {
        free(text);
        return id;
    }
    id = db_number(db, "INSERT INTO grant_set (body) VALUES ($1) RETURNING id",
                   "s", text);
    free(text);
    json_object_foreach(json_object_get(grant, "apps"), app, scopes)
    {
        db_run(db, "INSERT INTO grant_app (grant_set, app) VALUES ($1, $2)",
               "is", id, app);
    }

    return id;
}


/* Rows of a new token; its number. */
static int64_t
write_token(struct call *c, const struct wish *w, const uint8_t *key,
            int64_t *grant_set)
{
    struct db *db = c->st->db;
    int64_t now = store_now();
    char object[32];
    int64_t id;

    *grant_set = grant_set_of(db, w->grant);
    id = db_number(db,
                   "INSERT INTO token (kind, account, key, name, purpose,"
                   " start, duration, grant_set, created_at, created_by)"
                   " VALUES ('user', $1, $2, $3, $4, $5, $6, $7, $8, $9)"
                   " RETURNING id",
                   "ibssiiiis", w->account, key, (size_t) SC_TOKEN_KEY,
                   w->name == NULL ? "" : w->name,
                   w->purpose == NULL ? "" : w->purpose, w->start, w->duration,
                   *grant_set, now, c->actor);
    if (w->key != NULL) {
        db_run(db, "DELETE FROM idempotency WHERE created_at < $1", "i",
               now - DAY);
        db_run(db,
               "INSERT INTO idempotency (actor, key, digest, token,"
               " created_at) VALUES ($1, $2, $3, $4, $5)",
               "ssbii", c->actor, w->key, w->digest, sizeof(w->digest), id,
               now);
    }
    snprintf(object, sizeof(object), "%lld", (long long) id);
    store_audit(db, c->actor, "create", "token", object,
                json_pack("{s:s, s:O}", "user", w->email, "grant", w->grant));

    return id;
}


static void
make_token(struct call *c, const struct wish *w)
{
    char token[SC_TOKEN_LEN + 1];
    struct sc_slot slot;
    int64_t id, grant_set;
    json_t *answer;

    memset(&slot, 0, sizeof(slot));
    if (vault_token(SC_TOKEN_USER, token) != 0
        || state_key(c->st, token, slot.key) != 0) {
        problem_set(&c->problem, 503, NULL, "cannot make a token");
        return;
    }

    state_begin(c->st);
    id = write_token(c, w, slot.key, &grant_set);
    slot.token = (uint32_t) id;
    slot.start = w->start / US;
    slot.duration = (uint32_t) (w->duration / US);
    slot.user = (uint32_t) w->account;
    slot.kind = SC_TOKEN_USER;
    publish_token(c->st->publish, &slot, grant_set);
    if (state_commit(c->st, &c->problem) != 0) {
        sc_wipe(token, sizeof(token));
        return;
    }

    answer = tokens_show(c, id);
    if (answer != NULL) {
        char location[64];

        snprintf(location, sizeof(location), "/api/v1/tokens/%lld",
                 (long long) id);
        http_add(c->out, "Location", location);
        json_object_set_new(answer, "token", json_string(token));
        api_answer(c, 201, answer);
    }
    sc_wipe(token, sizeof(token));
}


/* True if the key was used before: then the call is answered. */
static bool
repeated(struct call *c, const struct wish *w)
{
    struct db_query q;
    int64_t token = 0;
    bool same = false;

    db_query(c->st->db, &q,
             "SELECT token, digest = $3 FROM idempotency"
             " WHERE actor = $1 AND key = $2",
             "ssb", c->actor, w->key, w->digest, sizeof(w->digest));
    if (db_next(&q)) {
        token = db_int(&q, 0);
        same = db_int(&q, 1) != 0;
    }
    api_end(c, &q);
    if (token == 0) {
        return c->problem.status != 0;
    }
    if (!same) {
        problem_set(&c->problem, 422, NULL,
                    "this Idempotency-Key was used for another request");
        return true;
    }

    http_add(c->out, "Idempotent-Replayed", "true");
    api_answer(c, 200, tokens_show(c, token));
    return true;
}


void
api_token_create(struct call *c)
{
    struct wish w;

    memset(&w, 0, sizeof(w));
    w.key = http_header(c->request, "Idempotency-Key");
    vault_digest(c->request->body, c->request->body_len, w.digest);
    if (w.key != NULL && (w.key[0] == '\0' || strlen(w.key) > KEY_MAX)) {
        problem_set(&c->problem, 400, NULL,
                    "an Idempotency-Key has 1 to %d bytes", KEY_MAX);
        return;
    }
    if (w.key != NULL && repeated(c, &w)) {
        return;
    }

    w.grant = json_object();
    if (read_wish(c, &w)) {
        make_token(c, &w);
    }
    json_decref(w.grant);
}
