/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tokens.c - the token table: slots, users, grants, growth.
 */

#include "core/tokens.h"

#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

#define HEAP 4096

static struct sc_tokens *
new_table(uint32_t nslots, uint32_t nusers, uint32_t heap)
{
    uint64_t size = sc_tokens_size(nslots, nusers, heap);
    struct sc_tokens *table = aligned_alloc(64, size);

    assert_non_null(table);
    memset(table, 0, size);
    assert_int_equal(sc_tokens_init(table, size, nslots, nusers, heap), 0);
    return table;
}


/* A slot whose key is made of a number; the home slot is number itself. */
static struct sc_slot
slot_of(uint32_t home, uint32_t number)
{
    struct sc_slot slot = {.token = number, .start = 5, .duration = 6};

    memcpy(slot.key, &home, sizeof(home));
    memcpy(slot.key + 8, &number, sizeof(number));
    return slot;
}


static void
sizes_are_limited_and_aligned(void **state)
{
    (void) state;
    assert_int_equal(sc_tokens_size(1, 0, 64), 64 + 64 + 64);
    assert_int_equal(sc_tokens_size(4, 5, 128), 64 + 4 * 64 + 128 + 128);
    assert_int_equal(sc_tokens_size(0, 0, 64), 0);
    assert_int_equal(sc_tokens_size(3, 0, 64), 0);
    assert_int_equal(sc_tokens_size(1u << 29, 0, 64), 0);
    assert_int_equal(sc_tokens_size(4, 0, 0), 0);
    assert_int_equal(sc_tokens_size(4, 0, 65), 0);
}


static void
a_damaged_header_does_not_open(void **state)
{
    struct sc_tokens *table = new_table(8, 4, HEAP);
    const struct sc_tokens *out = NULL;
    uint64_t size = table->size;
    unsigned char *bytes = (unsigned char *) table;

    (void) state;
    assert_int_equal(sc_tokens_open(table, size, &out), 0);
    assert_ptr_equal(out, table);
    assert_int_equal(sc_tokens_open(table, size - 1, &out), SC_ECORRUPT);
    assert_int_equal(sc_tokens_open(table, 10, &out), SC_ECORRUPT);
    assert_int_equal(sc_tokens_open(bytes + 1, size - 1, &out), SC_ECORRUPT);
    table->version++;
    assert_int_equal(sc_tokens_open(table, size, &out), SC_EVERSION);
    table->version--;

    for (size_t i = 0; i < sizeof(*table); i++) {
        bool free_field = (i >= offsetof(struct sc_tokens, used)
                           && i < offsetof(struct sc_tokens, users_at))
                          || (i >= offsetof(struct sc_tokens, pad)
                              && i < offsetof(struct sc_tokens, heap_at))
                          || i >= offsetof(struct sc_tokens, heap_used);

        bytes[i] ^= 0x80;
        /* nusers may change within its alignment, not by a high bit */
        assert_msg(free_field || sc_tokens_open(table, size, &out) != 0,
                   "byte %zu", i);
        bytes[i] ^= 0x80;
    }
    table->heap_used = HEAP + 1;
    assert_int_equal(sc_tokens_open(table, size, &out), SC_ECORRUPT);
    free(table);
}


static void
a_token_is_found_until_it_is_revoked(void **state)
{
    struct sc_tokens *table = new_table(8, 0, 64);
    struct sc_slot a = slot_of(1, 10), b = slot_of(1, 11), c = slot_of(1, 12);
    const struct sc_slot *found;

    (void) state;
    assert_null(sc_tokens_find(table, a.key));
    assert_int_equal(sc_tokens_revoke(table, a.key), SC_ENOENT);
    a.state = SC_SLOT_REVOKED; /* is not taken */
    assert_int_equal(sc_tokens_put(table, &a), 0);
    assert_int_equal(sc_tokens_put(table, &b), 0);
    found = sc_tokens_find(table, b.key);
    assert_non_null(found);
    assert_int_equal(found->token, 11);
    assert_int_equal(found->start, 5);
    assert_int_equal(found->duration, 6);
    assert_int_equal(sc_slot_state(found), SC_SLOT_LIVE);
    assert_null(sc_tokens_find(table, c.key));
    assert_int_equal(sc_tokens_put(table, &b), SC_EEXIST);

    assert_int_equal(sc_tokens_revoke(table, a.key), 0);
    assert_int_equal(sc_slot_state(sc_tokens_find(table, a.key)),
                     SC_SLOT_REVOKED);
    assert_int_equal(sc_slot_state(sc_tokens_find(table, b.key)),
                     SC_SLOT_LIVE); /* behind the revoked one */
    assert_int_equal(sc_tokens_put(table, &a), SC_EEXIST);
    assert_int_equal(sc_tokens_revoke(table, a.key), 0);
    sc_tokens_prefetch(table, a.key);
    free(table);
}


