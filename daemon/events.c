/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - the consumer of the event rings.
 *
 * A batch is committed first and taken from the ring afterwards: what a
 * crash repeats is recognised by ring and sequence number.  Rings are looked
 * for by name each time, so those of new workers are found.
 */

#include "daemon/events.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/event.h"
#include "daemon/log.h"
#include "daemon/state.h"
#include "daemon/store.h"
#include "daemon/ticker.h"

#define RINGS    64
#define BATCH    512
#define EVERY_MS 100
#define RETRY    10 /* steps between tries of a failed publish */

static const enum sc_layer layers[] = {
#define X(name, status, layer, code) SC_LAYER_##layer,
    SC_REASONS(X)
#undef X
};

struct ring_map {
    void *bytes; /* NULL: not mapped */
    size_t size;
    ino_t inode;
    struct sc_ring *ring;
};

struct used {
    uint32_t token;
    int64_t time_us;
};

struct events {
    struct state *st;
    struct ticker *ticker;
    unsigned step;
    struct ring_map rings[RINGS];
    struct sc_event batch[BATCH];
    struct used used[BATCH];
    size_t nused;
    struct events_figures figures;
};


const char *
events_effect_name(unsigned effect)
{
    static const char *const names[EVENTS_EFFECTS] = {"refuse", "allow",
                                                      "answer"};

    return effect < EVENTS_EFFECTS ? names[effect] : "refuse";
}


static void
unmap(struct ring_map *m)
{
    if (m->bytes != NULL) {
        munmap(m->bytes, m->size);
    }
    memset(m, 0, sizeof(*m));
}


/* Map ring number i, again if it is another file by now. */
static struct sc_ring *
ring_of(struct events *ev, unsigned i)
{
    struct ring_map *m = &ev->rings[i];
    char name[32], path[CONF_PATH_MAX];
    struct stat st;
    int fd;

    snprintf(name, sizeof(name), "events/ring.%u", i);
    if (stat(conf_path(ev->st->conf, name, path), &st) != 0
        || st.st_size < SC_RING_HEADER) {
        unmap(m);
        return NULL;
    }
    if (m->bytes != NULL && m->inode == st.st_ino
        && m->size == (size_t) st.st_size) {
        return m->ring;
    }

    unmap(m);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd == -1) {
        return NULL;
    }
    m->bytes = mmap(NULL, (size_t) st.st_size, PROT_READ | PROT_WRITE,
                    MAP_SHARED, fd, 0);
    close(fd);
    if (m->bytes == MAP_FAILED) {
        m->bytes = NULL;
        return NULL;
    }
    m->size = (size_t) st.st_size;
    m->inode = st.st_ino;
    if (sc_ring_open(m->bytes, m->size, &m->ring) != 0) {
        unmap(m); /* being made, or not ours */
        return NULL;
    }

    return m->ring;
}


static void
text_address(const uint8_t address[16], char *into, size_t size)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255};

    into[0] = '\0';
    if (memcmp(address, mapped, sizeof(mapped)) == 0) {
        inet_ntop(AF_INET, address + 12, into, (socklen_t) size);
    } else {
        inet_ntop(AF_INET6, address, into, (socklen_t) size);
    }
}


/* Id of the operation; "" if its image is gone or there was none. */
static void
operation_of(struct events *ev, const struct sc_event *e, char *into,
             size_t size)
{
    const struct sc_image *im;
    const struct sc_operation *op = NULL;

    into[0] = '\0';
    if (e->operation == SC_NONE) {
        return;
    }
    im = publish_old_image(ev->st->publish, e->image);
    if (im != NULL) {
        op = sc_image_operation(im, e->operation);
    }
    if (op != NULL) {
        struct sc_str id = sc_image_str(im, op->id);

        snprintf(into, size, "%.*s", (int) id.len, id.data);
    }
}


static void
remember_use(struct events *ev, const struct sc_event *e)
{
    if (e->token == 0 || e->effect != SC_ALLOW) {
        return;
    }
    for (size_t i = 0; i < ev->nused; i++) {
        if (ev->used[i].token == e->token) {
            ev->used[i].time_us = e->time_us;
            return;
        }
    }

    ev->used[ev->nused].token = e->token;
    ev->used[ev->nused++].time_us = e->time_us;
}


