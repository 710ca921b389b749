/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngx_http_scopecap_upstream.c - the guard of an upstream{}.
 *
 * Only a client request that holds an allow decision for the app that the
 * upstream{} belongs to may use it; everything else ends before a connection
 * is opened, whatever led it here: subrequests, error_page, named locations,
 * post_action, mirror, a location without "scopecap on".
 *
 * The request head that the proxy module built is thrown away.  The one that
 * is sent is built here, from the decision: its target is the one that the
 * core parsed, its headers are an allow-list, and its Authorization is the
 * upstream's credential, which no directive, variable or debug log sees.
 *
 * A call that does more than read is sent once: no other peer, no other
 * connection.  Of the answer's head, what would steer nginx is taken away.
 */

#include "nginx/ngx_http_scopecap.h"


static ngx_int_t ngx_http_scopecap_init_peer(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us);
static const char *ngx_http_scopecap_guard(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, ngx_http_scopecap_srv_conf_t *sscf);
static ngx_int_t ngx_http_scopecap_recheck(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);
static ngx_int_t ngx_http_scopecap_is_proxy(ngx_http_request_t *r,
    const ngx_http_scopecap_ctx_t *ctx);
static ngx_int_t ngx_http_scopecap_body_len(ngx_http_request_t *r, off_t *len);
static ngx_int_t ngx_http_scopecap_set_request(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, off_t body);
static size_t ngx_http_scopecap_head_len(const ngx_http_scopecap_ctx_t *ctx,
    const struct sc_str *secret);
static u_char *ngx_http_scopecap_write_head(u_char *p,
    const ngx_http_scopecap_ctx_t *ctx, const struct sc_str *secret,
    off_t body);
static ngx_int_t ngx_http_scopecap_chain_body(ngx_http_request_t *r,
    ngx_chain_t *cl);
static ngx_int_t ngx_http_scopecap_wrap(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);
static ngx_int_t ngx_http_scopecap_process_header(ngx_http_request_t *r);
static ngx_int_t ngx_http_scopecap_reinit_request(ngx_http_request_t *r);


extern ngx_module_t  ngx_http_proxy_module;


#define ngx_http_scopecap_put_literal(p, text)                               \
    ngx_cpymem(p, text, sizeof(text) - 1)
#define ngx_http_scopecap_put_str(p, str)                                    \
    ngx_cpymem(p, (str)->data, (str)->len)


/*
 * Runs after every upstream{} has been set up, so that we are the outermost
 * of those that wrap peer.init, in whatever order the directives stand.
 */