static void
keys_that_differ_in_one_bit_are_two(void **state)
{
    struct sc_tokens *table = new_table(512, 0, 64);
    struct sc_slot a = slot_of(1, 10);

    (void) state;
    assert_int_equal(sc_tokens_put(table, &a), 0);
    for (unsigned bit = 0; bit < 8 * SC_TOKEN_KEY; bit++) {
        struct sc_slot b = a;

        b.key[bit / 8] ^= (uint8_t) (1u << bit % 8);
        b.token = 100 + bit;
        assert_null(sc_tokens_find(table, b.key));
        assert_int_equal(sc_tokens_put(table, &b), 0);
        assert_int_equal(sc_tokens_find(table, b.key)->token, 100 + bit);
    }
    assert_int_equal(sc_tokens_find(table, a.key)->token, 10);
    free(table);
}


static void
a_table_takes_three_quarters_and_wraps_around(void **state)
{
    struct sc_tokens *table = new_table(8, 0, 64);
    struct sc_slot one_more = slot_of(7, 99);

    (void) state;
    for (uint32_t i = 0; i < 6; i++) {
        struct sc_slot slot = slot_of(7, i); /* all want the last slot */

        assert_int_equal(sc_tokens_put(table, &slot), 0);
    }
    assert_int_equal(sc_tokens_put(table, &one_more), SC_EFULL);
    for (uint32_t i = 0; i < 6; i++) {
        struct sc_slot slot = slot_of(7, i);

        assert_int_equal(sc_tokens_find(table, slot.key)->token, i);
    }
    assert_null(sc_tokens_find(table, one_more.key));
    free(table);
}


static void
a_search_ends_in_a_table_without_an_empty_slot(void **state)
{
    struct sc_tokens *table = new_table(4, 0, 64);
    struct sc_slot other = slot_of(0, 99);

    (void) state;
    for (uint32_t i = 0; i < 4; i++) {
        struct sc_slot slot = slot_of(i, i);

        table->used = 0; /* as a damaged count would */
        assert_int_equal(sc_tokens_put(table, &slot), 0);
    }
    table->used = 0;
    assert_null(sc_tokens_find(table, other.key));
    assert_int_equal(sc_tokens_put(table, &other), SC_EFULL);
    free(table);
}


static void
emails_are_kept_in_lower_case_and_once(void **state)
{
    struct sc_tokens *table = new_table(4, 3, 512);
    char longest[321];

    (void) state;
    memset(longest, 'A', sizeof(longest));
    assert_int_equal(sc_tokens_user_add(table, 1, SC_STR("Al\xc3\x84@X.Org")),
                     0);
    assert_str(sc_tokens_user_email(table, 1), "al\xc3\x84@x.org");
    assert_int_equal(sc_tokens_user_add(table, 1, SC_STR("b@x")), SC_EEXIST);
    assert_int_equal(sc_tokens_user_add(table, 3, SC_STR("b@x")), SC_EFULL);
    assert_int_equal(sc_tokens_user_add(table, 2, SC_STR("")), SC_EINVAL);
    assert_int_equal(sc_tokens_user_add(table, 2, sc_str(longest, 321)),
                     SC_EINVAL);
    assert_int_equal(sc_tokens_user_add(table, 2, sc_str(longest, 320)), 0);
    assert_int_equal(sc_tokens_user_email(table, 2).len, 320);
    assert_int_equal(sc_tokens_user_add(table, 0, sc_str(longest, 320)),
                     SC_EFULL);
    assert_str(sc_tokens_user_email(table, 0), "");
    assert_str(sc_tokens_user_email(table, 3), "");
    free(table);
}


