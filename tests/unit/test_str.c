/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_str.c - slices, buffers, JSON strings and UTF-8, and the small tables
 * of names: methods, classes, traits, errors.
 */

#include "core/class.h"
#include "core/error.h"
#include "core/method.h"
#include "core/str.h"

#include "tests/unit/check.h"

static void
slices_compare_by_bytes(void **state)
{
    (void) state;
    assert_true(sc_str_eq(SC_STR("ab"), SC_STR("ab")));
    assert_false(sc_str_eq(SC_STR("ab"), SC_STR("aB")));
    assert_false(sc_str_eq(SC_STR("ab"), SC_STR("abc")));
    assert_false(sc_str_eq(SC_STR("a\0b"), SC_STR("a\0c")));
    assert_true(sc_str_eq(sc_str(NULL, 0), SC_STR("")));
    assert_true(sc_str_eq(sc_str_c(NULL), SC_STR("")));
    assert_true(sc_str_starts(SC_STR("abc"), SC_STR("")));
    assert_true(sc_str_starts(SC_STR("abc"), SC_STR("ab")));
    assert_false(sc_str_starts(SC_STR("ab"), SC_STR("abc")));
}


static void
only_ascii_letters_fold(void **state)
{
    (void) state;
    assert_true(sc_str_eq_nocase(SC_STR("Ab-Z9"), SC_STR("aB-z9")));
    assert_false(sc_str_eq_nocase(SC_STR("ab"), SC_STR("abc")));
    assert_false(sc_str_eq_nocase(SC_STR("[`"), SC_STR("{@")));
    assert_false(sc_str_eq_nocase(SC_STR("\xc3\x84"), SC_STR("\xc3\xa4")));
}


static void
order_is_of_bytes_and_then_of_length(void **state)
{
    (void) state;
    assert_true(sc_str_cmp(SC_STR("a"), SC_STR("b")) < 0);
    assert_true(sc_str_cmp(SC_STR("a"), SC_STR("\xff")) < 0);
    assert_true(sc_str_cmp(SC_STR("ab"), SC_STR("a")) > 0);
    assert_true(sc_str_cmp(SC_STR(""), SC_STR("a")) < 0);
    assert_int_equal(sc_str_cmp(sc_str(NULL, 0), SC_STR("")), 0);
}


static void
a_buffer_drops_what_does_not_fit_and_all_behind_it(void **state)
{
    char text[5];
    struct sc_buf b = sc_buf(text, sizeof(text));

    (void) state;
    sc_buf_addc(&b, "abc");
    sc_buf_addc(&b, "def");
    assert_true(b.full);
    sc_buf_addc(&b, "g");
    assert_str(sc_buf_str(&b), "abc");

    b = sc_buf(text, sizeof(text));
    sc_buf_addc(&b, "abcde");
    assert_false(b.full);
}


static void
numbers_are_decimal(void **state)
{
    char text[64];
    struct sc_buf b = sc_buf(text, sizeof(text));

    (void) state;
    sc_buf_u64(&b, 0);
    sc_buf_addc(&b, " ");
    sc_buf_u64(&b, 1000);
    sc_buf_addc(&b, " ");
    sc_buf_u64(&b, UINT64_MAX);
    assert_str(sc_buf_str(&b), "0 1000 18446744073709551615");
}


static void
json_escapes_what_it_must_and_replaces_bad_utf8(void **state)
{
    static const struct {
        struct sc_str in;
        const char *out;
    } cases[] = {
        {{"", 0}, "\"\""},
        {{"a\"b\\c/", 6}, "\"a\\\"b\\\\c/\""},
        {{"\n\r\t\0\x1f\x7f", 6}, "\"\\n\\r\\t\\u0000\\u001f\\u007f\""},
        {{"\xc3\xa9\xf0\x9f\x98\x80", 6}, "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {{"a\xff"
          "b",
          3},
         "\"a\xef\xbf\xbd"
         "b\""},
        {{"\xc3", 1}, "\"\xef\xbf\xbd\""},
        {{"\xc3\"", 2}, "\"\xef\xbf\xbd\\\"\""},
        {{"\xc0\xaf", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {{"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    (void) state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[64];
        struct sc_buf b = sc_buf(text, sizeof(text));

        sc_buf_json(&b, cases[i].in);
        assert_str(sc_buf_str(&b), cases[i].out);
    }
}


/* Encode a code point by RFC 3629's table. */
static size_t
encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char) code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char) (0xc0 | code >> 6);
        out[1] = (char) (0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char) (0xe0 | code >> 12);
        out[1] = (char) (0x80 | (code >> 6 & 0x3f));
        out[2] = (char) (0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char) (0xf0 | code >> 18);
    out[1] = (char) (0x80 | (code >> 12 & 0x3f));
    out[2] = (char) (0x80 | (code >> 6 & 0x3f));
    out[3] = (char) (0x80 | (code & 0x3f));
    return 4;
}


static void
every_code_point_decodes_and_no_surrogate_does(void **state)
{
    (void) state;
    for (uint32_t code = 0; code < 0x110400; code++) {
        char text[4];
        size_t n = encode(code, text), at = 0;
        int32_t got = sc_utf8_next(sc_str(text, n), &at);
        bool valid = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

        assert_int_equal(got, valid ? (int32_t) code : -1);
        assert_int_equal(at, valid ? n : 0);
        at = 0;
        assert_true(n == 1 || sc_utf8_next(sc_str(text, n - 1), &at) == -1);
    }
}


