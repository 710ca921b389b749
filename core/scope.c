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


/* Cut the part up to the next ':' off *rest. */
static struct sc_str
next_part(struct sc_str *rest)
{
    const char *colon = memchr(rest->data, ':', rest->len);
    size_t n = colon == NULL ? rest->len : (size_t) (colon - rest->data);
    struct sc_str part = sc_str(rest->data, n);

    n += colon == NULL ? 0 : 1;
    rest->data += n;
    rest->len -= n;
    return part;
}


bool
sc_scope_pattern_ok(struct sc_str pattern)
{
    if (!sc_scope_name_ok(pattern) || pattern.data[pattern.len - 1] == ':') {
        return false;
    }

    while (pattern.len != 0) {
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

    while (name.len != 0) {
        struct sc_str p = pattern, n = name;
        struct sc_str want = next_part(&p), have = next_part(&n);

        if (pattern.len != 0 && sc_str_eq(want, SC_STR("*"))) {
            star = true;
            after_star = p;
            star_name = n;
        } else if (pattern.len == 0 || !sc_str_eq(want, have)) {
            if (!star || star_name.len == 0) {
                return false;
            }
            (void) next_part(&star_name);
            p = after_star;
            n = star_name;
        }

        pattern = p;
        name = n;
    }

    return pattern.len == 0;
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
