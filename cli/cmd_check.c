/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_check.c - would this call be allowed, and why.
 *
 * Asks the daemon, or with --image decides here.  Exits 0 for allow, 1 for
 * refuse and 2 when there is no decision, so that a script can tell a
 * refusal from a mistake.
 */

#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/out.h"


static json_t *
scopes_of(const struct args *args)
{
    json_t *scopes = json_array();

    for (size_t i = 0; i < args->nitems; i++) {
        if (strcmp(args->items[i].option->name, "scope") == 0) {
            (void) json_array_append_new(scopes,
                                         json_string(args->items[i].value));
        }
    }

    return scopes;
}


static int
ask_daemon(const struct args *args, json_t **out)
{
    json_t *question;
    int status;

    question =
        json_pack("{s:s, s:s, s:s, s:s}", "policy", args_text(args, "policy"),
                  "app", args_text(args, "app"), "method", args->operands[0],
                  "target", args->operands[1]);
    if (question == NULL) {
        out_error("check: the words have to be UTF-8");
        return CMD_ERROR;
    }
    if (args_count(args, "scope") != 0) {
        (void) json_object_set_new(question, "scopes", scopes_of(args));
    }

    status = client_ask("POST", "/check", question, out);
    json_decref(question);

    return status;
}


/* Which of the three kinds of question it is; the options have to fit. */
static int
check_options(const struct args *args)
{
    bool image = args_flag(args, "image");
    bool token = args_flag(args, "token-file");
    bool policy = args_flag(args, "policy") && args_flag(args, "app");

    if (token && !image) {
        out_error("--token-file needs --image");
        return SC_EINVAL;
    }
    if (token
        && (args_flag(args, "policy") || args_flag(args, "app")
            || args_flag(args, "scope"))) {
        out_error("--token-file says policy, app and scopes by itself");
        return SC_EINVAL;
    }
    if (!token
        && (args_flag(args, "email") || args_flag(args, "host")
            || args_flag(args, "address"))) {
        out_error("--email, --host and --address need --token-file");
        return SC_EINVAL;
    }
    if (!token && !policy) {
        out_error("check needs --policy and --app, or --image and "
                  "--token-file");
        return SC_EINVAL;
    }

    return 0;
}


static void
print_decision(const json_t *decision, bool allowed)
{
    static const struct column columns[] = {
        {"reason:", "reason"},
        {"layer:", "layer"},
        {"operation:", "operation"},
        {"classes:", "classes"},
        {"traits:", "traits"},
        {"missing classes:", "missing_classes"},
        {"denied traits:", "denied_traits"},
        {"missing scopes:", "missing_scopes"},
        {NULL, NULL},
    };
    const char *detail =
        json_string_value(json_object_get(decision, "detail"));

    out_print(stdout, "%s: %s\n", allowed ? "allow" : "refuse",
              detail == NULL ? "" : detail);
    out_object(columns, decision);
}


static int
run_check(const struct args *args)
{
    const char *image = args_text(args, "image");
    const char *effect;
    json_t *decision = NULL;
    bool allowed;
    int rc;

    rc = check_options(args);
    if (rc == 0) {
        rc = image == NULL ? ask_daemon(args, &decision)
                           : check_image(image, args, &decision);
    }
    if (rc != 0) {
        return CMD_ERROR;
    }

    effect = json_string_value(json_object_get(decision, "effect"));
    allowed =
        effect != NULL && strcmp(effect, "refuse") != 0
        && (strcmp(effect, "allow") == 0 || strcmp(effect, "answer") == 0);
    if (args->json) {
        out_json(decision);
    } else {
        print_decision(decision, allowed);
    }
    json_decref(decision);

    return allowed ? CMD_OK : CMD_NO;
}


static const struct option check_options_list[] = {
    {"policy", "NAME", 0, "policy to ask"},
    {"app", "NAME", 0, "app whose operation it is"},
    {"scope", "SCOPE", OPTION_MANY,
     "scope that the token has; without any: all scopes"},
    {"image", "DIR", 0, "decide here, from this runtime directory"},
    {"token-file", "FILE", 0, "with --image: decide for the token in it"},
    {"email", "EMAIL", 0, "with --token-file: user name of Basic"},
    {"host", "HOST", 0, "with --token-file: Host of the call, localhost"},
    {"address", "IP", 0,
     "with --token-file: address of the client, 127.0.0.1"},
    {NULL, NULL, 0, NULL},
};

const struct command cmd_check[] = {
    {"check", "METHOD PATH", 2, 2, check_options_list,
     "say whether a call would be allowed, and why", run_check},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};
