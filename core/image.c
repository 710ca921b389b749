/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - prove a policy image and look things up in it.
 *
 * The proof is one function per kind of record; each checks the spans and
 * indexes that the record holds.  Readers then follow them without a test.
 */

#include "core/image.h"

#include "core/token.h"

#define CRC_FROM 24 /* first byte that the checksum covers */

/* The bytes under proof. */
struct proof {
    const struct sc_image *im;
    uint64_t size;
};

static bool
span_ok(const struct proof *p, struct sc_span span, size_t item)
{
    return span.at % 4 == 0 && span.at >= sizeof(struct sc_image)
           && span.at <= p->size && span.count <= (p->size - span.at) / item;
}


static bool
name_ok(const struct proof *p, struct sc_name name)
{
    struct sc_span all = p->im->strings;

    return name.at >= all.at && name.at <= all.at + all.count
           && name.len <= all.at + all.count - name.at;
}


/* A span of items inside the span of all such items. */
static bool
part_ok(struct sc_span part, struct sc_span all, size_t item)
{
    uint64_t end = (uint64_t) part.at + (uint64_t) part.count * item;

    return part.count == 0
           || (part.at >= all.at && (part.at - all.at) % item == 0
               && end <= (uint64_t) all.at + (uint64_t) all.count * item);
}


/* An index into a list of n, or SC_NONE. */
static bool
index_ok(uint32_t index, uint32_t n)
{
    return index < n || index == SC_NONE;
}


static bool
spans_ok(const struct proof *p)
{
    const struct sc_image *im = p->im;
    struct sc_span sets = im->sets;

    if (im->set_words > SC_SCOPE_WORDS || im->set_words == 0) {
        return false;
    }

    return span_ok(p, im->strings, 1)
           && span_ok(p, im->scopes, sizeof(struct sc_name))
           && span_ok(p, im->apps, sizeof(struct sc_app))
           && span_ok(p, im->app_index, sizeof(uint32_t))
           && span_ok(p, im->mounts, sizeof(struct sc_mount))
           && span_ok(p, im->nodes, sizeof(struct sc_node))
           && span_ok(p, im->edges, sizeof(struct sc_edge))
           && span_ok(p, im->patterns, sizeof(struct sc_pattern))
           && span_ok(p, im->pieces, sizeof(struct sc_name))
           && span_ok(p, im->templates, sizeof(struct sc_template))
           && span_ok(p, im->kinds, sizeof(uint32_t))
           && span_ok(p, im->operations, sizeof(struct sc_operation))
           && span_ok(p, im->alternatives, sizeof(struct sc_alternative))
           && span_ok(p, im->scope_refs, sizeof(uint32_t))
           && span_ok(p, im->variants, sizeof(struct sc_variant))
           && span_ok(p, im->policies, sizeof(struct sc_policy))
           && span_ok(p, im->policy_index, sizeof(uint32_t))
           && span_ok(p, im->ceilings, sizeof(struct sc_ceiling))
           && span_ok(p, im->denied, sizeof(uint32_t))
           && span_ok(p, im->links, sizeof(struct sc_name)) && sets.at % 8 == 0
           && span_ok(p, sets, sizeof(uint64_t) * im->set_words)
           && im->edges.count != 0
           && (im->edges.count & (im->edges.count - 1)) == 0
           && (uint64_t) im->ceilings.count
                  == (uint64_t) im->policies.count * im->apps.count;
}


static bool
names_ok(const struct proof *p, struct sc_span span)
{
    const struct sc_name *names = sc_image_at(p->im, span);

    for (uint32_t i = 0; i < span.count; i++) {
        if (!name_ok(p, names[i])) {
            return false;
        }
    }

    return true;
}


static bool
indexes_ok(const struct proof *p, struct sc_span span, uint32_t n)
{
    const uint32_t *index = sc_image_at(p->im, span);

    for (uint32_t i = 0; i < span.count; i++) {
        if (!index_ok(index[i], n)) {
            return false;
        }
    }

    return true;
}


static bool
apps_ok(const struct proof *p)
{
    const struct sc_app *apps = sc_image_at(p->im, p->im->apps);
    const struct sc_mount *mounts = sc_image_at(p->im, p->im->mounts);

    for (uint32_t i = 0; i < p->im->apps.count; i++) {
        if (!name_ok(p, apps[i].name) || !name_ok(p, apps[i].upstream_host)
            || !name_ok(p, apps[i].upstream_path)
            || !part_ok(apps[i].links, p->im->links, sizeof(struct sc_name))
            || apps[i].root >= p->im->nodes.count) {
            return false;
        }
    }

    for (uint32_t i = 0; i < p->im->mounts.count; i++) {
        if (!name_ok(p, mounts[i].host) || !name_ok(p, mounts[i].prefix)
            || mounts[i].app >= p->im->apps.count) {
            return false;
        }
    }

    return true;
}


