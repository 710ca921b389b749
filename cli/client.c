/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.c - the only file that uses libcurl.
 */

#include "cli/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "core/str.h"
#include "core/token.h"

#define URL_DEFAULT  "http://127.0.0.1:8081"
#define ANSWER_MAX   (64u << 20) /* bytes of a body */
#define CONNECT_MS   5000L
#define CALL_MS      120000L
#define ITEMS_MAX    2000000
#define PAGE_ITEMS   200
#define HEADER_MAX   (SC_TOKEN_LEN + 32)
#define KEY_PATH_MAX 4096

struct client {
    CURL *curl;
    struct curl_slist *headers; /* with the key */
    char *url;                  /* without a slash at the end */
};

struct sink {
    char *bytes;
    size_t len;
};


static const char *
variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}


/* The key file: the one that is named, or the first that exists. */
static const char *
key_path(char into[KEY_PATH_MAX])
{
    const char *const bases[] = {"SCOPECAP_DATA", NULL, "HOME"};
    const char *const files[] = {"admin.key", "var/admin.key",
                                 ".config/scopecap/key"};
    const char *base;

    if (variable("SCOPECAP_KEY_FILE") != NULL) {
        return variable("SCOPECAP_KEY_FILE");
    }

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        base = bases[i] == NULL ? "." : variable(bases[i]);
        if (base == NULL) {
            continue;
        }
        (void) snprintf(into, KEY_PATH_MAX, "%s/%s", base, files[i]);
        if (access(into, F_OK) == 0) {
            return into;
        }
    }

    return NULL;
}


/* Read the key of path into "Authorization: Bearer <key>". */
static int
read_key(const char *path, char header[HEADER_MAX])
{
    char key[SC_TOKEN_LEN + 3] = "";
    ssize_t n = -1;
    int rc = SC_EINVAL;
    int fd;

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd != -1) {
        n = read(fd, key, sizeof(key) - 1);
        (void) close(fd);
    }
    if (n == -1) {
        out_error("cannot read the admin key in %s (SCOPECAP_KEY_FILE): %s",
                  path, strerror(errno));
        goto done;
    }

    key[strcspn(key, "\r\n")] = '\0';
    if (sc_token_parse(sc_str_c(key)) != SC_TOKEN_ADMIN) {
        out_error("%s (SCOPECAP_KEY_FILE) does not hold an admin key", path);
        goto done;
    }

    (void) snprintf(header, HEADER_MAX, "Authorization: Bearer %s", key);
    rc = 0;

done:
    sc_wipe(key, sizeof(key));

    return rc;
}


static bool
is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0
           || strncmp(host, "127.", 4) == 0;
}


/* The key is sent to this URL: it has to be one, and who could read along
 * is said. */
static int
check_url(const char *url)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL;
    int rc = SC_EINVAL;

    if (parts == NULL
        || curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK
        || curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK
        || curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK
        || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
        out_error("SCOPECAP_URL: \"%s\" is not an http or https URL", url);
        goto done;
    }

    if (strcmp(scheme, "http") == 0 && !is_loopback(host)) {
        out_warning("SCOPECAP_URL: the admin key goes to %s unencrypted",
                    host);
    }
    rc = 0;

done:
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);

    return rc;
}


static int
take_url(struct client *c)
{
    const char *url = variable("SCOPECAP_URL");
    size_t len;

    url = url == NULL ? URL_DEFAULT : url;
    if (check_url(url) != 0) {
        return SC_EINVAL;
    }

    c->url = strdup(url);
    len = c->url == NULL ? 0 : strlen(c->url);
    while (len > 0 && c->url[len - 1] == '/') {
        c->url[--len] = '\0';
    }

    return c->url == NULL ? SC_ENOMEM : 0;
}


static int
add_header(struct client *c, const char *line)
{
    struct curl_slist *longer = curl_slist_append(c->headers, line);

    if (longer == NULL) {
        return SC_ENOMEM;
    }
    c->headers = longer;

    return 0;
}


