/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.c - checks and comparisons of path templates.
 */

#include "catalog/template.h"

#include <string.h>

#include "core/str.h"


/* Segment in front of *rest, and *rest behind it; false at the end. */
static bool
next_segment(const char **rest, struct sc_str *segment)
{
    const char *at = *rest;

    if (*at != '/') {
        return false;
    }

    at++;
    segment->data = at;
    segment->len = strcspn(at, "/");
    *rest = at + segment->len;

    return true;
}


/* The braces of one segment; *tail: it is a multi-segment parameter. */
static const char *
check_braces(struct sc_str s, bool *tail)
{
    size_t open = 0, parameters = 0;
    bool inside = false, behind = false;

    *tail = false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '{') {
            if (inside || behind) {
                return inside ? "a brace inside braces"
                              : "two parameters without text between them";
            }
            inside = true;
            open = i;
            continue;
        }
        behind = s.data[i] == '}';
        if (behind) {
            if (!inside || i == open + 1 || s.data[i - 1] == '{') {
                return "a parameter without a name";
            }
            inside = false;
            parameters++;
            *tail = *tail || s.data[i - 1] == '*';
        }
    }

    if (inside) {
        return "a brace that is not closed";
    }
    if (*tail
        && (parameters != 1 || s.data[0] != '{' || s.data[s.len - 1] != '}'
            || s.len < 4)) {
        return "a multi-segment parameter has to be a whole segment";
    }

    return NULL;
}


static const char *
check_bytes(const char *path)
{
    if (path[0] != '/') {
        return "a path begins with a slash";
    }
    if (strlen(path) > TEMPLATE_MAX) {
        return "the path is too long";
    }

    for (const char *c = path; *c != '\0'; c++) {
        if ((unsigned char) *c < 0x21 || (unsigned char) *c > 0x7e
            || strchr("?#\\;%", *c) != NULL) {
            return "a byte that no path template may hold";
        }
    }

    return NULL;
}


const char *
template_fault(const char *path)
{
    const char *what = check_bytes(path), *rest = path;
    struct sc_str s;
    size_t n = 0;
    bool tail;

    while (what == NULL && next_segment(&rest, &s)) {
        if (++n > TEMPLATE_SEGMENTS_MAX) {
            return "the path has too many segments";
        }
        if (s.len == 0) {
            return *rest == '\0' ? NULL : "an empty segment";
        }
        if (sc_str_eq(s, SC_STR(".")) || sc_str_eq(s, SC_STR(".."))) {
            return "a dot segment";
        }
        what = check_braces(s, &tail);
        if (what == NULL && tail && *rest != '\0') {
            return "a multi-segment parameter has to be the last segment";
        }
    }

    return what;
}


char *
template_shape(struct arena *a, const char *path)
{
    char *shape = arena_alloc(a, strlen(path) + 1);
    char *to = shape;
    bool inside = false;

    for (const char *c = path; *c != '\0'; c++) {
        if (*c == '}') {
            inside = false;
            if (c[-1] == '*') {
                *to++ = '*';
            }
        }
        if (!inside) {
            *to++ = *c;
        }
        inside = inside || *c == '{';
    }

    return shape;
}


enum kind { LITERAL, PATTERN, PARAM };


bool
template_last_parameter(const char *path, const char **name, size_t *len)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : strlen(slash + 1);

    if (n < 3 || slash[1] != '{' || strcspn(slash, "}") != n
        || slash[n - 1] == '*') {
        return false;
    }
    *name = slash + 2;
    *len = n - 2;

    return true;
}


const char *
template_multi(struct arena *a, const char *path)
{
    const char *name;
    size_t len;

    if (!template_last_parameter(path, &name, &len)) {
        return path;
    }

    return arena_format(a, "%.*s*}", (int) (name + len - path), path);
}


static enum kind
kind_of(struct sc_str s)
{
    if (memchr(s.data, '{', s.len) == NULL) {
        return LITERAL;
    }

    return sc_str_eq(s, SC_STR("{}")) || sc_str_eq(s, SC_STR("{*}")) ? PARAM
                                                                     : PATTERN;
}


/* True if the literal fits the pattern; each "{}" takes a byte or more. */
static bool
pattern_fits(struct sc_str pattern, struct sc_str literal)
{
    size_t p = 0, l = 0, retry_p = 0, retry_l = 0;

    while (l < literal.len) {
        if (p < pattern.len && pattern.data[p] == '{') {
            p += 2;
            l++;
            retry_p = p;
            retry_l = l;
        } else if (p < pattern.len && pattern.data[p] == literal.data[l]) {
            p++;
            l++;
        } else if (retry_p != 0) {
            p = retry_p;
            l = ++retry_l;
        } else {
            return false;
        }
    }

    return p == pattern.len;
}


/* -1: a is more specific, 1: b is, 0: alike, 2: nothing fits both. */
static int
relate_segments(struct sc_str a, struct sc_str b)
{
    enum kind ka = kind_of(a), kb = kind_of(b);

    if (ka == kb) {
        return ka == PARAM || sc_str_eq(a, b) ? 0 : 2;
    }
    if ((ka == LITERAL && a.len == 0) || (kb == LITERAL && b.len == 0)) {
        return 2;
    }
    if (ka == PARAM || kb == PARAM) {
        return ka < kb ? -1 : 1;
    }
    if (ka == LITERAL) {
        return pattern_fits(b, a) ? -1 : 2;
    }

    return pattern_fits(a, b) ? 1 : 2;
}


enum template_relation
template_relate(const char *a, const char *b)
{
    bool left = false, right = false, more_a, more_b;
    struct sc_str sa, sb;
    int r;

    for (;;) {
        more_a = next_segment(&a, &sa);
        more_b = next_segment(&b, &sb);
        if (more_a != more_b) {
            return TEMPLATE_APART;
        }
        if (!more_a) {
            break;
        }
        r = relate_segments(sa, sb);
        if (r == 2) {
            return TEMPLATE_APART;
        }
        left = left || r == -1;
        right = right || r == 1;
    }

    if (left && right) {
        return TEMPLATE_CROSS;
    }

    return left || right ? TEMPLATE_NESTED : TEMPLATE_SAME;
}
