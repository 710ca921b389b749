/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_catalog_check.c - counts of a small catalog, overrides on it, the
 * differences that they make, and how templates relate.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/check.h"
#include "catalog/diff.h"
#include "catalog/file.h"
#include "catalog/overrides.h"
#include "catalog/read.h"
#include "catalog/template.h"

static const char tiny[] =
    "catalog: tiny\nformat: 1\noperations:\n"
    "- { id: a, method: GET, path: '/i/{id}', classes: [read],"
    " scopes: [[r]] }\n"
    "- { id: b, method: DELETE, path: '/i/{id}', classes: [delete],"
    " scopes: [[w]] }\n"
    "- { id: c, method: POST, path: '/i/bulk', classes: [], scopes: [] }\n"
    "- { id: d, method: PUT, path: '/i/{key}', classes: [write, admin],"
    " scopes: [[w]] }\n"
    "- { id: e, method: GET, path: '/i/x/{p}', classes: [read],"
    " scopes: [[r]] }\n"
    "- { id: f, method: GET, path: '/i/{id}/y', classes: [read],"
    " scopes: [[r]], why: seen }\n"
    "- { id: g, method: GET, path: '/i/{a}.{b}', classes: [read],"
    " scopes: [[r]] }\n";


static struct catalog *
read_tiny(void)
{
    struct catalog *c = NULL;
    struct fault fault = {.line = 0};

    assert_int_equal(catalog_read("t", tiny, sizeof(tiny) - 1, &c, &fault), 0);

    return c;
}


static int
override(struct catalog *c, const char *text, struct fault *fault)
{
    struct tree t;
    size_t count = 0;
    int rc;

    memset(fault, 0, sizeof(*fault));
    assert_int_equal(file_tree("o", text, strlen(text), &t, fault), 0);
    rc = overrides_apply(c, t.root, &count, fault);
    tree_free(&t);

    return rc;
}


static void
operations_and_pairs_are_counted(void **state)
{
    struct catalog *c = read_tiny();
    struct check_report r;

    (void) state;
    check_catalog(c, &r);
    assert_int_equal(r.operations, 7);
    assert_int_equal(r.classes[0], 4);
    assert_int_equal(r.classes[1], 1);
    assert_int_equal(r.classes[2], 1);
    assert_int_equal(r.classes[3], 1);
    assert_int_equal(r.unclassified, 1);
    assert_int_equal(r.without_scope, 1);
    assert_int_equal(r.overrides, 1);
    assert_int_equal(r.paths, 6);
    assert_int_equal(r.literal_parameter, 4);
    assert_int_equal(r.crossing, 1);
    assert_int_equal(r.same_shape, 1);
    catalog_free(c);
}


static void
templates_relate(void **state)
{
    (void) state;
    assert_int_equal(template_relate("/a", "/a"), TEMPLATE_SAME);
    assert_int_equal(template_relate("/a", "/b"), TEMPLATE_APART);
    assert_int_equal(template_relate("/a", "/a/"), TEMPLATE_APART);
    assert_int_equal(template_relate("/a/", "/a/{}"), TEMPLATE_APART);
    assert_int_equal(template_relate("/a", "/{}"), TEMPLATE_NESTED);
    assert_int_equal(template_relate("/a/{}", "/{}/b"), TEMPLATE_CROSS);
    assert_int_equal(template_relate("/{}.{}", "/{}"), TEMPLATE_NESTED);
    assert_int_equal(template_relate("/a.b", "/{}.{}"), TEMPLATE_NESTED);
    assert_int_equal(template_relate("/.b", "/{}.{}"), TEMPLATE_APART);
    assert_int_equal(template_relate("/{}.{}", "/aab"), TEMPLATE_APART);
    assert_int_equal(template_relate("/x{}y{}", "/xaybyc"), TEMPLATE_NESTED);
    assert_null(template_fault("/"));
    assert_null(template_fault("/a/{b}...{c}/{d*}"));
    assert_null(template_fault("/a/"));
    assert_non_null(template_fault("a"));
    assert_non_null(template_fault("/a//b"));
    assert_non_null(template_fault("/{}"));
    assert_non_null(template_fault("/{a}{b}"));
    assert_non_null(template_fault("/{a"));
    assert_non_null(template_fault("/a}"));
    assert_non_null(template_fault("/{a*}/b"));
    assert_non_null(template_fault("/x{a*}"));
    assert_non_null(template_fault("/{*}"));
    assert_non_null(template_fault("/a?b"));
    assert_non_null(template_fault("/a%2Fb"));
}


