/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_scope.c - names, patterns and sets of scopes.
 */

#include "core/scope.h"

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

static void
names_are_scope_tokens(void **state)
{
    char longest[SC_SCOPE_NAME_MAX + 1];

    (void) state;
    memset(longest, 'a', sizeof(longest));
    assert_true(sc_scope_name_ok(SC_STR("read:jira-work")));
    assert_true(sc_scope_name_ok(SC_STR("!#$%&'()*+,./:;<=>?@[]^_`{|}~")));
    assert_true(sc_scope_name_ok(sc_str(longest, SC_SCOPE_NAME_MAX)));
    assert_false(sc_scope_name_ok(sc_str(longest, SC_SCOPE_NAME_MAX + 1)));
    assert_false(sc_scope_name_ok(SC_STR("")));
    for (int c = 0; c < 256; c++) {
        char text[3] = {'a', (char) c, 'b'};
        bool ok = c > 0x20 && c < 0x7f && c != '"' && c != '\\';

        assert_msg(sc_scope_name_ok(sc_str(text, 3)) == ok, "byte %d", c);
    }
}


static void
a_star_is_a_whole_part_of_a_pattern(void **state)
{
    static const char *const good[] = {"*",   "manage:*", "read:*:jira",
                                       "*:x", "a",        "a:*:*:b"};
    static const char *const bad[] = {"",     "a*", "*a",  "a:b*",
                                      "**",   "a:", ":a",  ":",
                                      "a::b", "*:", "a b", "a:*b:c"};

    (void) state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_msg(sc_scope_pattern_ok(sc_str_c(good[i])), "%s", good[i]);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_msg(!sc_scope_pattern_ok(sc_str_c(bad[i])), "%s", bad[i]);
    }
}


static void
a_pattern_covers_whole_names(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool fits;
    } cases[] = {
        {"*", "a", true},
        {"*", "a:b:c", true},
        {"read:jira-work", "read:jira-work", true},
        {"read:jira-work", "read:jira-worker", false},
        {"read:jira-work", "Read:jira-work", false},
        {"read", "read:", false},
        {"read", "read:x", false},
        {"manage:*", "manage:jira-project", true},
        {"manage:*", "manage:a:b", true},
        {"manage:*", "manage", false},
        {"manage:*", "manage:", true},
        {"manage:*", "managex:a", false},
        {"read:*:jira", "read:issue:jira", true},
        {"read:*:jira", "read:issue.vote:jira", true},
        {"read:*:jira", "read:a:b:jira", true},
        {"read:*:jira", "read:jira", false},
        {"read:*:jira", "read:issue:jira:x", false},
        {"read:*:jira", "read:jira:jira", true},
        {"*:jira", "jira", false},
        {"*:jira", "jira:jira", true},
        {"*:b:*", "a:b:b", true},
        {"*:b:*", "b:b", false},
        {"*:*", "a", false},
        {"a:*:b:*:c", "a:b:b:c:c", true},
        {"a:*:b:*:c", "a:b:c", false},
    };

    (void) state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_msg(
            sc_scope_match(sc_str_c(cases[i].pattern), sc_str_c(cases[i].name))
                == cases[i].fits,
            "%s on %s", cases[i].pattern, cases[i].name);
    }
}


/* The definition itself: parts p[0..np) cover parts n[0..nn). */
static bool
slow_match(const char *p, unsigned np, const char *n, unsigned nn)
{
    if (np == 0) {
        return nn == 0;
    }
    if (nn == 0) {
        return false;
    }
    if (p[0] == '*') {
        return slow_match(p + 1, np - 1, n + 1, nn - 1)
               || slow_match(p, np, n + 1, nn - 1);
    }
    return p[0] == n[0] && slow_match(p + 1, np - 1, n + 1, nn - 1);
}


/* Parts of one letter each, joined; 'e' stands for an empty part. */
static struct sc_str
join(const char *parts, unsigned n, char *out)
{
    size_t len = 0;

    for (unsigned i = 0; i < n; i++) {
        if (i != 0) {
            out[len++] = ':';
        }
        if (parts[i] != 'e') {
            out[len++] = parts[i];
        }
    }

    return sc_str(out, len);
}


static void
match_agrees_with_the_definition(void **state)
{
    uint64_t seed = 1;
    unsigned yes = 0;

    (void) state;
    for (unsigned round = 0; round < 200000; round++) {
        char p[8], n[8], ptext[16], ntext[16];
        unsigned np = 1 + (unsigned) (fx_random(&seed) % 6);
        unsigned nn = 1 + (unsigned) (fx_random(&seed) % 8);
        struct sc_str pattern, name;
        bool want;

        for (unsigned i = 0; i < np; i++) {
            p[i] = "ab**"[fx_random(&seed) % 4];
        }
        for (unsigned i = 0; i < nn; i++) {
            n[i] = "aabbe"[fx_random(&seed) % 5];
        }
        pattern = join(p, np, ptext);
        name = join(n, nn, ntext);
        want = slow_match(p, np, n, nn);
        yes += want;
        assert_msg(sc_scope_match(pattern, name) == want, "%.*s on %.*s",
                   (int) pattern.len, pattern.data, (int) name.len, name.data);
    }
    assert_in_range(yes, 20000, 180000); /* both answers were tried */
}


static void
a_set_holds_what_was_added_and_nothing_beyond_its_words(void **state)
{
    uint64_t words[3] = {0, 0, ~UINT64_C(0)};
    struct sc_scope_set set = {words, 2};
    struct sc_scope_set none = {NULL, 0};

    (void) state;
    assert_true(sc_scope_add(words, 2, 0));
    assert_true(sc_scope_add(words, 2, 63));
    assert_true(sc_scope_add(words, 2, 64));
    assert_false(sc_scope_add(words, 2, 128));
    for (uint32_t i = 0; i < 200; i++) {
        assert_int_equal(sc_scope_has(set, i), i == 0 || i == 63 || i == 64);
        assert_false(sc_scope_has(none, i));
    }
    assert_false(sc_scope_has(set, UINT32_MAX));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_scope_tokens),
        cmocka_unit_test(a_star_is_a_whole_part_of_a_pattern),
        cmocka_unit_test(a_pattern_covers_whole_names),
        cmocka_unit_test(match_agrees_with_the_definition),
        cmocka_unit_test(
            a_set_holds_what_was_added_and_nothing_beyond_its_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
