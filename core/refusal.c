/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusal.c - the words of a refusal.
 *
 * A token that is unknown, malformed, revoked or expired, and one whose owner
 * has left, read the same to the client; the audit knows better.
 */

#include "core/refusal.h"

#define SAID_MAX 3 /* missing scopes that the sentence names */

/* One reason for all the ways in which a token can be no good. */
static bool
is_invalid_token(enum sc_reason reason)
{
    return sc_reason_status(reason) == 401
           && reason != SC_REASON_NO_CREDENTIAL;
}


static const char *
public_code(enum sc_reason reason)
{
    return is_invalid_token(reason) ? "invalid_token" : sc_reason_code(reason);
}


static void
add_quoted(struct sc_buf *out, struct sc_str name)
{
    sc_buf_addc(out, "\"");
    sc_buf_add(out, name);
    sc_buf_addc(out, "\"");
}


/* Names of the bits that are set, joined. */
static void
add_bits(struct sc_buf *out, uint32_t bits, const char *(*name)(unsigned),
         const char *joint)
{
    bool first = true;

    for (unsigned i = 0; name(i) != NULL; i++) {
        if ((bits >> i & 1) == 0) {
            continue;
        }
        sc_buf_addc(out, first ? "" : joint);
        sc_buf_addc(out, name(i));
        first = false;
    }
}


static void
add_missing(struct sc_buf *out, const struct sc_image *im,
            const struct sc_verdict *v, const char *joint, uint32_t most)
{
    for (uint32_t i = 0; i < v->nmissing && i < most; i++) {
        sc_buf_addc(out, i == 0 ? "" : joint);
        sc_buf_add(out, sc_image_scope(im, v->missing[i]));
    }
}


/* The body has all of them as a list; the sentence stays a sentence. */
static void
say_missing(struct sc_buf *out, const struct sc_image *im,
            const struct sc_verdict *v)
{
    sc_buf_addc(out, " needs scope ");
    add_missing(out, im, v, " and scope ", SAID_MAX);
    if (v->nmissing > SAID_MAX) {
        sc_buf_addc(out, " and others");
    }
}


static void
add_operation(struct sc_buf *out, const struct sc_image *im,
              const struct sc_verdict *v)
{
    sc_buf_addc(out, "operation ");
    sc_buf_add(out, sc_image_str(im, v->operation->id));
    sc_buf_addc(out, " of app ");
    add_quoted(out, sc_image_str(im, v->app->name));
}


static void
add_policy(struct sc_buf *out, const struct sc_image *im,
           const struct sc_verdict *v)
{
    sc_buf_addc(out, "policy ");
    add_quoted(out, sc_image_str(im, v->policy->name));
}


/* What the ceiling or the token lacks for the operation. */
static void
operation_sentence(const struct sc_image *im, const struct sc_verdict *v,
                   struct sc_buf *out)
{
    if (v->layer == SC_LAYER_TOKEN) {
        sc_buf_addc(out, "Refused by the token's scopes: ");
    } else {
        sc_buf_addc(out, "Refused by the ceiling of ");
        add_policy(out, im, v);
        sc_buf_addc(out, ": ");
    }
    add_operation(out, im, v);

    switch (v->reason) {
    case SC_REASON_CLASS:
        sc_buf_addc(out, " needs class ");
        add_bits(out, v->missing_classes, sc_class_name, " and class ");
        sc_buf_addc(out, ", which the policy does not allow.");
        break;
    case SC_REASON_TRAIT:
        sc_buf_addc(out, " has trait ");
        add_bits(out, v->denied_traits, sc_trait_name, " and trait ");
        sc_buf_addc(out, ", which the policy denies.");
        break;
    case SC_REASON_GRANT:
        say_missing(out, im, v);
        sc_buf_addc(out, ", which the token was not granted.");
        break;
    case SC_REASON_SCOPE_CEILING:
        say_missing(out, im, v);
        sc_buf_addc(out, ", which the policy does not allow.");
        break;
    case SC_REASON_OPERATION:
        sc_buf_addc(out, " is denied by name.");
        break;
    case SC_REASON_UNANNOTATED:
        sc_buf_addc(out, " has no scope that could allow it.");
        break;
    default:
        sc_buf_addc(out, " is not classified.");
    }
}


