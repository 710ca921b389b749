/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_credential.c - an accepted credential is exactly one: written again
 * from what was read it is the same value, but for the spelling of the scheme
 * and the number of spaces.
 */

#include "core/credential.h"

#include "tests/fuzz/fuzz.h"
#include "tests/unit/fixture.h"

static void
check_basic(const struct sc_credential *c, struct sc_str rest)
{
    char plain[SC_CREDENTIAL_MAX], coded[2 * SC_CREDENTIAL_MAX];
    struct sc_buf b = sc_buf(plain, sizeof(plain));

    HOLDS(c->user.len != 0 && memchr(c->user.data, ':', c->user.len) == NULL);
    sc_buf_add(&b, c->user);
    sc_buf_addc(&b, ":");
    sc_buf_add(&b, c->secret);
    HOLDS(!b.full);
    fx_base64(sc_buf_str(&b), coded);
    HOLDS(sc_str_eq(sc_str_c(coded), rest));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zero[sizeof(struct sc_credential)];
    static struct sc_credential c;
    struct sc_str rest = sc_str((const char *) data, size);

    if (sc_credential_parse(rest, &c) != 0) {
        HOLDS(memcmp(&c, zero, sizeof(c)) == 0);
        return 0;
    }

    while (rest.len != 0 && rest.data[0] != ' ') {
        rest.data++;
        rest.len--;
    }
    while (rest.len != 0 && rest.data[0] == ' ') {
        rest.data++;
        rest.len--;
    }
    HOLDS(c.secret.len != 0 && size <= SC_CREDENTIAL_MAX);
    if (c.scheme == SC_SCHEME_BASIC) {
        check_basic(&c, rest);
    } else {
        HOLDS(c.scheme == SC_SCHEME_BEARER || c.scheme == SC_SCHEME_TOKEN);
        HOLDS(c.user.len == 0 && sc_str_eq(c.secret, rest));
        for (size_t i = 0; i < c.secret.len; i++) {
            HOLDS(c.secret.data[i] > ' ' && c.secret.data[i] < 0x7f);
        }
    }
    return 0;
}
