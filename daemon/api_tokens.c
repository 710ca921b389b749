/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_tokens.c - tokens: list, show, revoke.  Creation: api_token_create.c.
 *
 * A user sees only the own ones; another's answers as if there were none,
 * and the attempt is recorded.
 */

#include "daemon/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/effective.h"
#include "daemon/fields.h"
#include "daemon/store.h"
#include "daemon/tokens.h"

/* What a token is now; $1 is the time. */
#define STATUS                                                                \
    "CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'"                       \
    " WHEN t.start + t.duration <= $1 THEN 'expired'"                         \
    " WHEN a.policy IS NULL OR p.tokens = 'block' THEN 'blocked'"             \
    " WHEN t.start > $1 THEN 'not_yet' ELSE 'active' END"

#define TOKEN_SQL                                                             \
    "SELECT t.id, t.kind, a.email, t.name, t.purpose, t.start, t.duration,"   \
    " g.body, t.created_at, t.created_by, t.revoked_at, t.revoked_by,"        \
    " t.last_used_at, " STATUS ", a.id, coalesce(a.policy, 0), p.name"        \
    " FROM token t JOIN account a ON a.id = t.account"                        \
    " JOIN grant_set g ON g.id = t.grant_set"                                 \
    " LEFT JOIN policy p ON p.id = a.policy WHERE "


static json_t *
token_of(struct call *c, struct db_query *q)
{
    json_t *grant = fields_load(db_text(q, 7));
    json_t *apps = json_object_get(grant, "apps");
    json_t *token = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:O, s:O, s:s, s:s, s:s?, s:s?, s:o}", "id",
        (json_int_t) db_int(q, 0), "kind", db_text(q, 1), "user",
        db_text(q, 2), "name", db_text(q, 3), "purpose", db_text(q, 4),
        "grants", apps, "addresses", json_object_get(grant, "addresses"),
        "created_by", db_text(q, 9), "status", db_text(q, 13), "revoked_by",
        db_text(q, 11), "policy", db_text(q, 16), "effective",
        effective_of(publish_image(c->st->publish), (uint32_t) db_int(q, 15),
                     apps));

    api_time(token, "start", db_int(q, 5));
    api_time(token, "expires", db_int(q, 5) + db_int(q, 6));
    api_time(token, "created", db_int(q, 8));
    api_time(token, "revoked", db_int(q, 10));
    api_time(token, "last_used", db_int(q, 12));
    json_decref(grant);

    return token;
}


struct filter {
    const char *user, *app, *status; /* "" for any */
    int64_t account;                 /* 0 for any */
};


static bool
read_filter(struct call *c, struct filter *f)
{
    static const char *const states[] = {"",        "active",  "revoked",
                                         "expired", "blocked", "not_yet"};
    const char *user = api_param(c, "user");
    const char *app = api_param(c, "app");
    const char *status = api_param(c, "status");
    bool known = false;

    f->app = app == NULL ? "" : app;
    f->status = status == NULL ? "" : status;
    f->account = c->role == ROLE_ADMIN ? 0 : c->account;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        known = known || strcmp(f->status, states[i]) == 0;
    }
    if (!known) {
        problem_set(&c->problem, 422, NULL,
                    "a status is active, revoked, expired, blocked or "
                    "not_yet");
        return false;
    }
    if (user != NULL) {
        int64_t id = db_number(
            c->st->db, "SELECT id FROM account WHERE email = lower($1)", "s",
            user);

        f->account = f->account != 0 && f->account != id ? -1 : id;
    }

    return true;
}