static void
overlong_forms_do_not_decode(void **state)
{
    static const char *const bad[] = {
        "\xc0\x80", "\xc1\xbf",         "\xe0\x80\x80",     "\xe0\x9f\xbf",
        "\x80",     "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf5\x80\x80\x80",
        "\xfe",     "\xc3\x28",         "\xe2\x28\xa1",     "\xe2\x82\x28"};

    (void) state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        size_t at = 0;

        assert_int_equal(sc_utf8_next(sc_str_c(bad[i]), &at), -1);
        assert_int_equal(at, 0);
    }
}


static void
hexadecimal_digits_have_their_values(void **state)
{
    const char *digits = "0123456789abcdef", *upper = "0123456789ABCDEF";

    (void) state;
    for (int c = -128; c < 128; c++) {
        const char *low = c > 0 ? strchr(digits, c) : NULL;
        const char *high = c > 0 ? strchr(upper, c) : NULL;
        int want = low != NULL    ? (int) (low - digits)
                   : high != NULL ? (int) (high - upper)
                                  : -1;

        assert_int_equal(sc_hex_value((char) c), want);
    }
}


static void
hash_depends_on_every_byte_and_the_seed(void **state)
{
    (void) state;
    assert_int_equal(sc_str_hash(SC_STR("abc"), 1),
                     sc_str_hash(SC_STR("abc"), 1));
    assert_int_not_equal(sc_str_hash(SC_STR("abc"), 1),
                         sc_str_hash(SC_STR("abc"), 2));
    assert_int_not_equal(sc_str_hash(SC_STR("abc"), 1),
                         sc_str_hash(SC_STR("abd"), 1));
}


static void
methods_are_seven_exact_names(void **state)
{
    static const char *const no[] = {"",     "get",     "Get",    "GET ",
                                     "GETT", "GE",      "?",      "TRACE",
                                     "HEAD", "CONNECT", "OPTION", "DELETEX"};

    (void) state;
    for (unsigned m = SC_GET; m < SC_METHODS; m++) {
        const char *name = sc_method_name((enum sc_method) m);

        assert_int_equal(sc_method_parse(sc_str_c(name)), m);
    }
    for (size_t i = 0; i < COUNT(no); i++) {
        enum sc_method m = sc_method_parse(sc_str_c(no[i]));

        assert_int_equal(m, strcmp(no[i], "HEAD") == 0 ? SC_HEAD : 0);
    }
    assert_int_equal(sc_method_parse(SC_STR("GET\0")), SC_METHOD_NONE);
    assert_string_equal(sc_method_name(SC_METHOD_NONE), "?");
    assert_string_equal(sc_method_name((enum sc_method) 99), "?");
}


static void
classes_and_traits_have_one_bit_per_name(void **state)
{
    uint32_t all = 0;

    (void) state;
    for (unsigned i = 0; i < SC_CLASSES; i++) {
        all |= sc_class_parse(sc_str_c(sc_class_name(i)));
    }
    assert_int_equal(all, SC_CLASS_ALL);
    all = 0;
    for (unsigned i = 0; i < SC_TRAITS; i++) {
        all |= sc_trait_parse(sc_str_c(sc_trait_name(i)));
    }
    assert_int_equal(all, SC_TRAIT_ALL);

    assert_int_equal(sc_class_parse(SC_STR("delete")), SC_CLASS_DELETE);
    assert_int_equal(sc_trait_parse(SC_STR("minor")), SC_TRAIT_MINOR);
    assert_int_equal(sc_class_parse(SC_STR("Read")), 0);
    assert_int_equal(sc_class_parse(SC_STR("")), 0);
    assert_int_equal(sc_trait_parse(SC_STR("read")), 0);
    assert_null(sc_class_name(SC_CLASSES));
    assert_null(sc_trait_name(SC_TRAITS));
}


static void
every_error_has_a_message_of_its_own(void **state)
{
    (void) state;
    assert_string_equal(sc_strerror(0), "success");
    assert_string_equal(sc_strerror(SC_ENOENT), "not found");
    assert_string_equal(sc_strerror(1), "unknown error");
    assert_string_equal(sc_strerror(-100), "unknown error");
    for (int a = -1; a >= SC_ECRYPTO; a--) {
        for (int b = a; b <= 1; b++) {
            assert_true(a == b || strcmp(sc_strerror(a), sc_strerror(b)) != 0);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_compare_by_bytes),
        cmocka_unit_test(only_ascii_letters_fold),
        cmocka_unit_test(order_is_of_bytes_and_then_of_length),
        cmocka_unit_test(a_buffer_drops_what_does_not_fit_and_all_behind_it),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(json_escapes_what_it_must_and_replaces_bad_utf8),
        cmocka_unit_test(every_code_point_decodes_and_no_surrogate_does),
        cmocka_unit_test(overlong_forms_do_not_decode),
        cmocka_unit_test(hexadecimal_digits_have_their_values),
        cmocka_unit_test(hash_depends_on_every_byte_and_the_seed),
        cmocka_unit_test(methods_are_seven_exact_names),
        cmocka_unit_test(classes_and_traits_have_one_bit_per_name),
        cmocka_unit_test(every_error_has_a_message_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
