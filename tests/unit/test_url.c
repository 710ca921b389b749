/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_url.c - what may end up in nginx.conf, and nothing else.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/url.h"
#include "daemon/when.h"


static void
base_urls_become_canonical(void **state)
{
    static const char *const pairs[][2] = {
        {"https://API.example.com/", "https://api.example.com"},
        {"https://api.example.com:443/a/b/", "https://api.example.com/a/b"},
        {"http://127.0.0.1:9000", "http://127.0.0.1:9000"},
        {"HTTP://localhost:80/x~y", "http://localhost/x~y"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct url url;
        char text[1024];

        assert_null(url_parse(pairs[i][0], &url));
        url_text(&url, text, sizeof(text));
        assert_string_equal(text, pairs[i][1]);
    }
}


static void
what_could_mean_more_is_no_base_url(void **state)
{
    static const char *const bad[] = {
        "",
        "ftp://a",
        "https://",
        "https:///a",
        "https://a:b",
        "https://a:0",
        "https://a:65536",
        "https://a:1:2",
        "https://u@a",
        "https://a/b?c",
        "https://a/b#c",
        "https://a//b",
        "https://a/./b",
        "https://a/../b",
        "https://a/%2e",
        "https://a/b;c",
        "https://a/b c",
        "https://a/$b",
        "https://a/'b",
        "https://a/{b}",
        "https://-a",
        "https://a-",
        "https://a..b",
        "https://[::1]",
    };

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct url url;

        assert_non_null(url_parse(bad[i], &url));
    }
}


static void
names_and_emails_are_strict(void **state)
{
    (void) state;
    assert_true(url_name_ok("jira-cloud_2"));
    assert_false(url_name_ok(""));
    assert_false(url_name_ok("Jira"));
    assert_false(url_name_ok("-a"));
    assert_false(url_name_ok("a;b"));
    assert_true(url_path_ok(""));
    assert_true(url_path_ok("/a/b.c"));
    assert_false(url_path_ok("/"));
    assert_false(url_path_ok("a"));
    assert_false(url_path_ok("/a/"));
    assert_false(url_path_ok("/.."));
    assert_true(url_email_ok("a.b+c@example.com"));
    assert_false(url_email_ok("a@b@c"));
    assert_false(url_email_ok("@b"));
    assert_false(url_email_ok("a b@c"));
    assert_false(url_email_ok("a:b@c"));
    assert_false(url_email_ok("a\x80@c"));
}


static void
times_go_there_and_back(void **state)
{
    static const char *const texts[] = {"1970-01-01T00:00:00Z",
                                        "2026-02-28T23:59:59.000001Z",
                                        "2024-02-29T12:00:00Z"};
    static const char *const bad[] = {
        "",
        "2026-02-29T00:00:00Z",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+2:00",
        "2026-01-01T00:00:00Zx",
        "1969-12-31T23:59:59Z",
    };
    char back[WHEN_MAX];
    int64_t us, other;

    (void) state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_true(when_parse(texts[i], &us));
        assert_string_equal(when_text(us, back), texts[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(when_parse(bad[i], &us));
    }
    assert_true(when_parse("2026-01-01T01:30:00+01:30", &us));
    assert_true(when_parse("2025-12-31T23:00:00-01:00", &other));
    assert_true(us == other);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_urls_become_canonical),
        cmocka_unit_test(what_could_mean_more_is_no_base_url),
        cmocka_unit_test(names_and_emails_are_strict),
        cmocka_unit_test(times_go_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
