/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - scopecap: what an admin does from a shell or from CI.
 *
 * Finds the command in the tables, has its words parsed, runs it.
 */

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "catalog/nearest.h"
#include "cli/cmd.h"
#include "cli/out.h"

static const struct command *const tables[] = {
    cmd_apply, cmd_token, cmd_check, cmd_explain, cmd_list, cmd_catalog,
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))


static void
usage(FILE *to)
{
    fprintf(to, "usage: scopecap COMMAND [option]...\n\ncommands:\n");
    for (size_t i = 0; i < TABLES; i++) {
        for (const struct command *c = tables[i]; c->name != NULL; c++) {
            fprintf(to, "  %-16s %s\n", c->name, c->help);
        }
    }
    fprintf(to,
            "\n`scopecap COMMAND --help` lists the options of a command, "
            "`scopecap --version`\nprints the version.  SCOPECAP_URL (%s)"
            " and\nSCOPECAP_KEY_FILE say where the daemon is and who asks.\n",
            "http://127.0.0.1:8081");
}


/* The command that the first one or two words name; *words says how many. */
static const struct command *
find(int argc, char **argv, int *words)
{
    const struct command *c;
    size_t len;

    for (size_t i = 0; i < TABLES; i++) {
        for (c = tables[i]; c->name != NULL; c++) {
            len = strcspn(c->name, " ");
            if (strlen(argv[0]) != len
                || strncmp(c->name, argv[0], len) != 0) {
                continue;
            }
            if (c->name[len] == '\0') {
                *words = 1;
                return c;
            }
            if (argc > 1 && strcmp(c->name + len + 1, argv[1]) == 0) {
                *words = 2;
                return c;
            }
        }
    }

    return NULL;
}


/* Say which command is not known, and which one may be meant. */
static int
unknown(int argc, char **argv)
{
    struct nearest near = {NULL, 0};
    char word[NEAREST_MAX];
    bool two = argc > 1 && argv[1][0] != '-';

    (void) snprintf(word, sizeof(word), "%s%s%s", argv[0], two ? " " : "",
                    two ? argv[1] : "");
    for (size_t i = 0; i < TABLES; i++) {
        for (const struct command *c = tables[i]; c->name != NULL; c++) {
            nearest_try(&near, word, c->name);
        }
    }
    out_error("unknown command \"%s\", did you mean \"%s\"?", word, near.best);

    return CMD_ERROR;
}


static int
run(int argc, char **argv)
{
    const struct command *command;
    struct args args;
    int status = CMD_ERROR;
    int words = 0;

    command = find(argc, argv, &words);
    if (command == NULL) {
        return unknown(argc, argv);
    }

    if (args_parse(command, argc - words, (const char *const *) argv + words,
                   &args)
        != 0) {
        args_usage(command, stderr);
    } else if (args.help) {
        args_help(command, stdout);
        status = CMD_OK;
    } else {
        status = command->run(&args);
    }
    args_done(&args);

    return status;
}


int
main(int argc, char **argv)
{
    const struct rlimit none = {0, 0};
    int status;

    /* The admin key and upstream secrets pass through this process. */
    (void) setrlimit(RLIMIT_CORE, &none);

    if (argc < 2) {
        usage(stderr);
        return CMD_ERROR;
    }

    if (strcmp(argv[1], "--version") == 0) {
        printf("scopecap %s\n", SCOPECAP_VERSION);
        status = CMD_OK;
    } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        usage(stdout);
        status = CMD_OK;
    } else {
        status = run(argc - 1, argv + 1);
    }

    if (fflush(stdout) != 0 || ferror(stdout)) {
        out_error("cannot write to standard output");
        return CMD_ERROR;
    }

    return status;
}
