/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_token.c - format, checksum and key of tokens.
 */

#include "core/token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

static void
fill(uint8_t *bytes, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t) (fx_random(seed) >> 32);
    }
}


static void
crc_has_the_check_value_of_its_kind(void **state)
{
    (void) state;
    assert_int_equal(sc_crc32("123456789", 9), 0xcbf43926u);
    assert_int_equal(sc_crc32("", 0), 0);
}


static void
what_is_made_parses_as_its_kind(void **state)
{
    static const char *const prefixes[] = {"", "scu_", "scs_", "sca_", "scr_"};
    uint8_t random[SC_TOKEN_RANDOM];
    char text[SC_TOKEN_LEN + 1];
    uint64_t seed = 2;

    (void) state;
    for (unsigned round = 0; round < 2000; round++) {
        unsigned kind = 1 + round % 4;

        fill(random, sizeof(random), &seed);
        assert_int_equal(
            sc_token_make((enum sc_token_kind) kind, random, text), 0);
        assert_int_equal(strlen(text), SC_TOKEN_LEN);
        assert_memory_equal(text, prefixes[kind], 4);
        assert_int_equal(sc_token_parse(sc_str(text, SC_TOKEN_LEN)), kind);
    }
    assert_int_equal(sc_token_make(SC_TOKEN_NONE, random, text), SC_EINVAL);
    assert_int_equal(sc_token_make((enum sc_token_kind) 5, random, text),
                     SC_EINVAL);
}


static void
all_160_bits_are_in_the_text(void **state)
{
    uint8_t random[SC_TOKEN_RANDOM] = {0};
    char zero[SC_TOKEN_LEN + 1], text[SC_TOKEN_LEN + 1];

    (void) state;
    assert_int_equal(sc_token_make(SC_TOKEN_USER, random, zero), 0);
    assert_memory_equal(zero, "scu_000000000000000000000000000", 31);
    for (unsigned bit = 0; bit < 160; bit++) {
        memset(random, 0, sizeof(random));
        random[bit / 8] = (uint8_t) (1u << bit % 8);
        assert_int_equal(sc_token_make(SC_TOKEN_USER, random, text), 0);
        assert_memory_not_equal(text, zero, 31);
    }

    memset(random, 0, sizeof(random));
    random[SC_TOKEN_RANDOM - 1] = 61; /* the least digit comes last */
    assert_int_equal(sc_token_make(SC_TOKEN_USER, random, text), 0);
    assert_memory_equal(text, "scu_00000000000000000000000000z", 31);
    memset(random, 0xff, sizeof(random)); /* 2^160 - 1 in base 62 */
    assert_int_equal(sc_token_make(SC_TOKEN_USER, random, text), 0);
    assert_memory_equal(text, "scu_aWgEPTl1tmebfsQzFP4bxwgy80V", 31);
}


static void
every_change_of_one_character_is_refused(void **state)
{
    uint8_t random[SC_TOKEN_RANDOM];
    char text[SC_TOKEN_LEN + 1];
    uint64_t seed = 3;

    (void) state;
    for (unsigned round = 0; round < 8; round++) {
        fill(random, sizeof(random), &seed);
        assert_int_equal(sc_token_make(SC_TOKEN_USER, random, text), 0);
        for (size_t i = 0; i < SC_TOKEN_LEN; i++) {
            char right = text[i];

            for (int c = 0; c < 256; c++) {
                text[i] = (char) c;
                assert_int_equal(sc_token_parse(sc_str(text, SC_TOKEN_LEN)),
                                 text[i] == right ? SC_TOKEN_USER
                                                  : SC_TOKEN_NONE);
            }
            text[i] = right;
        }
    }
}


static void
other_lengths_are_refused(void **state)
{
    uint8_t random[SC_TOKEN_RANDOM] = {1};
    char text[2 * SC_TOKEN_LEN + 2];

    (void) state;
    assert_int_equal(sc_token_make(SC_TOKEN_USER, random, text), 0);
    memcpy(text + SC_TOKEN_LEN, text, SC_TOKEN_LEN);
    for (size_t n = 0; n < 2 * SC_TOKEN_LEN; n++) {
        assert_int_equal(sc_token_parse(sc_str(text, n)),
                         n == SC_TOKEN_LEN ? SC_TOKEN_USER : SC_TOKEN_NONE);
    }
    assert_int_equal(sc_token_parse(sc_str(NULL, 0)), SC_TOKEN_NONE);
}


static void
an_unknown_prefix_is_refused_with_a_right_checksum(void **state)
{
    static const char digits[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char text[SC_TOKEN_LEN + 1] = "scx_000000000000000000000000000";
    uint32_t crc = sc_crc32(text, 31);

    (void) state;
    for (unsigned i = 6; i-- > 0; crc /= 62) {
        text[31 + i] = digits[crc % 62];
    }
    assert_int_equal(sc_token_parse(sc_str(text, SC_TOKEN_LEN)),
                     SC_TOKEN_NONE);
}


static void
the_key_is_what_libcrypto_calls_hmac(void **state)
{
    uint8_t key[SC_TOKEN_KEY], text[200], got[SC_TOKEN_KEY];
    unsigned char want[EVP_MAX_MD_SIZE];
    struct sc_hasher h;
    unsigned len;
    uint64_t seed = 4;

    (void) state;
    for (size_t n = 0; n < sizeof(text); n++) {
        fill(key, sizeof(key), &seed);
        fill(text, sizeof(text), &seed);
        assert_int_equal(sc_hasher_open(&h, key), 0);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(
                sc_hasher_key(&h, sc_str((const char *) text, n), got), 0);
            assert_non_null(
                HMAC(EVP_sha256(), key, sizeof(key), text, n, want, &len));
            assert_int_equal(len, SC_TOKEN_KEY);
            assert_memory_equal(got, want, SC_TOKEN_KEY);
        }
        sc_hasher_close(&h);
    }
}


static void
a_closed_hasher_fails_and_holds_nothing(void **state)
{
    static const uint8_t zero[sizeof(struct sc_hasher)];
    uint8_t key[SC_TOKEN_KEY] = {9}, out[SC_TOKEN_KEY];
    struct sc_hasher h;

    (void) state;
    assert_int_equal(sc_hasher_open(&h, key), 0);
    sc_hasher_close(&h);
    assert_memory_equal(&h, zero, sizeof(h));
    assert_int_equal(sc_hasher_key(&h, SC_STR("x"), out), SC_ECRYPTO);
    sc_hasher_close(&h);
}


static void
constant_time_equality_sees_every_byte(void **state)
{
    uint8_t a[SC_TOKEN_KEY] = {0}, b[SC_TOKEN_KEY] = {0};

    (void) state;
    assert_true(sc_ct_eq(a, b, sizeof(a)));
    for (size_t i = 0; i < sizeof(a); i++) {
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            b[i] = (uint8_t) bit;
            assert_false(sc_ct_eq(a, b, sizeof(a)));
        }
        b[i] = 0;
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_has_the_check_value_of_its_kind),
        cmocka_unit_test(what_is_made_parses_as_its_kind),
        cmocka_unit_test(all_160_bits_are_in_the_text),
        cmocka_unit_test(every_change_of_one_character_is_refused),
        cmocka_unit_test(other_lengths_are_refused),
        cmocka_unit_test(an_unknown_prefix_is_refused_with_a_right_checksum),
        cmocka_unit_test(the_key_is_what_libcrypto_calls_hmac),
        cmocka_unit_test(a_closed_hasher_fails_and_holds_nothing),
        cmocka_unit_test(constant_time_equality_sees_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
