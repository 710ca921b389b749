/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_URL_H
#define SC_DAEMON_URL_H

/*
 * url.h - the absolute base URLs of upstreams, and the other names that end
 * up in nginx.conf: parsed strictly, so that nothing in them can mean
 * anything else there.
 */

#include <stdbool.h>
#include <stdint.h>

#define URL_HOST_MAX 253
#define URL_PATH_MAX 512

struct url {
    bool tls;
    char host[URL_HOST_MAX + 1]; /* lower case */
    uint16_t port;
    char authority[URL_HOST_MAX + 8]; /* as in Host: no default port */
    char path[URL_PATH_MAX + 1];      /* "" or "/a/b" */
};

/*
 * http or https, host name or IPv4 address, port, path of unreserved
 * characters; nothing else.  NULL, or what is wrong with it (static).
 */
const char *url_parse(const char *text, struct url *out);

/* The canonical text: no default port, no slash at the end. */
void url_text(const struct url *u, char *into, unsigned long size);

/* A host name or IPv4 address in lower case. */
bool url_host_ok(const char *host);

/* "" or "/a/b": segments of unreserved characters, no dot segment. */
bool url_path_ok(const char *path);

/* Lower-case letters, digits, '-' and '_', at most 63. */
bool url_name_ok(const char *name);

/* local@domain, printable ASCII without what headers and Basic dislike. */
bool url_email_ok(const char *email);

#endif
