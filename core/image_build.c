/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_build.c - lay a policy image out in the caller's buffer.
 *
 * Twice: once with upper bounds of every list, which tells the true counts
 * (templates share most of their segments), then with those.  So the second
 * image is compact and the builder needs no memory of its own.  The tree of
 * a catalog is grown by image_tree.c.
 */

#include "core/image_build.h"

#include "core/image_layout.h"
#include "core/image_tree.h"
#include "core/token.h"

#define CRC_FROM 24

size_t
sc_image_size(const struct sc_in_image *in)
{
    struct sc_counts n;
    struct sc_image im;
    uint64_t size;

    if (!sc_layout_input_ok(in)) {
        return 0;
    }

    sc_layout_count(in, &n);
    n.edge_slots = sc_layout_edge_slots(n.edges);
    size = sc_layout_place(in, &n, &im);
    return size > UINT32_MAX ? 0 : (size_t) size;
}


/* Copy a text into the strings. */
static struct sc_name
put_string(struct sc_builder *b, struct sc_str s)
{
    struct sc_name name = {b->im->strings.at + b->strings, (uint32_t) s.len};

    if (s.len != 0) {
        memcpy((char *) b->im + name.at, s.data, s.len);
    }
    b->strings += name.len;
    return name;
}


static int
fault(struct sc_builder *b, int rc, const char *what, struct sc_str where)
{
    b->fault->what = what;
    b->fault->where = where;
    return rc;
}


static int
put_alternatives(struct sc_builder *b, const struct sc_in_operation *in,
                 struct sc_operation *op)
{
    struct sc_alternative *alts = sc_builder_at(b, b->im->alternatives);
    uint32_t *refs = sc_builder_at(b, b->im->scope_refs);

    op->alternatives.at =
        b->im->alternatives.at + b->alternatives * (uint32_t) sizeof(*alts);
    op->alternatives.count = in->nalternatives;
    for (uint32_t i = 0; i < in->nalternatives; i++) {
        const struct sc_in_alternative *from = &in->alternatives[i];
        struct sc_alternative *alt = &alts[b->alternatives++];

        if (from->n == 0) {
            return fault(b, SC_EINVAL, "empty alternative of", in->id);
        }
        alt->scopes.at =
            b->im->scope_refs.at + b->scope_refs * (uint32_t) sizeof(*refs);
        alt->scopes.count = from->n;
        for (uint32_t k = 0; k < from->n; k++) {
            if (from->scopes[k] >= b->in->nscopes) {
                return fault(b, SC_EINVAL, "scope number of", in->id);
            }
            refs[b->scope_refs++] = from->scopes[k];
        }
    }

    return 0;
}


static int
put_operation(struct sc_builder *b, const struct sc_in_operation *in)
{
    struct sc_operation *ops = sc_builder_at(b, b->im->operations);
    struct sc_operation *op = &ops[b->operations++];
    struct sc_variant *variants = sc_builder_at(b, b->im->variants);

    if (in->method <= SC_METHOD_NONE || in->method >= SC_METHODS
        || (in->classes & ~(uint32_t) SC_CLASS_ALL) != 0
        || !sc_layout_str_fits(in->id) || !sc_layout_str_fits(in->path)) {
        return fault(b, SC_EINVAL, "method, class or length of", in->id);
    }

    op->id = put_string(b, in->id);
    op->path = put_string(b, in->path);
    op->method = in->method;
    op->classes = in->classes;
    op->traits = in->traits;
    op->variants.at =
        b->im->variants.at + b->variants * (uint32_t) sizeof(*variants);
    op->variants.count = in->nvariants;
    for (uint32_t i = 0; i < in->nvariants; i++) {
        struct sc_variant *v = &variants[b->variants++];

        v->parameter = put_string(b, in->variants[i].parameter);
        v->value = put_string(b, in->variants[i].value);
        v->classes = in->variants[i].classes;
        v->traits = in->variants[i].traits;
    }

    return put_alternatives(b, in, op);
}


/* One catalog: its operations, then the tree over them, then aliases. */
static int
put_catalog(struct sc_builder *b, const struct sc_in_catalog *c,
            uint32_t *root)
{
    uint32_t first = b->operations;
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < c->noperations; i++) {
        rc = put_operation(b, &c->operations[i]);
    }
    if (rc == 0) {
        *root = sc_tree_node(b);
    }
    for (uint32_t i = 0; rc == 0 && i < c->noperations; i++) {
        rc = sc_tree_add(b, *root, first + i);
        if (rc == SC_EEXIST) {
            return fault(b, rc, "two operations share method and path shape",
                         c->operations[i].path);
        }
        if (rc != 0) {
            return fault(b, rc, "bad path template", c->operations[i].path);
        }
    }
    for (uint32_t i = 0; rc == 0 && i < c->naliases; i++) {
        struct sc_name as = put_string(b, c->aliases[i].as);

        rc = sc_tree_alias(b, *root, c->aliases[i].prefix, as);
        if (rc != 0) {
            return fault(b, rc, "bad alias", c->aliases[i].as);
        }
    }

    return rc;
}


