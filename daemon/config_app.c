/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_app.c - one app of a configuration.
 */

#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/nearest.h"
#include "core/str.h"
#include "daemon/fields.h"
#include "daemon/url.h"

#define SECRET_MAX 4096
#define LINKS_MAX  100 /* nginx takes 255 patterns, a link needs two */


static int
read_url(const char *text, const struct at *at, char *into, size_t size,
         struct problem *p)
{
    struct url url;
    const char *wrong = url_parse(text, &url);

    if (wrong != NULL) {
        return problem_set(p, 422, at, "\"%.200s\" is not a base URL: %s",
                           text, wrong);
    }

    url_text(&url, into, size);
    return 0;
}


static int
read_mount(const json_t *in, const struct at *at, json_t *out,
           struct problem *p)
{
    static const char *const names[] = {"host", "prefix", NULL};
    const char *host = NULL, *prefix = NULL;
    char lower[URL_HOST_MAX + 1];
    struct at place = at_key(at, "host");

    if (fields_known(in, at, names, p) != 0
        || fields_text(in, "host", at, URL_HOST_MAX, &host, p) != 0
        || fields_text(in, "prefix", at, URL_PATH_MAX, &prefix, p) != 0) {
        return SC_EINVAL;
    }

    host = host == NULL ? "*" : host;
    for (size_t i = 0; i <= strlen(host); i++) {
        lower[i] = sc_lower(host[i]);
    }
    if (strcmp(lower, "*") != 0 && !url_host_ok(lower)) {
        return problem_set(p, 422, &place,
                           "a mount's host is a host name without a port, "
                           "or \"*\"");
    }
    prefix = prefix == NULL || strcmp(prefix, "/") == 0 ? "" : prefix;
    place = at_key(at, "prefix");
    if (!url_path_ok(prefix)) {
        return problem_set(p, 422, &place,
                           "a mount's prefix is \"\" or like \"/a/b\", of "
                           "letters, digits, '-', '.', '_' and '~'");
    }

    json_array_append_new(
        out, json_pack("{s:s, s:s}", "host", lower, "prefix", prefix));
    return 0;
}


static int
read_mounts(const json_t *in, const struct at *at, json_t *app,
            struct problem *p)
{
    const json_t *list;
    json_t *out = json_array();
    json_t *item;
    struct at mounts = at_key(at, "mounts");
    size_t i;

    json_object_set_new(app, "mounts", out);
    if (fields_array(in, "mounts", at, &list, p) != 0) {
        return SC_EINVAL;
    }
    if (json_array_size(list) == 0) {
        return problem_set(p, 422, &mounts,
                           "an app needs a mount, such as "
                           "{host: \"*\", prefix: \"\"}");
    }
    json_array_foreach((json_t *) list, i, item)
    {
        struct at place = at_index(&mounts, i);

        if (read_mount(item, &place, out, p) != 0) {
            return SC_EINVAL;
        }
    }

    return 0;
}


static int
check_secret(const char *secret, const struct at *at, struct problem *p)
{
    if (*secret == '\0') {
        return problem_set(p, 422, at, "the secret is empty");
    }
    for (const char *s = secret; *s != '\0'; s++) {
        if (*s < 0x20 || *s > 0x7e) {
            return problem_set(p, 422, at,
                               "the secret holds a byte that is not "
                               "printable ASCII");
        }
    }

    return 0;
}


/* The scheme that a credential is sent with; NULL with a problem. */
static const char *
read_scheme(const char *scheme, const char *user, const struct at *at,
            struct problem *p)
{
    struct at place = at_key(at, "scheme");

    if (scheme == NULL) {
        return user != NULL ? "basic" : "bearer";
    }
    if (strcmp(scheme, "basic") != 0 && strcmp(scheme, "bearer") != 0) {
        problem_set(p, 422, &place,
                    "a credential's scheme is \"basic\" or \"bearer\"");
        return NULL;
    }
    if (strcmp(scheme, "basic") == 0 && user == NULL) {
        problem_set(p, 422, at, "scheme \"basic\" needs a user");
        return NULL;
    }

