/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_catalog.c - from a path to operations: by example, and against the
 * definition over random catalogs.
 */

#include "core/catalog.h"

#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

#define OPS_MAX 40

static struct sc_target target;

/* A catalog of operations that are written "METHOD template"; their index is
 * their place in the list. */
struct book {
    struct sc_in_operation ops[OPS_MAX];
    struct sc_in_catalog catalog;
    struct sc_in_app app;
    struct sc_in_image in;
    void *bytes;
    const struct sc_image *im;
};

static void
book_open(struct book *b, const char *const *lines, uint32_t n)
{
    struct sc_build_fault fault;
    size_t size;
    int rc;

    memset(b, 0, sizeof(*b));
    for (uint32_t i = 0; i < n; i++) {
        const char *path = strchr(lines[i], ' ') + 1;

        b->ops[i].id = sc_str_c(lines[i]);
        b->ops[i].method =
            sc_method_parse(sc_str(lines[i], (size_t) (path - lines[i]) - 1));
        b->ops[i].path = sc_str_c(path);
    }
    b->catalog.operations = b->ops;
    b->catalog.noperations = n;
    b->app.number = 1;
    b->in.set_words = 1;
    b->in.catalogs = &b->catalog;
    b->in.ncatalogs = 1;
    b->in.apps = &b->app;
    b->in.napps = 1;
    b->bytes = fx_build(&b->in, &size, &rc, &fault);
    assert_msg(rc == 0, "%s %.*s", b->bytes == NULL ? fault.what : "",
               b->bytes == NULL ? (int) fault.where.len : 0, fault.where.data);
    assert_int_equal(sc_image_open(b->bytes, size, &b->im), 0);
}


static enum sc_match_result
match(const struct book *b, enum sc_method method, const char *path,
      struct sc_match *m)
{
    assert_int_equal(sc_target_parse(sc_str_c(path), &target), 0);
    return sc_catalog_match(b->im, sc_image_app(b->im, 1), method, &target, 0,
                            m);
}


/* The one operation that a call finds, or a negative result. */
static int
one(const struct book *b, enum sc_method method, const char *path)
{
    struct sc_match m;
    enum sc_match_result result = match(b, method, path, &m);

    if (result != SC_MATCH_FOUND) {
        return -(int) result - 1;
    }
    assert_int_equal(m.n, 1);
    return (int) m.operations[0];
}

#define NO_PATH   (-1 - SC_MATCH_NO_PATH)
#define NO_METHOD (-1 - SC_MATCH_NO_METHOD)
#define AMBIGUOUS (-1 - SC_MATCH_AMBIGUOUS)

static void
a_literal_beats_a_pattern_beats_a_parameter_beats_a_tail(void **state)
{
    static const char *const lines[] = {
        "GET /a/{p*}", "GET /a/{p}",   "GET /a/x.{q}", "GET /a/x.y",
        "GET /{p}/z",  "GET /a/{p}/c", "GET /a/b/{p}", "GET /a/b/c",
    };
    struct book b;

    (void) state;
    book_open(&b, lines, COUNT(lines));
    assert_int_equal(one(&b, SC_GET, "/a/x.y"), 3);
    assert_int_equal(one(&b, SC_GET, "/a/x.z"), 2);
    assert_int_equal(one(&b, SC_GET, "/a/xz"), 1);
    assert_int_equal(one(&b, SC_GET, "/b/z"), 4);
    assert_int_equal(one(&b, SC_GET, "/a/x/y"), 0);
    assert_int_equal(one(&b, SC_GET, "/a/x/c"), 5);
    assert_int_equal(one(&b, SC_GET, "/a/b/x"), 6);
    assert_int_equal(one(&b, SC_GET, "/a/b/c"), 7);
    assert_int_equal(one(&b, SC_GET, "/a"), NO_PATH);
    assert_int_equal(one(&b, SC_GET, "/A/b"), NO_PATH);
    free(b.bytes);
}


