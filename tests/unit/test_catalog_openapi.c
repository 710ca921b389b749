/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_catalog_openapi.c - API documents into catalogs: bases, references,
 * parameters, scopes, ids, and what is refused.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/file.h"
#include "catalog/import.h"
#include "catalog/openapi.h"

#define HEAD "openapi: 3.0.3\npaths:\n"


static int
import_as(const char *file, const char *text, bool any_of,
          struct catalog **out, struct fault *fault)
{
    struct openapi_options options = {"doc", any_of};
    struct tree t;
    int rc;

    memset(fault, 0, sizeof(*fault));
    *out = NULL;
    rc = file_tree(file, text, strlen(text), &t, fault);
    if (rc != 0) {
        return rc;
    }

    *out = catalog_new();
    rc = openapi_import(*out, t.root, &options, fault);
    if (rc == 0) {
        rc = import_finish(*out, fault);
    }
    tree_free(&t);

    return rc;
}


static struct catalog *
imported(const char *text, bool any_of)
{
    struct catalog *c;
    struct fault fault;
    int rc = import_as("doc", text, any_of, &c, &fault);

    if (rc != 0) {
        print_error("%s\n", fault.what);
    }
    assert_int_equal(rc, 0);

    return c;
}


static void
refused(const char *text, const char *line)
{
    char into[FAULT_TEXT_MAX];
    struct catalog *c;
    struct fault fault;

    assert_int_not_equal(import_as("doc", text, false, &c, &fault), 0);
    assert_string_equal(fault_text(&fault, into), line);
    catalog_free(c);
}


/* "a+b|c" */
static void
scopes_are(const struct catalog_operation *op, const char *expected)
{
    char text[256] = "";

    for (size_t i = 0; i < op->nalternatives; i++) {
        strcat(text, i == 0 ? "" : "|");
        for (size_t j = 0; j < op->alternatives[i].n; j++) {
            strcat(text, j == 0 ? "" : "+");
            strcat(text, op->alternatives[i].scopes[j]);
        }
    }
    assert_string_equal(text, expected);
}


static void
base_paths_are_joined(void **state)
{
    static const struct {
        const char *head, *path;
    } cases[] = {
        {"openapi: 3.0.0\n", "/a"},
        {"openapi: 3.1.0\nservers: [{ url: 'https://h.example' }]\n", "/a"},
        {"openapi: 3.0.0\nservers: [{ url: 'https://h.example/' }]\n", "/a"},
        {"openapi: 3.0.0\nservers: [{ url: //h.example }]\n", "/a"},
        {"openapi: 3.0.0\nservers: [{ url: 'https://{d}/x/v2' }]\n",
         "/x/v2/a"},
        {"openapi: 3.0.0\nservers: [{ url: 'https://h/w/{id}/v1/' }]\n",
         "/w/{id}/v1/a"},
        {"openapi: 3.0.0\nservers: [{ url: '{server}/x' }]\n", "/x/a"},
        {"openapi: 3.0.0\nservers: [{ url: /x/y }]\n", "/x/y/a"},
        {"openapi: 3.0.0\nservers: [{ url: x?q=/z }]\n", "/x/a"},
        {"swagger: '2.0'\nbasePath: /2.0\n", "/2.0/a"},
        {"swagger: '2.0'\nbasePath: /\n", "/a"},
        {"swagger: '2.0'\nservers: [{ url: /no }]\n", "/a"},
    };
    char text[512];
    struct catalog *c;

    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(text, sizeof(text), "%spaths: { /a: { get: {} } }\n",
                        cases[i].head);
        c = imported(text, false);
        assert_int_equal(c->noperations, 1);
        assert_string_equal(c->operations[0].path, cases[i].path);
        catalog_free(c);
    }
}


static void
nearer_servers_win(void **state)
{
    struct catalog *c = imported("openapi: 3.0.0\n"
                                 "servers: [{ url: /root }]\n"
                                 "paths:\n"
                                 "  /a:\n"
                                 "    servers: [{ url: /item }]\n"
                                 "    get: {}\n"
                                 "    put: { servers: [{ url: /op }] }\n"
                                 "  /b: { get: {} }\n",
                                 false);

    (void) state;
    assert_string_equal(c->operations[0].path, "/item/a");
    assert_string_equal(c->operations[1].path, "/op/a");
    assert_string_equal(c->operations[2].path, "/root/b");
    catalog_free(c);
}


static void
references_are_followed(void **state)
{
    struct catalog *c = imported(
        "openapi: 3.1.0\n"
        "paths:\n"
        "  /a/{b}:\n"
        "    $ref: '#/components/pathItems/it'\n"
        "  /c/{x}/{y}: { get: { parameters: [\n"
        "    { $ref: '#/components/parameters/y~1~0' } ] } }\n"
        "components:\n"
        "  parameters:\n"
        "    y/~: { in: path, name: y, x-multi-segment: true }\n"
        "  pathItems:\n"
        "    it:\n"
        "      parameters: [{ in: path, name: b, x-multi-segment: true }]\n"
        "      get: { operationId: one }\n",
        false);

    (void) state;
    assert_int_equal(c->noperations, 2);
    assert_string_equal(c->operations[0].path, "/a/{b*}");
    assert_string_equal(c->operations[0].id, "one");
    assert_string_equal(c->operations[1].path, "/c/{x}/{y*}");
    catalog_free(c);
}


