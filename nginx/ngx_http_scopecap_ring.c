/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngx_http_scopecap_ring.c - the decision events of this worker.
 *
 * A worker claims one file events/ring.N of the runtime directory by locking
 * it; the kernel gives the lock back when the process dies, however it dies.
 * What a dead worker left in its ring stays there for scopecapd, and the next
 * owner puts its events behind.  The file's blocks are allocated when it is
 * made, so a full disk cannot kill us at a store.
 *
 * Without a ring, or without room in it, calls that must be recorded are
 * refused, and others are not recorded.
 */

#include "nginx/ngx_http_scopecap.h"

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>


#define NGX_HTTP_SCOPECAP_RINGS     64
#define NGX_HTTP_SCOPECAP_CAPACITY  16384


static struct sc_ring *ngx_http_scopecap_open_ring(ngx_fd_t fd);
static ngx_int_t ngx_http_scopecap_size_ring(ngx_fd_t fd, size_t *size);
static struct sc_ring *ngx_http_scopecap_find_ring(ngx_log_t *log);
static ngx_int_t ngx_http_scopecap_put(const struct sc_event *event,
    ngx_uint_t must);
static void ngx_http_scopecap_fill(ngx_http_request_t *r,
    const ngx_http_scopecap_ctx_t *ctx, struct sc_event *event);


/* Once a second at most, so that a missing directory costs little. */

void
ngx_http_scopecap_claim_ring(ngx_log_t *log, uint64_t stamp)
{
    ngx_http_scopecap_worker_t  *w = &ngx_http_scopecap_worker;

    if (w->ring != NULL || w->ring_tried == ngx_time()) {
        return;
    }

    w->ring_tried = ngx_time();
    w->ring = ngx_http_scopecap_find_ring(log);

    if (w->ring == NULL) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "scopecap has no event ring in \"%s/events\", "
                      "calls that must be recorded are refused",
                      w->follow.dir);
        return;
    }

    __atomic_store_n(&w->ring->stamp, stamp, __ATOMIC_RELEASE);
}


static struct sc_ring *
ngx_http_scopecap_find_ring(ngx_log_t *log)
{
    ngx_fd_t         fd;
    ngx_uint_t       i;
    struct sc_ring  *ring;
    u_char           path[SC_FOLLOW_DIR_MAX + 32];

    for (i = 0; i < NGX_HTTP_SCOPECAP_RINGS; i++) {
        *ngx_snprintf(path, sizeof(path) - 1, "%s/events/ring.%ui",
                      ngx_http_scopecap_worker.follow.dir, i) = '\0';

        fd = open((char *) path, O_RDWR|O_CREAT|O_CLOEXEC, 0640);
        if (fd == NGX_INVALID_FILE) {
            if (ngx_errno == NGX_ENOENT) {
                return NULL;
            }
            continue;
        }

        if (flock(fd, LOCK_EX|LOCK_NB) == 0) {
            ring = ngx_http_scopecap_open_ring(fd);
            if (ring != NULL) {
                return ring;        /* fd stays open: it holds the lock */
            }

            ngx_log_error(NGX_LOG_ERR, log, 0,
                          "scopecap cannot use event ring \"%s\"", path);
        }

        (void) ngx_close_file(fd);
    }

    return NULL;
}


static struct sc_ring *
ngx_http_scopecap_open_ring(ngx_fd_t fd)
{
    void            *bytes;
    size_t           size;
    uint64_t         nonce;
    struct sc_ring  *ring;

    if (ngx_http_scopecap_size_ring(fd, &size) != NGX_OK) {
        return NULL;
    }

    bytes = mmap(NULL, size, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        return NULL;
    }

    /*
     * without a magic number nobody has used it yet: it is new, or its maker
     * died before the last store of sc_ring_init()
     */

    ring = bytes;

    if (ring->magic == 0
        && (getrandom(&nonce, sizeof(nonce), 0) != (ssize_t) sizeof(nonce)
            || sc_ring_init(bytes, size, NGX_HTTP_SCOPECAP_CAPACITY, nonce)
               != 0))
    {
        goto failed;
    }

    if (sc_ring_open(bytes, size, &ring) == 0) {
        return ring;
    }

failed:

    (void) munmap(bytes, size);

    return NULL;
}


