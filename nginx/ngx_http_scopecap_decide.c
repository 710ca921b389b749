/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngx_http_scopecap_decide.c - from an nginx request to a verdict.
 *
 * First what nginx lets through although two parsers could read it in two
 * ways, then the question to the core, with the raw target.  What the verdict
 * rests on is copied into the context, in one piece: the target for the
 * upstream is cut from the very bytes that the core has parsed, and what
 * nginx or other modules make of r->uri, r->args, r->method or the headers
 * afterwards changes nothing.
 */

#include "nginx/ngx_http_scopecap.h"

#include <sys/random.h>


/* flags of request headers */
#define NGX_HTTP_SCOPECAP_LIST    0        /* to the upstream, also repeated */
#define NGX_HTTP_SCOPECAP_SINGLE  1        /* to the upstream, once at most */
#define NGX_HTTP_SCOPECAP_REFUSE  2        /* ends the call */
#define NGX_HTTP_SCOPECAP_HOP     3        /* ends it when it upgrades */


static enum sc_reason ngx_http_scopecap_check_framing(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);
static enum sc_reason ngx_http_scopecap_check_headers(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);
static enum sc_reason ngx_http_scopecap_check_header(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, ngx_table_elt_t *h, ngx_hash_t *known);
static ngx_int_t ngx_http_scopecap_is_body_wanted(ngx_http_request_t *r);
static ngx_int_t ngx_http_scopecap_check_host(ngx_http_request_t *r);
static ngx_uint_t ngx_http_scopecap_is_host(const ngx_str_t *host);
static ngx_int_t ngx_http_scopecap_follow(ngx_http_request_t *r);
static void ngx_http_scopecap_facts(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, struct sc_call *call);
static void ngx_http_scopecap_address(ngx_http_request_t *r, u_char *address);
static ngx_int_t ngx_http_scopecap_remember(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, struct sc_verdict *verdict);
static size_t ngx_http_scopecap_prefix_len(const struct sc_target *target,
    uint32_t first);


/* Everything else stays here, credentials and identities above all. */