static void
multi_segment_counts_at_the_end_only(void **state)
{
    struct catalog *c =
        imported(HEAD "  /a/{b}/c: { get: { parameters: [{ in: path, name: b,"
                      " x-multi-segment: true }] } }\n"
                      "  /d/{e}: { get: { parameters: [{ in: query, name: e,"
                      " x-multi-segment: true }] } }\n",
                 false);

    (void) state;
    assert_string_equal(c->operations[0].path, "/a/{b}/c");
    assert_string_equal(c->operations[1].path, "/d/{e}");
    catalog_free(c);
}


static void
scopes_come_from_every_source(void **state)
{
    struct catalog *c = imported(
        "openapi: 3.0.0\n"
        "security: [{ o: [default] }]\n"
        "paths:\n"
        "  /a:\n"
        "    get: {}\n"
        "    put: { security: [] }\n"
        "    post: { security: [{ b: [] }, {}, { o: [y, x] }, { o: [x, y] },"
        " { o: [z], k: [] }] }\n"
        "    patch: { security: [{ basicAuth: [] }],"
        " x-atlassian-oauth2-scopes: ["
        "{ scheme: O, state: Current, scopes: [c] },"
        "{ scheme: O, state: Beta, scopes: [g1, g2] },"
        "{ scheme: O, state: Beta, scopes: [] }] }\n"
        "    delete: { security: [], x-pd-requires-scope: things.write }\n",
        false);

    (void) state;
    scopes_are(&c->operations[0], "default");
    assert_int_equal(c->operations[1].method, SC_POST);
    scopes_are(&c->operations[1], "x+y|z");
    scopes_are(&c->operations[2], "");
    scopes_are(&c->operations[3], "c|g1+g2");
    scopes_are(&c->operations[4], "things.write");
    catalog_free(c);
}


static void
any_of_splits_lists(void **state)
{
    struct catalog *c = imported(
        HEAD "  /a: { get: { security: [{ o: [x, y] }, { o: [y, z] }] } }\n",
        true);

    (void) state;
    scopes_are(&c->operations[0], "x|y|z");
    catalog_free(c);
}


static void
ids_are_made_where_they_lack(void **state)
{
    struct catalog *c =
        imported(HEAD "  /a/{b-c}: { get: {}, put: { operationId: same } }\n"
                      "  /a/b: { get: { operationId: 'has space' } }\n"
                      "  /a/{b}/c: { get: { operationId: same } }\n",
                 false);

    (void) state;
    assert_string_equal(c->operations[0].id, "getABC");
    assert_string_equal(c->operations[1].id, "same");
    assert_string_equal(c->operations[2].id, "getAB");
    assert_string_equal(c->operations[3].id, "getABC2");
    catalog_free(c);
}


static void
scopes_are_made_from_class_and_word(void **state)
{
    struct catalog *c =
        imported("swagger: '2.0'\nbasePath: /api/v1\npaths:\n"
                 "  /repos/{r}: { get: {}, patch: {}, delete: {} }\n"
                 "  /repos/{r}/keys: { post: {} }\n"
                 "  /{x}/thing: { get: { security: [{ o: [own] }] } }\n"
                 "  /: { get: {} }\n"
                 "  /repos/{r}/hooks: { get: {} }\n",
                 false);

    (void) state;
    import_derive_scopes(c);
    scopes_are(&c->operations[0], "read:repos");
    scopes_are(&c->operations[1], "write:repos");
    scopes_are(&c->operations[2], "delete:repos");
    scopes_are(&c->operations[3], "credential:repos");
    scopes_are(&c->operations[4], "own");
    scopes_are(&c->operations[5], "read:root");
    scopes_are(&c->operations[6], ""); /* unclassified */
    catalog_free(c);
}


static void
bad_documents_are_refused(void **state)
{
    (void) state;
    refused("openapi: 2.5\npaths: {}\n",
            "doc:1: not an OpenAPI 3.0, 3.1 or Swagger 2.0 document");
    refused("{\"openapi\": \"3.0.0\",\n \"paths\": }",
            "doc:2: not valid JSON: unexpected token near '}'");
    refused("{\"openapi\": \"3.0.0\", \"paths\": {\"/a/b\": {\"get\": "
            "{\"security\": [{}, {\"o\": [\"x y\"]}]}}}}",
            "doc: #/paths/~1a~1b/get/security/1/o/0: bad scope name "
            "\"x y\"");
    refused(HEAD "  /a: { get: { x-pd-requires-scope: [] } }\n",
            "doc:3: bad scope name \"\"");
    refused(HEAD "  /a/../b: { get: {} }\n",
            "doc:3: bad path template \"/a/../b\": a dot segment");
    refused(HEAD "  /a: { $ref: 'https://h.example/x' }\n",
            "doc:3: not a path item, or a reference that leads nowhere");
    refused(HEAD "  /a: { $ref: '#/paths/~1a' }\n",
            "doc:3: too many references");
    refused(HEAD "  /a/{b}: { get: {} }\n  /a/{c}: { get: {} }\n",
            "doc: GET /a/{c} has the shape of /a/{b}");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_paths_are_joined),
        cmocka_unit_test(nearer_servers_win),
        cmocka_unit_test(references_are_followed),
        cmocka_unit_test(multi_segment_counts_at_the_end_only),
        cmocka_unit_test(scopes_come_from_every_source),
        cmocka_unit_test(any_of_splits_lists),
        cmocka_unit_test(ids_are_made_where_they_lack),
        cmocka_unit_test(scopes_are_made_from_class_and_word),
        cmocka_unit_test(bad_documents_are_refused),
    };

    return cmocka_run_group_tests_name("catalog_openapi", tests, NULL, NULL);
}
