/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_tree.c - path templates to a tree.
 *
 * A segment is a literal, one parameter, a multi-segment tail ("{name*}",
 * last), or a pattern: literals and parameters mixed.  Nodes are shared by
 * templates whose segments agree in kind and literal text; names of
 * parameters do not count, which is what merges same-shape templates.
 */

#include "core/image_tree.h"

#define PATTERNS_MAX 7 /* on one node; see sc_tree_bound() */

struct segment {
    enum sc_segment_kind kind;
    uint32_t at, len; /* in the template */
    uint32_t nparams;
};

/* Does c belong in a literal?  As in target.h: what a path may hold raw. */
static bool
literal_ok(char c)
{
    return c > 0x20 && c < 0x7f && strchr("%;#?\"<>\\^`{}|/", c) == NULL;
}


/* Read the parameter at t[*at] == '{'; *at moves behind '}'. */
static bool
read_parameter(struct sc_str t, uint32_t *at, bool *tail)
{
    const char *close = memchr(t.data + *at, '}', t.len - *at);
    size_t n = close == NULL ? 0 : (size_t) (close - t.data) - *at - 1;

    if (n == 0 || memchr(t.data + *at + 1, '{', n) != NULL
        || memchr(t.data + *at + 1, '/', n) != NULL) {
        return false;
    }

    *tail = close[-1] == '*';
    *at += (uint32_t) n + 2;
    return true;
}


/*
 * Read the segment of template t behind the slash at *at; *at moves to the
 * next slash or the end.  False for a bad template.
 */
static bool
read_segment(struct sc_str t, uint32_t *at, struct segment *s)
{
    bool tail = false, after_param = false;
    uint32_t literals = 0;

    if (*at >= t.len || t.data[*at] != '/') {
        return false;
    }

    s->at = ++*at;
    s->nparams = 0;
    while (*at < t.len && t.data[*at] != '/') {
        if (t.data[*at] == '{') {
            if (after_param || tail || !read_parameter(t, at, &tail)) {
                return false; /* "{a}{b}" splits in many ways */
            }
            if (++s->nparams > SC_PATTERN_PARAMS_MAX) {
                return false;
            }
            after_param = true;
        } else {
            if (!literal_ok(t.data[*at])) {
                return false;
            }
            literals++;
            after_param = false;
            ++*at;
        }
    }

    s->len = *at - s->at;
    if (tail) {
        s->kind = SC_SEGMENT_TAIL;
        return literals == 0 && s->nparams == 1 && *at == t.len;
    }
    s->kind = s->nparams == 0 ? SC_SEGMENT_LITERAL
              : literals == 0 ? SC_SEGMENT_PARAM
                              : SC_SEGMENT_PATTERN;
    return s->len != 0 || *at == t.len; /* only the last one may be empty */
}


static void
bound_template(struct sc_str path, struct sc_counts *n)
{
    for (size_t i = 0; i < path.len; i++) {
        n->nodes += path.data[i] == '/';
        n->edges += path.data[i] == '/';
        n->kinds += path.data[i] == '/';
        n->patterns += path.data[i] == '{';
        n->pieces += path.data[i] == '{' ? 2 : 0;
    }
    n->templates++;
}


void
sc_tree_bound(const struct sc_in_catalog *c, struct sc_counts *n)
{
    uint64_t before = n->patterns;

    for (uint32_t i = 0; i < c->noperations; i++) {
        bound_template(c->operations[i].path, n);
    }
    for (uint32_t i = 0; i < c->naliases; i++) {
        bound_template(c->aliases[i].as, n);
    }
    /* a node's patterns are placed anew as a block when one is added: k of
     * them take k * (k + 1) / 2 places, at most 4 * k for PATTERNS_MAX */
    n->patterns = before + (n->patterns - before) * 4;
}


uint32_t
sc_tree_node(struct sc_builder *b)
{
    struct sc_node *nodes = sc_builder_at(b, b->im->nodes);
    struct sc_node none = {SC_NONE, SC_NONE, SC_NONE, {0, 0}};

    none.patterns.at = b->im->patterns.at;
    nodes[b->nodes] = none;
    return b->nodes++;
}


