/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_target.c - an accepted target, written again from its segments, is
 * accepted again with the same segments; and nothing accepted holds a byte
 * or a segment that upstreams read in two ways.
 */

#include "core/target.h"

#include "tests/fuzz/fuzz.h"

static struct sc_target t, again;
static char text[3 * SC_TARGET_MAX + 100];

/* Escape all but letters, digits, '-', '.', '_'. */
static void
add_segment(struct sc_buf *b, struct sc_str s)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t) s.data[i];
        char escape[3] = {'%', hex[c >> 4], hex[c & 15]};

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
            || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_') {
            sc_buf_add(b, sc_str(&s.data[i], 1));
        } else {
            sc_buf_add(b, sc_str(escape, 3));
        }
    }
}


static void
check_segment(struct sc_str s)
{
    HOLDS(s.len != 0);
    HOLDS(s.data[s.len - 1] != '.' && s.data[0] != ' ');
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t) s.data[i];

        HOLDS(c >= 0x20 && c != 0x7f && c != '/' && c != '\\' && c != ';'
              && c != '%');
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sc_buf b = sc_buf(text, sizeof(text));
    struct sc_str raw = sc_str((const char *) data, size);

    if (sc_target_parse(raw, &t) != SC_TARGET_OK) {
        return 0;
    }

    HOLDS(size <= SC_TARGET_MAX && t.nsegments <= SC_SEGMENTS_MAX);
    for (uint32_t i = 0; i < t.nsegments; i++) {
        check_segment(t.segments[i]);
        sc_buf_addc(&b, "/");
        add_segment(&b, t.segments[i]);
    }
    if (t.trailing_slash) {
        sc_buf_addc(&b, "/");
    }
    if (b.full || b.len > SC_TARGET_MAX) {
        return 0;
    }

    HOLDS(sc_target_parse(sc_buf_str(&b), &again) == SC_TARGET_OK);
    HOLDS(again.nsegments == t.nsegments
          && again.trailing_slash == t.trailing_slash);
    for (uint32_t i = 0; i < t.nsegments; i++) {
        HOLDS(sc_str_eq(again.segments[i], t.segments[i]));
    }
    return 0;
}
