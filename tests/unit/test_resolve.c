/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_resolve.c - addresses of upstream hosts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/resolve.h"


static void
an_address_is_itself(void **state)
{
    char out[RESOLVE_MAX][RESOLVE_TEXT];

    (void) state;
    assert_int_equal(resolve_host("127.0.0.1", out), 1);
    assert_string_equal(out[0], "127.0.0.1");
    assert_int_equal(resolve_host("127.0.0.1", out), 1);
    assert_string_equal(out[0], "127.0.0.1");
}


static void
a_name_that_never_resolves_has_none(void **state)
{
    char out[RESOLVE_MAX][RESOLVE_TEXT];

    (void) state;
    assert_int_equal(resolve_host("upstream.invalid", out), 0);
}


static void
what_is_still_there_is_no_change(void **state)
{
    char out[RESOLVE_MAX][RESOLVE_TEXT];

    (void) state;
    (void) resolve_host("127.0.0.1", out);
    (void) resolve_host("upstream.invalid", out);
    assert_false(resolve_again());
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_itself),
        cmocka_unit_test(a_name_that_never_resolves_has_none),
        cmocka_unit_test(what_is_still_there_is_no_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
