/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngx_http_scopecap_module.c - the ceiling on every call.
 *
 * "scopecap on" protects a server or location: the access handler decides
 * each client request once and refuses by itself; "scopecap_upstream" lets
 * only what was allowed reach an upstream{}.  The second does not trust the
 * first to have run, so no other directive can open a way around.
 *
 * What of nginx to know here: the access phase is left out for subrequests,
 * and run again after an internal redirect, which also wipes r->ctx; under
 * "satisfy any" another module's yes would overrule a returned 403, which is
 * why a refusal is sent from here and ends the request.  Our handlers and
 * our header filter are the first of their kind, since dynamic modules are
 * set up last.
 *
 * Nothing of a request is kept in a conf; a worker's own state is
 * ngx_http_scopecap_worker.
 */

#include "nginx/ngx_http_scopecap.h"


static ngx_int_t ngx_http_scopecap_access_handler(ngx_http_request_t *r);
static ngx_http_scopecap_ctx_t *ngx_http_scopecap_create_ctx(
    ngx_http_request_t *r);
static void ngx_http_scopecap_take_token(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx);
static void ngx_http_scopecap_cleanup(void *data);
static ngx_int_t ngx_http_scopecap_log_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_scopecap_text_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_scopecap_number_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_scopecap_reason_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_scopecap_base_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static void ngx_http_scopecap_set_variable(ngx_http_variable_value_t *v,
    u_char *p, size_t len);