/* Slot of an edge: the one that has it, or the empty one where it goes. */
static struct sc_edge *
edge_slot(struct sc_builder *b, uint32_t node, struct sc_str literal)
{
    struct sc_edge *edges = sc_builder_at(b, b->im->edges);
    uint32_t mask = b->im->edges.count - 1;
    uint32_t at = sc_image_edge_home(b->im, sc_str_hash(literal, 0), node);

    while (
        edges[at].node != SC_NONE
        && (edges[at].node != node
            || !sc_str_eq(sc_image_str(b->im, edges[at].literal), literal))) {
        at = (at + 1) & mask;
    }

    return &edges[at];
}


static void
set_edge(struct sc_builder *b, struct sc_edge *slot, uint32_t node,
         struct sc_name literal, uint32_t child)
{
    slot->node = node;
    slot->literal = literal;
    slot->child = child;
    b->edges++;
}


static uint32_t
literal_child(struct sc_builder *b, uint32_t node, struct sc_name literal)
{
    struct sc_edge *slot = edge_slot(b, node, sc_image_str(b->im, literal));

    if (slot->node == SC_NONE) {
        set_edge(b, slot, node, literal, sc_tree_node(b));
    }

    return slot->child;
}


/* The literals around the parameters of a pattern, as pieces of path. */
static struct sc_span
put_pieces(struct sc_builder *b, struct sc_name path, const struct segment *s)
{
    struct sc_name *pieces = sc_builder_at(b, b->im->pieces);
    const char *text = sc_image_str(b->im, path).data;
    struct sc_span span;
    uint32_t at = s->at, end = s->at + s->len;

    span.at = b->im->pieces.at + b->pieces * (uint32_t) sizeof(*pieces);
    span.count = s->nparams + 1;
    for (uint32_t i = 0; i <= s->nparams; i++) {
        uint32_t from = at;

        while (at < end && text[at] != '{') {
            at++;
        }
        pieces[b->pieces].at = path.at + from;
        pieces[b->pieces++].len = at - from;
        while (at < end && text[at++] != '}') {
        }
    }

    return span;
}


static bool
same_pieces(struct sc_builder *b, struct sc_span x, struct sc_span y)
{
    const struct sc_name *p = sc_image_at(b->im, x);
    const struct sc_name *q = sc_image_at(b->im, y);

    for (uint32_t i = 0; x.count == y.count && i < x.count; i++) {
        if (!sc_str_eq(sc_image_str(b->im, p[i]), sc_image_str(b->im, q[i]))) {
            return false;
        }
    }

    return x.count == y.count;
}


/* The pieces of a pattern, once for all patterns that are the same: so their
 * place tells one pattern from another, wherever in a tree it stands. */
static struct sc_span
share_pieces(struct sc_builder *b, struct sc_name path,
             const struct segment *s)
{
    const struct sc_pattern *all = sc_builder_at(b, b->im->patterns);
    uint32_t before = b->pieces;
    struct sc_span mine = put_pieces(b, path, s);

    b->most_pieces = b->pieces > b->most_pieces ? b->pieces : b->most_pieces;
    for (uint32_t i = 0; i < b->patterns; i++) {
        if (same_pieces(b, all[i].pieces, mine)) {
            b->pieces = before;
            return all[i].pieces;
        }
    }

    return mine;
}


/* The child for a pattern, SC_NONE if the node has too many.  *id is the
 * same for the same pattern. */
static uint32_t
pattern_child(struct sc_builder *b, uint32_t node, struct sc_name path,
              const struct segment *s, uint32_t *id)
{
    struct sc_node *nodes = sc_builder_at(b, b->im->nodes);
    struct sc_pattern *all = sc_builder_at(b, b->im->patterns);
    struct sc_span *mine = &nodes[node].patterns;
    struct sc_pattern *old = sc_builder_at(b, *mine);
    struct sc_pattern p;

    p.pieces = share_pieces(b, path, s);
    *id = (p.pieces.at - b->im->pieces.at) / (uint32_t) sizeof(struct sc_name);
    for (uint32_t i = 0; i < mine->count; i++) {
        if (old[i].pieces.at == p.pieces.at) {
            return old[i].child;
        }
    }
    if (mine->count == PATTERNS_MAX) {
        return SC_NONE;
    }

    memcpy(&all[b->patterns], old, mine->count * sizeof(*all));
    mine->at = b->im->patterns.at + b->patterns * (uint32_t) sizeof(*all);
    b->patterns += mine->count;
    p.child = sc_tree_node(b);
    all[b->patterns++] = p;
    mine->count++;
    return p.child;
}


