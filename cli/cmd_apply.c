/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_apply.c - make the system equal to a file.
 *
 * The daemon takes all of it or nothing; what it finds wrong comes back with
 * a place, which is shown as a line of the file.
 */

#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/config.h"
#include "cli/out.h"


static void
print_change(const json_t *change)
{
    static const struct {
        const char *action, *line;
    } words[] = {{"create", "+ create"},
                 {"update", "~ change"},
                 {"delete", "- remove"}};
    const char *action = json_string_value(json_object_get(change, "action"));
    const char *detail = json_string_value(json_object_get(change, "detail"));
    char *kind = out_value(json_object_get(change, "kind"));
    char *name = out_value(json_object_get(change, "name"));
    const char *line = action;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (action != NULL && strcmp(words[i].action, action) == 0) {
            line = words[i].line;
        }
    }
    out_print(stdout, "%s %s %s", line, kind, name);
    if (detail != NULL && detail[0] != '\0') {
        out_print(stdout, ": %s", detail);
    }
    out_print(stdout, "\n");
    free(kind);
    free(name);
}


static void
print_changes(const json_t *changes)
{
    const json_t *change;
    size_t i;

    json_array_foreach(changes, i, change)
    {
        print_change(change);
    }
    if (json_array_size(changes) == 0) {
        out_print(stdout, "no changes\n");
    }
}


/* FILE:LINE: detail, where the problem has a place in the file. */
static void
print_problem(const char *file, const struct config *config,
              const struct answer *answer)
{
    const char *pointer =
        json_string_value(json_object_get(answer->body, "pointer"));
    uint32_t line = pointer == NULL ? 0 : config_line(config, pointer);

    if (pointer == NULL) {
        (void) answer_ok(answer);
    } else if (line == 0) {
        out_print(stderr, "%s: %s\n", file, answer_detail(answer));
    } else {
        out_print(stderr, "%s:%u: %s\n", file, line, answer_detail(answer));
    }
}


static void
print_plan(const struct args *args, const json_t *plan)
{
    const char *gateway = json_string_value(json_object_get(plan, "gateway"));

    if (args->json) {
        out_json(plan);
    } else {
        print_changes(json_object_get(plan, "changes"));
    }
    if (gateway != NULL && strcmp(gateway, "not_running") == 0
        && !args_flag(args, "dry-run")) {
        out_warning("the gateway is not running");
    }
}


static int
send(const struct args *args, const char *file, const struct config *config)
{
    struct answer answer = {0, NULL};
    struct client *client = NULL;
    int status = CMD_ERROR;
    json_t *request;

    request =
        json_pack("{s:O, s:O, s:b}", "config", config->body, "catalogs",
                  config->catalogs, "dry_run", args_flag(args, "dry-run"));
    if (request == NULL || client_open(&client) != 0
        || client_call(client, "POST", "/apply", request, &answer) != 0) {
        goto done;
    }

    if (answer.status >= 300) {
        print_problem(file, config, &answer);
        status = client_status(&answer);
    } else {
        print_plan(args, answer.body);
        status = CMD_OK;
    }

done:
    answer_done(&answer);
    json_decref(request);
    client_free(client);

    return status;
}


static int
run_apply(const struct args *args)
{
    const char *file = args->operands[0];
    struct fault fault = {0};
    char text[FAULT_TEXT_MAX];
    struct config config;
    int status;

    if (config_read(file, &config, &fault) != 0) {
        out_print(stderr, "%s\n", fault_text(&fault, text));
        return CMD_NO;
    }

    status = send(args, file, &config);
    config_done(&config);

    return status;
}


static const struct option options[] = {
    {"dry-run", NULL, 0, "print the plan and change nothing"},
    {NULL, NULL, 0, NULL},
};

const struct command cmd_apply[] = {
    {"apply", "FILE", 1, 1, options,
     "make apps, policies and users equal to a file", run_apply},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};
