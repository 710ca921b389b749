/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_catalog_import.c - API documents and override files into a catalog.
 *
 * Several documents make one catalog.  The file is replaced at the very end,
 * whole; on any error it stays as it was.
 */

#include "cli/cmd_catalog.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/file.h"
#include "catalog/import.h"
#include "catalog/openapi.h"
#include "catalog/overrides.h"
#include "catalog/read.h"
#include "catalog/write.h"
#include "core/credential.h"

struct plan {
    struct catalog *catalog;
    struct fault fault;
    const char *out;
    const char **overrides; /* files */
    size_t noverrides;
    bool any_of, derive;
};

enum option_code {
    OPTION_NAME = 256,
    OPTION_ANY_OF,
    OPTION_DERIVE,
    OPTION_OVERRIDES,
    OPTION_ALIAS,
    OPTION_STYLE,
    OPTION_SCHEME
};

static const struct option options[] = {
    {"name", required_argument, NULL, OPTION_NAME},
    {"any-of", no_argument, NULL, OPTION_ANY_OF},
    {"derive-scopes", no_argument, NULL, OPTION_DERIVE},
    {"overrides", required_argument, NULL, OPTION_OVERRIDES},
    {"alias", required_argument, NULL, OPTION_ALIAS},
    {"error-style", required_argument, NULL, OPTION_STYLE},
    {"scheme", required_argument, NULL, OPTION_SCHEME},
    {"output", required_argument, NULL, 'o'},
    {NULL, 0, NULL, 0},
};


static int
add_alias(struct catalog *c, const char *text)
{
    const char *equals = strchr(text, '=');
    struct catalog_alias *alias;

    if (equals == NULL || text[0] != '/' || equals[1] != '/') {
        return cmd_catalog_usage("an alias is PREFIX=AS, paths both", text);
    }

    alias = arena_push(c->arena, &c->aliases, c->naliases++, sizeof(*alias));
    alias->prefix = arena_copy(c->arena, text, (size_t) (equals - text));
    alias->as = arena_text(c->arena, equals + 1);

    return 0;
}


static int
take_option(struct plan *p, int option)
{
    struct catalog *c = p->catalog;
    const char **file;
    uint32_t scheme;

    switch (option) {
    case OPTION_NAME:
        c->name = optarg;
        return 0;
    case OPTION_ANY_OF:
        p->any_of = true;
        return 0;
    case OPTION_DERIVE:
        p->derive = true;
        return 0;
    case OPTION_OVERRIDES:
        file = arena_push(c->arena, &p->overrides, p->noverrides++,
                          sizeof(*file));
        *file = optarg;
        return 0;
    case OPTION_ALIAS:
        return add_alias(c, optarg);
    case OPTION_STYLE:
        return catalog_style_parse(optarg, &c->error_style)
                   ? 0
                   : cmd_catalog_usage("error style is problem or atlassian",
                                       optarg);
    case OPTION_SCHEME:
        scheme = catalog_scheme_parse(optarg);
        c->schemes |= scheme;
        return scheme != 0 ? 0
                           : cmd_catalog_usage("scheme is bearer, basic or "
                                               "token",
                                               optarg);
    case 'o':
        p->out = optarg;
        return 0;
    default:
        return 2;
    }
}


static int
import_document(struct plan *p, const char *file)
{
    struct openapi_options how = {import_source_name(p->catalog->arena, file),
                                  p->any_of};
    struct tree t;
    int rc = file_load(file, &t, &p->fault);

    if (rc != 0) {
        return rc;
    }

    rc = openapi_import(p->catalog, t.root, &how, &p->fault);
    tree_free(&t);

    return rc;
}


/* What was written has to be a catalog that any reader takes. */
static int
write_out(struct plan *p)
{
    struct catalog *again = NULL;
    char *text = NULL;
    size_t len = 0;
    int rc = catalog_write(p->catalog, &text, &len);

    if (rc != 0) {
        return fault_set(&p->fault, rc, 0, "%s", sc_strerror(rc));
    }

    rc = catalog_read(p->out, text, len, &again, &p->fault);
    if (rc == 0) {
        rc = file_replace(p->out, text, len, &p->fault);
    }
    catalog_free(again);
    free(text);

    return rc;
}


static int
run_plan(struct plan *p, char *const *documents)
{
    struct catalog *c = p->catalog;
    size_t count = 0;
    int rc = 0;

    if (c->name == NULL) {
        c->name = import_source_name(c->arena, p->out);
    }
    if (c->schemes == 0) {
        c->schemes = SC_SCHEME_BEARER | SC_SCHEME_BASIC;
    }

    for (; *documents != NULL && rc == 0; documents++) {
        rc = import_document(p, *documents);
    }
    for (size_t i = 0; i < p->noverrides && rc == 0; i++) {
        rc = overrides_load(c, p->overrides[i], &count, &p->fault);
    }
    if (rc == 0) {
        fault_file(&p->fault, p->out);
        rc = import_finish(c, &p->fault);
    }
    if (rc == 0 && p->derive) {
        import_derive_scopes(c);
    }

    return rc == 0 ? write_out(p) : rc;
}


int
cmd_catalog_import(int argc, char **argv)
{
    struct plan p = {.catalog = catalog_new()};
    int option, status = 0;

    optind = 1;
    while (status == 0
           && (option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        status = take_option(&p, option);
    }
    if (status == 0 && (optind >= argc || p.out == NULL)) {
        status =
            cmd_catalog_usage("import needs a document and -o FILE", NULL);
    }
    if (status == 0 && run_plan(&p, argv + optind) != 0) {
        status = cmd_catalog_fault(&p.fault);
    }
    if (status == 0) {
        printf("%s: %zu operations\n", p.out, p.catalog->noperations);
    }
    catalog_free(p.catalog);

    return status;
}
