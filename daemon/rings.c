/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rings.c - map the workers' event rings and take events from them.
 *
 * A ring that cannot be proven is left alone: its worker, if there is one,
 * would not use it either.
 */

#include "daemon/rings.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"

void
rings_open(struct rings *r, const char *dir)
{
    memset(r, 0, sizeof(*r));
    (void) snprintf(r->dir, sizeof(r->dir), "%s", dir);
    for (unsigned i = 0; i < RINGS_MAX; i++) {
        r->fds[i] = -1;
    }
}


static void
unmap(struct rings *r, unsigned i)
{
    if (r->maps[i] != NULL) {
        (void) munmap(r->maps[i], r->sizes[i]);
    }
    if (r->fds[i] != -1) {
        (void) close(r->fds[i]);
    }
    r->maps[i] = NULL;
    r->fds[i] = -1;
}


void
rings_close(struct rings *r)
{
    for (unsigned i = 0; i < RINGS_MAX; i++) {
        unmap(r, i);
    }
}


/* Map ring i if it is there and whole; a worker may still be making it. */
static bool
map(struct rings *r, unsigned i)
{
    char path[600];
    struct stat st;
    void *bytes;

    if (r->maps[i] != NULL) {
        return true;
    }

    (void) snprintf(path, sizeof(path), "%s/ring.%u", r->dir, i);
    r->fds[i] = open(path, O_RDWR | O_CLOEXEC);
    if (r->fds[i] == -1) {
        return false;
    }

    if (fstat(r->fds[i], &st) != 0 || st.st_size < SC_RING_HEADER) {
        unmap(r, i);
        return false;
    }

    r->sizes[i] = (size_t) st.st_size;
    bytes = mmap(NULL, r->sizes[i], PROT_READ | PROT_WRITE, MAP_SHARED,
                 r->fds[i], 0);
    if (bytes == MAP_FAILED
        || sc_ring_open(bytes, r->sizes[i], &r->maps[i]) != 0) {
        if (bytes != MAP_FAILED) {
            (void) munmap(bytes, r->sizes[i]);
        }
        r->maps[i] = NULL;
        unmap(r, i);
        return false;
    }

    log_info("ring", "file=\"%s\" state=mapped", path);
    return true;
}


int
rings_drain(struct rings *r,
            int (*store)(void *arg, uint64_t nonce,
                         const struct sc_event *events, uint32_t n),
            void *arg, uint64_t *taken)
{
    static struct sc_event batch[RINGS_BATCH]; /* the caller holds a lock */

    *taken = 0;
    for (unsigned i = 0; i < RINGS_MAX; i++) {
        uint32_t n = RINGS_BATCH;

        while (n == RINGS_BATCH && map(r, i)) {
            int rc;

            n = sc_ring_peek(r->maps[i], batch, RINGS_BATCH);
            if (n == 0) {
                break;
            }
            rc = store(arg, r->maps[i]->nonce, batch, n);
            if (rc != 0) {
                return rc;
            }
            sc_ring_take(r->maps[i], n);
            *taken += n;
        }
    }

    return 0;
}


uint64_t
rings_dropped(struct rings *r)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < RINGS_MAX; i++) {
        if (map(r, i)) {
            n += __atomic_load_n(&r->maps[i]->dropped, __ATOMIC_RELAXED);
        }
    }

    return n;
}


void
rings_workers(struct rings *r, uint64_t stamp, unsigned *live,
              unsigned *current)
{
    *live = *current = 0;
    for (unsigned i = 0; i < RINGS_MAX; i++) {
        if (!map(r, i)) {
            continue;
        }
        if (flock(r->fds[i], LOCK_SH | LOCK_NB) == 0) {
            (void) flock(r->fds[i], LOCK_UN);
            continue; /* nobody holds it: its worker is gone */
        }
        ++*live;
        *current +=
            __atomic_load_n(&r->maps[i]->stamp, __ATOMIC_ACQUIRE) == stamp;
    }
}
