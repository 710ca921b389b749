/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide.c - the decision, in the order of its layers.
 *
 * Every step either refuses, with the reason, or falls through to the next;
 * only the last line of the last step allows.  A verdict starts as zero,
 * which refuses.
 */

#include "core/decide.h"

#define DAY 86400

static const struct {
    uint16_t status;
    uint8_t layer;
    const char *code;
} reasons[] = {
#define X(name, status, layer, code) {status, SC_LAYER_##layer, code},
    SC_REASONS(X)
#undef X
};

static const char *const layers[SC_LAYERS] = {
    "none",    "target", "authentication", "catalog",
    "ceiling", "token",  "availability"};

int
sc_reason_status(enum sc_reason reason)
{
    return (unsigned) reason < SC_REASON_COUNT ? reasons[reason].status : 503;
}


const char *
sc_reason_code(enum sc_reason reason)
{
    return (unsigned) reason < SC_REASON_COUNT ? reasons[reason].code
                                               : "undecided";
}


const char *
sc_layer_name(enum sc_layer layer)
{
    return (unsigned) layer < SC_LAYERS ? layers[layer] : layers[0];
}


/* Refuse for a reason; returns false for the caller to hand on. */
static bool
refuse(struct sc_verdict *v, enum sc_reason reason)
{
    v->effect = SC_REFUSE;
    v->reason = reason;
    v->layer = (enum sc_layer) reasons[reason].layer;
    return false;
}


static void
verdict_init(struct sc_verdict *v)
{
    memset(v, 0, sizeof(*v));
    v->operation_index = SC_NONE;
    (void) refuse(v, SC_REASON_NONE);
}


/* 2. The token: known, alive, its owner's, of this app, from here. */

static bool
check_life(const struct sc_slot *slot, const struct sc_policy *policy,
           int64_t now, struct sc_verdict *v)
{
    int64_t most = (int64_t) policy->max_days * DAY;
    int64_t life = slot->duration < most ? slot->duration : most;

    if (now < slot->start) {
        return refuse(v, SC_REASON_NOT_YET);
    }

    return now - slot->start < life || refuse(v, SC_REASON_EXPIRED);
}


static bool
check_owner(const struct sc_view *view, const struct sc_credential *c,
            const struct sc_slot *slot, struct sc_verdict *v)
{
    uint32_t number;

    if (c->scheme == SC_SCHEME_BASIC
        && !sc_str_eq_nocase(c->user,
                             sc_tokens_user_email(view->tokens, slot->user))) {
        return refuse(v, SC_REASON_WRONG_USER);
    }

    number = sc_tokens_user_policy(view->tokens, slot->user, view->generation);
    v->policy = sc_image_policy(view->image, number);
    return v->policy != NULL || refuse(v, SC_REASON_NO_POLICY);
}


static bool
check_slot(const struct sc_view *view, const struct sc_call *call,
           const struct sc_credential *c, const struct sc_slot *slot,
           struct sc_scope_set *grant, struct sc_verdict *v)
{
    v->token = slot->token;
    v->user = slot->user;

    if (sc_slot_state(slot) != SC_SLOT_LIVE) {
        return refuse(v, SC_REASON_REVOKED);
    }
    if (!check_owner(view, c, slot, v)
        || !check_life(slot, v->policy, call->now, v)) {
        return false;
    }
    if (v->policy->tokens != SC_TOKENS_ALLOW
        && v->policy->tokens != SC_TOKENS_REQUEST) {
        return refuse(v, SC_REASON_TOKENS_BLOCKED);
    }
    if (!sc_tokens_grant_from(view->tokens, slot->grant, call->address)) {
        return refuse(v, SC_REASON_ADDRESS);
    }

    return sc_tokens_grant_scopes(view->tokens, slot->grant, v->app->number,
                                  grant)
           || refuse(v, SC_REASON_OTHER_APP);
}


