/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_refusal.c - what a refused client reads, parsed by another library.
 */

#include "core/refusal.h"

#include <jansson.h>

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

    fx_decide(&f, method, sc_str_c(path),
              token == NULL ? sc_str(NULL, 0) : fx_bearer(&f, token, header),
              &target, &v);
    return v;
}


/* The body of a verdict; the caller ends it with json_decref(). */
static json_t *
body_of(const struct sc_image *im, const struct sc_verdict *v)
{
    char text[SC_REFUSAL_MAX];
    struct sc_buf out = sc_buf(text, sizeof(text));
    json_error_t error;
    json_t *body;

    sc_refusal_body(im, v, SC_STR("0123456789abcdef0123456789abcdef"), &out);
    assert_false(out.full);
    body = json_loadb(text, out.len, JSON_REJECT_DUPLICATES, &error);
    assert_msg(body != NULL, "%s in %.*s", error.text, (int) out.len, text);
    return body;
}


static const char *
member(const json_t *body, const char *name)
{
    const char *text = json_string_value(json_object_get(body, name));

    return text == NULL ? "" : text;
}


static void
assert_challenge(const struct sc_verdict *v, const char *want)
{
    char text[SC_REFUSAL_MAX];
    struct sc_buf out = sc_buf(text, sizeof(text));

    sc_refusal_challenge(f.view.image, v, &out);
    assert_str(sc_buf_str(&out), want);
}


static void
every_reason_makes_a_body_with_one_sentence_three_times(void **state)
{
    (void) state;
    for (int reason = 0; reason < SC_REASON_COUNT; reason++) {
        for (int known = 0; known < 3; known++) {
            struct sc_verdict v = ask("DELETE", "/v1/flows/1", "builders/all");
            json_t *body, *list;

            v.reason = (enum sc_reason) reason;
            v.rule = SC_TARGET_UTF8;
            if (known < 2) {
                v.operation = NULL;
            }
            if (known < 1) {
                v.app = NULL;
                v.policy = NULL;
                v.missing_classes = 0;
            }
            body = body_of(known == 0 ? NULL : f.view.image, &v);
            list = json_object_get(body, "errorMessages");
            assert_true(strlen(member(body, "detail")) > 5);
            assert_string_equal(member(body, "message"),
                                member(body, "detail"));
            assert_int_equal(json_array_size(list), 1);
            assert_string_equal(json_string_value(json_array_get(list, 0)),
                                member(body, "detail"));
            assert_int_equal(
                json_integer_value(json_object_get(body, "status")),
                sc_reason_status((enum sc_reason) reason));
            assert_string_equal(member(body, "request_id"),
                                "0123456789abcdef0123456789abcdef");
            assert_true(strlen(member(body, "title")) > 5);
            json_decref(body);
        }
    }
}


static void
a_refused_class_is_named_with_operation_policy_and_where_to_ask(void **state)
{
    struct sc_verdict v = ask("DELETE", "/v1/flows/1", "builders/all");
    json_t *body = body_of(f.view.image, &v);
    json_t *classes = json_object_get(body, "missing_classes");

    (void) state;
    assert_string_equal(
        member(body, "detail"),
        "Refused by the ceiling of policy \"builders\": operation dropFlow of "
        "app \"fx\" needs class delete and class admin, which the policy does "
        "not allow. Ask at https://ask.example/?a=\"b\"");
    assert_string_equal(member(body, "type"),
                        "urn:scopecap:refusal:class_not_allowed");
    assert_string_equal(member(body, "reason"), "class_not_allowed");
    assert_string_equal(member(body, "layer"), "ceiling");
    assert_string_equal(member(body, "title"), "Forbidden");
    assert_string_equal(member(body, "operation"), "dropFlow");
    assert_string_equal(member(body, "policy"), "builders");
    assert_string_equal(member(body, "app"), "fx");
    assert_string_equal(member(body, "ask"), "https://ask.example/?a=\"b\"");
    assert_int_equal(json_array_size(classes), 2);
    assert_string_equal(json_string_value(json_array_get(classes, 0)),
                        "delete");
    assert_null(json_object_get(body, "missing_scopes"));
    assert_null(json_object_get(body, "denied_traits"));
    assert_null(json_object_get(body, "errors"));
    assert_challenge(&v, "Bearer realm=\"scopecap\", "
                         "error=\"insufficient_scope\"");
    json_decref(body);
}


