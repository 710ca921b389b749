/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_policy.c - one policy of a configuration.
 *
 * A scope pattern has to match a scope of the app's catalog, an operation id
 * has to be in it: a ceiling that means nothing is a mistake, and a mistake
 * in a ceiling is found now, not by the call that it should have refused.
 */

#include "daemon/config.h"

#include <stdio.h>
#include <string.h>

#include "catalog/nearest.h"
#include "core/class.h"
#include "core/scope.h"
#include "daemon/fields.h"
#include "daemon/url.h"


static int
check_class(void *context, const char *text, const struct at *at,
            struct problem *p)
{
    struct nearest near = {NULL, 0};

    (void) context;
    if (sc_class_parse(sc_str_c(text)) != 0) {
        return 0;
    }
    for (unsigned i = 0; sc_class_name(i) != NULL; i++) {
        nearest_try(&near, text, sc_class_name(i));
    }
    return problem_unknown(p, at, &near, "unknown class \"%s\"", text);
}


static int
check_trait(void *context, const char *text, const struct at *at,
            struct problem *p)
{
    struct nearest near = {NULL, 0};

    (void) context;
    if (sc_trait_parse(sc_str_c(text)) != 0) {
        return 0;
    }
    for (unsigned i = 0; sc_trait_name(i) != NULL; i++) {
        nearest_try(&near, text, sc_trait_name(i));
    }
    return problem_unknown(p, at, &near, "unknown trait \"%s\"", text);
}


struct pattern_search {
    const char *pattern;
    bool found;
    struct nearest near;
    char best[128], like[128];
};

/* What a scope is compared as: "part:*" is like the first part of one. */
static const char *
like_pattern(struct pattern_search *s, const char *scope)
{
    const char *rest = strchr(s->pattern, ':');

    if (rest == NULL || strcmp(rest, ":*") != 0) {
        return scope;
    }
    snprintf(s->like, sizeof(s->like), "%.*s:*", (int) strcspn(scope, ":"),
             scope);
    return s->like;
}


static void
try_pattern(void *context, const char *scope)
{
    struct pattern_search *s = context;

    if (s->found) {
        return;
    }
    s->found = sc_scope_match(sc_str_c(s->pattern), sc_str_c(scope));
    nearest_try(&s->near, s->pattern, like_pattern(s, scope));
    if (s->near.best == s->like) {
        memcpy(s->best, s->like, sizeof(s->best));
        s->near.best = s->best;
    }
}


static int
check_pattern(void *context, const char *text, const struct at *at,
              struct problem *p)
{
    const struct config_app *app = context;
    struct pattern_search s = {text, false, {NULL, 0}, "", ""};

    if (!sc_scope_pattern_ok(sc_str_c(text))) {
        return problem_set(p, 422, at,
                           "\"%.128s\" is not a scope pattern: '*' stands "
                           "for whole parts between colons",
                           text);
    }
    if (strcmp(text, "*") == 0) {
        return 0;
    }
    catalogs_each_scope(app->use.catalog, try_pattern, &s);
    if (!s.found) {
        return problem_unknown(p, at, &s.near,
                               "\"%s\" matches no scope of the catalog of "
                               "app \"%s\"",
                               text, app->name);
    }

    return 0;
}


static int
check_operation(void *context, const char *text, const struct at *at,
                struct problem *p)
{
    const struct config_app *app = context;
    const struct catalog *catalog = app->use.catalog;
    struct nearest near = {NULL, 0};

    if (catalog_by_id(catalog, text) != NULL) {
        return 0;
    }
    for (size_t i = 0; i < catalog->noperations; i++) {
        nearest_try(&near, text, catalog->operations[i].id);
    }
    return problem_unknown(p, at, &near,
                           "unknown operation \"%s\" of app \"%s\"", text,
                           app->name);
}