/* What a call presents, before it is clear for which app. */
struct claim {
    enum sc_reason reason; /* SC_REASON_ALLOWED: well formed, look it up */
    struct sc_credential credential;
    uint8_t key[SC_TOKEN_KEY];
};

static enum sc_reason
read_claim(struct sc_hasher *hasher, struct sc_str authorization,
           struct claim *claim)
{
    struct sc_credential *c = &claim->credential;
    enum sc_token_kind kind;

    if (authorization.data == NULL) {
        return SC_REASON_NO_CREDENTIAL;
    }
    if (sc_credential_parse(authorization, c) != 0) {
        return SC_REASON_MALFORMED_TOKEN;
    }

    kind = sc_token_parse(c->secret);
    if (kind != SC_TOKEN_USER && kind != SC_TOKEN_SERVICE) {
        return SC_REASON_MALFORMED_TOKEN;
    }

    return sc_hasher_key(hasher, c->secret, claim->key) == 0
               ? SC_REASON_ALLOWED
               : SC_REASON_NONE;
}


static bool
authenticate(const struct sc_view *view, const struct sc_call *call,
             const struct claim *claim, const struct sc_slot *slot,
             struct sc_scope_set *grant, struct sc_verdict *v)
{
    if (claim->reason != SC_REASON_ALLOWED) {
        return refuse(v, claim->reason);
    }
    if ((claim->credential.scheme & v->app->schemes) == 0) {
        return refuse(v, SC_REASON_MALFORMED_TOKEN);
    }
    if (slot == NULL) {
        return refuse(v, SC_REASON_UNKNOWN_TOKEN);
    }

    return check_slot(view, call, &claim->credential, slot, grant, v);
}


/* The slot of a well-formed claim; what it points to is fetched as well. */
static const struct sc_slot *
find_slot(const struct sc_view *view, const struct claim *claim)
{
    const struct sc_slot *slot = NULL;

    if (claim->reason == SC_REASON_ALLOWED) {
        slot = sc_tokens_find(view->tokens, claim->key);
    }
    if (slot != NULL) {
        sc_tokens_prefetch_owner(view->tokens, slot);
    }

    return slot;
}


/* 3. The operation. */

static bool
take_match(enum sc_match_result result, const struct sc_match *match,
           struct sc_verdict *v)
{
    v->methods = result == SC_MATCH_NO_PATH ? 0 : match->methods;
    switch (result) {
    case SC_MATCH_FOUND:
        return true;
    case SC_MATCH_NO_METHOD:
        return refuse(v, SC_REASON_METHOD);
    case SC_MATCH_AMBIGUOUS:
        return refuse(v, SC_REASON_AMBIGUOUS_PATH);
    case SC_MATCH_NO_PATH:
    default:
        return refuse(v, SC_REASON_UNKNOWN_PATH);
    }
}


static bool
find_operations(const struct sc_image *im, enum sc_method method,
                const struct sc_target *target, struct sc_match *match,
                struct sc_verdict *v)
{
    return take_match(
        sc_catalog_match(im, v->app, method, target, v->first, match), match,
        v);
}


/* 4. Classes and traits, those of the query's variants included. */

static bool
holds_nocase(struct sc_str text, struct sc_str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (sc_str_eq_nocase(sc_str(text.data + i, part.len), part)) {
            return true;
        }
    }

    return false;
}


/* A variant applies when its parameter might carry its value, in any case,
 * any decoration, any list: in doubt the stricter reading. */
static bool
variant_applies(const struct sc_image *im, const struct sc_variant *variant,
                struct sc_str query)
{
    struct sc_str parameter = sc_image_str(im, variant->parameter);
    struct sc_str want = sc_image_str(im, variant->value);
    char buf[2 * SC_TARGET_MAX];
    struct sc_str name, value;
    size_t at = 0;

    while (sc_query_next(query, &at, buf, &name, &value)) {
        if (holds_nocase(name, parameter)
            && (sc_str_eq(want, SC_STR("*")) || holds_nocase(value, want))) {
            return true;
        }
    }

    return false;
}


