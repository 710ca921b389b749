/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.c - the environment into a struct, each value checked for its use:
 * paths end up in nginx.conf, so they may hold no byte that means something
 * there.
 */

#include "daemon/conf.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/str.h"
#include "daemon/log.h"

static int
read_text(const char *name, const char *fallback, char *into, size_t size)
{
    const char *value = getenv(name);

    if (value == NULL || *value == '\0') {
        value = fallback;
    }
    if (strlen(value) >= size) {
        log_error("conf", "msg=\"%s is too long\"", name);
        return SC_ETOOBIG;
    }
    for (const char *p = value; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x21 || *p == 0x7f
            || strchr("\"'\\;{}$#", *p) != NULL) {
            log_error("conf",
                      "msg=\"%s may hold no space, quote or any of \\;{}$#\"",
                      name);
            return SC_EINVAL;
        }
    }

    memcpy(into, value, strlen(value) + 1);
    return 0;
}


static int
read_port(const char *name, uint16_t fallback, uint16_t *port)
{
    const char *value = getenv(name);
    char *end;
    long n;

    if (value == NULL || *value == '\0') {
        *port = fallback;
        return 0;
    }

    n = strtol(value, &end, 10);
    if (!isdigit((unsigned char) *value) || *end != '\0' || n < 1
        || n > 65535) {
        log_error("conf", "msg=\"%s is not a port between 1 and 65535\"",
                  name);
        return SC_EINVAL;
    }

    *port = (uint16_t) n;
    return 0;
}


static int
read_data(struct conf *conf)
{
    char given[CONF_PATH_MAX];
    char cwd[CONF_PATH_MAX];
    int n;
    int rc;

    rc = read_text("SCOPECAP_DATA", "/var/lib/scopecap", given, sizeof(given));
    if (rc != 0) {
        return rc;
    }
    if (given[0] == '/') {
        memcpy(conf->data, given, strlen(given) + 1);
        return 0;
    }

    if (getcwd(cwd, sizeof(cwd)) == NULL) {
        log_error("conf", "msg=\"cannot tell the working directory\"");
        return SC_EIO;
    }
    n = snprintf(conf->data, sizeof(conf->data), "%s/%s", cwd, given);
    if (n < 0 || (size_t) n >= sizeof(conf->data)) {
        log_error("conf", "msg=\"SCOPECAP_DATA is too long\"");
        return SC_ETOOBIG;
    }

    return 0;
}


static int
read_store(struct conf *conf)
{
    char fallback[CONF_PATH_MAX + 32];
    char value[CONF_PATH_MAX];
    int rc;

    snprintf(fallback, sizeof(fallback), "sqlite:%s/scopecap.db", conf->data);
    rc = read_text("SCOPECAP_STORE", fallback, value, sizeof(value));
    if (rc != 0) {
        return rc;
    }
    if (strncmp(value, "postgres", 8) == 0) {
        log_error("conf", "msg=\"SCOPECAP_STORE names PostgreSQL, which this "
                          "version cannot use yet: use sqlite:PATH\"");
        return SC_EINVAL;
    }
    if (strncmp(value, "sqlite:", 7) != 0 || value[7] == '\0') {
        log_error("conf", "msg=\"SCOPECAP_STORE is not sqlite:PATH\"");
        return SC_EINVAL;
    }

    memcpy(conf->store, value + 7, strlen(value + 7) + 1);
    return 0;
}


static int
check_listen(const struct conf *conf)
{
    struct in_addr address;

    if (inet_pton(AF_INET, conf->listen, &address) != 1) {
        log_error("conf", "msg=\"SCOPECAP_LISTEN is not an IPv4 address\"");
        return SC_EINVAL;
    }

    return 0;
}


static int
check_tls(const struct conf *conf)
{
    if ((conf->tls_cert[0] == '\0') != (conf->tls_key[0] == '\0')) {
        log_error("conf", "msg=\"SCOPECAP_TLS_CERT and SCOPECAP_TLS_KEY go "
                          "together\"");
        return SC_EINVAL;
    }

    return 0;
}


int
conf_read(struct conf *conf)
{
    const struct {
        const char *name, *fallback;
        char *into;
        size_t size;
    } texts[] = {
        {"SCOPECAP_CATALOGS", CATALOGS_DIR, conf->catalogs,
         sizeof(conf->catalogs)},
        {"SCOPECAP_NGINX_MODULE",
         "/usr/lib/nginx/modules/ngx_http_scopecap_module.so", conf->module,
         sizeof(conf->module)},
        {"SCOPECAP_NGINX", "/usr/sbin/nginx", conf->nginx,
         sizeof(conf->nginx)},
        {"SCOPECAP_TLS_CERT", "", conf->tls_cert, sizeof(conf->tls_cert)},
        {"SCOPECAP_TLS_KEY", "", conf->tls_key, sizeof(conf->tls_key)},
        {"SCOPECAP_LISTEN", "127.0.0.1", conf->listen, sizeof(conf->listen)},
        {"SCOPECAP_CONSOLE_HOST", "", conf->console_host,
         sizeof(conf->console_host)},
    };
    int rc = 0;

    memset(conf, 0, sizeof(*conf));
    rc = read_data(conf);
    if (rc == 0) {
        rc = read_store(conf);
    }
    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++) {
        rc = read_text(texts[i].name, texts[i].fallback, texts[i].into,
                       texts[i].size);
    }
    if (rc != 0
        || (rc = read_port("SCOPECAP_CONSOLE_PORT", 8081, &conf->console_port))
               != 0
        || (rc = read_port("SCOPECAP_GATEWAY_PORT", 8080, &conf->gateway_port))
               != 0
        || (rc = read_port("SCOPECAP_TLS_PORT", 8443, &conf->tls_port)) != 0
        || (rc = check_listen(conf)) != 0) {
        return rc;
    }

    for (char *p = conf->console_host; *p != '\0'; p++) {
        *p = sc_lower(*p);
    }
    return check_tls(conf);
}


char *
conf_path(const struct conf *conf, const char *name, char *into)
{
    int n = snprintf(into, CONF_PATH_MAX, "%s/%s", conf->data, name);

    if (n < 0 || n >= CONF_PATH_MAX) {
        into[0] = '\0'; /* no file can be opened by this name */
    }
    return into;
}