static bool
tree_ok(const struct proof *p)
{
    const struct sc_image *im = p->im;
    const struct sc_node *nodes = sc_image_at(im, im->nodes);
    const struct sc_edge *edges = sc_image_at(im, im->edges);
    const struct sc_pattern *patterns = sc_image_at(im, im->patterns);
    uint32_t empty = 0;

    for (uint32_t i = 0; i < im->nodes.count; i++) {
        if (!index_ok(nodes[i].param, im->nodes.count)
            || !index_ok(nodes[i].tail, im->templates.count)
            || !index_ok(nodes[i].leaf, im->templates.count)
            || !part_ok(nodes[i].patterns, im->patterns,
                        sizeof(struct sc_pattern))) {
            return false;
        }
    }

    for (uint32_t i = 0; i < im->edges.count; i++) {
        if (edges[i].node == SC_NONE) {
            empty++;
        } else if (edges[i].child >= im->nodes.count
                   || !name_ok(p, edges[i].literal)) {
            return false;
        }
    }

    for (uint32_t i = 0; i < im->patterns.count; i++) {
        if (patterns[i].child >= im->nodes.count
            || patterns[i].pieces.count < 2
            || patterns[i].pieces.count > SC_PATTERN_PARAMS_MAX + 1
            || !part_ok(patterns[i].pieces, im->pieces,
                        sizeof(struct sc_name))) {
            return false;
        }
    }

    return empty != 0; /* else a search for what is not there never ends */
}


static bool
templates_ok(const struct proof *p)
{
    const struct sc_image *im = p->im;
    const struct sc_template *t = sc_image_at(im, im->templates);

    for (uint32_t i = 0; i < im->templates.count; i++) {
        if (!part_ok(t[i].kinds, im->kinds, sizeof(uint32_t))) {
            return false;
        }
        for (unsigned m = 0; m < SC_METHODS; m++) {
            if (!index_ok(t[i].operations[m], im->operations.count)) {
                return false;
            }
        }
    }

    return true;
}


static bool
operations_ok(const struct proof *p)
{
    const struct sc_image *im = p->im;
    const struct sc_operation *op = sc_image_at(im, im->operations);
    const struct sc_alternative *alt = sc_image_at(im, im->alternatives);
    const struct sc_variant *variant = sc_image_at(im, im->variants);

    for (uint32_t i = 0; i < im->operations.count; i++) {
        if (!name_ok(p, op[i].id) || !name_ok(p, op[i].path)
            || op[i].method >= SC_METHODS
            || (op[i].classes & ~(uint32_t) SC_CLASS_ALL) != 0
            || !part_ok(op[i].alternatives, im->alternatives, sizeof(*alt))
            || !part_ok(op[i].variants, im->variants, sizeof(*variant))) {
            return false;
        }
    }

    for (uint32_t i = 0; i < im->alternatives.count; i++) {
        if (alt[i].scopes.count == 0
            || !part_ok(alt[i].scopes, im->scope_refs, sizeof(uint32_t))) {
            return false; /* an empty alternative would allow everyone */
        }
    }

    for (uint32_t i = 0; i < im->variants.count; i++) {
        if (!name_ok(p, variant[i].parameter)
            || !name_ok(p, variant[i].value)) {
            return false;
        }
    }

    return true;
}


/* A search by halves would miss what stands out of order. */
static bool
ascending(const struct sc_image *im, struct sc_span span)
{
    const uint32_t *index = sc_image_at(im, span);

    for (uint32_t i = 1; i < span.count; i++) {
        if (index[i - 1] > index[i]) {
            return false;
        }
    }

    return true;
}


static bool
policies_ok(const struct proof *p)
{
    const struct sc_image *im = p->im;
    const struct sc_policy *policy = sc_image_at(im, im->policies);
    const struct sc_ceiling *ceiling = sc_image_at(im, im->ceilings);

    for (uint32_t i = 0; i < im->policies.count; i++) {
        if (!name_ok(p, policy[i].name)) {
            return false;
        }
    }

    for (uint32_t i = 0; i < im->ceilings.count; i++) {
        if (!index_ok(ceiling[i].set, im->sets.count)
            || !part_ok(ceiling[i].denied, im->denied, sizeof(uint32_t))
            || !ascending(im, ceiling[i].denied)) {
            return false;
        }
    }

    return true;
}