static int
take_key(struct client *c)
{
    char path[KEY_PATH_MAX], header[HEADER_MAX] = "";
    const char *file = key_path(path);
    int rc;

    if (file == NULL) {
        out_error("no admin key: SCOPECAP_KEY_FILE is not set, and there is "
                  "no $SCOPECAP_DATA/admin.key, var/admin.key or "
                  "~/.config/scopecap/key");
        return SC_ENOENT;
    }

    rc = read_key(file, header);
    if (rc == 0) {
        rc = add_header(c, header);
    }
    sc_wipe(header, sizeof(header));

    return rc;
}


int
client_open(struct client **out)
{
    struct client *c = calloc(1, sizeof(*c));
    int rc = SC_ENOMEM;

    if (c == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        goto done;
    }

    rc = take_url(c);
    if (rc != 0) {
        goto done;
    }
    rc = take_key(c);
    if (rc != 0) {
        goto done;
    }

    c->curl = curl_easy_init();
    if (c->curl == NULL || add_header(c, "Accept: application/json") != 0
        || add_header(c, "Content-Type: application/json") != 0
        || add_header(c, "Expect:") != 0) {
        rc = SC_ENOMEM;
        goto done;
    }
    *out = c;

done:
    if (rc == SC_ENOMEM) {
        out_error("out of memory");
    }
    if (rc != 0) {
        client_free(c);
    }

    return rc;
}


void
client_free(struct client *c)
{
    if (c == NULL) {
        return;
    }

    for (struct curl_slist *h = c->headers; h != NULL; h = h->next) {
        sc_wipe(h->data, strlen(h->data));
    }
    curl_slist_free_all(c->headers);
    curl_easy_cleanup(c->curl);
    free(c->url);
    free(c);
}


static size_t
take_bytes(char *bytes, size_t size, size_t n, void *to)
{
    struct sink *sink = to;
    char *longer;

    if (n > ANSWER_MAX - sink->len) {
        return 0;
    }
    longer = realloc(sink->bytes, sink->len + n + 1);
    if (longer == NULL) {
        return 0;
    }

    sink->bytes = longer;
    memcpy(longer + sink->len, bytes, size * n);
    sink->len += n;

    return n;
}


static CURLcode
perform(struct client *c, const char *method, const char *url,
        const char *body, struct sink *sink)
{
    CURL *curl = c->curl;

    curl_easy_reset(curl);
    (void) curl_easy_setopt(curl, CURLOPT_URL, url);
    (void) curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void) curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void) curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void) curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    (void) curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, CALL_MS);
    (void) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, c->headers);
    (void) curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    (void) curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
    if (body != NULL) {
        (void) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        (void) curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                                (curl_off_t) strlen(body));
    }
    (void) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);

    return curl_easy_perform(curl);
}


/* What came back, as an answer of the API or not. */
static int
read_answer(struct client *c, const struct sink *sink, struct answer *out)
{
    json_t *body = NULL;
    long status = 0;

    (void) curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (sink->len != 0) {
        body =
            json_loadb(sink->bytes, sink->len, JSON_REJECT_DUPLICATES, NULL);
    }
    if (status < 200 || (status >= 300 && status < 400)
        || (sink->len != 0 && body == NULL)) {
        json_decref(body);
        out_error("%s (SCOPECAP_URL) does not answer like scopecapd: "
                  "status %ld",
                  c->url, status);
        return SC_EIO;
    }

    out->status = status;
    out->body = body;

    return 0;
}


int
client_call(struct client *c, const char *method, const char *path,
            const json_t *body, struct answer *out)
{
    struct sink sink = {NULL, 0};
    char *text = NULL, *url = NULL;
    int rc = SC_EIO;
    CURLcode code;

    if (body != NULL) {
        text = json_dumps(body, JSON_COMPACT);
    }
    if (asprintf(&url, "%s/api/v1%s", c->url, path) == -1) {
        url = NULL;
    }
    if (url == NULL || (body != NULL && text == NULL)) {
        out_error("out of memory");
        goto done;
    }

    code = perform(c, method, url, text, &sink);
    if (code != CURLE_OK) {
        out_error("cannot reach scopecapd at %s (SCOPECAP_URL): %s", c->url,
                  curl_easy_strerror(code));
        goto done;
    }
    rc = read_answer(c, &sink, out);

done:
    if (text != NULL) {
        sc_wipe(text, strlen(text));
    }
    if (sink.bytes != NULL) {
        sc_wipe(sink.bytes, sink.len);
    }
    free(text);
    free(url);
    free(sink.bytes);

    return rc;
}


