/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_CREDENTIAL_H
#define SC_CORE_CREDENTIAL_H

/*
 * credential.h - what an Authorization header presents.
 *
 * Bearer (RFC 6750 section 2.1), Basic (RFC 7617: user name up to the first
 * colon), and the "token" scheme that GitHub's and Forgejo's clients send,
 * where the app allows it.  Scheme names compare without case (RFC 9110
 * section 11.1), one space or more follows.
 */

#include "core/error.h"
#include "core/str.h"

#define SC_CREDENTIAL_MAX 1024 /* bytes of a header value */

enum sc_scheme { /* bits, so that an app can list what it accepts */
                 SC_SCHEME_NONE = 0,
                 SC_SCHEME_BEARER = 1,
                 SC_SCHEME_BASIC = 2,
                 SC_SCHEME_TOKEN = 4
};

struct sc_credential {
    enum sc_scheme scheme;
    struct sc_str user;   /* Basic only; of decoded */
    struct sc_str secret; /* of the value, or of decoded */
    char decoded[SC_CREDENTIAL_MAX];
};

/*
 * Parse a header value.  Returns 0, or SC_ESYNTAX for anything that is not
 * exactly one credential; *c is wiped then.  c borrows value.
 */
int sc_credential_parse(struct sc_str value,
                        struct sc_credential *c) SC_MUSTCHECK;

#endif
