/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_EVENT_H
#define SC_CORE_EVENT_H

/*
 * event.h - the ring of decision events between one nginx worker and
 * scopecapd.
 *
 * A file in the data directory, mapped read-write by both.  One producer (the
 * worker that holds the file's lock), one consumer (scopecapd).  An event is
 * written, then `head` is stored; the consumer commits to the store, then
 * `tail` is stored.  So the death of either side at any instruction loses
 * nothing that was put and leaves a valid ring; an event may be read twice
 * (ring nonce + sequence number tell).
 *
 * Room is kept for what must be recorded: events that may be lost (reads and
 * refusals) are dropped and counted when three quarters are used; a write
 * that finds no room is refused.
 */

#include <assert.h>

#include "core/error.h"
#include "core/str.h"

#define SC_RING_MAGIC   0x52435331u
#define SC_RING_VERSION 1u
#define SC_REQUEST_ID   32  /* lower-case hexadecimal digits */
#define SC_EVENT_PATH   128 /* bytes of a path that are kept */

enum sc_event_kind {
    SC_EVENT_DECISION = 1, /* written before anything goes upstream */
    SC_EVENT_OUTCOME = 2   /* closes an allowed decision: status, duration */
};

struct sc_event {
    uint64_t sequence; /* 0.. in this ring; set by sc_ring_put() */
    int64_t time_us;   /* microseconds since 1970 */
    char request_id[SC_REQUEST_ID];
    uint64_t generation;
    uint32_t kind;   /* enum sc_event_kind */
    uint32_t effect; /* enum sc_effect */
    uint32_t reason; /* enum sc_reason */
    uint32_t method; /* enum sc_method */
    uint32_t token;  /* numbers; 0: unknown */
    uint32_t user;
    uint32_t policy;
    uint32_t app;
    uint32_t classes;
    uint32_t operation; /* index in the policy image of this generation */
    uint32_t status;    /* outcome: what the client got; else ours */
    uint32_t duration_us;
    uint8_t address[16]; /* of the peer, IPv4 mapped */
    uint32_t image;      /* file number of the policy image */
    uint32_t path_len;   /* of the whole path; the first bytes follow */
    char path[SC_EVENT_PATH];
};

struct sc_ring {
    uint32_t magic;
    uint32_t version;
    uint32_t capacity; /* events; power of two */
    uint32_t pad;
    uint64_t nonce;   /* random, tells this file from an earlier one */
    uint64_t dropped; /* atomic; events that found no room */
    uint64_t stamp;   /* atomic; configuration that the producer runs */
    uint8_t pad2[24];
    uint64_t head; /* atomic; events put so far */
    uint8_t pad3[56];
    uint64_t tail; /* atomic; events taken so far */
    uint8_t pad4[56];
};

static_assert(sizeof(struct sc_event) == 256, "see event.h");
static_assert(sizeof(struct sc_ring) == 192, "see event.h");

#define SC_RING_HEADER 4096 /* the events begin here */

/* Bytes of a ring file. */
size_t sc_ring_size(uint32_t capacity);

/* Make an empty ring in zeroed bytes. */
int sc_ring_init(void *bytes, size_t size, uint32_t capacity,
                 uint64_t nonce) SC_MUSTCHECK;

/* Prove a ring, also one that a dead process left. */
int sc_ring_open(void *bytes, size_t size, struct sc_ring **out) SC_MUSTCHECK;

/* Producer: put a copy of e.  must: use the reserved room as well.  False if
 * there was no room; the loss of a may-be-lost event is counted. */
bool sc_ring_put(struct sc_ring *r, const struct sc_event *e, bool must);

/* Consumer: copy up to max events from the tail on; returns how many. */
uint32_t sc_ring_peek(const struct sc_ring *r, struct sc_event *out,
                      uint32_t max);

/* Consumer: n events are safe elsewhere. */
void sc_ring_take(struct sc_ring *r, uint32_t n);

#endif
