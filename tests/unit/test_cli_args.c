/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cli_args.c - what a command was given.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/args.h"

static const struct option options[] = {
    {"user", "EMAIL", OPTION_REQUIRED, "owner"},
    {"scope", "SCOPE", OPTION_MANY, "scope"},
    {"dry-run", NULL, 0, "flag"},
    {"days", "N", 0, "number"},
    {NULL, NULL, 0, NULL},
};

static const struct command command = {
    "token create", "FILE", 0, 1, options, "help", NULL,
};

#define PARSE(args, ...)                                                      \
    parse(args, (const char *[]){__VA_ARGS__},                                \
          sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))


static int
parse(struct args *args, const char *const *words, size_t n)
{
    return args_parse(&command, (int) n, words, args);
}


static void
options_keep_their_order_and_values(void **state)
{
    struct args args;
    long days = 0;

    (void) state;
    assert_int_equal(PARSE(&args, "--scope", "a", "--user=x=y", "FILE",
                           "--scope", "-b", "--dry-run", "--days=007"),
                     0);
    assert_int_equal(args.nitems, 5);
    assert_string_equal(args.items[0].value, "a");
    assert_string_equal(args.items[2].value, "-b");
    assert_string_equal(args_text(&args, "user"), "x=y");
    assert_int_equal(args_count(&args, "scope"), 2);
    assert_true(args_flag(&args, "dry-run"));
    assert_false(args.json);
    assert_int_equal(args_number(&args, "days", 10, &days), 0);
    assert_int_equal(days, 7);
    assert_int_equal(args.noperands, 1);
    assert_string_equal(args.operands[0], "FILE");
    args_done(&args);
}


static void
two_dashes_end_the_options(void **state)
{
    struct args args;

    (void) state;
    assert_int_equal(PARSE(&args, "--user", "u", "--json", "--", "--user"), 0);
    assert_true(args.json);
    assert_string_equal(args.operands[0], "--user");
    args_done(&args);
}


static void
help_needs_nothing_else(void **state)
{
    struct args args;

    (void) state;
    assert_int_equal(PARSE(&args, "--help"), 0);
    assert_true(args.help);
    args_done(&args);
    assert_int_equal(PARSE(&args, "-h"), 0);
    assert_true(args.help);
    args_done(&args);
}


static void
wrong_words_are_refused(void **state)
{
    static const char *const wrong[][4] = {
        {"--usr", "u"},                 /* unknown */
        {"--user", "u", "--dry-run=1"}, /* a flag with a value */
        {"--user"},                     /* no value */
        {"--user", "--dry-run"},        /* an option as the value */
        {"--user=u", "--user=v"},       /* twice */
        {"--dry-run", "--dry-run"},     /* twice, and no --user */
        {"FILE"},                       /* no --user */
        {"--user=u", "FILE", "FILE"},   /* one operand too many */
        {"-u", "u"},                    /* a short option */
        {"--", "--user"},               /* the options were over */
        {"--user=u", "--", "a", "b"},
        {"--use=u"}, /* no abbreviations */
        {"--=u"},
    };
    struct args args;
    size_t n;

    (void) state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        for (n = 0; n < 4 && wrong[i][n] != NULL; n++) {
        }
        assert_int_equal(parse(&args, wrong[i], n), SC_EINVAL);
        args_done(&args);
    }
}


static void
a_number_is_digits_within_its_limit(void **state)
{
    static const char *const wrong[] = {
        "", "-1", "+1", " 1", "1 ", "0x1", "11", "99999999999999999999999"};
    struct args args;
    long days = -5;

    (void) state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(PARSE(&args, "--user", "u", "--days", wrong[i]), 0);
        assert_int_equal(args_number(&args, "days", 10, &days), SC_EINVAL);
        assert_int_equal(days, -5);
        args_done(&args);
    }

    assert_int_equal(PARSE(&args, "--user", "u"), 0);
    assert_int_equal(args_number(&args, "days", 10, &days), SC_ENOENT);
    args_done(&args);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_keep_their_order_and_values),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(wrong_words_are_refused),
        cmocka_unit_test(a_number_is_digits_within_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
