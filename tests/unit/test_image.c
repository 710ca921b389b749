/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_image.c - images are built from a description or refused with a
 * reason.
 */

#include "core/image_build.h"

#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

static void
what_was_described_is_found(void **state)
{
    struct fx f;
    const struct sc_image *im;
    const struct sc_app *app;
    const struct sc_policy *policy;
    const struct sc_ceiling *ceiling;

    (void) state;
    fx_open(&f);
    im = f.view.image;
    app = sc_image_app(im, 3);
    assert_str(sc_image_str(im, app->name), "wiki");
    assert_str(sc_image_str(im, app->upstream_path), "/x");
    assert_ptr_equal(sc_image_app_named(im, SC_STR("wiki")), app);
    assert_null(sc_image_app_named(im, SC_STR("wik")));
    assert_null(sc_image_app(im, 0));
    assert_null(sc_image_app(im, 2));
    assert_null(sc_image_app(im, 8));
    assert_null(sc_image_app(im, SC_NONE));

    policy = sc_image_policy(im, 2);
    assert_str(sc_image_str(im, policy->name), "builders");
    assert_int_equal(policy->max_days, 90);
    assert_ptr_equal(sc_image_policy_named(im, SC_STR("builders")), policy);
    assert_null(sc_image_policy_named(im, SC_STR("")));
    assert_null(sc_image_policy(im, 0));
    assert_null(sc_image_policy(im, 8));
    assert_null(sc_image_policy(im, 65535));

    ceiling = sc_image_ceiling(im, policy, sc_image_app(im, 1));
    assert_int_equal(ceiling->classes, SC_CLASS_READ | SC_CLASS_WRITE);
    assert_int_equal(ceiling->deny_traits, SC_TRAIT_BULK);
    assert_int_equal(ceiling->denied.count, 3);
    assert_int_equal(sc_image_set(im, ceiling->set).words[0], 0xdf);
    ceiling = sc_image_ceiling(im, policy, app); /* it has none */
    assert_int_equal(ceiling->classes, 0);
    assert_int_equal(sc_image_set(im, ceiling->set).nwords, 0);

    assert_str(sc_image_scope(im, 1), "write:items");
    assert_str(sc_image_scope(im, 8), "");
    assert_null(sc_image_operation(im, im->operations.count));
    assert_null(sc_image_operation(im, SC_NONE));
    assert_str(sc_image_str(im, im->ask), "https://ask.example/?a=\"b\"");
    assert_int_equal(im->generation, 5);
    fx_close(&f);
}


/* A description that a test changes: one catalog, app, mount, policy. */
struct small {
    struct sc_in_operation ops[10];
    struct sc_in_alias aliases[2];
    struct sc_in_catalog catalogs[2];
    struct sc_in_app apps[2];
    struct sc_in_mount mount;
    struct sc_in_ceiling ceilings[2];
    struct sc_in_policy policies[2];
    struct sc_in_denied denied;
    uint64_t set;
    struct sc_str scope;
    uint32_t scope_number;
    struct sc_in_alternative alternative;
    struct sc_in_image in;
};

static void
small_init(struct small *s)
{
    memset(s, 0, sizeof(*s));
    s->ops[0].id = SC_STR("one");
    s->ops[0].method = SC_GET;
    s->ops[0].path = SC_STR("/a/{b}");
    s->ops[0].classes = SC_CLASS_READ;
    s->ops[0].alternatives = &s->alternative;
    s->ops[0].nalternatives = 1;
    s->ops[1] = s->ops[0];
    s->ops[1].id = SC_STR("two");
    s->ops[1].path = SC_STR("/a/x");
    s->alternative.scopes = &s->scope_number;
    s->alternative.n = 1;
    s->aliases[0].prefix = SC_STR("/a");
    s->aliases[0].as = SC_STR("/z/y");
    s->catalogs[0].operations = s->ops;
    s->catalogs[0].noperations = 2;
    s->catalogs[0].aliases = s->aliases;
    s->catalogs[0].naliases = 1;
    s->apps[0].number = 1;
    s->apps[0].name = SC_STR("app");
    s->apps[1] = s->apps[0];
    s->apps[1].number = 2;
    s->mount.host = SC_STR("*");
    s->denied.id = SC_STR("two");
    s->ceilings[0].scopes = &s->set;
    s->ceilings[0].denied = &s->denied;
    s->ceilings[0].ndenied = 1;
    s->ceilings[1] = s->ceilings[0];
    s->policies[0].number = 1;
    s->policies[0].ceilings = s->ceilings;
    s->policies[0].nceilings = 1;
    s->policies[1] = s->policies[0];
    s->policies[1].number = 2;
    s->scope = SC_STR("s");
    s->in.scopes = &s->scope;
    s->in.nscopes = 1;
    s->in.set_words = 1;
    s->in.catalogs = s->catalogs;
    s->in.ncatalogs = 1;
    s->in.apps = s->apps;
    s->in.napps = 2;
    s->in.mounts = &s->mount;
    s->in.nmounts = 1;
    s->in.policies = s->policies;
    s->in.npolicies = 2;
}


