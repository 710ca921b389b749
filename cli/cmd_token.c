/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_token.c - tokens: make, list, show, revoke.
 *
 * A new token goes to standard output, alone and once; warnings go to
 * standard error, so that TOKEN=$(scopecap token create ...) holds the token
 * and nothing else.
 */

#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/show.h"

#define DAYS_MAX 36500

static const struct column list_columns[] = {
    {"ID", "id"},
    {"NAME", "name"},
    {"USER", "user"},
    {"STATUS", "status"},
    {"APPS", "grants"},
    {"EXPIRES", "expires"},
    {"LAST USED", "last_used"},
    {NULL, NULL},
};


/* The list of scopes of an app in grants, made if it is not there yet. */
static json_t *
grant_of(json_t *grants, const char *app)
{
    json_t *scopes = json_object_get(grants, app);

    if (scopes == NULL) {
        scopes = json_array();
        if (json_object_set_new(grants, app, scopes) != 0) {
            return NULL;
        }
    }

    return scopes;
}


/* Each --scope belongs to the --app before it. */
static int
read_grants(const struct args *args, json_t *grants)
{
    const struct arg *a = args->items;
    json_t *scopes = NULL;
    bool app, scope;

    for (size_t i = 0; i < args->nitems; i++, a++) {
        app = strcmp(a->option->name, "app") == 0;
        scope = strcmp(a->option->name, "scope") == 0;
        if (scope && scopes == NULL) {
            out_error("--scope %s stands before the --app that it is for",
                      a->value);
            return SC_EINVAL;
        }
        if (app) {
            scopes = grant_of(grants, a->value);
        }
        if ((app && scopes == NULL)
            || (scope
                && json_array_append_new(scopes, json_string(a->value))
                       != 0)) {
            out_error("--%s: not valid UTF-8", a->option->name);
            return SC_EINVAL;
        }
    }

    return 0;
}


/* The fields of the request that have a value. */
static json_t *
read_request(const struct args *args)
{
    static const struct {
        const char *option, *field;
    } texts[] = {{"user", "user"},
                 {"name", "name"},
                 {"purpose", "purpose"},
                 {"expires", "expires"}};
    json_t *out = json_object(), *grants = json_object();
    json_t *addresses = json_array();
    const char *value;
    long days = 0;
    int rc;

    (void) json_object_set_new(out, "grants", grants);
    (void) json_object_set_new(out, "addresses", addresses);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        value = args_text(args, texts[i].option);
        if (value != NULL
            && json_object_set_new(out, texts[i].field, json_string(value))
                   != 0) {
            out_error("--%s: not valid UTF-8", texts[i].option);
            goto fail;
        }
    }

    for (size_t i = 0; i < args->nitems; i++) {
        if (strcmp(args->items[i].option->name, "address") == 0) {
            (void) json_array_append_new(addresses,
                                         json_string(args->items[i].value));
        }
    }

    rc = args_number(args, "days", DAYS_MAX, &days);
    if (rc == SC_EINVAL || read_grants(args, grants) != 0) {
        goto fail;
    }
    if (rc == 0) {
        (void) json_object_set_new(out, "days", json_integer(days));
    }

    return out;

fail:
    json_decref(out);

    return NULL;
}


static bool
holds(const json_t *list, const json_t *value)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (json_equal(item, value)) {
            return true;
        }
    }

    return false;
}


/* Name the scopes that the ceiling does not allow now: they were granted, and
 * would come into force with the ceiling. */
static void
print_warnings(const json_t *token)
{
    const json_t *grants = json_object_get(token, "grants");
    const json_t *effective = json_object_get(token, "effective");
    char *policy = out_value(json_object_get(token, "policy"));
    json_t *scopes;
    const json_t *within, *scope;
    const char *app;
    size_t i;

    json_object_foreach((json_t *) grants, app, scopes)
    {
        within = json_object_get(json_object_get(effective, app), "scopes");
        json_array_foreach(scopes, i, scope)
        {
            if (!holds(within, scope)) {
                out_warning("app %s: scope %s is above the ceiling of policy "
                            "\"%s\" now",
                            app, json_string_value(scope), policy);
            }
        }
    }
    free(policy);
}


