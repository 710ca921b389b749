/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - scopecap: what an admin does from a shell or CI.
 *
 * Exit status: 0 done or allowed, 1 a plain "no" (refused, unclassified,
 * different), 2 an error, said in one line on standard error.
 */

#include <stdio.h>
#include <string.h>

#include "cli/cmd_catalog.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"catalog", cmd_catalog, "import, show, check and compare catalogs"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))


static void
usage(FILE *f)
{
    fputs("usage: scopecap COMMAND ...\n\n", f);
    for (size_t i = 0; i < COMMANDS; i++) {
        fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].help);
    }
}


int
main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("scopecap " SCOPECAP_VERSION);
        return 0;
    }

    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "scopecap: unknown command \"%s\"\n", argv[1]);

    return 2;
}
