/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_explain.c - what was decided on a call, by the id that its answer
 * carried in X-Request-Id.
 */

#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/out.h"

static const struct column columns[] = {
    {"reason:", "reason"},
    {"layer:", "layer"},
    {"request:", "request_id"},
    {"time:", "time"},
    {"call:", "call"},
    {"from:", "address"},
    {"user:", "user"},
    {"token:", "token"},
    {"policy:", "policy"},
    {"app:", "app"},
    {"operation:", "operation"},
    {"classes:", "classes"},
    {"status:", "status"},
    {"outcome status:", "outcome_status"},
    {NULL, NULL},
};


static void
print_explanation(const json_t *d)
{
    char *effect = out_value(json_object_get(d, "effect"));
    char *detail = out_value(json_object_get(d, "detail"));

    out_print(stdout, "%s: %s\n", effect, detail);
    out_object(columns, d);
    free(effect);
    free(detail);
}


static int
run_explain(const struct args *args)
{
    char *path = client_path("/decisions/%s", args->operands[0]);
    json_t *decision = NULL;
    int status;

    status = client_ask("GET", path, NULL, &decision);
    free(path);
    if (status == CMD_OK && args->json) {
        out_json(decision);
    } else if (status == CMD_OK) {
        print_explanation(decision);
    }
    json_decref(decision);

    return status;
}


const struct command cmd_explain[] = {
    {"explain", "REQUEST-ID", 1, 1, NULL,
     "explain the decision on a call, by its X-Request-Id", run_explain},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};