static int
token_create(const struct args *args)
{
    json_t *request, *answer = NULL;
    const char *token;
    int status;

    if (args_flag(args, "days") && args_flag(args, "expires")) {
        out_error("--days and --expires exclude each other");
        return CMD_ERROR;
    }

    request = read_request(args);
    if (request == NULL) {
        return CMD_ERROR;
    }
    status = client_ask("POST", "/tokens", request, &answer);
    json_decref(request);
    if (status != CMD_OK) {
        return status;
    }

    token = json_string_value(json_object_get(answer, "token"));
    if (token == NULL) {
        out_error("the daemon's answer holds no token");
        status = CMD_ERROR;
    } else if (args->json) {
        out_json(answer);
    } else {
        out_print(stdout, "%s\n", token);
    }
    print_warnings(answer);
    json_decref(answer);

    return status;
}


static int
token_list(const struct args *args)
{
    static const char *const filters[] = {"user", "app", "status"};
    char *path = strdup("/tokens");
    char *filter, *longer;
    const char *value;

    for (size_t i = 0; i < 3 && path != NULL; i++) {
        value = args_text(args, filters[i]);
        if (value == NULL) {
            continue;
        }
        filter = client_path("=", value, "");
        if (filter == NULL
            || asprintf(&longer, "%s%c%s%s", path,
                        strchr(path, '?') == NULL ? '?' : '&', filters[i],
                        filter)
                   == -1) {
            longer = NULL;
        }
        free(filter);
        free(path);
        path = longer;
    }

    return show_list(args, path, list_columns);
}


static int
token_show(const struct args *args)
{
    return show_one(args, client_path("/tokens/", args->operands[0], ""));
}


static int
token_revoke(const struct args *args)
{
    char *path = client_path("/tokens/", args->operands[0], "/revoke");
    json_t *answer = NULL;
    int status;

    status = client_ask("POST", path, NULL, &answer);
    if (status == CMD_OK && args->json) {
        out_json(answer);
    } else if (status == CMD_OK) {
        out_print(stdout, "revoked %s\n", args->operands[0]);
    }
    json_decref(answer);
    free(path);

    return status;
}


static const struct option create_options[] = {
    {"user", "EMAIL", OPTION_REQUIRED, "owner"},
    {"app", "NAME", OPTION_REQUIRED | OPTION_MANY,
     "app that the token is for"},
    {"scope", "SCOPE", OPTION_REQUIRED | OPTION_MANY,
     "scope for the --app before it"},
    {"days", "N", 0, "days until it expires"},
    {"expires", "TIME", 0, "when it expires, 2030-01-31T12:00:00Z"},
    {"name", "TEXT", 0, "name, for people"},
    {"purpose", "TEXT", 0, "what it is for"},
    {"address", "CIDR", OPTION_MANY, "network it may be used from"},
    {NULL, NULL, 0, NULL},
};

static const struct option list_options[] = {
    {"user", "EMAIL", 0, "only of this owner"},
    {"app", "NAME", 0, "only for this app"},
    {"status", "STATUS", 0,
     "only active, revoked, expired, blocked or not_yet ones"},
    {NULL, NULL, 0, NULL},
};

const struct command cmd_token[] = {
    {"token create", NULL, 0, 0, create_options,
     "make a token and print it, once", token_create},
    {"token list", NULL, 0, 0, list_options, "list tokens", token_list},
    {"token show", "ID", 1, 1, NULL, "show what is known of a token",
     token_show},
    {"token revoke", "ID", 1, 1, NULL, "revoke a token, at once",
     token_revoke},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};