void
api_tokens_list(struct call *c)
{
    static const char *const names[] = {"limit", "cursor", "user",
                                        "app",   "status", NULL};
    struct filter f = {NULL, NULL, NULL, 0};
    struct api_page page;
    struct db_query q;
    json_t *items, *answer;
    int64_t last = 0;

    if (!api_query(c, names) || !api_page(c, &page) || !read_filter(c, &f)) {
        return;
    }
    events_drain(c->st->events);
    db_query(c->st->db, &q,
             f.account == 0 ? TOKEN_SQL
                 "t.id < $2 AND $3 = 0"
                 " AND ($4 = '' OR EXISTS (SELECT 1 FROM grant_app ga"
                 " WHERE ga.grant_set = t.grant_set AND ga.app = $4))"
                 " AND ($5 = '' OR " STATUS " = $5)"
                 " ORDER BY t.id DESC LIMIT $6"
                            : TOKEN_SQL
                 "t.id < $2 AND t.account = $3"
                 " AND ($4 = '' OR EXISTS (SELECT 1 FROM grant_app ga"
                 " WHERE ga.grant_set = t.grant_set AND ga.app = $4))"
                 " AND ($5 = '' OR " STATUS " = $5)"
                 " ORDER BY t.id DESC LIMIT $6",
             "iiissi", store_now(), page.cursor, f.account, f.app, f.status,
             page.limit);
    items = json_array();
    while (db_next(&q)) {
        last = db_int(&q, 0);
        json_array_append_new(items, token_of(c, &q));
    }
    api_end(c, &q);

    answer = json_pack("{s:o, s:n}", "items", items, "next");
    if ((int64_t) json_array_size(items) == page.limit) {
        api_next(answer, last);
    }
    api_answer(c, 200, answer);
}


/* The number in the path, 0 if it is none. */
static int64_t
id_of(struct call *c)
{
    char *end;
    long long id = strtoll(c->param, &end, 10);

    return c->param[0] < '0' || c->param[0] > '9' || *end != '\0' ? 0 : id;
}


json_t *
tokens_show(struct call *c, int64_t id)
{
    struct db_query q;
    json_t *token = NULL;

    db_query(c->st->db, &q, TOKEN_SQL "t.id = $2", "ii", store_now(), id);
    if (db_next(&q)) {
        token = token_of(c, &q);
    }
    api_end(c, &q);

    return token;
}


/* May the caller see token id?  If not, it is not there. */
static bool
may_see(struct call *c, int64_t id)
{
    int64_t owner = db_number(
        c->st->db, "SELECT account FROM token WHERE id = $1", "i", id);

    if (owner > 0 && (c->role == ROLE_ADMIN || owner == c->account)) {
        return true;
    }
    if (owner > 0) {
        char object[32];

        snprintf(object, sizeof(object), "%lld", (long long) id);
        state_begin(c->st);
        store_audit(c->st->db, c->actor, "denied", "token", object,
                    json_pack("{s:s}", "method", c->request->method));
        if (state_commit(c->st, &c->problem) != 0) {
            return false;
        }
    }

    api_missing(c, "token");
    return false;
}


void
api_token_show(struct call *c)
{
    int64_t id = id_of(c);

    if (may_see(c, id)) {
        json_t *token;

        events_drain(c->st->events);
        token = tokens_show(c, id);
        if (token != NULL) {
            api_answer(c, 200, token);
        }
    }
}


static void
revoke(struct call *c, int64_t id)
{
    uint8_t key[SC_TOKEN_KEY] = {0};
    struct db_query q;
    bool live = false;

    state_begin(c->st);
    db_query(c->st->db, &q,
             "SELECT key, revoked_at IS NULL FROM token WHERE id = $1", "i",
             id);
    if (db_next(&q)) {
        size_t n;
        const void *bytes = db_bytes(&q, 0, &n);

        live = db_int(&q, 1) != 0;
        memcpy(key, bytes, n < sizeof(key) ? n : sizeof(key));
    }
    (void) db_end(&q);
    if (live) {
        char object[32];

        snprintf(object, sizeof(object), "%lld", (long long) id);
        db_run(c->st->db,
               "UPDATE token SET revoked_at = $2, revoked_by = $3"
               " WHERE id = $1",
               "iis", id, store_now(), c->actor);
        store_audit(c->st->db, c->actor, "revoke", "token", object, NULL);
    }
    publish_revoke(c->st->publish, key);
}


void
api_token_revoke(struct call *c)
{
    int64_t id = id_of(c);

    if (!may_see(c, id)) {
        return;
    }
    revoke(c, id);
    if (state_commit(c->st, &c->problem) == 0) {
        json_t *token = tokens_show(c, id);

        if (token != NULL) {
            api_answer(c, 200, token);
        }
    }
}
