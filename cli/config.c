/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - YAML to JSON, files that the configuration names, lines.
 */

#include "cli/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/file.h"
#include "catalog/read.h"
#include "catalog/yaml.h"
#include "core/token.h"

/* Digits of an integer that surely fits json_int_t. */
#define DIGITS_MAX 18

/* Values of a whole configuration, aliases unfolded. */
#define VALUES_MAX 2000000


/* A plain decimal number; what has a leading zero or a sign of plus is text,
 * since a number would not keep it. */
static bool
is_integer(const char *text)
{
    size_t digits;

    text += text[0] == '-' ? 1 : 0;
    digits = strspn(text, "0123456789");

    return digits > 0 && digits <= DIGITS_MAX && text[digits] == '\0'
           && (digits == 1 || text[0] != '0');
}


static json_t *
scalar(const struct node *n)
{
    if (node_is_null(n)) {
        return json_null();
    }
    if (!n->quoted && strcmp(n->text, "true") == 0) {
        return json_true();
    }
    if (!n->quoted && strcmp(n->text, "false") == 0) {
        return json_false();
    }
    if (!n->quoted && is_integer(n->text)) {
        return json_integer(strtoll(n->text, NULL, 10));
    }

    return json_string(n->text);
}


/* The value of a node; NULL without memory.  Depth is bounded by the tree. */
static json_t *
value(const struct node *n)
{
    json_t *out, *item;
    int rc = 0;

    if (n->kind == NODE_SCALAR) {
        return scalar(n);
    }

    out = n->kind == NODE_LIST ? json_array() : json_object();
    for (const struct node *c = n->first; c != NULL && rc == 0; c = c->next) {
        item = value(c);
        rc = n->kind == NODE_LIST ? json_array_append_new(out, item)
                                  : json_object_set_new(out, c->key, item);
    }
    if (rc != 0) {
        json_decref(out);
        return NULL;
    }

    return out;
}


/* A path as the configuration file means it: relative to its own folder. */
static char *
beside(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    char *out;

    if (path[0] == '/' || slash == NULL) {
        return strdup(path);
    }
    if (asprintf(&out, "%.*s%s", (int) (slash + 1 - file), file, path) == -1) {
        return NULL;
    }

    return out;
}


/* The text of a secret file, without the end of its last line. */
static int
read_secret(const char *path, const struct node *at, json_t **out,
            struct fault *fault)
{
    struct fault inner = {0};
    char *bytes = NULL;
    size_t len = 0, all;
    int rc;

    rc = file_read(path, &bytes, &len, &inner);
    if (rc != 0) {
        return node_fault(fault, at, rc, "secret_file \"%s\": %s", path,
                          inner.what);
    }

    all = len;
    len -= len > 0 && bytes[len - 1] == '\n' ? 1 : 0;
    len -= len > 0 && bytes[len - 1] == '\r' ? 1 : 0;
    if (len == 0 || len > CONFIG_SECRET_MAX) {
        rc = node_fault(fault, at, SC_EINVAL, "secret_file \"%s\" is %s", path,
                        len == 0 ? "empty" : "too large");
    } else {
        *out = json_stringn(bytes, len);
        if (*out == NULL) {
            rc = node_fault(fault, at, SC_EINVAL,
                            "secret_file \"%s\" is not text", path);
        }
    }
    sc_wipe(bytes, all);
    free(bytes);

    return rc;
}


/* credential.secret_file of one app becomes credential.secret. */
static int
put_secret(const char *file, const struct node *app, json_t *out,
           struct fault *fault)
{
    const struct node *credential = node_get(app, "credential");
    const struct node *named = node_get(credential, "secret_file");
    json_t *secret = NULL;
    char *path;
    int rc;

    if (named == NULL) {
        return 0;
    }
    if (named->kind != NODE_SCALAR || node_is_null(named)) {
        return node_fault(fault, named, SC_ESYNTAX,
                          "secret_file has to be a path");
    }
    if (node_get(credential, "secret") != NULL) {
        return node_fault(fault, named, SC_ESYNTAX,
                          "secret and secret_file exclude each other");
    }

    path = beside(file, named->text);
    if (path == NULL) {
        return node_fault(fault, named, SC_ENOMEM, "out of memory");
    }
    rc = read_secret(path, named, &secret, fault);
    free(path);
    if (rc == 0) {
        out = json_object_get(out, "credential");
        (void) json_object_del(out, "secret_file");
        rc = json_object_set_new(out, "secret", secret) == 0 ? 0 : SC_ENOMEM;
    }

    return rc;
}


static bool
is_file_name(const char *catalog)
{
    size_t len = strlen(catalog);

    return strchr(catalog, '/') != NULL
           || (len > 5 && strcmp(catalog + len - 5, ".yaml") == 0)
           || (len > 4 && strcmp(catalog + len - 4, ".yml") == 0);
}


/* Check a catalog here, where its lines are known, and take its text. */
static int
embed(const char *path, const struct node *at, json_t *app, json_t *catalogs,
      struct fault *fault)
{
    struct fault inner = {0};
    struct catalog *catalog = NULL;
    const json_t *known;
    json_t *text;
    char *bytes = NULL;
    size_t len = 0;
    int rc;

