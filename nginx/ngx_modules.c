/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngx_modules.c - the symbols by which nginx finds a dynamic module.
 */

#include <ngx_config.h>
#include <ngx_core.h>


extern ngx_module_t  ngx_http_scopecap_module;
extern ngx_module_t *ngx_modules[];
extern char *ngx_module_names[];
extern char *ngx_module_order[];

ngx_module_t *ngx_modules[] = { &ngx_http_scopecap_module, NULL };
char *ngx_module_names[] = { (char *) "ngx_http_scopecap_module", NULL };
char *ngx_module_order[] = { NULL };
