/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_target.c - which targets are accepted, by which rule the others are
 * refused, and that upstreams' normalisers change nothing of what is accepted.
 */

#include "core/target.h"

#include <stdio.h>

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

static struct sc_target t;

static const struct {
    const char *raw;
    enum sc_target_rule rule;
} cases[] = {
    /* accepted */
    {"/", SC_TARGET_OK},
    {"/?", SC_TARGET_OK},
    {"/v1/items", SC_TARGET_OK},
    {"/v1/items/", SC_TARGET_OK},
    {"/v1/items/7", SC_TARGET_OK},
    {"/a-b_c.d~e", SC_TARGET_OK},
    {"/.well-known/x", SC_TARGET_OK},
    {"/.a", SC_TARGET_OK},
    {"/..a", SC_TARGET_OK},
    {"/a..b", SC_TARGET_OK},
    {"/!$&'()*+,=:@", SC_TARGET_OK},
    {"/a%20b", SC_TARGET_OK},
    {"/a%3Fb", SC_TARGET_OK},
    {"/a%3fb", SC_TARGET_OK},
    {"/v1/items/7%23x", SC_TARGET_OK},
    {"/a%22b%3C%3E%5B%5D%5E%60%7B%7C%7D", SC_TARGET_OK},
    {"/a%7Eb", SC_TARGET_OK},
    {"/a%21b", SC_TARGET_OK},
    {"/%C3%A9", SC_TARGET_OK},
    {"/%F0%9F%98%80", SC_TARGET_OK},
    {"/%ef%bc%8e%ef%bc%8e%ef%bc%8fx", SC_TARGET_OK},
    {"/v1/items?path=/../x&u=http%3A%2F%2Fe%2F..&q=a%2523", SC_TARGET_OK},
    {"/a?b=c?d/e", SC_TARGET_OK},
    {"/a?%zz=%&&=;;", SC_TARGET_OK},
    {"/a?methods=1&x_method=2&method=3", SC_TARGET_OK},
    {"/a?q=access_token&access=token", SC_TARGET_OK},
    {"/a?jwts=1&pseudo=2", SC_TARGET_OK},
    {"/a?\"<>\\^`{|}", SC_TARGET_OK},

    /* P12, P26, P28: form */
    {"", SC_TARGET_FORM},
    {"*", SC_TARGET_FORM},
    {"gw:80", SC_TARGET_FORM},
    {"v1/items", SC_TARGET_FORM},
    {"?x=1", SC_TARGET_FORM},
    {"http://evil.example/v1/items/7", SC_TARGET_FORM},
    {"https://gw/v1/items", SC_TARGET_FORM},
    {"http://gw?x=1", SC_TARGET_FORM},
    {" /v1/items", SC_TARGET_FORM},
    {"\\v1", SC_TARGET_FORM},
    {"%2fv1", SC_TARGET_FORM},

    /* P01, P11, P12, P35, P47: dot segments */
    {"/v1/items/search/../7/purge", SC_TARGET_DOT_SEGMENT},
    {"/./v1/items/7", SC_TARGET_DOT_SEGMENT},
    {"/v1/items/./7", SC_TARGET_DOT_SEGMENT},
    {"/v1/items/7/.", SC_TARGET_DOT_SEGMENT},
    {"/v1/items/7/..", SC_TARGET_DOT_SEGMENT},
    {"/../../v1/items", SC_TARGET_DOT_SEGMENT},
    {"/..", SC_TARGET_DOT_SEGMENT},
    {"/.", SC_TARGET_DOT_SEGMENT},
    {"/../", SC_TARGET_DOT_SEGMENT},
    {"/v1/files/a/../../items/7", SC_TARGET_DOT_SEGMENT},
    {"/a/..?x", SC_TARGET_DOT_SEGMENT},

    /* P03, P06, P13, P20, P21, P47: bytes that may not hide */
    {"/v1/items/search/..%2f7%2fpurge", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/v1/items/search%2F7", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/v1/items/search/..%3b/7/purge", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/a%3Bb", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/a%5cb", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/a%5Cb", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/a%25b", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/%252e%252e/x", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/v1/items/search%00/7", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/v1/items/7%0a", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/v1/items/7%0d", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/v1/items/7%09", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/v1/items/7%1f", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/v1/items/7%7f", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/a%0d%0aX:%20y", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/a%C2%85b", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/a%C2%80b", SC_TARGET_FORBIDDEN_ESCAPE},
    {"/a%C2%9fb", SC_TARGET_FORBIDDEN_ESCAPE},

    /* P33, P47: escapes of what needs none */
    {"/%76%31/%69tems/7", SC_TARGET_NEEDLESS_ESCAPE},
    {"/%2e%2E", SC_TARGET_NEEDLESS_ESCAPE},
    {"/%2e", SC_TARGET_NEEDLESS_ESCAPE},
    {"/.%2e", SC_TARGET_NEEDLESS_ESCAPE},
    {"/a%2Db", SC_TARGET_NEEDLESS_ESCAPE},
    {"/a%5Fb", SC_TARGET_NEEDLESS_ESCAPE},
    {"/a%30b", SC_TARGET_NEEDLESS_ESCAPE},
    {"/a%5Ab", SC_TARGET_NEEDLESS_ESCAPE},
    {"/a%7Ab", SC_TARGET_NEEDLESS_ESCAPE},

    /* P07, P40: parameters */
    {"/v1/items/7;jsessionid=0123456789ABCDEF", SC_TARGET_PARAMETER},
    {"/rest/..;/admin", SC_TARGET_PARAMETER},
    {"/;x=1/admin", SC_TARGET_PARAMETER},
    {"/s/x/_/;/WEB-INF/web.xml", SC_TARGET_PARAMETER},
    {"/secure/X.jspa;", SC_TARGET_PARAMETER},

    /* P09, P46: empty segments */
    {"//v1//items/7/purge", SC_TARGET_EMPTY_SEGMENT},
    {"//", SC_TARGET_EMPTY_SEGMENT},
    {"//evil.com/admin", SC_TARGET_EMPTY_SEGMENT},
    {"/v1//items", SC_TARGET_EMPTY_SEGMENT},
    {"/v1/items//", SC_TARGET_EMPTY_SEGMENT},
    {"/v1/items//purge", SC_TARGET_EMPTY_SEGMENT},

    /* P13, P17, P30: raw bytes */
    {"/v1/items/search\\..\\7\\purge", SC_TARGET_BYTE},
    {"/v1/items/search ../7/purge HTTP/1.1", SC_TARGET_BYTE},
    {"/v1/items/7\t", SC_TARGET_BYTE},
    {"/v1/items/7\r\nX: y", SC_TARGET_BYTE},
    {"/v1/items/7\x01", SC_TARGET_BYTE},
    {"/v1/items/7\x7f", SC_TARGET_BYTE},
    {"/v1/items/7\x85", SC_TARGET_BYTE},
    {"/v1/items/7\xa0", SC_TARGET_BYTE},
    {"/v1/items/7\xff", SC_TARGET_BYTE},
    {"/\xc3\xa9", SC_TARGET_BYTE},
    {"/a\"b", SC_TARGET_BYTE},
    {"/a<b", SC_TARGET_BYTE},
    {"/a>b", SC_TARGET_BYTE},
    {"/a[b", SC_TARGET_BYTE},
    {"/a]b", SC_TARGET_BYTE},
    {"/a^b", SC_TARGET_BYTE},
    {"/a`b", SC_TARGET_BYTE},
    {"/a{b", SC_TARGET_BYTE},
    {"/a|b", SC_TARGET_BYTE},
    {"/a}b", SC_TARGET_BYTE},
    {"/a?b c", SC_TARGET_BYTE},
    {"/a?b\t", SC_TARGET_BYTE},
    {"/a?b\xff", SC_TARGET_BYTE},
    {"/a?b\x7f", SC_TARGET_BYTE},

    /* P24: fragments */
    {"/x#/../admin", SC_TARGET_FRAGMENT},
    {"/x#", SC_TARGET_FRAGMENT},
    {"/x?a#b", SC_TARGET_FRAGMENT},
    {"/#?a", SC_TARGET_FRAGMENT},

    /* P32: broken escapes */
    {"/v1/items/%u002e", SC_TARGET_ESCAPE},
    {"/v1/items/%zz", SC_TARGET_ESCAPE},
    {"/v1/items/%2", SC_TARGET_ESCAPE},
    {"/v1/items/%", SC_TARGET_ESCAPE},
    {"/v1/items/%2g", SC_TARGET_ESCAPE},
    {"/%/a", SC_TARGET_ESCAPE},
    {"/a%2/0", SC_TARGET_ESCAPE},
    {"/a%2?0", SC_TARGET_ESCAPE},
    {"/a%+2", SC_TARGET_ESCAPE},

    /* not UTF-8 */
    {"/%c0%ae", SC_TARGET_UTF8},
    {"/%c0%af", SC_TARGET_UTF8},
    {"/%e0%80%af", SC_TARGET_UTF8},
    {"/%ff", SC_TARGET_UTF8},
    {"/%80", SC_TARGET_UTF8},
    {"/%c3", SC_TARGET_UTF8},
    {"/%c3/%a9", SC_TARGET_UTF8},
    {"/%ed%a0%80", SC_TARGET_UTF8},
    {"/%f4%90%80%80", SC_TARGET_UTF8},

    /* P16, P31, P46, P47: what upstreams trim */
    {"/v1/items/search%20", SC_TARGET_TRIMMED},
    {"/v1/items/%20search", SC_TARGET_TRIMMED},
    {"/v1/items/%20", SC_TARGET_TRIMMED},
    {"/v1/items/search.", SC_TARGET_TRIMMED},
    {"/v1/items/...", SC_TARGET_TRIMMED},
    {"/v1./items", SC_TARGET_TRIMMED},
    {"/a%C2%A0", SC_TARGET_TRIMMED},
    {"/%C2%A0a", SC_TARGET_TRIMMED},
    {"/a%E2%80%8B", SC_TARGET_TRIMMED},
    {"/a%E2%80%A8", SC_TARGET_TRIMMED},
    {"/a%E2%80%AF", SC_TARGET_TRIMMED},
    {"/a%E3%80%80", SC_TARGET_TRIMMED},
    {"/%EF%BB%BFa", SC_TARGET_TRIMMED},
    {"/a%E1%9A%80", SC_TARGET_TRIMMED},
    {"/a%E1%A0%8E", SC_TARGET_TRIMMED},
    {"/a%E2%81%9F", SC_TARGET_TRIMMED},
    {"/a%E2%81%A0", SC_TARGET_TRIMMED},
    {"/a%E2%80%A9", SC_TARGET_TRIMMED},
    {"/a%E2%80%80", SC_TARGET_TRIMMED},
    {"/a%E2%80%8F", SC_TARGET_TRIMMED},
    {"/a%E2%80%90", SC_TARGET_OK},
    {"/a%C2%A1", SC_TARGET_OK},

    /* M03, H22: what a query may not carry */
    {"/a?_method=DELETE", SC_TARGET_QUERY_METHOD},
    {"/a?x-method-override=PUT", SC_TARGET_QUERY_METHOD},
    {"/a?_HttpMethod=PATCH", SC_TARGET_QUERY_METHOD},
    {"/a?%5fmethod=DELETE", SC_TARGET_QUERY_METHOD},
    {"/a?a=1;_method=DELETE", SC_TARGET_QUERY_METHOD},
    {"/a?a=1&_method", SC_TARGET_QUERY_METHOD},
    {"/a?+_method=x", SC_TARGET_QUERY_METHOD},
    {"/a?_method%20=x", SC_TARGET_QUERY_METHOD},
    {"/a?_method%00=x", SC_TARGET_QUERY_METHOD},
    {"/a?_method[]=x", SC_TARGET_QUERY_METHOD},
    {"/a?_method%5B0%5D=x", SC_TARGET_QUERY_METHOD},
    {"/a?.method=x", SC_TARGET_QUERY_METHOD},
    {"/a?_method%00x=x", SC_TARGET_QUERY_METHOD},
    {"/a?http.method=x", SC_TARGET_QUERY_METHOD},
    {"/a?http+method%20=x", SC_TARGET_QUERY_METHOD},
    {"/a?x_http_method_override=x", SC_TARGET_QUERY_METHOD},
    {"/a?access.token=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?http_method=x", SC_TARGET_QUERY_METHOD},
    {"/a?httpMethod=x", SC_TARGET_QUERY_METHOD},
    {"/a?method_override=x", SC_TARGET_QUERY_METHOD},
    {"/a?X-HTTP-Method=x", SC_TARGET_QUERY_METHOD},
    {"/a?X-HTTP-Method-Override=x", SC_TARGET_QUERY_METHOD},
    {"/a?access_token=RO", SC_TARGET_QUERY_IDENTITY},
    {"/a?ACCESS_TOKEN", SC_TARGET_QUERY_IDENTITY},
    {"/a?private_token=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?job_token=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?oauth_token=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?api_key=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?apikey=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?Authorization=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?client_secret=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?jwt=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?token=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?nextPageToken=x&tokens=1", SC_TARGET_OK},
    {"/a?os_authType=basic", SC_TARGET_QUERY_IDENTITY},
    {"/a?os_username=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?b=1&os_password=x", SC_TARGET_QUERY_IDENTITY},
    {"/a?sudo=admin", SC_TARGET_QUERY_IDENTITY},
    {"/a?s%75do=admin", SC_TARGET_QUERY_IDENTITY},
};