int
sc_image_open(const void *bytes, size_t size, const struct sc_image **out)
{
    const struct sc_image *im = bytes;
    struct proof p = {im, size};

    if (size < sizeof(*im) || ((uintptr_t) bytes & 7) != 0
        || im->magic != SC_IMAGE_MAGIC) {
        return SC_ECORRUPT;
    }
    if (im->version != SC_IMAGE_VERSION) {
        return SC_EVERSION;
    }
    if (im->size != size || size > UINT32_MAX
        || sc_crc32((const char *) bytes + CRC_FROM, size - CRC_FROM)
               != im->crc) {
        return SC_ECORRUPT;
    }

    if (!spans_ok(&p) || !name_ok(&p, im->ask) || !names_ok(&p, im->scopes)
        || !names_ok(&p, im->pieces) || !names_ok(&p, im->links)
        || !indexes_ok(&p, im->app_index, im->apps.count)
        || !indexes_ok(&p, im->policy_index, im->policies.count)
        || !indexes_ok(&p, im->denied, im->operations.count) || !apps_ok(&p)
        || !tree_ok(&p) || !templates_ok(&p) || !operations_ok(&p)
        || !policies_ok(&p)) {
        return SC_ECORRUPT;
    }

    *out = im;
    return 0;
}


/* Index that a number has, SC_NONE without one. */
static uint32_t
index_of(const struct sc_image *im, struct sc_span span, uint32_t number)
{
    const uint32_t *index = sc_image_at(im, span);

    return number < span.count ? index[number] : SC_NONE;
}


const struct sc_app *
sc_image_app(const struct sc_image *im, uint32_t number)
{
    const struct sc_app *apps = sc_image_at(im, im->apps);
    uint32_t i = index_of(im, im->app_index, number);

    return i == SC_NONE ? NULL : &apps[i];
}


const struct sc_policy *
sc_image_policy(const struct sc_image *im, uint32_t number)
{
    const struct sc_policy *policies = sc_image_at(im, im->policies);
    uint32_t i = index_of(im, im->policy_index, number);

    return i == SC_NONE ? NULL : &policies[i];
}


const struct sc_ceiling *
sc_image_ceiling(const struct sc_image *im, const struct sc_policy *policy,
                 const struct sc_app *app)
{
    const struct sc_policy *policies = sc_image_at(im, im->policies);
    const struct sc_app *apps = sc_image_at(im, im->apps);
    const struct sc_ceiling *ceilings = sc_image_at(im, im->ceilings);

    return &ceilings[(size_t) (policy - policies) * im->apps.count
                     + (size_t) (app - apps)];
}


const struct sc_operation *
sc_image_operation(const struct sc_image *im, uint32_t index)
{
    const struct sc_operation *operations = sc_image_at(im, im->operations);

    return index < im->operations.count ? &operations[index] : NULL;
}


struct sc_str
sc_image_scope(const struct sc_image *im, uint32_t scope)
{
    const struct sc_name *names = sc_image_at(im, im->scopes);

    return scope < im->scopes.count ? sc_image_str(im, names[scope])
                                    : sc_str(NULL, 0);
}


struct sc_scope_set
sc_image_set(const struct sc_image *im, uint32_t index)
{
    const uint64_t *sets = sc_image_at(im, im->sets);
    struct sc_scope_set none = {NULL, 0};
    struct sc_scope_set set;

    if (index >= im->sets.count) {
        return none;
    }

    set.words = sets + (size_t) index * im->set_words;
    set.nwords = im->set_words;
    return set;
}


const struct sc_app *
sc_image_app_named(const struct sc_image *im, struct sc_str name)
{
    const struct sc_app *apps = sc_image_at(im, im->apps);

    for (uint32_t i = 0; i < im->apps.count; i++) {
        if (sc_str_eq(sc_image_str(im, apps[i].name), name)) {
            return &apps[i];
        }
    }

    return NULL;
}


const struct sc_policy *
sc_image_policy_named(const struct sc_image *im, struct sc_str name)
{
    const struct sc_policy *policies = sc_image_at(im, im->policies);

    for (uint32_t i = 0; i < im->policies.count; i++) {
        if (sc_str_eq(sc_image_str(im, policies[i].name), name)) {
            return &policies[i];
        }
    }

    return NULL;
}
