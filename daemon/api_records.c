/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_records.c - decisions of the gateway and changes of the store.
 *
 * What the rings hold is drained first, so a call that was answered is here.
 */

#include "daemon/api.h"

#include <string.h>

#include "daemon/effective.h"
#include "daemon/events.h"
#include "daemon/fields.h"
#include "daemon/store.h"

#define DECISION_SQL                                                          \
    "SELECT d.id, d.time, d.request_id, d.generation, d.effect, d.layer,"     \
    " d.reason, d.method, d.path, d.path_cut, d.address, d.token, a.email,"   \
    " p.name, ap.name, d.classes, d.operation, d.status, d.outcome_status,"   \
    " d.duration_us, t.name FROM decision d"                                  \
    " LEFT JOIN account a ON a.id = d.account"                                \
    " LEFT JOIN policy p ON p.id = d.policy"                                  \
    " LEFT JOIN app ap ON ap.id = d.app"                                      \
    " LEFT JOIN token t ON t.id = d.token WHERE "


static json_t *
decision_of(struct db_query *q)
{
    json_t *d = json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s?, s:s?, s:s?,"
        " s:s?, s:I, s:o}",
        "request_id", db_text(q, 2), "generation", (json_int_t) db_int(q, 3),
        "effect", db_text(q, 4), "layer", db_text(q, 5), "reason",
        db_text(q, 6), "method", db_text(q, 7), "path", db_text(q, 8),
        "path_cut", db_int(q, 9) != 0, "address", db_text(q, 10), "user",
        db_text(q, 12), "policy", db_text(q, 13), "app", db_text(q, 14),
        "operation", db_text(q, 16), "status", (json_int_t) db_int(q, 17),
        "classes", effective_classes((uint32_t) db_int(q, 15)));

    api_time(d, "time", db_int(q, 1));
    json_object_set_new(d, "token",
                        db_is_null(q, 11)
                            ? json_null()
                            : json_pack("{s:I, s:s?}", "id",
                                        (json_int_t) db_int(q, 11), "name",
                                        db_text(q, 20)));
    json_object_set_new(
        d, "outcome",
        db_is_null(q, 18)
            ? json_null()
            : json_pack("{s:I, s:I}", "status", (json_int_t) db_int(q, 18),
                        "duration_us", (json_int_t) db_int(q, 19)));
    return d;
}


void
api_decisions_list(struct call *c)
{
    static const char *const names[] = {"limit",  "cursor", "user", "effect",
                                        "reason", "app",    NULL};
    const char *effect = api_param(c, "effect");
    const char *reason = api_param(c, "reason");
    const char *user = api_param(c, "user");
    const char *app = api_param(c, "app");
    struct api_page page;
    json_t *items, *answer;
    struct db_query q;
    int64_t last = 0;

    if (!api_query(c, names) || !api_page(c, &page)) {
        return;
    }
    events_drain(c->st->events);
    db_query(
        c->st->db, &q,
        DECISION_SQL
        "d.id < $1 AND ($2 = 0 OR d.account = $2)"
        " AND ($3 = '' OR d.effect = $3) AND ($4 = '' OR d.reason = $4)"
        " AND ($5 = '' OR a.email = lower($5)) AND ($6 = '' OR ap.name = $6)"
        " ORDER BY d.id DESC LIMIT $7",
        "iissssi", page.cursor, c->role == ROLE_ADMIN ? I64(0) : c->account,
        effect == NULL ? "" : effect, reason == NULL ? "" : reason,
        user == NULL ? "" : user, app == NULL ? "" : app, page.limit);
    items = json_array();
    while (db_next(&q)) {
        last = db_int(&q, 0);
        json_array_append_new(items, decision_of(&q));
    }
    api_end(c, &q);

    answer = json_pack("{s:o, s:n}", "items", items, "next");
    if ((int64_t) json_array_size(items) == page.limit) {
        api_next(answer, last);
    }
    api_answer(c, 200, answer);
}


void
api_decision_show(struct call *c)
{
    json_t *found = NULL;
    struct db_query q;

    events_drain(c->st->events);
    db_query(c->st->db, &q,
             DECISION_SQL "d.request_id = $1 AND ($2 = 0 OR d.account = $2)"
                          " ORDER BY d.id LIMIT 1",
             "si", c->param, c->role == ROLE_ADMIN ? I64(0) : c->account);
    if (db_next(&q)) {
        found = decision_of(&q);
    }
    api_end(c, &q);

    if (found == NULL && c->problem.status == 0) {
        api_missing(c, "decision");
    } else if (found != NULL) {
        api_answer(c, 200, found);
    }
}


void
api_audit_list(struct call *c)
{
    static const char *const names[] = {"limit", "cursor", NULL};
    struct api_page page;
    json_t *items, *answer;
    struct db_query q;
    int64_t last = 0;

    if (!api_query(c, names) || !api_page(c, &page)) {
        return;
    }
    db_query(c->st->db, &q,
             "SELECT change, time, actor, action, kind, object, detail"
             " FROM audit WHERE change < $1 ORDER BY change DESC LIMIT $2",
             "ii", page.cursor, page.limit);
    items = json_array();
    while (db_next(&q)) {
        json_t *record = json_pack(
            "{s:I, s:s, s:s, s:s, s:s, s:o}", "change",
            (json_int_t) db_int(&q, 0), "actor", db_text(&q, 2), "action",
            db_text(&q, 3), "kind", db_text(&q, 4), "object", db_text(&q, 5),
            "detail", fields_load(db_text(&q, 6)));

        last = db_int(&q, 0);
        api_time(record, "time", db_int(&q, 1));
        json_array_append_new(items, record);
    }
    api_end(c, &q);

    answer = json_pack("{s:o, s:n}", "items", items, "next");
    if ((int64_t) json_array_size(items) == page.limit) {
        api_next(answer, last);
    }
    api_answer(c, 200, answer);
}
