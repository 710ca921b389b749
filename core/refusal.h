/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_REFUSAL_H
#define SC_CORE_REFUSAL_H

/*
 * refusal.h - what a refused client reads.
 *
 * One plain sentence carries the reason; body and challenge are built around
 * it.  Never says what the ceiling would allow, nor which of unknown,
 * revoked and expired a token is.
 */

#include "core/decide.h"

#define SC_REFUSAL_MAX 8192 /* bytes that are enough for a body */

/* The sentence, at most about 1 KB. */
void sc_refusal_sentence(const struct sc_image *im,
                         const struct sc_verdict *verdict, struct sc_buf *out);

/*
 * A body of application/problem+json (RFC 9457): type, title, status,
 * detail, layer, reason, operation, missing_scopes, missing_classes,
 * denied_traits, policy, ask, request_id; the sentence also as message and
 * errorMessages[0], which real clients read.  im may be NULL.
 */
void sc_refusal_body(const struct sc_image *im,
                     const struct sc_verdict *verdict,
                     struct sc_str request_id, struct sc_buf *out);

/*
 * Value of WWW-Authenticate for a Bearer challenge (RFC 6750 section 3);
 * empty when the status is neither 401 nor 403 of ours.
 */
void sc_refusal_challenge(const struct sc_image *im,
                          const struct sc_verdict *verdict,
                          struct sc_buf *out);

/* Value of Allow (RFC 9110 section 10.2.1) for 405 and OPTIONS. */
void sc_refusal_allow(const struct sc_verdict *verdict, struct sc_buf *out);

/* Static title of a problem with this HTTP status (RFC 9110 section 15); that
 * of 500 for one that none of our answers has. */
const char *sc_status_title(int status);

#endif
