/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_RINGS_H
#define SC_DAEMON_RINGS_H

/*
 * rings.h - the daemon's end of the workers' event rings.
 *
 * Maps every ring.N of the events directory as it appears and takes events
 * from all of them in batches.  Not thread-safe: the caller holds a lock.
 */

#include "core/event.h"

#define RINGS_MAX   64
#define RINGS_BATCH 512

struct rings {
    char dir[512];
    int fds[RINGS_MAX];
    struct sc_ring *maps[RINGS_MAX]; /* NULL: not there, or not proven */
    size_t sizes[RINGS_MAX];
};

/* Remember the directory; maps nothing yet. */
void rings_open(struct rings *r, const char *dir);
void rings_close(struct rings *r);

/*
 * Take what is in the rings.  store() is called with a batch of one ring;
 * the batch is taken from the ring only if it returns 0, else the walk ends
 * with what it returned.  A batch may come again after a crash: ring nonce
 * and sequence tell.  *taken counts the events.
 */
int rings_drain(struct rings *r,
                int (*store)(void *arg, uint64_t nonce,
                             const struct sc_event *events, uint32_t n),
                void *arg, uint64_t *taken) SC_MUSTCHECK;

/* Events that found no room, over all rings. */
uint64_t rings_dropped(struct rings *r);

/*
 * How many workers live (hold the lock of a ring), and how many of those run
 * the configuration with this stamp.
 */
void rings_workers(struct rings *r, uint64_t stamp, unsigned *live,
                   unsigned *current);

#endif
