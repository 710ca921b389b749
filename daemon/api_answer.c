/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_answer.c - what handlers share: reading parameters, shaping answers.
 */

#include "daemon/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/nearest.h"
#include "core/refusal.h"
#include "daemon/fields.h"
#include "daemon/when.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200


void
api_answer(struct call *c, int status, json_t *value)
{
    c->out->status = status;
    c->out->type = "application/json";
    c->out->body = json_dumps(value, JSON_COMPACT);
    c->out->body_len = c->out->body == NULL ? 0 : strlen(c->out->body);
    json_decref(value);
}


void
api_empty(struct call *c, int status)
{
    c->out->status = status;
}


void
api_etag(struct call *c, int64_t version)
{
    char text[32];

    snprintf(text, sizeof(text), "\"%lld\"", (long long) version);
    http_add(c->out, "ETag", text);
}


bool
api_if_match(struct call *c, int64_t version)
{
    const char *wanted = http_header(c->request, "If-Match");
    char text[32];

    snprintf(text, sizeof(text), "\"%lld\"", (long long) version);
    if (wanted == NULL || (version != 0 && strcmp(wanted, "*") == 0)
        || strcmp(wanted, text) == 0) {
        return true;
    }

    problem_set(&c->problem, 412, NULL,
                "it was changed by somebody else: its ETag is not %.40s",
                wanted);
    return false;
}


bool
api_body(struct call *c, const char *const *fields)
{
    struct at root = {""};

    if (c->body == NULL) {
        problem_set(&c->problem, 400, NULL, "a JSON object is needed");
        return false;
    }

    return fields_known(c->body, &root, fields, &c->problem) == 0;
}


bool
api_query(struct call *c, const char *const *names)
{
    const char *key;
    json_t *value;

    json_object_foreach(c->request->query, key, value)
    {
        struct nearest near = {NULL, 0};
        bool found = false;

        for (size_t i = 0; names[i] != NULL && !found; i++) {
            found = strcmp(key, names[i]) == 0;
            nearest_try(&near, key, names[i]);
        }
        if (!found) {
            problem_unknown(&c->problem, NULL, &near,
                            "unknown query parameter \"%.60s\"", key);
            return false;
        }
    }

    return true;
}


const char *
api_param(const struct call *c, const char *name)
{
    return json_string_value(json_object_get(c->request->query, name));
}


static bool
read_number(struct call *c, const char *name, int64_t most, int64_t *out)
{
    const char *text = api_param(c, name);
    char *end;
    long long n;

    if (text == NULL) {
        return true;
    }
    n = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || n < 1 || n > most) {
        problem_set(&c->problem, 422, NULL, "\"%s\" is not between 1 and %lld",
                    name, (long long) most);
        return false;
    }

    *out = n;
    return true;
}


bool
api_page(struct call *c, struct api_page *page)
{
    page->limit = PAGE_DEFAULT;
    page->cursor = INT64_MAX;
    return read_number(c, "limit", PAGE_MAX, &page->limit)
           && read_number(c, "cursor", INT64_MAX - 1, &page->cursor);
}


void
api_end(struct call *c, struct db_query *q)
{
    if (db_end(q) != 0) {
        problem_set(&c->problem, 503, NULL, "the store failed");
    }
}


void
api_next(json_t *answer, int64_t last)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long) last);
    json_object_set_new(answer, "next", json_string(text));
}


void
api_time(json_t *object, const char *name, int64_t us)
{
    char text[WHEN_MAX];

    json_object_set_new(object, name,
                        us == 0 ? json_null()
                                : json_string(when_text(us, text)));
}


void
api_missing(struct call *c, const char *kind)
{
    problem_set(&c->problem, 404, NULL, "there is no such %s", kind);
}


void
api_answer_problem(struct call *c)
{
    const struct problem *p = &c->problem;
    json_t *body = json_pack("{s:s, s:s, s:i, s:s}", "type", "about:blank",
                             "title", sc_status_title(p->status), "status",
                             p->status, "detail", p->detail);

    if (body == NULL) { /* a detail that is not UTF-8 */
        body = json_pack("{s:s, s:s, s:i, s:s}", "type", "about:blank",
                         "title", sc_status_title(p->status), "status",
                         p->status, "detail", "the request is not valid");
    }
    if (p->pointer[0] != '\0') {
        json_object_set_new(body, "pointer", json_string(p->pointer));
    }
    if (p->status == 401) {
        http_add(c->out, "WWW-Authenticate", "Bearer realm=\"scopecap\"");
    }
    free(c->out->body);
    api_answer(c, p->status, body);
    c->out->type = "application/problem+json";
}
