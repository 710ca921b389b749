/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_image.c - reads apps, catalogs and policies of the store into the
 * description that core/image_build.h takes.
 *
 * A ceiling's scope patterns become a set here: of the scopes of the app's
 * catalog, those that an allow pattern covers and no deny pattern does.
 * Everything lives in one arena, which ends with the build.
 */

#include "daemon/policy_image.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/arena.h"
#include "core/image_build.h"
#include "daemon/fields.h"
#include "daemon/store.h"
#include "daemon/url.h"

struct build {
    struct arena *arena;
    struct db *db;
    struct sc_in_image in;
    json_t *scopes;                 /* name -> number */
    const char **names;             /* by number */
    struct sc_in_catalog *catalogs; /* one per app */
    struct sc_in_app *apps;
    const struct catalog **models; /* one per app */
    struct sc_in_mount *mounts;
    struct sc_in_policy *policies;
    struct problem *problem;
    bool failed;
};


static struct sc_str
text(struct build *b, const char *s)
{
    return sc_str_c(s == NULL ? "" : arena_text(b->arena, s));
}


static const char *
get(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}


static int
load_scopes(struct build *b)
{
    struct db_query q;

    b->names = arena_array(b->arena, SC_SCOPE_MAX, sizeof(*b->names));
    db_query(b->db, &q, "SELECT id, name FROM scope ORDER BY id", "");
    while (db_next(&q)) {
        int64_t id = db_int(&q, 0);

        json_object_set_new(b->scopes, db_text(&q, 1), json_integer(id));
        b->names[id] = arena_text(b->arena, db_text(&q, 1));
    }

    return db_end(&q);
}


/* A scope of a catalog in use gets its number. */
static void
intern(void *context, const char *scope)
{
    struct build *b = context;
    size_t n = json_object_size(b->scopes);

    if (b->failed || json_object_get(b->scopes, scope) != NULL) {
        return;
    }
    if (n >= SC_SCOPE_MAX) {
        b->failed = true;
        problem_set(b->problem, 422, NULL,
                    "the catalogs in use have more than %d scopes",
                    SC_SCOPE_MAX);
        return;
    }

    json_object_set_new(b->scopes, scope, json_integer((json_int_t) n));
    b->names[n] = arena_text(b->arena, scope);
    db_run(b->db, "INSERT INTO scope (id, name) VALUES ($1, $2)", "is", I64(n),
           scope);
}


static uint32_t
scope_number(const struct build *b, const char *scope)
{
    return (uint32_t) json_integer_value(json_object_get(b->scopes, scope));
}


static void
fill_operation(struct build *b, const struct catalog_operation *from,
               struct sc_in_operation *to)
{
    struct sc_in_alternative *alternatives;
    struct sc_in_variant *variants;

    to->id = sc_str_c(from->id);
    to->method = from->method;
    to->path = sc_str_c(from->path);
    to->classes = catalog_classes(from);
    to->traits = catalog_traits(from);

    alternatives =
        arena_array(b->arena, from->nalternatives, sizeof(*alternatives));
    for (size_t i = 0; i < from->nalternatives; i++) {
        const struct catalog_alternative *a = &from->alternatives[i];
        uint32_t *numbers = arena_array(b->arena, a->n, sizeof(*numbers));

        for (size_t j = 0; j < a->n; j++) {
            numbers[j] = scope_number(b, a->scopes[j]);
        }
        alternatives[i].scopes = numbers;
        alternatives[i].n = (uint32_t) a->n;
    }
    to->alternatives = alternatives;
    to->nalternatives = (uint32_t) from->nalternatives;

    variants = arena_array(b->arena, from->nvariants, sizeof(*variants));
    for (size_t i = 0; i < from->nvariants; i++) {
        const struct catalog_variant *v = &from->variants[i];

        if (!v->body) { /* those of bodies are in the operation's classes */
            variants[to->nvariants].parameter = sc_str_c(v->name);
            variants[to->nvariants].value = sc_str_c(v->value);
            variants[to->nvariants].classes = v->classes;
            variants[to->nvariants].traits = v->traits;
            to->nvariants++;
        }
    }
    to->variants = variants;
}


static void
fill_catalog(struct build *b, const struct catalog *from,
             struct sc_in_catalog *to)
{
    struct sc_in_operation *operations;
    struct sc_in_alias *aliases;

    operations = arena_array(b->arena, from->noperations, sizeof(*operations));
    for (size_t i = 0; i < from->noperations; i++) {
        fill_operation(b, &from->operations[i], &operations[i]);
    }
    aliases = arena_array(b->arena, from->naliases, sizeof(*aliases));
    for (size_t i = 0; i < from->naliases; i++) {
        aliases[i].prefix = sc_str_c(from->aliases[i].prefix);
        aliases[i].as = sc_str_c(from->aliases[i].as);
    }

    to->operations = operations;
    to->noperations = (uint32_t) from->noperations;
    to->aliases = aliases;
    to->naliases = (uint32_t) from->naliases;
}


