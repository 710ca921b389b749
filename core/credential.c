/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credential.c - parse of an Authorization header value.
 *
 * Called before authentication with whatever the client sent.  Base64 is
 * strict (RFC 4648 section 4): whole groups, padding at the end only, unused
 * bits zero, so that one credential has one spelling.
 */

#include "core/credential.h"

#include "core/token.h"

/* Values of base64 digits; other bytes that a bearer token may hold; none
 * of both. */
enum { TOKEN = 64, NONE = 128 };

/* Value of a byte.  A table, since the digits of a token are random: a branch
 * on them that is mispredicted costs more than all the look-ups. */
static uint8_t
value_of(char c)
{
    /* clang-format off */
#define NONE16 NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, \
               NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE
    static const uint8_t values[256] = {
        NONE16, NONE16,
        NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 62, NONE, TOKEN, TOKEN, 63,
        52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NONE, NONE, NONE, NONE, NONE, NONE,
        NONE, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
        15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NONE, NONE, NONE, NONE, TOKEN,
        NONE, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
        41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NONE, NONE, NONE, TOKEN, NONE,
        NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16};
#undef NONE16
    /* clang-format on */

    return values[(uint8_t) c];
}


/* Decode into out (room for 3/4 of in).  False if in is not base64. */
static bool
base64_decode(struct sc_str in, char *out, size_t *len)
{
    uint32_t bits = 0;
    unsigned have = 0, all = 0;
    size_t n = 0;

    if (in.len == 0 || in.len % 4 != 0) {
        return false;
    }

    for (unsigned pad = 0; pad < 2 && in.data[in.len - 1] == '='; pad++) {
        in.len--;
    }

    for (size_t i = 0; i < in.len; i++) {
        unsigned value = value_of(in.data[i]);

        all |= value;
        bits = bits << 6 | (value & 63);
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char) (bits >> have & 0xff);
        }
    }

    *len = n;
    return all < TOKEN && have < 6 && (bits & ((1u << have) - 1)) == 0;
}


/* RFC 6750 b64token: the alphabet of a bearer token. */
static bool
is_token68(struct sc_str s)
{
    size_t n = s.len;
    unsigned all = 0;

    while (n > 0 && s.data[n - 1] == '=') {
        n--;
    }

    for (size_t i = 0; i < n; i++) {
        all |= value_of(s.data[i]);
    }

    return n != 0 && all < NONE;
}


static bool
parse_basic(struct sc_str value, struct sc_credential *c)
{
    const char *colon;
    size_t len;

    if (!base64_decode(value, c->decoded, &len)) {
        return false;
    }

    colon = memchr(c->decoded, ':', len);
    if (colon == NULL) {
        return false;
    }

    c->user = sc_str(c->decoded, (size_t) (colon - c->decoded));
    c->secret = sc_str(colon + 1, len - c->user.len - 1);
    return c->user.len != 0 && c->secret.len != 0;
}


static bool
parse(struct sc_str value, struct sc_credential *c)
{
    static const struct {
        struct sc_str name;
        enum sc_scheme scheme;
    } schemes[] = {
        {{"bearer", 6}, SC_SCHEME_BEARER},
        {{"basic", 5}, SC_SCHEME_BASIC},
        {{"token", 5}, SC_SCHEME_TOKEN},
    };
    const char *space = memchr(value.data, ' ', value.len);
    struct sc_str name, rest;

    if (space == NULL || value.len > SC_CREDENTIAL_MAX) {
        return false;
    }

    name = sc_str(value.data, (size_t) (space - value.data));
    rest = sc_str(space, value.len - name.len);
    while (rest.len != 0 && rest.data[0] == ' ') {
        rest.data++;
        rest.len--;
    }

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (sc_str_eq_nocase(name, schemes[i].name)) {
            c->scheme = schemes[i].scheme;
        }
    }

    if (c->scheme == SC_SCHEME_BASIC) {
        return parse_basic(rest, c);
    }

    c->secret = rest;
    return c->scheme != SC_SCHEME_NONE && is_token68(rest);
}


int
sc_credential_parse(struct sc_str value, struct sc_credential *c)
{
    c->scheme = SC_SCHEME_NONE;
    c->user = c->secret = sc_str(NULL, 0);
    if (value.len == 0 || !parse(value, c)) {
        sc_wipe(c, sizeof(*c));
        return SC_ESYNTAX;
    }

    return 0;
}