static void
overrides_replace_what_they_name(void **state)
{
    struct catalog *c = read_tiny();
    struct fault fault;

    (void) state;
    assert_int_equal(
        override(c,
                 "overrides:\n"
                 "- { method: POST, path: /i/bulk, classes: [read],"
                 " scopes: [[s, t]], reason: a query }\n"
                 "- { method: GET, path: '/i/{id}', traits: [export],"
                 " path_multi: true, id: all, reason: holds slashes }\n",
                 &fault),
        0);
    assert_int_equal(c->operations[2].classes, SC_CLASS_READ);
    assert_int_equal(c->operations[2].alternatives[0].n, 2);
    assert_string_equal(c->operations[2].why, "a query");
    assert_string_equal(c->operations[0].id, "all");
    assert_string_equal(c->operations[0].path, "/i/{id*}");
    assert_int_equal(c->operations[0].classes, SC_CLASS_READ);
    assert_int_equal(c->operations[0].traits, SC_TRAIT_EXPORT);
    assert_int_equal(c->operations[0].nalternatives, 1);
    catalog_free(c);
}


static void
bad_overrides_are_refused(void **state)
{
    static const struct {
        const char *text, *what;
    } bad[] = {
        {"overrides:\n- { method: POST, path: /i/bulks, reason: x }\n",
         "no operation \"POST /i/bulks\", the nearest is \"POST /i/bulk\""},
        {"overrides:\n- { method: POST, path: /i/bulk, classes: [read] }\n",
         "an override has method, path and reason"},
        {"overrides:\n- { method: POST, path: /i/bulk, clases: [], "
         "reason: x }\n",
         "unknown field \"clases\", the nearest is \"classes\""},
        {"overrides:\n- { method: POST, path: /i/bulk, reason: x }\n"
         "- { method: POST, path: /i/bulk, reason: y }\n",
         "a second override of \"POST /i/bulk\""},
        {"overrides: {}\n", "the field \"overrides\" has to be a list"},
        {"overrides:\n- { method: POST, path: /i/bulk, reason: '' }\n",
         "a text of 1 to 1000 bytes is expected here"},
    };
    struct catalog *c;
    struct fault fault;

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        c = read_tiny();
        assert_int_not_equal(override(c, bad[i].text, &fault), 0);
        assert_string_equal(fault.what, bad[i].what);
        assert_int_not_equal(fault.line, 0);
        catalog_free(c);
    }
}


static void
differences_are_named(void **state)
{
    struct catalog *old = read_tiny(), *now = read_tiny();
    struct arena *a = arena_new();
    struct fault fault;
    struct diff *d;

    (void) state;
    assert_int_equal(diff_catalogs(old, now, a, &d), 0);
    assert_int_equal(
        override(now,
                 "overrides:\n"
                 "- { method: POST, path: /i/bulk, classes: [read],"
                 " scopes: [[s]], reason: x }\n"
                 "- { method: GET, path: '/i/x/{p}', path_multi: true,"
                 " reason: x }\n"
                 "- { method: GET, path: '/i/{id}/y', id: new,"
                 " reason: x }\n",
                 &fault),
        0);
    assert_int_equal(diff_catalogs(old, now, a, &d), 5);
    assert_int_equal(d[0].kind, DIFF_CLASSES);
    assert_int_equal(d[1].kind, DIFF_SCOPES);
    assert_int_equal(d[2].kind, DIFF_PATH);
    assert_int_equal(d[3].kind, DIFF_REMOVED);
    assert_string_equal(d[3].old->id, "f");
    assert_int_equal(d[4].kind, DIFF_ADDED);
    assert_string_equal(d[4].now->id, "new");
    arena_free(a);
    catalog_free(old);
    catalog_free(now);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_and_pairs_are_counted),
        cmocka_unit_test(templates_relate),
        cmocka_unit_test(overrides_replace_what_they_name),
        cmocka_unit_test(bad_overrides_are_refused),
        cmocka_unit_test(differences_are_named),
    };

    return cmocka_run_group_tests_name("catalog_check", tests, NULL, NULL);
}
