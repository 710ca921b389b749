/* SPDX-License-Identifier: Apache-2.0 */
/*
 * class.c - names of classes and traits, in the order of their bits.
 */

#include "core/class.h"

static const char *const classes[SC_CLASSES] = {"read", "write", "delete",
                                                "admin", "credential"};
static const char *const traits[SC_TRAITS] = {"bulk",   "archive", "export",
                                              "notify", "redact",  "minor"};

static uint32_t
bit_of(struct sc_str name, const char *const *names, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (sc_str_eq(name, sc_str_c(names[i]))) {
            return 1u << i;
        }
    }

    return 0;
}


const char *
sc_class_name(unsigned i)
{
    return i < SC_CLASSES ? classes[i] : NULL;
}


const char *
sc_trait_name(unsigned i)
{
    return i < SC_TRAITS ? traits[i] : NULL;
}


uint32_t
sc_class_parse(struct sc_str name)
{
    return bit_of(name, classes, SC_CLASSES);
}


uint32_t
sc_trait_parse(struct sc_str name)
{
    return bit_of(name, traits, SC_TRAITS);
}
