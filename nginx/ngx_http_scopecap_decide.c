/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngx_http_scopecap_decide.c - from an nginx request to a verdict.
 *
 * The core is asked with the raw target.  What the verdict rests on is copied
 * into the context, in one piece: the target for the upstream is cut from the
 * very bytes that the core has parsed, and what nginx or other modules make
 * of r->uri, r->args, r->method or the headers afterwards changes nothing.
 */

#include "nginx/ngx_http_scopecap.h"

#include <sys/random.h>


static ngx_int_t ngx_http_scopecap_follow(ngx_http_request_t *r);
static void ngx_http_scopecap_facts(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, struct sc_call *call);
static void ngx_http_scopecap_address(ngx_http_request_t *r, u_char *address);
static ngx_int_t ngx_http_scopecap_remember(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, struct sc_verdict *verdict);
static size_t ngx_http_scopecap_prefix_len(const struct sc_target *target,
    uint32_t first);


/*
 * 32 hexadecimal digits that no other request has: a number that the worker
 * drew at random, and a count that a bijection scatters.
 */

void
ngx_http_scopecap_request_id(u_char *id)
{
    uint64_t                     n;
    ngx_uint_t                   i;
    ngx_http_scopecap_worker_t  *w = &ngx_http_scopecap_worker;
    static const u_char          digits[] = "0123456789abcdef";

    while (w->id_high == 0) {
        if (getrandom(&w->id_high, sizeof(w->id_high), 0)
            != (ssize_t) sizeof(w->id_high)
            || getrandom(&w->id_low, sizeof(w->id_low), 0)
               != (ssize_t) sizeof(w->id_low))
        {
            w->id_high = 0;
        }
    }

    n = ++w->id_low * 0x9e3779b97f4a7c15u;
    n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
    n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
    n ^= n >> 31;

    for (i = 0; i < 16; i++) {
        id[i] = digits[(w->id_high >> (4 * i)) & 0xf];
        id[16 + i] = digits[(n >> (4 * i)) & 0xf];
    }
}


ngx_int_t
ngx_http_scopecap_first_decision(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, struct sc_verdict *verdict)
{
    enum sc_reason  reason;

    reason = ngx_http_scopecap_check_framing(r, ctx);

    if (reason == SC_REASON_NONE) {
        return ngx_http_scopecap_decide(r, ctx, verdict);
    }

    ngx_memzero(verdict, sizeof(*verdict));
    verdict->operation_index = SC_NONE;
    ngx_http_scopecap_address(r, ctx->address);
    ctx->operation_index = SC_NONE;
    ngx_http_scopecap_set_reason(ctx, verdict, reason);

    return NGX_OK;
}


/* Refuse for a reason that is not the core's own. */

void
ngx_http_scopecap_set_reason(ngx_http_scopecap_ctx_t *ctx,
    struct sc_verdict *verdict, enum sc_reason reason)
{
    verdict->effect = SC_REFUSE;
    verdict->reason = reason;
    verdict->layer = sc_reason_status(reason) == NGX_HTTP_SERVICE_UNAVAILABLE
                     ? SC_LAYER_AVAILABILITY : SC_LAYER_TARGET;
    ctx->effect = SC_REFUSE;
    ctx->reason = reason;
}


/*
 * Asks the core, on the images in force, and fills the context.  NGX_ERROR
 * if there is no memory; anything but an allow is in the verdict.
 */

ngx_int_t
ngx_http_scopecap_decide(ngx_http_request_t *r, ngx_http_scopecap_ctx_t *ctx,
    struct sc_verdict *verdict)
{
    struct sc_call               call;
    ngx_http_scopecap_worker_t  *w = &ngx_http_scopecap_worker;

    ctx->effect = SC_REFUSE;
    ctx->operation_index = SC_NONE;
    ctx->decided = ngx_current_msec;

    ngx_http_scopecap_facts(r, ctx, &call);

    if (ngx_http_scopecap_follow(r) != NGX_OK) {
        ngx_memzero(verdict, sizeof(*verdict));
        verdict->operation_index = SC_NONE;
        ngx_http_scopecap_set_reason(ctx, verdict, SC_REASON_NO_IMAGE);
        return NGX_OK;
    }

    sc_decide(&w->follow.view, &w->follow.hasher, &call, &w->target, verdict);

    return ngx_http_scopecap_remember(r, ctx, verdict);
}


static ngx_int_t
ngx_http_scopecap_follow(ngx_http_request_t *r)
{
    int                          rc;
    ngx_http_scopecap_worker_t  *w = &ngx_http_scopecap_worker;

    rc = sc_follow_now(&w->follow);

    if (rc == 0) {
        return NGX_OK;
    }

    if (w->complained != ngx_time()) {
        w->complained = ngx_time();
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "scopecap cannot use the image in \"%s\": %s",
                      w->follow.dir, sc_strerror(rc));
    }

    return NGX_ERROR;
}