static int
put_catalogs(struct sc_builder *b)
{
    struct sc_app *apps = sc_builder_at(b, b->im->apps);

    for (uint32_t i = 0; i < b->in->ncatalogs; i++) {
        uint32_t root;
        int rc = put_catalog(b, &b->in->catalogs[i], &root);

        if (rc != 0) {
            return rc;
        }
        for (uint32_t k = 0; k < b->in->napps; k++) {
            if (b->in->apps[k].catalog == i) {
                apps[k].root = root;
            }
        }
    }

    return 0;
}


static int
put_apps(struct sc_builder *b)
{
    struct sc_app *apps = sc_builder_at(b, b->im->apps);
    struct sc_name *links = sc_builder_at(b, b->im->links);
    uint32_t *index = sc_builder_at(b, b->im->app_index);
    uint32_t nlinks = 0;

    memset(index, 0xff, b->im->app_index.count * sizeof(*index));
    for (uint32_t i = 0; i < b->in->napps; i++) {
        const struct sc_in_app *in = &b->in->apps[i];

        if (index[in->number] != SC_NONE) {
            return fault(b, SC_EEXIST, "two apps share the number of",
                         in->name);
        }
        apps[i].number = in->number;
        apps[i].name = put_string(b, in->name);
        apps[i].schemes = in->schemes;
        apps[i].error_style = in->error_style;
        apps[i].upstream_host = put_string(b, in->upstream_host);
        apps[i].upstream_path = put_string(b, in->upstream_path);
        apps[i].links.at =
            b->im->links.at + nlinks * (uint32_t) sizeof(*links);
        apps[i].links.count = in->nlinks;
        for (uint32_t k = 0; k < in->nlinks; k++) {
            links[nlinks++] = put_string(b, in->links[k]);
        }
        index[in->number] = i;
    }

    return 0;
}


/* True if mount a is asked before mount b. */
static bool
mount_before(const struct sc_in_mount *a, const struct sc_in_mount *b)
{
    bool any_a = sc_str_eq(a->host, SC_STR("*"));
    bool any_b = sc_str_eq(b->host, SC_STR("*"));

    return any_a != any_b ? any_b : a->prefix.len > b->prefix.len;
}


/* Insertion sort: a handful, and stable. */
static void
put_mounts(struct sc_builder *b)
{
    struct sc_mount *mounts = sc_builder_at(b, b->im->mounts);
    const struct sc_in_mount *in = b->in->mounts;

    for (uint32_t i = 0; i < b->in->nmounts; i++) {
        uint32_t rank = 0;

        for (uint32_t k = 0; k < b->in->nmounts; k++) {
            rank += mount_before(&in[k], &in[i])
                    || (k < i && !mount_before(&in[i], &in[k]));
        }
        mounts[rank].host = put_string(b, in[i].host);
        mounts[rank].prefix = put_string(b, in[i].prefix);
        mounts[rank].app = in[i].app;
    }
}


/* Index of an operation of an app's catalog by its id. */
static uint32_t
find_operation(const struct sc_builder *b, uint32_t app, struct sc_str id)
{
    const struct sc_operation *ops = sc_builder_at(b, b->im->operations);
    uint32_t at = 0;

    for (uint32_t i = 0; i < b->in->apps[app].catalog; i++) {
        at += b->in->catalogs[i].noperations;
    }
    for (uint32_t i = 0;
         i < b->in->catalogs[b->in->apps[app].catalog].noperations; i++) {
        if (sc_str_eq(sc_image_str(b->im, ops[at + i].id), id)) {
            return at + i;
        }
    }

    return SC_NONE;
}


static int
put_denied(struct sc_builder *b, const struct sc_in_ceiling *in,
           struct sc_ceiling *ceiling)
{
    uint32_t *all = sc_builder_at(b, b->im->denied);
    uint32_t *list = all + b->denied;
    uint32_t n = 0;

    for (uint32_t i = 0; i < in->ndenied; i++) {
        uint32_t op = find_operation(b, in->app, in->denied[i].id);
        uint32_t at = n;

        if (op == SC_NONE) {
            return fault(b, SC_ENOENT, "unknown operation", in->denied[i].id);
        }
        while (at > 0 && list[at - 1] > op) {
            list[at] = list[at - 1];
            at--;
        }
        list[at] = op;
        n++;
    }

    ceiling->denied.at =
        b->im->denied.at + b->denied * (uint32_t) sizeof(*all);
    ceiling->denied.count = n;
    b->denied += n;
    return 0;
}