static ngx_int_t
ngx_http_scopecap_size_ring(ngx_fd_t fd, size_t *size)
{
    off_t            want;
    ngx_file_info_t  fi;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        return NGX_ERROR;
    }

    if (ngx_file_size(&fi) != 0) {
        *size = (size_t) ngx_file_size(&fi);
        return *size >= SC_RING_HEADER ? NGX_OK : NGX_ERROR;
    }

    want = (off_t) sc_ring_size(NGX_HTTP_SCOPECAP_CAPACITY);

    if (posix_fallocate(fd, 0, want) != 0) {
        (void) ftruncate(fd, 0);
        return NGX_ERROR;
    }

    *size = (size_t) want;

    return NGX_OK;
}


ngx_int_t
ngx_http_scopecap_put_decision(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx)
{
    struct sc_event  event;

    ngx_http_scopecap_fill(r, ctx, &event);

    ctx->started = event.time_us;
    event.kind = SC_EVENT_DECISION;

    if (ctx->effect != SC_ALLOW) {
        event.status = (uint32_t) sc_reason_status(ctx->reason);
    }

    return ngx_http_scopecap_put(&event, ngx_http_scopecap_must(ctx));
}


void
ngx_http_scopecap_put_outcome(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx)
{
    struct sc_event  event;

    ngx_http_scopecap_fill(r, ctx, &event);

    event.kind = SC_EVENT_OUTCOME;
    event.status = (uint32_t) (r->err_status ? r->err_status
                                             : r->headers_out.status);

    if (event.time_us > ctx->started) {
        event.duration_us = (uint32_t) ngx_min(event.time_us - ctx->started,
                                               (int64_t) UINT32_MAX);
    }

    (void) ngx_http_scopecap_put(&event, ctx->classes != SC_CLASS_READ);
}


static ngx_int_t
ngx_http_scopecap_put(const struct sc_event *event, ngx_uint_t must)
{
    struct sc_ring  *ring = ngx_http_scopecap_worker.ring;

    if (ring != NULL && sc_ring_put(ring, event, must)) {
        return NGX_OK;
    }

    return must ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_scopecap_fill(ngx_http_request_t *r,
    const ngx_http_scopecap_ctx_t *ctx, struct sc_event *event)
{
    u_char      *last;
    size_t       len;
    ngx_time_t  *tp;

    tp = ngx_timeofday();           /* as exact as nginx's own logs */
    last = ngx_strlchr(r->unparsed_uri.data,
                       r->unparsed_uri.data + r->unparsed_uri.len, '?');
    len = last ? (size_t) (last - r->unparsed_uri.data)
               : r->unparsed_uri.len;

    ngx_memzero(event, sizeof(*event));

    event->time_us = ((int64_t) tp->sec * 1000 + tp->msec) * 1000;
    event->generation = ctx->generation;
    event->effect = (uint32_t) ctx->effect;
    event->reason = ctx->reason;
    event->method = ctx->method;
    event->token = ctx->token;
    event->user = ctx->user;
    event->policy = ctx->policy_number;
    event->app = ctx->app_number;
    event->classes = ctx->classes;
    event->operation = ctx->operation_index;
    event->image = ctx->image;
    event->path_len = (uint32_t) len;

    ngx_memcpy(event->request_id, ctx->request_id.data, SC_REQUEST_ID);
    ngx_memcpy(event->address, ctx->address, sizeof(event->address));
    ngx_memcpy(event->path, r->unparsed_uri.data,
               ngx_min(len, sizeof(event->path)));
}