static int
read_scopes(const json_t *in, const struct at *at,
            const struct config_app *app, json_t *out, struct problem *p)
{
    static const char *const names[] = {"allow", "deny", NULL};
    const json_t *scopes;
    struct at place = at_key(at, "scopes");
    json_t *allow, *deny;

    if (fields_object(in, "scopes", at, &scopes, p) != 0
        || (scopes != NULL && fields_known(scopes, &place, names, p) != 0)
        || fields_texts(scopes, "allow", &place,
                        &(struct fields_each){check_pattern, (void *) app},
                        &allow, p)
               != 0) {
        return SC_EINVAL;
    }
    if (json_object_get(scopes, "allow") == NULL) {
        json_array_append_new(allow, json_string("*"));
    }
    if (fields_texts(scopes, "deny", &place,
                     &(struct fields_each){check_pattern, (void *) app}, &deny,
                     p)
        != 0) {
        json_decref(allow);
        return SC_EINVAL;
    }

    json_object_set_new(out, "scopes",
                        json_pack("{s:o, s:o}", "allow", allow, "deny", deny));
    return 0;
}


static int
read_ceiling(const json_t *in, const struct at *at,
             const struct config_app *app, json_t *out, struct problem *p)
{
    static const char *const names[] = {"classes", "deny_traits", "scopes",
                                        "operations", NULL};
    static const char *const inner[] = {"deny", NULL};
    const json_t *operations;
    struct at place = at_key(at, "operations");
    json_t *list;

    if (fields_known(in, at, names, p) != 0
        || fields_texts(in, "classes", at,
                        &(struct fields_each){check_class, NULL}, &list, p)
               != 0) {
        return SC_EINVAL;
    }
    json_object_set_new(out, "classes", list);
    if (fields_texts(in, "deny_traits", at,
                     &(struct fields_each){check_trait, NULL}, &list, p)
        != 0) {
        return SC_EINVAL;
    }
    json_object_set_new(out, "deny_traits", list);
    if (read_scopes(in, at, app, out, p) != 0
        || fields_object(in, "operations", at, &operations, p) != 0
        || (operations != NULL
            && fields_known(operations, &place, inner, p) != 0)
        || fields_texts(operations, "deny", &place,
                        &(struct fields_each){check_operation, (void *) app},
                        &list, p)
               != 0) {
        return SC_EINVAL;
    }
    json_object_set_new(out, "operations", json_pack("{s:o}", "deny", list));

    return 0;
}


static int
read_ceilings(const struct config *c, const json_t *in, const struct at *at,
              json_t *policy, struct problem *p)
{
    const json_t *ceilings;
    struct at place = at_key(at, "ceiling");
    json_t *all = json_object();
    const char *name;
    json_t *ceiling;

    json_object_set_new(policy, "ceiling", all);
    if (fields_object(in, "ceiling", at, &ceilings, p) != 0) {
        return SC_EINVAL;
    }
    json_object_foreach((json_t *) ceilings, name, ceiling)
    {
        const struct config_app *app = config_app_named(c, name);
        struct at here = at_key(&place, name);
        json_t *out = json_object();

        if (app == NULL) {
            struct nearest near = {NULL, 0};

            json_decref(out);
            for (size_t i = 0; i < c->napps; i++) {
                nearest_try(&near, name, c->index[i].name);
            }
            return problem_unknown(p, &here, &near, "unknown app \"%s\"",
                                   name);
        }
        json_object_set_new(all, name, out);
        if (read_ceiling(ceiling, &here, app, out, p) != 0) {
            return SC_EINVAL;
        }
    }

    return 0;
}


