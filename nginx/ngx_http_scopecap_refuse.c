/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngx_http_scopecap_refuse.c - the answer to a request that goes no further.
 *
 * Header and body are sent from the access phase, not by a status code that
 * nginx would look up in error_page: no configuration may turn a refusal
 * into something else.  The same path answers OPTIONS.
 */

#include "nginx/ngx_http_scopecap.h"


static ngx_int_t ngx_http_scopecap_refusal_headers(ngx_http_request_t *r,
    const struct sc_image *im, const struct sc_verdict *verdict);
static ngx_int_t ngx_http_scopecap_add_text(ngx_http_request_t *r,
    const char *name, size_t len, const struct sc_buf *text);
static ngx_int_t ngx_http_scopecap_challenges(ngx_http_request_t *r,
    const struct sc_image *im, const struct sc_verdict *verdict);
static ngx_buf_t *ngx_http_scopecap_refusal_body(ngx_http_request_t *r,
    const struct sc_image *im, ngx_http_scopecap_ctx_t *ctx,
    const struct sc_verdict *verdict);


static ngx_str_t  ngx_http_scopecap_basic =
    ngx_string("Basic realm=\"scopecap\", charset=\"UTF-8\"");
static ngx_str_t  ngx_http_scopecap_no_store = ngx_string("no-store");
static ngx_str_t  ngx_http_scopecap_retry = ngx_string("1");


#define ngx_http_scopecap_literal(name)  name, sizeof(name) - 1


ngx_int_t
ngx_http_scopecap_refuse(ngx_http_request_t *r, ngx_http_scopecap_ctx_t *ctx,
    const struct sc_verdict *verdict)
{
    ngx_int_t               rc;
    ngx_buf_t              *b;
    ngx_chain_t             out;
    const struct sc_image  *im;

    im = ngx_http_scopecap_worker.follow.view.image;

    b = ngx_http_scopecap_refusal_body(r, im, ctx, verdict);

    if (b == NULL
        || ngx_http_scopecap_refusal_headers(r, im, verdict) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->expect_tested = 1;           /* no "100 Continue" for what is refused */

    if (ngx_http_discard_request_body(r) != NGX_OK
        || sc_reason_status(verdict->reason) == NGX_HTTP_BAD_REQUEST)
    {
        r->keepalive = 0;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_OK && !r->header_only) {
        out.buf = b;
        out.next = NULL;
        rc = ngx_http_output_filter(r, &out);
    }

    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


static ngx_buf_t *
ngx_http_scopecap_refusal_body(ngx_http_request_t *r,
    const struct sc_image *im, ngx_http_scopecap_ctx_t *ctx,
    const struct sc_verdict *verdict)
{
    char           *text = ngx_http_scopecap_worker.text;
    ngx_buf_t      *b;
    struct sc_buf   body;

    body = sc_buf(text, sizeof(ngx_http_scopecap_worker.text));

    if (verdict->effect == SC_REFUSE) {
        sc_refusal_body(im, verdict,
                        sc_str((char *) ctx->request_id.data,
                               ctx->request_id.len), &body);
        if (body.full) {
            body.len = 0;
        }
    }

    b = ngx_create_temp_buf(r->pool, body.len + 1);
    if (b == NULL) {
        return NULL;
    }

    b->last = ngx_cpymem(b->pos, body.data, body.len);
    b->memory = body.len != 0;
    b->temporary = 0;
    b->last_buf = 1;
    b->last_in_chain = 1;

    r->headers_out.content_length_n = (off_t) body.len;

    return b;
}


static ngx_int_t
ngx_http_scopecap_refusal_headers(ngx_http_request_t *r,
    const struct sc_image *im, const struct sc_verdict *verdict)
{
    char           text[256];
    ngx_uint_t     status;
    struct sc_buf  allow;

    status = (ngx_uint_t) sc_reason_status(verdict->reason);

    r->headers_out.status = status;

    if (status == 431) {            /* a text that nginx does not know */
        ngx_str_set(&r->headers_out.status_line,
                    "431 Request Header Fields Too Large");
    }

    if (status != NGX_HTTP_NO_CONTENT) {
        ngx_str_set(&r->headers_out.content_type, "application/problem+json");
        r->headers_out.content_type_len = r->headers_out.content_type.len;
        r->headers_out.content_type_lowcase = NULL;
    }

    if (status == NGX_HTTP_NO_CONTENT || status == NGX_HTTP_NOT_ALLOWED) {
        allow = sc_buf(text, sizeof(text));
        sc_refusal_allow(verdict, &allow);

        if (ngx_http_scopecap_add_text(r, ngx_http_scopecap_literal("Allow"),
                                       &allow)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE
        && ngx_http_scopecap_add_header(r,
                             ngx_http_scopecap_literal("Retry-After"),
                             &ngx_http_scopecap_retry)
           == NULL)
    {
        return NGX_ERROR;
    }

    if (ngx_http_scopecap_add_header(r,
                             ngx_http_scopecap_literal("Cache-Control"),
                             &ngx_http_scopecap_no_store)
        == NULL)
    {
        return NGX_ERROR;
    }

    return ngx_http_scopecap_challenges(r, im, verdict);
}


static ngx_int_t
ngx_http_scopecap_challenges(ngx_http_request_t *r,
    const struct sc_image *im, const struct sc_verdict *verdict)
{
    char           text[4096];
    struct sc_buf  bearer;

    bearer = sc_buf(text, sizeof(text));
    sc_refusal_challenge(im, verdict, &bearer);

    if (ngx_http_scopecap_add_text(r,
                            ngx_http_scopecap_literal("WWW-Authenticate"),
                            &bearer)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (sc_reason_status(verdict->reason) == NGX_HTTP_UNAUTHORIZED
        && ngx_http_scopecap_add_header(r,
                            ngx_http_scopecap_literal("WWW-Authenticate"),
                            &ngx_http_scopecap_basic)
           == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Add a header with a copy of the text, none if it is empty or cut off. */

static ngx_int_t
ngx_http_scopecap_add_text(ngx_http_request_t *r, const char *name,
    size_t len, const struct sc_buf *text)
{
    ngx_str_t  value;

    if (text->len == 0 || text->full
        || !ngx_http_scopecap_text_ok((u_char *) text->data, text->len))
    {
        return NGX_OK;
    }

    value.len = text->len;
    value.data = ngx_pnalloc(r->pool, value.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(value.data, text->data, text->len);

    return ngx_http_scopecap_add_header(r, name, len, &value) == NULL
           ? NGX_ERROR : NGX_OK;
}


/* The name and the value are borrowed. */

ngx_table_elt_t *
ngx_http_scopecap_add_header(ngx_http_request_t *r, const char *name,
    size_t len, const ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    h->hash = 1;
    h->key.len = len;
    h->key.data = (u_char *) name;
    h->lowcase_key = NULL;
    h->value = *value;

    return h;
}
