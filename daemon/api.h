/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_API_H
#define SC_DAEMON_API_H

/*
 * api.h - one call of the admin API, and what its handlers share.
 *
 * A handler runs under the state's lock, for a caller that has the role of
 * its route.  It answers with api_answer() or fills c->problem.
 */

#include "daemon/http.h"
#include "daemon/problem.h"
#include "daemon/state.h"

#define API_PARAM_MAX 300

enum role {
    ROLE_ANYONE = 0, /* no credential is looked at */
    ROLE_USER,       /* signed in; sees what is one's own */
    ROLE_ADMIN
};

struct call {
    struct state *st;
    const struct http_request *request;
    struct http_answer *out;
    char param[API_PARAM_MAX]; /* decoded {name} of the route, or "" */
    json_t *body;              /* parsed; NULL without one */
    enum role role;
    int64_t account; /* of the caller, 0 for an admin key */
    int64_t session; /* 0 for an admin key */
    char actor[300]; /* "user:a@b", "key:name" */
    struct problem problem;
};

/* Every request of the server; context is a struct state. */
http_serve api_serve;

/* Print "METHOD path role" of each route to standard output. */
void api_print_routes(void);

/* Answer with JSON; takes the value. */
void api_answer(struct call *c, int status, json_t *value);
void api_empty(struct call *c, int status);

/* Answer with c->problem, application/problem+json. */
void api_answer_problem(struct call *c);

/* ETag of a version. */
void api_etag(struct call *c, int64_t version);

/* True unless an If-Match header asks for another version; version 0: there
 * is nothing.  Sets the problem. */
bool api_if_match(struct call *c, int64_t version);

/* The body, which must be an object with known fields only. */
bool api_body(struct call *c, const char *const *fields);

/* Text of a query parameter, NULL if absent; unknown ones are a problem. */
bool api_query(struct call *c, const char *const *names);
const char *api_param(const struct call *c, const char *name);

struct api_page {
    int64_t limit;  /* 1..200 */
    int64_t cursor; /* rows with a smaller number follow */
};

/* Query parameters limit and cursor. */
bool api_page(struct call *c, struct api_page *page);

/* End a query; a failure becomes a problem. */
void api_end(struct call *c, struct db_query *q);

/* The cursor of the next page into an answer. */
void api_next(json_t *answer, int64_t last);

/* Add a time, or null for 0. */
void api_time(json_t *object, const char *name, int64_t us);

/* Sets a problem for a name that is not there. */
void api_missing(struct call *c, const char *kind);

/* Handlers. */
typedef void api_handler(struct call *c);
api_handler api_session_create, api_session_show, api_session_end;
api_handler api_apps_list, api_app_show, api_app_put, api_app_delete;
api_handler api_policies_list, api_policy_show, api_policy_put,
    api_policy_delete;
api_handler api_users_list, api_user_show, api_user_put, api_user_delete;
api_handler api_apply;
api_handler api_tokens_list, api_token_show, api_token_create,
    api_token_revoke;
api_handler api_decisions_list, api_decision_show, api_audit_list;
api_handler api_check, api_catalogs_list, api_document;
api_handler api_health, api_metrics, api_front;

#endif
