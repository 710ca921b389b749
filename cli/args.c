/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.c - the option parser of all commands.
 */

#include "cli/args.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/nearest.h"
#include "cli/out.h"

static const struct option common[] = {
    {"json", NULL, 0, "print JSON"},
    {"help", NULL, OPTION_SHORT('h'), "print this text"},
    {NULL, NULL, 0, NULL},
};


static const struct option *
find_in(const struct option *list, const char *name, size_t len,
        struct nearest *near)
{
    for (; list != NULL && list->name != NULL; list++) {
        if (strlen(list->name) == len && strncmp(list->name, name, len) == 0) {
            return list;
        }
        nearest_try(near, name, list->name);
    }

    return NULL;
}


static const struct option *
find_letter(const struct option *list, char letter)
{
    for (; list != NULL && list->name != NULL; list++) {
        if (letter != '\0' && (char) (list->flags >> 8) == letter) {
            return list;
        }
    }

    return NULL;
}


/* The option of a word that begins with a dash; *value is what stands behind
 * an equals sign, or NULL. */
static const struct option *
find(const struct command *command, const char *word, const char **value)
{
    size_t len = strlen(word + 1);
    const char *name = word + 2, *equal;
    struct nearest near = {NULL, 0};
    const struct option *found;

    *value = NULL;
    if (word[1] != '-') {
        found = len == 1 ? find_letter(command->options, word[1]) : NULL;
        if (found == NULL && len == 1) {
            found = find_letter(common, word[1]);
        }
        if (found == NULL) {
            out_error("%s has no option %s", command->name, word);
        }
        return found;
    }

    equal = strchr(name, '=');
    len = equal == NULL ? strlen(name) : (size_t) (equal - name);
    *value = equal == NULL ? NULL : equal + 1;
    found = find_in(command->options, name, len, &near);
    if (found == NULL) {
        found = find_in(common, name, len, &near);
    }
    if (found == NULL) {
        out_error("%s has no option --%.*s, did you mean --%s?", command->name,
                  (int) len, name, near.best);
    }

    return found;
}


static bool
is_repeated(const struct args *args, const struct option *option)
{
    return (option->flags & OPTION_MANY) == 0
           && args_count(args, option->name) != 0;
}


/* Take the option at word *i and, if it has one, its value. */
static int
take_option(struct args *args, int argc, const char *const *argv, int *i)
{
    const char *value;
    const struct option *option = find(args->command, argv[*i], &value);

    if (option == NULL) {
        return SC_EINVAL;
    }
    if (option->value == NULL && value != NULL) {
        out_error("--%s takes no value", option->name);
        return SC_EINVAL;
    }
    if (option->value != NULL && value == NULL) {
        if (*i + 1 >= argc || strncmp(argv[*i + 1], "--", 2) == 0) {
            out_error("--%s needs a value: %s", option->name, option->value);
            return SC_EINVAL;
        }
        value = argv[++*i];
    }
    if (is_repeated(args, option)) {
        out_error("--%s is given twice", option->name);
        return SC_EINVAL;
    }

    args->items[args->nitems++] = (struct arg){option, value};
    args->json = args->json || option == &common[0];
    args->help = args->help || option == &common[1];

    return 0;
}


static int
take_words(struct args *args, int argc, const char *const *argv)
{
    bool options = true;
    int rc = 0;

    for (int i = 0; i < argc && rc == 0; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
            rc = take_option(args, argc, argv, &i);
        } else {
            args->operands[args->noperands++] = argv[i];
        }
    }

    return rc;
}


static int
check_complete(const struct args *args)
{
    const struct command *c = args->command;
    const struct option *o;

    for (o = c->options; o != NULL && o->name != NULL; o++) {
        if ((o->flags & OPTION_REQUIRED) != 0
            && args_count(args, o->name) == 0) {
            out_error("%s needs --%s %s", c->name, o->name, o->value);
            return SC_EINVAL;
        }
    }

    if (args->noperands < c->min) {
        out_error("%s needs %s", c->name, c->operands);
        return SC_EINVAL;
    }
    if (args->noperands > c->max) {
        out_error("one word too many for %s: %s", c->name,
                  args->operands[c->max]);
        return SC_EINVAL;
    }

    return 0;
}


int
args_parse(const struct command *command, int argc, const char *const *argv,
           struct args *out)
{
    size_t room = (size_t) argc + 1;
    int rc;

    *out = (struct args){.command = command};
    out->items = calloc(room, sizeof(*out->items));
    out->operands = calloc(room, sizeof(*out->operands));
    if (out->items == NULL || out->operands == NULL) {
        out_error("out of memory");
        return SC_EINVAL;
    }

    rc = take_words(out, argc, argv);
    if (rc == 0 && !out->help) {
        rc = check_complete(out);
    }

    return rc;
}


void
args_done(struct args *args)
{
    free(args->items);
    free(args->operands);
    *args = (struct args){0};
}


const char *
args_text(const struct args *args, const char *name)
{
    for (size_t i = 0; i < args->nitems; i++) {
        if (strcmp(args->items[i].option->name, name) == 0) {
            return args->items[i].value;
        }
    }

    return NULL;
}


size_t
args_count(const struct args *args, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < args->nitems; i++) {
        n += strcmp(args->items[i].option->name, name) == 0 ? 1 : 0;
    }

    return n;
}


bool
args_flag(const struct args *args, const char *name)
{
    return args_count(args, name) != 0;
}


int
args_number(const struct args *args, const char *name, long max, long *out)
{
    const char *text = args_text(args, name);
    char *end;
    long value;

    if (text == NULL) {
        return SC_ENOENT;
    }

    value = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value > max) {
        out_error("--%s: \"%s\" is not a number from 0 to %ld", name, text,
                  max);
        return SC_EINVAL;
    }

    *out = value;

    return 0;
}


void
args_usage(const struct command *command, FILE *to)
{
    const struct option *o;
    bool needed, many;

    fprintf(to, "usage: scopecap %s", command->name);
    for (o = command->options; o != NULL && o->name != NULL; o++) {
        needed = (o->flags & OPTION_REQUIRED) != 0;
        many = (o->flags & OPTION_MANY) != 0;
        fprintf(to, " %s--%s%s%s%s%s", needed ? "" : "[", o->name,
                o->value == NULL ? "" : " ", o->value == NULL ? "" : o->value,
                needed ? "" : "]", many ? "..." : "");
    }
    fprintf(to, " [--json]%s%s\n", command->operands == NULL ? "" : " ",
            command->operands == NULL ? "" : command->operands);
}


static void
list_options(const struct option *list, FILE *to)
{
    char left[64], letter[8];

    for (; list != NULL && list->name != NULL; list++) {
        (void) snprintf(letter, sizeof(letter), "-%c, ",
                        (char) (list->flags >> 8));
        (void) snprintf(left, sizeof(left), "%s--%s%s%s",
                        list->flags >> 8 == 0 ? "" : letter, list->name,
                        list->value == NULL ? "" : " ",
                        list->value == NULL ? "" : list->value);
        fprintf(to, "  %-24s %s\n", left, list->help);
    }
}


void
args_help(const struct command *command, FILE *to)
{
    args_usage(command, to);
    fprintf(to, "\n%s\n\noptions:\n", command->help);
    list_options(command->options, to);
    list_options(common, to);
}