static int
put_policy(struct sc_builder *b, uint32_t i)
{
    const struct sc_in_policy *in = &b->in->policies[i];
    struct sc_policy *policies = sc_builder_at(b, b->im->policies);
    struct sc_ceiling *row = sc_builder_at(b, b->im->ceilings);
    uint64_t *sets = sc_builder_at(b, b->im->sets);
    int rc = 0;

    row += (size_t) i * b->in->napps;
    policies[i].number = in->number;
    policies[i].name = put_string(b, in->name);
    policies[i].tokens = in->tokens;
    policies[i].max_days = in->max_days;
    for (uint32_t k = 0; k < b->in->napps; k++) {
        row[k].set = SC_NONE;
    }
    for (uint32_t k = 0; rc == 0 && k < in->nceilings; k++) {
        const struct sc_in_ceiling *from = &in->ceilings[k];
        struct sc_ceiling *to = &row[from->app];

        if (to->set != SC_NONE) {
            return fault(b, SC_EEXIST, "two ceilings for one app in",
                         in->name);
        }
        to->classes = from->classes;
        to->deny_traits = from->deny_traits;
        to->set = b->sets++;
        memcpy(sets + (size_t) to->set * b->in->set_words, from->scopes,
               b->in->set_words * sizeof(*sets));
        rc = put_denied(b, from, to);
    }

    return rc;
}


static int
put_policies(struct sc_builder *b)
{
    uint32_t *index = sc_builder_at(b, b->im->policy_index);

    memset(index, 0xff, b->im->policy_index.count * sizeof(*index));
    for (uint32_t i = 0; i < b->in->npolicies; i++) {
        const struct sc_in_policy *in = &b->in->policies[i];
        int rc = put_policy(b, i);

        if (rc == 0 && index[in->number] != SC_NONE) {
            rc = fault(b, SC_EEXIST, "two policies share the number of",
                       in->name);
        }
        if (rc != 0) {
            return rc;
        }
        index[in->number] = i;
    }

    return 0;
}


/* Fill a laid-out image.  The strings come first in every list, so that the
 * offsets of both rounds agree. */
static int
fill(struct sc_builder *b)
{
    struct sc_name *scopes = sc_builder_at(b, b->im->scopes);
    struct sc_edge *edges = sc_builder_at(b, b->im->edges);
    int rc;

    for (uint32_t i = 0; i < b->im->edges.count; i++) {
        edges[i].node = SC_NONE;
    }

    b->im->ask = put_string(b, b->in->ask);
    for (uint32_t i = 0; i < b->in->nscopes; i++) {
        scopes[i] = put_string(b, b->in->scopes[i]);
    }

    put_mounts(b);
    rc = put_apps(b);
    if (rc == 0) {
        rc = put_catalogs(b);
    }
    return rc == 0 ? put_policies(b) : rc;
}


/* One round: lay out for n, fill, and set what the trees really took. */
static int
build_round(const struct sc_in_image *in, struct sc_counts *n, void *buf,
            size_t *size, struct sc_build_fault *f)
{
    struct sc_builder b = {.in = in, .im = buf, .fault = f};
    int rc;

    *size = (size_t) sc_layout_place(in, n, b.im);
    memset((char *) buf + sizeof(*b.im), 0, *size - sizeof(*b.im));
    b.im->set_words = in->set_words;
    b.im->generation = in->generation;
    rc = fill(&b);
    if (rc == 0) {
        n->nodes = b.nodes;
        n->edges = b.edges;
        n->edge_slots = sc_layout_edge_slots(b.edges);
        n->patterns = b.patterns;
        n->pieces = b.most_pieces;
        n->templates = b.templates;
        n->kinds = b.most_kinds;
    }

    return rc;
}


int
sc_image_build(const struct sc_in_image *in, void *buf, size_t size,
               size_t *used, struct sc_build_fault *f)
{
    struct sc_image *im = buf;
    struct sc_counts n;
    size_t need = sc_image_size(in);
    int rc;

    f->what = "number out of range";
    f->where = sc_str(NULL, 0);
    if (need == 0) {
        return SC_EINVAL;
    }
    if (need > size || ((uintptr_t) buf & 7) != 0) {
        f->what = "buffer too small";
        return SC_EFULL;
    }

    memset(im, 0, sizeof(*im));
    sc_layout_count(in, &n);
    n.edge_slots = sc_layout_edge_slots(n.edges);
    rc = build_round(in, &n, buf, used, f);
    if (rc == 0) {
        rc = build_round(in, &n, buf, used, f);
    }
    if (rc != 0) {
        return rc;
    }

    im->version = SC_IMAGE_VERSION;
    im->size = *used;
    im->magic = SC_IMAGE_MAGIC;
    im->crc = sc_crc32((const char *) buf + CRC_FROM, *used - CRC_FROM);
    return 0;
}
