/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog.c - walk a catalog's tree.
 *
 * A walk holds the nodes that the segments so far lead to; there are several
 * when templates overlap.  Each step replaces them by their children: the
 * literal child (one probe of the edge table), those of patterns that the
 * segment fits, the parameter's.  At the end the templates found are thinned
 * out to the most specific ones.
 */

#include "core/catalog.h"

#include <assert.h>

struct state {
    uint32_t node;
    bool ambiguous; /* a segment on the way splits in two ways */
};

struct found {
    uint32_t template_;
    bool ambiguous;
};

struct walk {
    const struct sc_image *im;
    struct state states[2][SC_MATCH_MAX]; /* now, and after the step */
    unsigned now;
    uint32_t nstates;
    struct found found[SC_MATCH_MAX];
    uint32_t nfound;
    bool overflow;
};

static uint32_t
literal_child(const struct sc_image *im, uint32_t node, struct sc_str literal,
              uint32_t hash)
{
    const struct sc_edge *edges = sc_image_at(im, im->edges);
    uint32_t mask = im->edges.count - 1;
    uint32_t at = sc_image_edge_home(im, hash, node);

    while (edges[at].node != SC_NONE) {
        if (edges[at].node == node
            && sc_str_eq(sc_image_str(im, edges[at].literal), literal)) {
            return edges[at].child;
        }
        at = (at + 1) & mask;
    }

    return SC_NONE;
}


/*
 * In how many ways (0, 1, 2 for more) does text split into a non-empty
 * parameter, then pieces[0], a parameter, pieces[1] ... to the end?
 */
static unsigned
count_splits(const struct sc_image *im, const struct sc_name *pieces,
             uint32_t n, struct sc_str text)
{
    struct sc_str piece = sc_image_str(im, pieces[0]);
    unsigned ways = 0;

    if (n == 1) { /* the last piece ends the text */
        return text.len > piece.len
               && sc_str_eq(
                   sc_str(text.data + text.len - piece.len, piece.len), piece);
    }

    for (size_t at = 1; at + piece.len < text.len && ways < 2; at++) {
        if (sc_str_eq(sc_str(text.data + at, piece.len), piece)) {
            ways += count_splits(
                im, pieces + 1, n - 1,
                sc_str(text.data + at + piece.len, text.len - at - piece.len));
        }
    }

    return ways < 2 ? ways : 2;
}


static unsigned
pattern_fits(const struct sc_image *im, const struct sc_pattern *pattern,
             struct sc_str text)
{
    const struct sc_name *pieces = sc_image_at(im, pattern->pieces);
    struct sc_str first = sc_image_str(im, pieces[0]);

    if (!sc_str_starts(text, first)) {
        return 0;
    }
    if (text.len > SC_PATTERN_TEXT_MAX) {
        return 2;
    }

    return count_splits(im, pieces + 1, pattern->pieces.count - 1,
                        sc_str(text.data + first.len, text.len - first.len));
}


static void
add_state(struct walk *w, struct state *states, uint32_t *n, uint32_t node,
          bool ambiguous)
{
    if (node == SC_NONE) {
        return;
    }

    if (*n == SC_MATCH_MAX) {
        w->overflow = true;
        return;
    }

    states[*n].node = node;
    states[*n].ambiguous = ambiguous;
    (*n)++;
}


static void
add_found(struct walk *w, uint32_t template_, bool ambiguous)
{
    if (template_ == SC_NONE) {
        return;
    }

    if (w->nfound == SC_MATCH_MAX) {
        w->overflow = true;
        return;
    }

    w->found[w->nfound].template_ = template_;
    w->found[w->nfound].ambiguous = ambiguous;
    w->nfound++;
}


/* Replace the states by their children for one segment.  tails: the path has
 * no trailing slash, so that a multi-segment parameter may take the rest. */
static void
step(struct walk *w, struct sc_str segment, bool tails)
{
    const struct sc_node *nodes = sc_image_at(w->im, w->im->nodes);
    struct state *next = w->states[w->now ^ 1];
    uint32_t hash = sc_str_hash(segment, 0), n = 0;

    for (uint32_t i = 0; i < w->nstates; i++) {
        struct state s = w->states[w->now][i];
        const struct sc_node *node = &nodes[s.node];
        const struct sc_pattern *p = sc_image_at(w->im, node->patterns);

        add_state(w, next, &n, literal_child(w->im, s.node, segment, hash),
                  s.ambiguous);
        for (uint32_t k = 0; k < node->patterns.count; k++) {
            unsigned ways = pattern_fits(w->im, &p[k], segment);

            if (ways != 0) {
                add_state(w, next, &n, p[k].child, s.ambiguous || ways > 1);
            }
        }
        add_state(w, next, &n, node->param, s.ambiguous);
        if (tails) {
            add_found(w, node->tail, s.ambiguous);
        }
    }

    w->now ^= 1;
    w->nstates = n;
}


