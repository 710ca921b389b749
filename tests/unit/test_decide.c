/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_decide.c - what a verdict says besides its reason, and properties of
 * all decisions.  Single decisions are in decide.cases.
 */

#include "core/decide.h"

#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

static struct fx f;
static struct sc_target target;

static int
open_fixture(void **state)
{
    (void) state;
    fx_open(&f);
    return 0;
}


static int
close_fixture(void **state)
{
    (void) state;
    fx_close(&f);
    return 0;
}


static struct sc_verdict
ask(const char *method, const char *path, const char *token)
{
    char header[FX_HEADER];
    struct sc_verdict v;

    fx_decide(&f, method, sc_str_c(path), fx_bearer(&f, token, header),
              &target, &v);
    return v;
}


static void
a_zeroed_verdict_refuses(void **state)
{
    struct sc_verdict v;

    (void) state;
    memset(&v, 0, sizeof(v));
    assert_int_equal(v.effect, SC_REFUSE);
    assert_int_equal(sc_reason_status(v.reason), 503);
}


static void
reasons_have_status_layer_and_code(void **state)
{
    (void) state;
    assert_int_equal(sc_reason_status(SC_REASON_TARGET), 400);
    assert_int_equal(sc_reason_status(SC_REASON_METHOD), 405);
    assert_int_equal(sc_reason_status((enum sc_reason) 999), 503);
    assert_int_equal(sc_reason_status(SC_REASON_COUNT), 503);
    assert_string_equal(sc_reason_code(SC_REASON_COUNT), "undecided");
    assert_string_equal(sc_layer_name(SC_LAYERS), "none");
    assert_int_equal(sc_reason_status((enum sc_reason) - 1), 503);
    assert_string_equal(sc_reason_code(SC_REASON_REVOKED), "token_revoked");
    assert_string_equal(sc_reason_code((enum sc_reason) 999), "undecided");
    assert_string_equal(sc_layer_name(SC_LAYER_CEILING), "ceiling");
    assert_string_equal(sc_layer_name(SC_LAYER_AVAILABILITY), "availability");
    assert_string_equal(sc_layer_name((enum sc_layer) 99), "none");
}


static void
an_allowed_call_names_app_policy_operation_token_and_user(void **state)
{
    struct sc_verdict v = ask("POST", "/v1/items?x=1", "builders/rw");

    (void) state;
    assert_int_equal(v.effect, SC_ALLOW);
    assert_int_equal(v.layer, SC_LAYER_NONE);
    assert_str(sc_image_str(f.view.image, v.app->name), "fx");
    assert_str(sc_image_str(f.view.image, v.policy->name), "builders");
    assert_str(sc_image_str(f.view.image, v.operation->id), "create");
    assert_ptr_equal(sc_image_operation(f.view.image, v.operation_index),
                     v.operation);
    assert_int_equal(v.user, 2);
    assert_int_not_equal(v.token, 0);
    assert_int_equal(v.classes, SC_CLASS_WRITE);
    assert_int_equal(v.missing_classes, 0);
    assert_int_equal(v.nmissing, 0);
    assert_int_equal(v.first, 0);
    assert_str(target.query, "x=1");

    v = ask("GET", "/other/ping", "full/all");
    assert_int_equal(v.first, 1);
    assert_str(sc_image_str(f.view.image, v.app->name), "other");
}


static void
a_refusal_before_the_token_names_neither_token_nor_policy(void **state)
{
    struct sc_verdict v;

    (void) state;
    v = ask("GET", "/v1/../x", "full/all");
    assert_int_equal(v.rule, SC_TARGET_DOT_SEGMENT);
    assert_null(v.app);
    v = ask("GET", "/v1/items", "unknown");
    assert_int_equal(v.token, 0);
    assert_int_equal(v.user, 0);
    assert_null(v.policy);
    assert_int_equal(v.operation_index, SC_NONE);
    v = ask("GET", "/v1/items", "revoked");
    assert_int_not_equal(v.token, 0);
    assert_int_equal(v.user, 3);
}