/* The upstream's own base and the further links, as canonical texts. */
static void
fill_links(struct build *b, const json_t *config, struct sc_in_app *app)
{
    const json_t *links = json_object_get(config, "links");
    size_t n = json_array_size(links);
    struct sc_str *out = arena_array(b->arena, n + 1, sizeof(*out));
    char base[1024];

    out[0] = text(b, get(config, "upstream"));
    app->nlinks = 1;
    for (size_t i = 0; i < n; i++) {
        struct url url;

        if (url_parse(json_string_value(json_array_get(links, i)), &url)
            == NULL) {
            url_text(&url, base, sizeof(base));
            out[app->nlinks++] = text(b, base);
        }
    }
    app->links = out;
}


static void
fill_app(struct build *b, int64_t number, const json_t *config,
         const struct catalog *model, struct sc_in_app *app)
{
    const json_t *schemes = json_object_get(config, "schemes");
    const char *style = get(config, "error_style");
    struct url url;

    app->number = (uint32_t) number;
    app->name = text(b, get(config, "name"));
    app->catalog = b->in.napps;
    app->error_style = model->error_style;
    if (style != NULL) {
        app->error_style = strcmp(style, "atlassian") == 0 ? SC_STYLE_ATLASSIAN
                                                           : SC_STYLE_PROBLEM;
    }
    app->schemes = schemes == NULL ? model->schemes : 0;
    for (size_t i = 0; i < json_array_size(schemes); i++) {
        app->schemes |= catalog_scheme_parse(
            json_string_value(json_array_get(schemes, i)));
    }
    if (url_parse(get(config, "upstream"), &url) == NULL) {
        app->upstream_host = text(b, url.authority);
        app->upstream_path = text(b, url.path);
    }
    fill_links(b, config, app);
}


static void
add_mounts(struct build *b, const json_t *config)
{
    const json_t *mounts = json_object_get(config, "mounts");

    for (size_t i = 0; i < json_array_size(mounts); i++) {
        const json_t *mount = json_array_get(mounts, i);
        struct sc_in_mount *m;

        m = arena_push(b->arena, &b->mounts, b->in.nmounts, sizeof(*m));
        b->in.nmounts++;
        m->host = text(b, get(mount, "host"));
        m->prefix = text(b, get(mount, "prefix"));
        m->app = b->in.napps;
    }
}


static int
load_apps(struct build *b, struct catalogs *catalogs)
{
    struct db_query q;
    int64_t n =
        db_number(b->db, "SELECT count(*) FROM app WHERE active = 1", "");
    size_t room = n < 0 ? 0 : (size_t) n;
    int rc = 0;

    b->apps = arena_array(b->arena, room, sizeof(*b->apps));
    b->catalogs = arena_array(b->arena, room, sizeof(*b->catalogs));
    b->models = arena_array(b->arena, room, sizeof(struct catalog *));
    db_query(b->db, &q,
             "SELECT id, config, catalog_digest FROM app WHERE active = 1"
             " ORDER BY id",
             "");
    while (rc == 0 && db_next(&q) && b->in.napps < room) {
        json_t *config = fields_load(db_text(&q, 1));
        uint32_t i = b->in.napps;

        rc = catalogs_stored(catalogs, get(config, "catalog"), db_text(&q, 2),
                             &b->models[i], b->problem);
        if (rc == 0) {
            catalogs_each_scope(b->models[i], intern, b);
            fill_catalog(b, b->models[i], &b->catalogs[i]);
            fill_app(b, db_int(&q, 0), config, b->models[i], &b->apps[i]);
            add_mounts(b, config);
            b->in.napps++;
        }
        json_decref(config);
    }
    if (db_end(&q) != 0) {
        return problem_set(b->problem, 503, NULL, "the store failed");
    }

    return b->failed ? SC_EINVAL : rc;
}


struct pattern_walk {
    struct build *b;
    const json_t *allow, *deny;
    uint64_t *words;
};

static bool
covered(const json_t *patterns, const char *scope)
{
    for (size_t i = 0; i < json_array_size(patterns); i++) {
        const char *pattern = json_string_value(json_array_get(patterns, i));

        if (sc_scope_match(sc_str_c(pattern), sc_str_c(scope))) {
            return true;
        }
    }

    return false;
}


static void
add_if_allowed(void *context, const char *scope)
{
    struct pattern_walk *w = context;

    if (covered(w->allow, scope) && !covered(w->deny, scope)) {
        (void) sc_scope_add(w->words, w->b->in.set_words,
                            scope_number(w->b, scope));
    }
}


static uint32_t
bits(const json_t *names, uint32_t (*parse)(struct sc_str name))
{
    uint32_t all = 0;

    for (size_t i = 0; i < json_array_size(names); i++) {
        all |= parse(sc_str_c(json_string_value(json_array_get(names, i))));
    }

    return all;
}


static void
fill_ceiling(struct build *b, const json_t *config, uint32_t app,
             struct sc_in_ceiling *ceiling)
{
    const json_t *scopes = json_object_get(config, "scopes");
    const json_t *denied =
        json_object_get(json_object_get(config, "operations"), "deny");
    size_t n = json_array_size(denied);
    struct sc_in_denied *list = arena_array(b->arena, n, sizeof(*list));
    struct pattern_walk walk = {
        b, json_object_get(scopes, "allow"), json_object_get(scopes, "deny"),
        arena_array(b->arena, b->in.set_words, sizeof(uint64_t))};

