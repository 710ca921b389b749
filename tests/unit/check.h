/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_TESTS_UNIT_CHECK_H
#define SC_TESTS_UNIT_CHECK_H

/*
 * check.h - cmocka with what it needs before it, and assertions on slices.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/str.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A slice holds the text. */
#define assert_str(slice, text)                                               \
    do {                                                                      \
        struct sc_str got_ = (slice);                                         \
                                                                              \
        if (!sc_str_eq(got_, sc_str_c(text))) {                               \
            fail_msg("\"%.*s\" is not \"%s\"", (int) got_.len, got_.data,     \
                     text);                                                   \
        }                                                                     \
    } while (0)

/* A condition, with a message of what it was about. */
#define assert_msg(condition, ...)                                            \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fail_msg(__VA_ARGS__);                                            \
        }                                                                     \
    } while (0)

#endif
