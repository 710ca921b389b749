/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_TOKEN_H
#define SC_CORE_TOKEN_H

/*
 * token.h - the format of gateway tokens and the key they are stored under.
 *
 *    scu_ scs_ sca_ scr_    4   user, service account, admin key, session
 *    base62                27   160 random bits, most significant digit first
 *    base62                 6   CRC-32 (ISO-HDLC) of all before
 *
 * Digits are 0-9 A-Z a-z.  A string that fails prefix, length, alphabet or
 * checksum is refused without a look-up.  Only HMAC-SHA-256 of the whole
 * string under the instance key (RFC 2104) is ever stored.
 */

#include "core/crc32.h"
#include "core/error.h"
#include "core/str.h"

#define SC_TOKEN_RANDOM 20 /* bytes handed to sc_token_make */
#define SC_TOKEN_LEN    37
#define SC_TOKEN_KEY    32 /* bytes of a stored key and of the instance key */

enum sc_token_kind {
    SC_TOKEN_NONE = 0, /* not a token */
    SC_TOKEN_USER,
    SC_TOKEN_SERVICE,
    SC_TOKEN_ADMIN,
    SC_TOKEN_SESSION
};

/* Make a token of a kind from random bytes into out (NUL-terminated). */
int sc_token_make(enum sc_token_kind kind,
                  const uint8_t random[SC_TOKEN_RANDOM],
                  char out[SC_TOKEN_LEN + 1]) SC_MUSTCHECK;

/* Kind of a presented string, SC_TOKEN_NONE if it is not one of ours. */
enum sc_token_kind sc_token_parse(struct sc_str text);

/* Holds libcrypto's objects, made once; one thread at a time may use it. */
struct sc_hasher {
    void *md;    /* EVP_MD */
    void *inner; /* EVP_MD_CTX that has taken the padded key (RFC 2104) */
    void *outer;
    void *ctx; /* for the call */
};

/* Ready *h for an instance key.  End with sc_hasher_close(). */
int sc_hasher_open(struct sc_hasher *h,
                   const uint8_t key[SC_TOKEN_KEY]) SC_MUSTCHECK;

/* Frees and wipes; a zeroed hasher is fine. */
void sc_hasher_close(struct sc_hasher *h);

/* HMAC-SHA-256 of text under the instance key into out. */
int sc_hasher_key(struct sc_hasher *h, struct sc_str text,
                  uint8_t out[SC_TOKEN_KEY]) SC_MUSTCHECK;

/* Equal or not, in a time that depends on n alone. */
bool sc_ct_eq(const void *a, const void *b, size_t n);

/* Zero memory in a way the optimiser has to keep. */
void sc_wipe(void *p, size_t n);

#endif