    catalogs_each_scope(b->models[app], add_if_allowed, &walk);
    for (size_t i = 0; i < n; i++) {
        list[i].id = text(b, json_string_value(json_array_get(denied, i)));
    }

    ceiling->app = app;
    ceiling->classes =
        bits(json_object_get(config, "classes"), sc_class_parse);
    ceiling->deny_traits =
        bits(json_object_get(config, "deny_traits"), sc_trait_parse);
    ceiling->scopes = walk.words;
    ceiling->denied = list;
    ceiling->ndenied = (uint32_t) n;
}


static enum sc_token_rule
token_rule(const char *name)
{
    if (strcmp(name, "allow") == 0) {
        return SC_TOKENS_ALLOW;
    }
    return strcmp(name, "request") == 0 ? SC_TOKENS_REQUEST : SC_TOKENS_BLOCK;
}


static void
fill_policy(struct build *b, int64_t number, const json_t *config,
            struct sc_in_policy *policy)
{
    const json_t *all = json_object_get(config, "ceiling");
    struct sc_in_ceiling *ceilings =
        arena_array(b->arena, json_object_size(all), sizeof(*ceilings));

    policy->number = (uint32_t) number;
    policy->name = text(b, get(config, "name"));
    policy->tokens = token_rule(get(config, "tokens"));
    policy->max_days =
        (uint32_t) json_integer_value(json_object_get(config, "max_days"));
    for (uint32_t i = 0; i < b->in.napps; i++) {
        const json_t *one = json_object_get(all, b->apps[i].name.data);

        if (one != NULL) {
            fill_ceiling(b, one, i, &ceilings[policy->nceilings++]);
        }
    }
    policy->ceilings = ceilings;
}


static int
load_policies(struct build *b)
{
    struct db_query q;
    int64_t n =
        db_number(b->db, "SELECT count(*) FROM policy WHERE active = 1", "");
    size_t room = n < 0 ? 0 : (size_t) n;

    b->policies = arena_array(b->arena, room, sizeof(*b->policies));
    db_query(b->db, &q,
             "SELECT id, config FROM policy WHERE active = 1 ORDER BY id", "");
    while (db_next(&q) && b->in.npolicies < room) {
        json_t *config = fields_load(db_text(&q, 1));

        fill_policy(b, db_int(&q, 0), config, &b->policies[b->in.npolicies++]);
        json_decref(config);
    }
    if (db_end(&q) != 0) {
        return problem_set(b->problem, 503, NULL, "the store failed");
    }

    return 0;
}


static void
fill_scopes(struct build *b)
{
    uint32_t n = (uint32_t) json_object_size(b->scopes);
    struct sc_str *names = arena_array(b->arena, n, sizeof(*names));

    for (uint32_t i = 0; i < n; i++) {
        names[i] = sc_str_c(b->names[i]);
    }
    b->in.scopes = names;
    b->in.nscopes = n;
    b->in.set_words = n == 0 ? 1 : (n + 63) / 64;
}


static int
write_image(struct build *b, struct policy_bytes *out)
{
    struct sc_build_fault fault = {NULL, {NULL, 0}};
    size_t room;
    void *image;
    int rc;

    b->in.catalogs = b->catalogs;
    b->in.ncatalogs = b->in.napps;
    b->in.apps = b->apps;
    b->in.mounts = b->mounts;
    b->in.policies = b->policies;
    room = sc_image_size(&b->in);
    if (room == 0) {
        return problem_set(b->problem, 422, NULL,
                           "the configuration is too large");
    }
    image = calloc(1, room);
    if (image == NULL) {
        return problem_set(b->problem, 503, NULL, "out of memory");
    }

    rc = sc_image_build(&b->in, image, room, &out->size, &fault);
    if (rc != 0) {
        free(image);
        return problem_set(b->problem, 422, NULL, "%s: %.*s",
                           fault.what == NULL ? sc_strerror(rc) : fault.what,
                           (int) fault.where.len,
                           fault.where.len == 0 ? "" : fault.where.data);
    }

    out->bytes = image;
    return 0;
}


int
policy_image_build(struct db *db, struct catalogs *catalogs, const char *ask,
                   uint64_t generation, struct policy_bytes *out,
                   struct problem *p)
{
    struct build b;
    int rc;

    memset(&b, 0, sizeof(b));
    b.arena = arena_new();
    b.scopes = json_object();
    b.db = db;
    b.problem = p;
    b.in.generation = generation;
    b.in.ask = text(&b, ask);

    rc = load_scopes(&b);
    if (rc != 0) {
        problem_set(p, 503, NULL, "the store failed");
        goto done;
    }
    rc = load_apps(&b, catalogs);
    if (rc == 0) {
        fill_scopes(&b);
        rc = load_policies(&b);
    }
    if (rc == 0) {
        rc = write_image(&b, out);
    }

done:
    json_decref(b.scopes);
    arena_free(b.arena);
    return rc;
}
