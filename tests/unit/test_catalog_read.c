/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_catalog_read.c - catalog files: what is read, written, and refused.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/read.h"
#include "catalog/write.h"

#define HEAD "catalog: demo\nformat: 1\n"
#define OPERATION                                                             \
    "- { id: getIssue, method: GET, path: \"/issue/{id}\", "                  \
    "classes: [read], scopes: [[b, a], [c]] }\n"


static int
read_text(const char *text, struct catalog **out, struct fault *fault)
{
    memset(fault, 0, sizeof(*fault));

    return catalog_read("demo.yaml", text, strlen(text), out, fault);
}


static void
refused(const char *text, const char *line)
{
    char into[FAULT_TEXT_MAX];
    struct catalog *c = NULL;
    struct fault fault;

    assert_int_not_equal(read_text(text, &c, &fault), 0);
    assert_null(c);
    assert_string_equal(fault_text(&fault, into), line);
}


static void
a_catalog_is_read(void **state)
{
    struct catalog *c;
    struct fault fault;

    (void) state;
    assert_int_equal(
        read_text(HEAD "error_style: atlassian\nschemes: [token]\n"
                       "sources: [{ document: d, operations: 7 }]\n"
                       "aliases: [{ prefix: /a/1, as: /a/2 }]\n"
                       "operations:\n" OPERATION
                       "- { id: x/y, method: PUT, path: \"/p/{q*}\", "
                       "classes: [write, admin], traits: [bulk], scopes: [], "
                       "variants: [{ body: s, value: t, classes: [delete], "
                       "traits: [minor] }], why: \"so: it is\", source: d }\n",
                  &c, &fault),
        0);
    assert_string_equal(c->name, "demo");
    assert_int_equal(c->error_style, SC_STYLE_ATLASSIAN);
    assert_int_equal(c->schemes, 4);
    assert_int_equal(c->sources[0].operations, 7);
    assert_string_equal(c->aliases[0].as, "/a/2");
    assert_int_equal(c->noperations, 2);
    assert_int_equal(c->operations[0].nalternatives, 2);
    assert_string_equal(c->operations[0].alternatives[0].scopes[0], "a");
    assert_int_equal(c->operations[1].classes,
                     SC_CLASS_WRITE | SC_CLASS_ADMIN);
    assert_int_equal(catalog_classes(&c->operations[1]),
                     SC_CLASS_WRITE | SC_CLASS_ADMIN | SC_CLASS_DELETE);
    assert_int_equal(catalog_traits(&c->operations[1]),
                     SC_TRAIT_BULK | SC_TRAIT_MINOR);
    assert_string_equal(c->operations[1].why, "so: it is");
    assert_ptr_equal(catalog_by_id(c, "x/y"), &c->operations[1]);
    assert_ptr_equal(catalog_by_path(c, SC_GET, "/issue/{id}"),
                     &c->operations[0]);
    assert_null(catalog_by_path(c, SC_PUT, "/issue/{id}"));
    catalog_free(c);
}


static void
what_is_written_reads_the_same(void **state)
{
    struct catalog *c, *again;
    struct fault fault;
    char *text, *twice;
    size_t len, len2;

    (void) state;
    assert_int_equal(
        read_text("catalog: \"a: \\\"b\\\" \\u2028\"\nformat: 1\n"
                  "operations:\n"
                  "- { id: '1', method: GET, path: /a, classes: [], "
                  "scopes: [['a,b', '[x]', \"'\", '#', '&', 'n:']], "
                  "why: \"\\u00fc # - x\" }\n",
                  &c, &fault),
        0);
    assert_int_equal(catalog_write(c, &text, &len), 0);
    assert_int_equal(read_text(text, &again, &fault), 0);
    assert_int_equal(catalog_write(again, &twice, &len2), 0);
    assert_string_equal(text, twice);
    assert_string_equal(again->operations[0].why, c->operations[0].why);
    assert_string_equal(again->name, c->name);
    assert_int_equal(again->operations[0].alternatives[0].n, 6);
    free(text);
    free(twice);
    catalog_free(c);
    catalog_free(again);
}