static void
a_users_policy_changes_with_the_generation(void **state)
{
    struct sc_tokens *table = new_table(4, 3, 512);

    (void) state;
    assert_int_equal(sc_tokens_user_policy(table, 1, 1), 0);
    assert_int_equal(sc_tokens_user_set(table, 1, 7, 5), 0);
    assert_int_equal(sc_tokens_user_policy(table, 1, 4), 0);
    assert_int_equal(sc_tokens_user_policy(table, 1, 5), 7);
    assert_int_equal(sc_tokens_user_set(table, 1, 8, 6), 0);
    assert_int_equal(sc_tokens_user_policy(table, 1, 5), 7);
    assert_int_equal(sc_tokens_user_policy(table, 1, 6), 8);
    assert_int_equal(sc_tokens_user_set(table, 1, 9, 6), 0); /* changed mind */
    assert_int_equal(sc_tokens_user_policy(table, 1, 5), 7);
    assert_int_equal(sc_tokens_user_policy(table, 1, 6), 9);
    assert_int_equal(sc_tokens_user_set(table, 1, 0, 7), 0);
    assert_int_equal(sc_tokens_user_policy(table, 1, 6), 9);
    assert_int_equal(sc_tokens_user_policy(table, 1, 7), 0);
    assert_int_equal(sc_tokens_user_set(table, 1, 65535, 20), 0);
    assert_int_equal(sc_tokens_user_policy(table, 1, 1000), 65535);
    assert_int_equal(sc_tokens_user_set(table, 1, 65536, 21), SC_EINVAL);
    assert_int_equal(sc_tokens_user_set(table, 3, 1, 21), SC_EFULL);
    assert_int_equal(sc_tokens_user_policy(table, 3, 21), 0);

    /* the generation is kept in 32 bits; the order holds across the wrap */
    assert_int_equal(sc_tokens_user_set(table, 2, 1, 0xfffffffe), 0);
    assert_int_equal(sc_tokens_user_set(table, 2, 2, 0x100000001), 0);
    assert_int_equal(sc_tokens_user_policy(table, 2, 0x100000000), 1);
    assert_int_equal(sc_tokens_user_policy(table, 2, 0x100000001), 2);
    free(table);
}


static uint32_t
add_grant(struct sc_tokens *table, const struct sc_address *nets,
          uint32_t nnets)
{
    static const uint64_t words[] = {5, 1, 9};
    static const uint32_t apps[] = {3, 4, 5};
    const struct sc_scope_set sets[] = {{words, 2}, {words, 0}, {words, 3}};
    struct sc_grant_in in = {apps, sets, 3, nets, nnets};
    uint32_t grant = 0;

    assert_int_equal(sc_tokens_grant_add(table, &in, &grant), 0);
    return grant;
}


static void
a_grant_holds_scopes_per_app(void **state)
{
    struct sc_tokens *table = new_table(4, 3, HEAP);
    uint32_t grant = add_grant(table, NULL, 0);
    uint32_t next = add_grant(table, NULL, 0);
    struct sc_scope_set set;

    (void) state;
    assert_true(sc_tokens_grant_scopes(table, grant, 3, &set));
    assert_true(sc_scope_has(set, 0));
    assert_false(sc_scope_has(set, 1));
    assert_true(sc_scope_has(set, 2));
    assert_true(sc_scope_has(set, 64));
    assert_false(sc_scope_has(set, 128));
    assert_true(sc_tokens_grant_scopes(table, grant, 4, &set));
    assert_false(sc_scope_has(set, 0));
    assert_true(sc_tokens_grant_scopes(table, grant, 5, &set));
    assert_true(sc_scope_has(set, 128));
    assert_false(sc_tokens_grant_scopes(table, grant, 6, &set));
    assert_false(sc_tokens_grant_scopes(table, grant, 0, &set));
    assert_true(sc_tokens_grant_scopes(table, next, 5, &set));

    assert_false(sc_tokens_grant_scopes(table, 0, 3, &set));
    assert_false(sc_tokens_grant_scopes(table, grant + 1, 3, &set));
    assert_false(sc_tokens_grant_scopes(table, HEAP, 3, &set));
    assert_false(sc_tokens_grant_scopes(table, UINT32_MAX & ~7u, 3, &set));
    free(table);
}


