/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_METHOD_H
#define SC_CORE_METHOD_H

/*
 * method.h - the seven request methods that the gateway knows.
 *
 * Compared exactly (RFC 9110 section 9.1 makes methods case-sensitive);
 * everything else is SC_METHOD_NONE and refused.
 */

#include "core/str.h"

enum sc_method {
    SC_METHOD_NONE = 0,
    SC_GET,
    SC_HEAD,
    SC_POST,
    SC_PUT,
    SC_PATCH,
    SC_DELETE,
    SC_OPTIONS,
    SC_METHODS /* count, not a method */
};

enum sc_method sc_method_parse(struct sc_str name);

/* Static upper-case name; "?" for SC_METHOD_NONE. */
const char *sc_method_name(enum sc_method m);

#endif
