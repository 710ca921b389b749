/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_CLASS_H
#define SC_CORE_CLASS_H

/*
 * class.h - what an operation does (classes) and further facts of it (traits).
 *
 * Bit sets.  No class at all means "unclassified", which is refused.  The
 * names are those of catalogs, of the configuration file and of the API.
 */

#include <stdint.h>

#include "core/str.h"

enum sc_class {
    SC_CLASS_READ = 1,
    SC_CLASS_WRITE = 2,
    SC_CLASS_DELETE = 4,
    SC_CLASS_ADMIN = 8,
    SC_CLASS_CREDENTIAL = 16,
    SC_CLASS_ALL = 31
};

enum sc_trait {
    SC_TRAIT_BULK = 1,
    SC_TRAIT_ARCHIVE = 2,
    SC_TRAIT_EXPORT = 4,
    SC_TRAIT_NOTIFY = 8,
    SC_TRAIT_REDACT = 16,
    SC_TRAIT_MINOR = 32,
    SC_TRAIT_ALL = 63
};

#define SC_CLASSES 5 /* names below, bit 1 << i */
#define SC_TRAITS  6

/* Static name of bit number i (0-based), NULL past the last one. */
const char *sc_class_name(unsigned i);
const char *sc_trait_name(unsigned i);

/* The bit of a name, 0 if there is none. */
uint32_t sc_class_parse(struct sc_str name);
uint32_t sc_trait_parse(struct sc_str name);

#endif
