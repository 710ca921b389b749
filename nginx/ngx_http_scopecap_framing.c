/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngx_http_scopecap_framing.c - refuse what nginx lets through although two
 * parsers could read it in two ways, and pick the request headers that the
 * upstream is to get.
 */

#include "nginx/ngx_http_scopecap.h"


/* flags of request headers */
#define NGX_HTTP_SCOPECAP_LIST    0        /* to the upstream, also repeated */
#define NGX_HTTP_SCOPECAP_SINGLE  1        /* to the upstream, once at most */
#define NGX_HTTP_SCOPECAP_REFUSE  2        /* ends the call */
#define NGX_HTTP_SCOPECAP_HOP     3        /* ends it when it upgrades */


static enum sc_reason ngx_http_scopecap_check_headers(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);
static enum sc_reason ngx_http_scopecap_check_header(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx, ngx_table_elt_t *h, ngx_hash_t *known);
static ngx_int_t ngx_http_scopecap_is_body_wanted(ngx_http_request_t *r);
static ngx_int_t ngx_http_scopecap_check_host(ngx_http_request_t *r);
static ngx_uint_t ngx_http_scopecap_is_host(const ngx_str_t *host);


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


/* Returns SC_REASON_NONE if there is nothing to refuse. */

enum sc_reason
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
    ctx->pass[ctx->npass++].value = &h->value;

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