/* Adds the e-mails to c->members; a user has one policy. */
static int
read_member_users(struct config *c, const json_t *members, const struct at *at,
                  const char *policy, json_t **out, struct problem *p)
{
    struct at place = at_key(at, "users");
    const json_t *list;
    json_t *lower = json_array();
    json_t *item;
    size_t i;
    int rc = SC_EINVAL;

    if (fields_array(members, "users", at, &list, p) != 0) {
        goto done;
    }
    json_array_foreach((json_t *) list, i, item)
    {
        struct at here = at_index(&place, i);
        const char *other;
        char email[256];

        if (!json_is_string(item)) {
            problem_set(p, 422, &here, "expected an e-mail address");
            goto done;
        }
        if (config_email(json_string_value(item), &here, email, p) != 0) {
            goto done;
        }
        other = json_string_value(json_object_get(c->members, email));
        if (other != NULL && strcmp(other, policy) != 0) {
            problem_set(p, 422, &here,
                        "user \"%s\" is a member of policy \"%s\" already",
                        email, other);
            goto done;
        }
        json_object_set_new(c->members, email, json_string(policy));
        json_array_append_new(lower, json_string(email));
    }
    rc = fields_sorted(lower, out, p);

done:
    json_decref(lower);
    return rc;
}


static int
check_group_name(void *context, const char *text, const struct at *at,
                 struct problem *p)
{
    (void) context;
    if (*text == '\0' || strlen(text) > 128) {
        return problem_set(p, 422, at, "a group's name has 1 to 128 bytes");
    }

    return 0;
}


static int
read_members(struct config *c, const json_t *in, const struct at *at,
             const char *name, json_t *policy, struct problem *p)
{
    static const char *const names[] = {"users", "groups", NULL};
    const json_t *members;
    struct at place = at_key(at, "members");
    json_t *users, *groups;

    if (fields_object(in, "members", at, &members, p) != 0
        || (members != NULL && fields_known(members, &place, names, p) != 0)
        || read_member_users(c, members, &place, name, &users, p) != 0) {
        return SC_EINVAL;
    }
    if (fields_texts(members, "groups", &place,
                     &(struct fields_each){check_group_name, NULL}, &groups, p)
        != 0) {
        json_decref(users);
        return SC_EINVAL;
    }

    json_object_set_new(
        policy, "members",
        json_pack("{s:o, s:o}", "users", users, "groups", groups));
    return 0;
}


static int
check_tokens(const char *tokens, const struct at *at, struct problem *p)
{
    static const char *const rules[] = {"allow", "request", "block"};
    struct at place = at_key(at, "tokens");
    struct nearest near = {NULL, 0};

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcmp(tokens, rules[i]) == 0) {
            return 0;
        }
        nearest_try(&near, tokens, rules[i]);
    }

    return problem_unknown(p, &place, &near, "unknown token rule \"%s\"",
                           tokens);
}


int
config_add_policy(struct config *c, const json_t *in, const struct at *at,
                  struct problem *p)
{
    static const char *const names[] = {
        "name", "default", "tokens", "max_days", "members", "ceiling", NULL};
    const char *name, *tokens = NULL;
    struct at place = at_key(at, "name");
    json_t *policy = json_object();
    const struct fields_range range = {CONFIG_DAYS_DEFAULT, 0,
                                       CONFIG_DAYS_MAX};
    json_int_t max_days;
    bool is_default;

    json_array_append_new(c->policies, policy);
    if (fields_known(in, at, names, p) != 0
        || fields_need(in, "name", at, 63, &name, p) != 0
        || fields_text(in, "tokens", at, 20, &tokens, p) != 0
        || fields_bool(in, "default", at, false, &is_default, p) != 0
        || fields_int(in, "max_days", at, &range, &max_days, p) != 0) {
        return SC_EINVAL;
    }
    if (!url_name_ok(name)) {
        return problem_set(p, 422, &place,
                           "a policy's name is lower-case letters, digits, "
                           "'-' and '_'");
    }
    tokens = tokens == NULL ? "allow" : tokens;
    if (check_tokens(tokens, at, p) != 0
        || read_members(c, in, at, name, policy, p) != 0
        || read_ceilings(c, in, at, policy, p) != 0) {
        return SC_EINVAL;
    }

    json_object_set_new(policy, "name", json_string(name));
    json_object_set_new(policy, "default", json_boolean(is_default));
    json_object_set_new(policy, "tokens", json_string(tokens));
    json_object_set_new(policy, "max_days", json_integer(max_days));
    return 0;
}
