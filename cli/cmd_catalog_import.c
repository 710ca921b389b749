/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_catalog_import.c - API documents and override files into a catalog.
 *
 * Several documents make one catalog.  The file is replaced at the very end,
 * whole; on any error it stays as it was.
 */

#include "cli/cmd_catalog.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/file.h"
#include "catalog/import.h"
#include "catalog/openapi.h"
#include "catalog/overrides.h"
#include "catalog/read.h"
#include "catalog/write.h"
#include "cli/out.h"
#include "core/credential.h"

struct plan {
    const struct args *args;
    struct catalog *catalog;
    struct fault fault;
    const char *out;
};

static int
add_alias(struct catalog *c, const char *text)
{
    const char *equals = strchr(text, '=');
    struct catalog_alias *alias;

    if (equals == NULL || text[0] != '/' || equals[1] != '/') {
        out_error("--alias: \"%s\" is not PREFIX=AS, paths both", text);
        return SC_EINVAL;
    }

    alias = arena_push(c->arena, &c->aliases, c->naliases++, sizeof(*alias));
    alias->prefix = arena_copy(c->arena, text, (size_t) (equals - text));
    alias->as = arena_text(c->arena, equals + 1);

    return 0;
}


static int
add_scheme(struct catalog *c, const char *name)
{
    uint32_t scheme = catalog_scheme_parse(name);

    if (scheme == 0) {
        out_error("--scheme: \"%s\" is not bearer, basic or token", name);
        return SC_EINVAL;
    }
    c->schemes |= scheme;

    return 0;
}


static int
set_style(struct catalog *c, const char *name)
{
    if (!catalog_style_parse(name, &c->error_style)) {
        out_error("--error-style: \"%s\" is not problem or atlassian", name);
        return SC_EINVAL;
    }

    return 0;
}


/* One option of those that change the catalog. */
static int
take_option(struct catalog *c, const struct arg *arg)
{
    const char *name = arg->option->name;

    if (strcmp(name, "alias") == 0) {
        return add_alias(c, arg->value);
    }
    if (strcmp(name, "scheme") == 0) {
        return add_scheme(c, arg->value);
    }

    return strcmp(name, "error-style") == 0 ? set_style(c, arg->value) : 0;
}


static int
import_document(struct plan *p, const char *file)
{
    struct openapi_options how = {import_source_name(p->catalog->arena, file),
                                  args_flag(p->args, "any-of")};
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
load_overrides(struct plan *p)
{
    const struct arg *arg = p->args->items;
    size_t count = 0;
    int rc = 0;

    for (size_t i = 0; i < p->args->nitems && rc == 0; i++, arg++) {
        if (strcmp(arg->option->name, "overrides") == 0) {
            rc = overrides_load(p->catalog, arg->value, &count, &p->fault);
        }
    }

    return rc;
}


static int
run_plan(struct plan *p)
{
    struct catalog *c = p->catalog;
    int rc = 0;

    c->name = args_text(p->args, "name");
    if (c->name == NULL) {
        c->name = import_source_name(c->arena, p->out);
    }
    if (c->schemes == 0) {
        c->schemes = SC_SCHEME_BEARER | SC_SCHEME_BASIC;
    }

    for (size_t i = 0; i < p->args->noperands && rc == 0; i++) {
        rc = import_document(p, p->args->operands[i]);
    }
    if (rc == 0) {
        rc = load_overrides(p);
    }
    if (rc == 0) {
        fault_file(&p->fault, p->out);
        rc = import_finish(c, &p->fault);
    }
    if (rc == 0 && args_flag(p->args, "derive-scopes")) {
        import_derive_scopes(c);
    }

    return rc == 0 ? write_out(p) : rc;
}


static void
print_result(const struct plan *p)
{
    json_t *result;

    if (!p->args->json) {
        out_print(stdout, "%s: %zu operations\n", p->out,
                  p->catalog->noperations);
        return;
    }

    result = json_pack("{s:s, s:I}", "file", p->out, "operations",
                       (json_int_t) p->catalog->noperations);
    out_json(result);
    json_decref(result);
}


int
cmd_catalog_import(const struct args *args)
{
    struct plan p = {.args = args,
                     .catalog = catalog_new(),
                     .out = args_text(args, "output")};
    int status = CMD_OK;

    for (size_t i = 0; i < args->nitems && status == CMD_OK; i++) {
        if (take_option(p.catalog, &args->items[i]) != 0) {
            status = CMD_ERROR;
        }
    }
    if (status == CMD_OK && run_plan(&p) != 0) {
        status = cmd_catalog_fault(&p.fault);
    }
    if (status == CMD_OK) {
        print_result(&p);
    }
    catalog_free(p.catalog);

    return status;
}