static void
crossing_templates_are_all_returned(void **state)
{
    static const char *const lines[] = {"GET /{a}/y", "GET /x/{b}",
                                        "POST /{a}/y", "DELETE /x/{b}"};
    struct book b;
    struct sc_match m;

    (void) state;
    book_open(&b, lines, COUNT(lines));
    assert_int_equal(match(&b, SC_GET, "/x/y", &m), SC_MATCH_FOUND);
    assert_int_equal(m.n, 2);
    assert_int_equal(m.operations[0] + m.operations[1], 0 + 1);
    assert_int_equal(m.methods, 1 << SC_GET | 1 << SC_HEAD);
    assert_int_equal(one(&b, SC_GET, "/x/z"), 1);
    assert_int_equal(one(&b, SC_GET, "/z/y"), 0);
    assert_int_equal(one(&b, SC_POST, "/x/y"), NO_METHOD);
    assert_int_equal(one(&b, SC_DELETE, "/x/y"), NO_METHOD);
    assert_int_equal(one(&b, SC_POST, "/z/y"), 2);
    free(b.bytes);
}


static void
two_patterns_that_both_fit_cross(void **state)
{
    static const char *const lines[] = {"GET /{a}.x", "GET /y.{b}",
                                        "GET /{a}"};
    struct book b;
    struct sc_match m;

    (void) state;
    book_open(&b, lines, COUNT(lines));
    assert_int_equal(match(&b, SC_GET, "/y.x", &m), SC_MATCH_FOUND);
    assert_int_equal(m.n, 2);
    assert_int_equal(one(&b, SC_GET, "/z.x"), 0);
    assert_int_equal(one(&b, SC_GET, "/y.z"), 1);
    assert_int_equal(one(&b, SC_GET, "/yz"), 2);
    free(b.bytes);
}


static void
a_method_missing_on_the_more_specific_template_is_no_method(void **state)
{
    static const char *const lines[] = {"GET /a/b", "POST /a/{x}",
                                        "DELETE /a/{x*}"};
    struct book b;
    struct sc_match m;

    (void) state;
    book_open(&b, lines, COUNT(lines));
    assert_int_equal(one(&b, SC_POST, "/a/b"), NO_METHOD);
    assert_int_equal(one(&b, SC_DELETE, "/a/b"), NO_METHOD);
    assert_int_equal(one(&b, SC_DELETE, "/a/c"), NO_METHOD);
    assert_int_equal(one(&b, SC_DELETE, "/a/c/d"), 2);
    assert_int_equal(match(&b, SC_POST, "/a/b", &m), SC_MATCH_NO_METHOD);
    assert_int_equal(m.methods, 1 << SC_GET | 1 << SC_HEAD);
    free(b.bytes);
}


static void
head_is_get_unless_it_has_an_operation_of_its_own(void **state)
{
    static const char *const lines[] = {"GET /a", "HEAD /b", "GET /b",
                                        "POST /c", "OPTIONS /d"};
    struct book b;

    (void) state;
    book_open(&b, lines, COUNT(lines));
    assert_int_equal(one(&b, SC_HEAD, "/a"), 0);
    assert_int_equal(one(&b, SC_HEAD, "/b"), 1);
    assert_int_equal(one(&b, SC_GET, "/b"), 2);
    assert_int_equal(one(&b, SC_HEAD, "/c"), NO_METHOD);
    assert_int_equal(one(&b, SC_OPTIONS, "/a"), NO_METHOD);
    assert_int_equal(one(&b, SC_OPTIONS, "/d"), 4);
    free(b.bytes);
}


static void
a_segment_with_literal_parts_splits_in_one_way_or_is_ambiguous(void **state)
{
    static const char *const lines[] = {
        "GET /p/{index}.{diffType}", "GET /q/{a}--{b}",    "GET /r/v{a}",
        "GET /s/{a}...{b}",          "GET /t/{a}-{b}-{c}", "GET /u/({a})"};
    static const struct {
        const char *path;
        int want;
    } cases[] = {
        {"/p/1.diff", 0},
        {"/p/1.2.diff", AMBIGUOUS},
        {"/p/.diff", NO_PATH},
        {"/p/1", NO_PATH},
        {"/p/1..diff", AMBIGUOUS},
        {"/p/1.diff/", NO_PATH},
        {"/q/a--b", 1},
        {"/q/a---b", AMBIGUOUS},
        {"/q/--b", NO_PATH},
        {"/q/a--", NO_PATH},
        {"/r/v1", 2},
        {"/r/v", NO_PATH},
        {"/r/V1", NO_PATH},
        {"/s/main...dev", 3},
        {"/s/main....dev", AMBIGUOUS},
        {"/t/a-b-c", 4},
        {"/t/a-b", NO_PATH},
        {"/t/a-b-c-d", AMBIGUOUS},
        {"/t/--", NO_PATH},
        {"/t/a--c", NO_PATH},
        {"/u/(x)", 5},
        {"/u/()", NO_PATH},
        {"/u/((x))", 5},
    };
    char path[SC_PATTERN_TEXT_MAX + 8] = "/t/a-b-";
    struct book b;

    (void) state;
    book_open(&b, lines, COUNT(lines));
    for (size_t i = 0; i < COUNT(cases); i++) {
        int got = one(&b, SC_GET, cases[i].path);

        assert_msg(got == cases[i].want, "%s gives %d", cases[i].path, got);
    }
    memset(path + 7, 'c', SC_PATTERN_TEXT_MAX - 4); /* a longer one costs */
    assert_int_equal(one(&b, SC_GET, path), 4);
    path[SC_PATTERN_TEXT_MAX + 3] = 'c';
    assert_int_equal(one(&b, SC_GET, path), AMBIGUOUS);
    free(b.bytes);
}