    return scheme;
}


/* secret_file is a field of configuration files: known, so that a slip in
 * its name is answered with it, but the command line takes it out. */
static int
credential_known(const json_t *in, const struct at *at, struct problem *p)
{
    static const char *const names[] = {"mode",        "user",   "secret",
                                        "secret_file", "scheme", NULL};
    struct at place = at_key(at, "secret_file");
    int rc = fields_known(in, at, names, p);

    if (rc == 0 && json_object_get(in, "secret_file") != NULL) {
        rc = problem_set(p, 422, &place,
                         "a secret_file is read by `scopecap apply`: give "
                         "\"secret\" here");
    }
    return rc;
}


static int
read_credential(const json_t *in, const struct at *at, json_t *app,
                const char **secret, struct problem *p)
{
    const char *mode = NULL, *user = NULL, *scheme = NULL;
    const json_t *credential;
    struct at place = at_key(at, "credential");
    struct at field = at_key(&place, "mode");

    *secret = NULL;
    if (fields_object(in, "credential", at, &credential, p) != 0) {
        return SC_EINVAL;
    }
    if (credential == NULL) {
        json_object_set_new(app, "credential",
                            json_pack("{s:s}", "mode", "none"));
        return 0;
    }
    if (credential_known(credential, &place, p) != 0
        || fields_need(credential, "mode", &place, 20, &mode, p) != 0
        || fields_text(credential, "user", &place, 254, &user, p) != 0
        || fields_text(credential, "scheme", &place, 20, &scheme, p) != 0
        || fields_text(credential, "secret", &place, SECRET_MAX, secret, p)
               != 0) {
        return SC_EINVAL;
    }
    if (strcmp(mode, "none") == 0) {
        *secret = NULL;
        json_object_set_new(app, "credential",
                            json_pack("{s:s}", "mode", "none"));
        return 0;
    }
    if (strcmp(mode, "shared") != 0) {
        return problem_set(p, 422, &field,
                           "a credential's mode is \"shared\" or \"none\"");
    }

    field = at_key(&place, "user");
    if (user != NULL
        && (*user == '\0' || strchr(user, ':') != NULL
            || check_secret(user, &field, p) != 0)) {
        return problem_set(p, 422, &field,
                           "a user is printable ASCII without a colon");
    }
    field = at_key(&place, "secret");
    if (*secret != NULL && check_secret(*secret, &field, p) != 0) {
        return SC_EINVAL;
    }
    scheme = read_scheme(scheme, user, &place, p);
    if (scheme == NULL) {
        return SC_EINVAL;
    }

    json_object_set_new(app, "credential",
                        json_pack("{s:s, s:s, s:s*}", "mode", mode, "scheme",
                                  scheme, "user", user));
    return 0;
}


static int
check_scheme(void *context, const char *text, const struct at *at,
             struct problem *p)
{
    struct nearest near = {NULL, 0};

    (void) context;
    if (catalog_scheme_parse(text) != 0) {
        return 0;
    }
    for (unsigned i = 0; catalog_scheme_name(i) != NULL; i++) {
        nearest_try(&near, text, catalog_scheme_name(i));
    }
    return problem_unknown(p, at, &near, "unknown scheme \"%s\"", text);
}


static int
check_link(void *context, const char *text, const struct at *at,
           struct problem *p)
{
    char into[1024];

    (void) context;
    return read_url(text, at, into, sizeof(into), p);
}


/* How the app answers and is called; absent fields are the catalog's. */
static int
read_style(const json_t *in, const struct at *at, json_t *app,
           struct problem *p)
{
    const char *style = NULL;
    struct at place = at_key(at, "error_style");
    json_t *list;

