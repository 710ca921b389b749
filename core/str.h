/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_STR_H
#define SC_CORE_STR_H

/*
 * str.h - borrowed slices of bytes and text appended to a caller's buffer.
 *
 * A struct sc_str never owns its bytes and is not NUL-terminated.
 * A struct sc_buf appends into the caller's array; what does not fit sets
 * `full` and is dropped, so one test at the end is enough.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sc_str {
    const char *data;
    size_t len;
};

/* A literal, or an array whose last byte is NUL, as a slice. */
#define SC_STR(literal) ((struct sc_str){(literal), sizeof(literal) - 1})

static inline struct sc_str
sc_str(const char *data, size_t len)
{
    struct sc_str s = {data, len};

    return s;
}

/* Slice of a NUL-terminated string; NULL gives the empty slice. */
struct sc_str sc_str_c(const char *text);

/* Same bytes. */
static inline bool
sc_str_eq(struct sc_str a, struct sc_str b)
{
    return a.len == b.len
           && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Same bytes when A-Z and a-z are one; nothing else is folded. */
bool sc_str_eq_nocase(struct sc_str a, struct sc_str b);

/* True if s begins with prefix. */
static inline bool
sc_str_starts(struct sc_str s, struct sc_str prefix)
{
    return s.len >= prefix.len
           && sc_str_eq(sc_str(s.data, prefix.len), prefix);
}

/* Order of bytes, shorter first on a tie: <0, 0, >0. */
int sc_str_cmp(struct sc_str a, struct sc_str b);

/* 32-bit hash of the bytes, for tables inside images (so in host byte
 * order); not for secrets. */
uint32_t sc_str_hash(struct sc_str s, uint32_t seed);

/* ASCII lower case of one byte. */
static inline char
sc_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

/* Value of a hexadecimal digit, or -1. */
int sc_hex_value(char c);

struct sc_buf {
    char *data; /* borrowed from the caller */
    size_t cap;
    size_t len;
    bool full; /* something was dropped; the text is not to be used */
};

static inline struct sc_buf
sc_buf(char *data, size_t cap)
{
    struct sc_buf b = {data, cap, 0, false};

    return b;
}

void sc_buf_add(struct sc_buf *b, struct sc_str s);
void sc_buf_addc(struct sc_buf *b, const char *text);
void sc_buf_u64(struct sc_buf *b, uint64_t value);

/*
 * Append s as a JSON string with its quotes (RFC 8259 section 7).  Bytes that
 * are not valid UTF-8 become U+FFFD, so the result is always valid JSON.
 */
void sc_buf_json(struct sc_buf *b, struct sc_str s);

/* What was appended.  Borrowed from b's array. */
struct sc_str sc_buf_str(const struct sc_buf *b);

/*
 * Decode one UTF-8 code point of s at *at and move *at behind it.  Returns
 * the code point, or -1 for overlong, truncated, surrogate or out-of-range
 * forms (RFC 3629); *at is not moved then.
 */
int32_t sc_utf8_next(struct sc_str s, size_t *at);

#endif
