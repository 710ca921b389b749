/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_ARGS_H
#define SC_CLI_ARGS_H

/*
 * args.h - what a command takes, and what it was given.
 *
 * A command is a row of a table: the parser, the help text and the errors
 * come from that row, so none of them can forget an option.  Options take
 * their value as "--name value" or "--name=value", a few also as "-n value",
 * and keep the order they were given in.  "--" ends them.  --json and --help
 * are options of every command and are not listed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/error.h"

enum { OPTION_REQUIRED = 1, OPTION_MANY = 2 };

/* Also known by one letter behind one dash. */
#define OPTION_SHORT(letter) ((unsigned) (letter) << 8)

struct option {
    const char *name;  /* without the dashes; NULL ends a list */
    const char *value; /* word for its value; NULL: a flag */
    unsigned flags;
    const char *help;
};

struct args;

struct command {
    const char *name;                    /* "apply", "token create" */
    const char *operands;                /* as in the usage line, NULL: none */
    size_t min, max;                     /* how many operands */
    const struct option *options;        /* NULL: none of its own */
    const char *help;                    /* one line */
    int (*run)(const struct args *args); /* returns the exit status */
};

struct arg {
    const struct option *option;
    const char *value; /* NULL for a flag */
};

struct args {
    const struct command *command;
    struct arg *items; /* options in their order */
    size_t nitems;
    const char **operands;
    size_t noperands;
    bool json, help;
};

/*
 * Parse the words behind the command's name.  Returns 0, or SC_EINVAL after
 * a line on standard error.  End with args_done() in both cases.  Borrows
 * argv and the command.
 */
int args_parse(const struct command *command, int argc,
               const char *const *argv, struct args *out) SC_MUSTCHECK;

void args_done(struct args *args);

/* Value of an option, NULL if it was not given. */
const char *args_text(const struct args *args, const char *name);

bool args_flag(const struct args *args, const char *name);

/* How often an option was given. */
size_t args_count(const struct args *args, const char *name);

void args_usage(const struct command *command, FILE *to);
void args_help(const struct command *command, FILE *to);

/* The value as a number of 0..max; SC_EINVAL after a line on standard error,
 * SC_ENOENT if the option was not given. */
int args_number(const struct args *args, const char *name, long max,
                long *out) SC_MUSTCHECK;

#endif
