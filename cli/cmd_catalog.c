/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_catalog.c - the subcommands of `scopecap catalog`.
 */

#include "cli/cmd_catalog.h"

#include <stdio.h>
#include <string.h>

#include "catalog/file.h"
#include "catalog/import.h"
#include "catalog/openapi.h"
#include "catalog/read.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
} subcommands[] = {
    {"import", cmd_catalog_import,
     "DOC... [--name N] [--any-of] [--derive-scopes] [--overrides FILE]...\n"
     "         [--alias PREFIX=AS]... [--error-style S] [--scheme S]... "
     "-o OUT.yaml"},
    {"show", cmd_catalog_show, "FILE [--class C] [--json] [OPERATION]"},
    {"check", cmd_catalog_check, "FILE [--overrides FILE]... [--json]"},
    {"diff", cmd_catalog_diff, "OLD NEW [--json]"},
};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))


static void
usage(FILE *f)
{
    fputs("usage:\n", f);
    for (size_t i = 0; i < SUBCOMMANDS; i++) {
        fprintf(f, "  scopecap catalog %s %s\n", subcommands[i].name,
                subcommands[i].usage);
    }
}


int
cmd_catalog_fault(const struct fault *fault)
{
    char text[FAULT_TEXT_MAX];

    fprintf(stderr, "%s\n", fault_text(fault, text));

    return 2;
}


int
cmd_catalog_usage(const char *what, const char *about)
{
    fprintf(stderr, "scopecap catalog: %s%s%s\n", what,
            about == NULL ? "" : ": ", about == NULL ? "" : about);

    return 2;
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


int
cmd_catalog(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }

    for (size_t i = 0; i < SUBCOMMANDS; i++) {
        if (strcmp(argv[1], subcommands[i].name) == 0) {
            return subcommands[i].run(argc - 1, argv + 1);
        }
    }

    return cmd_catalog_usage("unknown subcommand", argv[1]);
}