ngx_int_t
ngx_http_scopecap_guard_upstreams(ngx_conf_t *cf)
{
    ngx_uint_t                       i;
    ngx_http_scopecap_srv_conf_t    *sscf;
    ngx_http_upstream_srv_conf_t   **uscfp;
    ngx_http_upstream_main_conf_t   *umcf;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    uscfp = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {

        if (uscfp[i]->srv_conf == NULL) {
            continue;
        }

        sscf = ngx_http_conf_upstream_srv_conf(uscfp[i],
                                               ngx_http_scopecap_module);

        if (sscf->app.len == 0) {
            continue;
        }

        sscf->init_peer = uscfp[i]->peer.init;
        uscfp[i]->peer.init = ngx_http_scopecap_init_peer;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_scopecap_init_peer(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us)
{
    off_t                          body;
    const char                    *fault;
    ngx_http_scopecap_ctx_t       *ctx;
    ngx_http_scopecap_srv_conf_t  *sscf;

    sscf = ngx_http_conf_upstream_srv_conf(us, ngx_http_scopecap_module);
    ctx = r == r->main ? ngx_http_scopecap_get_ctx(r) : NULL;

    fault = ngx_http_scopecap_guard(r, ctx, sscf);

    if (fault == NULL && ngx_http_scopecap_body_len(r, &body) != NGX_OK) {
        fault = "the request body is not at hand";
    }

    if (fault != NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "scopecap closed upstream \"%V\": %s", &us->host, fault);
        return NGX_ERROR;
    }

    if (ngx_http_scopecap_set_request(r, ctx, body) != NGX_OK
        || sscf->init_peer(r, us) != NGX_OK
        || ngx_http_scopecap_wrap(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->spent = 1;

    return NGX_OK;
}


/* Says what is wrong, or NULL. */

static const char *
ngx_http_scopecap_guard(ngx_http_request_t *r, ngx_http_scopecap_ctx_t *ctx,
    ngx_http_scopecap_srv_conf_t *sscf)
{
    ngx_http_upstream_t  *u = r->upstream;

    if (ctx == NULL || ctx->effect != SC_ALLOW || r->post_action) {
        return "the request holds no allow decision";
    }

    if (ctx->spent && ngx_http_scopecap_must(ctx)) {
        return "the call has been sent already";
    }

    if (!ngx_http_scopecap_is_proxy(r, ctx)) {
        return "it is not used by a plain proxy_pass";
    }

    if (!u->conf->request_buffering || r->reading_body || u->store
#if (NGX_HTTP_CACHE)
        || u->conf->cache
#endif
        )
    {
        return "proxy_request_buffering off, proxy_cache and proxy_store "
               "have no place here";
    }

    if (ngx_http_scopecap_recheck(r, ctx) != NGX_OK) {
        return "the call is no longer allowed";
    }

    if (ctx->app.len != sscf->app.len
        || ngx_memcmp(ctx->app.data, sscf->app.data, sscf->app.len) != 0)
    {
        return "the decision is for another app";
    }

    return NULL;
}


/*
 * The proxy module, with our method in its request line: it reads the answer
 * of a HEAD in another way.
 */

static ngx_int_t
ngx_http_scopecap_is_proxy(ngx_http_request_t *r,
    const ngx_http_scopecap_ctx_t *ctx)
{
    size_t                len;
    ngx_buf_t            *b;
    const char           *method;
    ngx_http_upstream_t  *u = r->upstream;

    if (u->output.tag != (ngx_buf_tag_t) &ngx_http_proxy_module
        || u->request_bufs == NULL)
    {
        return 0;
    }

    method = sc_method_name(ctx->method);
    len = ngx_strlen(method);
    b = u->request_bufs->buf;

    return (size_t) (b->last - b->pos) > len
           && ngx_memcmp(b->pos, method, len) == 0 && b->pos[len] == ' ';
}


/* Time went by since the decision, for the body to come in: decide again. */

static ngx_int_t
ngx_http_scopecap_recheck(ngx_http_request_t *r, ngx_http_scopecap_ctx_t *ctx)
{
    ngx_uint_t         must;
    struct sc_verdict  verdict;

    if (ctx->decided == ngx_current_msec) {
        return NGX_OK;
    }

    must = ngx_http_scopecap_must(ctx);

    if (ngx_http_scopecap_decide(r, ctx, &verdict) != NGX_OK
        || ctx->effect != SC_ALLOW)
    {
        return NGX_DECLINED;
    }

    if (ngx_http_scopecap_must(ctx) && !must) {

        /* it was recorded as a read, maybe not at all */

        ctx->effect = SC_REFUSE;
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_scopecap_body_len(ngx_http_request_t *r, off_t *len)
{
    ngx_chain_t  *cl;

    *len = 0;

    if (r->discard_body) {
        return NGX_DECLINED;
    }

    if (r->request_body != NULL) {
        for (cl = r->request_body->bufs; cl; cl = cl->next) {
            *len += ngx_buf_size(cl->buf);
        }
    }

    return r->headers_in.content_length_n > 0
           && r->headers_in.content_length_n != *len
           ? NGX_DECLINED : NGX_OK;
}


static ngx_int_t
ngx_http_scopecap_set_request(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, off_t body)
{
    size_t                    len;
    ngx_buf_t                *b;
    ngx_chain_t              *cl;
    struct sc_str             secret;
    const struct sc_secrets  *secrets;

    secrets = ngx_http_scopecap_worker.follow.secret;
    secret = sc_secrets_of(secrets, ctx->app_number);

    if (!ngx_http_scopecap_text_ok((u_char *) secret.data, secret.len)) {
        return NGX_ERROR;
    }

    len = ngx_http_scopecap_head_len(ctx, &secret);

    b = ngx_create_temp_buf(r->pool, len);
    cl = ngx_alloc_chain_link(r->pool);

    if (b == NULL || cl == NULL) {
        return NGX_ERROR;
    }

    ngx_http_scopecap_wipe_head(ctx);          /* of an earlier try */

    ctx->head = b->start;
    ctx->head_size = len;

    b->last = ngx_http_scopecap_write_head(b->pos, ctx, &secret, body);

    cl->buf = b;

    if (ngx_http_scopecap_chain_body(r, cl) != NGX_OK) {
        return NGX_ERROR;
    }

    r->upstream->request_bufs = cl;

    return NGX_OK;
}


/* Room for the longest method and body length. */

static size_t
ngx_http_scopecap_head_len(const ngx_http_scopecap_ctx_t *ctx,
    const struct sc_str *secret)
{
    size_t      len;
    ngx_uint_t  i;

    len = sizeof("OPTIONS  HTTP/1.1" CRLF) + ctx->target.len
          + sizeof("Host: " CRLF) + ctx->upstream_host.len
          + sizeof("X-Request-Id: " CRLF) + ctx->request_id.len
          + sizeof("Content-Length: " CRLF) + NGX_OFF_T_LEN
          + sizeof("Authorization: " CRLF) + secret->len
          + sizeof(CRLF);

    for (i = 0; i < ctx->npass; i++) {
        len += ctx->pass[i].header->name.len + sizeof(": " CRLF)
               + ctx->pass[i].value->len;
    }

    return len;
}


static u_char *
ngx_http_scopecap_write_head(u_char *p, const ngx_http_scopecap_ctx_t *ctx,
    const struct sc_str *secret, off_t body)
{
    ngx_uint_t   i;
    const char  *method = sc_method_name(ctx->method);

    p = ngx_cpymem(p, method, ngx_strlen(method));
    *p++ = ' ';
    p = ngx_http_scopecap_put_str(p, &ctx->target);
    p = ngx_http_scopecap_put_literal(p, " HTTP/1.1" CRLF "Host: ");
    p = ngx_http_scopecap_put_str(p, &ctx->upstream_host);
    p = ngx_http_scopecap_put_literal(p, CRLF);

    for (i = 0; i < ctx->npass; i++) {
        p = ngx_http_scopecap_put_str(p, &ctx->pass[i].header->name);
        p = ngx_http_scopecap_put_literal(p, ": ");
        p = ngx_http_scopecap_put_str(p, ctx->pass[i].value);
        p = ngx_http_scopecap_put_literal(p, CRLF);
    }

    if (body > 0 || ctx->method == SC_POST || ctx->method == SC_PUT
        || ctx->method == SC_PATCH)
    {
        p = ngx_sprintf(p, "Content-Length: %O" CRLF, body);
    }

    p = ngx_http_scopecap_put_literal(p, "X-Request-Id: ");
    p = ngx_http_scopecap_put_str(p, &ctx->request_id);

    if (secret->len != 0) {
        p = ngx_http_scopecap_put_literal(p, CRLF "Authorization: ");
        p = ngx_cpymem(p, secret->data, secret->len);
    }

    return ngx_http_scopecap_put_literal(p, CRLF CRLF);
}


/* The body that nginx read, in copies of its buffers: a retry moves them. */

static ngx_int_t
ngx_http_scopecap_chain_body(ngx_http_request_t *r, ngx_chain_t *cl)
{
    ngx_buf_t    *b;
    ngx_chain_t  *body;

    body = r->request_body != NULL ? r->request_body->bufs : NULL;

    for ( /* void */ ; body; body = body->next) {

        b = ngx_alloc_buf(r->pool);
        cl->next = ngx_alloc_chain_link(r->pool);

        if (b == NULL || cl->next == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(b, body->buf, sizeof(ngx_buf_t));

        cl = cl->next;
        cl->buf = b;
    }

    cl->buf->flush = 1;
    cl->next = NULL;

    return NGX_OK;
}


static ngx_int_t
ngx_http_scopecap_wrap(ngx_http_request_t *r, ngx_http_scopecap_ctx_t *ctx)
{
    ngx_http_upstream_t       *u = r->upstream;
    ngx_http_upstream_conf_t  *conf;

    ctx->process_header = u->process_header;
    u->process_header = ngx_http_scopecap_process_header;

    ctx->reinit_request = u->reinit_request;
    u->reinit_request = ngx_http_scopecap_reinit_request;

    if (!ngx_http_scopecap_must(ctx)) {
        return NGX_OK;
    }

    /*
     * no failure leads to a next upstream, a kept connection that turns out
     * to be closed included; the location's conf is shared, so on a copy
     */

    conf = ngx_palloc(r->pool, sizeof(ngx_http_upstream_conf_t));
    if (conf == NULL) {
        return NGX_ERROR;
    }

    *conf = *u->conf;
    conf->next_upstream = 0;
    u->conf = conf;

    return NGX_OK;
}


/* A read goes to its next peer; reinit sets process_header anew. */

static ngx_int_t
ngx_http_scopecap_reinit_request(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_upstream_t      *u = r->upstream;
    ngx_http_scopecap_ctx_t  *ctx;

    ctx = ngx_http_scopecap_get_ctx(r);

    if (ctx == NULL || ngx_http_scopecap_must(ctx)) {
        return NGX_ERROR;
    }

    rc = ctx->reinit_request(r);

    ctx->process_header = u->process_header;
    u->process_header = ngx_http_scopecap_process_header;

    return rc;
}


/*
 * Interim answers and answers without a status line are no answers: nginx
 * would take what follows them for a body.  X-Accel-* steers nothing.
 */

static ngx_int_t
ngx_http_scopecap_process_header(ngx_http_request_t *r)
{
    size_t                    limit_rate;
    ngx_int_t                 rc;
    ngx_uint_t                version, limit_rate_set, buffering;
    ngx_http_upstream_t      *u = r->upstream;
    ngx_http_scopecap_ctx_t  *ctx;

    ctx = ngx_http_scopecap_get_ctx(r);

    if (ctx == NULL) {
        return NGX_ERROR;
    }

    version = r->http_version;
    limit_rate = r->limit_rate;
    limit_rate_set = r->limit_rate_set;
    buffering = u->buffering;

    rc = ctx->process_header(r);

    if (u->process_header != ngx_http_scopecap_process_header) {
        ctx->process_header = u->process_header;
        u->process_header = ngx_http_scopecap_process_header;
    }

    r->http_version = version;
    r->limit_rate = limit_rate;
    r->limit_rate_set = limit_rate_set;
    u->buffering = buffering;
    u->headers_in.x_accel_redirect = NULL;

    if (rc != NGX_OK) {
        return rc;
    }

    if (u->headers_in.status_n < NGX_HTTP_OK || u->upgrade) {
        u->upgrade = 0;
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "scopecap: upstream sent no final status");
        return NGX_HTTP_UPSTREAM_INVALID_HEADER;
    }

    if (u->headers_in.status_n == NGX_HTTP_UNAUTHORIZED
        || u->headers_in.status_n == 407)
    {
        /* it is our credential that was refused, not the client's token */

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "scopecap: upstream refused the credential of app "
                      "\"%V\"", &ctx->app);
        u->headers_in.status_n = NGX_HTTP_BAD_GATEWAY;
        ngx_str_null(&u->headers_in.status_line);
    }

    ctx->answered = 1;

    return NGX_OK;
}
