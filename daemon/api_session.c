/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_session.c - local sign-in.
 *
 * Hashing a password takes long on purpose, so it is done without the
 * state's lock, and one at a time: guessing does not stop the rest.
 */

#include "daemon/api.h"

#include <stdio.h>
#include <string.h>

#include "core/str.h"
#include "daemon/fields.h"
#include "daemon/store.h"

#define SESSION_US (INT64_C(1000000) * 3600 * 12)

static pthread_mutex_t one_hash = PTHREAD_MUTEX_INITIALIZER;

struct sign_in {
    const char *email, *password;
    int64_t account; /* 0: unknown */
    char lower[256];
    char hash[VAULT_HASH_MAX]; /* "" if there is none */
};


static bool
read_sign_in(struct call *c, struct sign_in *s)
{
    static const char *const names[] = {"email", "password", NULL};
    struct at root = {""};

    if (!api_body(c, names)
        || fields_need(c->body, "email", &root, 254, &s->email, &c->problem)
               != 0
        || fields_need(c->body, "password", &root, 1024, &s->password,
                       &c->problem)
               != 0) {
        return false;
    }
    for (size_t i = 0; i <= strlen(s->email); i++) {
        s->lower[i] = sc_lower(s->email[i]);
    }

    return true;
}


static void
load_hash(struct call *c, struct sign_in *s)
{
    struct db_query q;

    db_query(c->st->db, &q,
             "SELECT id, coalesce(password, '') FROM account"
             " WHERE email = $1 AND active = 1",
             "s", s->lower);
    if (db_next(&q)) {
        s->account = db_int(&q, 0);
        snprintf(s->hash, sizeof(s->hash), "%s", db_text(&q, 1));
    }
    (void) db_end(&q);
}


static void
make_session(struct call *c, const struct sign_in *s)
{
    char token[SC_TOKEN_LEN + 1];
    uint8_t key[SC_TOKEN_KEY];
    int64_t now = store_now();
    json_t *answer;

    if (vault_token(SC_TOKEN_SESSION, token) != 0
        || state_key(c->st, token, key) != 0) {
        problem_set(&c->problem, 503, NULL, "cannot make a session");
        return;
    }
    state_begin(c->st);
    db_run(c->st->db, "DELETE FROM session WHERE expires_at < $1", "i", now);
    db_run(c->st->db,
           "INSERT INTO session (key, account, created_at, expires_at)"
           " VALUES ($1, $2, $3, $4)",
           "biii", key, (size_t) SC_TOKEN_KEY, s->account, now,
           now + SESSION_US);
    snprintf(c->actor, sizeof(c->actor), "user:%s", s->lower);
    store_audit(c->st->db, c->actor, "create", "session", s->lower, NULL);
    if (state_commit(c->st, &c->problem) != 0) {
        return;
    }

    answer = json_pack("{s:s, s:s}", "token", token, "email", s->lower);
    api_time(answer, "expires", now + SESSION_US);
    api_answer(c, 201, answer);
    sc_wipe(token, sizeof(token));
}


void
api_session_create(struct call *c)
{
    struct sign_in s;
    bool ok;

    memset(&s, 0, sizeof(s));
    if (!read_sign_in(c, &s)) {
        return;
    }
    pthread_mutex_lock(&c->st->lock);
    load_hash(c, &s);
    pthread_mutex_unlock(&c->st->lock);

    pthread_mutex_lock(&one_hash);
    ok = vault_password_ok(s.hash[0] == '\0' ? NULL : s.hash, s.password);
    pthread_mutex_unlock(&one_hash);
    sc_wipe(s.hash, sizeof(s.hash));

    pthread_mutex_lock(&c->st->lock);
    if (ok) {
        make_session(c, &s);
    } else {
        problem_set(&c->problem, 401, NULL,
                    "the e-mail or the password is wrong");
    }
    pthread_mutex_unlock(&c->st->lock);
}


void
api_session_show(struct call *c)
{
    api_answer(c, 200,
               json_pack("{s:s, s:s}", "actor", c->actor, "role",
                         c->role == ROLE_ADMIN ? "admin" : "user"));
}


void
api_session_end(struct call *c)
{
    if (c->session == 0) {
        problem_set(&c->problem, 409, NULL,
                    "an admin key is not a session: there is nothing to "
                    "end");
        return;
    }

    state_begin(c->st);
    db_run(c->st->db, "DELETE FROM session WHERE id = $1", "i", c->session);
    store_audit(c->st->db, c->actor, "delete", "session", c->actor + 5, NULL);
    if (state_commit(c->st, &c->problem) == 0) {
        api_empty(c, 204);
    }
}
