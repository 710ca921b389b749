/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nginx_conf.c - writes nginx.conf.
 *
 * Only names that url.h accepts get in, checked here once more: the text of
 * a configuration is code.  What keeps a call safe is not in this file: the
 * module decides, guards each upstream and writes the request head itself.
 */

#include "daemon/nginx_conf.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/control_file.h"
#include "daemon/fields.h"
#include "daemon/resolve.h"
#include "daemon/store.h"
#include "daemon/url.h"
#include "daemon/vault.h"

struct out {
    FILE *file;
    const struct conf *conf;
    json_t *apps;  /* configurations in order of name */
    json_t *hosts; /* host -> list of {app, prefix} */
    bool bad;
};


static void put(struct out *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
put(struct out *o, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(o->file, format, args);
    va_end(args);
}


static const char *
get(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}


static int
load_apps(struct out *o, struct db *db)
{
    struct db_query q;

    db_query(db, &q, "SELECT config FROM app WHERE active = 1 ORDER BY name",
             "");
    while (db_next(&q)) {
        json_t *app = fields_load(db_text(&q, 0));
        json_t *mount;
        size_t i;

        json_array_foreach(json_object_get(app, "mounts"), i, mount)
        {
            json_t *list = json_object_get(o->hosts, get(mount, "host"));

            if (list == NULL) {
                list = json_array();
                json_object_set_new(o->hosts, get(mount, "host"), list);
            }
            json_array_append_new(list, json_pack("{s:s, s:s}", "app",
                                                  get(app, "name"), "prefix",
                                                  get(mount, "prefix")));
        }
        json_array_append_new(o->apps, app);
    }

    return db_end(&q);
}


static void
put_head(struct out *o)
{
    const char *data = o->conf->data;
    char made[CONTROL_FILE_MADE + 1];

    control_file_made(o->conf, made);
    put(o, "# made by scopecapd; changes are lost\n");
    put(o, "# for the runtime files %s\n", made);
    put(o, "load_module %s;\n", o->conf->module);
    if (geteuid() == 0) {
        put(o, "user root;\n");
    }
    put(o,
        "worker_processes auto;\n"
        "pid %s/nginx/nginx.pid;\n"
        "error_log %s/nginx/error.log warn;\n"
        "worker_rlimit_nofile 8192;\n"
        "events { worker_connections 2048; }\n"
        "http {\n"
        "    scopecap_runtime %s/run;\n"
        "    scopecap_stamp @;\n",
        data, data, data);
    put(o,
        "    client_body_temp_path %s/nginx/body;\n"
        "    proxy_temp_path %s/nginx/proxy;\n"
        "    fastcgi_temp_path %s/nginx/fastcgi;\n"
        "    uwsgi_temp_path %s/nginx/uwsgi;\n"
        "    scgi_temp_path %s/nginx/scgi;\n",
        data, data, data, data, data);
    put(o,
        "    log_format scopecap '$time_iso8601 status=$status"
        " method=$request_method decision=$scopecap_decision"
        " reason=$scopecap_reason operation=$scopecap_operation"
        " token=$scopecap_token user=$scopecap_user"
        " policy=$scopecap_policy generation=$scopecap_generation"
        " time=$request_time';\n"
        "    access_log %s/nginx/access.log scopecap;\n",
        data);
    put(o, "    server_tokens off;\n"
           /* room for the longest host names, and for many */
           "    server_names_hash_bucket_size 512;\n"
           "    server_names_hash_max_size 16384;\n"
           "    default_type application/octet-stream;\n"
           "    client_max_body_size 64m;\n"
           "    large_client_header_buffers 8 16k;\n"
           "    client_header_timeout 30s;\n"
           "    client_body_timeout 60s;\n"
           "    keepalive_timeout 65s;\n");
}


static void
put_upstream(struct out *o, const json_t *app)
{
    const char *name = get(app, "name");
    char addresses[RESOLVE_MAX][RESOLVE_TEXT];
    struct url url;
    unsigned n;

    if (!url_name_ok(name) || url_parse(get(app, "upstream"), &url) != NULL) {
        o->bad = true;
        return;
    }

    put(o,
        "    upstream scopecap_%s {\n"
        "        scopecap_upstream %s;\n",
        name, name);
    n = resolve_host(url.host, addresses);
    for (unsigned i = 0; i < n; i++) {
        put(o, "        server %s:%u;\n", addresses[i], url.port);
    }
    if (n == 0) { /* an upstream{} needs one; this one answers 502 */
        put(o, "        server 127.0.0.1:%u down;\n", url.port);
    }
    put(o, "        keepalive 32;\n    }\n");
}


/* Absolute links of the upstream lead back to the gateway; JSON may write
 * the slashes of a URL with a backslash each. */
static void
put_filter(struct out *o, const struct url *url)
{
    char text[1024];

    url_text(url, text, sizeof(text));
    put(o, "            sub_filter '%s' '$scopecap_base';\n", text);
    put(o, "            sub_filter '");
    for (const char *c = text; *c != '\0'; c++) {
        put(o, *c == '/' ? "\\\\/" : "%c", *c);
    }
    put(o, "' '$scopecap_base';\n");
}


static void
put_filters(struct out *o, const json_t *app, const struct url *url)
{
    const json_t *links = json_object_get(app, "links");
    struct url other;

    put_filter(o, url);
    for (size_t i = 0; i < json_array_size(links); i++) {
        if (url_parse(json_string_value(json_array_get(links, i)), &other)
            == NULL) {
            put_filter(o, &other);
        }
    }
    put(o, "            sub_filter_types application/json"
           " application/problem+json;\n"
           "            sub_filter_once off;\n");
}


static const json_t *
app_named(const struct out *o, const char *name)
{
    for (size_t i = 0; i < json_array_size(o->apps); i++) {
        const json_t *app = json_array_get(o->apps, i);

        if (strcmp(get(app, "name"), name) == 0) {
            return app;
        }
    }

    return NULL;
}


static void
put_location(struct out *o, const char *match, const json_t *app)
{
    struct url url;

    if (url_parse(get(app, "upstream"), &url) != NULL) {
        o->bad = true;
        return;
    }

    put(o,
        "        location %s {\n"
        "            proxy_pass %s://scopecap_%s;\n",
        match, url.tls ? "https" : "http", get(app, "name"));
    if (url.tls) {
        put(o,
            "            proxy_ssl_server_name on;\n"
            "            proxy_ssl_name %s;\n"
            "            proxy_ssl_verify on;\n"
            "            proxy_ssl_verify_depth 4;\n"
            "            proxy_ssl_trusted_certificate"
            " /etc/ssl/certs/ca-certificates.crt;\n",
            url.host);
    }
    put_filters(o, app, &url);
    put(o, "        }\n");
}


/* The mount that a path goes to which lies below its prefix, or NULL. */
static const json_t *
mount_above(const json_t *mounts, const char *path)
{
    const json_t *found = NULL;
    size_t most = 0;

    for (size_t i = 0; i < json_array_size(mounts); i++) {
        const json_t *mount = json_array_get(mounts, i);
        const char *prefix = get(mount, "prefix");
        size_t n = strlen(prefix);

        if (strncmp(path, prefix, n) == 0 && path[n] == '/'
            && (found == NULL || n > most)) {
            found = mount;
            most = n;
        }
    }

    return found;
}


/* The prefix alone is no path of the mount: it goes to the one above. */
static void
put_mount(struct out *o, const json_t *mount, const json_t *above)
{
    const json_t *app = app_named(o, get(mount, "app"));
    const char *prefix = get(mount, "prefix");
    char match[URL_PATH_MAX + 16];

    if (app == NULL || !url_path_ok(prefix)) {
        o->bad = true;
        return;
    }
    if (*prefix == '\0') {
        put_location(o, "/", app);
        return;
    }

    snprintf(match, sizeof(match), "= %s", prefix);
    put_location(o, match,
                 above == NULL ? app : app_named(o, get(above, "app")));
    snprintf(match, sizeof(match), "%s/", prefix);
    put_location(o, match, app);
}


/*
 * The mounts that answer for a host, in new memory.  The decision asks those
 * of the host itself before those of "*", the longest prefix first, and nginx
 * the longest of all: what the host's own take away from "*" is left out.
 */
static json_t *
mounts_of(const struct out *o, const char *host)
{
    const json_t *own = json_object_get(o->hosts, host);
    const json_t *any = json_object_get(o->hosts, "*");
    json_t *all = json_array();
    char path[URL_PATH_MAX + 2];

    for (size_t i = 0; i < json_array_size(own); i++) {
        json_array_append(all, json_array_get(own, i));
    }
    for (size_t i = 0; own != any && i < json_array_size(any); i++) {
        json_t *mount = json_array_get(any, i);

        snprintf(path, sizeof(path), "%s/", get(mount, "prefix"));
        if (mount_above(own, path) == NULL) {
            json_array_append(all, mount);
        }
    }

    return all;
}


static void
put_server(struct out *o, const char *host)
{
    const struct conf *conf = o->conf;
    bool any = strcmp(host, "*") == 0;
    const char *option = any ? " default_server" : "";
    json_t *mounts;

    if (!any && !url_host_ok(host)) {
        o->bad = true;
        return;
    }

    put(o,
        "    server {\n"
        "        listen %s:%u%s;\n"
        "        listen %s:%u ssl http2%s;\n"
        "        server_name %s;\n"
        "        scopecap on;\n",
        conf->listen, conf->gateway_port, option, conf->listen, conf->tls_port,
        option, any ? "_" : host);
    mounts = mounts_of(o, host);
    for (size_t i = 0; i < json_array_size(mounts); i++) {
        const json_t *mount = json_array_get(mounts, i);

        put_mount(o, mount, mount_above(mounts, get(mount, "prefix")));
    }
    json_decref(mounts);
    put(o, "    }\n");
}


static void
put_proxy(struct out *o)
{
    const struct conf *conf = o->conf;
    bool given = conf->tls_cert[0] != '\0';

    if (given) {
        put(o,
            "    ssl_certificate %s;\n"
            "    ssl_certificate_key %s;\n",
            conf->tls_cert, conf->tls_key);
    } else {
        put(o,
            "    ssl_certificate %s/tls/cert.pem;\n"
            "    ssl_certificate_key %s/tls/key.pem;\n",
            conf->data, conf->data);
    }
    put(o, "    ssl_protocols TLSv1.2 TLSv1.3;\n"
           "    proxy_http_version 1.1;\n"
           /* the module writes the head; nginx need not write its own */
           "    proxy_pass_request_headers off;\n"
           "    proxy_set_header Host \"\";\n"
           "    proxy_redirect off;\n"
           /* reads only: the module sends everything else once */
           "    proxy_next_upstream error timeout;\n"
           "    proxy_buffering on;\n"
           "    proxy_request_buffering on;\n"
           "    proxy_connect_timeout 10s;\n"
           "    proxy_ignore_headers X-Accel-Redirect X-Accel-Expires"
           " X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;\n");
}


static void
put_all(struct out *o)
{
    const char *host;
    json_t *mounts;
    size_t i;
    json_t *app;

    put_head(o);
    put_proxy(o);
    json_array_foreach(o->apps, i, app)
    {
        put_upstream(o, app);
    }
    put_server(o, "*");
    json_object_foreach(o->hosts, host, mounts)
    {
        if (strcmp(host, "*") != 0) {
            put_server(o, host);
        }
    }
    put(o, "}\n");
}


/* The '@' behind scopecap_stamp becomes a number made of the text. */
static char *
stamped(const char *text, size_t n, uint64_t *stamp)
{
    const char *mark = strstr(text, "scopecap_stamp @");
    uint8_t digest[VAULT_DIGEST];
    char *out = malloc(n + 32);

    vault_digest(text, n, digest);
    memcpy(stamp, digest, sizeof(*stamp));
    *stamp = (*stamp >> 8) | 1;
    if (out != NULL && mark != NULL) {
        snprintf(out, n + 32, "%.*sscopecap_stamp %llu%s", (int) (mark - text),
                 text, (unsigned long long) *stamp,
                 mark + strlen("scopecap_stamp @"));
    }

    return out;
}


int
nginx_conf_make(const struct conf *conf, struct db *db, char **text,
                uint64_t *stamp)
{
    struct out o = {NULL, conf, json_array(), json_object(), false};
    char *plain = NULL;
    size_t n = 0;
    int rc = load_apps(&o, db);

    if (rc != 0) {
        goto done;
    }
    o.file = open_memstream(&plain, &n);
    if (o.file == NULL) {
        rc = SC_ENOMEM;
        goto done;
    }
    put_all(&o);
    if (fclose(o.file) != 0) {
        rc = SC_ENOMEM;
        goto done;
    }
    if (o.bad) {
        rc = SC_EINVAL;
        goto done;
    }
    *text = stamped(plain, n, stamp);
    rc = *text == NULL ? SC_ENOMEM : 0;

done:
    free(plain);
    json_decref(o.apps);
    json_decref(o.hosts);
    return rc;
}


uint64_t
nginx_conf_stamp(const char *text)
{
    const char *mark = strstr(text, "scopecap_stamp ");

    return mark == NULL ? 0
                        : strtoull(mark + strlen("scopecap_stamp "), NULL, 10);
}
