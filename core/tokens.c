/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokens.c - the token table.
 *
 * The first 8 bytes of a key are its hash: the key is a MAC, so they are as
 * random as any hash.  A probe compares the whole key in constant time.
 * Every field that a reader looks at is either written before the slot's
 * state (with release order) or changed by one atomic store.
 */

#include "core/tokens.h"

#define ALIGN        64
#define LOAD_PERCENT 75 /* of the slots that may be in use */
#define EMAIL_MAX    320
#define NSLOTS_MAX   (1u << 28)

static uint64_t
align_up(uint64_t n)
{
    return (n + ALIGN - 1) & ~(uint64_t) (ALIGN - 1);
}


uint64_t
sc_tokens_size(uint32_t nslots, uint32_t nusers, uint32_t heap)
{
    if (nslots == 0 || (nslots & (nslots - 1)) != 0 || nslots > NSLOTS_MAX
        || heap < ALIGN || heap % ALIGN != 0) {
        return 0;
    }

    return sizeof(struct sc_tokens)
           + (uint64_t) nslots * sizeof(struct sc_slot)
           + align_up((uint64_t) nusers * sizeof(struct sc_user)) + heap;
}


int
sc_tokens_init(void *bytes, uint64_t size, uint32_t nslots, uint32_t nusers,
               uint32_t heap)
{
    struct sc_tokens *t = bytes;

    if (size == 0 || size != sc_tokens_size(nslots, nusers, heap)) {
        return SC_EINVAL;
    }

    t->version = SC_TOKENS_VERSION;
    t->size = size;
    t->slots_at = sizeof(*t);
    t->nslots = nslots;
    t->users_at = t->slots_at + (uint64_t) nslots * sizeof(struct sc_slot);
    t->nusers = nusers;
    t->heap_at = size - heap;
    t->heap_size = heap;
    t->heap_used = 8; /* offset 0 stands for nothing */
    t->magic = SC_TOKENS_MAGIC;
    return 0;
}


int
sc_tokens_open(const void *bytes, uint64_t size, const struct sc_tokens **out)
{
    const struct sc_tokens *t = bytes;

    if (size < sizeof(*t) || ((uintptr_t) bytes & 7) != 0
        || t->magic != SC_TOKENS_MAGIC) {
        return SC_ECORRUPT;
    }
    if (t->version != SC_TOKENS_VERSION) {
        return SC_EVERSION;
    }
    if (t->size != size
        || size != sc_tokens_size(t->nslots, t->nusers, t->heap_size)
        || t->slots_at != sizeof(*t)
        || t->users_at
               != t->slots_at + (uint64_t) t->nslots * sizeof(struct sc_slot)
        || t->heap_at != size - t->heap_size || t->heap_used > t->heap_size) {
        return SC_ECORRUPT;
    }

    *out = t;
    return 0;
}


static const struct sc_slot *
slots_of(const struct sc_tokens *t)
{
    return (const struct sc_slot *) ((const char *) t + t->slots_at);
}


static uint32_t
home_of(const struct sc_tokens *t, const uint8_t key[SC_TOKEN_KEY])
{
    uint32_t hash;

    memcpy(&hash, key, sizeof(hash));
    return hash & (t->nslots - 1);
}


void
sc_tokens_prefetch(const struct sc_tokens *t, const uint8_t key[SC_TOKEN_KEY])
{
    const struct sc_slot *slot = &slots_of(t)[home_of(t, key)];

    /* a probe often goes on to the next one */
    __builtin_prefetch(slot);
    __builtin_prefetch(slot + 1);
}


enum sc_slot_state
sc_slot_state(const struct sc_slot *slot)
{
    return (enum sc_slot_state) __atomic_load_n(&slot->state,
                                                __ATOMIC_ACQUIRE);
}


/* The slot of a key, else the empty slot where it would go, else NULL. */
static const struct sc_slot *
probe(const struct sc_tokens *t, const uint8_t key[SC_TOKEN_KEY])
{
    const struct sc_slot *slots = slots_of(t);
    uint32_t at = home_of(t, key);

    for (uint32_t n = 0; n < t->nslots; n++) {
        const struct sc_slot *slot = &slots[at];

        if (sc_slot_state(slot) == SC_SLOT_EMPTY
            || sc_ct_eq(slot->key, key, SC_TOKEN_KEY)) {
            return slot;
        }
        at = (at + 1) & (t->nslots - 1);
    }

    return NULL;
}


const struct sc_slot *
sc_tokens_find(const struct sc_tokens *t, const uint8_t key[SC_TOKEN_KEY])
{
    const struct sc_slot *slot = probe(t, key);

    return slot == NULL || sc_slot_state(slot) == SC_SLOT_EMPTY ? NULL : slot;
}