static void
every_target_meets_its_rule(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum sc_target_rule rule = sc_target_parse(sc_str_c(cases[i].raw), &t);

        assert_msg(rule == cases[i].rule, "%s: %s, not %s", cases[i].raw,
                   sc_target_rule_text(rule),
                   sc_target_rule_text(cases[i].rule));
    }
}


static void
every_byte_of_a_path_is_known(void **state)
{
    static const char raw_ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "abcdefghijklmnopqrstuvwxyz"
                                 "-._~!$&'()*+,=:@/?";

    (void) state;
    for (int c = 0; c < 256; c++) {
        char raw[5] = {'/', 'a', (char) c, 'b', '\0'}, escaped[8];
        bool ok = c != 0 && strchr(raw_ok, c) != NULL;
        bool plain = c != 0 && strchr(raw_ok, c) < raw_ok + 65 && ok;
        bool escape_ok =
            c >= 0x20 && c < 0x7f && !plain && strchr("/\\;%", c) == NULL;

        assert_msg((sc_target_parse(sc_str(raw, 4), &t) == SC_TARGET_OK) == ok,
                   "raw byte %d", c);
        (void) snprintf(escaped, sizeof(escaped), "/a%%%02xb", (unsigned) c);
        assert_msg((sc_target_parse(sc_str(escaped, 6), &t) == SC_TARGET_OK)
                       == escape_ok,
                   "escaped byte %d", c);
        raw[1] = '?';
        assert_msg((sc_target_parse(sc_str(raw, 4), &t) == SC_TARGET_OK)
                       == (c > 0x20 && c < 0x7f && c != '#'),
                   "query byte %d", c);
    }
}


