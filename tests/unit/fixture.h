/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_TESTS_UNIT_FIXTURE_H
#define SC_TESTS_UNIT_FIXTURE_H

/*
 * fixture.h - an image and a token table in memory for tests.
 *
 * Catalog "fx" holds one operation of each sort (see fixture.c).  Apps: fx
 * (mounted at host gw), wiki with the same catalog (wiki.example), and other
 * (/other of gw, /any of any host).  There is a token for every pair of a
 * policy and a grant, named "policy/grant", owned by policy@example.com, and
 * some odd ones with names of their own.  The clock of the fixture stands at
 * FX_NOW; tokens start one day earlier and live for 30 days.
 */

#include "core/decide.h"
#include "core/image_build.h"

#define FX_NOW INT64_C(1800000000)
#define FX_DAY 86400

struct fx_token {
    char name[32];
    char text[SC_TOKEN_LEN + 1];
    uint8_t key[SC_TOKEN_KEY];
};

struct fx {
    void *image_bytes;
    size_t image_size;
    void *token_bytes;
    struct sc_tokens *tokens;
    struct sc_hasher hasher;
    struct sc_view view;
    struct fx_token list[128];
    unsigned ntokens;
};

/* The description of the image; static. */
const struct sc_in_image *fx_description(void);

/* Build both; the caller ends *f with fx_close().  Aborts on any failure. */
void fx_open(struct fx *f);
void fx_close(struct fx *f);

/* A token by its name; aborts if there is none. */
const struct fx_token *fx_token(const struct fx *f, struct sc_str name);

/* Build any description into new memory that the caller frees; NULL with
 * the error in *rc. */
void *fx_build(const struct sc_in_image *in, size_t *size, int *rc,
               struct sc_build_fault *fault);

/* "Bearer TOKEN" of a named token into out (NUL-terminated, static size). */
#define FX_HEADER 256
struct sc_str fx_bearer(const struct fx *f, const char *name,
                        char out[FX_HEADER]);

/* Decide a call at FX_NOW from 192.0.2.1 at host gw. */
void fx_decide(struct fx *f, const char *method, struct sc_str target,
               struct sc_str authorization, struct sc_target *parsed,
               struct sc_verdict *verdict);

/* IPv4 text such as "192.0.2.1" as mapped address. */
void fx_address(const char *text, uint8_t out[16]);

/* Base64 of text into out, which has room for it and a NUL. */
void fx_base64(struct sc_str text, char *out);

/* A reproducible random number (xorshift64*); *seed is not 0. */
uint64_t fx_random(uint64_t *seed);

#endif
