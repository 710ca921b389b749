/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.c - format, checksum and key of tokens; the only user of libcrypto
 * in core.
 *
 * HMAC is two SHA-256 runs over one context that is made once: fetching the
 * algorithm and allocating the context for every call costs five times the
 * hash itself.
 */

#include "core/token.h"

#include <openssl/evp.h>

#define DIGITS     27 /* base62 digits of 160 bits */
#define CRC_DIGITS 6
#define PREFIX     4
#define BLOCK      64 /* of SHA-256 */

static const char base62[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const struct {
    struct sc_str prefix;
    enum sc_token_kind kind;
} kinds[] = {
    {{"scu_", PREFIX}, SC_TOKEN_USER},
    {{"scs_", PREFIX}, SC_TOKEN_SERVICE},
    {{"sca_", PREFIX}, SC_TOKEN_ADMIN},
    {{"scr_", PREFIX}, SC_TOKEN_SESSION},
};

uint32_t
sc_crc32(const void *bytes, size_t n)
{
    /* Four bits at a time: the polynomial's multiples of 0 to 15. */
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    const uint8_t *p = bytes;
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }

    return ~crc;
}


/* The last n base62 digits of value. */
static void
put_digits(uint32_t value, char *out, unsigned n)
{
    while (n-- > 0) {
        out[n] = base62[value % 62];
        value /= 62;
    }
}


int
sc_token_make(enum sc_token_kind kind, const uint8_t random[SC_TOKEN_RANDOM],
              char out[SC_TOKEN_LEN + 1])
{
    uint8_t number[SC_TOKEN_RANDOM];
    const char *prefix = NULL;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].kind == kind) {
            prefix = kinds[i].prefix.data;
        }
    }
    if (prefix == NULL) {
        return SC_EINVAL;
    }

    memcpy(out, prefix, PREFIX);
    memcpy(number, random, sizeof(number));
    for (unsigned d = DIGITS; d-- > 0;) { /* long division by 62 */
        unsigned rest = 0;

        for (unsigned i = 0; i < SC_TOKEN_RANDOM; i++) {
            rest = rest << 8 | number[i];
            number[i] = (uint8_t) (rest / 62);
            rest %= 62;
        }
        out[PREFIX + d] = base62[rest];
    }

    put_digits(sc_crc32(out, PREFIX + DIGITS), out + PREFIX + DIGITS,
               CRC_DIGITS);
    out[SC_TOKEN_LEN] = '\0';
    sc_wipe(number, sizeof(number));
    return 0;
}


static bool
is_base62(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
           || (c >= 'a' && c <= 'z');
}


enum sc_token_kind
sc_token_parse(struct sc_str text)
{
    char crc[CRC_DIGITS];

    if (text.len != SC_TOKEN_LEN) {
        return SC_TOKEN_NONE;
    }

    for (size_t i = PREFIX; i < SC_TOKEN_LEN; i++) {
        if (!is_base62(text.data[i])) {
            return SC_TOKEN_NONE;
        }
    }

    put_digits(sc_crc32(text.data, PREFIX + DIGITS), crc, CRC_DIGITS);
    if (memcmp(crc, text.data + PREFIX + DIGITS, CRC_DIGITS) != 0) {
        return SC_TOKEN_NONE;
    }

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (sc_str_starts(text, kinds[i].prefix)) {
            return kinds[i].kind;
        }
    }

    return SC_TOKEN_NONE;
}


int
sc_hasher_open(struct sc_hasher *h, const uint8_t key[SC_TOKEN_KEY])
{
    memset(h, 0, sizeof(*h));
    h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    h->ctx = EVP_MD_CTX_new();
    if (h->md == NULL || h->ctx == NULL
        || EVP_DigestInit_ex2(h->ctx, h->md, NULL) != 1) {
        sc_hasher_close(h);
        return SC_ECRYPTO;
    }

    memset(h->ipad, 0x36, BLOCK);
    memset(h->opad, 0x5c, BLOCK);
    for (size_t i = 0; i < SC_TOKEN_KEY; i++) {
        h->ipad[i] ^= key[i];
        h->opad[i] ^= key[i];
    }

    return 0;
}


void
sc_hasher_close(struct sc_hasher *h)
{
    EVP_MD_CTX_free(h->ctx);
    EVP_MD_free(h->md);
    sc_wipe(h, sizeof(*h));
}


/* SHA-256 of a block and a text. */
static bool
hash(struct sc_hasher *h, const uint8_t block[BLOCK], struct sc_str text,
     uint8_t out[SC_TOKEN_KEY])
{
    return EVP_DigestInit_ex2(h->ctx, NULL, NULL) == 1
           && EVP_DigestUpdate(h->ctx, block, BLOCK) == 1
           && EVP_DigestUpdate(h->ctx, text.data, text.len) == 1
           && EVP_DigestFinal_ex(h->ctx, out, NULL) == 1;
}


int
sc_hasher_key(struct sc_hasher *h, struct sc_str text,
              uint8_t out[SC_TOKEN_KEY])
{
    uint8_t inner[SC_TOKEN_KEY];
    bool ok;

    ok = h->ctx != NULL && hash(h, h->ipad, text, inner)
         && hash(h, h->opad, sc_str((const char *) inner, sizeof(inner)), out);
    sc_wipe(inner, sizeof(inner));
    return ok ? 0 : SC_ECRYPTO;
}


bool
sc_ct_eq(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    volatile uint8_t diff = 0;

    for (size_t i = 0; i < n; i++) {
        diff = (uint8_t) (diff | (x[i] ^ y[i]));
    }

    return diff == 0;
}


void
sc_wipe(void *p, size_t n)
{
    memset(p, 0, n);
    __asm__ volatile("" : : "r"(p) : "memory");
}
