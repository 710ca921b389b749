/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi_base.c - base paths from `servers` and `basePath`.
 */

#include "catalog/openapi_base.h"

#include <string.h>


/* Behind scheme and host: "https://h/x", "//h/x", "{server}/x", "/x", "x". */
static const char *
skip_host(const char *url)
{
    const char *authority = strstr(url, "//");
    const char *slash;

    if (authority != NULL && (authority == url || authority[-1] == ':')) {
        url = authority + 2;
    } else if (url[0] != '{') {
        return url;
    }
    slash = strchr(url, '/');

    return slash == NULL ? "" : slash;
}


char *
base_of_url(struct arena *a, const char *url)
{
    const char *path = skip_host(url);
    size_t len = strcspn(path, "?#");
    char *copy;

    while (len > 0 && path[len - 1] == '/') {
        len--;
    }
    copy = arena_copy(a, path, len);

    return len == 0 || copy[0] == '/' ? copy : arena_format(a, "/%s", copy);
}


static const char *
first_server(const struct node *n)
{
    const struct node *servers = node_get(n, "servers");

    if (servers == NULL || servers->kind != NODE_LIST) {
        return NULL;
    }

    return node_text(servers->first, "url");
}


char *
base_of(struct arena *a, const struct node *root, const struct node *path,
        const struct node *op)
{
    const char *url = first_server(op);

    if (node_get(root, "swagger") != NULL) {
        url = node_text(root, "basePath");
        return base_of_url(a, url == NULL ? "" : url);
    }

    if (url == NULL) {
        url = first_server(path);
    }
    if (url == NULL) {
        url = first_server(root);
    }

    return base_of_url(a, url == NULL ? "" : url);
}


char *
base_join(struct arena *a, const char *base, const char *path)
{
    return arena_format(a, "%s%s%s", base, path[0] == '/' ? "" : "/", path);
}