static void
a_missing_scope_is_named_in_body_and_challenge(void **state)
{
    struct sc_verdict v = ask("POST", "/v1/items", "builders/read");
    json_t *body = body_of(f.view.image, &v);
    json_t *scopes = json_object_get(body, "missing_scopes");

    (void) state;
    assert_string_equal(member(body, "layer"), "token");
    assert_int_equal(json_array_size(scopes), 1);
    assert_string_equal(json_string_value(json_array_get(scopes, 0)),
                        "write:items");
    assert_non_null(strstr(member(body, "detail"),
                           "needs scope write:items, which the token was not "
                           "granted."));
    assert_challenge(&v, "Bearer realm=\"scopecap\", "
                         "error=\"insufficient_scope\", "
                         "scope=\"write:items\"");
    json_decref(body);
}


static void
nothing_that_would_be_allowed_is_listed(void **state)
{
    static const struct {
        const char *method, *path, *token;
    } calls[] = {
        {"DELETE", "/v1/items/7", "everyone/all"},
        {"POST", "/v1/bulk", "builders/all"},
        {"GET", "/v1/settings", "builders/all"},
        {"GET", "/v1/raw", "full/all"},
        {"GET", "/v1/bare", "full/all"},
        {"POST", "/v1/items/7/archive", "builders/all"},
        {"GET", "/v1/items", "blocked/all"},
        {"GET", "/v1/items", "other-app"},
        {"GET", "/v1/items", "from-net"},
        {"GET", "/v1/nothing", "full/all"},
    };
    static const char *const secret[] = {
        "read:items", "write:items", "read:files", "mint:tokens",
        "198.51",     "\"read\"",    "\"write\"",  "example.com"};

    (void) state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        struct sc_verdict v =
            ask(calls[i].method, calls[i].path, calls[i].token);
        json_t *body = body_of(f.view.image, &v);
        char *text = json_dumps(body, JSON_COMPACT);

        assert_int_not_equal(v.effect, SC_ALLOW);
        for (size_t k = 0; k < COUNT(secret); k++) {
            assert_msg(strstr(text, secret[k]) == NULL, "%s in %s", secret[k],
                       text);
        }
        assert_null(strstr(text, "scu_"));
        free(text);
        json_decref(body);
    }
}


static void
bad_tokens_read_the_same(void **state)
{
    static const char *const tokens[] = {"unknown",   "revoked", "expired",
                                         "unborn",    "gone",    "admin-key",
                                         "nodays/all"};
    struct sc_verdict first = ask("GET", "/v1/items", "unknown");
    json_t *want = body_of(f.view.image, &first);

    (void) state;
    assert_string_equal(member(want, "reason"), "invalid_token");
    assert_int_equal(json_integer_value(json_object_get(want, "status")), 401);
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct sc_verdict v = ask("GET", "/v1/items", tokens[i]);
        json_t *body = body_of(f.view.image, &v);

        assert_msg(json_equal(body, want), "%s", tokens[i]);
        assert_challenge(&v, "Bearer realm=\"scopecap\", "
                             "error=\"invalid_token\"");
        json_decref(body);
    }
    json_decref(want);
}


static void
no_credential_is_challenged_without_an_error(void **state)
{
    struct sc_verdict v = ask("GET", "/v1/items", NULL);
    json_t *body = body_of(f.view.image, &v);

    (void) state;
    assert_string_equal(member(body, "reason"), "no_credential");
    assert_challenge(&v, "Bearer realm=\"scopecap\"");
    json_decref(body);

    v = ask("GET", "/v1/nothing", "full/all");
    assert_challenge(&v, "");
    v = ask("GET", "/v1/../x", "full/all");
    assert_challenge(&v, "");
}


static void
each_403_says_why(void **state)
{
    static const struct {
        const char *method, *path, *token, *part;
    } calls[] = {
        {"POST", "/v1/bulk", "builders/all", " has trait bulk, which"},
        {"GET", "/v1/raw", "full/all", " is not classified."},
        {"GET", "/v1/bare", "full/all", " has no scope that could allow it."},
        {"POST", "/v1/items/7/archive", "builders/all", "denied by name."},
        {"GET", "/v1/settings", "builders/all",
         "needs scope manage:items, which the policy does not allow."},
        {"GET", "/v1/items", "blocked/all",
         "API tokens are blocked by policy \"blocked\"."},
        {"GET", "/v1/items", "from-net", "not be used from this address."},
        {"GET", "/v1/items", "other-app", "not made for app \"fx\"."},
    };

    (void) state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        struct sc_verdict v =
            ask(calls[i].method, calls[i].path, calls[i].token);
        json_t *body = body_of(f.view.image, &v);

        assert_msg(strstr(member(body, "detail"), calls[i].part) != NULL, "%s",
                   member(body, "detail"));
        assert_non_null(strstr(member(body, "detail"), " Ask at https://"));
        json_decref(body);
    }
}


