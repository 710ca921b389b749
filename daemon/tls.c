/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.c - X.509 by libcrypto.
 */

#include "daemon/tls.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/vault.h"

#define TEN_YEARS (3650L * 86400)


static int
add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    int ok = e != NULL && X509_add_ext(cert, e, -1) == 1;

    X509_EXTENSION_free(e);
    return ok;
}


static X509 *
make_cert(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_NAME *name;
    uint64_t serial;

    if (cert == NULL) {
        return NULL;
    }

    vault_random(&serial, sizeof(serial));
    name = X509_get_subject_name(cert);
    if (X509_set_version(cert, X509_VERSION_3) != 1
        || ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1)
               != 1
        || X509_gmtime_adj(X509_getm_notBefore(cert), -3600) == NULL
        || X509_gmtime_adj(X509_getm_notAfter(cert), TEN_YEARS) == NULL
        || X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      (const unsigned char *) "localhost", -1,
                                      -1, 0)
               != 1
        || X509_set_issuer_name(cert, name) != 1
        || X509_set_pubkey(cert, key) != 1
        || !add_extension(cert, NID_basic_constraints, "critical,CA:FALSE")
        || !add_extension(cert, NID_subject_alt_name,
                          "DNS:localhost,IP:127.0.0.1")
        || X509_sign(cert, key, EVP_sha256()) == 0) {
        X509_free(cert);
        return NULL;
    }

    return cert;
}


static int
write_pem(BIO *bio, const char *path, unsigned mode)
{
    char *bytes;
    long n = BIO_get_mem_data(bio, &bytes);

    return n > 0 ? vault_write_file(path, bytes, (size_t) n, mode)
                 : SC_ECRYPTO;
}


int
tls_make(const char *cert_path, const char *key_path)
{
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    BIO *cert_pem = BIO_new(BIO_s_mem());
    BIO *key_pem = BIO_new(BIO_s_secmem());
    int rc = SC_ECRYPTO;

    if (access(cert_path, R_OK) == 0 && access(key_path, R_OK) == 0) {
        rc = 0;
        goto done;
    }

    key = EVP_EC_gen("P-256");
    cert = key == NULL ? NULL : make_cert(key);
    if (cert == NULL || cert_pem == NULL || key_pem == NULL
        || PEM_write_bio_X509(cert_pem, cert) != 1
        || PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL)
               != 1) {
        log_error("tls", "msg=\"cannot make a certificate\"");
        goto done;
    }

    rc = write_pem(key_pem, key_path, 0600);
    if (rc == 0) {
        rc = write_pem(cert_pem, cert_path, 0644);
    }

done:
    BIO_free(cert_pem);
    BIO_free(key_pem);
    X509_free(cert);
    EVP_PKEY_free(key);
    return rc;
}
