/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_TOKENS_H
#define SC_CORE_TOKENS_H

/*
 * tokens.h - the token table: who presents a token and what it was granted.
 *
 * One writer (scopecapd) changes it in place, any number of readers map it
 * read-only.  Three areas:
 *
 *    slots   open addressing by linear probing, 64 bytes each.  A slot goes
 *            EMPTY -> LIVE -> REVOKED and never back: all other fields are
 *            written before the state, so a reader that sees LIVE sees a
 *            whole slot.  Revoking is one atomic store.
 *    users   by user number: e-mail and, in one 64-bit word, the policy
 *            before and after a generation (see sc_tokens_user_set).
 *    heap    grants and e-mails, appended, never changed.
 *
 * When an area is full the writer copies the table into a larger file
 * (sc_tokens_copy) and publishes that.  A writer that dies at any
 * instruction leaves a table that readers may go on using.
 */

#include <assert.h>

#include "core/error.h"
#include "core/scope.h"
#include "core/token.h"

#define SC_TOKENS_MAGIC   0x54435331u
#define SC_TOKENS_VERSION 1u

enum sc_slot_state {
    SC_SLOT_EMPTY = 0,
    SC_SLOT_LIVE = 1,
    SC_SLOT_REVOKED = 2
};

struct sc_slot {
    uint32_t state; /* atomic */
    uint32_t token; /* number of the token, 1.. */
    uint8_t key[SC_TOKEN_KEY];
    int64_t start;     /* seconds since 1970; not valid before */
    uint32_t duration; /* seconds; dead at start + duration */
    uint32_t grant;    /* heap offset */
    uint32_t user;     /* number */
    uint32_t kind;     /* enum sc_token_kind */
};

struct sc_user {
    uint64_t policy;   /* atomic: before | after << 16 | generation << 32 */
    uint32_t email_at; /* heap offset; ASCII letters in lower case */
    uint32_t email_len;
};

/* A grant in the heap: this, then its apps, then its addresses. */
struct sc_grant {
    uint32_t napps;
    uint32_t naddresses; /* 0: from anywhere */
};

struct sc_grant_app { /* followed by nwords 64-bit words */
    uint32_t app;     /* number */
    uint32_t nwords;
};

struct sc_address { /* a network; IPv4 as ::ffff:a.b.c.d */
    uint8_t bytes[16];
    uint8_t prefix; /* 0..128 */
    uint8_t pad[7];
};

/* TOKEN TABLE.  This header, then slots, users, heap, each 64-byte aligned. */
struct sc_tokens {
    uint32_t magic;
    uint32_t version;
    uint64_t size; /* of the file */
    uint64_t slots_at;
    uint32_t nslots; /* power of two */
    uint32_t used;   /* slots that are not EMPTY; writer only */
    uint64_t users_at;
    uint32_t nusers; /* numbers 0..nusers-1 have a record */
    uint32_t pad;
    uint64_t heap_at;
    uint32_t heap_size; /* bytes */
    uint32_t heap_used; /* atomic; written after what it covers */
};

static_assert(sizeof(struct sc_slot) == 64, "one cache line");
static_assert(sizeof(struct sc_user) == 16, "see TOKEN TABLE");
static_assert(sizeof(struct sc_address) == 24, "see TOKEN TABLE");
static_assert(sizeof(struct sc_tokens) == 64, "see TOKEN TABLE");

/* Bytes of a table with room for so much; 0 if that exceeds a limit. */
uint64_t sc_tokens_size(uint32_t nslots, uint32_t nusers, uint32_t heap);

/* Make an empty table in zeroed bytes of sc_tokens_size(). */
int sc_tokens_init(void *bytes, uint64_t size, uint32_t nslots,
                   uint32_t nusers, uint32_t heap) SC_MUSTCHECK;

/* Prove the header and its spans.  Cost: constant. */
int sc_tokens_open(const void *bytes, uint64_t size,
                   const struct sc_tokens **out) SC_MUSTCHECK;

/* Readers. */

/* Pull the slot of a key towards the cache; a hint. */
void sc_tokens_prefetch(const struct sc_tokens *t,
                        const uint8_t key[SC_TOKEN_KEY]);

/* The same for the user and the grant of a slot. */
void sc_tokens_prefetch_owner(const struct sc_tokens *t,
                              const struct sc_slot *slot);

/* Slot of a key, LIVE or REVOKED (look at its state), or NULL. */
const struct sc_slot *sc_tokens_find(const struct sc_tokens *t,
                                     const uint8_t key[SC_TOKEN_KEY]);

/* Atomic read of a slot's state. */
enum sc_slot_state sc_slot_state(const struct sc_slot *slot);

/* Policy number of a user under a generation; 0: none, refuse. */
uint32_t sc_tokens_user_policy(const struct sc_tokens *t, uint32_t user,
                               uint64_t generation);

/* E-mail, lower case; empty if there is no such user.  Borrowed from t. */
struct sc_str sc_tokens_user_email(const struct sc_tokens *t, uint32_t user);

/* Scopes that a grant holds for an app number; false if it has no such app
 * or is not inside the heap.  Borrowed from t. */
bool sc_tokens_grant_scopes(const struct sc_tokens *t, uint32_t grant,
                            uint32_t app, struct sc_scope_set *out);

/* True if the grant may be used from an address (IPv4 mapped). */
bool sc_tokens_grant_from(const struct sc_tokens *t, uint32_t grant,
                          const uint8_t address[16]);

/* The writer.  SC_EFULL: copy into a larger table first. */

struct sc_grant_in {
    const uint32_t *apps;              /* numbers */
    const struct sc_scope_set *scopes; /* one per app */
    uint32_t napps;
    const struct sc_address *addresses;
    uint32_t naddresses;
};

/* Append a grant; *grant is its heap offset.  Share it between tokens. */
int sc_tokens_grant_add(struct sc_tokens *t, const struct sc_grant_in *in,
                        uint32_t *grant) SC_MUSTCHECK;

/* Add a token; every field of *slot but state is taken.  SC_EEXIST if the key
 * is there.  SC_EFULL beyond three quarters of the slots. */
int sc_tokens_put(struct sc_tokens *t,
                  const struct sc_slot *slot) SC_MUSTCHECK;

/* One atomic store.  SC_ENOENT if there is no such key. */
int sc_tokens_revoke(struct sc_tokens *t,
                     const uint8_t key[SC_TOKEN_KEY]) SC_MUSTCHECK;

/* Give a user number an e-mail (once); SC_EFULL if either area is full. */
int sc_tokens_user_add(struct sc_tokens *t, uint32_t user,
                       struct sc_str email) SC_MUSTCHECK;

/*
 * From generation on, user has this policy number (0: none); readers on an
 * older generation go on seeing the one before.  So a change of members and
 * a change of policies come into force with one store of the generation.
 */
int sc_tokens_user_set(struct sc_tokens *t, uint32_t user, uint32_t policy,
                       uint64_t generation) SC_MUSTCHECK;

/* Copy all but revoked slots of old into an empty, larger table. */
int sc_tokens_copy(struct sc_tokens *to,
                   const struct sc_tokens *old) SC_MUSTCHECK;

#endif