static void
a_refusal_names_what_was_missing(void **state)
{
    struct sc_verdict v;

    (void) state;
    v = ask("DELETE", "/v1/flows/1", "builders/all");
    assert_int_equal(v.missing_classes, SC_CLASS_DELETE | SC_CLASS_ADMIN);
    assert_int_equal(v.nmissing, 0);
    v = ask("PUT", "/v1/pages/1?status=trashed", "builders/all");
    assert_int_equal(v.classes, SC_CLASS_WRITE | SC_CLASS_DELETE);
    assert_int_equal(v.missing_classes, SC_CLASS_DELETE);
    v = ask("POST", "/v1/bulk", "builders/all");
    assert_int_equal(v.denied_traits, SC_TRAIT_BULK);
    assert_int_equal(v.missing_classes, 0);
    v = ask("POST", "/v1/items", "builders/read");
    assert_int_equal(v.layer, SC_LAYER_TOKEN);
    assert_int_equal(v.nmissing, 1);
    assert_int_equal(v.missing[0], 1);
    v = ask("GET", "/v1/settings", "builders/all");
    assert_int_equal(v.layer, SC_LAYER_CEILING);
    assert_int_equal(v.nmissing, 1);
    assert_int_equal(v.missing[0], 5);
}


static void
of_alternatives_the_nearest_is_named(void **state)
{
    struct sc_verdict v;

    (void) state;
    v = ask("GET", "/v1/either", "full/none"); /* one scope, or two */
    assert_int_equal(v.nmissing, 1);
    assert_int_equal(v.missing[0], 0);
    v = ask("GET", "/v1/either", "full/half"); /* one more of either */
    assert_int_equal(v.nmissing, 1);
    assert_int_equal(v.missing[0], 7); /* of two, the first */
}


static void
a_known_path_says_its_methods(void **state)
{
    struct sc_verdict v;

    (void) state;
    v = ask("DELETE", "/v1/items", "full/all");
    assert_int_equal(v.methods, 1 << SC_GET | 1 << SC_HEAD | 1 << SC_POST);
    v = ask("OPTIONS", "/v1/items", "full/all");
    assert_int_equal(v.effect, SC_ANSWER);
    assert_int_equal(v.layer, SC_LAYER_NONE);
    assert_int_equal(v.methods, 1 << SC_GET | 1 << SC_HEAD | 1 << SC_POST
                                    | 1 << SC_OPTIONS);
    v = ask("GET", "/v1/nothing", "full/all");
    assert_int_equal(v.methods, 0);
}


static void
a_token_rule_that_is_none_refuses(void **state)
{
    struct sc_policy *policy =
        (struct sc_policy *) sc_image_policy(f.view.image, 3);

    (void) state;
    for (uint32_t rule = 0; rule < 5; rule++) {
        policy->tokens = rule;
        assert_int_equal(ask("GET", "/v1/items", "full/all").effect
                             == SC_ALLOW,
                         rule == SC_TOKENS_ALLOW || rule == SC_TOKENS_REQUEST);
    }
    policy->tokens = SC_TOKENS_ALLOW;
}


static void
a_member_moves_with_the_generation(void **state)
{
    (void) state;
    assert_int_equal(sc_tokens_user_set(f.tokens, 3, 1, 6), 0);
    assert_int_equal(ask("DELETE", "/v1/items/7", "full/all").effect,
                     SC_ALLOW);
    f.view.generation = 6;
    assert_int_equal(ask("DELETE", "/v1/items/7", "full/all").reason,
                     SC_REASON_CLASS);
    assert_int_equal(sc_tokens_user_set(f.tokens, 3, 8, 7), 0);
    f.view.generation = 7; /* a policy that the image does not have */
    assert_int_equal(ask("GET", "/v1/items", "full/all").reason,
                     SC_REASON_NO_POLICY);
    assert_int_equal(sc_tokens_user_set(f.tokens, 3, 3, 7), 0);
    f.view.generation = 5;
    assert_int_equal(sc_tokens_user_set(f.tokens, 3, 3, 5), 0);
}


static void
without_a_hash_there_is_no_decision(void **state)
{
    struct sc_hasher kept = f.hasher;
    struct sc_verdict v;

    (void) state;
    memset(&f.hasher, 0, sizeof(f.hasher));
    v = ask("GET", "/v1/items", "full/all");
    f.hasher = kept;
    assert_int_equal(v.effect, SC_REFUSE);
    assert_int_equal(v.reason, SC_REASON_NONE);
}


