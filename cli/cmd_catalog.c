/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_catalog.c - the subcommands of `scopecap catalog`.
 */

#include "cli/cmd_catalog.h"

#include <stdint.h>
#include <stdlib.h>

#include "catalog/file.h"
#include "catalog/import.h"
#include "catalog/openapi.h"
#include "catalog/read.h"
#include "cli/out.h"

static const struct option import_options[] = {
    {"output", "OUT.yaml", OPTION_REQUIRED | OPTION_SHORT('o'),
     "file to write, replaced whole"},
    {"name", "NAME", 0, "name of the catalog, else that of the file"},
    {"any-of", NULL, 0, "of several scopes any one is enough"},
    {"derive-scopes", NULL, 0, "make scopes from class and first path word"},
    {"overrides", "FILE", OPTION_MANY, "reviewed facts that win"},
    {"alias", "PREFIX=AS", OPTION_MANY,
     "paths below AS mean those below "
     "PREFIX"},
    {"error-style", "STYLE", 0, "of refusals: problem or atlassian"},
    {"scheme", "NAME", OPTION_MANY, "of clients: bearer, basic or token"},
    {NULL, NULL, 0, NULL},
};

static const struct option show_options[] = {
    {"class", "CLASS", 0, "only operations of this class"},
    {NULL, NULL, 0, NULL},
};

static const struct option check_options[] = {
    {"overrides", "FILE", OPTION_MANY, "reviewed facts that win"},
    {NULL, NULL, 0, NULL},
};

const struct command cmd_catalog[] = {
    {"catalog import", "DOC...", 1, SIZE_MAX, import_options,
     "make a catalog from OpenAPI documents", cmd_catalog_import},
    {"catalog show", "FILE [OPERATION]", 1, 2, show_options,
     "list the operations of a catalog or document", cmd_catalog_show},
    {"catalog check", "FILE", 1, 1, check_options,
     "say what a catalog covers; exit 1 if an operation has no class",
     cmd_catalog_check},
    {"catalog diff", "OLD NEW", 2, 2, NULL,
     "compare two catalogs; exit 1 if they differ", cmd_catalog_diff},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};


int
cmd_catalog_fault(const struct fault *fault)
{
    char text[FAULT_TEXT_MAX];

    out_print(stderr, "%s\n", fault_text(fault, text));

    return CMD_ERROR;
}


static int
import_alone(const char *file, const struct node *root, struct catalog **out,
             struct fault *fault)
{
    struct catalog *c = catalog_new();
    struct openapi_options options = {NULL, false};
    int rc;

    options.source = import_source_name(c->arena, file);
    c->name = options.source;
    rc = openapi_import(c, root, &options, fault);
    if (rc == 0) {
        rc = import_finish(c, fault);
    }
    if (rc != 0) {
        catalog_free(c);
        return rc;
    }
    *out = c;

    return 0;
}


int
cmd_catalog_load(const char *file, struct catalog **out, struct fault *fault)
{
    struct tree t;
    int rc = file_load(file, &t, fault);

    if (rc != 0) {
        return rc;
    }

    rc = openapi_is(t.root) ? import_alone(file, t.root, out, fault)
                            : catalog_read_tree(t.root, out, fault);
    tree_free(&t);

    return rc;
}
