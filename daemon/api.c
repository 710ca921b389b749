/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.c - the route table, and who may call what.
 *
 * A request passes: Host and Origin (DNS rebinding, other sites), route,
 * credential and role, content type and JSON, handler.  A route without a
 * role cannot be written down.
 */

#include "daemon/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/credential.h"
#include "daemon/log.h"
#include "daemon/store.h"

#define LOGGED_MAX 512 /* bytes of a path in a log line */

static const struct route {
    const char *method, *path; /* one {name} at the most */
    enum role needs;
    bool unlocked; /* takes the lock itself */
    api_handler *run;
} routes[] = {
    {"GET", "/", ROLE_ANYONE, false, api_front},
    {"GET", "/healthz", ROLE_ANYONE, false, api_health},
    {"GET", "/metrics", ROLE_ANYONE, false, api_metrics},
    {"GET", "/api/v1/openapi.yaml", ROLE_ANYONE, false, api_document},
    {"POST", "/api/v1/session", ROLE_ANYONE, true, api_session_create},
    {"GET", "/api/v1/session", ROLE_USER, false, api_session_show},
    {"DELETE", "/api/v1/session", ROLE_USER, false, api_session_end},
    {"GET", "/api/v1/apps", ROLE_ADMIN, false, api_apps_list},
    {"GET", "/api/v1/apps/{name}", ROLE_ADMIN, false, api_app_show},
    {"PUT", "/api/v1/apps/{name}", ROLE_ADMIN, false, api_app_put},
    {"DELETE", "/api/v1/apps/{name}", ROLE_ADMIN, false, api_app_delete},
    {"GET", "/api/v1/policies", ROLE_ADMIN, false, api_policies_list},
    {"GET", "/api/v1/policies/{name}", ROLE_ADMIN, false, api_policy_show},
    {"PUT", "/api/v1/policies/{name}", ROLE_ADMIN, false, api_policy_put},
    {"DELETE", "/api/v1/policies/{name}", ROLE_ADMIN, false,
     api_policy_delete},
    {"GET", "/api/v1/users", ROLE_ADMIN, false, api_users_list},
    {"GET", "/api/v1/users/{email}", ROLE_ADMIN, false, api_user_show},
    {"PUT", "/api/v1/users/{email}", ROLE_ADMIN, false, api_user_put},
    {"DELETE", "/api/v1/users/{email}", ROLE_ADMIN, false, api_user_delete},
    {"POST", "/api/v1/apply", ROLE_ADMIN, false, api_apply},
    {"GET", "/api/v1/tokens", ROLE_USER, false, api_tokens_list},
    {"POST", "/api/v1/tokens", ROLE_USER, false, api_token_create},
    {"GET", "/api/v1/tokens/{id}", ROLE_USER, false, api_token_show},
    {"DELETE", "/api/v1/tokens/{id}", ROLE_USER, false, api_token_revoke},
    {"POST", "/api/v1/tokens/{id}/revoke", ROLE_USER, false, api_token_revoke},
    {"GET", "/api/v1/decisions", ROLE_USER, false, api_decisions_list},
    {"GET", "/api/v1/decisions/{request_id}", ROLE_USER, false,
     api_decision_show},
    {"GET", "/api/v1/audit", ROLE_ADMIN, false, api_audit_list},
    {"POST", "/api/v1/check", ROLE_ADMIN, false, api_check},
    {"GET", "/api/v1/catalogs", ROLE_ADMIN, false, api_catalogs_list},
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

static const char *const role_names[] = {"anyone", "user", "admin"};


void
api_print_routes(void)
{
    for (size_t i = 0; i < ROUTES; i++) {
        printf("%s %s %s\n", routes[i].method, routes[i].path,
               role_names[routes[i].needs]);
    }
}


/* Is a host, with or without a port, one that this server answers to? */
static bool
host_ok(const struct conf *conf, const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    size_t n;

    if (host == NULL) {
        return false;
    }
    n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (n > strlen(host)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == n && strncasecmp(host, names[i], n) == 0) {
            return true;
        }
    }

    return conf->console_host[0] != '\0' && strlen(conf->console_host) == n
           && strncasecmp(host, conf->console_host, n) == 0;
}