static void
another_instance_knows_no_token_of_ours(void **state)
{
    static const uint8_t key[SC_TOKEN_KEY] = "another key";
    struct sc_hasher kept = f.hasher;
    struct sc_verdict v;

    (void) state;
    assert_int_equal(sc_hasher_open(&f.hasher, key), 0);
    v = ask("GET", "/v1/items", "full/all");
    sc_hasher_close(&f.hasher);
    f.hasher = kept;
    assert_int_equal(v.reason, SC_REASON_UNKNOWN_TOKEN);
}


static const char *const paths[] = {"/v1/items",
                                    "/v1/items/7",
                                    "/v1/items/special",
                                    "/v1/items/search",
                                    "/v1/items/7/lookup",
                                    "/v1/items/7/purge",
                                    "/v1/items/7/touch",
                                    "/v1/items/7/archive",
                                    "/v1/files/a/b",
                                    "/v1/pulls/1.diff",
                                    "/v1/pulls/1.2.diff",
                                    "/v1/users/u/tokens",
                                    "/v1/raw",
                                    "/v1/bare",
                                    "/v1/bulk",
                                    "/v1/settings",
                                    "/v1/either",
                                    "/v1/flows/1",
                                    "/v1/pages/1",
                                    "/v1/pages/1?all",
                                    "/v1/pages/1?status=trashed",
                                    "/v1/cross/a/end",
                                    "/v1/cross/start/b",
                                    "/v1/cross/start/end",
                                    "/v1/dir/",
                                    "/",
                                    "/v1/none",
                                    "/v1/items/../7"};

static const char *const methods[] = {"GET",   "HEAD",   "POST", "PUT",
                                      "PATCH", "DELETE", "TRACE"};

/* A check of path by method, with a ceiling and a grant of one word each. */
static struct sc_verdict
check(const char *method, const char *path, uint32_t policy, uint64_t grant)
{
    struct sc_question q = {.app = sc_image_app(f.view.image, 1),
                            .policy = sc_image_policy(f.view.image, policy),
                            .grant = {&grant, 1},
                            .method = sc_str_c(method),
                            .target = sc_str_c(path)};
    struct sc_verdict v;

    sc_check(f.view.image, &q, &target, &v);
    return v;
}


static void
a_check_answers_as_the_decision_does(void **state)
{
    static const struct {
        const char *name;
        uint32_t policy;
        uint64_t grant;
    } who[] = {{"everyone/all", 1, 0xff}, {"everyone/read", 1, 5},
               {"builders/rw", 2, 15},    {"builders/all", 2, 0xff},
               {"full/none", 3, 0},       {"full/all", 3, 0xff},
               {"full/parts", 3, 0xc0},   {"nothing/all", 9, 0xff}};

    (void) state;
    for (size_t w = 0; w < COUNT(who); w++) {
        for (size_t p = 0; p < COUNT(paths); p++) {
            for (size_t m = 0; m < COUNT(methods); m++) {
                struct sc_verdict a = ask(methods[m], paths[p], who[w].name);
                struct sc_verdict b =
                    check(methods[m], paths[p], who[w].policy, who[w].grant);

                assert_msg(a.effect == b.effect && a.reason == b.reason
                               && a.operation_index == b.operation_index
                               && a.classes == b.classes,
                           "%s %s as %s: %s, %s", methods[m], paths[p],
                           who[w].name, sc_reason_code(a.reason),
                           sc_reason_code(b.reason));
            }
        }
    }
}


static void
less_never_allows_more(void **state)
{
    struct sc_ceiling *ceiling = (struct sc_ceiling *) sc_image_ceiling(
        f.view.image, sc_image_policy(f.view.image, 3),
        sc_image_app(f.view.image, 1));
    uint64_t *set =
        (uint64_t *) sc_image_set(f.view.image, ceiling->set).words;
    uint64_t seed = 11;
    unsigned differ = 0;

    (void) state;
    for (unsigned round = 0; round < 60000; round++) {
        const char *path = paths[fx_random(&seed) % COUNT(paths)];
        const char *method = methods[fx_random(&seed) % COUNT(methods)];
        uint64_t grant = fx_random(&seed) >> 8, less = fx_random(&seed) >> 9;
        bool more_allows, less_allows;

        *set = fx_random(&seed) >> 10 | fx_random(&seed) >> 10;
        ceiling->classes = (uint32_t) (fx_random(&seed) >> 32) & 31;
        ceiling->deny_traits = (uint32_t) (fx_random(&seed) >> 32) & 1;
        more_allows = check(method, path, 3, grant).effect == SC_ALLOW;
        *set &= fx_random(&seed) >> 7 | fx_random(&seed) >> 7;
        ceiling->classes &= (uint32_t) (fx_random(&seed) >> 30) | 3;
        ceiling->deny_traits |= (uint32_t) (fx_random(&seed) >> 33) & 1;
        less_allows = check(method, path, 3, grant & less).effect == SC_ALLOW;
        differ += more_allows && !less_allows;
        assert_msg(more_allows || !less_allows, "%s %s", method, path);
    }
    assert_true(differ > 1000);
    ceiling->classes = SC_CLASS_ALL;
    ceiling->deny_traits = 0;
    *set = 0xff;
}


