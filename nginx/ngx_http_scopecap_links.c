/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngx_http_scopecap_links.c - header filter: what of the upstream's answer
 * head reaches the client.
 *
 * Sessions, challenges and steering of the upstream end here.  Its links
 * (Location, Content-Location, Link, Refresh) lead back to the gateway: an
 * absolute base of the app becomes $scopecap_base, and so does a path below
 * the upstream's own prefix.  Links to anywhere else are left alone.
 *
 * Every answer to a request that was decided says who made it
 * (Scopecap-Source) and carries the request id.
 */

#include "nginx/ngx_http_scopecap.h"


/* flags of response headers */
#define NGX_HTTP_SCOPECAP_STRIP    0
#define NGX_HTTP_SCOPECAP_URI      1       /* the value is a URI */
#define NGX_HTTP_SCOPECAP_LINK     2       /* URIs in angle brackets */
#define NGX_HTTP_SCOPECAP_REFRESH  3       /* a URI behind "url=" */
#define NGX_HTTP_SCOPECAP_CACHE    4


static ngx_int_t ngx_http_scopecap_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_scopecap_filter_answer(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);
static ngx_int_t ngx_http_scopecap_filter_header(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, ngx_table_elt_t *h,
    const ngx_http_scopecap_header_t *header, ngx_uint_t *cached);
static ngx_int_t ngx_http_scopecap_rewrite(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, ngx_str_t *value, ngx_uint_t kind);
static u_char *ngx_http_scopecap_uri_end(u_char *p, u_char *last,
    ngx_uint_t kind);
static u_char *ngx_http_scopecap_uri_start(u_char *p, u_char *last,
    ngx_uint_t kind);
static u_char *ngx_http_scopecap_lead_back(u_char *p,
    const ngx_http_scopecap_ctx_t *ctx, const ngx_str_t *base,
    struct sc_str uri);
static size_t ngx_http_scopecap_upstream_base(
    const ngx_http_scopecap_ctx_t *ctx, struct sc_str uri);
static ngx_int_t ngx_http_scopecap_is_below(struct sc_str uri,
    struct sc_str base);
static ngx_int_t ngx_http_scopecap_make_private(ngx_http_request_t *r,
    ngx_str_t *value);


static ngx_http_output_header_filter_pt  ngx_http_scopecap_next_filter;