static bool
origin_ok(const char *origin, const char *host)
{
    if (origin == NULL) {
        return true;
    }
    if (strncmp(origin, "http://", 7) == 0) {
        return strcasecmp(origin + 7, host) == 0;
    }
    return strncmp(origin, "https://", 8) == 0
           && strcasecmp(origin + 8, host) == 0;
}


static bool
check_site(struct call *c)
{
    const char *host = http_header(c->request, "Host");

    if (!host_ok(c->st->conf, host)) {
        problem_set(&c->problem, 421, NULL,
                    "this Host is not answered here: use 127.0.0.1 or "
                    "localhost, or set SCOPECAP_CONSOLE_HOST");
        return false;
    }
    if (!origin_ok(http_header(c->request, "Origin"), host)) {
        problem_set(&c->problem, 403, NULL,
                    "the request comes from another site");
        return false;
    }

    return true;
}


/* Decode percent escapes of n bytes into API_PARAM_MAX bytes. */
static bool
decode(const char *from, size_t n, char *into)
{
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        char ch = from[i];

        if (ch == '%') {
            int high = i + 2 < n ? sc_hex_value(from[i + 1]) : -1;
            int low = i + 2 < n ? sc_hex_value(from[i + 2]) : -1;

            if (high < 0 || low < 0 || (high == 0 && low == 0)) {
                return false;
            }
            ch = (char) (high << 4 | low);
            i += 2;
        }
        if (used + 1 >= API_PARAM_MAX) {
            return false;
        }
        into[used++] = ch;
    }
    into[used] = '\0';

    return true;
}


/* Does a path fit a route?  The decoded parameter goes into param. */
static bool
fits(const char *route, const char *path, size_t n, char *param)
{
    const char *open = strchr(route, '{');
    size_t before = open == NULL ? strlen(route) : (size_t) (open - route);
    const char *after;
    size_t tail, value;

    param[0] = '\0';
    if (n < before || memcmp(route, path, before) != 0) {
        return false;
    }
    if (open == NULL) {
        return n == before;
    }

    after = strchr(open, '}') + 1;
    tail = strlen(after);
    value = n - before;
    if (value <= tail || memcmp(path + n - tail, after, tail) != 0) {
        return false;
    }
    value -= tail;
    return memchr(path + before, '/', value) == NULL
           && decode(path + before, value, param);
}


static const struct route *
find_route(struct call *c)
{
    const char *target = c->request->target;
    size_t n = strcspn(target, "?");
    char allow[128] = "";

    for (size_t i = 0; i < ROUTES; i++) {
        if (!fits(routes[i].path, target, n, c->param)) {
            continue;
        }
        if (strcmp(routes[i].method, c->request->method) == 0) {
            return &routes[i];
        }
        snprintf(allow + strlen(allow), sizeof(allow) - strlen(allow), "%s%s",
                 allow[0] == '\0' ? "" : ", ", routes[i].method);
    }

    if (allow[0] == '\0') {
        problem_set(&c->problem, 404, NULL, "there is nothing here");
    } else {
        http_add(c->out, "Allow", allow);
        problem_set(&c->problem, 405, NULL, "the methods here are %s", allow);
    }
    return NULL;
}


static void
find_admin_key(struct call *c, const uint8_t key[SC_TOKEN_KEY])
{
    struct db_query q;

    db_query(c->st->db, &q,
             "SELECT name FROM admin_key WHERE key = $1"
             " AND revoked_at IS NULL",
             "b", key, (size_t) SC_TOKEN_KEY);
    if (db_next(&q)) {
        c->role = ROLE_ADMIN;
        snprintf(c->actor, sizeof(c->actor), "key:%s", db_text(&q, 0));
    }
    (void) db_end(&q);
}


static void
find_session(struct call *c, const uint8_t key[SC_TOKEN_KEY])
{
    struct db_query q;

    db_query(c->st->db, &q,
             "SELECT s.id, a.id, a.email, a.role FROM session s"
             " JOIN account a ON a.id = s.account"
             " WHERE s.key = $1 AND s.expires_at > $2 AND a.active = 1",
             "bi", key, (size_t) SC_TOKEN_KEY, store_now());
    if (db_next(&q)) {
        c->session = db_int(&q, 0);
        c->account = db_int(&q, 1);
        c->role =
            strcmp(db_text(&q, 3), "admin") == 0 ? ROLE_ADMIN : ROLE_USER;
        snprintf(c->actor, sizeof(c->actor), "user:%s", db_text(&q, 2));
    }
    (void) db_end(&q);
}