static void
a_nul_ends_nothing(void **state)
{
    (void) state;
    assert_int_equal(sc_target_parse(SC_STR("/a\0/../b"), &t), SC_TARGET_BYTE);
    assert_int_equal(sc_target_parse(SC_STR("/a?\0_method"), &t),
                     SC_TARGET_BYTE);
    assert_int_equal(sc_target_parse(sc_str(NULL, 0), &t), SC_TARGET_FORM);

    /* nor does what stands behind a slice belong to it */
    assert_int_equal(sc_target_parse(sc_str("/a%20", 4), &t),
                     SC_TARGET_ESCAPE);
    assert_int_equal(sc_target_parse(sc_str("/a%20", 3), &t),
                     SC_TARGET_ESCAPE);
    assert_int_equal(sc_target_parse(sc_str("/a;", 2), &t), SC_TARGET_OK);
    assert_int_equal(sc_target_parse(sc_str("/a#", 2), &t), SC_TARGET_OK);
    assert_int_equal(sc_target_parse(sc_str("/a?b#", 4), &t), SC_TARGET_OK);
    assert_int_equal(sc_target_parse(sc_str("/a?b c", 4), &t), SC_TARGET_OK);
    assert_int_equal(sc_target_parse(sc_str("/a\\", 2), &t), SC_TARGET_OK);
}