static void
every_heap_offset_is_read_inside_the_heap(void **state)
{
    struct sc_address net = {{1}, 8, {0}};
    struct sc_tokens *table = new_table(4, 3, HEAP);
    uint8_t address[16] = {1};
    uint64_t seed = 7;

    (void) state;
    (void) add_grant(table, &net, 1);
    for (unsigned round = 0; round < 3000; round++) {
        uint32_t *words = (uint32_t *) ((char *) table + table->heap_at);
        struct sc_scope_set set;

        words[fx_random(&seed) % 40] =
            (uint32_t) fx_random(&seed) >> (fx_random(&seed) % 32);
        for (uint32_t at = 0; at < 200; at += 4) {
            if (sc_tokens_grant_scopes(table, at, 3, &set)
                && set.nwords != 0) { /* what is given can be read */
                (void) sc_scope_has(set, set.nwords * 64 - 1);
            }
            (void) sc_tokens_grant_from(table, at, address);
        }
    }
    table->heap_used = HEAP + 64; /* damaged after it was opened */
    assert_false(sc_tokens_grant_from(table, 8, address));
    free(table);
}


static void
a_grant_without_addresses_works_from_anywhere(void **state)
{
    struct sc_tokens *table = new_table(4, 3, HEAP);
    uint8_t address[16] = {9};

    (void) state;
    assert_true(
        sc_tokens_grant_from(table, add_grant(table, NULL, 0), address));
    assert_false(sc_tokens_grant_from(table, 0, address));
    free(table);
}


static void
addresses_match_by_every_bit_of_their_prefix(void **state)
{
    uint8_t base[16];
    uint64_t seed = 8;

    (void) state;
    for (size_t i = 0; i < sizeof(base); i++) {
        base[i] = (uint8_t) (fx_random(&seed) >> 20);
    }
    for (unsigned prefix = 0; prefix <= 128; prefix++) {
        struct sc_tokens *table = new_table(4, 3, HEAP);
        struct sc_address nets[2] = {{{0xee, 0xee}, 128, {0}},
                                     {{0}, (uint8_t) prefix, {0}}};
        uint32_t grant;

        memcpy(nets[1].bytes, base, sizeof(base));
        grant = add_grant(table, nets, 2);
        assert_true(sc_tokens_grant_from(table, grant, base));
        assert_true(sc_tokens_grant_from(table, grant, nets[0].bytes));
        for (unsigned bit = 0; bit < 128; bit++) {
            uint8_t other[16];

            memcpy(other, base, sizeof(base));
            other[bit / 8] ^= (uint8_t) (0x80 >> bit % 8);
            assert_msg(sc_tokens_grant_from(table, grant, other)
                           == (bit >= prefix),
                       "bit %u of prefix %u", bit, prefix);
        }
        free(table);
    }
}


static void
a_prefix_above_128_matches_nothing(void **state)
{
    struct sc_tokens *table = new_table(4, 3, HEAP);
    struct sc_address net = {{1}, 129, {0}};

    (void) state;
    assert_false(
        sc_tokens_grant_from(table, add_grant(table, &net, 1), net.bytes));
    free(table);
}