static int
build(struct small *s, struct sc_build_fault *fault)
{
    const struct sc_image *im;
    size_t size;
    int rc;
    void *bytes = fx_build(&s->in, &size, &rc, fault);

    if (bytes != NULL) {
        rc = sc_image_open(bytes, size, &im);
        free(bytes);
    }
    return rc;
}


static void
templates_are_strict(void **state)
{
    static const struct {
        const char *path;
        int rc;
    } cases[] = {
        {"/", 0},
        {"/b", 0},
        {"/b/", 0},
        {"/{x}", 0},
        {"/{x}/", 0},
        {"/b/{x*}", 0},
        {"/b.{x}", 0},
        {"/{x}.{y}", 0},
        {"/b/{x}...{y}", 0},
        {"", SC_ESYNTAX},
        {"b", SC_ESYNTAX},
        {"//", SC_ESYNTAX},
        {"/b//c", SC_ESYNTAX},
        {"//b", SC_ESYNTAX},
        {"/{", SC_ESYNTAX},
        {"/{}", SC_ESYNTAX},
        {"/{x", SC_ESYNTAX},
        {"/x}", SC_ESYNTAX},
        {"/{x}{y}", SC_ESYNTAX},
        {"/{a}-{b}-{c}-{d}", SC_ESYNTAX},
        {"/{{x}}", SC_ESYNTAX},
        {"/{x/y}", SC_ESYNTAX},
        {"/{x*}/b", SC_ESYNTAX},
        {"/{x*}/", SC_ESYNTAX},
        {"/b{x*}", SC_ESYNTAX},
        {"/{x*}b", SC_ESYNTAX},
        {"/{x*}.{y}", SC_ESYNTAX},
        {"/b c", SC_ESYNTAX},
        {"/b%20c", SC_ESYNTAX},
        {"/b;c", SC_ESYNTAX},
        {"/b?c", SC_ESYNTAX},
        {"/b#c", SC_ESYNTAX},
        {"/b\\c", SC_ESYNTAX},
        {"/b\"", SC_ESYNTAX},
        {"/\xc3\xa9", SC_ESYNTAX},
        {"/b\x7f", SC_ESYNTAX},
    };

    (void) state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct small s;
        struct sc_build_fault fault;
        int rc;

        small_init(&s);
        s.ops[0].path = sc_str_c(cases[i].path);
        s.catalogs[0].naliases = 0;
        rc = build(&s, &fault);
        assert_msg(rc == cases[i].rc, "%s gives %d", cases[i].path, rc);
        if (rc != 0) {
            assert_str(fault.where, cases[i].path);
        }
    }
}


static void
two_operations_of_one_shape_are_refused(void **state)
{
    static const struct {
        const char *a, *b;
        int rc;
    } cases[] = {
        {"/a/{x}", "/a/{y}", SC_EEXIST},
        {"/{x*}", "/{y*}", SC_EEXIST},
        {"/a.{x}", "/a.{y}", SC_EEXIST},
        {"/{a}.{b}", "/{c}.{d}", SC_EEXIST},
        {"/a", "/a", SC_EEXIST},
        {"/a/", "/a", 0},
        {"/{x}", "/{x*}", 0},
        {"/a.{x}", "/b.{x}", 0},
        {"/{a}.{b}", "/{a}-{b}", 0},
        {"/A", "/a", 0},
    };

    (void) state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct small s;
        struct sc_build_fault fault;

        small_init(&s);
        s.catalogs[0].naliases = 0;
        s.ops[0].path = sc_str_c(cases[i].a);
        s.ops[1].path = sc_str_c(cases[i].b);
        assert_int_equal(build(&s, &fault), cases[i].rc);
        if (cases[i].rc != 0) {
            assert_str(fault.where, cases[i].b);
        }
        s.ops[1].method = SC_POST; /* the same shape is merged */
        assert_int_equal(build(&s, &fault), 0);
    }
}


