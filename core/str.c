/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.c - slices, text buffers, JSON strings, UTF-8.
 */

#include "core/str.h"

struct sc_str
sc_str_c(const char *text)
{
    return sc_str(text, text == NULL ? 0 : strlen(text));
}


bool
sc_str_eq_nocase(struct sc_str a, struct sc_str b)
{
    if (a.len != b.len) {
        return false;
    }

    for (size_t i = 0; i < a.len; i++) {
        if (sc_lower(a.data[i]) != sc_lower(b.data[i])) {
            return false;
        }
    }

    return true;
}


int
sc_str_cmp(struct sc_str a, struct sc_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n == 0 ? 0 : memcmp(a.data, b.data, n);

    if (order != 0) {
        return order;
    }

    return (a.len > b.len) - (a.len < b.len);
}


/* One step: multiplication spreads upwards, the shift back down. */
static uint64_t
mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ (h >> 32);
}


static uint64_t
load(const char *from, size_t n)
{
    uint64_t word = 0;

    memcpy(&word, from, n);
    return word;
}


/* All bytes of a text of up to eight, without a loop over them. */
static uint64_t
short_word(struct sc_str s)
{
    if (s.len >= 4) {
        return load(s.data, 4) | load(s.data + s.len - 4, 4) << 32;
    }
    if (s.len == 0) {
        return 0;
    }

    return (uint64_t) (uint8_t) s.data[0]
           | (uint64_t) (uint8_t) s.data[s.len / 2] << 8
           | (uint64_t) (uint8_t) s.data[s.len - 1] << 16;
}


/* Eight bytes at a time; the last eight may overlap those before. */
uint32_t
sc_str_hash(struct sc_str s, uint32_t seed)
{
    uint64_t h = mix((uint64_t) seed << 32, s.len);

    if (s.len < 8) {
        return (uint32_t) mix(h, short_word(s));
    }

    for (size_t at = 0; at + 8 < s.len; at += 8) {
        h = mix(h, load(s.data + at, 8));
    }

    return (uint32_t) mix(h, load(s.data + s.len - 8, 8));
}


int
sc_hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c = sc_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


void
sc_buf_add(struct sc_buf *b, struct sc_str s)
{
    if (b->full || s.len > b->cap - b->len) {
        b->full = true;
        return;
    }

    if (s.len != 0) {
        memcpy(b->data + b->len, s.data, s.len);
        b->len += s.len;
    }
}


void
sc_buf_addc(struct sc_buf *b, const char *text)
{
    sc_buf_add(b, sc_str_c(text));
}


void
sc_buf_u64(struct sc_buf *b, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char) ('0' + value % 10);
        value /= 10;
    } while (value != 0);

    sc_buf_add(b, sc_str(digits + at, sizeof(digits) - at));
}


struct sc_str
sc_buf_str(const struct sc_buf *b)
{
    return sc_str(b->data, b->len);
}


/* Bytes that the first byte of a UTF-8 sequence announces; 0: no such. */
static size_t
utf8_length(uint8_t first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 3;
    }
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}


int32_t
sc_utf8_next(struct sc_str s, size_t *at)
{
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first;
    size_t n;
    int32_t code;

    if (*at >= s.len) {
        return -1;
    }

    first = (uint8_t) s.data[*at];
    n = utf8_length(first);
    if (n == 0 || n > s.len - *at) {
        return -1;
    }

    code = n == 1 ? first : first & (0xff >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        uint8_t c = (uint8_t) s.data[*at + i];

        if ((c & 0xc0) != 0x80) {
            return -1;
        }
        code = (code << 6) | (c & 0x3f);
    }

    if (code < least[n] || code > 0x10ffff
        || (code >= 0xd800 && code <= 0xdfff)) {
        return -1;
    }

    *at += n;
    return code;
}


/* A control character as \uXXXX, or by its short name. */
static void
json_control(struct sc_buf *b, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    switch (c) {
    case '\n':
        sc_buf_addc(b, "\\n");
        break;
    case '\t':
        sc_buf_addc(b, "\\t");
        break;
    case '\r':
        sc_buf_addc(b, "\\r");
        break;
    default:
        sc_buf_add(b, sc_str(text, sizeof(text)));
    }
}


void
sc_buf_json(struct sc_buf *b, struct sc_str s)
{
    size_t at = 0;

    sc_buf_addc(b, "\"");
    while (at < s.len) {
        size_t from = at;
        int32_t code = sc_utf8_next(s, &at);

        if (code < 0) {
            sc_buf_addc(b, "\xef\xbf\xbd");
            at++;
        } else if (code < 0x20 || code == 0x7f) {
            json_control(b, (uint8_t) code);
        } else if (code == '"' || code == '\\') {
            sc_buf_addc(b, code == '"' ? "\\\"" : "\\\\");
        } else {
            sc_buf_add(b, sc_str(s.data + from, at - from));
        }
    }
    sc_buf_addc(b, "\"");
}
