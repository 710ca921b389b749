/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.c - format, checksum and key of tokens; the only user of libcrypto
 * in core.
 *
 * HMAC is two SHA-256 runs, each from a context that has taken its half of
 * the key once and for all: a call hashes two blocks instead of four, and
 * never fetches the algorithm, which costs five times the hash itself.
 */

#include "core/token.h"

#include <openssl/evp.h>

#define DIGITS     27 /* base62 digits of 160 bits */
#define CRC_DIGITS 6
#define PREFIX     4
#define NO_DIGIT   64 /* a bit that no value of a digit has */
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


/* Value of a digit, NO_DIGIT for a byte that is none. */
static uint8_t
digit_value(char c)
{
    /* clang-format off */
#define NONE16 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64
    static const uint8_t values[256] = {
        NONE16, NONE16, NONE16,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 64, 64, 64, 64, 64, 64,
        64, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
        25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 64, 64, 64, 64, 64,
        64, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
        51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64,
        NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16};
#undef NONE16
    /* clang-format on */

    return values[(uint8_t) c];
}


/* The kind that a prefix announces. */
static enum sc_token_kind
kind_of(struct sc_str text)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (memcmp(text.data, kinds[i].prefix.data, PREFIX) == 0) {
            return kinds[i].kind;
        }
    }

    return SC_TOKEN_NONE;
}


/* No branch depends on a digit: they are random, and a branch that is
 * mispredicted costs more than the rest of this. */
enum sc_token_kind
sc_token_parse(struct sc_str text)
{
    uint64_t crc = 0;
    unsigned all = 0;

    if (text.len != SC_TOKEN_LEN) {
        return SC_TOKEN_NONE;
    }

    for (size_t i = PREFIX; i < SC_TOKEN_LEN; i++) {
        all |= digit_value(text.data[i]);
    }
    for (size_t i = PREFIX + DIGITS; i < SC_TOKEN_LEN; i++) {
        crc = crc * 62 + digit_value(text.data[i]);
    }

    return all < NO_DIGIT && crc == sc_crc32(text.data, PREFIX + DIGITS)
               ? kind_of(text)
               : SC_TOKEN_NONE;
}


/* A context that has taken the key, xored with pad; NULL if that failed. */
static EVP_MD_CTX *
keyed(const EVP_MD *md, const uint8_t key[SC_TOKEN_KEY], uint8_t pad)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t block[BLOCK];

    for (size_t i = 0; i < BLOCK; i++) {
        block[i] = (uint8_t) ((i < SC_TOKEN_KEY ? key[i] : 0) ^ pad);
    }

    if (ctx == NULL || EVP_DigestInit_ex2(ctx, md, NULL) != 1
        || EVP_DigestUpdate(ctx, block, BLOCK) != 1) {
        EVP_MD_CTX_free(ctx);
        ctx = NULL;
    }

    sc_wipe(block, sizeof(block));
    return ctx;
}


int
sc_hasher_open(struct sc_hasher *h, const uint8_t key[SC_TOKEN_KEY])
{
    memset(h, 0, sizeof(*h));
    h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    h->ctx = EVP_MD_CTX_new();
    if (h->md != NULL && h->ctx != NULL) {
        h->inner = keyed(h->md, key, 0x36);
        h->outer = keyed(h->md, key, 0x5c);
    }
    if (h->inner == NULL || h->outer == NULL) {
        sc_hasher_close(h);
        return SC_ECRYPTO;
    }

    return 0;
}


void
sc_hasher_close(struct sc_hasher *h)
{
    EVP_MD_CTX_free(h->inner);
    EVP_MD_CTX_free(h->outer);
    EVP_MD_CTX_free(h->ctx);
    EVP_MD_free(h->md);
    sc_wipe(h, sizeof(*h));
}


/* Finish the hash that from has begun with a text. */
static bool
finish(struct sc_hasher *h, const EVP_MD_CTX *from, struct sc_str text,
       uint8_t out[SC_TOKEN_KEY])
{
    return EVP_MD_CTX_copy_ex(h->ctx, from) == 1
           && EVP_DigestUpdate(h->ctx, text.data, text.len) == 1
           && EVP_DigestFinal_ex(h->ctx, out, NULL) == 1;
}


int
sc_hasher_key(struct sc_hasher *h, struct sc_str text,
              uint8_t out[SC_TOKEN_KEY])
{
    uint8_t inner[SC_TOKEN_KEY];
    bool ok;

    ok = h->ctx != NULL && finish(h, h->inner, text, inner)
         && finish(h, h->outer, sc_str((const char *) inner, sizeof(inner)),
                   out);
    sc_wipe(inner, sizeof(inner));
    return ok ? 0 : SC_ECRYPTO;
}


bool
sc_ct_eq(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    uint64_t diff = 0;

    for (; n >= sizeof(diff); n -= sizeof(diff)) {
        uint64_t v, w;

        memcpy(&v, x, sizeof(v));
        memcpy(&w, y, sizeof(w));
        diff |= v ^ w;
        x += sizeof(v);
        y += sizeof(w);
    }
    for (; n != 0; n--) {
        diff |= (uint64_t) (*x++ ^ *y++);
    }

    /* the optimiser may not know the value, so it cannot end the loops early
     */
    __asm__ volatile("" : "+r"(diff));
    return diff == 0;
}


void
sc_wipe(void *p, size_t n)
{
    memset(p, 0, n);
    __asm__ volatile("" : : "r"(p) : "memory");
}
