/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_CONTROL_H
#define SC_CORE_CONTROL_H

/*
 * control.h - which files of the runtime directory are in force.
 *
 *    control              this, 4096 bytes, mapped by everyone
 *    policy.<number>      policy image (image.h)
 *    tokens.<number>      token table (tokens.h)
 *    secrets.<number>     instance key and upstream credentials
 *
 * One 64-bit generation; its lowest bit says which of two records is in
 * force.  The writer fills the other record, then stores the generation:
 * one store brings files, memberships and secrets into force together.  A
 * writer that dies at any instruction leaves the old record in force.
 */

#include <assert.h>

#include "core/error.h"
#include "core/str.h"
#include "core/token.h"

#define SC_CONTROL_MAGIC   0x43435331u
#define SC_CONTROL_VERSION 1u
#define SC_CONTROL_SIZE    4096

struct sc_control_record {
    uint64_t generation;
    uint32_t policy; /* file numbers, 1.. */
    uint32_t tokens;
    uint32_t secrets;
    uint32_t crc; /* CRC-32 of the 20 bytes before */
};

struct sc_control {
    uint32_t magic;
    uint32_t version;
    uint64_t generation; /* atomic; 0: nothing published yet */
    struct sc_control_record records[2];
};

static_assert(sizeof(struct sc_control_record) == 24, "see control.h");
static_assert(sizeof(struct sc_control) == 64, "see control.h");

void sc_control_init(struct sc_control *c);

/* The generation in force.  One atomic load. */
uint64_t sc_control_generation(const struct sc_control *c);

/* Copy the record in force.  SC_EVERSION, SC_ECORRUPT, or SC_ENOENT before
 * the first publish. */
int sc_control_read(const struct sc_control *c,
                    struct sc_control_record *out) SC_MUSTCHECK;

/* Bring next into force; next->generation must be the present one + 1 (crc is
 * computed here). */
int sc_control_publish(struct sc_control *c,
                       const struct sc_control_record *next) SC_MUSTCHECK;

/*
 * SECRETS.  Header, then nitems items, then the header values they point to.
 * Mode 0600; never logged.
 */
#define SC_SECRETS_MAGIC   0x53435331u
#define SC_SECRETS_VERSION 1u

struct sc_secret_item {
    uint32_t app; /* number */
    uint32_t at;  /* the value of the upstream's Authorization header */
    uint32_t len;
};

struct sc_secrets {
    uint32_t magic;
    uint32_t version;
    uint32_t size;
    uint32_t nitems;
    uint8_t instance_key[SC_TOKEN_KEY];
};

static_assert(sizeof(struct sc_secrets) == 48, "see SECRETS");

/* Prove the spans. */
int sc_secrets_open(const void *bytes, size_t size,
                    const struct sc_secrets **out) SC_MUSTCHECK;

/* Header value for an app number; empty if it has none.  Borrowed. */
struct sc_str sc_secrets_of(const struct sc_secrets *s, uint32_t app);

struct sc_secret_in {
    uint32_t app;
    struct sc_str value;
};

/* Bytes that sc_secrets_build() needs. */
size_t sc_secrets_size(const struct sc_secret_in *items, uint32_t n);

/* Fill buf.  SC_EINVAL for a value with a byte outside printable ASCII and
 * space. */
int sc_secrets_build(const uint8_t instance_key[SC_TOKEN_KEY],
                     const struct sc_secret_in *items, uint32_t n, void *buf,
                     size_t size) SC_MUSTCHECK;

#endif
