/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scope.c - names, patterns and sets of scopes.
 */

#include "core/scope.h"

#include <assert.h>

bool
sc_scope_name_ok(struct sc_str name)
{
    if (name.len == 0 || name.len > SC_SCOPE_NAME_MAX) {
        return false;
    }

    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (c < 0x21 || c > 0x7e || c == '"' || c == '\\') {
            return false;
        }
    }

    return true;
}


/* Cut the part up to the next ':' off *rest; data is NULL behind the last
 * part, which may be empty ("read:" has two). */
static struct sc_str
next_part(struct sc_str *rest)
{
    const char *colon = memchr(rest->data, ':', rest->len);
    struct sc_str part = *rest;

    if (colon == NULL) {
        *rest = sc_str(NULL, 0);
        return part;
    }

    part.len = (size_t) (colon - part.data);
    *rest = sc_str(colon + 1, rest->len - part.len - 1);
    return part;
}


bool
sc_scope_pattern_ok(struct sc_str pattern)
{
    if (!sc_scope_name_ok(pattern)) {
        return false;
    }

    while (pattern.data != NULL) {
        struct sc_str part = next_part(&pattern);

        if (part.len == 0
            || (part.len > 1 && memchr(part.data, '*', part.len) != NULL)) {
            return false;
        }
    }

    return true;
}


/*
 * A star takes one part at first; when the rest does not fit, the latest star
 * takes one more (the usual glob with one point of return, over parts).
 */
bool
sc_scope_match(struct sc_str pattern, struct sc_str name)
{
    struct sc_str after_star = {NULL, 0}, star_name = {NULL, 0};
    bool star = false;

    while (name.data != NULL) {
        struct sc_str p = pattern, n = name;
        struct sc_str have = next_part(&n);
        struct sc_str want = p.data == NULL ? sc_str("", 0) : next_part(&p);

        if (sc_str_eq(want, SC_STR("*"))) {
            star = true;
            after_star = p;
            star_name = n;
        } else if (pattern.data == NULL || !sc_str_eq(want, have)) {
            if (!star || star_name.data == NULL) {
                return false;
            }
            (void) next_part(&star_name);
            p = after_star;
            n = star_name;
        }

        pattern = p;
        name = n;
    }

    return pattern.data == NULL;
}


bool
sc_scope_has(struct sc_scope_set set, uint32_t scope)
{
    return scope / 64 < set.nwords
           && (set.words[scope / 64] >> (scope % 64) & 1) != 0;
}


bool
sc_scope_add(uint64_t *words, uint32_t nwords, uint32_t scope)
{
    if (scope / 64 >= nwords) {
        return false;
    }

    words[scope / 64] |= UINT64_C(1) << (scope % 64);
    return true;
}
