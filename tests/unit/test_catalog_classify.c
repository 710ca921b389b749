/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_catalog_classify.c - what the rules say, and where they say nothing.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/classify.h"
#include "catalog/parts.h"

#define R SC_CLASS_READ
#define W SC_CLASS_WRITE
#define D SC_CLASS_DELETE
#define A SC_CLASS_ADMIN
#define C SC_CLASS_CREDENTIAL

static const struct {
    enum sc_method method;
    const char *path;
    const char *scope; /* NULL: none */
    uint32_t classes, traits;
} cases[] = {
    {SC_GET, "/issue/{id}", NULL, R, 0},
    {SC_GET, "/priority/{id}", "manage:jira-configuration", R, 0},
    {SC_POST, "/issue", NULL, W, 0},
    {SC_PUT, "/issue/{id}", NULL, W, 0},
    {SC_PATCH, "/issue/{id}", NULL, W, 0},
    {SC_DELETE, "/issue/{id}", NULL, D, 0},

    /* reads by POST; the word has to be the last one */
    {SC_POST, "/search", NULL, R, 0},
    {SC_POST, "/search/approximate-count", NULL, R, 0},
    {SC_POST, "/issue/bulkfetch", NULL, R, 0},
    {SC_POST, "/things/bulk-list", NULL, R, 0},
    {SC_POST, "/search/{id}", NULL, W, 0},
    {SC_POST, "/saved-searches", NULL, W, 0},
    {SC_PUT, "/search", NULL, W, 0},

    /* administration */
    {SC_POST, "/permissionscheme", NULL, W | A, 0},
    {SC_DELETE, "/groups/{id}", NULL, D | A, 0},
    {SC_PUT, "/thing/{id}", "manage:jira-configuration", W | A, 0},
    {SC_GET, "/permissionscheme", NULL, R, 0},

    /* credentials, also where a GET may show one */
    {SC_POST, "/repos/{r}/deploy-keys", NULL, W | C, 0},
    {SC_DELETE, "/hooks/{id}", NULL, D | C, 0},
    {SC_POST, "/webHook", NULL, W | C, 0}, /* two words: web, hook */
    {SC_GET, "/registration-token", NULL, 0, 0},
    {SC_GET, "/hooks", NULL, 0, 0},

    /* more than the verb says */
    {SC_POST, "/bulk/issues/delete", NULL, 0, 0},
    {SC_PUT, "/plan/{id}/trash", NULL, 0, 0},
    {SC_POST, "/version/{id}/removeAndSwap", NULL, 0, 0},
    {SC_POST, "/permissions/check", NULL, 0, 0}, /* query or change? */

    /* traits */
    {SC_POST, "/bulk/issues/move", NULL, W, SC_TRAIT_BULK},
    {SC_PUT, "/issue/archive", NULL, W, SC_TRAIT_ARCHIVE},
    {SC_POST, "/issue/{id}/notify", NULL, W, SC_TRAIT_NOTIFY},
    {SC_GET, "/audit/export", NULL, R, SC_TRAIT_EXPORT},
    {SC_DELETE, "/issue/{id}/votes", NULL, D, SC_TRAIT_MINOR},
    {SC_DELETE, "/issue/{id}/properties/{key}", NULL, D, SC_TRAIT_MINOR},
};


static void
rules_say_so(void **state)
{
    struct arena *a = arena_new();
    struct catalog_operation op;

    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        op = (struct catalog_operation){.method = cases[i].method,
                                        .path = cases[i].path};
        if (cases[i].scope != NULL) {
            parts_add_alternative(a, &op, &cases[i].scope, 1);
        }
        classify(&op, cases[i].path);
        if (op.classes != cases[i].classes || op.traits != cases[i].traits) {
            print_error("%s %s: classes %u, traits %u\n",
                        sc_method_name(op.method), op.path, op.classes,
                        op.traits);
        }
        assert_int_equal(op.classes, cases[i].classes);
        assert_int_equal(op.traits, cases[i].traits);
    }
    arena_free(a);
}


static void
odd_paths_do_no_harm(void **state)
{
    struct catalog_operation op = {.method = SC_GET};
    char path[9000];

    (void) state;
    memset(path, 'a', sizeof(path));
    for (size_t i = 0; i < sizeof(path); i += 3) {
        path[i] = '/';
    }
    path[sizeof(path) - 1] = '\0';
    classify(&op, path);
    assert_int_equal(op.classes, R);
    classify(&op, "");
    assert_int_equal(op.classes, R);
    classify(&op, "/");
    assert_int_equal(op.classes, R);
    op.method = SC_METHOD_NONE;
    classify(&op, "/a");
    assert_int_equal(op.classes, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_say_so),
        cmocka_unit_test(odd_paths_do_no_harm),
    };

    return cmocka_run_group_tests_name("catalog_classify", tests, NULL, NULL);
}
