/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_explain.c - what was decided on a call, by the id that its answer
 * carried in X-Request-Id.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/out.h"
#include "core/decide.h"

static const struct column columns[] = {
    {"reason:", "reason"},
    {"layer:", "layer"},
    {"operation:", "operation"},
    {"classes:", "classes"},
    {"app:", "app"},
    {"policy:", "policy"},
    {"user:", "user"},
    {"token:", "token.id"},
    {"token name:", "token.name"},
    {"from:", "address"},
    {"time:", "time"},
    {"status:", "status"},
    {"upstream status:", "outcome.status"},
    {"duration us:", "outcome.duration_us"},
    {"request:", "request_id"},
    {NULL, NULL},
};

/* What a reason means, for the admin: it may say what the refused client was
 * not told. */
static const struct {
    enum sc_reason reason;
    const char *text;
} meanings[] = {
    {SC_REASON_ALLOWED, "the token and the policy both allow it"},
    {SC_REASON_OPTIONS, "the gateway answered it by itself"},
    {SC_REASON_TARGET, "the request target can be read in two ways"},
    {SC_REASON_FRAMING, "the request's framing or a header is ambiguous"},
    {SC_REASON_HEADERS, "too many or too large headers"},
    {SC_REASON_NO_MOUNT, "no app is mounted at this host and path"},
    {SC_REASON_METHOD_UNKNOWN, "the gateway does not know the method"},
    {SC_REASON_NO_CREDENTIAL, "no token was presented"},
    {SC_REASON_MALFORMED_TOKEN, "what was presented is not a token"},
    {SC_REASON_UNKNOWN_TOKEN, "the token is not known here"},
    {SC_REASON_WRONG_USER, "the user name is not the token's owner"},
    {SC_REASON_REVOKED, "the token was revoked"},
    {SC_REASON_NOT_YET, "the token was not valid yet"},
    {SC_REASON_EXPIRED, "the token had expired, or was older than its policy "
                        "lets tokens be"},
    {SC_REASON_NO_POLICY, "the token's owner has no policy any more"},
    {SC_REASON_TOKENS_BLOCKED, "the policy blocks tokens"},
    {SC_REASON_ADDRESS, "the token may not be used from this address"},
    {SC_REASON_OTHER_APP, "the token was not made for this app"},
    {SC_REASON_UNKNOWN_PATH, "the path is no operation of the catalog"},
    {SC_REASON_AMBIGUOUS_PATH, "the path fits its template in two ways"},
    {SC_REASON_METHOD, "the path has no operation with this method"},
    {SC_REASON_UNCLASSIFIED, "nobody has said what the operation does"},
    {SC_REASON_CLASS, "the policy does not allow all of its classes"},
    {SC_REASON_TRAIT, "the policy denies a trait of it"},
    {SC_REASON_UNANNOTATED, "no scope is known that could allow it"},
    {SC_REASON_GRANT, "the token was not granted the scopes"},
    {SC_REASON_SCOPE_CEILING, "the policy does not allow the scopes"},
    {SC_REASON_OPERATION, "the policy denies the operation by name"},
    {SC_REASON_AUDIT_FULL, "the call could not be recorded"},
    {SC_REASON_NO_IMAGE, "the gateway had no policy that it could trust"},
};


/* Every reason but the undecided one has a meaning. */
static_assert(sizeof(meanings) / sizeof(meanings[0]) == SC_REASON_COUNT - 1,
              "a reason without a meaning");


static const char *
meaning_of(const char *code)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (strcmp(sc_reason_code(meanings[i].reason), code) == 0) {
            return meanings[i].text;
        }
    }

    return code;
}


static void
print_explanation(const json_t *d)
{
    char *effect = out_value(json_object_get(d, "effect"));
    char *reason = out_value(json_object_get(d, "reason"));
    char *method = out_value(json_object_get(d, "method"));
    char *path = out_value(json_object_get(d, "path"));

    if (reason != NULL) {
        out_print(stdout, "%s: %s %s: %s\n", effect, method, path,
                  meaning_of(reason));
    }
    out_object(columns, d);
    free(effect);
    free(reason);
    free(method);
    free(path);
}


static int
run_explain(const struct args *args)
{
    char *path = client_path("/decisions/", args->operands[0], "");
    json_t *decision = NULL;
    int status;

    status = client_ask("GET", path, NULL, &decision);
    free(path);
    if (status == CMD_OK && args->json) {
        out_json(decision);
    } else if (status == CMD_OK) {
        print_explanation(decision);
    }
    json_decref(decision);

    return status;
}


const struct command cmd_explain[] = {
    {"explain", "REQUEST-ID", 1, 1, NULL,
     "explain the decision on a call, by its X-Request-Id", run_explain},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};