static void
parts_are_told_apart(void **state)
{
    (void) state;
    assert_int_equal(sc_target_parse(SC_STR("/a%20b/%C3%A9/c?d=/e?f"), &t), 0);
    assert_str(t.raw, "/a%20b/%C3%A9/c?d=/e?f");
    assert_str(t.path, "/a%20b/%C3%A9/c");
    assert_str(t.query, "d=/e?f");
    assert_int_equal(t.nsegments, 3);
    assert_false(t.trailing_slash);
    assert_str(t.segments[0], "a b");
    assert_str(t.segments[1], "\xc3\xa9");
    assert_str(t.segments[2], "c");

    assert_int_equal(sc_target_parse(SC_STR("/a/"), &t), 0);
    assert_int_equal(t.nsegments, 1);
    assert_true(t.trailing_slash);
    assert_null(t.query.data);

    assert_int_equal(sc_target_parse(SC_STR("/?"), &t), 0);
    assert_int_equal(t.nsegments, 0);
    assert_true(t.trailing_slash);
    assert_non_null(t.query.data);
    assert_int_equal(t.query.len, 0);
}


static void
lengths_and_numbers_of_segments_are_limited(void **state)
{
    static char raw[SC_TARGET_MAX + 2];

    (void) state;
    memset(raw, 'a', sizeof(raw));
    raw[0] = '/';
    assert_int_equal(sc_target_parse(sc_str(raw, SC_TARGET_MAX), &t), 0);
    assert_int_equal(sc_target_parse(sc_str(raw, SC_TARGET_MAX + 1), &t),
                     SC_TARGET_LENGTH);
    raw[1] = '?';
    assert_int_equal(sc_target_parse(sc_str(raw, SC_TARGET_MAX), &t), 0);
    assert_int_equal(sc_target_parse(sc_str(raw, SC_TARGET_MAX + 1), &t),
                     SC_TARGET_LENGTH);

    for (size_t i = 0; i < sizeof(raw); i++) {
        raw[i] = "/a"[i % 2];
    }
    assert_int_equal(sc_target_parse(sc_str(raw, 2 * SC_SEGMENTS_MAX), &t), 0);
    assert_int_equal(t.nsegments, SC_SEGMENTS_MAX);
    assert_int_equal(sc_target_parse(sc_str(raw, 2 * SC_SEGMENTS_MAX + 1), &t),
                     0); /* a trailing slash is no segment */
    assert_int_equal(sc_target_parse(sc_str(raw, 2 * SC_SEGMENTS_MAX + 2), &t),
                     SC_TARGET_SEGMENTS);
    assert_int_equal(sc_target_parse(sc_str(raw, 6000), &t),
                     SC_TARGET_SEGMENTS);
}


