/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault.c - the only file that includes sodium.h.
 *
 * A sealed value is nonce (24 bytes), ciphertext, tag (16).
 */

#include "daemon/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

_Static_assert(VAULT_OVERHEAD
                   == NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "see vault.h");
_Static_assert(VAULT_HASH_MAX == crypto_pwhash_STRBYTES, "see vault.h");


int
vault_write_file(const char *path, const void *bytes, size_t n, unsigned mode)
{
    char tmp[1024];
    const char *from = bytes;
    int rc = SC_EIO;
    int fd;
    int len = snprintf(tmp, sizeof(tmp), "%s.tmp", path);

    if (len < 0 || (size_t) len >= sizeof(tmp)) {
        return SC_ETOOBIG;
    }
    (void) unlink(tmp);
    fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
              (mode_t) mode);
    if (fd == -1) {
        goto done;
    }

    while (n > 0) {
        ssize_t wrote = write(fd, from, n);

        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            goto done;
        }
        from += wrote;
        n -= (size_t) wrote;
    }
    if (fchmod(fd, (mode_t) mode) == 0 && fsync(fd) == 0
        && rename(tmp, path) == 0) {
        rc = 0;
    }

done:
    if (rc != 0) {
        log_error("file", "path=%s msg=\"cannot write: %s\"", path,
                  strerror(errno));
        (void) unlink(tmp);
    }
    if (fd != -1) {
        close(fd);
    }
    return rc;
}


int
vault_open(struct vault *v, const char *path)
{
    ssize_t n;
    int fd;

    if (sodium_init() < 0) {
        return SC_ECRYPTO;
    }

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1 && errno == ENOENT) {
        vault_random(v->master, VAULT_KEY);
        return vault_write_file(path, v->master, VAULT_KEY, 0600);
    }
    if (fd == -1) {
        log_error("vault", "path=%s msg=\"%s\"", path, strerror(errno));
        return SC_EIO;
    }

    n = read(fd, v->master, VAULT_KEY);
    close(fd);
    if (n != VAULT_KEY) {
        log_error("vault", "path=%s msg=\"is not a key of %d bytes\"", path,
                  VAULT_KEY);
        return SC_ECORRUPT;
    }
    return 0;
}


void
vault_close(struct vault *v)
{
    sc_wipe(v, sizeof(*v));
}


void
vault_random(void *into, size_t n)
{
    randombytes_buf(into, n);
}


int
vault_token(enum sc_token_kind kind, char out[SC_TOKEN_LEN + 1])
{
    uint8_t random[SC_TOKEN_RANDOM];
    int rc;

    vault_random(random, sizeof(random));
    rc = sc_token_make(kind, random, out);
    sc_wipe(random, sizeof(random));
    return rc;
}


int
vault_seal(const struct vault *v, const char *label, const void *bytes,
           size_t n, uint8_t *out)
{
    randombytes_buf(out, NONCE);
    if (crypto_aead_xchacha20poly1305_ietf_encrypt(
            out + NONCE, NULL, bytes, n, (const uint8_t *) label,
            strlen(label), NULL, out, v->master)
        != 0) {
        return SC_ECRYPTO;
    }

    return 0;
}


int
vault_unseal(const struct vault *v, const char *label, const uint8_t *sealed,
             size_t n, void *out)
{
    if (n < VAULT_OVERHEAD
        || crypto_aead_xchacha20poly1305_ietf_decrypt(
               out, NULL, NULL, sealed + NONCE, n - NONCE,
               (const uint8_t *) label, strlen(label), sealed, v->master)
               != 0) {
        return SC_ECRYPTO;
    }

    return 0;
}


int
vault_password_hash(const char *password, char out[VAULT_HASH_MAX])
{
    if (crypto_pwhash_str_alg(out, password, strlen(password),
                              crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE,
                              crypto_pwhash_ALG_ARGON2ID13)
        != 0) {
        return SC_ENOMEM;
    }

    return 0;
}


bool
vault_password_ok(const char *hash, const char *password)
{
    char scratch[VAULT_HASH_MAX];

    if (hash == NULL) {
        (void) !vault_password_hash(password, scratch);
        return false;
    }

    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}


void
vault_digest(const void *bytes, size_t n, uint8_t out[VAULT_DIGEST])
{
    (void) crypto_generichash(out, VAULT_DIGEST, bytes, n, NULL, 0);
}


void
vault_digest_hex(const void *bytes, size_t n, char out[VAULT_HEX])
{
    uint8_t digest[VAULT_DIGEST];

    vault_digest(bytes, n, digest);
    sodium_bin2hex(out, VAULT_HEX, digest, sizeof(digest));
}


bool
vault_base64(const void *bytes, size_t n, char *out, size_t size)
{
    if (sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL) > size) {
        return false;
    }

    sodium_bin2base64(out, size, bytes, n, sodium_base64_VARIANT_ORIGINAL);
    return true;
}