static void
walk_path(struct walk *w, const struct sc_target *target, uint32_t first)
{
    const struct sc_node *nodes = sc_image_at(w->im, w->im->nodes);

    for (uint32_t i = first; i < target->nsegments && w->nstates != 0; i++) {
        step(w, target->segments[i], !target->trailing_slash);
    }

    for (uint32_t i = 0; i < w->nstates; i++) {
        struct state s = w->states[w->now][i];

        if (target->trailing_slash) {
            s.node = literal_child(w->im, s.node, sc_str("", 0),
                                   sc_str_hash(sc_str("", 0), 0));
        }
        if (s.node != SC_NONE) {
            add_found(w, nodes[s.node].leaf, s.ambiguous);
        }
    }
}


/* True if a is more specific than b; both fit the same path. */
static bool
covers(const struct sc_image *im, uint32_t a, uint32_t b)
{
    const struct sc_template *t = sc_image_at(im, im->templates);
    const uint32_t *x = sc_image_at(im, t[a].kinds);
    const uint32_t *y = sc_image_at(im, t[b].kinds);
    uint32_t nx = t[a].kinds.count, ny = t[b].kinds.count;
    bool strictly = false;

    for (uint32_t i = 0; i < nx || i < ny; i++) {
        /* behind its end a template can only be inside its tail */
        uint32_t kx = i < nx ? x[i] : SC_KIND(SC_SEGMENT_TAIL, 0);
        uint32_t ky = i < ny ? y[i] : SC_KIND(SC_SEGMENT_TAIL, 0);

        if (kx == ky) {
            continue;
        }
        if (SC_KIND_OF(kx) >= SC_KIND_OF(ky)) {
            return false;
        }
        strictly = true;
    }

    return strictly;
}


static bool
is_covered(const struct walk *w, uint32_t which)
{
    for (uint32_t i = 0; i < w->nfound && w->nfound > 1; i++) {
        if (covers(w->im, w->found[i].template_, w->found[which].template_)) {
            return true;
        }
    }

    return false;
}


static uint32_t
methods_of(const struct sc_template *t)
{
    uint32_t methods = 0;

    for (unsigned m = SC_GET; m < SC_METHODS; m++) {
        methods |= (uint32_t) (t->operations[m] != SC_NONE) << m;
    }

    return (methods & 1u << SC_GET) != 0 ? methods | 1u << SC_HEAD : methods;
}


enum sc_match_result
sc_catalog_match(const struct sc_image *im, const struct sc_app *app,
                 enum sc_method method, const struct sc_target *target,
                 uint32_t first, struct sc_match *out)
{
    const struct sc_template *templates = sc_image_at(im, im->templates);
    struct walk w;
    bool ambiguous = false, missing = false;

    w.im = im;
    w.now = 0;
    w.states[0][0].node = app->root;
    w.states[0][0].ambiguous = false;
    w.nstates = 1;
    w.nfound = 0;
    w.overflow = false;
    out->n = 0;
    out->methods = ~0u;

    walk_path(&w, target, first);
    for (uint32_t i = 0; i < w.nfound; i++) {
        const struct sc_template *t = &templates[w.found[i].template_];
        uint32_t operation = t->operations[method];

        if (is_covered(&w, i)) {
            continue;
        }
        if (operation == SC_NONE && method == SC_HEAD) {
            operation = t->operations[SC_GET];
        }

        ambiguous = ambiguous || w.found[i].ambiguous;
        missing = missing || operation == SC_NONE;
        out->methods &= methods_of(t);
        out->operations[out->n++] = operation;
    }

    if (ambiguous || w.overflow) {
        return SC_MATCH_AMBIGUOUS;
    }
    if (out->n == 0) {
        return SC_MATCH_NO_PATH;
    }

    return missing ? SC_MATCH_NO_METHOD : SC_MATCH_FOUND;
}


/* Segments that a mount's prefix takes of a path, SC_NONE if it does not fit.
 * The path must go on behind it: "/wiki" alone is no path of the app. */
static uint32_t
prefix_segments(struct sc_str prefix, const struct sc_target *target)
{
    uint32_t n = 0;

    if (!sc_str_starts(target->path, prefix) || target->path.len == prefix.len
        || target->path.data[prefix.len] != '/') {
        return SC_NONE;
    }

    for (size_t i = 0; i < prefix.len; i++) {
        n += prefix.data[i] == '/';
    }

    return n;
}


const struct sc_mount *
sc_catalog_mount(const struct sc_image *im, struct sc_str host,
                 const struct sc_target *target, uint32_t *first)
{
    const struct sc_mount *mounts = sc_image_at(im, im->mounts);

    for (uint32_t i = 0; i < im->mounts.count; i++) {
        struct sc_str want = sc_image_str(im, mounts[i].host);
        uint32_t n;

        if (!sc_str_eq(want, SC_STR("*")) && !sc_str_eq(want, host)) {
            continue;
        }

        n = prefix_segments(sc_image_str(im, mounts[i].prefix), target);
        if (n != SC_NONE) {
            *first = n;
            return &mounts[i];
        }
    }

    return NULL;
}