static void
a_query_is_walked_parameter_by_parameter(void **state)
{
    static const char *const want[][2] = {
        {"a", "1"},  {"b c", "d e"}, {"", ""},     {"e", ""},
        {"", "x=y"}, {"%zz", "%"},   {"f\xff", ""}};
    struct sc_str query = SC_STR("a=1&b+c=d%20e;&e&=x=y&%zz=%&f%ff=");
    char buf[2 * SC_TARGET_MAX];
    struct sc_str name, value;
    size_t at = 0;

    (void) state;
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_true(sc_query_next(query, &at, buf, &name, &value));
        assert_str(name, want[i][0]);
        assert_str(value, want[i][1]);
    }
    assert_false(sc_query_next(query, &at, buf, &name, &value));
    assert_false(sc_query_next(query, &at, buf, &name, &value));
    at = 0;
    assert_false(sc_query_next(sc_str(NULL, 0), &at, buf, &name, &value));
}


static void
every_rule_has_a_text(void **state)
{
    (void) state;
    for (int rule = 0; rule <= SC_TARGET_QUERY_METHOD; rule++) {
        assert_string_not_equal(
            sc_target_rule_text((enum sc_target_rule) rule), "unknown rule");
    }
    assert_string_equal(sc_target_rule_text((enum sc_target_rule) 99),
                        "unknown rule");
}


/*
 * Models of how upstreams read a path.  Each gives the segments, joined by
 * '/', in its own way; all must agree with ours.
 */

#define TEXT 4096

static size_t
percent_decode(const char *in, size_t n, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        int high = i + 2 < n ? sc_hex_value(in[i + 1]) : -1;
        int low = i + 2 < n ? sc_hex_value(in[i + 2]) : -1;

        if (in[i] == '%' && high >= 0 && low >= 0) {
            out[len++] = (char) (high * 16 + low);
            i += 2;
        } else {
            out[len++] = in[i];
        }
    }

    return len;
}


/* Resolve dots and merge slashes; '\\' counts as '/' if asked to. */
static size_t
clean(const char *in, size_t n, bool backslash, char *out)
{
    size_t len = 0, i = 0;

    while (i < n) {
        size_t from;

        while (i < n && (in[i] == '/' || (backslash && in[i] == '\\'))) {
            i++;
        }
        from = i;
        while (i < n && in[i] != '/' && !(backslash && in[i] == '\\')) {
            i++;
        }
        if (i - from == 1 && in[from] == '.') {
            continue;
        }
        if (i - from == 2 && in[from] == '.' && in[from + 1] == '.') {
            while (len > 0 && out[--len] != '/') {
            }
            continue;
        }
        if (i != from) {
            out[len++] = '/';
            memcpy(out + len, in + from, i - from);
            len += i - from;
        }
    }

    return len;
}


