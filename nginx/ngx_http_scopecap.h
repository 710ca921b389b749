/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_NGINX_SCOPECAP_H
#define SC_NGINX_SCOPECAP_H

/*
 * ngx_http_scopecap.h - types shared by the files of the module.
 *
 * A client request has one context, made by the access handler with the
 * decision, and kept until the request's pool ends: internal redirects wipe
 * r->ctx, so it hangs on a pool cleanup as well.  Whatever it says in text
 * is copied: the image that decided may be unmapped before the call ends.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "core/event.h"
#include "core/refusal.h"
#include "runtime/follow.h"


#define NGX_HTTP_SCOPECAP_HEADERS_MAX  100     /* header lines of a request */
#define NGX_HTTP_SCOPECAP_BYTES_MAX    32768   /* bytes of them */
#define NGX_HTTP_SCOPECAP_PASS_MAX     24      /* of them for the upstream */


typedef struct {
    ngx_str_t                       runtime;   /* directory */
    ngx_int_t                       stamp;
    ngx_hash_t                      request_headers;
    ngx_hash_t                      response_headers;
} ngx_http_scopecap_main_conf_t;


typedef struct {                               /* of an upstream{} */
    ngx_str_t                       app;
    ngx_http_upstream_init_peer_pt  init_peer; /* what we wrap */
} ngx_http_scopecap_srv_conf_t;


typedef struct {
    ngx_flag_t                      enable;
} ngx_http_scopecap_loc_conf_t;


/* A row of the tables of header names; what flags mean is theirs. */
typedef struct {
    ngx_str_t                       name;
    ngx_uint_t                      flags;
} ngx_http_scopecap_header_t;


typedef struct {                               /* header for the upstream */
    const ngx_http_scopecap_header_t  *header;
    const ngx_str_t                   *value;
} ngx_http_scopecap_pass_t;


typedef struct {
    ngx_uint_t                      effect;    /* enum sc_effect; 0: refuse */
    enum sc_reason                  reason;
    enum sc_method                  method;
    uint64_t                        generation;
    uint32_t                        image;     /* file number */
    uint32_t                        token;     /* numbers; 0: unknown */
    uint32_t                        user;
    uint32_t                        policy_number;
    uint32_t                        app_number;
    uint32_t                        classes;
    uint32_t                        operation_index;
    u_char                          address[16];

    ngx_str_t                       authorization; /* the client's; data NULL
                                                      without one */
    ngx_str_t                       request_id;
    ngx_str_t                       app;
    ngx_str_t                       operation;
    ngx_str_t                       policy;
    ngx_str_t                       email;
    ngx_str_t                       prefix;    /* of the mount */
    ngx_str_t                       target;    /* for the upstream */
    ngx_str_t                       upstream_host;
    ngx_str_t                       upstream_path;

    ngx_msec_t                      decided;   /* nginx's clock */
    int64_t                         started;   /* microseconds since 1970 */

    u_char                         *head;      /* holds the credential */
    size_t                          head_size;

    ngx_int_t                     (*process_header)(ngx_http_request_t *r);
    ngx_int_t                     (*reinit_request)(ngx_http_request_t *r);

    unsigned                        allowed:1; /* at first */
    unsigned                        spent:1;   /* went to an upstream */
    unsigned                        answered:1; /* the upstream answered */

    ngx_uint_t                      npass;     /* what follows is not zeroed */
    ngx_http_scopecap_pass_t        pass[NGX_HTTP_SCOPECAP_PASS_MAX];
    u_char                          id[SC_REQUEST_ID];
} ngx_http_scopecap_ctx_t;


/* What a worker process holds. */
typedef struct {
    struct sc_follow                follow;
    struct sc_ring                 *ring;      /* NULL: none yet */
    time_t                          ring_tried;
    time_t                          complained;
    uint64_t                        id_high;   /* of request ids */
    uint64_t                        id_low;
    struct sc_target                target;    /* of the call being decided */
    char                            text[SC_REFUSAL_MAX];
} ngx_http_scopecap_worker_t;


extern ngx_module_t                 ngx_http_scopecap_module;
extern ngx_http_scopecap_worker_t   ngx_http_scopecap_worker;


/* The decision was allow, and not for a mere read. */
static ngx_inline ngx_uint_t
ngx_http_scopecap_must(const ngx_http_scopecap_ctx_t *ctx)
{
    return ctx->effect == SC_ALLOW && ctx->classes != SC_CLASS_READ;
}


/* module: the context of a client request, NULL without one */
ngx_http_scopecap_ctx_t *ngx_http_scopecap_get_ctx(ngx_http_request_t *r);
void ngx_http_scopecap_wipe_head(ngx_http_scopecap_ctx_t *ctx);
ngx_int_t ngx_http_scopecap_hash_headers(ngx_conf_t *cf, ngx_hash_t *hash,
    ngx_http_scopecap_header_t *rows, const char *name);

/* framing: SC_REASON_NONE if there is nothing to refuse */
ngx_int_t ngx_http_scopecap_request_headers(ngx_conf_t *cf,
    ngx_http_scopecap_main_conf_t *smcf);
enum sc_reason ngx_http_scopecap_check_framing(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);
ngx_uint_t ngx_http_scopecap_text_ok(const u_char *p, size_t len);

/* decide: ask the core, and keep what its verdict rests on */
void ngx_http_scopecap_request_id(u_char *id);
ngx_int_t ngx_http_scopecap_first_decision(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, struct sc_verdict *verdict);
ngx_int_t ngx_http_scopecap_decide(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, struct sc_verdict *verdict);
void ngx_http_scopecap_set_reason(ngx_http_scopecap_ctx_t *ctx,
    struct sc_verdict *verdict, enum sc_reason reason);

/* refuse: answer a request that goes no further */
ngx_int_t ngx_http_scopecap_refuse(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, const struct sc_verdict *verdict);
ngx_table_elt_t *ngx_http_scopecap_add_header(ngx_http_request_t *r,
    const char *name, size_t len, const ngx_str_t *value);

/* upstream: the guard of an upstream{} */
ngx_int_t ngx_http_scopecap_guard_upstreams(ngx_conf_t *cf);

/* links: filter of response headers */
ngx_int_t ngx_http_scopecap_response_headers(ngx_conf_t *cf,
    ngx_http_scopecap_main_conf_t *smcf);
void ngx_http_scopecap_filter_init(void);
ngx_int_t ngx_http_scopecap_base(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, ngx_str_t *base);

/* ring: decision events */
void ngx_http_scopecap_claim_ring(ngx_log_t *log, uint64_t stamp);
ngx_int_t ngx_http_scopecap_put_decision(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);
void ngx_http_scopecap_put_outcome(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);

#endif
