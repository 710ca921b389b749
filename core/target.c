/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.c - the strict parse of a request target.
 *
 * Upstreams disagree on what an odd target means: some resolve dots, some
 * decode slashes, some cut at ';', some trim.  Whatever two of them could
 * read in two ways is refused here, so that the segments below are what every
 * upstream sees.
 */

#include "core/target.h"

enum byte_class {
    BYTE_BAD = 0,
    BYTE_PATH = 1,  /* pchar without ';', without '%' */
    BYTE_QUERY = 2, /* printable ASCII but '#' */
    BYTE_PLAIN = 4  /* letters, digits, '-', '.', '_': never escaped */
};

static unsigned
byte_class(uint8_t c)
{
    unsigned is = 0;

    if (c <= 0x20 || c >= 0x7f || c == '#') {
        return BYTE_BAD;
    }

    is = BYTE_QUERY;
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_') {
        is |= BYTE_PLAIN | BYTE_PATH;
    } else if (strchr("~!$&'()*+,=:@", c) != NULL) {
        is |= BYTE_PATH;
    }

    return is;
}


/* Is an escaped byte one that may not hide in a path? */
static enum sc_target_rule
escaped_byte(uint8_t c)
{
    if (c < 0x20 || c == 0x7f || c == '/' || c == '\\' || c == ';'
        || c == '%') {
        return SC_TARGET_FORBIDDEN_ESCAPE;
    }

    if (c < 0x80 && (byte_class(c) & BYTE_PLAIN) != 0) {
        return SC_TARGET_NEEDLESS_ESCAPE;
    }

    return SC_TARGET_OK;
}


/* White space that some upstream's trim takes away (Unicode White_Space, and
 * the zero-width and byte-order marks that JavaScript and others add). */
static bool
is_trimmed(int32_t code)
{
    return code <= 0x20 || code == 0x7f || (code >= 0x80 && code <= 0xa0)
           || code == 0x1680 || code == 0x180e
           || (code >= 0x2000 && code <= 0x200f) || code == 0x2028
           || code == 0x2029 || code == 0x202f || code == 0x205f
           || code == 0x2060 || code == 0x3000 || code == 0xfeff;
}


/* What holds for a whole decoded segment. */
static enum sc_target_rule
check_segment(struct sc_str segment)
{
    int32_t code = 0, first = 0;
    size_t at = 0;

    if (sc_str_eq(segment, SC_STR(".")) || sc_str_eq(segment, SC_STR(".."))) {
        return SC_TARGET_DOT_SEGMENT;
    }

    while (at < segment.len) {
        size_t from = at;

        code = sc_utf8_next(segment, &at);
        if (code < 0) {
            return SC_TARGET_UTF8;
        }
        if (code >= 0x80 && code <= 0x9f) {
            return SC_TARGET_FORBIDDEN_ESCAPE; /* C1 control */
        }
        if (from == 0) {
            first = code;
        }
    }

    if (is_trimmed(first) || is_trimmed(code) || code == '.') {
        return SC_TARGET_TRIMMED;
    }

    return SC_TARGET_OK;
}


/* Decode raw into out and set *segment, which borrows raw if it has no
 * escape. */
static enum sc_target_rule
decode_segment(struct sc_str raw, char *out, struct sc_str *segment)
{
    enum sc_target_rule rule;
    size_t n = 0;

    for (size_t i = 0; i < raw.len; i++) {
        int high, low;

        if (raw.data[i] != '%') {
            out[n++] = raw.data[i];
            continue;
        }

        high = i + 1 < raw.len ? sc_hex_value(raw.data[i + 1]) : -1;
        low = i + 2 < raw.len ? sc_hex_value(raw.data[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return SC_TARGET_ESCAPE;
        }

        out[n++] = (char) (high << 4 | low);
        rule = escaped_byte((uint8_t) out[n - 1]);
        if (rule != SC_TARGET_OK) {
            return rule;
        }
        i += 2;
    }

    *segment = n == raw.len ? raw : sc_str(out, n);
    return SC_TARGET_OK;
}


static enum sc_target_rule
check_path_bytes(struct sc_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        char c = path.data[i];

        if (c == ';') {
            return SC_TARGET_PARAMETER;
        }
        if (c == '#') {
            return SC_TARGET_FRAGMENT;
        }
        if (c != '/' && c != '%'
            && (byte_class((uint8_t) c) & BYTE_PATH) == 0) {
            return SC_TARGET_BYTE;
        }
    }

    return SC_TARGET_OK;
}


static enum sc_target_rule
parse_path(struct sc_target *t)
{
    struct sc_str rest = t->path;
    char *out = t->decoded;
    enum sc_target_rule rule = check_path_bytes(rest);

    while (rule == SC_TARGET_OK && rest.len != 0) {
        const char *slash;
        struct sc_str raw;
        struct sc_str *segment = &t->segments[t->nsegments];

        rest.data++; /* the slash before the segment */
        rest.len--;
        slash = memchr(rest.data, '/', rest.len);
        raw = sc_str(rest.data,
                     slash == NULL ? rest.len : (size_t) (slash - rest.data));
        rest = sc_str(raw.data + raw.len, rest.len - raw.len);

        if (raw.len == 0) {
            t->trailing_slash = true;
            return rest.len == 0 ? SC_TARGET_OK : SC_TARGET_EMPTY_SEGMENT;
        }
        if (t->nsegments == SC_SEGMENTS_MAX) {
            return SC_TARGET_SEGMENTS;
        }

        rule = decode_segment(raw, out, segment);
        if (rule == SC_TARGET_OK) {
            rule = check_segment(*segment);
        }
        out += raw.len;
        t->nsegments++;
    }

    return rule;
}


