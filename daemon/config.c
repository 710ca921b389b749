/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - a configuration as a whole, and users.
 */

#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/nearest.h"
#include "core/str.h"
#include "daemon/fields.h"
#include "daemon/url.h"

#define GROUP_MAX 128


int
config_begin(struct config *c, struct catalogs *catalogs,
             const json_t *uploads)
{
    memset(c, 0, sizeof(*c));
    catalogs_sweep(catalogs);
    c->catalogs = catalogs;
    c->uploads = uploads;
    c->apps = json_array();
    c->policies = json_array();
    c->users = json_array();
    c->members = json_object();
    if (c->apps == NULL || c->policies == NULL || c->users == NULL
        || c->members == NULL) {
        config_done(c);
        return SC_ENOMEM;
    }

    return 0;
}


void
config_done(struct config *c)
{
    json_decref(c->apps);
    json_decref(c->policies);
    json_decref(c->users);
    json_decref(c->members);
    free(c->index);
    memset(c, 0, sizeof(*c));
}


const struct config_app *
config_app_named(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->napps; i++) {
        if (strcmp(c->index[i].name, name) == 0) {
            return &c->index[i];
        }
    }

    return NULL;
}


int
config_email(const char *email, const struct at *at, char *into,
             struct problem *p)
{
    size_t n = strlen(email);

    for (size_t i = 0; i <= n && i < 256; i++) {
        into[i] = sc_lower(email[i]);
    }
    if (n > 254 || !url_email_ok(into)) {
        return problem_set(p, 422, at, "\"%.80s\" is not an e-mail address",
                           email);
    }

    return 0;
}


static int
check_group(void *context, const char *text, const struct at *at,
            struct problem *p)
{
    (void) context;
    if (*text == '\0' || strlen(text) > GROUP_MAX) {
        return problem_set(p, 422, at, "a group's name has 1 to %d bytes",
                           GROUP_MAX);
    }

    return 0;
}


int
config_add_user(struct config *c, const json_t *in, const struct at *at,
                struct problem *p)
{
    static const char *const names[] = {"email", "name", "groups", "role",
                                        NULL};
    const char *email, *name = NULL, *role = NULL;
    struct at place = at_key(at, "role");
    char lower[256];
    json_t *groups;

    if (fields_known(in, at, names, p) != 0
        || fields_need(in, "email", at, 254, &email, p) != 0
        || fields_text(in, "name", at, 200, &name, p) != 0
        || fields_text(in, "role", at, 20, &role, p) != 0) {
        return SC_EINVAL;
    }
    if (role != NULL && strcmp(role, "admin") != 0
        && strcmp(role, "user") != 0) {
        return problem_set(p, 422, &place, "a role is \"admin\" or \"user\"");
    }
    place = at_key(at, "email");
    if (config_email(email, &place, lower, p) != 0
        || fields_texts(in, "groups", at,
                        &(struct fields_each){check_group, NULL}, &groups, p)
               != 0) {
        return SC_EINVAL;
    }

    json_array_append_new(
        c->users, json_pack("{s:s, s:s, s:o, s:s}", "email", lower, "name",
                            name == NULL ? "" : name, "groups", groups, "role",
                            role == NULL ? "user" : role));
    return 0;
}


/* Each value of a field at most once in a list of objects. */
static int
check_unique(const json_t *list, const char *field, const struct at *at,
             const char *noun, struct problem *p)
{
    json_t *seen = json_object();
    json_t *item;
    size_t i;
    int rc = 0;

    json_array_foreach((json_t *) list, i, item)
    {
        const char *name = json_string_value(json_object_get(item, field));

        if (json_object_get(seen, name) != NULL) {
            struct at place = at_index(at, i);

            place = at_key(&place, field);
            rc = problem_set(p, 422, &place, "there are two %s named \"%s\"",
                             noun, name);
            break;
        }
        json_object_set_new(seen, name, json_true());
    }

    json_decref(seen);
    return rc;
}


static int
check_mounts(const struct config *c, const struct at *at, struct problem *p)
{
    json_t *seen = json_object();
    json_t *app, *mount;
    size_t i, j;
    int rc = 0;

    json_array_foreach(c->apps, i, app)
    {
        json_array_foreach(json_object_get(app, "mounts"), j, mount)
        {
            char key[1024];
            struct at place = at_index(at, i);

            place = at_key(&place, "mounts");
            place = at_index(&place, j);
            snprintf(key, sizeof(key), "%s %s",
                     json_string_value(json_object_get(mount, "host")),
                     json_string_value(json_object_get(mount, "prefix")));
            if (json_object_get(seen, key) != NULL) {
                rc = problem_set(p, 422, &place,
                                 "the mount \"%s\" is there already", key);
                goto done;
            }
            json_object_set_new(seen, key, json_true());
        }
    }

done:
    json_decref(seen);
    return rc;
}