static void
policy_sentence(const struct sc_image *im, const struct sc_verdict *v,
                struct sc_buf *out)
{
    switch (v->reason) {
    case SC_REASON_TOKENS_BLOCKED:
        sc_buf_addc(out, "API tokens are blocked by ");
        add_policy(out, im, v);
        sc_buf_addc(out, ".");
        break;
    case SC_REASON_ADDRESS:
        sc_buf_addc(out, "The token may not be used from this address.");
        break;
    default:
        sc_buf_addc(out, "The token was not made for app ");
        add_quoted(out, sc_image_str(im, v->app->name));
        sc_buf_addc(out, ".");
    }
}


static const char *
plain_sentence(enum sc_reason reason)
{
    switch (reason) {
    case SC_REASON_ALLOWED:
        return "Allowed.";
    case SC_REASON_OPTIONS:
        return "Answered by the gateway.";
    case SC_REASON_FRAMING:
        return "The request's framing or a header of it is ambiguous.";
    case SC_REASON_HEADERS:
        return "The request has too many or too large headers.";
    case SC_REASON_NO_MOUNT:
        return "No app is mounted at this host and path.";
    case SC_REASON_METHOD_UNKNOWN:
        return "The method is not one that the gateway knows.";
    case SC_REASON_NO_CREDENTIAL:
        return "No token was presented.";
    case SC_REASON_UNKNOWN_PATH:
        return "The path is no operation of the app's catalog.";
    case SC_REASON_AMBIGUOUS_PATH:
        return "The path can be read as more than one operation.";
    case SC_REASON_METHOD:
        return "The path has no operation with this method.";
    case SC_REASON_AUDIT_FULL:
        return "The call cannot be recorded, so it is not made.";
    default:
        return "The gateway has no decision to offer right now.";
    }
}


void
sc_refusal_sentence(const struct sc_image *im, const struct sc_verdict *v,
                    struct sc_buf *out)
{
    if (v->reason == SC_REASON_TARGET) {
        sc_buf_addc(out, "The request target is refused: ");
        sc_buf_addc(out, sc_target_rule_text(v->rule));
        sc_buf_addc(out, ".");
    } else if (is_invalid_token(v->reason)) {
        sc_buf_addc(out, "The token is not valid: it is malformed, unknown, "
                         "expired or revoked, or not this user's.");
    } else if (v->operation != NULL && v->effect == SC_REFUSE
               && sc_reason_status(v->reason) == 403) {
        operation_sentence(im, v, out);
    } else if (v->app != NULL && sc_reason_status(v->reason) == 403) {
        policy_sentence(im, v, out);
    } else {
        sc_buf_addc(out, plain_sentence(v->reason));
    }

    if (im != NULL && im->ask.len != 0 && sc_reason_status(v->reason) == 403) {
        sc_buf_addc(out, " Ask at ");
        sc_buf_add(out, sc_image_str(im, im->ask));
    }
}


