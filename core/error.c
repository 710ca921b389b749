/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.c - messages of the error space.
 */

#include "core/error.h"

const char *
sc_strerror(int rc)
{
    switch (rc) {
    case SC_OK:
        return "success";
#define X(name, value, text)                                                  \
    case name:                                                                \
        return text;
        SC_ERRORS(X)
#undef X
    default:
        return "unknown error";
    }
}
