/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_DECIDE_H
#define SC_CORE_DECIDE_H

/*
 * decide.h - facts of a call + the images -> a verdict.
 *
 * sc_decide() is what nginx asks for every call; sc_check() is the part of
 * it behind authentication, which `scopecap check` asks for a policy and a
 * grant that need not exist.  Both are pure: the clock, the peer and the
 * images come in.  A zeroed verdict refuses.  Cost: well under a microsecond.
 */

#include "core/catalog.h"
#include "core/control.h"
#include "core/credential.h"
#include "core/image.h"
#include "core/target.h"
#include "core/tokens.h"

enum sc_effect { SC_REFUSE = 0, SC_ALLOW = 1, SC_ANSWER = 2 /* OPTIONS */ };

enum sc_layer {
    SC_LAYER_NONE = 0,
    SC_LAYER_TARGET,         /* 400, 421 */
    SC_LAYER_AUTHENTICATION, /* 401, 403 */
    SC_LAYER_CATALOG,        /* 404, 405 */
    SC_LAYER_CEILING,        /* 403 */
    SC_LAYER_TOKEN,          /* 403 */
    SC_LAYER_AVAILABILITY,   /* 503 */
    SC_LAYERS
};

/* name, HTTP status, layer, code in answers and logs */
#define SC_REASONS(X)                                                         \
    X(SC_REASON_NONE, 503, AVAILABILITY, "undecided")                         \
    X(SC_REASON_ALLOWED, 200, NONE, "allowed")                                \
    X(SC_REASON_OPTIONS, 204, NONE, "options")                                \
    X(SC_REASON_TARGET, 400, TARGET, "bad_target")                            \
    X(SC_REASON_FRAMING, 400, TARGET, "bad_framing")                          \
    X(SC_REASON_HEADERS, 431, TARGET, "headers_too_large")                    \
    X(SC_REASON_NO_MOUNT, 421, TARGET, "no_mount")                            \
    X(SC_REASON_METHOD_UNKNOWN, 405, TARGET, "method_unknown")                \
    X(SC_REASON_NO_CREDENTIAL, 401, AUTHENTICATION, "no_credential")          \
    X(SC_REASON_MALFORMED_TOKEN, 401, AUTHENTICATION, "malformed_token")      \
    X(SC_REASON_UNKNOWN_TOKEN, 401, AUTHENTICATION, "unknown_token")          \
    X(SC_REASON_WRONG_USER, 401, AUTHENTICATION, "wrong_user")                \
    X(SC_REASON_REVOKED, 401, AUTHENTICATION, "token_revoked")                \
    X(SC_REASON_NOT_YET, 401, AUTHENTICATION, "token_not_yet_valid")          \
    X(SC_REASON_EXPIRED, 401, AUTHENTICATION, "token_expired")                \
    X(SC_REASON_NO_POLICY, 401, AUTHENTICATION, "owner_inactive")             \
    X(SC_REASON_TOKENS_BLOCKED, 403, AUTHENTICATION, "tokens_blocked")        \
    X(SC_REASON_ADDRESS, 403, AUTHENTICATION, "address_not_allowed")          \
    X(SC_REASON_OTHER_APP, 403, AUTHENTICATION, "token_of_another_app")       \
    X(SC_REASON_UNKNOWN_PATH, 404, CATALOG, "unknown_path")                   \
    X(SC_REASON_AMBIGUOUS_PATH, 404, CATALOG, "ambiguous_path")               \
    X(SC_REASON_METHOD, 405, CATALOG, "method_not_allowed")                   \
    X(SC_REASON_UNCLASSIFIED, 403, CEILING, "unclassified")                   \
    X(SC_REASON_CLASS, 403, CEILING, "class_not_allowed")                     \
    X(SC_REASON_TRAIT, 403, CEILING, "trait_denied")                          \
    X(SC_REASON_UNANNOTATED, 403, CEILING, "no_scope_known")                  \
    X(SC_REASON_GRANT, 403, TOKEN, "insufficient_scope")                      \
    X(SC_REASON_SCOPE_CEILING, 403, CEILING, "scope_not_allowed")             \
    X(SC_REASON_OPERATION, 403, CEILING, "operation_denied")                  \
    X(SC_REASON_AUDIT_FULL, 503, AVAILABILITY, "audit_unavailable")           \
    X(SC_REASON_NO_IMAGE, 503, AVAILABILITY, "no_image")

enum sc_reason {
#define X(name, status, layer, code) name,
    SC_REASONS(X)
#undef X
        SC_REASON_COUNT
};

#define SC_MISSING_MAX 16 /* scopes that a refusal names */

struct sc_verdict {
    enum sc_effect effect; /* 0: refuse */
    enum sc_layer layer;
    enum sc_reason reason;
    enum sc_target_rule rule; /* with SC_REASON_TARGET */
    const struct sc_app *app; /* once known; borrowed from the image */
    const struct sc_policy *policy;
    const struct sc_operation *operation;
    uint32_t operation_index; /* SC_NONE while unknown */
    uint32_t token;           /* numbers; 0 while unknown */
    uint32_t user;
    uint32_t classes; /* of the call: all operations and variants */
    uint32_t traits;
    uint32_t missing_classes;
    uint32_t denied_traits;
    uint32_t nmissing; /* scopes that were missing */
    uint32_t missing[SC_MISSING_MAX];
    uint32_t methods; /* 1 << enum sc_method, for 405 and OPTIONS */
    uint32_t first;   /* segments that the mount took */
};

/* The images in force, all proven.  Borrowed for the call. */
struct sc_view {
    const struct sc_image *image;
    const struct sc_tokens *tokens;
    uint64_t generation;
};

struct sc_call {
    struct sc_str method;
    struct sc_str target;        /* raw */
    struct sc_str host;          /* lower case, valid, without port */
    struct sc_str authorization; /* data NULL if there is no such header */
    uint8_t address[16];         /* of the peer, IPv4 mapped */
    int64_t now;                 /* seconds since 1970 */
};

/*
 * Decide a call (DESIGN: target, authentication, operation, ceiling, scopes,
 * in this order).  Fills *target and *verdict whatever happens; *target is
 * good when verdict->reason is neither SC_REASON_TARGET nor
 * SC_REASON_METHOD_UNKNOWN.
 */
void sc_decide(const struct sc_view *view, struct sc_hasher *hasher,
               const struct sc_call *call, struct sc_target *target,
               struct sc_verdict *verdict);

/* The question without a token: may policy, with this grant, do it? */
struct sc_question {
    const struct sc_app *app;
    const struct sc_policy *policy;
    struct sc_scope_set grant;
    struct sc_str method;
    struct sc_str target; /* as behind the mount's prefix */
};

void sc_check(const struct sc_image *im, const struct sc_question *question,
              struct sc_target *target, struct sc_verdict *verdict);

/* Facts of a reason; static. */
int sc_reason_status(enum sc_reason reason);
const char *sc_reason_code(enum sc_reason reason);
const char *sc_layer_name(enum sc_layer layer);

#endif