static void
more_missing_scopes_than_are_named_still_refuse(void **state)
{
    struct sc_str names[20];
    uint32_t numbers[20];
    uint64_t all = ~UINT64_C(0), none = 0;
    struct sc_in_alternative alternative = {numbers, 20};
    struct sc_in_operation op = {.id = SC_STR("op"),
                                 .method = SC_GET,
                                 .path = SC_STR("/a"),
                                 .classes = SC_CLASS_READ,
                                 .alternatives = &alternative,
                                 .nalternatives = 1};
    struct sc_in_catalog catalog = {&op, 1, NULL, 0};
    struct sc_in_app app = {.number = 1};
    struct sc_in_ceiling ceiling = {.classes = SC_CLASS_READ, .scopes = &all};
    struct sc_in_policy policy = {.number = 1,
                                  .tokens = SC_TOKENS_ALLOW,
                                  .ceilings = &ceiling,
                                  .nceilings = 1};
    struct sc_in_image in = {.scopes = names,
                             .nscopes = 20,
                             .set_words = 1,
                             .catalogs = &catalog,
                             .ncatalogs = 1,
                             .apps = &app,
                             .napps = 1,
                             .policies = &policy,
                             .npolicies = 1};
    struct sc_build_fault fault;
    const struct sc_image *im;
    struct sc_question q = {.method = SC_STR("GET"), .target = SC_STR("/a")};
    struct sc_verdict v;
    size_t size;
    int rc;
    void *bytes;

    (void) state;
    for (uint32_t i = 0; i < 20; i++) {
        names[i] = SC_STR("s");
        numbers[i] = i;
    }
    bytes = fx_build(&in, &size, &rc, &fault);
    assert_non_null(bytes);
    assert_int_equal(sc_image_open(bytes, size, &im), 0);
    q.app = sc_image_app(im, 1);
    q.policy = sc_image_policy(im, 1);
    q.grant.words = &none;
    q.grant.nwords = 1;
    sc_check(im, &q, &target, &v);
    assert_int_equal(v.reason, SC_REASON_GRANT);
    assert_int_equal(v.nmissing, SC_MISSING_MAX);
    assert_int_equal(v.methods, 1 << SC_GET | 1 << SC_HEAD); /* behind it */
    q.grant.words = &all;
    sc_check(im, &q, &target, &v);
    assert_int_equal(v.effect, SC_ALLOW);
    free(bytes);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zeroed_verdict_refuses),
        cmocka_unit_test(reasons_have_status_layer_and_code),
        cmocka_unit_test(
            an_allowed_call_names_app_policy_operation_token_and_user),
        cmocka_unit_test(
            a_refusal_before_the_token_names_neither_token_nor_policy),
        cmocka_unit_test(a_refusal_names_what_was_missing),
        cmocka_unit_test(of_alternatives_the_nearest_is_named),
        cmocka_unit_test(a_known_path_says_its_methods),
        cmocka_unit_test(a_token_rule_that_is_none_refuses),
        cmocka_unit_test(a_member_moves_with_the_generation),
        cmocka_unit_test(without_a_hash_there_is_no_decision),
        cmocka_unit_test(another_instance_knows_no_token_of_ours),
        cmocka_unit_test(a_check_answers_as_the_decision_does),
        cmocka_unit_test(less_never_allows_more),
        cmocka_unit_test(more_missing_scopes_than_are_named_still_refuse),
    };

    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