static void
keep_decision(struct events *ev, const struct sc_ring *ring,
              const struct sc_event *e)
{
    enum sc_reason reason =
        e->reason < SC_REASON_COUNT ? e->reason : SC_REASON_NONE;
    size_t kept = e->path_len < SC_EVENT_PATH ? e->path_len : SC_EVENT_PATH;
    char id[SC_REQUEST_ID + 1], path[SC_EVENT_PATH + 1];
    char operation[200], address[64];
    int status = sc_reason_status(reason);

    memcpy(id, e->request_id, SC_REQUEST_ID);
    id[SC_REQUEST_ID] = '\0';
    memcpy(path, e->path, kept);
    path[kept] = '\0';
    operation_of(ev, e, operation, sizeof(operation));
    text_address(e->address, address, sizeof(address));
    db_run(ev->st->db,
           "INSERT INTO decision (ring, sequence, time, request_id,"
           " generation, effect, layer, reason, method, path, path_cut,"
           " address, token, account, policy, app, classes, operation,"
           " status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
           " $12, nullif($13, 0), nullif($14, 0), nullif($15, 0),"
           " nullif($16, 0), $17, nullif($18, ''), $19)"
           " ON CONFLICT (ring, sequence) DO NOTHING",
           "iiisisssssisiiiiisi", I64(ring->nonce), I64(e->sequence),
           e->time_us, id, I64(e->generation), events_effect_name(e->effect),
           sc_layer_name(layers[reason]), sc_reason_code(reason),
           sc_method_name(e->method < SC_METHODS ? e->method : SC_METHOD_NONE),
           path, I64(e->path_len > kept), address, I64(e->token), I64(e->user),
           I64(e->policy), I64(e->app), I64(e->classes), operation,
           I64(e->status != 0 ? (int) e->status : status));
    remember_use(ev, e);
}


static void
keep_outcome(struct events *ev, const struct sc_event *e)
{
    char id[SC_REQUEST_ID + 1];

    memcpy(id, e->request_id, SC_REQUEST_ID);
    id[SC_REQUEST_ID] = '\0';
    db_run(ev->st->db,
           "UPDATE decision SET outcome_status = $2, duration_us = $3"
           " WHERE request_id = $1",
           "sii", id, I64(e->status), I64(e->duration_us));
}


static void
count(struct events *ev, const struct sc_event *e)
{
    ev->figures.drained++;
    if (e->kind == SC_EVENT_DECISION && e->effect < EVENTS_EFFECTS
        && e->reason < SC_REASON_COUNT) {
        ev->figures.decisions[e->effect][e->reason]++;
    }
}


/* One batch; how many events it had, 0 also when the store failed. */
static uint32_t
drain_batch(struct events *ev, struct sc_ring *ring)
{
    uint32_t n = sc_ring_peek(ring, ev->batch, BATCH);
    struct db *db = ev->st->db;

    if (n == 0) {
        return 0;
    }

    ev->nused = 0;
    db_begin(db);
    for (uint32_t i = 0; i < n; i++) {
        if (ev->batch[i].kind == SC_EVENT_DECISION) {
            keep_decision(ev, ring, &ev->batch[i]);
        } else if (ev->batch[i].kind == SC_EVENT_OUTCOME) {
            keep_outcome(ev, &ev->batch[i]);
        }
    }
    for (size_t i = 0; i < ev->nused; i++) {
        db_run(db, "UPDATE token SET last_used_at = $2 WHERE id = $1", "ii",
               I64(ev->used[i].token), ev->used[i].time_us);
    }
    if (db_commit(db) != 0) {
        return 0;
    }

    for (uint32_t i = 0; i < n; i++) {
        count(ev, &ev->batch[i]);
    }
    sc_ring_take(ring, n);
    return n;
}


void
events_drain(struct events *ev)
{
    uint64_t dropped = 0;
    unsigned rings = 0;

    for (unsigned i = 0; i < RINGS; i++) {
        struct sc_ring *ring = ring_of(ev, i);

        if (ring == NULL) {
            continue;
        }
        for (int left = 64; left > 0 && drain_batch(ev, ring) == BATCH;
             left--) {
            continue;
        }
        dropped += __atomic_load_n(&ring->dropped, __ATOMIC_RELAXED);
        rings++;
    }
    ev->figures.dropped = dropped;
    ev->figures.rings = rings;
}


void
events_read_figures(const struct events *ev, struct events_figures *out)
{
    *out = ev->figures;
}


static void
tick(void *context)
{
    struct events *ev = context;
    struct publish_figures figures;

    pthread_mutex_lock(&ev->st->lock);
    events_drain(ev);
    publish_read_figures(ev->st->publish, &figures);
    if (figures.dirty && ev->step++ % RETRY == 0) {
        (void) !publish_rebuild(ev->st->publish);
    }
    pthread_mutex_unlock(&ev->st->lock);
}


int
events_start(struct state *st, struct events **out)
{
    struct events *ev = calloc(1, sizeof(*ev));

    if (ev == NULL) {
        return SC_ENOMEM;
    }

    ev->st = st;
    *out = ev; /* before the thread, which the state's users may meet */
    if (ticker_start(EVERY_MS, tick, ev, &ev->ticker) != 0) {
        free(ev);
        *out = NULL;
        return SC_ENOMEM;
    }

    return 0;
}


void
events_stop(struct events *ev)
{
    if (ev == NULL) {
        return;
    }

    ticker_stop(ev->ticker);
    for (unsigned i = 0; i < RINGS; i++) {
        unmap(&ev->rings[i]);
    }
    free(ev);
}