/* Cut ";..." off each segment. */
static size_t
cut_parameters(const char *in, size_t n, char *out)
{
    size_t len = 0;
    bool skip = false;

    for (size_t i = 0; i < n; i++) {
        skip = in[i] == ';' || (skip && in[i] != '/');
        if (!skip) {
            out[len++] = in[i];
        }
    }

    return len;
}


/* As Rails, Express and Windows do: trim each segment. */
static size_t
trim_segments(const char *in, size_t n, char *out)
{
    size_t len = 0, i = 0;

    while (i < n) {
        size_t from = ++i, to;

        while (i < n && in[i] != '/') {
            i++;
        }
        for (to = i; to > from && (in[to - 1] == '.' || in[to - 1] == ' ');
             to--) {
        }
        while (from < to && in[from] == ' ') {
            from++;
        }
        out[len++] = '/';
        memcpy(out + len, in + from, to - from);
        len += to - from;
    }

    return len;
}


static void
all_models_agree(void)
{
    char ours[TEXT], a[TEXT], b[TEXT], c[TEXT];
    struct sc_buf join = sc_buf(ours, sizeof(ours));
    struct sc_str want;
    size_t n;

    for (uint32_t i = 0; i < t.nsegments; i++) {
        sc_buf_addc(&join, "/");
        sc_buf_add(&join, t.segments[i]);
    }
    want = sc_buf_str(&join);

    /* nginx and Go: decode, then clean */
    n = percent_decode(t.path.data, t.path.len, a);
    assert_true(sc_str_eq(sc_str(b, clean(a, n, false, b)), want));

    /* decoded twice */
    n = percent_decode(a, n, c);
    assert_true(sc_str_eq(sc_str(b, clean(c, n, true, b)), want));

    /* Tomcat: cut parameters, decode, backslash is slash, clean */
    n = cut_parameters(t.path.data, t.path.len, a);
    n = percent_decode(a, n, b);
    n = cut_parameters(b, n, c);
    assert_true(sc_str_eq(sc_str(b, clean(c, n, true, b)), want));

    /* WHATWG: clean the raw path, then decode */
    n = clean(t.path.data, t.path.len, true, a);
    assert_true(sc_str_eq(sc_str(b, percent_decode(a, n, b)), want));

    /* trimming */
    n = trim_segments(want.data, want.len, a);
    assert_true(sc_str_eq(sc_str(a, n), want));

    /* as a C string */
    assert_null(memchr(want.data, '\0', want.len));
}


static void
no_normaliser_changes_an_accepted_path(void **state)
{
    static const char *const bits[] = {
        "/",   "/",   "/",   "a",   "b",   ".",   "..",  "%2e",    "%2f",
        "%20", "%5c", "\\",  ";",   "%3b", "%25", "%00", "%C3",    "%A9",
        "x",   "7",   "%3F", "?",   "#",   " ",   "%0a", "%c0%ae", "%",
        "~",   "@",   "a.b", "%7E", "%21", "+",   ":",   "%23",    "*"};
    uint64_t seed = 6;
    unsigned accepted = 0;

    (void) state;
    for (unsigned round = 0; round < 400000; round++) {
        char raw[256] = "/";
        size_t len = 1;
        unsigned n = 1 + (unsigned) (fx_random(&seed) % 9);

        for (unsigned i = 0; i < n; i++) {
            const char *bit = bits[fx_random(&seed) % COUNT(bits)];

            memcpy(raw + len, bit, strlen(bit));
            len += strlen(bit);
        }
        if (sc_target_parse(sc_str(raw, len), &t) == SC_TARGET_OK) {
            accepted++;
            all_models_agree();
        }
    }
    assert_in_range(accepted, 10000, 390000);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_target_meets_its_rule),
        cmocka_unit_test(every_byte_of_a_path_is_known),
        cmocka_unit_test(a_nul_ends_nothing),
        cmocka_unit_test(parts_are_told_apart),
        cmocka_unit_test(lengths_and_numbers_of_segments_are_limited),
        cmocka_unit_test(a_query_is_walked_parameter_by_parameter),
        cmocka_unit_test(every_rule_has_a_text),
        cmocka_unit_test(no_normaliser_changes_an_accepted_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