static void
a_bad_target_says_its_rule(void **state)
{
    struct sc_verdict v = ask("GET", "/a;b", "full/all");
    json_t *body = body_of(f.view.image, &v);

    (void) state;
    assert_string_equal(member(body, "detail"),
                        "The request target is refused: its path holds a "
                        "semicolon.");
    json_decref(body);
}


static void
the_atlassian_style_has_an_errors_object(void **state)
{
    struct sc_verdict v = ask("GET", "/other/nothing", "full/all");
    json_t *body = body_of(f.view.image, &v);

    (void) state;
    assert_true(json_is_object(json_object_get(body, "errors")));
    json_decref(body);
}


static void
allow_lists_the_methods_and_always_options(void **state)
{
    struct sc_verdict v = ask("DELETE", "/v1/items", "full/all");
    char text[200];
    struct sc_buf out = sc_buf(text, sizeof(text));

    (void) state;
    sc_refusal_allow(&v, &out);
    assert_str(sc_buf_str(&out), "GET, HEAD, POST, OPTIONS");
    out = sc_buf(text, sizeof(text));
    v.methods = 0;
    sc_refusal_allow(&v, &out);
    assert_str(sc_buf_str(&out), "OPTIONS");
}


/* A verdict whose names are as long as they may be fits a body. */
static void
the_longest_names_fit(void **state)
{
    static char text[9000];
    struct sc_in_operation op = {.id = {text, 160},
                                 .method = SC_GET,
                                 .path = SC_STR("/a"),
                                 .classes = SC_CLASS_READ};
    struct sc_str names[SC_MISSING_MAX];
    uint32_t numbers[SC_MISSING_MAX];
    struct sc_in_alternative alternative = {numbers, SC_MISSING_MAX};
    struct sc_in_catalog catalog = {&op, 1, NULL, 0};
    struct sc_in_app app = {.number = 1, .name = {text, 64}};
    uint64_t none = 0;
    struct sc_in_ceiling ceiling = {.classes = SC_CLASS_READ, .scopes = &none};
    struct sc_in_policy policy = {
        .number = 1, .name = {text, 64}, .ceilings = &ceiling, .nceilings = 1};
    struct sc_in_image in = {.ask = {text, 256},
                             .scopes = names,
                             .nscopes = SC_MISSING_MAX,
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
    json_t *body;
    size_t size;
    int rc;
    void *bytes;

    (void) state;
    memset(text, 'n', sizeof(text));
    for (uint32_t i = 0; i < SC_MISSING_MAX; i++) {
        names[i] = sc_str(text, SC_SCOPE_NAME_MAX);
        numbers[i] = i;
    }
    op.alternatives = &alternative;
    op.nalternatives = 1;
    bytes = fx_build(&in, &size, &rc, &fault);
    assert_non_null(bytes);
    assert_int_equal(sc_image_open(bytes, size, &im), 0);
    q.app = sc_image_app(im, 1);
    q.policy = sc_image_policy(im, 1);
    sc_check(im, &q, &target, &v);
    assert_int_equal(v.nmissing, SC_MISSING_MAX);
    body = body_of(im, &v);
    assert_int_equal(json_array_size(json_object_get(body, "missing_scopes")),
                     SC_MISSING_MAX);
    assert_true(strlen(member(body, "detail")) <= 1200);
    assert_non_null(strstr(member(body, "detail"), " Ask at nnn"));
    json_decref(body);
    free(bytes);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            every_reason_makes_a_body_with_one_sentence_three_times),
        cmocka_unit_test(
            a_refused_class_is_named_with_operation_policy_and_where_to_ask),
        cmocka_unit_test(a_missing_scope_is_named_in_body_and_challenge),
        cmocka_unit_test(nothing_that_would_be_allowed_is_listed),
        cmocka_unit_test(bad_tokens_read_the_same),
        cmocka_unit_test(no_credential_is_challenged_without_an_error),
        cmocka_unit_test(each_403_says_why),
        cmocka_unit_test(a_bad_target_says_its_rule),
        cmocka_unit_test(the_atlassian_style_has_an_errors_object),
        cmocka_unit_test(allow_lists_the_methods_and_always_options),
        cmocka_unit_test(the_longest_names_fit),
    };

    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
