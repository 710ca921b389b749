/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_SCOPE_H
#define SC_CORE_SCOPE_H

/*
 * scope.h - names, patterns and sets of scopes.
 *
 * A scope has a number (0-based) that the store gives it once and for ever;
 * images and sets speak of numbers only.  A set is an array of 64-bit words;
 * a number beyond the array is not in the set, so a set made before a scope
 * existed never holds it.
 */

#include "core/error.h"
#include "core/str.h"

#define SC_SCOPE_MAX      4096 /* numbers in all */
#define SC_SCOPE_NAME_MAX 128  /* bytes of a name */
#define SC_SCOPE_WORDS    (SC_SCOPE_MAX / 64)

struct sc_scope_set {
    const uint64_t *words; /* borrowed */
    uint32_t nwords;
};

/* RFC 6749 section 3.3 scope-token, at most SC_SCOPE_NAME_MAX bytes. */
bool sc_scope_name_ok(struct sc_str name);

/*
 * A pattern is parts joined by ':'; the part "*" stands for one or more
 * whole parts: "*", "manage:*", "read:*:jira".  A '*' elsewhere in a part is
 * an error.
 */
bool sc_scope_pattern_ok(struct sc_str pattern);

/* True if the (valid) pattern covers the whole name. */
bool sc_scope_match(struct sc_str pattern, struct sc_str name);

bool sc_scope_has(struct sc_scope_set set, uint32_t scope);

/* Add to the caller's words; false if scope does not fit nwords. */
bool sc_scope_add(uint64_t *words, uint32_t nwords, uint32_t scope);

#endif
