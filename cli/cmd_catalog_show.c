/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_catalog_show.c - the operations of a catalog, all or one or of a
 * class.
 */

#include "cli/cmd_catalog.h"

#include <stdio.h>
#include <string.h>

#include "catalog/nearest.h"
#include "catalog/write.h"
#include "cli/catalog_json.h"
#include "cli/out.h"

struct choice {
    uint32_t class; /* 0: any */
    const char *id; /* NULL: any */
    bool json;
};


static bool
chosen(const struct catalog_operation *op, const void *about)
{
    const struct choice *choice = about;

    if (choice->id != NULL && strcmp(op->id, choice->id) != 0) {
        return false;
    }

    return choice->class == 0 || (op->classes & choice->class) != 0;
}


static void
print_details(const struct catalog_operation *op)
{
    for (size_t i = 0; i < op->nalternatives; i++) {
        fputs(i == 0 ? "  scopes: " : "      or: ", stdout);
        for (size_t j = 0; j < op->alternatives[i].n; j++) {
            printf("%s%s", j == 0 ? "" : " + ", op->alternatives[i].scopes[j]);
        }
        putchar('\n');
    }
    if (op->nalternatives == 0) {
        puts("  scopes: none known");
    }

    for (size_t i = 0; i < op->nvariants; i++) {
        printf("  with %s %s=%s: ", op->variants[i].body ? "body" : "query",
               op->variants[i].name, op->variants[i].value);
        write_classes(stdout, op->variants[i].classes);
        putchar('\n');
    }
    if (op->why != NULL) {
        printf("  why: %s\n", op->why);
    }
    if (op->source != NULL) {
        printf("  from: %s\n", op->source);
    }
}


static void
print_operations(const struct catalog *c, const struct choice *choice)
{
    const struct catalog_operation *op;

    for (size_t i = 0; i < c->noperations; i++) {
        op = &c->operations[i];
        if (!chosen(op, choice)) {
            continue;
        }
        printf("%-6s %s  %s  ", sc_method_name(op->method), op->path, op->id);
        write_classes(stdout, op->classes);
        if (op->traits != 0) {
            putchar(' ');
            write_traits(stdout, op->traits);
        }
        putchar('\n');
        if (choice->id != NULL) {
            print_details(op);
        }
    }
}


static int
unknown_operation(const struct catalog *c, const char *id)
{
    struct nearest near = {NULL, 0};

    for (size_t i = 0; i < c->noperations; i++) {
        nearest_try(&near, id, c->operations[i].id);
    }
    out_error("no operation \"%s\", the nearest is \"%s\"", id,
              near.best == NULL ? "" : near.best);

    return CMD_ERROR;
}


static int
unknown_class(const char *class)
{
    struct nearest near = {NULL, 0};

    for (unsigned i = 0; i < SC_CLASSES; i++) {
        nearest_try(&near, class, sc_class_name(i));
    }
    out_error("--class: unknown class \"%s\", did you mean \"%s\"?", class,
              near.best);

    return CMD_ERROR;
}


static bool
any_chosen(const struct catalog *c, const struct choice *choice)
{
    for (size_t i = 0; i < c->noperations; i++) {
        if (chosen(&c->operations[i], choice)) {
            return true;
        }
    }

    return false;
}


static int
show(const char *file, const struct choice *choice)
{
    struct fault fault = {.line = 0};
    struct catalog *c = NULL;
    int status = 0;

    if (cmd_catalog_load(file, &c, &fault) != 0) {
        return cmd_catalog_fault(&fault);
    }

    if (choice->id != NULL && !any_chosen(c, choice)) {
        status = unknown_operation(c, choice->id);
    } else if (choice->json) {
        catalog_json_operations(stdout, c, chosen, choice);
    } else {
        print_operations(c, choice);
    }
    catalog_free(c);

    return status;
}


int
cmd_catalog_show(const struct args *args)
{
    const char *class = args_text(args, "class");
    struct choice choice = {.json = args->json};

    if (class != NULL) {
        choice.class = sc_class_parse(sc_str_c(class));
        if (choice.class == 0) {
            return unknown_class(class);
        }
    }
    if (args->noperands == 2) {
        choice.id = args->operands[1];
    }

    return show(args->operands[0], &choice);
}