static void
a_trailing_slash_counts(void **state)
{
    static const char *const lines[] = {"GET /a", "GET /b/", "GET /{x}/c/",
                                        "GET /", "GET /t/{x*}"};
    struct book b;

    (void) state;
    book_open(&b, lines, COUNT(lines));
    assert_int_equal(one(&b, SC_GET, "/"), 3);
    assert_int_equal(one(&b, SC_GET, "/a"), 0);
    assert_int_equal(one(&b, SC_GET, "/a/"), NO_PATH);
    assert_int_equal(one(&b, SC_GET, "/b"), NO_PATH);
    assert_int_equal(one(&b, SC_GET, "/b/"), 1);
    assert_int_equal(one(&b, SC_GET, "/z/c/"), 2);
    assert_int_equal(one(&b, SC_GET, "/z/c"), NO_PATH);
    assert_int_equal(one(&b, SC_GET, "/t/a/b"), 4);
    assert_int_equal(one(&b, SC_GET, "/t/a/"), NO_PATH);
    assert_int_equal(one(&b, SC_GET, "/t/"), NO_PATH);
    assert_int_equal(one(&b, SC_GET, "/t"), NO_PATH);
    free(b.bytes);
}


static void
segments_compare_decoded(void **state)
{
    static const char *const lines[] = {"GET /a:b", "GET /{x}"};
    struct book b;

    (void) state;
    book_open(&b, lines, COUNT(lines));
    assert_int_equal(one(&b, SC_GET, "/a:b"), 0);
    assert_int_equal(one(&b, SC_GET, "/a%3Ab"), 0);
    assert_int_equal(one(&b, SC_GET, "/a%3Fb"), 1);
    free(b.bytes);
}


static void
more_overlaps_than_are_followed_are_ambiguous(void **state)
{
    /* 32 templates of {x} or "a" in five places; all fit /a/a/a/a/a */
    static char text[32][32];
    const char *lines[32];
    struct book b;
    struct sc_match m;

    (void) state;
    for (uint32_t i = 0; i < 32; i++) {
        struct sc_buf buf = sc_buf(text[i], sizeof(text[i]));

        sc_buf_addc(&buf, "GET ");
        for (unsigned bit = 0; bit < 5; bit++) {
            sc_buf_addc(&buf, i >> bit & 1 ? "/{x}" : "/a");
        }
        sc_buf_add(&buf, sc_str("", 1));
        lines[i] = text[i];
    }
    book_open(&b, lines, 32);
    assert_int_equal(one(&b, SC_GET, "/a/a/a/a/a"), AMBIGUOUS);
    assert_int_equal(match(&b, SC_GET, "/b/a/a/a/a", &m), SC_MATCH_FOUND);
    assert_int_equal(m.n, 1);
    assert_int_equal(m.operations[0], 1);
    free(b.bytes);
}