void
answer_done(struct answer *a)
{
    json_decref(a->body);
    *a = (struct answer){0, NULL};
}


const char *
answer_detail(const struct answer *a)
{
    const char *detail;

    detail = json_string_value(json_object_get(a->body, "detail"));
    if (detail == NULL) {
        detail = json_string_value(json_object_get(a->body, "title"));
    }

    return detail == NULL ? "the daemon gives no reason" : detail;
}


bool
answer_ok(const struct answer *a)
{
    const char *pointer;

    if (a->status >= 200 && a->status < 300) {
        return true;
    }
    pointer = json_string_value(json_object_get(a->body, "pointer"));
    if (pointer == NULL || pointer[0] != '/') {
        out_error("%s", answer_detail(a));
    } else {
        out_error("%s: %s", pointer + 1, answer_detail(a));
    }

    return false;
}


int
client_status(const struct answer *a)
{
    return a->status >= 400 && a->status < 500 ? 1 : 2;
}


int
client_ask(const char *method, const char *path, const json_t *body,
           json_t **out)
{
    struct answer answer = {0, NULL};
    struct client *client = NULL;
    int status = 2;

    if (path != NULL && client_open(&client) == 0
        && client_call(client, method, path, body, &answer) == 0) {
        status = answer_ok(&answer) ? 0 : client_status(&answer);
    }
    if (status == 0) {
        *out = json_incref(answer.body);
    }
    answer_done(&answer);
    client_free(client);

    return status;
}


static void
add_escaped(FILE *to, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            (void) fputc(*text, to);
        } else {
            (void) fprintf(to, "%%%02X", (unsigned char) *text);
        }
    }
}


char *
client_path(const char *before, const char *value, const char *after)
{
    char *path = NULL;
    size_t len = 0;
    FILE *to;

    to = open_memstream(&path, &len);
    if (to == NULL) {
        out_error("out of memory");
        return NULL;
    }

    (void) fputs(before, to);
    add_escaped(to, value);
    (void) fputs(after, to);
    if (fclose(to) != 0) {
        out_error("out of memory");
        free(path);
        return NULL;
    }

    return path;
}


/* Add the items of a page; *next is its cursor, NULL at the end.  Returns an
 * exit status. */
static int
take_page(struct answer *page, json_t *items, char **next)
{
    const char *cursor;

    free(*next);
    *next = NULL;
    if (!answer_ok(page)) {
        return client_status(page);
    }

    cursor = json_string_value(json_object_get(page->body, "next"));
    if (json_array_extend(items, json_object_get(page->body, "items")) != 0) {
        out_error("the daemon's answer is no list");
        return 2;
    }
    if (cursor != NULL) {
        *next = strdup(cursor);
    }

    return 0;
}


static int
get_page(struct client *c, const char *path, json_t *items, char **next)
{
    char *cursor = client_path("", *next == NULL ? "" : *next, "");
    struct answer page = {0, NULL};
    char *url = NULL;
    int status = 2;

    if (cursor == NULL
        || asprintf(&url, "%s%climit=%d%s%s", path,
                    strchr(path, '?') == NULL ? '?' : '&', PAGE_ITEMS,
                    *next == NULL ? "" : "&cursor=", cursor)
               == -1) {
        url = NULL;
    } else if (client_call(c, "GET", url, NULL, &page) == 0) {
        status = take_page(&page, items, next);
    }
    answer_done(&page);
    free(cursor);
    free(url);

    return status;
}


int
client_list(struct client *c, const char *path, json_t **out)
{
    json_t *items = json_array();
    char *next = NULL;
    int status;

    do {
        status = get_page(c, path, items, &next);
    } while (status == 0 && next != NULL
             && json_array_size(items) < ITEMS_MAX);

    free(next);
    if (status != 0) {
        json_decref(items);
        return status;
    }
    *out = items;

    return 0;
}