static void
aliases_need_a_prefix_and_a_free_place(void **state)
{
    static const struct {
        const char *prefix, *as;
        int rc;
    } cases[] = {
        {"/a", "/b", 0},
        {"/a", "/b/c", 0},
        {"/a/x", "/q", 0},
        {"/q", "/b", SC_ENOENT},
        {"/a", "/a/x", SC_EEXIST},
        {"/a/q", "/b", SC_ENOENT},
        {"/a", "/a", SC_EEXIST},
        {"/a", "", SC_ENOENT},
        {"/a", "b", SC_ESYNTAX},
        {"/a", "/{b}", SC_ESYNTAX},
        {"/a", "/b/", SC_ESYNTAX},
        {"a", "/b", SC_ESYNTAX},
        {"/a/{b}", "/b", SC_ESYNTAX},
    };

    (void) state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct small s;
        struct sc_build_fault fault;
        int rc;

        small_init(&s);
        s.aliases[0].prefix = sc_str_c(cases[i].prefix);
        s.aliases[0].as = sc_str_c(cases[i].as);
        rc = build(&s, &fault);
        assert_msg(rc == cases[i].rc, "%s as %s gives %d", cases[i].prefix,
                   cases[i].as, rc);
    }
}


static void
a_node_has_at_most_seven_patterns(void **state)
{
    static const char *const paths[] = {"/a.{x}", "/b.{x}", "/c.{x}",
                                        "/d.{x}", "/e.{x}", "/f.{x}",
                                        "/g.{x}", "/h.{x}"};
    struct small s;
    struct sc_build_fault fault;

    (void) state;
    small_init(&s);
    s.catalogs[0].naliases = 0;
    s.denied.id = SC_STR("one");
    for (uint32_t i = 0; i < 8; i++) {
        s.ops[i] = s.ops[0];
        s.ops[i].path = sc_str_c(paths[i]);
    }
    s.catalogs[0].noperations = 7;
    assert_int_equal(build(&s, &fault), 0);
    s.catalogs[0].noperations = 8;
    assert_int_equal(build(&s, &fault), SC_ETOOBIG);
    assert_str(fault.where, "/h.{x}");
}


static void
many_catalogs_of_patterns_fit(void **state)
{
    static struct sc_in_catalog catalogs[30];
    struct small s;
    struct sc_build_fault fault;

    (void) state;
    small_init(&s);
    s.ops[0].path = SC_STR("/{a}.{b}");
    s.catalogs[0].naliases = 0;
    for (uint32_t i = 0; i < COUNT(catalogs); i++) {
        catalogs[i] = s.catalogs[0];
    }
    s.in.catalogs = catalogs;
    s.in.ncatalogs = COUNT(catalogs);
    assert_in_range(sc_image_size(&s.in), 1, 1 << 20);
    assert_int_equal(build(&s, &fault), 0);
}


