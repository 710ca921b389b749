/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url.c - strict parsing of base URLs and names.
 *
 * Everything accepted here is letters, digits and "-._~/": harmless in
 * nginx.conf, in a request line and in a Host header alike.
 */

#include "daemon/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/str.h"


bool
url_host_ok(const char *host)
{
    size_t n = strlen(host);
    size_t label = 0;

    if (n == 0 || n > URL_HOST_MAX) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char c = host[i];

        if (c == '.') {
            if (label == 0 || host[i - 1] == '-') {
                return false;
            }
            label = 0;
            continue;
        }
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')
            && !((c == '-' || c == '_') && label > 0)) {
            return false;
        }
        if (++label > 63) {
            return false;
        }
    }

    return label > 0 && host[n - 1] != '-';
}


bool
url_path_ok(const char *path)
{
    size_t segment = 0;
    bool dots = true;

    if (*path == '\0') {
        return true;
    }
    if (*path != '/' || strlen(path) > URL_PATH_MAX) {
        return false;
    }
    for (const char *p = path + 1;; p++) {
        if (*p == '/' || *p == '\0') {
            if (segment == 0 || (dots && segment <= 2)) {
                return false;
            }
            if (*p == '\0') {
                return true;
            }
            segment = 0;
            dots = true;
            continue;
        }
        if (!isalnum((unsigned char) *p) && strchr("-._~", *p) == NULL) {
            return false;
        }
        dots = dots && *p == '.';
        segment++;
    }
}


bool
url_name_ok(const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n > 63 || name[0] == '-' || name[0] == '_') {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!(name[i] >= 'a' && name[i] <= 'z')
            && !(name[i] >= '0' && name[i] <= '9') && name[i] != '-'
            && name[i] != '_') {
            return false;
        }
    }

    return true;
}


bool
url_email_ok(const char *email)
{
    const char *at = strchr(email, '@');
    size_t n = strlen(email);

    if (n > 254 || at == NULL || at == email || strchr(at + 1, '@') != NULL
        || !url_host_ok(at + 1)) {
        return false;
    }
    for (const char *p = email; p < at; p++) {
        if (*p <= 0x20 || *p >= 0x7f || strchr("\"(),:;<>[\\]", *p) != NULL) {
            return false;
        }
    }

    return true;
}


static const char *
parse_port(const char *text, struct url *u)
{
    char *end;
    long port;

    if (!isdigit((unsigned char) *text)) {
        return "its port is not a number";
    }
    port = strtol(text, &end, 10);
    if (*end != '\0' || port < 1 || port > 65535) {
        return "its port is not between 1 and 65535";
    }

    u->port = (uint16_t) port;
    return NULL;
}


static const char *
parse_authority(const char *text, size_t n, struct url *u)
{
    char authority[URL_HOST_MAX + 8];
    char *colon;
    const char *wrong = NULL;

    if (n == 0 || n >= sizeof(authority)) {
        return "it has no host";
    }
    memcpy(authority, text, n);
    authority[n] = '\0';
    for (char *p = authority; *p != '\0'; p++) {
        *p = sc_lower(*p);
    }

    u->port = u->tls ? 443 : 80;
    colon = strchr(authority, ':');
    if (colon != NULL) {
        wrong = parse_port(colon + 1, u);
        *colon = '\0';
    }
    if (wrong == NULL && !url_host_ok(authority)) {
        wrong = "its host is not a host name or IPv4 address";
    }
    if (wrong != NULL) {
        return wrong;
    }

    memcpy(u->host, authority,
           strlen(authority) + 1); /* url_host_ok() bounds its length */
    if (u->port == (u->tls ? 443 : 80)) {
        snprintf(u->authority, sizeof(u->authority), "%s", u->host);
    } else {
        snprintf(u->authority, sizeof(u->authority), "%s:%u", u->host,
                 u->port);
    }
    return NULL;
}


const char *
url_parse(const char *text, struct url *out)
{
    struct url u;
    const char *rest;
    const char *wrong;
    size_t n;

    memset(&u, 0, sizeof(u));
    if (strncasecmp(text, "https://", 8) == 0) {
        u.tls = true;
        rest = text + 8;
    } else if (strncasecmp(text, "http://", 7) == 0) {
        rest = text + 7;
    } else {
        return "it does not begin with https:// or http://";
    }

    n = strcspn(rest, "/?#");
    wrong = parse_authority(rest, n, &u);
    if (wrong != NULL) {
        return wrong;
    }
    rest += n;
    n = strlen(rest);
    if (n > URL_PATH_MAX) {
        return "its path is too long";
    }
    memcpy(u.path, rest, n + 1);
    if (n > 0 && u.path[n - 1] == '/') {
        u.path[n - 1] = '\0';
    }
    if (!url_path_ok(u.path)) {
        return "its path holds more than letters, digits, '-', '.', '_' "
               "and '~' between single slashes";
    }

    *out = u;
    return NULL;
}


void
url_text(const struct url *u, char *into, unsigned long size)
{
    snprintf(into, size, "%s://%s%s", u->tls ? "https" : "http", u->authority,
             u->path);
}
