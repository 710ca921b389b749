/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cli_out.c - text that other people wrote does nothing to a terminal.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/out.h"


static void
prints_as(const char *text, const char *expected)
{
    char *got = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&got, &len);

    assert_non_null(to);
    out_print(to, "%s", text);
    assert_int_equal(fclose(to), 0);
    assert_string_equal(got, expected);
    free(got);
}


static void
harmless_text_is_kept(void **state)
{
    (void) state;
    prints_as("", "");
    prints_as("a b\nc", "a b\nc");
    prints_as("Zoë 漢字 🔑", "Zoë 漢字 🔑");
}


static void
control_characters_are_shown(void **state)
{
    (void) state;
    prints_as("\x1b[31m", "\\x1b[31m");
    prints_as("a\rb\tc\x7f", "a\\x0db\\x09c\\x7f");
    prints_as("\xc2\x9b"
              "1m",
              "\\u{9b}1m");
    prints_as("x\xe2\x80\xae"
              "y",
              "x\\u{202e}y");
}


static void
invalid_utf8_is_shown(void **state)
{
    (void) state;
    prints_as("\xff\xc3", "\\xff\\xc3");
    prints_as("\xed\xa0\x80", "\\xed\\xa0\\x80");
}


static void
values_are_words(void **state)
{
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"\"a\"", "a"},  {"true", "yes"},
        {"false", "no"}, {"null", "-"},
        {"[]", "-"},     {"[\"a\",\"b\"]", "a, b"},
        {"7", "7"},      {"{\"a\":1,\"b\":{}}", "a, b"},
        {"{}", "-"},     {"[{\"a\":1}]", "{\"a\":1}"},
    };
    json_t *value;
    char *text;

    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        text = out_value(value);
        assert_string_equal(text, cases[i].text);
        free(text);
        json_decref(value);
    }
}


static void
members_are_found_by_their_path(void **state)
{
    json_t *object = json_pack("{s:{s:i}}", "a", "b", 5);

    (void) state;
    assert_int_equal(json_integer_value(out_member(object, "a.b")), 5);
    assert_null(out_member(object, "a.c"));
    assert_null(out_member(object, "x.b"));
    assert_null(out_member(NULL, "x"));
    json_decref(object);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harmless_text_is_kept),
        cmocka_unit_test(control_characters_are_shown),
        cmocka_unit_test(invalid_utf8_is_shown),
        cmocka_unit_test(values_are_words),
        cmocka_unit_test(members_are_found_by_their_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
