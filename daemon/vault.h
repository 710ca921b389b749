/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_VAULT_H
#define SC_DAEMON_VAULT_H

/*
 * vault.h - randomness, sealed secrets, passwords, digests.
 *
 * What the store keeps of secrets is sealed with XChaCha20-Poly1305 under
 * the master key, which lives in a file beside the store, never in it.  The
 * label of a secret ("app/3") is authenticated with it, so that a sealed
 * value cannot be moved to another row.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/token.h"

#define VAULT_KEY      32
#define VAULT_OVERHEAD 40  /* bytes that sealing adds */
#define VAULT_HASH_MAX 128 /* text of a password hash, with its NUL */
#define VAULT_DIGEST   32
#define VAULT_HEX      (2 * VAULT_DIGEST + 1)

struct vault {
    uint8_t master[VAULT_KEY];
};

/* Read the master key from a file, or make the file (mode 0600). */
int vault_open(struct vault *v, const char *path) SC_MUSTCHECK;

/* Wipes. */
void vault_close(struct vault *v);

void vault_random(void *into, size_t n);

/* Make a token of a kind from fresh randomness. */
int vault_token(enum sc_token_kind kind,
                char out[SC_TOKEN_LEN + 1]) SC_MUSTCHECK;

/* Seal n bytes into n + VAULT_OVERHEAD bytes. */
int vault_seal(const struct vault *v, const char *label, const void *bytes,
               size_t n, uint8_t *out) SC_MUSTCHECK;

/* Open n sealed bytes into n - VAULT_OVERHEAD bytes; SC_ECRYPTO if they were
 * not sealed by this vault under this label. */
int vault_unseal(const struct vault *v, const char *label,
                 const uint8_t *sealed, size_t n, void *out) SC_MUSTCHECK;

/* Argon2id.  Takes about a tenth of a second, on purpose. */
int vault_password_hash(const char *password,
                        char out[VAULT_HASH_MAX]) SC_MUSTCHECK;

/* True if the password is the one of the hash.  NULL hash: takes as long and
 * is false, so that the time does not tell who exists. */
bool vault_password_ok(const char *hash, const char *password);

void vault_digest(const void *bytes, size_t n, uint8_t out[VAULT_DIGEST]);
void vault_digest_hex(const void *bytes, size_t n, char out[VAULT_HEX]);

/* base64 with padding, NUL-terminated; false if it does not fit. */
bool vault_base64(const void *bytes, size_t n, char *out, size_t size);

/*
 * Write n bytes to a new file and rename it to path: whole or not at all, on
 * stable storage when it returns 0.
 */
int vault_write_file(const char *path, const void *bytes, size_t n,
                     unsigned mode) SC_MUSTCHECK;

#endif