static void
numbers_and_indexes_out_of_range_are_refused(void **state)
{
    static char longest[65536];
    struct small s;
    struct sc_build_fault fault;

    (void) state;
    memset(longest, '/', sizeof(longest));
#define REFUSED(change, rc)                                                   \
    do {                                                                      \
        small_init(&s);                                                       \
        change;                                                               \
        assert_int_equal(build(&s, &fault), rc);                              \
        assert_non_null(fault.what);                                          \
    } while (0)

    small_init(&s);
    assert_int_equal(build(&s, &fault), 0);
    REFUSED(s.in.set_words = 0, SC_EINVAL);
    REFUSED(s.in.set_words = SC_SCOPE_WORDS + 1, SC_EINVAL);
    REFUSED(s.in.nscopes = SC_SCOPE_MAX + 1, SC_EINVAL);
    REFUSED(s.in.nscopes = 65, SC_EINVAL);
    REFUSED(s.apps[0].number = 0, SC_EINVAL);
    REFUSED(s.apps[0].number = SC_APPS_MAX + 1, SC_EINVAL);
    REFUSED(s.apps[0].number = 2, SC_EEXIST);
    REFUSED(s.apps[0].catalog = 1, SC_EINVAL);
    REFUSED(s.mount.app = 2, SC_EINVAL);
    REFUSED(s.policies[0].number = 0, SC_EINVAL);
    REFUSED(s.policies[0].number = 65536, SC_EINVAL);
    REFUSED(s.policies[0].number = 2, SC_EEXIST);
    REFUSED(s.ceilings[0].app = 2, SC_EINVAL);
    REFUSED(s.policies[0].nceilings = 2, SC_EEXIST);
    REFUSED(s.denied.id = SC_STR("three"), SC_ENOENT);
    REFUSED(s.ops[0].method = SC_METHOD_NONE, SC_EINVAL);
    REFUSED(s.ops[0].method = SC_METHODS, SC_EINVAL);
    REFUSED(s.ops[0].classes = 32, SC_EINVAL);
    REFUSED(s.ops[0].id = sc_str(longest, sizeof(longest)), SC_EINVAL);
    REFUSED(s.ops[0].path = sc_str(longest, sizeof(longest)), SC_EINVAL);
    REFUSED(s.scope_number = 1, SC_EINVAL);
    REFUSED(s.alternative.n = 0, SC_EINVAL);
#undef REFUSED
}


static void
a_buffer_too_small_is_not_written(void **state)
{
    struct small s;
    struct sc_build_fault fault;
    uint64_t buf[4096];
    size_t used = 7;

    (void) state;
    small_init(&s);
    memset(buf, 0xee, sizeof(buf));
    assert_int_equal(
        sc_image_build(&s.in, buf, sc_image_size(&s.in) - 1, &used, &fault),
        SC_EFULL);
    assert_int_equal(sc_image_build(&s.in, (char *) buf + 4, sizeof(buf) - 4,
                                    &used, &fault),
                     SC_EFULL);
    assert_int_equal(buf[0], UINT64_C(0xeeeeeeeeeeeeeeee));
    assert_int_equal(used, 7);
}


static void
the_same_description_gives_the_same_bytes(void **state)
{
    struct sc_build_fault fault;
    size_t a_size, b_size;
    int rc;
    void *a = fx_build(fx_description(), &a_size, &rc, &fault);
    void *b = fx_build(fx_description(), &b_size, &rc, &fault);

    (void) state;
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    free(a);
    free(b);
}


static void
mounts_are_asked_exact_host_first_then_longest_prefix(void **state)
{
    static const char *const want[][2] = {{"only.example", "/deep/app"},
                                          {"gw", "/other"},
                                          {"gw", ""},
                                          {"wiki.example", ""},
                                          {"*", "/any"}};
    struct fx f;
    const struct sc_mount *mounts;

    (void) state;
    fx_open(&f);
    mounts = sc_image_at(f.view.image, f.view.image->mounts);
    for (uint32_t i = 0; i < COUNT(want); i++) {
        assert_str(sc_image_str(f.view.image, mounts[i].host), want[i][0]);
        assert_str(sc_image_str(f.view.image, mounts[i].prefix), want[i][1]);
    }
    fx_close(&f);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_described_is_found),
        cmocka_unit_test(templates_are_strict),
        cmocka_unit_test(two_operations_of_one_shape_are_refused),
        cmocka_unit_test(aliases_need_a_prefix_and_a_free_place),
        cmocka_unit_test(a_node_has_at_most_seven_patterns),
        cmocka_unit_test(many_catalogs_of_patterns_fit),
        cmocka_unit_test(numbers_and_indexes_out_of_range_are_refused),
        cmocka_unit_test(a_buffer_too_small_is_not_written),
        cmocka_unit_test(the_same_description_gives_the_same_bytes),
        cmocka_unit_test(
            mounts_are_asked_exact_host_first_then_longest_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
