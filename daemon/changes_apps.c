/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes_apps.c - rows of apps, their catalogs and secrets.
 */

#include "daemon/changes_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fields.h"
#include "daemon/secrets.h"
#include "daemon/store.h"


struct app_row {
    int64_t id; /* 0: there is none */
    bool active, has_secret;
    json_t *config;
    char digest[VAULT_HEX];
};

static void
read_app(struct run *r, const char *name, struct app_row *row)
{
    struct db_query q;

    memset(row, 0, sizeof(*row));
    db_query(r->db, &q,
             "SELECT id, active, config, coalesce(catalog_digest, ''),"
             " secret IS NOT NULL FROM app WHERE name = $1",
             "s", name);
    if (db_next(&q)) {
        row->id = db_int(&q, 0);
        row->active = db_int(&q, 1) != 0;
        row->config = fields_load(db_text(&q, 2));
        strncpy(row->digest, db_text(&q, 3), sizeof(row->digest) - 1);
        row->has_secret = db_int(&q, 4) != 0;
    }
    (void) db_end(&q);
}


/* Does the app need a secret that did not come and is not kept?  A kept one
 * is not sent to another upstream without being given again. */
static int
check_secret(struct run *r, size_t i, const json_t *app,
             const struct app_row *row)
{
    const json_t *credential = json_object_get(app, "credential");
    struct at at = {"/apps"};

    if (strcmp(run_get(credential, "mode"), "shared") != 0
        || r->config->index[i].secret != NULL) {
        return 0;
    }
    if (row->has_secret && row->active
        && json_equal(json_object_get(row->config, "upstream"),
                      json_object_get(app, "upstream"))) {
        return 0;
    }

    at = at_index(&at, i);
    at = at_key(&at, "credential");
    return problem_set(r->problem, 422, &at,
                       "app \"%s\" needs its credential's secret",
                       run_get(app, "name"));
}


static int
write_secret(struct run *r, const struct config_app *index, const json_t *app,
             int64_t id)
{
    if (strcmp(run_get(json_object_get(app, "credential"), "mode"), "shared")
        != 0) {
        db_run(r->db, "UPDATE app SET secret = NULL WHERE id = $1", "i", id);
        return 0;
    }
    if (index->secret != NULL
        && secrets_keep(r->db, &r->st->vault, id, index->secret) != 0) {
        return problem_set(r->problem, 503, NULL, "cannot seal the secret");
    }

    return 0;
}


static void
keep_catalog(struct run *r, const json_t *app, const struct config_app *index)
{
    if (index->use.text != NULL) {
        db_run(r->db,
               "INSERT INTO catalog (name, digest, body, created_at)"
               " VALUES ($1, $2, $3, $4)"
               " ON CONFLICT (name, digest) DO NOTHING",
               "sssi", run_get(app, "catalog"), index->use.digest,
               index->use.text, store_now());
    }
}


static int
write_app(struct run *r, size_t i, const json_t *app, struct app_row *row,
          const char *detail)
{
    const struct config_app *index = &r->config->index[i];
    const char *name = run_get(app, "name");
    char *text = fields_dump(app);
    int rc;

    keep_catalog(r, app, index);
    if (row->id == 0) {
        row->id = db_number(r->db,
                            "INSERT INTO app (name, active, version, config,"
                            " catalog_digest) VALUES ($1, 1, 1, $2,"
                            " nullif($3, '')) RETURNING id",
                            "sss", name, text, index->use.digest);
    } else {
        db_run(r->db,
               "UPDATE app SET active = 1, version = version + 1,"
               " config = $2, catalog_digest = nullif($3, '')"
               " WHERE id = $1",
               "iss", row->id, text, index->use.digest);
    }
    free(text);
    rc = write_secret(r, index, app, row->id);
    run_note(r, row->active ? "update" : "create", "app", name, detail);
    publish_want_policy(r->st->publish);
    publish_want_secrets(r->st->publish);
    r->st->gateway_changed = true;

    return rc;
}


int
run_app(struct run *r, size_t i, const json_t *app)
{
    const struct config_app *index = &r->config->index[i];
    struct app_row row;
    char detail[256];
    size_t n;
    int rc;

    if (!index->changed) {
        return 0;
    }
    read_app(r, run_get(app, "name"), &row);
    rc = check_secret(r, i, app, &row);
    if (rc != 0) {
        goto done;
    }

    run_differences(row.config, app, detail, sizeof(detail));
    n = strlen(detail);
    if (strcmp(row.digest, index->use.digest) != 0 && row.id != 0) {
        snprintf(detail + n, sizeof(detail) - n, "%scatalog text",
                 n == 0 ? "" : ", ");
    }
    n = strlen(detail);
    if (index->secret != NULL && row.id != 0
        && !secrets_same(r->db, &r->st->vault, row.id, index->secret)) {
        snprintf(detail + n, sizeof(detail) - n, "%ssecret",
                 n == 0 ? "" : ", ");
    }
    if (!row.active) {
        snprintf(detail, sizeof(detail), "catalog %s at %s",
                 run_get(app, "catalog"), run_get(app, "upstream"));
    }
    if (detail[0] != '\0') {
        rc = write_app(r, i, app, &row, detail);
    }

done:
    json_decref(row.config);
    return rc;
}


void
run_remove_apps(struct run *r)
{
    struct db_query q;

    db_query(r->db, &q,
             "SELECT id, name FROM app WHERE active = 1 ORDER BY name", "");
    while (db_next(&q)) {
        if (!run_has_name(r->config->apps, "name", db_text(&q, 1))) {
            db_run(r->db,
                   "UPDATE app SET active = 0, secret = NULL,"
                   " version = version + 1 WHERE id = $1",
                   "i", db_int(&q, 0));
            run_note(r, "delete", "app", db_text(&q, 1), "");
            publish_want_policy(r->st->publish);
            publish_want_secrets(r->st->publish);
            r->st->gateway_changed = true;
        }
    }
    (void) db_end(&q);
}
