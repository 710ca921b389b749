/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.c - the ring of decision events: one producer, one consumer.
 */

#include "core/event.h"


#define CAPACITY_MAX (1u << 24)

size_t
sc_ring_size(uint32_t capacity)
{
    return SC_RING_HEADER + (size_t) capacity * sizeof(struct sc_event);
}


static bool
capacity_ok(uint32_t capacity)
{
    return capacity >= 4 && capacity <= CAPACITY_MAX
           && (capacity & (capacity - 1)) == 0;
}


int
sc_ring_init(void *bytes, size_t size, uint32_t capacity, uint64_t nonce)
{
    struct sc_ring *r = bytes;

    if (!capacity_ok(capacity) || size != sc_ring_size(capacity)) {
        return SC_EINVAL;
    }

    r->version = SC_RING_VERSION;
    r->capacity = capacity;
    r->nonce = nonce;
    __atomic_store_n(&r->magic, SC_RING_MAGIC, __ATOMIC_RELEASE);
    return 0;
}


static uint64_t
load(const uint64_t *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}


int
sc_ring_open(void *bytes, size_t size, struct sc_ring **out)
{
    struct sc_ring *r = bytes;
    uint64_t tail, head;

    if (size < SC_RING_HEADER
        || __atomic_load_n(&r->magic, __ATOMIC_ACQUIRE) != SC_RING_MAGIC) {
        return SC_ECORRUPT;
    }
    if (r->version != SC_RING_VERSION) {
        return SC_EVERSION;
    }

    tail = load(&r->tail); /* first: head may only have moved on since */
    head = load(&r->head);
    if (!capacity_ok(r->capacity) || size != sc_ring_size(r->capacity)
        || head < tail || head - tail > r->capacity) {
        return SC_ECORRUPT;
    }

    *out = r;
    return 0;
}


static struct sc_event *
place_of(const struct sc_ring *r, uint64_t sequence)
{
    struct sc_event *events =
        (struct sc_event *) ((const char *) r + SC_RING_HEADER);

    return &events[sequence & (r->capacity - 1)];
}


bool
sc_ring_put(struct sc_ring *r, const struct sc_event *e, bool must)
{
    uint64_t head = r->head; /* only we write it */
    uint64_t used = head - load(&r->tail);
    uint64_t limit = must ? r->capacity : r->capacity - r->capacity / 4;
    struct sc_event *place;

    if (used >= limit) {
        if (!must) {
            __atomic_fetch_add(&r->dropped, 1, __ATOMIC_RELAXED);
        }
        return false;
    }

    place = place_of(r, head);
    *place = *e;
    place->sequence = head;
    __atomic_store_n(&r->head, head + 1, __ATOMIC_RELEASE);
    return true;
}


uint32_t
sc_ring_peek(const struct sc_ring *r, struct sc_event *out, uint32_t max)
{
    uint64_t tail = r->tail; /* only we write it */
    uint64_t n = load(&r->head) - tail;

    if (n > r->capacity) {
        return 0; /* a damaged head: nothing that we could trust */
    }
    if (n > max) {
        n = max;
    }

    for (uint64_t i = 0; i < n; i++) {
        out[i] = *place_of(r, tail + i);
    }

    return (uint32_t) n;
}


void
sc_ring_take(struct sc_ring *r, uint32_t n)
{
    __atomic_store_n(&r->tail, r->tail + n, __ATOMIC_RELEASE);
}