/* Decode up to the end of one name or value of a query. */
static size_t
decode_query_part(struct sc_str in, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < in.len; i++) {
        int high = i + 1 < in.len ? sc_hex_value(in.data[i + 1]) : -1;
        int low = i + 2 < in.len ? sc_hex_value(in.data[i + 2]) : -1;

        if (in.data[i] == '%' && high >= 0 && low >= 0) {
            out[n++] = (char) (high << 4 | low);
            i += 2;
        } else {
            out[n++] = in.data[i] == '+' ? ' ' : in.data[i];
        }
    }

    return n;
}


bool
sc_query_next(struct sc_str query, size_t *at, char *buf, struct sc_str *name,
              struct sc_str *value)
{
    size_t end, equals;

    if (*at >= query.len) {
        return false;
    }

    for (end = *at;
         end < query.len && query.data[end] != '&' && query.data[end] != ';';
         end++) {
    }
    for (equals = *at; equals < end && query.data[equals] != '='; equals++) {
    }

    name->data = buf;
    name->len = decode_query_part(sc_str(query.data + *at, equals - *at), buf);
    value->data = buf + name->len;
    value->len = 0;
    if (equals < end) {
        value->len = decode_query_part(
            sc_str(query.data + equals + 1, end - equals - 1),
            buf + name->len);
    }

    *at = end + 1;
    return true;
}


/* Parameters by which some upstream takes another method or identity. */
static enum sc_target_rule
query_name_rule(struct sc_str name)
{
    static const struct {
        const char *name;
        enum sc_target_rule rule;
    } refused[] = {
        {"_method", SC_TARGET_QUERY_METHOD},
        {"_httpmethod", SC_TARGET_QUERY_METHOD},
        {"http_method", SC_TARGET_QUERY_METHOD},
        {"httpmethod", SC_TARGET_QUERY_METHOD},
        {"method_override", SC_TARGET_QUERY_METHOD},
        {"x-http-method", SC_TARGET_QUERY_METHOD},
        {"x-http-method-override", SC_TARGET_QUERY_METHOD},
        {"x-method-override", SC_TARGET_QUERY_METHOD},
        {"access_token", SC_TARGET_QUERY_IDENTITY},
        {"private_token", SC_TARGET_QUERY_IDENTITY},
        {"job_token", SC_TARGET_QUERY_IDENTITY},
        {"oauth_token", SC_TARGET_QUERY_IDENTITY},
        {"api_key", SC_TARGET_QUERY_IDENTITY},
        {"apikey", SC_TARGET_QUERY_IDENTITY},
        {"authorization", SC_TARGET_QUERY_IDENTITY},
        {"client_secret", SC_TARGET_QUERY_IDENTITY},
        {"jwt", SC_TARGET_QUERY_IDENTITY},
        {"os_authtype", SC_TARGET_QUERY_IDENTITY},
        {"os_username", SC_TARGET_QUERY_IDENTITY},
        {"os_password", SC_TARGET_QUERY_IDENTITY},
        {"sudo", SC_TARGET_QUERY_IDENTITY},
    };

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (sc_str_eq_nocase(name, sc_str_c(refused[i].name))) {
            return refused[i].rule;
        }
    }

    return SC_TARGET_OK;
}


/* Upstreams trim parameter names and cut them at '[': so do we, to look. */
static struct sc_str
trim_name(struct sc_str name)
{
    const char *bracket;

    while (name.len != 0 && (uint8_t) name.data[0] <= ' ') {
        name.data++;
        name.len--;
    }

    bracket = name.len == 0 ? NULL : memchr(name.data, '[', name.len);
    if (bracket != NULL) {
        name.len = (size_t) (bracket - name.data);
    }

    while (name.len != 0 && (uint8_t) name.data[name.len - 1] <= ' ') {
        name.len--;
    }

    return name;
}


static enum sc_target_rule
parse_query(struct sc_str query)
{
    char buf[2 * SC_TARGET_MAX];
    struct sc_str name, value;
    size_t at = 0;

    for (size_t i = 0; i < query.len; i++) {
        if (query.data[i] == '#') {
            return SC_TARGET_FRAGMENT;
        }
        if ((byte_class((uint8_t) query.data[i]) & BYTE_QUERY) == 0) {
            return SC_TARGET_BYTE;
        }
    }

    while (sc_query_next(query, &at, buf, &name, &value)) {
        enum sc_target_rule rule = query_name_rule(trim_name(name));

        if (rule != SC_TARGET_OK) {
            return rule;
        }
    }

    return SC_TARGET_OK;
}


enum sc_target_rule
sc_target_parse(struct sc_str raw, struct sc_target *t)
{
    const char *mark;
    enum sc_target_rule rule;

    t->raw = raw;
    t->query = sc_str(NULL, 0);
    t->nsegments = 0;
    t->trailing_slash = false;

    if (raw.len == 0 || raw.data[0] != '/') {
        return SC_TARGET_FORM;
    }
    if (raw.len > SC_TARGET_MAX) {
        return SC_TARGET_LENGTH;
    }

    mark = memchr(raw.data, '?', raw.len);
    t->path =
        sc_str(raw.data, mark == NULL ? raw.len : (size_t) (mark - raw.data));
    if (mark != NULL) {
        t->query = sc_str(mark + 1, raw.len - t->path.len - 1);
    }

    rule = parse_path(t);
    if (rule == SC_TARGET_OK && mark != NULL) {
        rule = parse_query(t->query);
    }

    return rule;
}


const char *
sc_target_rule_text(enum sc_target_rule rule)
{
    switch (rule) {
#define X(name, text)                                                         \
    case name:                                                                \
        return text;
        SC_TARGET_RULES(X)
#undef X
    default:
        return "unknown rule";
    }
}
