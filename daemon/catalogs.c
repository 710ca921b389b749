/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalogs.c - finding, parsing and keeping catalogs.
 *
 * A name becomes part of a file name below the directory of shipped
 * catalogs, so only letters, digits, '-', '_' and inner dots are names.
 */

#include "daemon/catalogs.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/file.h"
#include "catalog/nearest.h"
#include "catalog/read.h"

#define KEPT_MAX 64

struct kept {
    char digest[VAULT_HEX];
    struct catalog *catalog; /* NULL: free place */
    bool used;
};

struct catalogs {
    char dir[512];
    struct db *db;
    struct kept kept[KEPT_MAX];
};


struct catalogs *
catalogs_open(const char *dir, struct db *db)
{
    struct catalogs *c = calloc(1, sizeof(*c));

    if (c != NULL) {
        snprintf(c->dir, sizeof(c->dir), "%s", dir);
        c->db = db;
    }
    return c;
}


void
catalogs_close(struct catalogs *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < KEPT_MAX; i++) {
        catalog_free(c->kept[i].catalog);
    }
    free(c);
}


void
catalogs_sweep(struct catalogs *c)
{
    size_t taken = 0;

    for (size_t i = 0; i < KEPT_MAX; i++) {
        taken += c->kept[i].catalog != NULL;
    }
    if (taken <= KEPT_MAX / 2) {
        return;
    }
    for (size_t i = 0; i < KEPT_MAX; i++) {
        if (!c->kept[i].used) {
            catalog_free(c->kept[i].catalog);
            c->kept[i].catalog = NULL;
        }
        c->kept[i].used = false;
    }
}


static bool
name_ok(const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n > 64 || name[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!isalnum((unsigned char) name[i])
            && strchr("-_.", name[i]) == NULL) {
            return false;
        }
    }

    return true;
}


static struct kept *
find_kept(struct catalogs *c, const char *digest)
{
    struct kept *empty = NULL;

    for (size_t i = 0; i < KEPT_MAX; i++) {
        if (c->kept[i].catalog == NULL) {
            empty = &c->kept[i];
        } else if (strcmp(c->kept[i].digest, digest) == 0) {
            return &c->kept[i];
        }
    }

    return empty;
}


static int
parse(struct catalogs *c, const char *label, struct sc_str text,
      const struct at *at, struct catalog_use *out, struct problem *p)
{
    struct fault fault;
    struct kept *kept;
    char line[FAULT_TEXT_MAX];

    vault_digest_hex(text.data, text.len, out->digest);
    kept = find_kept(c, out->digest);
    if (kept == NULL) {
        return problem_set(p, 503, at, "too many catalogs are in use");
    }
    if (kept->catalog == NULL) {
        memset(&fault, 0, sizeof(fault));
        if (catalog_read(label, text.data, text.len, &kept->catalog, &fault)
            != 0) {
            kept->catalog = NULL;
            return problem_set(p, 422, at, "%s", fault_text(&fault, line));
        }
        memcpy(kept->digest, out->digest, VAULT_HEX);
    }

    kept->used = true;
    out->catalog = kept->catalog;
    return 0;
}


/* A shipped catalog.  SC_ENOENT (without a problem) if there is none. */
static int
find_shipped(struct catalogs *c, const char *name, const struct at *at,
             struct catalog_use *out, struct problem *p)
{
    struct fault fault;
    char path[640];
    char line[FAULT_TEXT_MAX];
    char *bytes = NULL;
    size_t len;
    int rc;

    snprintf(path, sizeof(path), "%s/%s.yaml", c->dir, name);
    if (!name_ok(name) || access(path, F_OK) != 0) {
        return SC_ENOENT;
    }
    memset(&fault, 0, sizeof(fault));
    if (file_read(path, &bytes, &len, &fault) != 0) {
        return problem_set(p, 500, at, "%s", fault_text(&fault, line));
    }

    rc = parse(c, path, sc_str(bytes, len), at, out, p);
    out->digest[0] = '\0'; /* whatever the file holds now */
    free(bytes);
    return rc;
}


/* One of the store, of a digest or the newest. */
static int
find_stored(struct catalogs *c, const char *name, const char *wanted,
            const struct at *at, struct catalog_use *out, struct problem *p)
{
    struct db_query q;
    int rc = SC_ENOENT;

    db_query(c->db, &q,
             "SELECT body FROM catalog WHERE name = $1"
             " AND ($2 = '' OR digest = $2) ORDER BY id DESC LIMIT 1",
             "ss", name, wanted);
    if (db_next(&q)) {
        const char *body = db_text(&q, 0);

        rc = parse(c, name, sc_str_c(body), at, out, p);
    }

    if (db_end(&q) != 0) {
        return problem_set(p, 503, NULL, "the store failed");
    }
    return rc;
}


