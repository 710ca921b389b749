/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_credential.c - what an Authorization header presents.
 */

#include "core/credential.h"

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

static void
one_credential_is_read_and_nothing_else(void **state)
{
    static const struct {
        const char *value;
        enum sc_scheme scheme;
        const char *user, *secret;
    } cases[] = {
        {"Bearer abc", SC_SCHEME_BEARER, "", "abc"},
        {"bearer abc", SC_SCHEME_BEARER, "", "abc"},
        {"BEARER   a-b._~+/==", SC_SCHEME_BEARER, "", "a-b._~+/=="},
        {"Token abc", SC_SCHEME_TOKEN, "", "abc"},
        {"tOKEN abc", SC_SCHEME_TOKEN, "", "abc"},
        {"Basic YTpi", SC_SCHEME_BASIC, "a", "b"},
        {"basic   YTpi", SC_SCHEME_BASIC, "a", "b"},
        {"Basic YTpiOmM=", SC_SCHEME_BASIC, "a", "b:c"},
        {"Basic YWE6YmI=", SC_SCHEME_BASIC, "aa", "bb"},
        {"Basic YWE6YmJi", SC_SCHEME_BASIC, "aa", "bbb"},
        {"Basic YTpiYg==", SC_SCHEME_BASIC, "a", "bb"},
        {"", 0, "", ""},
        {" ", 0, "", ""},
        {"Bearer", 0, "", ""},
        {"Bearer ", 0, "", ""},
        {"Bearer  ", 0, "", ""},
        {" Bearer abc", 0, "", ""},
        {"Bearer\tabc", 0, "", ""},
        {"Bearerabc", 0, "", ""},
        {"Bearer abc ", 0, "", ""},
        {"Bearer abc\t", 0, "", ""},
        {"Bearer \tabc", 0, "", ""},
        {"Bearer abc\x01", 0, "", ""},
        {"Bearer abc\xff", 0, "", ""},
        {"Bearer abc,Bearer d", 0, "", ""},
        {"Bearer abc, Bearer d", 0, "", ""},
        {"Bearer abc d", 0, "", ""},
        {"Bearer a=b", 0, "", ""},
        {"Bearer =", 0, "", ""},
        {"Bearer token=\"abc\"", 0, "", ""},
        {"Digest abc", 0, "", ""},
        {"Bear abc", 0, "", ""},
        {"Bearer: abc", 0, "", ""},
        {"abc", 0, "", ""},
        {"Token", 0, "", ""},
        {"Token token=abc", 0, "", ""},
        {"Basic", 0, "", ""},
        {"Basic ", 0, "", ""},
        {"Basic YWI=", 0, "", ""},     /* ab: no colon */
        {"Basic OmI=", 0, "", ""},     /* :b */
        {"Basic YTo=", 0, "", ""},     /* a: */
        {"Basic Og==", 0, "", ""},     /* : */
        {"Basic YTpi====", 0, "", ""}, /* padding of its own */
        {"Basic YTpiYg", 0, "", ""},   /* no padding */
        {"Basic YTpiYg=", 0, "", ""},  /* too little */
        {"Basic YTpiYh==", 0, "", ""}, /* bits behind the end */
        {"Basic YTpiYmC=", 0, "", ""}, /* the same, one byte more */
        {"Basic YT pi", 0, "", ""},
        {"Basic YTpi ", 0, "", ""},
        {"Basic YTp-", 0, "", ""}, /* base64url */
        {"Basic YTp_", 0, "", ""},
        {"Basic =TpiYTpi", 0, "", ""},
        {"Basic YTpi=AAA", 0, "", ""},
        {"Basic YQ==YTpi", 0, "", ""},
        {"Basic ====", 0, "", ""},
        {"Basic a:b", 0, "", ""},
    };

    (void) state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sc_credential c;
        int rc = sc_credential_parse(sc_str_c(cases[i].value), &c);

        assert_msg(rc == (cases[i].scheme == 0 ? SC_ESYNTAX : 0),
                   "\"%s\" gives %d", cases[i].value, rc);
        assert_int_equal(c.scheme, cases[i].scheme);
        assert_str(c.user, cases[i].user);
        assert_str(c.secret, cases[i].secret);
    }
}


static void
a_header_of_nul_bytes_is_compared_in_full(void **state)
{
    struct sc_credential c;

    (void) state;
    assert_int_equal(sc_credential_parse(SC_STR("Bearer a\0b"), &c),
                     SC_ESYNTAX);
    assert_int_equal(sc_credential_parse(SC_STR("Bearer\0 ab"), &c),
                     SC_ESYNTAX);
    assert_int_equal(sc_credential_parse(SC_STR("Basic YQA6YgA="), &c), 0);
    assert_int_equal(c.user.len, 2); /* "a\0" */
    assert_int_equal(c.secret.len, 2);
}


static void
a_long_header_is_refused(void **state)
{
    char value[SC_CREDENTIAL_MAX + 1];
    struct sc_credential c;

    (void) state;
    memset(value, 'a', sizeof(value));
    memcpy(value, "Bearer ", 7);
    assert_int_equal(sc_credential_parse(sc_str(value, SC_CREDENTIAL_MAX), &c),
                     0);
    assert_int_equal(
        sc_credential_parse(sc_str(value, SC_CREDENTIAL_MAX + 1), &c),
        SC_ESYNTAX);
}


static void
a_refused_credential_is_wiped(void **state)
{
    static const uint8_t zero[sizeof(struct sc_credential)];
    struct sc_credential c;

    (void) state;
    memset(&c, 0xee, sizeof(c));
    assert_int_equal(sc_credential_parse(SC_STR("Basic c2VjcmV0"), &c),
                     SC_ESYNTAX);
    assert_memory_equal(&c, zero, sizeof(c));
}


static void
basic_reads_back_what_was_encoded(void **state)
{
    uint64_t seed = 5;

    (void) state;
    for (unsigned round = 0; round < 20000; round++) {
        char text[64], value[128] = "Basic ";
        size_t n = 3 + fx_random(&seed) % 60, colon = 0;
        struct sc_credential c;

        for (size_t i = 0; i < n; i++) {
            text[i] = (char) (fx_random(&seed) >> 32);
        }
        text[1 + fx_random(&seed) % (n - 2)] = ':';
        while (text[colon] != ':') {
            colon++;
        }
        fx_base64(sc_str(text, n), value + 6);
        assert_int_equal(sc_credential_parse(sc_str_c(value), &c),
                         colon == 0 ? SC_ESYNTAX : 0);
        if (colon != 0) {
            assert_true(sc_str_eq(c.user, sc_str(text, colon)));
            assert_true(
                sc_str_eq(c.secret, sc_str(text + colon + 1, n - colon - 1)));
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_credential_is_read_and_nothing_else),
        cmocka_unit_test(a_header_of_nul_bytes_is_compared_in_full),
        cmocka_unit_test(a_long_header_is_refused),
        cmocka_unit_test(a_refused_credential_is_wiped),
        cmocka_unit_test(basic_reads_back_what_was_encoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