static ngx_http_scopecap_header_t  ngx_http_scopecap_response_table[] = {
    { ngx_string("Access-Control-Allow-Credentials"),
      NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Access-Control-Allow-Headers"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Access-Control-Allow-Methods"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Access-Control-Allow-Origin"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Access-Control-Expose-Headers"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Access-Control-Max-Age"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Alt-Svc"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Authorization"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Proxy-Authenticate"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Scopecap-Source"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Set-Cookie"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("Strict-Transport-Security"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("WWW-Authenticate"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("X-Accel-Buffering"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("X-Accel-Charset"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("X-Accel-Expires"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("X-Accel-Limit-Rate"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("X-Accel-Redirect"), NGX_HTTP_SCOPECAP_STRIP },
    { ngx_string("X-Request-Id"), NGX_HTTP_SCOPECAP_STRIP },

    { ngx_string("Location"), NGX_HTTP_SCOPECAP_URI },
    { ngx_string("Content-Location"), NGX_HTTP_SCOPECAP_URI },
    { ngx_string("Link"), NGX_HTTP_SCOPECAP_LINK },
    { ngx_string("Refresh"), NGX_HTTP_SCOPECAP_REFRESH },
    { ngx_string("Cache-Control"), NGX_HTTP_SCOPECAP_CACHE },

    { ngx_null_string, 0 }
};


static ngx_str_t  ngx_http_scopecap_gateway = ngx_string("gateway");
static ngx_str_t  ngx_http_scopecap_upstream = ngx_string("upstream");
static ngx_str_t  ngx_http_scopecap_private = ngx_string("private");


ngx_int_t
ngx_http_scopecap_response_headers(ngx_conf_t *cf,
    ngx_http_scopecap_main_conf_t *smcf)
{
    return ngx_http_scopecap_hash_headers(cf, &smcf->response_headers,
                                          ngx_http_scopecap_response_table,
                                          "scopecap_response_headers");
}


void
ngx_http_scopecap_filter_init(void)
{
    ngx_http_scopecap_next_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_scopecap_header_filter;
}


static ngx_int_t
ngx_http_scopecap_header_filter(ngx_http_request_t *r)
{
    ngx_str_t                *source;
    ngx_http_scopecap_ctx_t  *ctx;

    ctx = r == r->main ? ngx_http_scopecap_get_ctx(r) : NULL;

    if (ctx == NULL) {
        return ngx_http_scopecap_next_filter(r);
    }

    source = &ngx_http_scopecap_gateway;

    if (ctx->answered && r->upstream != NULL
        && r->upstream->headers_in.status_n == r->headers_out.status)
    {
        source = &ngx_http_scopecap_upstream;

        if (ngx_http_scopecap_filter_answer(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_scopecap_add_header(r, "X-Request-Id",
                                     sizeof("X-Request-Id") - 1,
                                     &ctx->request_id)
        == NULL
        || ngx_http_scopecap_add_header(r, "Scopecap-Source",
                                        sizeof("Scopecap-Source") - 1, source)
           == NULL)
    {
        return NGX_ERROR;
    }

    return ngx_http_scopecap_next_filter(r);
}


static ngx_int_t
ngx_http_scopecap_filter_answer(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx)
{
    ngx_uint_t                         i, cached;
    ngx_table_elt_t                   *h;
    ngx_list_part_t                   *part;
    const ngx_http_scopecap_header_t  *header;
    ngx_http_scopecap_main_conf_t     *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_scopecap_module);

    r->headers_out.override_charset = NULL;      /* of X-Accel-Charset */

    /*
     * the same answer has the same links: validators stay as they are, and
     * a filter that rewrites bodies finds none to drop or weaken
     */

    r->headers_out.etag = NULL;
    r->headers_out.last_modified = NULL;
    r->headers_out.last_modified_time = -1;

    cached = 0;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0 || h[i].lowcase_key == NULL) {
                continue;
            }

            header = ngx_hash_find(&smcf->response_headers, h[i].hash,
                                   h[i].lowcase_key, h[i].key.len);

            if (header != NULL
                && ngx_http_scopecap_filter_header(r, ctx, &h[i], header,
                                                   &cached)
                   != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    if (!cached
        && ngx_http_scopecap_add_header(r, "Cache-Control",
                                        sizeof("Cache-Control") - 1,
                                        &ngx_http_scopecap_private)
           == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_scopecap_filter_header(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, ngx_table_elt_t *h,
    const ngx_http_scopecap_header_t *header, ngx_uint_t *cached)
{
    switch (header->flags) {

    case NGX_HTTP_SCOPECAP_STRIP:
        h->hash = 0;
        return NGX_OK;

    case NGX_HTTP_SCOPECAP_CACHE:
        *cached = 1;
        return ngx_http_scopecap_make_private(r, &h->value);

    default:
        return ngx_http_scopecap_rewrite(r, ctx, &h->value, header->flags);
    }
}


/*
 * What one user's token may see is nothing for a cache that others share.
 * Directives that say so already are left alone.
 */

static ngx_int_t
ngx_http_scopecap_make_private(ngx_http_request_t *r, ngx_str_t *value)
{
    u_char  *p, *last;

    last = value->data + value->len;

    if (ngx_strlcasestrn(value->data, last, (u_char *) "public", 5)
        || ngx_strlcasestrn(value->data, last, (u_char *) "s-maxage", 7))
    {
        *value = ngx_http_scopecap_private;
        return NGX_OK;
    }

    if (ngx_strlcasestrn(value->data, last, (u_char *) "private", 6)
        || ngx_strlcasestrn(value->data, last, (u_char *) "no-store", 7))
    {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, sizeof("private, ") + value->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = ngx_sprintf(p, "private, %V", value);

    value->data = p;
    value->len = last - p;

    return NGX_OK;
}


/*
 * scheme://host[:port] as the client named it, and the mount's prefix.
 * NGX_DECLINED while the app is not known; after that the host is checked.
 */

ngx_int_t
ngx_http_scopecap_base(ngx_http_request_t *r, ngx_http_scopecap_ctx_t *ctx,
    ngx_str_t *base)
{
    u_char      *p, *last, *port;
    ngx_str_t   *host, *raw;
    const char  *scheme;

    if (ctx->app.len == 0) {
        return NGX_DECLINED;
    }

    scheme = "http";

#if (NGX_HTTP_SSL)
    if (r->connection->ssl) {
        scheme = "https";
    }
#endif

    /* the port stands behind the host */

    host = &r->headers_in.server;
    raw = &r->headers_in.host->value;
    last = raw->data + raw->len;
    port = raw->data + ngx_min(host->len, raw->len);

    if (port != last && *port == '.') {
        port++;
    }

    p = ngx_pnalloc(r->pool, sizeof("https://") + host->len + raw->len
                             + ctx->prefix.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    base->data = p;
    p = ngx_sprintf(p, "%s://%V%*s%V", scheme, host,
                    (size_t) (last - port), port, &ctx->prefix);
    base->len = p - base->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_scopecap_rewrite(ngx_http_request_t *r, ngx_http_scopecap_ctx_t *ctx,
    ngx_str_t *value, ngx_uint_t kind)
{
    u_char     *p, *from, *last, *start, *end, *new;
    size_t      n;
    ngx_str_t   base;

    if (ngx_http_scopecap_base(r, ctx, &base) != NGX_OK) {
        return NGX_ERROR;
    }

    from = value->data;
    last = from + value->len;

    /* at most every other byte begins a URI, each may grow by the base */

    n = 1;
    for (p = from; p < last; p++) {
        n += *p == '<';
    }

    new = ngx_pnalloc(r->pool, value->len + n * base.len);
    if (new == NULL) {
        return NGX_ERROR;
    }

    p = new;

    for ( ;; ) {
        start = ngx_http_scopecap_uri_start(from, last, kind);

        p = ngx_cpymem(p, from, start - from);

        if (start == last) {
            break;
        }

        end = ngx_http_scopecap_uri_end(start, last, kind);
        p = ngx_http_scopecap_lead_back(p, ctx, &base,
                                        sc_str((char *) start, end - start));

        if (end == last) {
            break;
        }

        from = end;
    }

    value->data = new;
    value->len = p - new;

    return NGX_OK;
}


/* The next URI from p on, or last if there is none. */

static u_char *
ngx_http_scopecap_uri_start(u_char *p, u_char *last, ngx_uint_t kind)
{
    u_char  *start;

    switch (kind) {

    case NGX_HTTP_SCOPECAP_LINK:
        start = ngx_strlchr(p, last, '<');
        return start ? start + 1 : last;

    case NGX_HTTP_SCOPECAP_REFRESH:
        start = ngx_strlcasestrn(p, last, (u_char *) "url=", 3);
        return start ? start + 4 : last;

    default:
        return p;
    }
}


static u_char *
ngx_http_scopecap_uri_end(u_char *p, u_char *last, ngx_uint_t kind)
{
    u_char  *end;

    if (kind != NGX_HTTP_SCOPECAP_LINK) {
        return last;
    }

    end = ngx_strlchr(p, last, '>');

    return end ? end : last;
}


static u_char *
ngx_http_scopecap_lead_back(u_char *p, const ngx_http_scopecap_ctx_t *ctx,
    const ngx_str_t *base, struct sc_str uri)
{
    size_t  skip;

    skip = ngx_http_scopecap_upstream_base(ctx, uri);

    if (skip != NGX_MAX_SIZE_T_VALUE) {
        p = ngx_cpymem(p, base->data, base->len);
        uri = sc_str(uri.data + skip, uri.len - skip);
    }

    return ngx_cpymem(p, uri.data, uri.len);
}


/*
 * Bytes of a URI that mean the app's base, or NGX_MAX_SIZE_T_VALUE.  The list
 * of bases is read in the image in force now: an app that is no longer there
 * has no links to lead back.
 */

static size_t
ngx_http_scopecap_upstream_base(const ngx_http_scopecap_ctx_t *ctx,
    struct sc_str uri)
{
    ngx_uint_t              i;
    struct sc_str           link, path;
    const struct sc_app    *app;
    const struct sc_name   *names;
    const struct sc_image  *im;

    path = sc_str((char *) ctx->upstream_path.data, ctx->upstream_path.len);

    if (uri.len != 0 && uri.data[0] == '/'
        && !(uri.len > 1 && uri.data[1] == '/'))
    {
        return ngx_http_scopecap_is_below(uri, path) ? path.len
                                                     : NGX_MAX_SIZE_T_VALUE;
    }

    im = ngx_http_scopecap_worker.follow.view.image;
    app = im != NULL ? sc_image_app(im, ctx->app_number) : NULL;

    if (app == NULL) {
        return NGX_MAX_SIZE_T_VALUE;
    }

    names = sc_image_at(im, app->links);

    for (i = 0; i < app->links.count; i++) {
        link = sc_image_str(im, names[i]);

        if (ngx_http_scopecap_is_below(uri, link)) {
            return link.len;
        }
    }

    return NGX_MAX_SIZE_T_VALUE;
}


static ngx_int_t
ngx_http_scopecap_is_below(struct sc_str uri, struct sc_str base)
{
    return sc_str_starts(uri, base)
           && (uri.len == base.len || uri.data[base.len] == '/'
               || uri.data[base.len] == '?' || uri.data[base.len] == '#');
}
