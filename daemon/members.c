/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members.c - effective membership.
 */

#include "daemon/members.h"

#include <string.h>

#include "daemon/fields.h"
#include "daemon/store.h"

struct rules {
    json_t *users, *groups; /* name -> policy number */
    int64_t fallback;       /* default policy, 0: none */
};


static int
load_rules(struct db *db, struct rules *r)
{
    struct db_query q;

    db_query(db, &q,
             "SELECT m.kind, m.name, m.policy FROM policy_member m"
             " JOIN policy p ON p.id = m.policy WHERE p.active = 1",
             "");
    while (db_next(&q)) {
        bool user = strcmp(db_text(&q, 0), "user") == 0;

        json_object_set_new(user ? r->users : r->groups, db_text(&q, 1),
                            json_integer(db_int(&q, 2)));
    }
    if (db_end(&q) != 0) {
        return SC_EIO;
    }

    r->fallback = db_number(db,
                            "SELECT coalesce(max(id), 0) FROM policy"
                            " WHERE active = 1 AND is_default = 1",
                            "");
    return r->fallback < 0 ? SC_EIO : 0;
}


static int
policy_of(const struct rules *r, const char *email, const char *groups_text,
          int64_t *out, struct problem *p)
{
    const json_t *direct = json_object_get(r->users, email);
    json_t *groups, *group;
    json_int_t found = 0;
    size_t i;
    int rc = 0;

    if (direct != NULL) {
        *out = json_integer_value(direct);
        return 0;
    }

    groups = fields_load(groups_text);
    json_array_foreach(groups, i, group)
    {
        const json_t *policy =
            json_object_get(r->groups, json_string_value(group));

        if (policy == NULL) {
            continue;
        }
        if (found != 0 && found != json_integer_value(policy)) {
            rc =
                problem_set(p, 422, NULL,
                            "user \"%s\" is in groups of two policies", email);
            break;
        }
        found = json_integer_value(policy);
    }
    json_decref(groups);

    *out = found != 0 ? found : r->fallback;
    return rc;
}


static int
update_rows(struct db *db, struct publish *pub, const struct rules *r,
            const char *email, struct problem *p)
{
    struct db_query q;
    int rc = 0;

    db_query(db, &q,
             "SELECT id, email, groups, coalesce(policy, 0), active"
             " FROM account WHERE $1 IS NULL OR email = $1",
             "s", email);
    while (rc == 0 && db_next(&q)) {
        int64_t policy = 0;

        if (db_int(&q, 4) != 0) {
            rc = policy_of(r, db_text(&q, 1), db_text(&q, 2), &policy, p);
        }
        if (rc == 0 && policy != db_int(&q, 3)) {
            db_run(db,
                   "UPDATE account SET policy = nullif($2, 0)"
                   " WHERE id = $1",
                   "ii", db_int(&q, 0), policy);
            publish_member(pub, db_int(&q, 0), db_text(&q, 1), policy);
        }
    }
    if (db_end(&q) != 0) {
        return problem_set(p, 503, NULL, "the store failed");
    }

    return rc;
}


int
members_update(struct db *db, struct publish *pub, const char *email,
               struct problem *p)
{
    struct rules r = {json_object(), json_object(), 0};
    int rc = load_rules(db, &r);

    if (rc != 0) {
        problem_set(p, 503, NULL, "the store failed");
    } else {
        rc = update_rows(db, pub, &r, email, p);
    }
    json_decref(r.users);
    json_decref(r.groups);

    return rc;
}
