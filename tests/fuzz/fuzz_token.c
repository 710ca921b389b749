/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_token.c - 21 bytes or more make a token of the kind of the first and
 * the random bytes behind it; what follows changes that token, and any change
 * of one character is refused.  The bytes as they are parse as a token only
 * with prefix and checksum in place.
 */

#include "core/token.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[SC_TOKEN_LEN + 1];
    struct sc_str raw = sc_str((const char *) data, size);
    enum sc_token_kind kind = sc_token_parse(raw);

    if (kind != SC_TOKEN_NONE) {
        HOLDS(size == SC_TOKEN_LEN && memcmp(data, "sc", 2) == 0
              && data[3] == '_');
    }
    if (size < 1 + SC_TOKEN_RANDOM) {
        return 0;
    }

    kind = (enum sc_token_kind)(1 + data[0] % 4);
    HOLDS(sc_token_make(kind, data + 1, text) == 0);
    HOLDS(sc_token_parse(sc_str(text, SC_TOKEN_LEN)) == kind);
    if (size >= 3 + SC_TOKEN_RANDOM) {
        size_t at = data[1 + SC_TOKEN_RANDOM] % SC_TOKEN_LEN;
        char to = (char) data[2 + SC_TOKEN_RANDOM];

        if (text[at] != to) {
            text[at] = to;
            HOLDS(sc_token_parse(sc_str(text, SC_TOKEN_LEN)) == SC_TOKEN_NONE);
        }
    }
    return 0;
}
