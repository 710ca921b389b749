/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_catalog_check.c - what a catalog or an API document covers.
 *
 * Exit status 1 if an operation is not classified: it would be refused.
 */

#include "cli/cmd_catalog.h"

#include <stdio.h>
#include <string.h>

#include "catalog/check.h"
#include "catalog/overrides.h"
#include "cli/catalog_json.h"


static void
print_list(const struct catalog *c, const char *title, bool unclassified)
{
    const struct catalog_operation *op;

    printf("\n%s\n", title);
    for (size_t i = 0; i < c->noperations; i++) {
        op = &c->operations[i];
        if (unclassified ? op->classes == 0 : op->nalternatives == 0) {
            printf("  %-6s %s  %s\n", sc_method_name(op->method), op->path,
                   op->id);
        }
    }
}


static void
print_report(const struct catalog *c, const struct check_report *r)
{
    printf("%s: %zu operations on %zu paths\n", c->name, r->operations,
           r->paths);
    for (unsigned i = 0; i < SC_CLASSES; i++) {
        printf("  %-18s %6zu\n", sc_class_name(i), r->classes[i]);
    }
    printf("  %-18s %6zu\n", "unclassified", r->unclassified);
    printf("  %-18s %6zu\n", "without scope", r->without_scope);
    printf("  %-18s %6zu\n", "overrides", r->overrides);
    printf("pairs of paths that one request can fit\n");
    printf("  %-18s %6zu\n", "literal/parameter", r->literal_parameter);
    printf("  %-18s %6zu\n", "crossing", r->crossing);
    printf("  %-18s %6zu\n", "same shape", r->same_shape);
    if (r->unclassified != 0) {
        print_list(c, "unclassified", true);
    }
    if (r->without_scope != 0) {
        print_list(c, "without scope", false);
    }
}


int
cmd_catalog_check(const struct args *args)
{
    struct fault fault = {.line = 0};
    struct check_report report;
    struct catalog *c = NULL;
    size_t count = 0;
    int status = CMD_ERROR, rc;

    rc = cmd_catalog_load(args->operands[0], &c, &fault);
    for (size_t i = 0; i < args->nitems && rc == 0; i++) {
        if (strcmp(args->items[i].option->name, "overrides") == 0) {
            rc = overrides_load(c, args->items[i].value, &count, &fault);
        }
    }
    if (rc != 0) {
        status = cmd_catalog_fault(&fault);
        goto done;
    }

    check_catalog(c, &report);
    if (args->json) {
        catalog_json_check(stdout, c, &report);
    } else {
        print_report(c, &report);
    }
    status = report.unclassified == 0 ? CMD_OK : CMD_NO;

done:
    catalog_free(c);

    return status;
}
