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
    BYTE_QUERY = 1,  /* may stand in a query: printable ASCII but '#' */
    BYTE_PATH = 2,   /* in a path: pchar without ';', '%' and '/' included */
    BYTE_PLAIN = 4,  /* letters, digits, '-', '.', '_': never escaped */
    BYTE_ESCAPE = 8, /* '%' */

    IN_QUERY = BYTE_QUERY,
    IN_BOTH = BYTE_QUERY | BYTE_PATH,
    IN_NAME = IN_BOTH | BYTE_PLAIN
};

/* A table: the bytes of a path are as good as random, and a mispredicted
 * branch costs more than ten look-ups. */
static const uint8_t byte_class[256] = {
    ['!'] = IN_BOTH,          ['"'] = IN_QUERY,
    ['$'] = IN_BOTH,          ['%'] = IN_BOTH | BYTE_ESCAPE,
    ['&' ... ','] = IN_BOTH,  ['-' ... '.'] = IN_NAME,
    ['/'] = IN_BOTH,          ['0' ... '9'] = IN_NAME,
    [':'] = IN_BOTH,          [';' ... '<'] = IN_QUERY,
    ['='] = IN_BOTH,          ['>' ... '?'] = IN_QUERY,
    ['@'] = IN_BOTH,          ['A' ... 'Z'] = IN_NAME,
    ['[' ... '^'] = IN_QUERY, ['_'] = IN_NAME,
    ['`'] = IN_QUERY,         ['a' ... 'z'] = IN_NAME,
    ['{' ... '}'] = IN_QUERY, ['~'] = IN_BOTH,
};

/* Is an escaped byte one that may not hide in a path? */
static enum sc_target_rule
escaped_byte(uint8_t c)
{
    if (c < 0x20 || c == 0x7f || c == '/' || c == '\\' || c == ';'
        || c == '%') {
        return SC_TARGET_FORBIDDEN_ESCAPE;
    }

    if ((byte_class[c] & BYTE_PLAIN) != 0) {
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


/* What holds for every segment: no dot at its end, nor dots alone. */
static enum sc_target_rule
check_dots(struct sc_str segment)
{
    if (segment.data[segment.len - 1] != '.') {
        return SC_TARGET_OK;
    }

    return segment.len == 1 || (segment.len == 2 && segment.data[0] == '.')
               ? SC_TARGET_DOT_SEGMENT
               : SC_TARGET_TRIMMED;
}


/* What else holds for one that was escaped, and is decoded now. */
static enum sc_target_rule
check_decoded(struct sc_str segment)
{
    int32_t code = 0, first = 0;
    size_t at = 0;

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

    return is_trimmed(first) || is_trimmed(code) ? SC_TARGET_TRIMMED
                                                 : SC_TARGET_OK;
}


/* The byte that the escape at s.data[at] == '%' stands for, or -1. */
static int
escape_value(struct sc_str s, size_t at)
{
    int high = at + 1 < s.len ? sc_hex_value(s.data[at + 1]) : -1;
    int low = at + 2 < s.len ? sc_hex_value(s.data[at + 2]) : -1;

    return high < 0 || low < 0 ? -1 : high << 4 | low;
}


/* Decode raw, which has an escape, into out. */
static enum sc_target_rule
decode_segment(struct sc_str raw, char *out, struct sc_str *segment)
{
    enum sc_target_rule rule;
    size_t n = 0;

    for (size_t i = 0; i < raw.len; i++) {
        int value;

        if (raw.data[i] != '%') {
            out[n++] = raw.data[i];
            continue;
        }

        value = escape_value(raw, i);
        if (value < 0) {
            return SC_TARGET_ESCAPE;
        }

        out[n++] = (char) value;
        rule = escaped_byte((uint8_t) value);
        if (rule != SC_TARGET_OK) {
            return rule;
        }
        i += 2;
    }

    *segment = sc_str(out, n);
    return check_decoded(*segment);
}


/* Which rule does a byte break that is not of a class? */
static enum sc_target_rule
byte_rule(struct sc_str text, enum byte_class class)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if ((byte_class[(uint8_t) c] & class) == 0) {
            return c == '#'   ? SC_TARGET_FRAGMENT
                   : c == ';' ? SC_TARGET_PARAMETER
                              : SC_TARGET_BYTE;
        }
    }

    return SC_TARGET_OK;
}


/* All bytes of text are of a class; *any is what some of them are. */
static enum sc_target_rule
check_bytes(struct sc_str text, enum byte_class class, unsigned *any)
{
    unsigned all = class;

    *any = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned is = byte_class[(uint8_t) text.data[i]];

        all &= is;
        *any |= is;
    }

    return all != 0 ? SC_TARGET_OK : byte_rule(text, class);
}


static enum sc_target_rule
parse_path(struct sc_target *t)
{
    struct sc_str rest = t->path;
    char *out = t->decoded;
    unsigned any;
    enum sc_target_rule rule = check_bytes(rest, BYTE_PATH, &any);

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

        *segment = raw;
        if ((any & BYTE_ESCAPE) != 0
            && memchr(raw.data, '%', raw.len) != NULL) {
            rule = decode_segment(raw, out, segment);
            out += segment->len;
        }
        if (rule == SC_TARGET_OK) {
            rule = check_dots(*segment);
        }
        t->nsegments++;
    }

    return rule;
}


