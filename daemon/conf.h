/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_CONF_H
#define SC_DAEMON_CONF_H

/*
 * conf.h - what scopecapd is told by its environment, checked.
 *
 *    SCOPECAP_DATA          data directory            /var/lib/scopecap
 *    SCOPECAP_CONSOLE_PORT  console and admin API     8081
 *    SCOPECAP_CONSOLE_HOST  further Host to answer to none
 *    SCOPECAP_GATEWAY_PORT  gateway, plain            8080
 *    SCOPECAP_TLS_PORT      gateway, TLS              8443
 *    SCOPECAP_LISTEN        address of the gateway    127.0.0.1
 *    SCOPECAP_TLS_CERT      PEM file                  a self-signed one
 *    SCOPECAP_TLS_KEY       PEM file
 *    SCOPECAP_STORE         sqlite:PATH               $DATA/scopecap.db
 *    SCOPECAP_CATALOGS      shipped catalogs          where installed
 *    SCOPECAP_NGINX_MODULE  the module's .so          /usr/lib/nginx/...
 *    SCOPECAP_NGINX         the nginx program         /usr/sbin/nginx
 */

#include <stdint.h>

#include "core/error.h"

#define CONF_PATH_MAX 512

struct conf {
    char data[CONF_PATH_MAX];
    char store[CONF_PATH_MAX]; /* path of the SQLite file */
    char catalogs[CONF_PATH_MAX];
    char module[CONF_PATH_MAX];
    char nginx[CONF_PATH_MAX];
    char tls_cert[CONF_PATH_MAX]; /* "": make one */
    char tls_key[CONF_PATH_MAX];
    char listen[64];
    char console_host[256]; /* lower case, "" if none */
    uint16_t console_port, gateway_port, tls_port;
};

/* Read the environment.  On failure a line has been logged. */
int conf_read(struct conf *conf) SC_MUSTCHECK;

/* "$DATA/name" into a buffer of CONF_PATH_MAX bytes; returns it. */
char *conf_path(const struct conf *conf, const char *name, char *into);

#endif