const char *
sc_status_title(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 409:
        return "Conflict";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 421:
        return "Misdirected Request";
    case 422:
        return "Unprocessable Content";
    case 431:
        return "Request Header Fields Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}


static void
add_member(struct sc_buf *out, const char *name, struct sc_str value)
{
    sc_buf_addc(out, ",\"");
    sc_buf_addc(out, name);
    sc_buf_addc(out, "\":");
    sc_buf_json(out, value);
}


/* Names of bits as a JSON array; the names need no escape. */
static void
add_bits_member(struct sc_buf *out, const char *name, uint32_t bits,
                const char *(*bit_name)(unsigned) )
{
    if (bits == 0) {
        return;
    }

    sc_buf_addc(out, ",\"");
    sc_buf_addc(out, name);
    sc_buf_addc(out, "\":[\"");
    add_bits(out, bits, bit_name, "\",\"");
    sc_buf_addc(out, "\"]");
}


static void
add_scopes_member(struct sc_buf *out, const struct sc_image *im,
                  const struct sc_verdict *v)
{
    if (v->nmissing == 0) {
        return;
    }

    sc_buf_addc(out, ",\"missing_scopes\":[");
    for (uint32_t i = 0; i < v->nmissing; i++) {
        sc_buf_addc(out, i == 0 ? "" : ",");
        sc_buf_json(out, sc_image_scope(im, v->missing[i]));
    }
    sc_buf_addc(out, "]");
}


/* What is known only with an image. */
static void
add_facts(struct sc_buf *out, const struct sc_image *im,
          const struct sc_verdict *v)
{
    if (v->app != NULL) {
        add_member(out, "app", sc_image_str(im, v->app->name));
    }
    if (v->operation != NULL) {
        add_member(out, "operation", sc_image_str(im, v->operation->id));
    }
    if (v->policy != NULL && !is_invalid_token(v->reason)) {
        add_member(out, "policy", sc_image_str(im, v->policy->name));
    }
    add_scopes_member(out, im, v);
    add_bits_member(out, "missing_classes", v->missing_classes, sc_class_name);
    add_bits_member(out, "denied_traits", v->denied_traits, sc_trait_name);
    if (im->ask.len != 0) {
        add_member(out, "ask", sc_image_str(im, im->ask));
    }
    if (v->app != NULL && v->app->error_style == SC_STYLE_ATLASSIAN) {
        sc_buf_addc(out, ",\"errors\":{}");
    }
}


void
sc_refusal_body(const struct sc_image *im, const struct sc_verdict *v,
                struct sc_str request_id, struct sc_buf *out)
{
    char text[2048];
    struct sc_buf sentence = sc_buf(text, sizeof(text));
    int status = sc_reason_status(v->reason);
    struct sc_str said;

    sc_refusal_sentence(im, v, &sentence);
    said = sc_buf_str(&sentence);

    sc_buf_addc(out, "{\"type\":\"urn:scopecap:refusal:");
    sc_buf_addc(out, public_code(v->reason));
    sc_buf_addc(out, "\",\"title\":\"");
    sc_buf_addc(out, sc_status_title(status));
    sc_buf_addc(out, "\",\"status\":");
    sc_buf_u64(out, (uint64_t) status);
    add_member(out, "detail", said);
    add_member(out, "layer", sc_str_c(sc_layer_name(v->layer)));
    add_member(out, "reason", sc_str_c(public_code(v->reason)));
    if (im != NULL) {
        add_facts(out, im, v);
    }
    add_member(out, "request_id", request_id);
    add_member(out, "message", said);
    sc_buf_addc(out, ",\"errorMessages\":[");
    sc_buf_json(out, said);
    sc_buf_addc(out, "]}");
}


void
sc_refusal_challenge(const struct sc_image *im, const struct sc_verdict *v,
                     struct sc_buf *out)
{
    int status = sc_reason_status(v->reason);

    if (status != 401 && status != 403) {
        return;
    }

    sc_buf_addc(out, "Bearer realm=\"scopecap\"");
    if (is_invalid_token(v->reason)) {
        sc_buf_addc(out, ", error=\"invalid_token\"");
    } else if (status == 403) {
        sc_buf_addc(out, ", error=\"insufficient_scope\"");
        if (v->nmissing != 0) {
            sc_buf_addc(out, ", scope=\"");
            add_missing(out, im, v, " ", SC_MISSING_MAX);
            sc_buf_addc(out, "\"");
        }
    }
}


void
sc_refusal_allow(const struct sc_verdict *v, struct sc_buf *out)
{
    bool first = true;

    for (unsigned m = SC_GET; m < SC_METHODS; m++) {
        if ((v->methods >> m & 1) == 0 && m != SC_OPTIONS) {
            continue;
        }
        sc_buf_addc(out, first ? "" : ", ");
        sc_buf_addc(out, sc_method_name((enum sc_method) m));
        first = false;
    }
}