/* Bytes [at, at + n) of the heap, or NULL if they are not all in use. */
static const void *
heap_at(const struct sc_tokens *t, uint64_t at, uint64_t n)
{
    uint32_t used = __atomic_load_n(&t->heap_used, __ATOMIC_ACQUIRE);

    if (at == 0 || at % 8 != 0 || used > t->heap_size || at > used
        || n > used - at) {
        return NULL;
    }

    return (const char *) t + t->heap_at + at;
}


static const struct sc_user *
user_of(const struct sc_tokens *t, uint32_t user)
{
    const struct sc_user *users =
        (const struct sc_user *) ((const char *) t + t->users_at);

    return user < t->nusers ? &users[user] : NULL;
}


void
sc_tokens_prefetch_owner(const struct sc_tokens *t, const struct sc_slot *slot)
{
    __builtin_prefetch((const char *) t + t->users_at
                       + (uint64_t) slot->user * sizeof(struct sc_user));
    __builtin_prefetch((const char *) t + t->heap_at + slot->grant);
}


uint32_t
sc_tokens_user_policy(const struct sc_tokens *t, uint32_t user,
                      uint64_t generation)
{
    const struct sc_user *record = user_of(t, user);
    uint64_t word;

    if (record == NULL) {
        return 0;
    }

    word = __atomic_load_n(&record->policy, __ATOMIC_ACQUIRE);
    if ((int32_t) ((uint32_t) generation - (uint32_t) (word >> 32)) >= 0) {
        return word >> 16 & 0xffff;
    }

    return word & 0xffff;
}


struct sc_str
sc_tokens_user_email(const struct sc_tokens *t, uint32_t user)
{
    const struct sc_user *record = user_of(t, user);
    const char *email;

    if (record == NULL || record->email_len > EMAIL_MAX) {
        return sc_str(NULL, 0);
    }

    email = heap_at(t, record->email_at, record->email_len);
    return sc_str(email, email == NULL ? 0 : record->email_len);
}


bool
sc_tokens_grant_scopes(const struct sc_tokens *t, uint32_t grant, uint32_t app,
                       struct sc_scope_set *out)
{
    const struct sc_grant *head = heap_at(t, grant, sizeof(*head));
    uint64_t at = (uint64_t) grant + sizeof(*head);

    for (uint32_t i = 0; head != NULL && i < head->napps; i++) {
        const struct sc_grant_app *entry = heap_at(t, at, sizeof(*entry));
        uint64_t bytes;

        if (entry == NULL) {
            return false;
        }

        bytes = (uint64_t) entry->nwords * sizeof(uint64_t);
        at += sizeof(*entry);
        if (entry->app == app) {
            out->words = heap_at(t, at, bytes);
            out->nwords = entry->nwords;
            return out->words != NULL;
        }
        at += bytes;
    }

    return false;
}


static bool
address_in(const struct sc_address *net, const uint8_t address[16])
{
    unsigned whole = net->prefix / 8, rest = net->prefix % 8;

    if (net->prefix > 128 || memcmp(net->bytes, address, whole) != 0) {
        return false;
    }

    return rest == 0
           || (net->bytes[whole] ^ address[whole]) >> (8 - rest) == 0;
}


bool
sc_tokens_grant_from(const struct sc_tokens *t, uint32_t grant,
                     const uint8_t address[16])
{
    const struct sc_grant *head = heap_at(t, grant, sizeof(*head));
    uint64_t at = (uint64_t) grant + sizeof(*head);
    const struct sc_address *nets;

    if (head == NULL) {
        return false;
    }
    if (head->naddresses == 0) {
        return true;
    }

    for (uint32_t i = 0; i < head->napps; i++) {
        const struct sc_grant_app *entry = heap_at(t, at, sizeof(*entry));

        if (entry == NULL) {
            return false;
        }
        at += sizeof(*entry) + (uint64_t) entry->nwords * sizeof(uint64_t);
    }

    nets = heap_at(t, at, (uint64_t) head->naddresses * sizeof(*nets));
    for (uint32_t i = 0; nets != NULL && i < head->naddresses; i++) {
        if (address_in(&nets[i], address)) {
            return true;
        }
    }

    return false;
}


/* Append n bytes (a multiple of 8) that fill() has put in place. */
static char *
heap_reserve(struct sc_tokens *t, uint64_t n)
{
    return n > t->heap_size - t->heap_used
               ? NULL
               : (char *) t + t->heap_at + t->heap_used;
}


static uint32_t
heap_commit(struct sc_tokens *t, uint64_t n)
{
    uint32_t at = t->heap_used;

    __atomic_store_n(&t->heap_used, at + (uint32_t) n, __ATOMIC_RELEASE);
    return at;
}