static void
add_classes(const struct sc_image *im, const struct sc_operation *op,
            const struct sc_target *target, struct sc_verdict *v)
{
    const struct sc_variant *variants = sc_image_at(im, op->variants);

    v->classes |= op->classes;
    v->traits |= op->traits;
    for (uint32_t i = 0; i < op->variants.count; i++) {
        if (variant_applies(im, &variants[i], target->query)) {
            v->classes |= variants[i].classes;
            v->traits |= variants[i].traits;
        }
    }
}


static bool
check_classes(const struct sc_operation *op, const struct sc_ceiling *ceiling,
              struct sc_verdict *v)
{
    if (op->classes == 0) {
        return refuse(v, SC_REASON_UNCLASSIFIED);
    }

    v->missing_classes = v->classes & ~ceiling->classes;
    if (v->missing_classes != 0) {
        return refuse(v, SC_REASON_CLASS);
    }

    v->denied_traits = v->traits & ceiling->deny_traits;
    return v->denied_traits == 0 || refuse(v, SC_REASON_TRAIT);
}


/* 5. Scopes: the alternative that needs the least more is the one that a
 * refusal names. */

static uint32_t
count_missing(const struct sc_image *im, const struct sc_alternative *alt,
              struct sc_scope_set a, struct sc_scope_set b, uint32_t *missing)
{
    const uint32_t *scopes = sc_image_at(im, alt->scopes);
    uint32_t n = 0;

    for (uint32_t i = 0; i < alt->scopes.count; i++) {
        if (sc_scope_has(a, scopes[i]) && sc_scope_has(b, scopes[i])) {
            continue;
        }
        if (missing != NULL && n < SC_MISSING_MAX) {
            missing[n] = scopes[i];
        }
        n++;
    }

    return n;
}


static bool
fits_one(const struct sc_image *im, const struct sc_operation *op,
         struct sc_scope_set a, struct sc_scope_set b, struct sc_verdict *v)
{
    const struct sc_alternative *alt = sc_image_at(im, op->alternatives);
    uint32_t best = 0, least = UINT32_MAX;

    for (uint32_t i = 0; i < op->alternatives.count; i++) {
        uint32_t n = count_missing(im, &alt[i], a, b, NULL);

        if (n == 0) {
            return true;
        }
        if (n < least) {
            least = n;
            best = i;
        }
    }

    least = count_missing(im, &alt[best], a, b, v->missing);
    v->nmissing = least < SC_MISSING_MAX ? least : SC_MISSING_MAX;
    return false;
}


static bool
check_scopes(const struct sc_image *im, const struct sc_operation *op,
             const struct sc_ceiling *ceiling, struct sc_scope_set grant,
             struct sc_verdict *v)
{
    struct sc_scope_set allowed = sc_image_set(im, ceiling->set);

    if (op->alternatives.count == 0) {
        return refuse(v, SC_REASON_UNANNOTATED);
    }
    if (!fits_one(im, op, grant, grant, v)) {
        return refuse(v, SC_REASON_GRANT);
    }

    return fits_one(im, op, grant, allowed, v)
           || refuse(v, SC_REASON_SCOPE_CEILING);
}


/* 6. Operations denied by id; their indexes are in ascending order. */
static bool
is_denied(const struct sc_image *im, const struct sc_ceiling *ceiling,
          uint32_t operation)
{
    const uint32_t *denied = sc_image_at(im, ceiling->denied);
    uint32_t low = 0, high = ceiling->denied.count;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (denied[mid] == operation) {
            return true;
        }
        if (denied[mid] < operation) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }

    return false;
}


/* Layers 4 to 6 for one of the operations that the path fits. */
static bool
check_operation(const struct sc_image *im, uint32_t index,
                const struct sc_target *target, struct sc_scope_set grant,
                struct sc_verdict *v)
{
    const struct sc_ceiling *ceiling = sc_image_ceiling(im, v->policy, v->app);

    v->operation_index = index;
    v->operation = sc_image_operation(im, index);
    if (v->operation == NULL) {
        return refuse(v, SC_REASON_NONE);
    }