static void
unknown_names_are_refused_with_the_nearest(void **state)
{
    (void) state;
    refused(HEAD "operation: []\n",
            "demo.yaml:3: unknown field \"operation\", the nearest is "
            "\"operations\"");
    refused(HEAD "operations:\n- { id: a, method: GET, path: /a,\n"
                 "    classes: [raed], scopes: [] }\n",
            "demo.yaml:5: unknown class \"raed\", the nearest is \"read\"");
    refused(HEAD "operations:\n- { id: a, method: GET, path: /a, classes: [],"
                 " traits: [bulky], scopes: [] }\n",
            "demo.yaml:4: unknown trait \"bulky\", the nearest is \"bulk\"");
    refused(HEAD "operations:\n- { id: a, method: get, path: /a, classes: [],"
                 " scopes: [] }\n",
            "demo.yaml:4: unknown method \"get\", the nearest is \"GET\"");
    refused(HEAD "schemes: [baisc]\noperations: []\n",
            "demo.yaml:3: unknown scheme \"baisc\", the nearest is "
            "\"basic\"");
    refused(HEAD "error_style: x\noperations: []\n",
            "demo.yaml:3: error_style is problem or atlassian");
}


static void
duplicates_are_refused(void **state)
{
    (void) state;
    refused(HEAD "operations:\n" OPERATION
                 "- { id: b, method: GET, path: \"/issue/{k}\", classes: [], "
                 "scopes: [] }\n",
            "demo.yaml:5: GET /issue/{k} has the shape of \"getIssue\"");
    refused(HEAD "operations:\n" OPERATION
                 "- { id: getIssue, method: GET, path: /b, classes: [], "
                 "scopes: [] }\n",
            "demo.yaml:5: the operation id \"getIssue\" occurs twice");
    refused(HEAD "catalog: x\n", "demo.yaml:3: the key \"catalog\" occurs "
                                 "twice");
}


static void
bad_values_are_refused(void **state)
{
    (void) state;
    refused("", "demo.yaml:1: the file is empty");
    refused("format: 1\noperations: []\n",
            "demo.yaml:1: the field \"catalog\" is missing");
    refused("catalog: x\nformat: 2\noperations: []\n",
            "demo.yaml:2: the field \"format\" has to be 1");
    refused(HEAD "operations: {}\n", "demo.yaml:3: a list is expected here");
    refused(HEAD "operations:\n- { id: a, method: GET, path: /a, classes: [],"
                 " scopes: [[\"a b\"]] }\n",
            "demo.yaml:4: bad scope name \"a b\"");
    refused(HEAD "operations:\n- { id: a, method: GET, path: /a, classes: [],"
                 " scopes: [[]] }\n",
            "demo.yaml:4: an alternative is a list of one scope or more");
    refused(HEAD "operations:\n- { id: a b, method: GET, path: /a,"
                 " classes: [], scopes: [] }\n",
            "demo.yaml:4: bad operation id \"a b\"");
    refused(HEAD "operations:\n- { id: a, method: GET, path: /a/../b,"
                 " classes: [], scopes: [] }\n",
            "demo.yaml:4: bad path template \"/a/../b\": a dot segment");
    refused(HEAD "operations:\n- { id: a, method: PUT, path: /a,"
                 " classes: [write], scopes: [],"
                 " variants: [{ query: x, value: y }] }\n",
            "demo.yaml:4: a variant has query or body, value and classes");
}


static void
documents_that_unfold_without_end_are_refused(void **state)
{
    (void) state;
    refused("a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
            "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
            "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
            "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
            "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
            "demo.yaml:7: the document unfolds to more than 8000000 values");
    refused("a: &a [*a]\n", "demo.yaml:1: an alias to an unknown or "
                            "unfinished anchor");
    refused("<<: {}\n", "demo.yaml:1: merge keys are not supported");
}


static void
depth_is_limited(void **state)
{
    char text[2 * TREE_DEPTH_MAX + 16];
    struct catalog *c;
    struct fault fault;

    (void) state;
    memset(text, '[', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(read_text(text, &c, &fault), SC_ETOOBIG);
    text[0] = '{';
    assert_int_not_equal(read_text(text, &c, &fault), 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_catalog_is_read),
        cmocka_unit_test(what_is_written_reads_the_same),
        cmocka_unit_test(unknown_names_are_refused_with_the_nearest),
        cmocka_unit_test(duplicates_are_refused),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(documents_that_unfold_without_end_are_refused),
        cmocka_unit_test(depth_is_limited),
    };

    return cmocka_run_group_tests_name("catalog_read", tests, NULL, NULL);
}
