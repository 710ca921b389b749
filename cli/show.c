/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show.c - fetch and print.
 */

#include "cli/show.h"

#include <stdlib.h>

#include "cli/client.h"
#include "cli/cmd.h"


int
show_list(const struct args *args, char *path, const struct column *columns)
{
    struct client *client = NULL;
    json_t *items = NULL;
    int status = CMD_ERROR;

    if (path == NULL || client_open(&client) != 0) {
        goto done;
    }

    status = client_list(client, path, &items);
    if (status == CMD_OK && args->json) {
        out_json(items);
    } else if (status == CMD_OK) {
        out_table(columns, items);
    }

done:
    json_decref(items);
    client_free(client);
    free(path);

    return status;
}


int
show_one(const struct args *args, char *path)
{
    json_t *object = NULL;
    int status;

    status = client_ask("GET", path, NULL, &object);
    if (status == CMD_OK && args->json) {
        out_json(object);
    } else if (status == CMD_OK) {
        out_pretty(object);
    }
    json_decref(object);
    free(path);

    return status;
}