static int
check_default(const struct config *c, const struct at *at, struct problem *p)
{
    json_t *policy;
    size_t i;
    size_t first = SIZE_MAX;

    json_array_foreach(c->policies, i, policy)
    {
        if (!json_is_true(json_object_get(policy, "default"))) {
            continue;
        }
        if (first != SIZE_MAX) {
            struct at place = at_index(at, i);

            place = at_key(&place, "default");
            return problem_set(
                p, 422, &place, "policy \"%s\" is the default already",
                json_string_value(json_object_get(
                    json_array_get(c->policies, first), "name")));
        }
        first = i;
    }
    if (first == SIZE_MAX && json_array_size(c->policies) > 0) {
        return problem_set(p, 422, at,
                           "no policy is the default: one needs \"default: "
                           "true\"");
    }

    return 0;
}


/* A group that two policies have. */
static int
check_groups(const struct config *c, const struct at *at, struct problem *p)
{
    json_t *seen = json_object();
    json_t *policy, *group;
    size_t i, j;
    int rc = 0;

    json_array_foreach(c->policies, i, policy)
    {
        json_t *groups =
            json_object_get(json_object_get(policy, "members"), "groups");

        json_array_foreach(groups, j, group)
        {
            const char *name = json_string_value(group);
            const char *other = json_string_value(json_object_get(seen, name));
            struct at place = at_index(at, i);

            place = at_key(&place, "members");
            place = at_key(&place, "groups");
            if (other != NULL) {
                rc = problem_set(p, 422, &place,
                                 "group \"%s\" is a member of policy \"%s\" "
                                 "already",
                                 name, other);
                goto done;
            }
            json_object_set(seen, name, json_object_get(policy, "name"));
        }
    }

done:
    json_decref(seen);
    return rc;
}


int
config_cross(const struct config *c, const struct at *base, struct problem *p)
{
    struct at apps = at_key(base, "apps");
    struct at policies = at_key(base, "policies");
    struct at users = at_key(base, "users");

    if (check_unique(c->apps, "name", &apps, "apps", p) != 0
        || check_unique(c->policies, "name", &policies, "policies", p) != 0
        || check_unique(c->users, "email", &users, "users", p) != 0
        || check_mounts(c, &apps, p) != 0
        || check_default(c, &policies, p) != 0
        || check_groups(c, &policies, p) != 0) {
        return SC_EINVAL;
    }

    return 0;
}


typedef int adder(struct config *c, const json_t *in, const struct at *at,
                  struct problem *p);

static int
add_list(struct config *c, const json_t *in, const char *name, adder *add,
         const struct at *root, struct problem *p)
{
    struct at at = at_key(root, name);
    const json_t *list;
    json_t *item;
    size_t i;

    if (fields_array(in, name, root, &list, p) != 0) {
        return SC_EINVAL;
    }
    json_array_foreach((json_t *) list, i, item)
    {
        struct at place = at_index(&at, i);

        if (add(c, item, &place, p) != 0) {
            return SC_EINVAL;
        }
    }

    return 0;
}


int
config_read(struct config *c, const json_t *in, struct problem *p)
{
    static const char *const names[] = {"apps", "policies", "users", "ask",
                                        NULL};
    struct at root = {""};
    struct at place = at_key(&root, "ask");
    const char *ask = NULL;

    if (fields_known(in, &root, names, p) != 0
        || fields_text(in, "ask", &root, sizeof(c->ask) - 1, &ask, p) != 0) {
        return SC_EINVAL;
    }
    if (ask != NULL) {
        if (strncmp(ask, "https://", 8) != 0 && strncmp(ask, "http://", 7) != 0
            && strncmp(ask, "mailto:", 7) != 0) {
            return problem_set(p, 422, &place,
                               "not an https, http or mailto URL");
        }
        memcpy(c->ask, ask, strlen(ask) + 1);
    }
    if (add_list(c, in, "apps", config_add_app, &root, p) != 0
        || add_list(c, in, "policies", config_add_policy, &root, p) != 0
        || add_list(c, in, "users", config_add_user, &root, p) != 0) {
        return SC_EINVAL;
    }

    return config_cross(c, &root, p);
}