    if (fields_text(in, "error_style", at, 20, &style, p) != 0) {
        return SC_EINVAL;
    }
    if (style != NULL && strcmp(style, "atlassian") != 0
        && strcmp(style, "problem") != 0) {
        return problem_set(p, 422, &place,
                           "an error style is \"problem\" or \"atlassian\"");
    }
    if (style != NULL) {
        json_object_set_new(app, "error_style", json_string(style));
    }
    if (fields_texts(in, "schemes", at,
                     &(struct fields_each){check_scheme, NULL}, &list, p)
        != 0) {
        return SC_EINVAL;
    }
    if (json_array_size(list) > 0) {
        json_object_set(app, "schemes", list);
    }
    json_decref(list);
    if (fields_texts(in, "links", at, &(struct fields_each){check_link, NULL},
                     &list, p)
        != 0) {
        return SC_EINVAL;
    }
    json_object_set_new(app, "links", list);
    if (json_array_size(list) > LINKS_MAX) {
        place = at_key(at, "links");
        return problem_set(p, 422, &place, "an app has at most %d links",
                           LINKS_MAX);
    }

    return 0;
}


static int
index_app(struct config *c, const json_t *app, const struct catalog_use *use,
          const char *secret, bool changed)
{
    struct config_app *grown =
        realloc(c->index, (c->napps + 1) * sizeof(*grown));

    if (grown == NULL) {
        return SC_ENOMEM;
    }

    c->index = grown;
    grown[c->napps].name = json_string_value(json_object_get(app, "name"));
    grown[c->napps].use = *use;
    grown[c->napps].secret = secret;
    grown[c->napps].changed = changed;
    c->napps++;
    return 0;
}


int
config_keep_app(struct config *c, json_t *normal, const char *digest,
                struct problem *p)
{
    struct catalog_use use;

    memset(&use, 0, sizeof(use));
    json_array_append_new(c->apps, normal);
    if (catalogs_stored(c->catalogs,
                        json_string_value(json_object_get(normal, "catalog")),
                        digest, &use.catalog, p)
        != 0) {
        return SC_EINVAL;
    }
    if (digest != NULL) {
        snprintf(use.digest, sizeof(use.digest), "%s", digest);
    }
    if (index_app(c, normal, &use, NULL, false) != 0) {
        return problem_set(p, 503, NULL, "out of memory");
    }

    return 0;
}


int
config_add_app(struct config *c, const json_t *in, const struct at *at,
               struct problem *p)
{
    static const char *const names[] = {"name",        "upstream",   "catalog",
                                        "mounts",      "credential", "links",
                                        "error_style", "schemes",    NULL};
    const char *name, *upstream, *catalog, *secret;
    struct at place = at_key(at, "name");
    struct catalog_use use;
    char base[1024];
    json_t *app = json_object();

    json_array_append_new(c->apps, app);
    if (fields_known(in, at, names, p) != 0
        || fields_need(in, "name", at, 63, &name, p) != 0
        || fields_need(in, "upstream", at, 1000, &upstream, p) != 0
        || fields_need(in, "catalog", at, 64, &catalog, p) != 0) {
        return SC_EINVAL;
    }
    if (!url_name_ok(name)) {
        return problem_set(p, 422, &place,
                           "an app's name is lower-case letters, digits, "
                           "'-' and '_'");
    }
    place = at_key(at, "upstream");
    if (read_url(upstream, &place, base, sizeof(base), p) != 0) {
        return SC_EINVAL;
    }
    place = at_key(at, "catalog");
    if (catalogs_find(c->catalogs, catalog, c->uploads, &place, &use, p) != 0
        || read_mounts(in, at, app, p) != 0
        || read_credential(in, at, app, &secret, p) != 0
        || read_style(in, at, app, p) != 0) {
        return SC_EINVAL;
    }

    json_object_set_new(app, "name", json_string(name));
    json_object_set_new(app, "upstream", json_string(base));
    json_object_set_new(app, "catalog", json_string(catalog));
    if (index_app(c, app, &use, secret, true) != 0) {
        return problem_set(p, 503, NULL, "out of memory");
    }
    return 0;
}
