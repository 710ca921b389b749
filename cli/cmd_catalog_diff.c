/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_catalog_diff.c - what an update of a catalog would change.
 *
 * Exit status 0 for the same operations, 1 for others.
 */

#include "cli/cmd_catalog.h"

#include <stdio.h>

#include "catalog/read.h"
#include "catalog/write.h"
#include "cli/catalog_json.h"


static void
print_scopes(const struct catalog_operation *op)
{
    for (size_t i = 0; i < op->nalternatives; i++) {
        fputs(i == 0 ? "" : " | ", stdout);
        for (size_t j = 0; j < op->alternatives[i].n; j++) {
            printf("%s%s", j == 0 ? "" : "+", op->alternatives[i].scopes[j]);
        }
    }
    if (op->nalternatives == 0) {
        fputs("none", stdout);
    }
}


static void
print_effect(const struct catalog_operation *op)
{
    write_classes(stdout, op->classes);
    if (op->traits != 0) {
        putchar(' ');
        write_traits(stdout, op->traits);
    }
    if (op->nvariants != 0) {
        printf(" and %zu variants", op->nvariants);
    }
}


static void
print_side(enum diff_kind kind, const struct catalog_operation *op)
{
    switch (kind) {
    case DIFF_SCOPES:
        print_scopes(op);
        return;
    case DIFF_CLASSES:
        print_effect(op);
        return;
    default:
        printf("%s %s", sc_method_name(op->method), op->path);
    }
}


static void
print_diff(const struct diff *d)
{
    printf("%-8s %s: ", diff_name(d->kind),
           d->now == NULL ? d->old->id : d->now->id);
    if (d->old != NULL) {
        print_side(d->kind, d->old);
    }
    if (d->old != NULL && d->now != NULL) {
        fputs(" -> ", stdout);
    }
    if (d->now != NULL) {
        print_side(d->kind, d->now);
    }
    putchar('\n');
}


static int
compare(const char *old_file, const char *now_file, bool json)
{
    struct arena *a = arena_new();
    struct fault fault = {.line = 0};
    struct catalog *old = NULL, *now = NULL;
    struct diff *diffs;
    size_t n;
    int status = 2;

    if (catalog_load(old_file, &old, &fault) != 0
        || catalog_load(now_file, &now, &fault) != 0) {
        status = cmd_catalog_fault(&fault);
        goto done;
    }

    n = diff_catalogs(old, now, a, &diffs);
    if (json) {
        catalog_json_diff(stdout, diffs, n);
    }
    for (size_t i = 0; i < n && !json; i++) {
        print_diff(&diffs[i]);
    }
    status = n == 0 ? 0 : 1;

done:
    catalog_free(old);
    catalog_free(now);
    arena_free(a);

    return status;
}


int
cmd_catalog_diff(const struct args *args)
{
    return compare(args->operands[0], args->operands[1], args->json);
}