static void
a_full_heap_takes_no_grant_and_stays_as_it_is(void **state)
{
    struct sc_tokens *table = new_table(4, 3, 128);
    static const uint64_t words[SC_SCOPE_WORDS + 1];
    static const uint32_t app[] = {1};
    struct sc_scope_set set = {words, SC_SCOPE_WORDS};
    struct sc_grant_in in = {app, &set, 1, NULL, 0};
    uint32_t grant = 77;

    (void) state;
    assert_int_equal(sc_tokens_grant_add(table, &in, &grant), SC_EFULL);
    assert_int_equal(grant, 77);
    assert_int_equal(table->heap_used, 8);
    set.nwords = SC_SCOPE_WORDS + 1;
    assert_int_equal(sc_tokens_grant_add(table, &in, &grant), SC_EINVAL);
    set.nwords = 13; /* 8 + 8 + 104 bytes: the last byte of 120 */
    assert_int_equal(sc_tokens_grant_add(table, &in, &grant), 0);
    assert_int_equal(table->heap_used, 128);
    free(table);
}


static void
a_copy_keeps_all_but_revoked_tokens(void **state)
{
    struct sc_tokens *small = new_table(64, 4, 512);
    struct sc_tokens *large = new_table(128, 8, 1024);
    struct sc_tokens *tiny = new_table(8, 4, 512);
    uint32_t grant = add_grant(small, NULL, 0);
    struct sc_scope_set set;

    (void) state;
    assert_int_equal(sc_tokens_user_add(small, 2, SC_STR("b@x")), 0);
    assert_int_equal(sc_tokens_user_set(small, 2, 3, 9), 0);
    for (uint32_t i = 0; i < 40; i++) {
        struct sc_slot slot = slot_of(i * 31, i);

        slot.grant = grant;
        assert_int_equal(sc_tokens_put(small, &slot), 0);
        if (i % 4 == 0) {
            assert_int_equal(sc_tokens_revoke(small, slot.key), 0);
        }
    }
    assert_int_equal(sc_tokens_copy(tiny, small), SC_EFULL);
    assert_int_equal(sc_tokens_copy(large, small), 0);
    assert_int_equal(sc_tokens_copy(large, small), SC_EINVAL); /* not empty */
    for (uint32_t i = 0; i < 40; i++) {
        struct sc_slot slot = slot_of(i * 31, i);
        const struct sc_slot *found = sc_tokens_find(large, slot.key);

        assert_int_equal(found != NULL, i % 4 != 0);
        assert_true(found == NULL || found->token == i);
    }
    assert_int_equal(large->used, 30);
    assert_str(sc_tokens_user_email(large, 2), "b@x");
    assert_int_equal(sc_tokens_user_policy(large, 2, 9), 3);
    assert_true(sc_tokens_grant_scopes(large, grant, 3, &set));
    free(small);
    free(large);
    free(tiny);
}


static void
a_copy_needs_room_for_users_and_heap(void **state)
{
    struct sc_tokens *old = new_table(8, 4, 512);
    struct sc_tokens *few = new_table(8, 3, 512);
    struct sc_tokens *low = new_table(8, 4, 64);

    (void) state;
    (void) add_grant(old, NULL, 0);
    assert_int_equal(sc_tokens_copy(few, old), SC_EINVAL);
    assert_int_equal(sc_tokens_copy(low, old), SC_EINVAL);
    free(old);
    free(few);
    free(low);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_limited_and_aligned),
        cmocka_unit_test(a_damaged_header_does_not_open),
        cmocka_unit_test(a_token_is_found_until_it_is_revoked),
        cmocka_unit_test(keys_that_differ_in_one_bit_are_two),
        cmocka_unit_test(a_table_takes_three_quarters_and_wraps_around),
        cmocka_unit_test(a_search_ends_in_a_table_without_an_empty_slot),
        cmocka_unit_test(emails_are_kept_in_lower_case_and_once),
        cmocka_unit_test(a_users_policy_changes_with_the_generation),
        cmocka_unit_test(a_grant_holds_scopes_per_app),
        cmocka_unit_test(every_heap_offset_is_read_inside_the_heap),
        cmocka_unit_test(a_grant_without_addresses_works_from_anywhere),
        cmocka_unit_test(addresses_match_by_every_bit_of_their_prefix),
        cmocka_unit_test(a_prefix_above_128_matches_nothing),
        cmocka_unit_test(a_full_heap_takes_no_grant_and_stays_as_it_is),
        cmocka_unit_test(a_copy_keeps_all_but_revoked_tokens),
        cmocka_unit_test(a_copy_needs_room_for_users_and_heap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