/* Cut the next parameter off a query: its name, its value, still encoded. */
static bool
cut_parameter(struct sc_str query, size_t *at, struct sc_str *name,
              struct sc_str *value)
{
    const char *from = query.data + *at;
    size_t end, equals;

    if (*at >= query.len) {
        return false;
    }

    for (end = 0;
         end < query.len - *at && from[end] != '&' && from[end] != ';';
         end++) {
    }
    for (equals = 0; equals < end && from[equals] != '='; equals++) {
    }

    *name = sc_str(from, equals);
    *value = equals < end ? sc_str(from + equals + 1, end - equals - 1)
                          : sc_str(from + end, 0);
    *at += end + 1;
    return true;
}


/* Decode a name or value of a query into out. */
static struct sc_str
decode_query_part(struct sc_str in, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < in.len; i++) {
        int value = in.data[i] == '%' ? escape_value(in, i) : -1;

        if (value >= 0) {
            out[n++] = (char) value;
            i += 2;
        } else {
            out[n++] = (char) (in.data[i] == '+' ? ' ' : in.data[i]);
        }
    }

    return sc_str(out, n);
}


bool
sc_query_next(struct sc_str query, size_t *at, char *buf, struct sc_str *name,
              struct sc_str *value)
{
    if (!cut_parameter(query, at, name, value)) {
        return false;
    }

    *name = decode_query_part(*name, buf);
    *value = decode_query_part(*value, buf + name->len);
    return true;
}


/* Parameters by which some upstream takes another method or identity. */
static enum sc_target_rule
query_name_rule(struct sc_str name)
{
#define NAME(text)                                                            \
    {                                                                         \
        text, sizeof(text) - 1                                                \
    }
    static const struct {
        struct sc_str name;
        enum sc_target_rule rule;
    } refused[] = {
        {NAME("_method"), SC_TARGET_QUERY_METHOD},
        {NAME("_httpmethod"), SC_TARGET_QUERY_METHOD},
        {NAME("http_method"), SC_TARGET_QUERY_METHOD},
        {NAME("httpmethod"), SC_TARGET_QUERY_METHOD},
        {NAME("method_override"), SC_TARGET_QUERY_METHOD},
        {NAME("x_http_method"), SC_TARGET_QUERY_METHOD},
        {NAME("x_http_method_override"), SC_TARGET_QUERY_METHOD},
        {NAME("x_method_override"), SC_TARGET_QUERY_METHOD},
        {NAME("access_token"), SC_TARGET_QUERY_IDENTITY},
        {NAME("private_token"), SC_TARGET_QUERY_IDENTITY},
        {NAME("job_token"), SC_TARGET_QUERY_IDENTITY},
        {NAME("oauth_token"), SC_TARGET_QUERY_IDENTITY},
        {NAME("api_key"), SC_TARGET_QUERY_IDENTITY},
        {NAME("apikey"), SC_TARGET_QUERY_IDENTITY},
        {NAME("authorization"), SC_TARGET_QUERY_IDENTITY},
        {NAME("client_secret"), SC_TARGET_QUERY_IDENTITY},
        {NAME("jwt"), SC_TARGET_QUERY_IDENTITY},
        {NAME("token"), SC_TARGET_QUERY_IDENTITY},
        {NAME("os_authtype"), SC_TARGET_QUERY_IDENTITY},
        {NAME("os_username"), SC_TARGET_QUERY_IDENTITY},
        {NAME("os_password"), SC_TARGET_QUERY_IDENTITY},
        {NAME("sudo"), SC_TARGET_QUERY_IDENTITY},
    };
#undef NAME

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (name.len == refused[i].name.len
            && sc_lower(name.data[0]) == refused[i].name.data[0]
            && sc_str_eq_nocase(name, refused[i].name)) {
            return refused[i].rule;
        }
    }

    return SC_TARGET_OK;
}


/*
 * The name of a parameter as upstreams read it: trimmed, cut at '[' or NUL,
 * a dot, a space or a hyphen like an underscore (PHP keeps neither dots nor
 * spaces).
 */
static struct sc_str
read_name(struct sc_str in, char *buf)
{
    size_t from = 0, end, len = decode_query_part(in, buf).len;

    while (from < len && (uint8_t) buf[from] <= ' ') {
        from++;
    }
    for (end = from; end < len && buf[end] != '[' && buf[end] != '\0'; end++) {
    }
    while (end > from && (uint8_t) buf[end - 1] <= ' ') {
        end--;
    }

    for (size_t i = from; i < end; i++) {
        if (buf[i] == '.' || buf[i] == ' ' || buf[i] == '-') {
            buf[i] = '_';
        }
    }

    return sc_str(buf + from, end - from);
}


static enum sc_target_rule
parse_query(struct sc_str query)
{
    char buf[SC_TARGET_MAX];
    struct sc_str name, value;
    unsigned any;
    size_t at = 0;
    enum sc_target_rule rule = check_bytes(query, BYTE_QUERY, &any);

    while (rule == SC_TARGET_OK && cut_parameter(query, &at, &name, &value)) {
        rule = query_name_rule(read_name(name, buf));
    }

    return rule;
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
