/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_event.c - the ring: order, room kept for what must be recorded, wrap
 * around, and what is left by the dead.
 */

#include "core/event.h"

#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

#define CAPACITY 16

static void *
new_ring(struct sc_ring **r)
{
    size_t size = sc_ring_size(CAPACITY);
    void *bytes = aligned_alloc(64, size);

    assert_non_null(bytes);
    memset(bytes, 0, size);
    assert_int_equal(sc_ring_init(bytes, size, CAPACITY, 77), 0);
    assert_int_equal(sc_ring_open(bytes, size, r), 0);
    return bytes;
}


static bool
put(struct sc_ring *r, uint32_t token, bool must)
{
    struct sc_event e = {.token = token, .sequence = 999};

    return sc_ring_put(r, &e, must);
}


static void
events_come_out_in_order_with_their_numbers(void **state)
{
    struct sc_ring *r;
    void *bytes = new_ring(&r);
    struct sc_event out[CAPACITY];
    uint32_t next = 0, taken = 0;

    (void) state;
    assert_int_equal(sc_ring_peek(r, out, CAPACITY), 0);
    for (unsigned round = 0; round < 40; round++) { /* wraps many times */
        uint32_t n;

        for (unsigned i = 0; i < round % 11; i++) {
            assert_true(put(r, next++, false));
        }
        n = sc_ring_peek(r, out, CAPACITY);
        assert_int_equal(n, next - taken);
        for (uint32_t i = 0; i < n; i++) {
            assert_int_equal(out[i].token, taken + i);
            assert_int_equal(out[i].sequence, taken + i);
        }
        sc_ring_take(r, n);
        taken += n;
    }
    assert_int_equal(r->dropped, 0);
    free(bytes);
}


static void
the_last_quarter_is_kept_for_what_must_be_recorded(void **state)
{
    struct sc_ring *r;
    void *bytes = new_ring(&r);
    struct sc_event out[CAPACITY];

    (void) state;
    for (uint32_t i = 0; i < 12; i++) {
        assert_true(put(r, i, false));
    }
    assert_false(put(r, 100, false));
    assert_false(put(r, 101, false));
    assert_int_equal(r->dropped, 2);
    for (uint32_t i = 12; i < 16; i++) {
        assert_true(put(r, i, true));
    }
    assert_false(put(r, 102, true)); /* refused, not lost: not counted */
    assert_int_equal(r->dropped, 2);
    assert_false(put(r, 103, false));
    assert_int_equal(r->dropped, 3);

    assert_int_equal(sc_ring_peek(r, out, CAPACITY), 16);
    for (uint32_t i = 0; i < 16; i++) {
        assert_int_equal(out[i].token, i);
    }
    sc_ring_take(r, 1);
    assert_false(put(r, 104, false));
    assert_true(put(r, 16, true));
    sc_ring_take(r, 5);
    assert_true(put(r, 17, false));
    free(bytes);
}


static void
what_is_not_taken_is_read_again(void **state)
{
    struct sc_ring *r;
    void *bytes = new_ring(&r);
    struct sc_event out[4];

    (void) state;
    for (uint32_t i = 0; i < 6; i++) {
        assert_true(put(r, i, true));
    }
    assert_int_equal(sc_ring_peek(r, out, 4), 4);
    assert_int_equal(sc_ring_peek(r, out, 4), 4);
    assert_int_equal(out[0].token, 0);
    sc_ring_take(r, 3);
    assert_int_equal(sc_ring_peek(r, out, 4), 3);
    assert_int_equal(out[0].token, 3);
    free(bytes);
}


static void
a_ring_that_a_process_left_goes_on(void **state)
{
    struct sc_ring *r, *again;
    void *bytes = new_ring(&r);
    struct sc_event out[CAPACITY];

    (void) state;
    assert_true(put(r, 1, true));
    assert_true(put(r, 2, true));
    sc_ring_take(r, 1);
    /* a half-written event behind head does not count */
    memset((char *) bytes + SC_RING_HEADER + 2 * sizeof(struct sc_event), 0xee,
           40);
    assert_int_equal(sc_ring_open(bytes, sc_ring_size(CAPACITY), &again), 0);
    assert_int_equal(again->nonce, 77);
    assert_true(put(again, 3, true));
    assert_int_equal(sc_ring_peek(again, out, CAPACITY), 2);
    assert_int_equal(out[0].token, 2);
    assert_int_equal(out[1].token, 3);
    assert_int_equal(out[1].sequence, 2);
    free(bytes);
}


static void
a_ring_that_cannot_be_is_not_opened(void **state)
{
    struct sc_ring *r, *out;
    void *bytes = new_ring(&r);
    size_t size = sc_ring_size(CAPACITY);

    (void) state;
    assert_int_equal(sc_ring_open(bytes, size - 1, &out), SC_ECORRUPT);
    assert_int_equal(sc_ring_open(bytes, 64, &out), SC_ECORRUPT);
    r->tail = 1; /* before head */
    assert_int_equal(sc_ring_open(bytes, size, &out), SC_ECORRUPT);
    r->head = 17;
    assert_int_equal(sc_ring_open(bytes, size, &out), 0);
    r->head = 18;
    assert_int_equal(sc_ring_open(bytes, size, &out), SC_ECORRUPT);
    r->head = r->tail = 0;
    r->capacity = 15;
    assert_int_equal(sc_ring_open(bytes, size, &out), SC_ECORRUPT);
    r->capacity = 8;
    assert_int_equal(sc_ring_open(bytes, size, &out), SC_ECORRUPT);
    r->capacity = CAPACITY;
    r->version = 2;
    assert_int_equal(sc_ring_open(bytes, size, &out), SC_EVERSION);
    r->version = 1;
    r->magic = 0;
    assert_int_equal(sc_ring_open(bytes, size, &out), SC_ECORRUPT);
    free(bytes);
}


static void
capacities_are_powers_of_two_within_limits(void **state)
{
    static const uint32_t bad[] = {0, 1, 2, 3, 5, 12, 1u << 25, UINT32_MAX};
    void *bytes = calloc(1, sc_ring_size(CAPACITY));

    (void) state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(sc_ring_init(bytes, sc_ring_size(bad[i]), bad[i], 1),
                         SC_EINVAL);
    }
    assert_int_equal(sc_ring_init(bytes, sc_ring_size(8), CAPACITY, 1),
                     SC_EINVAL);
    free(bytes);
}


static void
counters_that_the_other_side_damaged_do_no_harm(void **state)
{
    struct sc_ring *r;
    void *bytes = new_ring(&r);
    struct sc_event out[CAPACITY];

    (void) state;
    r->head = 1000;
    assert_int_equal(sc_ring_peek(r, out, CAPACITY), 0);
    assert_false(put(r, 1, true));
    r->head = 0;
    r->tail = 5;
    assert_false(put(r, 1, true));
    assert_int_equal(sc_ring_peek(r, out, CAPACITY), 0);
    free(bytes);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_out_in_order_with_their_numbers),
        cmocka_unit_test(the_last_quarter_is_kept_for_what_must_be_recorded),
        cmocka_unit_test(what_is_not_taken_is_read_again),
        cmocka_unit_test(a_ring_that_a_process_left_goes_on),
        cmocka_unit_test(a_ring_that_cannot_be_is_not_opened),
        cmocka_unit_test(capacities_are_powers_of_two_within_limits),
        cmocka_unit_test(counters_that_the_other_side_damaged_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