    rc = file_read(path, &bytes, &len, &inner);
    if (rc != 0) {
        return node_fault(fault, at, rc, "catalog \"%s\": %s", path,
                          inner.what);
    }

    rc = catalog_read(path, bytes, len, &catalog, fault);
    if (rc != 0) {
        goto done;
    }

    text = json_stringn(bytes, len);
    known = json_object_get(catalogs, catalog->name);
    if (known != NULL && json_equal(known, text) == 0) {
        rc = node_fault(fault, at, SC_EEXIST,
                        "catalog \"%s\" calls itself \"%s\", as another "
                        "file does",
                        path, catalog->name);
        json_decref(text);
        goto done;
    }
    if (json_object_set_new(catalogs, catalog->name, text) != 0
        || json_object_set_new(app, "catalog", json_string(catalog->name))
               != 0) {
        rc = node_fault(fault, at, SC_ENOMEM, "out of memory");
    }

done:
    catalog_free(catalog);
    free(bytes);

    return rc;
}


static int
put_catalog(const char *file, const struct node *app, json_t *out,
            json_t *catalogs, struct fault *fault)
{
    const struct node *named = node_get(app, "catalog");
    char *path;
    int rc;

    if (named == NULL || named->kind != NODE_SCALAR
        || !is_file_name(named->text)) {
        return 0;
    }

    path = beside(file, named->text);
    if (path == NULL) {
        return node_fault(fault, named, SC_ENOMEM, "out of memory");
    }
    rc = embed(path, named, out, catalogs, fault);
    free(path);

    return rc;
}


/* Bring in the files that the apps name. */
static int
put_files(const char *file, struct config *config, struct fault *fault)
{
    const struct node *apps = node_get(config->tree.root, "apps");
    json_t *out = json_object_get(config->body, "apps");
    json_t *app;
    size_t i = 0;
    int rc = 0;

    if (apps == NULL || apps->kind != NODE_LIST) {
        return 0; /* the daemon says what is wrong with it */
    }

    for (const struct node *a = apps->first; a != NULL && rc == 0;
         a = a->next) {
        app = json_array_get(out, i++);
        rc = put_secret(file, a, app, fault);
        if (rc == 0) {
            rc = put_catalog(file, a, app, config->catalogs, fault);
        }
    }

    return rc;
}


static int
check_root(const struct node *root, struct fault *fault)
{
    if (root->kind != NODE_MAP) {
        return node_fault(fault, root, SC_ESYNTAX,
                          "a map with apps, policies and users is expected");
    }
    if (root->weight > VALUES_MAX) {
        return node_fault(fault, root, SC_ETOOBIG,
                          "the file unfolds to more than %d values",
                          VALUES_MAX);
    }

    return 0;
}


int
config_read(const char *file, struct config *out, struct fault *fault)
{
    char *bytes = NULL;
    size_t len = 0;
    int rc;

    *out = (struct config){0};
    rc = file_read(file, &bytes, &len, fault);
    if (rc == 0) {
        rc = yaml_parse(bytes, len, &out->tree, fault);
    }
    if (rc == 0) {
        rc = check_root(out->tree.root, fault);
    }
    if (rc != 0) {
        goto done;
    }

    out->body = value(out->tree.root);
    out->catalogs = json_object();
    rc = out->body == NULL ? SC_ENOMEM : put_files(file, out, fault);

done:
    free(bytes);
    if (rc != 0) {
        if (fault->what[0] == '\0') {
            (void) fault_set(fault, rc, 0, "%s", sc_strerror(rc));
        }
        fault_file(fault, file);
        config_done(out);
    }

    return rc;
}


void
config_done(struct config *config)
{
    tree_free(&config->tree);
    json_decref(config->body);
    json_decref(config->catalogs);
    config->body = NULL;
    config->catalogs = NULL;
}


/* Child of n by one reference token of a pointer, escapes undone. */
static const struct node *
step(const struct node *n, const char *token, size_t len)
{
    char key[256];
    size_t used = 0;
    const struct node *c;

    if (n->kind == NODE_LIST) {
        c = n->first;
        for (long i = strtol(token, NULL, 10); i > 0 && c != NULL; i--) {
            c = c->next;
        }
        return c;
    }

    for (size_t i = 0; i < len && used + 1 < sizeof(key); i++) {
        if (token[i] == '~' && i + 1 < len) {
            key[used++] = token[++i] == '1' ? '/' : '~';
        } else {
            key[used++] = token[i];
        }
    }
    key[used] = '\0';

    c = node_get(n, key);

    return c == NULL && strcmp(key, "secret") == 0 ? node_get(n, "secret_file")
                                                   : c;
}


uint32_t
config_line(const struct config *config, const char *pointer)
{
    const struct node *n = config->tree.root, *next;
    uint32_t line = 0;
    size_t len;

    while (*pointer == '/') {
        pointer++;
        len = strcspn(pointer, "/");
        next = step(n, pointer, len);
        if (next == NULL) {
            break;
        }
        n = next;
        line = n->key_line != 0 ? n->key_line : n->line;
        pointer += len;
    }

    return line;
}
