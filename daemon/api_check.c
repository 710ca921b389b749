/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_check.c - what would the gateway decide?  Asked of the image in force,
 * by the function that nginx uses.
 */

#include "daemon/api.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/nearest.h"
#include "core/decide.h"
#include "core/refusal.h"
#include "daemon/effective.h"
#include "daemon/events.h"
#include "daemon/fields.h"

struct check_scopes {
    const struct sc_image *image;
    uint64_t words[SC_SCOPE_WORDS];
};


/* Offer a name of the image, which has no NUL behind it; known keeps the
 * names that near borrows. */
static void
offer(struct nearest *near, json_t *known, const char *word,
      struct sc_str name)
{
    json_t *text = json_stringn(name.data, name.len);

    if (name.len != 0 && json_array_append_new(known, text) == 0) {
        nearest_try(near, word, json_string_value(text));
    }
}


static int
unknown_scope(const struct sc_image *im, const char *text, const struct at *at,
              struct problem *p)
{
    struct nearest near = {NULL, 0};
    json_t *known = json_array();
    int rc;

    for (uint32_t i = 0; i < im->scopes.count; i++) {
        offer(&near, known, text, sc_image_scope(im, i));
    }
    rc = problem_unknown(p, at, &near, "unknown scope \"%.128s\"", text);
    json_decref(known);

    return rc;
}


static bool
unknown_app(const struct sc_image *im, const char *text, const struct at *at,
            struct problem *p)
{
    const struct sc_app *apps = sc_image_at(im, im->apps);
    struct nearest near = {NULL, 0};
    json_t *known = json_array();

    for (uint32_t i = 0; i < im->apps.count; i++) {
        offer(&near, known, text, sc_image_str(im, apps[i].name));
    }
    (void) problem_unknown(p, at, &near, "unknown app \"%s\"", text);
    json_decref(known);

    return false;
}


static bool
unknown_policy(const struct sc_image *im, const char *text,
               const struct at *at, struct problem *p)
{
    const struct sc_policy *policies = sc_image_at(im, im->policies);
    struct nearest near = {NULL, 0};
    json_t *known = json_array();

    for (uint32_t i = 0; i < im->policies.count; i++) {
        offer(&near, known, text, sc_image_str(im, policies[i].name));
    }
    (void) problem_unknown(p, at, &near, "unknown policy \"%s\"", text);
    json_decref(known);

    return false;
}


static int
add_scope(void *context, const char *text, const struct at *at,
          struct problem *p)
{
    struct check_scopes *s = context;
    uint32_t number = effective_scope(s->image, text);

    if (number != SC_NONE && sc_scope_add(s->words, SC_SCOPE_WORDS, number)) {
        return 0;
    }

    return unknown_scope(s->image, text, at, p);
}


/* The grant of the question; without scopes it holds every one, so that the
 * policy alone decides. */
static int
read_scopes(struct call *c, struct check_scopes *scopes)
{
    struct at root = {""};
    json_t *list = NULL;
    int rc;

    if (json_object_get(c->body, "scopes") == NULL) {
        memset(scopes->words, 0xff, sizeof(scopes->words));
        return 0;
    }

    rc = fields_texts(c->body, "scopes", &root,
                      &(struct fields_each){add_scope, scopes}, &list,
                      &c->problem);
    json_decref(list);

    return rc;
}


static json_t *
missing_scopes(const struct sc_image *im, const struct sc_verdict *v)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < v->nmissing; i++) {
        struct sc_str name = sc_image_scope(im, v->missing[i]);

        json_array_append_new(list, json_stringn(name.data, name.len));
    }

    return list;
}


static void
answer_verdict(struct call *c, const struct sc_image *im,
               const struct sc_verdict *v)
{
    char sentence[SC_REFUSAL_MAX];
    struct sc_buf buf = sc_buf(sentence, sizeof(sentence));
    json_t *answer, *operation = json_null();

    if (v->effect == SC_REFUSE) {
        sc_refusal_sentence(im, v, &buf);
    } else {
        sc_buf_addc(&buf, "allowed");
    }
    if (v->operation != NULL) {
        struct sc_str id = sc_image_str(im, v->operation->id);

        operation = json_stringn(id.data, id.len);
    }
    answer = json_pack(
        "{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "effect",
        events_effect_name(v->effect), "layer", sc_layer_name(v->layer),
        "reason", sc_reason_code(v->reason), "status",
        sc_reason_status(v->reason), "operation", operation, "classes",
        effective_classes(v->classes), "traits", effective_traits(v->traits),
        "missing_scopes", missing_scopes(im, v), "missing_classes",
        effective_classes(v->missing_classes), "denied_traits",
        effective_traits(v->denied_traits), "detail",
        json_stringn(buf.data, buf.len));
    api_answer(c, 200, answer);
}


struct named {
    const char *policy, *app, *method, *target;
};

static bool
read_names(struct call *c, const struct sc_image *im, struct named *n,
           struct sc_question *question)
{
    struct at root = {""};
    struct at policy = at_key(&root, "policy");
    struct at app = at_key(&root, "app");

    if (fields_need(c->body, "policy", &root, 63, &n->policy, &c->problem) != 0
        || fields_need(c->body, "app", &root, 63, &n->app, &c->problem) != 0
        || fields_need(c->body, "method", &root, 64, &n->method, &c->problem)
               != 0
        || fields_need(c->body, "target", &root, SC_TARGET_MAX, &n->target,
                       &c->problem)
               != 0) {
        return false;
    }

    question->policy = sc_image_policy_named(im, sc_str_c(n->policy));
    question->app = sc_image_app_named(im, sc_str_c(n->app));
    question->method = sc_str_c(n->method);
    question->target = sc_str_c(n->target);
    if (question->policy == NULL) {
        return unknown_policy(im, n->policy, &policy, &c->problem);
    }
    if (question->app == NULL) {
        return unknown_app(im, n->app, &app, &c->problem);
    }
    return true;
}


void
api_check(struct call *c)
{
    static const char *const names[] = {"policy", "app",    "scopes",
                                        "method", "target", NULL};
    const struct sc_image *im = publish_image(c->st->publish);
    struct sc_target *target = malloc(sizeof(*target));
    struct check_scopes scopes = {im, {0}};
    struct sc_question question;
    struct sc_verdict verdict;
    struct named n;

    memset(&question, 0, sizeof(question));
    if (im == NULL || target == NULL) {
        problem_set(&c->problem, 503, NULL, "no image is in force");
        goto done;
    }
    if (!api_body(c, names) || !read_names(c, im, &n, &question)
        || read_scopes(c, &scopes) != 0) {
        goto done;
    }
    question.grant.words = scopes.words;
    question.grant.nwords = SC_SCOPE_WORDS;
    sc_check(im, &question, target, &verdict);
    answer_verdict(c, im, &verdict);

done:
    free(target);
}
