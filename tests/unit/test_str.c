/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_str.c - slices, buffers, JSON strings and UTF-8.
 */

#include "core/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void
slices_compare_by_bytes(void **state)
{
    (void) state;
    assert_true(sc_str_eq(SC_STR("ab"), SC_STR("ab")));
    assert_false(sc_str_eq(SC_STR("ab"), SC_STR("aB")));
    assert_false(sc_str_eq(SC_STR("ab"), SC_STR("abc")));
    assert_true(sc_str_eq(sc_str(NULL, 0), SC_STR("")));
    assert_true(sc_str_eq(sc_str_c(NULL), SC_STR("")));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_compare_by_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