static ngx_http_scopecap_header_t  ngx_http_scopecap_request_table[] = {
    { ngx_string("Accept"), NGX_HTTP_SCOPECAP_LIST },
    { ngx_string("Accept-Language"), NGX_HTTP_SCOPECAP_LIST },
    { ngx_string("Accept-Version"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("Content-Disposition"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("Content-Encoding"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("Content-Type"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("Idempotency-Key"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("If-Match"), NGX_HTTP_SCOPECAP_LIST },
    { ngx_string("If-Modified-Since"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("If-None-Match"), NGX_HTTP_SCOPECAP_LIST },
    { ngx_string("If-Range"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("If-Unmodified-Since"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("Prefer"), NGX_HTTP_SCOPECAP_LIST },
    { ngx_string("Range"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("User-Agent"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("X-Atlassian-Token"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("X-ExperimentalApi"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("X-Force-Accept-Language"), NGX_HTTP_SCOPECAP_SINGLE },
    { ngx_string("X-GitHub-Api-Version"), NGX_HTTP_SCOPECAP_SINGLE },

    { ngx_string("Connection"), NGX_HTTP_SCOPECAP_HOP },
    { ngx_string("Upgrade"), NGX_HTTP_SCOPECAP_REFUSE },
    { ngx_string("X-HTTP-Method"), NGX_HTTP_SCOPECAP_REFUSE },
    { ngx_string("X-HTTP-Method-Override"), NGX_HTTP_SCOPECAP_REFUSE },
    { ngx_string("X-Method"), NGX_HTTP_SCOPECAP_REFUSE },
    { ngx_string("X-Method-Override"), NGX_HTTP_SCOPECAP_REFUSE },

    { ngx_null_string, 0 }
};


ngx_int_t
ngx_http_scopecap_request_headers(ngx_conf_t *cf,
    ngx_http_scopecap_main_conf_t *smcf)
{
    return ngx_http_scopecap_hash_headers(cf, &smcf->request_headers,
                                          ngx_http_scopecap_request_table,
                                          "scopecap_request_headers");
}


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


/* Returns SC_REASON_NONE if there is nothing to refuse. */

static enum sc_reason
ngx_http_scopecap_check_framing(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx)
{
    ctx->method = sc_method_parse(sc_str((char *) r->method_name.data,
                                         r->method_name.len));

    /*
     * a first decision behind an internal redirect: nginx itself refused the
     * request, maybe before it had read all of it, and error_page led here,
     * or the target has been rewritten
     */

    if (r->internal || r->http_version < NGX_HTTP_VERSION_10) {
        return SC_REASON_FRAMING;
    }

    /* the absolute form has a host of its own */

    if (r->host_start != NULL || ngx_http_scopecap_check_host(r) != NGX_OK) {
        return SC_REASON_FRAMING;
    }

    if ((r->headers_in.content_length_n > 0 || r->headers_in.chunked)
        && !ngx_http_scopecap_is_body_wanted(r))
    {
        return SC_REASON_FRAMING;
    }

    return ngx_http_scopecap_check_headers(r, ctx);
}


static ngx_int_t
ngx_http_scopecap_is_body_wanted(ngx_http_request_t *r)
{
    return r->method != NGX_HTTP_GET && r->method != NGX_HTTP_HEAD;
}


/*
 * nginx's server is the name in lower case, without port and last dot, but
 * with whatever bytes it came; the header's value has what stands behind.
 */

static ngx_int_t
ngx_http_scopecap_check_host(ngx_http_request_t *r)
{
    u_char      *p, *end;
    size_t       digits;
    ngx_str_t   *host, *raw;

    host = &r->headers_in.server;

    if (r->headers_in.host == NULL || !ngx_http_scopecap_is_host(host)) {
        return NGX_DECLINED;
    }

    raw = &r->headers_in.host->value;

    if (raw->len < host->len) {
        return NGX_DECLINED;
    }

    p = raw->data + host->len;
    end = raw->data + raw->len;

    if (p != end && *p == '.') {
        p++;
    }

    if (p == end) {
        return NGX_OK;
    }

    if (*p++ != ':') {
        return NGX_DECLINED;
    }

    for (digits = 0; p != end && *p >= '0' && *p <= '9'; digits++) {
        p++;
    }

    return p == end && digits >= 1 && digits <= 5 ? NGX_OK : NGX_DECLINED;
}


/* Letters, digits and ".-_", or an IPv6 address in brackets. */

static ngx_uint_t
ngx_http_scopecap_is_host(const ngx_str_t *host)
{
    u_char      ch;
    size_t      i, last;
    ngx_uint_t  literal;

    if (host->len == 0) {
        return 0;
    }

    i = 0;
    last = host->len;
    literal = host->data[0] == '[';

    if (literal) {
        i++;
        last--;

        if (host->len < sizeof("[::]") - 1 || host->data[last] != ']') {
            return 0;
        }
    }

    for ( /* void */ ; i < last; i++) {
        ch = host->data[i];

        if ((ch >= '0' && ch <= '9') || ch == '.'
            || (ch >= 'a' && ch <= (literal ? 'f' : 'z')))
        {
            continue;
        }

        if (literal ? ch != ':' : (ch != '-' && ch != '_')) {
            return 0;
        }
    }

    return 1;
}


/* Counts them, and collects those that the upstream is to get. */

static enum sc_reason
ngx_http_scopecap_check_headers(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx)
{
    size_t                          size;
    ngx_uint_t                      i, n;
    enum sc_reason                  reason;
    ngx_table_elt_t                *h;
    ngx_list_part_t                *part;
    ngx_http_scopecap_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_scopecap_module);

    n = 0;
    size = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            size += h[i].key.len + h[i].value.len + sizeof(": " CRLF) - 1;

            if (++n > NGX_HTTP_SCOPECAP_HEADERS_MAX
                || size > NGX_HTTP_SCOPECAP_BYTES_MAX)
            {
                return SC_REASON_HEADERS;
            }

            reason = ngx_http_scopecap_check_header(r, ctx, &h[i],
                                                    &smcf->request_headers);
            if (reason != SC_REASON_NONE) {
                return reason;
            }
        }
    }

    return SC_REASON_NONE;
}


static enum sc_reason
ngx_http_scopecap_check_header(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, ngx_table_elt_t *h, ngx_hash_t *known)
{
    ngx_uint_t                         i;
    const ngx_http_scopecap_header_t  *header;

    /* nginx takes a line without colon for a header with an empty value */

    if (h->value.len == 0 && h->value.data == h->key.data + h->key.len
#if (NGX_HTTP_V2)
        && r->stream == NULL
#endif
        )
    {
        return SC_REASON_FRAMING;
    }

    header = ngx_hash_find(known, h->hash, h->lowcase_key, h->key.len);

    if (header == NULL) {
        return SC_REASON_NONE;
    }

    if (header->flags == NGX_HTTP_SCOPECAP_HOP) {
        return ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                                (u_char *) "upgrade", sizeof("upgrade") - 2)
               == NULL
               ? SC_REASON_NONE : SC_REASON_FRAMING;
    }

    if (header->flags == NGX_HTTP_SCOPECAP_REFUSE
        || !ngx_http_scopecap_text_ok(h->value.data, h->value.len))
    {
        return SC_REASON_FRAMING;
    }

    if (header->flags == NGX_HTTP_SCOPECAP_SINGLE) {
        for (i = 0; i < ctx->npass; i++) {
            if (ctx->pass[i].header == header) {
                return SC_REASON_FRAMING;
            }
        }
    }

    if (ctx->npass == NGX_HTTP_SCOPECAP_PASS_MAX) {
        return SC_REASON_HEADERS;
    }

    ctx->pass[ctx->npass].header = header;
    ctx->pass[ctx->npass++].value = h->value;

    return SC_REASON_NONE;
}


/* No control byte but the tab: what may stand in a header's value. */

ngx_uint_t
ngx_http_scopecap_text_ok(const u_char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if ((p[i] < 0x20 && p[i] != '\t') || p[i] == 0x7f) {
            return 0;
        }
    }

    return 1;
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
    ngx_str_t  *value;

    ngx_http_scopecap_address(r, ctx->address);

    call->method = sc_str_c(sc_method_name(ctx->method));
    call->target = sc_str((char *) r->unparsed_uri.data,
                          r->unparsed_uri.len);
    call->host = sc_str((char *) r->headers_in.server.data,
                        r->headers_in.server.len);
    call->authorization = sc_str(NULL, 0);
    call->now = ngx_time();

    if (r->headers_in.authorization != NULL) {
        value = &r->headers_in.authorization->value;
        call->authorization = sc_str((char *) value->data, value->len);
    }

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