int
sc_tokens_grant_add(struct sc_tokens *t, const struct sc_grant_in *in,
                    uint32_t *grant)
{
    struct sc_grant head = {in->napps, in->naddresses};
    uint64_t bytes =
        sizeof(head) + (uint64_t) in->naddresses * sizeof(struct sc_address);
    char *at;

    for (uint32_t i = 0; i < in->napps; i++) {
        if (in->scopes[i].nwords > SC_SCOPE_WORDS) {
            return SC_EINVAL;
        }
        bytes += sizeof(struct sc_grant_app)
                 + (uint64_t) in->scopes[i].nwords * sizeof(uint64_t);
    }

    at = heap_reserve(t, bytes);
    if (at == NULL) {
        return SC_EFULL;
    }

    memcpy(at, &head, sizeof(head));
    at += sizeof(head);
    for (uint32_t i = 0; i < in->napps; i++) {
        struct sc_grant_app entry = {in->apps[i], in->scopes[i].nwords};
        size_t words = entry.nwords * sizeof(uint64_t);

        memcpy(at, &entry, sizeof(entry));
        if (words != 0) {
            memcpy(at + sizeof(entry), in->scopes[i].words, words);
        }
        at += sizeof(entry) + words;
    }
    if (in->naddresses != 0) {
        memcpy(at, in->addresses, in->naddresses * sizeof(*in->addresses));
    }

    *grant = heap_commit(t, bytes);
    return 0;
}


int
sc_tokens_put(struct sc_tokens *t, const struct sc_slot *slot)
{
    struct sc_slot *place;

    if ((uint64_t) t->used * 100 >= (uint64_t) t->nslots * LOAD_PERCENT) {
        return SC_EFULL;
    }

    place = (struct sc_slot *) probe(t, slot->key);
    if (place == NULL) {
        return SC_EFULL;
    }
    if (sc_slot_state(place) != SC_SLOT_EMPTY) {
        return SC_EEXIST;
    }

    memcpy((char *) place + sizeof(place->state),
           (const char *) slot + sizeof(slot->state),
           sizeof(*slot) - sizeof(slot->state));
    t->used++;
    __atomic_store_n(&place->state, SC_SLOT_LIVE, __ATOMIC_RELEASE);
    return 0;
}


int
sc_tokens_revoke(struct sc_tokens *t, const uint8_t key[SC_TOKEN_KEY])
{
    struct sc_slot *slot = (struct sc_slot *) sc_tokens_find(t, key);

    if (slot == NULL) {
        return SC_ENOENT;
    }

    __atomic_store_n(&slot->state, SC_SLOT_REVOKED, __ATOMIC_SEQ_CST);
    return 0;
}


int
sc_tokens_user_add(struct sc_tokens *t, uint32_t user, struct sc_str email)
{
    struct sc_user *record = (struct sc_user *) user_of(t, user);
    uint64_t bytes = (email.len + 7) & ~(uint64_t) 7;
    char *at;

    if (email.len == 0 || email.len > EMAIL_MAX) {
        return SC_EINVAL;
    }

    at = heap_reserve(t, bytes);
    if (record == NULL || at == NULL) {
        return SC_EFULL;
    }
    if (record->email_at != 0) {
        return SC_EEXIST;
    }

    for (size_t i = 0; i < email.len; i++) {
        at[i] = sc_lower(email.data[i]);
    }
    record->email_at = heap_commit(t, bytes);
    record->email_len = (uint32_t) email.len;
    return 0;
}


int
sc_tokens_user_set(struct sc_tokens *t, uint32_t user, uint32_t policy,
                   uint64_t generation)
{
    struct sc_user *record = (struct sc_user *) user_of(t, user);
    uint64_t before;

    if (record == NULL) {
        return SC_EFULL;
    }
    if (policy > 0xffff) {
        return SC_EINVAL;
    }

    before = sc_tokens_user_policy(t, user, generation - 1);
    __atomic_store_n(&record->policy,
                     before | (uint64_t) policy << 16 | generation << 32,
                     __ATOMIC_SEQ_CST);
    return 0;
}


int
sc_tokens_copy(struct sc_tokens *to, const struct sc_tokens *old)
{
    const struct sc_slot *slots = slots_of(old);

    if (to->nusers < old->nusers || to->heap_size < old->heap_used
        || to->used != 0) {
        return SC_EINVAL;
    }

    memcpy((char *) to + to->heap_at, (const char *) old + old->heap_at,
           old->heap_used);
    to->heap_used = old->heap_used;
    memcpy((char *) to + to->users_at, (const char *) old + old->users_at,
           (size_t) old->nusers * sizeof(struct sc_user));

    for (uint32_t i = 0; i < old->nslots; i++) {
        if (sc_slot_state(&slots[i]) == SC_SLOT_LIVE) {
            int rc = sc_tokens_put(to, &slots[i]);

            if (rc != 0) {
                return rc;
            }
        }
    }

    return 0;
}
