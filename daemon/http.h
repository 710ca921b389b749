/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_HTTP_H
#define SC_DAEMON_HTTP_H

/*
 * http.h - the HTTP server: requests and answers as plain structs.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define HTTP_BODY_MAX (8u << 20)
#define HTTP_HEADERS  6

struct http_request {
    const char *method;
    const char *target; /* raw: path and query */
    json_t *query;      /* name -> text, decoded */
    const char *body;
    size_t body_len;
    const void *headers; /* see http_header() */
};

struct http_answer {
    int status;
    const char *type; /* static */
    char *body;       /* malloc()ed; NULL: none */
    size_t body_len;
    struct {
        const char *name; /* static */
        char value[512];
    } headers[HTTP_HEADERS];
    size_t nheaders;
};

/* Value of a request header, NULL if there is none.  Borrowed. */
const char *http_header(const struct http_request *r, const char *name);

/* Add a header to an answer; more than HTTP_HEADERS are dropped. */
void http_add(struct http_answer *a, const char *name, const char *value);

typedef void http_serve(void *context, const struct http_request *request,
                        struct http_answer *answer);

struct http;

/* Listen on 127.0.0.1; serve is called by several threads. */
int http_start(uint16_t port, http_serve *serve, void *context,
               struct http **out) SC_MUSTCHECK;

/* Ends; NULL is fine. */
void http_stop(struct http *h);

#endif
