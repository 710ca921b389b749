/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - the only file that includes Ulfius.
 *
 * Ulfius routes nothing: its one endpoint gets every request, so that one
 * table (api.c) says what there is.
 */

#include "daemon/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <ulfius.h>
#include <unistd.h>

#include "daemon/log.h"

#define IDLE_SECONDS 30

struct http {
    struct _u_instance instance;
    http_serve *serve;
    void *context;
};


const char *
http_header(const struct http_request *r, const char *name)
{
    return u_map_get_case(r->headers, name);
}


void
http_add(struct http_answer *a, const char *name, const char *value)
{
    if (a->nheaders < HTTP_HEADERS
        && strlen(value) < sizeof(a->headers[0].value)) {
        a->headers[a->nheaders].name = name;
        memcpy(a->headers[a->nheaders++].value, value, strlen(value) + 1);
    }
}


/* NULL if a name or value is not UTF-8. */
static json_t *
query_of(const struct _u_map *map)
{
    json_t *query = json_object();
    const char **keys = u_map_enum_keys(map);

    for (size_t i = 0; keys != NULL && keys[i] != NULL; i++) {
        const char *value = u_map_get(map, keys[i]);

        if (json_object_set_new(query, keys[i],
                                json_string(value == NULL ? "" : value))
            != 0) {
            json_decref(query);
            return NULL;
        }
    }

    return query;
}


static void
put_answer(const struct http_answer *from, struct _u_response *to)
{
    u_map_put(to->map_header, "Cache-Control", "no-store");
    u_map_put(to->map_header, "X-Content-Type-Options", "nosniff");
    u_map_put(to->map_header, "Content-Security-Policy",
              "default-src 'none'; frame-ancestors 'none'");
    for (size_t i = 0; i < from->nheaders; i++) {
        u_map_put(to->map_header, from->headers[i].name,
                  from->headers[i].value);
    }
    if (from->body == NULL) {
        ulfius_set_empty_body_response(to, (unsigned) from->status);
        return;
    }

    u_map_put(to->map_header, "Content-Type", from->type);
    ulfius_set_binary_body_response(to, (unsigned) from->status, from->body,
                                    from->body_len);
}


static int
on_request(const struct _u_request *in, struct _u_response *out,
           void *user_data)
{
    struct http *h = user_data;
    struct http_request request;
    struct http_answer answer;

    memset(&answer, 0, sizeof(answer));
    request.method = in->http_verb;
    request.target = in->http_url;
    request.query = query_of(in->map_url);
    request.body = in->binary_body;
    request.body_len = in->binary_body_length;
    request.headers = in->map_header;
    h->serve(h->context, &request, &answer);
    put_answer(&answer, out);

    free(answer.body);
    json_decref(request.query);
    return U_CALLBACK_COMPLETE;
}


/* libmicrohttpd does not say why it cannot listen: try before it does. */
static int
port_free(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    int rc = 0;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd == -1) {
        return SC_EIO;
    }
    (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0
        || listen(fd, 1) != 0) {
        rc = errno == EADDRINUSE ? SC_EEXIST : SC_EIO;
    }
    close(fd);

    return rc;
}


int
http_start(uint16_t port, http_serve *serve, void *context, struct http **out)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port)};
    struct http *h = calloc(1, sizeof(*h));
    int rc = port_free(port);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (h == NULL || rc != 0) {
        free(h);
        return h == NULL ? SC_ENOMEM : rc;
    }
    if (ulfius_init_instance(&h->instance, port, &address, NULL) != U_OK) {
        free(h);
        return SC_EIO;
    }

    h->serve = serve;
    h->context = context;
    h->instance.max_post_body_size = HTTP_BODY_MAX + 1;
    h->instance.allowed_post_processor = U_POST_PROCESS_NONE;
    h->instance.timeout = IDLE_SECONDS;
    h->instance.check_utf8 = 0; /* it would drop what fails, unseen */
    if (ulfius_add_endpoint_by_val(&h->instance, "*", NULL, "*", 0, on_request,
                                   h)
            != U_OK
        || ulfius_start_framework(&h->instance) != U_OK) {
        ulfius_clean_instance(&h->instance);
        free(h);
        return SC_EIO;
    }

    *out = h;
    return 0;
}


void
http_stop(struct http *h)
{
    if (h == NULL) {
        return;
    }

    ulfius_stop_framework(&h->instance);
    ulfius_clean_instance(&h->instance);
    free(h);
}