/* Who calls?  Leaves ROLE_ANYONE for whoever cannot be told. */
static void
identify(struct call *c)
{
    const char *header = http_header(c->request, "Authorization");
    struct sc_credential *credential = malloc(sizeof(*credential));
    uint8_t key[SC_TOKEN_KEY];
    enum sc_token_kind kind;

    if (credential == NULL || header == NULL
        || sc_credential_parse(sc_str_c(header), credential) != 0
        || credential->scheme != SC_SCHEME_BEARER) {
        free(credential);
        return;
    }

    kind = sc_token_parse(credential->secret);
    if ((kind == SC_TOKEN_ADMIN || kind == SC_TOKEN_SESSION)
        && sc_hasher_key(&c->st->hasher, credential->secret, key) == 0) {
        if (kind == SC_TOKEN_ADMIN) {
            find_admin_key(c, key);
        } else {
            find_session(c, key);
        }
    }
    sc_wipe(credential, sizeof(*credential));
    free(credential);
}


static bool
check_role(struct call *c, enum role needs)
{
    if (needs == ROLE_ANYONE) {
        return true;
    }
    identify(c);
    if (c->role == ROLE_ANYONE) {
        problem_set(&c->problem, 401, NULL,
                    "an admin key or a session is needed");
        return false;
    }
    if (c->role < needs) {
        problem_set(&c->problem, 403, NULL, "this needs the role admin");
        return false;
    }

    return true;
}


static bool
read_body(struct call *c)
{
    const struct http_request *r = c->request;
    const char *type = http_header(r, "Content-Type");
    json_error_t error;

    if (r->body_len == 0) {
        return true;
    }
    if (r->body_len > HTTP_BODY_MAX) {
        problem_set(&c->problem, 413, NULL, "the body is larger than %u bytes",
                    HTTP_BODY_MAX);
        return false;
    }
    if (type == NULL || strncasecmp(type, "application/json", 16) != 0
        || (type[16] != '\0' && type[16] != ';' && type[16] != ' ')) {
        problem_set(&c->problem, 415, NULL,
                    "the body has to be application/json");
        return false;
    }

    c->body = json_loadb(r->body, r->body_len, JSON_REJECT_DUPLICATES, &error);
    if (c->body == NULL) {
        problem_set(&c->problem, 400, NULL, "line %d: %s", error.line,
                    error.text);
        return false;
    }
    return true;
}


static void
run_call(struct call *c)
{
    const struct route *route;

    if (!check_site(c)) {
        return;
    }
    if (c->request->query == NULL) {
        problem_set(&c->problem, 400, NULL, "the query is not UTF-8");
        return;
    }
    route = find_route(c);
    if (route == NULL) {
        return;
    }

    pthread_mutex_lock(&c->st->lock);
    if (check_role(c, route->needs) && read_body(c)) {
        if (route->unlocked) {
            pthread_mutex_unlock(&c->st->lock);
        }
        route->run(c);
        if (route->unlocked) {
            return;
        }
    }
    pthread_mutex_unlock(&c->st->lock);
}


/* The path for a line of the log: nothing in it ends its quotes. */
static void
path_of(const struct http_request *r, char into[LOGGED_MAX])
{
    size_t n = strcspn(r->target, "?");

    n = n < LOGGED_MAX ? n : LOGGED_MAX - 1;
    for (size_t i = 0; i < n; i++) {
        char c = r->target[i];
        bool odd = c <= ' ' || c > '~' || c == '"' || c == '\\';

        into[i] = (char) (odd ? '?' : c);
    }
    into[n] = '\0';
}


static bool
method_ok(const char *method)
{
    return method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}


static void
log_call(const struct call *c)
{
    const char *method = c->request->method;
    char path[LOGGED_MAX];

    path_of(c->request, path);
    log_info("request", "method=%.8s path=\"%s\" status=%d actor=%s",
             method_ok(method) ? method : "?", path, c->out->status,
             c->actor[0] == '\0' ? "-" : c->actor);
}


void
api_serve(void *context, const struct http_request *request,
          struct http_answer *answer)
{
    struct call c;

    memset(&c, 0, sizeof(c));
    c.st = context;
    c.request = request;
    c.out = answer;
    run_call(&c);
    if (c.problem.status != 0) {
        api_answer_problem(&c);
    }
    json_decref(c.body);
    log_call(&c);
}