static void
a_path_behind_a_mount_is_matched_from_there(void **state)
{
    static const char *const lines[] = {"GET /a", "GET /"};
    struct book b;
    struct sc_match m;
    const struct sc_app *app;

    (void) state;
    book_open(&b, lines, COUNT(lines));
    app = sc_image_app(b.im, 1);
    assert_int_equal(sc_target_parse(SC_STR("/x/y/a"), &target), 0);
    assert_int_equal(sc_catalog_match(b.im, app, SC_GET, &target, 2, &m),
                     SC_MATCH_FOUND);
    assert_int_equal(sc_catalog_match(b.im, app, SC_GET, &target, 1, &m),
                     SC_MATCH_NO_PATH);
    assert_int_equal(sc_target_parse(SC_STR("/x/"), &target), 0);
    assert_int_equal(sc_catalog_match(b.im, app, SC_GET, &target, 1, &m),
                     SC_MATCH_FOUND);
    assert_int_equal(m.operations[0], 1);
    free(b.bytes);
}


static void
an_empty_catalog_knows_no_path(void **state)
{
    struct book b;

    (void) state;
    book_open(&b, NULL, 0);
    assert_int_equal(one(&b, SC_GET, "/"), NO_PATH);
    assert_int_equal(one(&b, SC_GET, "/a/b"), NO_PATH);
    free(b.bytes);
}


/*
 * The definition.  Templates are made of the segments below; every one is
 * tried by recursion, then those that a more specific one covers are left
 * out, place by place.
 */

static const char *const segments[] = {"a",   "b",     "{p}",
                                       "{p}", "a-{p}", "{p}-b"};

static int
rank(const char *segment, size_t n)
{
    if (segment[n - 2] == '*') {
        return 3;
    }
    if (memchr(segment, '{', n) == NULL) {
        return 0;
    }
    return segment[0] == '{' && segment[n - 1] == '}' ? 2 : 1;
}


/* In how many ways does a template's segment fit a text? */
static unsigned
segment_fits(const char *s, size_t n, struct sc_str text)
{
    switch (rank(s, n)) {
    case 0:
        return sc_str_eq(sc_str(s, n), text);
    case 2:
    case 3:
        return 1;
    default:
        if (s[0] == 'a') { /* "a-{p}" */
            return text.len > 2 && memcmp(text.data, "a-", 2) == 0;
        }
        return text.len > 2 && memcmp(text.data + text.len - 2, "-b", 2) == 0;
    }
}


static bool
template_fits(const char *path, uint32_t i)
{
    size_t n;

    if (*path == '\0') {
        return i == target.nsegments && !target.trailing_slash;
    }

    path++;
    n = strcspn(path, "/");
    if (n == 0) { /* a trailing slash */
        return i == target.nsegments && target.trailing_slash;
    }
    if (i == target.nsegments) {
        return false;
    }
    if (rank(path, n) == 3) {
        return !target.trailing_slash;
    }
    return segment_fits(path, n, target.segments[i])
           && template_fits(path + n, i + 1);
}


/* Is x nowhere less, and somewhere more, specific than y?  Two patterns that
 * are not the same compare with nothing. */
static bool
beats(const char *x, const char *y)
{
    bool more = false;

    while (*x != '\0' || *y != '\0') {
        size_t nx = *x == '\0' ? 0 : strcspn(x + 1, "/");
        size_t ny = *y == '\0' ? 0 : strcspn(y + 1, "/");
        int rx = *x == '\0' ? 3 : nx == 0 ? 0 : rank(x + 1, nx);
        int ry = *y == '\0' ? 3 : ny == 0 ? 0 : rank(y + 1, ny);

        if (rx > ry
            || (rx == 1 && ry == 1
                && (nx != ny || memcmp(x + 1, y + 1, nx) != 0))) {
            return false;
        }
        more = more || rx < ry;
        x += *x == '\0' ? 0 : nx + 1;
        y += *y == '\0' ? 0 : ny + 1;
    }

    return more;
}


struct expected {
    enum sc_match_result result;
    uint64_t operations; /* bit set */
};

static struct expected
slow_match(const char *const *lines, uint32_t n, enum sc_method method)
{
    struct expected e = {SC_MATCH_NO_PATH, 0};
    bool missing = false;

    for (uint32_t i = 0; i < n; i++) {
        const char *path = strchr(lines[i], ' ') + 1;
        bool covered = false;
        int best = -1;

        if (!template_fits(path, 0)) {
            continue;
        }
        for (uint32_t k = 0; k < n; k++) {
            const char *other = strchr(lines[k], ' ') + 1;
            enum sc_method m = sc_method_parse(
                sc_str(lines[k], (size_t) (other - lines[k]) - 1));

            covered =
                covered || (template_fits(other, 0) && beats(other, path));
            if (strcmp(other, path) == 0
                && (m == method || (method == SC_HEAD && m == SC_GET))) {
                best = (int) k;
            }
        }
        if (!covered) {
            missing = missing || best < 0;
            e.operations |= best < 0 ? 0 : UINT64_C(1) << best;
            e.result = SC_MATCH_FOUND;
        }
    }

    if (missing) {
        e.result = SC_MATCH_NO_METHOD;
    }
    return e;
}