static void
each_shipped(struct catalogs *c, void (*see)(void *context, const char *name),
             void *context)
{
    DIR *dir = opendir(c->dir);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char name[256];
        size_t n = strlen(entry->d_name);

        if (n > 5 && n < sizeof(name)
            && strcmp(entry->d_name + n - 5, ".yaml") == 0) {
            memcpy(name, entry->d_name, n - 5);
            name[n - 5] = '\0';
            see(context, name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}


static void
add_shipped(void *context, const char *name)
{
    json_array_append_new(
        context, json_pack("{s:s, s:s}", "name", name, "origin", "shipped"));
}


static int
by_name(const void *a, const void *b)
{
    return strcmp(
        json_string_value(json_object_get(*(json_t *const *) a, "name")),
        json_string_value(json_object_get(*(json_t *const *) b, "name")));
}


static json_t *
sort_by_name(json_t *list)
{
    size_t n = json_array_size(list);
    json_t **items = calloc(n + 1, sizeof(json_t *));
    json_t *out = json_array();

    for (size_t i = 0; items != NULL && i < n; i++) {
        items[i] = json_array_get(list, i);
    }
    if (items != NULL) {
        qsort(items, n, sizeof(json_t *), by_name);
        for (size_t i = 0; i < n; i++) {
            json_array_append(out, items[i]);
        }
    }
    free(items);
    json_decref(list);

    return out;
}


json_t *
catalogs_list(struct catalogs *c)
{
    json_t *list = json_array();
    struct db_query q;

    each_shipped(c, add_shipped, list);
    db_query(c->db, &q, "SELECT DISTINCT name FROM catalog ORDER BY name", "");
    while (db_next(&q)) {
        json_array_append_new(list,
                              json_pack("{s:s, s:s}", "name", db_text(&q, 0),
                                        "origin", "uploaded"));
    }
    (void) db_end(&q);

    return sort_by_name(list);
}


static int
no_such_catalog(struct catalogs *c, const char *name, const struct at *at,
                struct problem *p)
{
    struct nearest near = {NULL, 0};
    json_t *list = catalogs_list(c);
    json_t *item;
    size_t i;
    int rc;

    json_array_foreach(list, i, item)
    {
        nearest_try(&near, name,
                    json_string_value(json_object_get(item, "name")));
    }
    rc = problem_unknown(p, at, &near, "unknown catalog \"%s\"", name);
    json_decref(list);
    return rc;
}


int
catalogs_find(struct catalogs *c, const char *name, const json_t *uploads,
              const struct at *at, struct catalog_use *out, struct problem *p)
{
    const json_t *upload = json_object_get(uploads, name);
    int rc;

    memset(out, 0, sizeof(*out));
    if (upload != NULL) {
        if (!json_is_string(upload)) {
            return problem_set(p, 422, at, "catalog \"%s\" is not a text",
                               name);
        }
        out->text = json_string_value(upload);
        return parse(c, name, sc_str(out->text, json_string_length(upload)),
                     at, out, p);
    }

    rc = find_shipped(c, name, at, out, p);
    if (rc != SC_ENOENT) {
        return rc;
    }
    rc = find_stored(c, name, "", at, out, p);
    return rc == SC_ENOENT ? no_such_catalog(c, name, at, p) : rc;
}


int
catalogs_stored(struct catalogs *c, const char *name, const char *digest,
                const struct catalog **out, struct problem *p)
{
    struct catalog_use use;
    int rc;

    memset(&use, 0, sizeof(use));
    if (digest == NULL) {
        rc = find_shipped(c, name, NULL, &use, p);
    } else {
        rc = find_stored(c, name, digest, NULL, &use, p);
    }
    if (rc == SC_ENOENT) {
        return problem_set(p, 500, NULL, "catalog \"%s\" is gone", name);
    }
    if (rc == 0) {
        *out = use.catalog;
    }

    return rc;
}


void
catalogs_each_scope(const struct catalog *c,
                    void (*see)(void *context, const char *scope),
                    void *context)
{
    for (size_t i = 0; i < c->noperations; i++) {
        const struct catalog_operation *op = &c->operations[i];

        for (size_t j = 0; j < op->nalternatives; j++) {
            for (size_t k = 0; k < op->alternatives[j].n; k++) {
                see(context, op->alternatives[j].scopes[k]);
            }
        }
    }
}


struct search {
    const char *scope;
    bool found;
};

static void
compare_scope(void *context, const char *scope)
{
    struct search *s = context;

    s->found = s->found || strcmp(s->scope, scope) == 0;
}


bool
catalogs_has_scope(const struct catalog *c, const char *scope)
{
    struct search s = {scope, false};

    catalogs_each_scope(c, compare_scope, &s);
    return s.found;
}
