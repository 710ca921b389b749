/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_TARGET_H
#define SC_CORE_TARGET_H

/*
 * target.h - the strict parse of a raw request target.
 *
 * One parse decides and is what is sent: it accepts a target that every
 * upstream reads in the same way, or says which rule refused it.  It never
 * repairs.  Only the origin form is accepted (RFC 9112 section 3.2.1).
 *
 * What is accepted in a path: pchar of RFC 3986 without ';', and percent
 * escapes whose bytes are valid UTF-8 and none of / \ ; % control DEL, and
 * not an escaped letter, digit, '-', '.' or '_' (an escape that changes
 * nothing is a disguise).  No empty, "." or ".." segment; no segment that
 * begins or ends with white space or ends with a dot (upstreams trim those).
 * A last empty segment is a trailing slash and is kept exactly.  The query is
 * kept byte for byte; it may hold printable ASCII without '#', and no
 * parameter that carries an identity or a method.
 */

#include "core/error.h"
#include "core/str.h"

#define SC_TARGET_MAX   8000 /* bytes of a whole target */
#define SC_SEGMENTS_MAX 64

#define SC_TARGET_RULES(X)                                                    \
    X(SC_TARGET_OK, "accepted")                                               \
    X(SC_TARGET_FORM, "it does not begin with a slash")                       \
    X(SC_TARGET_LENGTH, "it is too long")                                     \
    X(SC_TARGET_BYTE, "it holds a byte that is not allowed in a target")      \
    X(SC_TARGET_FRAGMENT, "it holds a fragment")                              \
    X(SC_TARGET_EMPTY_SEGMENT, "its path holds an empty segment")             \
    X(SC_TARGET_DOT_SEGMENT, "its path holds a dot segment")                  \
    X(SC_TARGET_PARAMETER, "its path holds a semicolon")                      \
    X(SC_TARGET_ESCAPE, "it holds an incomplete percent escape")              \
    X(SC_TARGET_FORBIDDEN_ESCAPE, "its path escapes a byte that may not be")  \
    X(SC_TARGET_NEEDLESS_ESCAPE, "its path escapes a byte that needs none")   \
    X(SC_TARGET_UTF8, "its path does not decode to valid UTF-8")              \
    X(SC_TARGET_TRIMMED, "a segment begins or ends with bytes some trim")     \
    X(SC_TARGET_SEGMENTS, "its path has too many segments")                   \
    X(SC_TARGET_QUERY_IDENTITY, "its query carries an identity or a secret")  \
    X(SC_TARGET_QUERY_METHOD, "its query carries a method")

enum sc_target_rule {
#define X(name, text) name,
    SC_TARGET_RULES(X)
#undef X
};

struct sc_target {
    struct sc_str raw;   /* all of it; borrowed from the caller */
    struct sc_str path;  /* of raw, up to '?' */
    struct sc_str query; /* of raw, behind '?'; data NULL without one */
    uint32_t nsegments;
    bool trailing_slash;                     /* "/a/" and "/" */
    struct sc_str segments[SC_SEGMENTS_MAX]; /* decoded; of raw or decoded */
    char decoded[SC_TARGET_MAX];
};

/*
 * Parse raw into *t, which borrows raw.  Returns SC_TARGET_OK, or the rule
 * that refused; *t is not to be used then.
 */
enum sc_target_rule sc_target_parse(struct sc_str raw,
                                    struct sc_target *t) SC_MUSTCHECK;

/* Static text of a rule, to be put after "the target is refused: ". */
const char *sc_target_rule_text(enum sc_target_rule rule);

/*
 * Walk the parameters of a query, separated by '&' or ';'.  *at starts at 0.
 * Decodes name and value (percent escapes and '+') into buf, which must have
 * room for 2 * SC_TARGET_MAX bytes.  Returns false at the end.
 */
bool sc_query_next(struct sc_str query, size_t *at, char *buf,
                   struct sc_str *name, struct sc_str *value);

#endif