static void
ngx_http_scopecap_facts(ngx_http_request_t *r, ngx_http_scopecap_ctx_t *ctx,
    struct sc_call *call)
{
    ngx_http_scopecap_address(r, ctx->address);

    call->method = sc_str_c(sc_method_name(ctx->method));
    call->target = sc_str((char *) r->unparsed_uri.data,
                          r->unparsed_uri.len);
    call->host = sc_str((char *) r->headers_in.server.data,
                        r->headers_in.server.len);
    call->authorization = sc_str((char *) ctx->authorization.data,
                                 ctx->authorization.len);
    call->now = ngx_time();

    ngx_memcpy(call->address, ctx->address, sizeof(call->address));
}


/* A peer that is neither IPv4 nor IPv6 is the address of all zeros. */

static void
ngx_http_scopecap_address(ngx_http_request_t *r, u_char *address)
{
    struct sockaddr      *sa = r->connection->sockaddr;
    struct sockaddr_in   *sin;
    struct sockaddr_in6  *sin6;

    ngx_memzero(address, 16);

    switch (sa->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) sa;
        address[10] = 0xff;
        address[11] = 0xff;
        ngx_memcpy(&address[12], &sin->sin_addr, 4);
        break;

    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sa;
        ngx_memcpy(address, &sin6->sin6_addr, 16);
        break;
    }
}


static u_char *
ngx_http_scopecap_pack(u_char *p, ngx_str_t *to, struct sc_str text)
{
    to->data = p;
    to->len = text.len;

    return text.len ? ngx_cpymem(p, text.data, text.len) : p;
}


static ngx_int_t
ngx_http_scopecap_remember(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, struct sc_verdict *v)
{
    u_char                  *p;
    size_t                   prefix;
    struct sc_str            app, operation, policy, email, host, path, raw;
    struct sc_follow        *f = &ngx_http_scopecap_worker.follow;
    struct sc_target        *target = &ngx_http_scopecap_worker.target;
    const struct sc_image   *im = f->view.image;

    app = operation = policy = email = host = path = raw = sc_str(NULL, 0);
    prefix = 0;

    if (v->app != NULL) {
        app = sc_image_str(im, v->app->name);
        host = sc_image_str(im, v->app->upstream_host);
        path = sc_image_str(im, v->app->upstream_path);
        raw = target->raw;
        prefix = ngx_http_scopecap_prefix_len(target, v->first);
    }

    if (v->operation != NULL) {
        operation = sc_image_str(im, v->operation->id);
    }

    if (v->policy != NULL) {
        policy = sc_image_str(im, v->policy->name);
    }

    if (v->token != 0) {
        email = sc_tokens_user_email(f->view.tokens, v->user);
    }

    p = ngx_pnalloc(r->pool, app.len + operation.len + policy.len + email.len
                             + host.len + 2 * path.len + raw.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    p = ngx_http_scopecap_pack(p, &ctx->app, app);
    p = ngx_http_scopecap_pack(p, &ctx->operation, operation);
    p = ngx_http_scopecap_pack(p, &ctx->policy, policy);
    p = ngx_http_scopecap_pack(p, &ctx->email, email);
    p = ngx_http_scopecap_pack(p, &ctx->upstream_host, host);
    p = ngx_http_scopecap_pack(p, &ctx->upstream_path, path);
    p = ngx_http_scopecap_pack(p, &ctx->prefix, sc_str(raw.data, prefix));

    /* the upstream's prefix takes the place of the mount's */

    ctx->target.data = p;
    ctx->target.len = path.len + raw.len - prefix;
    p = ngx_cpymem(p, ctx->upstream_path.data, path.len);

    if (raw.len > prefix) {
        ngx_memcpy(p, raw.data + prefix, raw.len - prefix);
    }

    ctx->reason = v->reason;
    ctx->generation = f->view.generation;
    ctx->image = f->record.policy;
    ctx->token = v->token;
    ctx->user = v->user;
    ctx->policy_number = v->policy != NULL ? v->policy->number : 0;
    ctx->app_number = v->app != NULL ? v->app->number : 0;
    ctx->classes = v->classes;
    ctx->operation_index = v->operation_index;
    ctx->effect = v->effect;

    if (ctx->effect == SC_ALLOW
        && (ctx->target.len == 0 || ctx->target.data[0] != '/'))
    {
        ngx_http_scopecap_set_reason(ctx, v, SC_REASON_UNKNOWN_PATH);
    }

    return NGX_OK;
}


/* Bytes of the path that the mount took. */

static size_t
ngx_http_scopecap_prefix_len(const struct sc_target *target, uint32_t first)
{
    size_t  i;

    for (i = 0; i < target->path.len; i++) {
        if (target->path.data[i] == '/' && first-- == 0) {
            break;
        }
    }

    return i;
}