static void
random_path(uint64_t *seed, const char *const *bits, size_t nbits, bool tail,
            char *out)
{
    unsigned n = (unsigned) (fx_random(seed) % 4);

    for (unsigned i = 0; i < n; i++) {
        const char *bit = bits[fx_random(seed) % nbits];

        *out++ = '/';
        memcpy(out, bit, strlen(bit));
        out += strlen(bit);
    }
    if (n == 0 || fx_random(seed) % 8 == 0) {
        *out++ = '/';
    } else if (tail && fx_random(seed) % 6 == 0) {
        memcpy(out, "/{t*}", 5);
        out += 5;
    }
    *out = '\0';
}


static void
match_agrees_with_the_definition(void **state)
{
    static const char *const methods[] = {"GET ", "POST ", "DELETE "};
    static const char *const words[] = {"a", "b", "c", "a-b", "a-c", "c-b"};
    uint64_t seed = 10;
    unsigned seen[4] = {0}, crossing = 0;

    (void) state;
    for (unsigned round = 0; round < 3000; round++) {
        static char text[OPS_MAX][64];
        const char *lines[OPS_MAX];
        uint32_t n = 0;
        struct book b;

        for (unsigned i = 0; i < 16; i++) {
            bool twice = false;
            const char *method = methods[fx_random(&seed) % COUNT(methods)];

            memcpy(text[n], method, strlen(method) + 1);
            random_path(&seed, segments, COUNT(segments), true,
                        text[n] + strlen(method));
            for (uint32_t k = 0; k < n; k++) {
                twice = twice || strcmp(text[k], text[n]) == 0;
            }
            lines[n] = text[n];
            n += !twice;
        }
        book_open(&b, lines, n);
        for (unsigned call = 0; call < 40; call++) {
            char path[64];
            enum sc_method method = (enum sc_method)(1 + call % 6);
            struct expected want;
            struct sc_match m;
            enum sc_match_result got;
            uint64_t found = 0;

            random_path(&seed, words, COUNT(words), false, path);
            got = match(&b, method, path, &m);
            want = slow_match(lines, n, method);
            for (uint32_t i = 0; got == SC_MATCH_FOUND && i < m.n; i++) {
                found |= UINT64_C(1) << m.operations[i];
            }
            seen[got]++;
            crossing += got == SC_MATCH_FOUND && m.n > 1;
            assert_msg(
                got == want.result
                    && (got != SC_MATCH_FOUND || found == want.operations),
                "%s %s gives %d", sc_method_name(method), path, got);
        }
        free(b.bytes);
    }
    assert_true(seen[SC_MATCH_NO_PATH] > 1000);
    assert_true(seen[SC_MATCH_NO_METHOD] > 1000);
    assert_true(seen[SC_MATCH_FOUND] > 1000 && crossing > 100);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_literal_beats_a_pattern_beats_a_parameter_beats_a_tail),
        cmocka_unit_test(crossing_templates_are_all_returned),
        cmocka_unit_test(two_patterns_that_both_fit_cross),
        cmocka_unit_test(
            a_method_missing_on_the_more_specific_template_is_no_method),
        cmocka_unit_test(head_is_get_unless_it_has_an_operation_of_its_own),
        cmocka_unit_test(
            a_segment_with_literal_parts_splits_in_one_way_or_is_ambiguous),
        cmocka_unit_test(a_trailing_slash_counts),
        cmocka_unit_test(segments_compare_decoded),
        cmocka_unit_test(more_overlaps_than_are_followed_are_ambiguous),
        cmocka_unit_test(a_path_behind_a_mount_is_matched_from_there),
        cmocka_unit_test(an_empty_catalog_knows_no_path),
        cmocka_unit_test(match_agrees_with_the_definition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