static ngx_int_t ngx_http_scopecap_add_variables(ngx_conf_t *cf);
static ngx_int_t ngx_http_scopecap_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_scopecap_init_process(ngx_cycle_t *cycle);
static void ngx_http_scopecap_exit_process(ngx_cycle_t *cycle);
static void *ngx_http_scopecap_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_scopecap_create_srv_conf(ngx_conf_t *cf);
static void *ngx_http_scopecap_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_scopecap_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_scopecap_set_runtime(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_scopecap_set_upstream(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);


ngx_http_scopecap_worker_t  ngx_http_scopecap_worker;


static ngx_command_t  ngx_http_scopecap_commands[] = {

    { ngx_string("scopecap_runtime"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_scopecap_set_runtime,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("scopecap_stamp"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_scopecap_main_conf_t, stamp),
      NULL },

    { ngx_string("scopecap"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_scopecap_loc_conf_t, enable),
      NULL },

    { ngx_string("scopecap_upstream"),
      NGX_HTTP_UPS_CONF|NGX_CONF_TAKE1,
      ngx_http_scopecap_set_upstream,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_scopecap_module_ctx = {
    ngx_http_scopecap_add_variables,       /* preconfiguration */
    ngx_http_scopecap_init,                /* postconfiguration */

    ngx_http_scopecap_create_main_conf,    /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_scopecap_create_srv_conf,     /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_scopecap_create_loc_conf,     /* create location configuration */
    ngx_http_scopecap_merge_loc_conf       /* merge location configuration */
};


ngx_module_t  ngx_http_scopecap_module = {
    NGX_MODULE_V1,
    &ngx_http_scopecap_module_ctx,         /* module context */
    ngx_http_scopecap_commands,            /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_scopecap_init_process,        /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_scopecap_exit_process,        /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_variable_t  ngx_http_scopecap_vars[] = {

    { ngx_string("scopecap_decision"), NULL,
      ngx_http_scopecap_reason_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("scopecap_reason"), NULL,
      ngx_http_scopecap_reason_variable, 1, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("scopecap_operation"), NULL,
      ngx_http_scopecap_text_variable,
      offsetof(ngx_http_scopecap_ctx_t, operation),
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("scopecap_token"), NULL,
      ngx_http_scopecap_number_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("scopecap_user"), NULL,
      ngx_http_scopecap_text_variable,
      offsetof(ngx_http_scopecap_ctx_t, email),
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("scopecap_policy"), NULL,
      ngx_http_scopecap_text_variable,
      offsetof(ngx_http_scopecap_ctx_t, policy),
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("scopecap_generation"), NULL,
      ngx_http_scopecap_number_variable, 1, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("scopecap_request_id"), NULL,
      ngx_http_scopecap_text_variable,
      offsetof(ngx_http_scopecap_ctx_t, request_id),
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("scopecap_app"), NULL,
      ngx_http_scopecap_text_variable,
      offsetof(ngx_http_scopecap_ctx_t, app),
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("scopecap_base"), NULL,
      ngx_http_scopecap_base_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_int_t
ngx_http_scopecap_access_handler(ngx_http_request_t *r)
{
    struct sc_verdict               verdict;
    ngx_http_scopecap_ctx_t        *ctx;
    ngx_http_scopecap_loc_conf_t   *slcf;
    ngx_http_scopecap_main_conf_t  *smcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_scopecap_module);

    if (!slcf->enable) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_scopecap_get_ctx(r);

    if (ctx != NULL) {

        /* again, after an internal redirect: what was decided stays */

        return ctx->effect == SC_ALLOW ? NGX_OK : NGX_HTTP_FORBIDDEN;
    }

    ctx = ngx_http_scopecap_create_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_scopecap_take_token(r, ctx);

    if (ngx_http_scopecap_first_decision(r, ctx, &verdict) != NGX_OK) {
        ctx->effect = SC_REFUSE;
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    smcf = ngx_http_get_module_main_conf(r, ngx_http_scopecap_module);
    ngx_http_scopecap_claim_ring(r->connection->log, smcf->stamp);

    if (ngx_http_scopecap_put_decision(r, ctx) != NGX_OK) {
        ngx_http_scopecap_set_reason(ctx, &verdict, SC_REASON_AUDIT_FULL);
    }

    if (ctx->effect == SC_ALLOW) {
        ctx->allowed = 1;
        return NGX_OK;
    }

    return ngx_http_scopecap_refuse(r, ctx, &verdict);
}


static ngx_http_scopecap_ctx_t *
ngx_http_scopecap_create_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t       *cln;
    ngx_http_scopecap_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_scopecap_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, offsetof(ngx_http_scopecap_ctx_t, pass));

    ctx->request_id.len = SC_REQUEST_ID;
    ctx->request_id.data = ctx->id;
    ngx_http_scopecap_request_id(ctx->id);

    cln->handler = ngx_http_scopecap_cleanup;
    ngx_http_set_ctx(r, ctx, ngx_http_scopecap_module);

    return ctx;
}


/*
 * From here on the token is ours alone: $http_authorization, subrequests, and
 * an upstream{} without guard that a location may name, see an empty header.
 */

static void
ngx_http_scopecap_take_token(ngx_http_request_t *r,
    ngx_http_scopecap_ctx_t *ctx)
{
    if (r->headers_in.authorization != NULL) {
        ctx->authorization = r->headers_in.authorization->value;
        ngx_str_set(&r->headers_in.authorization->value, "");
    }
}


static void
ngx_http_scopecap_cleanup(void *data)
{
    ngx_http_scopecap_wipe_head(data);
}


/* The credential does not stay in memory that the next request gets. */

void
ngx_http_scopecap_wipe_head(ngx_http_scopecap_ctx_t *ctx)
{
    if (ctx->head != NULL) {
        sc_wipe(ctx->head, ctx->head_size);
        ctx->head = NULL;
    }
}


/*
 * Meant for main requests: the pool, where an internal redirect leaves the
 * context, is the same for all subrequests.
 */

ngx_http_scopecap_ctx_t *
ngx_http_scopecap_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t       *cln;
    ngx_http_scopecap_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_scopecap_module);

    if (ctx != NULL || r != r->main || !(r->internal || r->filter_finalize)) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_scopecap_cleanup) {
            ngx_http_set_ctx(r, cln->data, ngx_http_scopecap_module);
            return cln->data;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_scopecap_log_handler(ngx_http_request_t *r)
{
    ngx_http_scopecap_ctx_t  *ctx;

    ctx = r == r->main ? ngx_http_scopecap_get_ctx(r) : NULL;

    if (ctx != NULL && ctx->allowed) {
        ngx_http_scopecap_put_outcome(r, ctx);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_scopecap_text_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                *text;
    ngx_http_scopecap_ctx_t  *ctx;

    ctx = ngx_http_scopecap_get_ctx(r->main);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    text = (ngx_str_t *) ((u_char *) ctx + data);

    if (text->len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_scopecap_set_variable(v, text->data, text->len);

    return NGX_OK;
}


/* data: 0 for the token's number, 1 for the generation */

static ngx_int_t
ngx_http_scopecap_number_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                   *p;
    uint64_t                  number;
    ngx_http_scopecap_ctx_t  *ctx;

    ctx = ngx_http_scopecap_get_ctx(r->main);
    number = ctx == NULL ? 0 : data ? ctx->generation : ctx->token;

    if (number == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_http_scopecap_set_variable(v, p, ngx_sprintf(p, "%uL", number) - p);

    return NGX_OK;
}


/* data: 0 for the effect, 1 for the reason's code */

static ngx_int_t
ngx_http_scopecap_reason_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const char               *text;
    ngx_http_scopecap_ctx_t  *ctx;

    ctx = ngx_http_scopecap_get_ctx(r->main);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    text = data ? sc_reason_code(ctx->reason)
                : ctx->effect == SC_ALLOW ? "allow" : "refuse";

    ngx_http_scopecap_set_variable(v, (u_char *) text, ngx_strlen(text));

    return NGX_OK;
}


static ngx_int_t
ngx_http_scopecap_base_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_int_t                 rc;
    ngx_str_t                 base;
    ngx_http_scopecap_ctx_t  *ctx;

    ctx = ngx_http_scopecap_get_ctx(r->main);

    rc = ctx == NULL ? NGX_DECLINED
                     : ngx_http_scopecap_base(r->main, ctx, &base);

    if (rc == NGX_DECLINED) {
        v->not_found = 1;
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_scopecap_set_variable(v, base.data, base.len);

    return NGX_OK;
}


static void
ngx_http_scopecap_set_variable(ngx_http_variable_value_t *v, u_char *p,
    size_t len)
{
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->data = p;
    v->len = (unsigned) len;
}


static ngx_int_t
ngx_http_scopecap_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_scopecap_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_scopecap_hash_headers(ngx_conf_t *cf, ngx_hash_t *hash,
    ngx_http_scopecap_header_t *rows, const char *name)
{
    ngx_array_t      keys;
    ngx_hash_key_t  *key;
    ngx_hash_init_t  init;

    if (ngx_array_init(&keys, cf->temp_pool, 32, sizeof(ngx_hash_key_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for ( /* void */ ; rows->name.len; rows++) {
        key = ngx_array_push(&keys);
        if (key == NULL) {
            return NGX_ERROR;
        }

        key->key = rows->name;
        key->key_hash = ngx_hash_key_lc(rows->name.data, rows->name.len);
        key->value = rows;
    }

    init.hash = hash;
    init.key = ngx_hash_key_lc;
    init.max_size = 512;
    init.bucket_size = ngx_align(64, ngx_cacheline_size);
    init.name = (char *) name;
    init.pool = cf->pool;
    init.temp_pool = NULL;

    return ngx_hash_init(&init, keys.elts, keys.nelts);
}


static void *
ngx_http_scopecap_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_scopecap_main_conf_t  *smcf;

    smcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_scopecap_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    smcf->stamp = NGX_CONF_UNSET;

    return smcf;
}


static void *
ngx_http_scopecap_create_srv_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_scopecap_srv_conf_t));
}


static void *
ngx_http_scopecap_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_scopecap_loc_conf_t  *slcf;

    slcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_scopecap_loc_conf_t));
    if (slcf == NULL) {
        return NULL;
    }

    slcf->enable = NGX_CONF_UNSET;

    return slcf;
}


static char *
ngx_http_scopecap_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_scopecap_loc_conf_t   *prev = parent;
    ngx_http_scopecap_loc_conf_t   *conf = child;
    ngx_http_scopecap_main_conf_t  *smcf;

    if (prev->enable == 1 && conf->enable == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"scopecap off\" below \"scopecap on\"");
        return NGX_CONF_ERROR;
    }

    ngx_conf_merge_value(conf->enable, prev->enable, 0);

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_scopecap_module);

    if (conf->enable && smcf->runtime.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"scopecap on\" needs \"scopecap_runtime\"");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_scopecap_set_runtime(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_scopecap_main_conf_t  *smcf = conf;

    ngx_str_t  *value;

    if (smcf->runtime.len != 0) {
        return (char *) "is duplicate";
    }

    value = cf->args->elts;
    smcf->runtime = value[1];

    if (smcf->runtime.len == 0
        || ngx_conf_full_name(cf->cycle, &smcf->runtime, 0) != NGX_OK
        || smcf->runtime.len >= SC_FOLLOW_DIR_MAX)
    {
        return (char *) "is no usable path";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_scopecap_set_upstream(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_scopecap_srv_conf_t  *sscf = conf;

    ngx_str_t  *value;

    if (sscf->app.len != 0) {
        return (char *) "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return (char *) "needs the name of an app";
    }

    sscf->app = value[1];

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_scopecap_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt            *h;
    ngx_http_core_main_conf_t      *cmcf;
    ngx_http_scopecap_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_scopecap_module);
    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    ngx_conf_init_value(smcf->stamp, 0);

    if (ngx_http_scopecap_request_headers(cf, smcf) != NGX_OK
        || ngx_http_scopecap_response_headers(cf, smcf) != NGX_OK
        || ngx_http_scopecap_guard_upstreams(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_scopecap_access_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_scopecap_log_handler;

    ngx_http_scopecap_filter_init();

    return NGX_OK;
}


static ngx_int_t
ngx_http_scopecap_init_process(ngx_cycle_t *cycle)
{
    ngx_http_scopecap_main_conf_t  *smcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_scopecap_module);

    if (smcf == NULL || smcf->runtime.len == 0) {
        return NGX_OK;
    }

    if (sc_follow_init(&ngx_http_scopecap_worker.follow,
                       sc_str((char *) smcf->runtime.data,
                              smcf->runtime.len))
        != 0)
    {
        return NGX_ERROR;
    }

    ngx_http_scopecap_claim_ring(cycle->log, smcf->stamp);

    return NGX_OK;
}


static void
ngx_http_scopecap_exit_process(ngx_cycle_t *cycle)
{
    sc_follow_close(&ngx_http_scopecap_worker.follow);
}