    add_classes(im, v->operation, target, v);
    if (!check_classes(v->operation, ceiling, v)
        || !check_scopes(im, v->operation, ceiling, grant, v)) {
        return false;
    }

    return !is_denied(im, ceiling, index) || refuse(v, SC_REASON_OPERATION);
}


/* Layers 4 to 6: every operation that the path fits must allow. */
static void
judge(const struct sc_image *im, const struct sc_match *match,
      const struct sc_target *target, struct sc_scope_set grant,
      struct sc_verdict *v)
{
    for (uint32_t i = match->n; i-- > 0;) {
        if (!check_operation(im, match->operations[i], target, grant, v)) {
            return;
        }
    }

    v->effect = SC_ALLOW;
    v->reason = SC_REASON_ALLOWED;
    v->layer = SC_LAYER_NONE;
}


/* 1. Method and target; the answer to OPTIONS needs neither token nor
 * upstream. */
static bool
read_target(struct sc_str raw, struct sc_str method_name,
            enum sc_method *method, struct sc_target *target,
            struct sc_verdict *v)
{
    v->rule = sc_target_parse(raw, target);
    if (v->rule != SC_TARGET_OK) {
        return refuse(v, SC_REASON_TARGET);
    }

    *method = sc_method_parse(method_name);
    return *method != SC_METHOD_NONE || refuse(v, SC_REASON_METHOD_UNKNOWN);
}


static void
answer_options(const struct sc_image *im, const struct sc_target *target,
               struct sc_verdict *v)
{
    struct sc_match match;

    if (find_operations(im, SC_OPTIONS, target, &match, v)
        || v->reason == SC_REASON_METHOD) {
        v->effect = SC_ANSWER;
        v->reason = SC_REASON_OPTIONS;
        v->layer = SC_LAYER_NONE;
        v->methods |= 1u << SC_OPTIONS;
    }
}


/*
 * Layers are judged in their order, but memory is asked as early as it can
 * be: the token's slot while the target is parsed, what the slot points to
 * while the operation is matched.  What was found early counts for nothing
 * before its turn.
 */
void
sc_decide(const struct sc_view *view, struct sc_hasher *hasher,
          const struct sc_call *call, struct sc_target *target,
          struct sc_verdict *v)
{
    const struct sc_app *apps = sc_image_at(view->image, view->image->apps);
    const struct sc_mount *mount;
    const struct sc_slot *slot;
    struct sc_scope_set grant;
    struct sc_match match;
    enum sc_match_result result;
    enum sc_method method;
    struct claim claim;

    verdict_init(v);
    claim.reason = read_claim(hasher, call->authorization, &claim);
    if (claim.reason == SC_REASON_ALLOWED) {
        sc_tokens_prefetch(view->tokens, claim.key);
    }
    if (!read_target(call->target, call->method, &method, target, v)) {
        return;
    }

    mount = sc_catalog_mount(view->image, call->host, target, &v->first);
    if (mount == NULL) {
        (void) refuse(v, SC_REASON_NO_MOUNT);
        return;
    }

    v->app = &apps[mount->app];
    if (method == SC_OPTIONS) {
        answer_options(view->image, target, v);
        return;
    }

    slot = find_slot(view, &claim);
    result = sc_catalog_match(view->image, v->app, method, target, v->first,
                              &match);
    if (authenticate(view, call, &claim, slot, &grant, v)
        && take_match(result, &match, v)) {
        judge(view->image, &match, target, grant, v);
    }
}


void
sc_check(const struct sc_image *im, const struct sc_question *question,
         struct sc_target *target, struct sc_verdict *v)
{
    struct sc_match match;
    enum sc_method method;

    verdict_init(v);
    v->app = question->app;
    v->policy = question->policy;
    if (read_target(question->target, question->method, &method, target, v)
        && find_operations(im, method, target, &match, v)) {
        judge(im, &match, target, question->grant, v);
    }
}