static uint32_t
param_child(struct sc_builder *b, uint32_t node)
{
    struct sc_node *nodes = sc_builder_at(b, b->im->nodes);

    if (nodes[node].param == SC_NONE) {
        nodes[node].param = sc_tree_node(b);
    }

    return nodes[node].param;
}


/* Put operation into the template at *place, making it if it is new. */
static int
put_leaf(struct sc_builder *b, uint32_t *place, uint32_t operation,
         struct sc_span kinds)
{
    struct sc_template *templates = sc_builder_at(b, b->im->templates);
    const struct sc_operation *op = sc_image_operation(b->im, operation);

    if (*place == SC_NONE) {
        *place = b->templates++;
        memset(&templates[*place].operations, 0xff,
               sizeof(templates[*place].operations));
        templates[*place].kinds = kinds;
    } else {
        b->kinds -= kinds.count; /* the template has them already */
    }

    if (templates[*place].operations[op->method] != SC_NONE) {
        return SC_EEXIST;
    }

    templates[*place].operations[op->method] = operation;
    return 0;
}


int
sc_tree_add(struct sc_builder *b, uint32_t root, uint32_t operation)
{
    const struct sc_operation *op = sc_image_operation(b->im, operation);
    struct sc_str path = sc_image_str(b->im, op->path);
    struct sc_node *nodes = sc_builder_at(b, b->im->nodes);
    uint32_t *kinds = sc_builder_at(b, b->im->kinds);
    uint32_t node = root, at = 0;
    struct sc_span mine;
    struct segment s;

    mine.at = b->im->kinds.at + b->kinds * (uint32_t) sizeof(*kinds);
    mine.count = 0;
    while (at < path.len || mine.count == 0) {
        struct sc_name literal;
        uint32_t pattern = 0;

        if (!read_segment(path, &at, &s)) {
            return SC_ESYNTAX;
        }

        literal.at = op->path.at + s.at;
        literal.len = s.len;
        if (s.kind == SC_SEGMENT_LITERAL) {
            node = literal_child(b, node, literal);
        } else if (s.kind == SC_SEGMENT_PATTERN) {
            node = pattern_child(b, node, op->path, &s, &pattern);
            if (node == SC_NONE) {
                return SC_ETOOBIG;
            }
        } else if (s.kind == SC_SEGMENT_PARAM) {
            node = param_child(b, node);
        }
        kinds[b->kinds++] = SC_KIND(s.kind, pattern);
        mine.count++;
    }
    b->most_kinds = b->kinds > b->most_kinds ? b->kinds : b->most_kinds;

    return put_leaf(
        b, s.kind == SC_SEGMENT_TAIL ? &nodes[node].tail : &nodes[node].leaf,
        operation, mine);
}


/* Follow literal segments; *node is where they lead, or SC_NONE. */
static int
follow(struct sc_builder *b, uint32_t root, struct sc_str path, uint32_t *node)
{
    uint32_t at = 0;
    struct segment s;

    *node = root;
    while (*node != SC_NONE && at < path.len) {
        const struct sc_edge *slot;

        if (!read_segment(path, &at, &s) || s.kind != SC_SEGMENT_LITERAL
            || s.len == 0) {
            return SC_ESYNTAX;
        }
        slot = edge_slot(b, *node, sc_str(path.data + s.at, s.len));
        *node = slot->node == SC_NONE ? SC_NONE : slot->child;
    }

    return 0;
}


int
sc_tree_alias(struct sc_builder *b, uint32_t root, struct sc_str prefix,
              struct sc_name as)
{
    struct sc_str path = sc_image_str(b->im, as);
    uint32_t target, node = root, at = 0;
    struct sc_edge *slot = NULL;
    struct segment s;
    int rc = follow(b, root, prefix, &target);

    if (rc != 0 || target == SC_NONE || path.len == 0) {
        return rc != 0 ? rc : SC_ENOENT;
    }

    while (at < path.len) {
        struct sc_name literal;

        if (!read_segment(path, &at, &s) || s.kind != SC_SEGMENT_LITERAL
            || s.len == 0) {
            return SC_ESYNTAX;
        }
        literal.at = as.at + s.at;
        literal.len = s.len;
        if (at < path.len) {
            node = literal_child(b, node, literal);
            continue;
        }
        slot = edge_slot(b, node, sc_str(path.data + s.at, s.len));
        if (slot->node != SC_NONE) {
            return SC_EEXIST;
        }
        set_edge(b, slot, node, literal, target);
    }

    return 0;
}
