/* SPDX-License-Identifier: Apache-2.0 */
/*
 * method.c - request methods by name.
 */

#include "core/method.h"

static const struct sc_str names[SC_METHODS] = {
    [SC_METHOD_NONE] = {"?", 1}, [SC_GET] = {"GET", 3},
    [SC_HEAD] = {"HEAD", 4},     [SC_POST] = {"POST", 4},
    [SC_PUT] = {"PUT", 3},       [SC_PATCH] = {"PATCH", 5},
    [SC_DELETE] = {"DELETE", 6}, [SC_OPTIONS] = {"OPTIONS", 7},
};

enum sc_method
sc_method_parse(struct sc_str name)
{
    for (unsigned m = SC_GET; m < SC_METHODS; m++) {
        if (sc_str_eq(name, names[m])) {
            return (enum sc_method) m;
        }
    }

    return SC_METHOD_NONE;
}


const char *
sc_method_name(enum sc_method m)
{
    return names[(unsigned) m < SC_METHODS ? m : SC_METHOD_NONE].data;
}
