/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.c - the only file that uses libfyaml.
 *
 * Works on parser events, not on libfyaml's documents: so the limits hold
 * while reading, and an alias costs one node however much it stands for.
 */

#include "catalog/yaml.h"

#include <libfyaml.h>
#include <string.h>

#include "core/str.h"

#define ANCHORS_MAX 4096

struct anchor {
    const char *name;
    const struct node *node; /* closed: an alias to an open one is refused */
};

struct reader {
    struct arena *arena;
    struct fy_parser *parser;
    struct fault *fault;
    struct node *open[TREE_DEPTH_MAX + 1]; /* lists and maps not closed */
    const char *open_anchor[TREE_DEPTH_MAX + 1];
    uint32_t depth;
    struct node *root;
    struct node *key; /* read, its value is next */
    struct anchor *anchors;
    size_t nanchors;
    uint32_t documents;
};


/* Valid UTF-8 without control characters other than tab and line ends. */
static int
check_text(const char *bytes, size_t len, struct fault *fault)
{
    struct sc_str s = sc_str(bytes, len);
    uint32_t line = 1;
    size_t at = 0;
    int32_t c;

    while (at < len) {
        c = sc_utf8_next(s, &at);
        if (c == -1) {
            return fault_set(fault, SC_ESYNTAX, line, "not valid UTF-8");
        }
        if (c == '\n') {
            line++;
        } else if ((c < 0x20 && c != '\t' && c != '\r')
                   || (c >= 0x7f && c < 0xa0)) {
            return fault_set(fault, SC_ESYNTAX, line,
                             "a control character is not allowed");
        }
    }

    return 0;
}


static uint32_t
line_of(struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);

    return mark == NULL ? 0 : (uint32_t) mark->line + 1;
}


static const char *
token_text(struct reader *r, struct fy_token *token)
{
    const char *text;
    size_t len = 0;

    if (token == NULL) {
        return "";
    }

    text = fy_token_get_text(token, &len);
    if (text == NULL || memchr(text, '\0', len) != NULL) {
        return NULL;
    }

    return arena_copy(r->arena, text, len);
}


static int
remember(struct reader *r, const char *name, const struct node *n)
{
    struct anchor *a;

    if (r->nanchors == ANCHORS_MAX) {
        return node_fault(r->fault, n, SC_ETOOBIG, "too many anchors");
    }

    a = arena_push(r->arena, &r->anchors, r->nanchors++, sizeof(*a));
    a->name = name;
    a->node = n;

    return 0;
}


/* Put a value (closed or just opened) where it belongs. */
static int
place(struct reader *r, struct node *n)
{
    struct node *parent = r->depth == 0 ? NULL : r->open[r->depth - 1];

    if (parent == NULL) {
        r->root = n;
        return 0;
    }

    if (parent->kind == NODE_LIST) {
        node_append(parent, n);
        return 0;
    }

    if (r->key == NULL) {
        if (n->kind != NODE_SCALAR) {
            return node_fault(r->fault, n, SC_ESYNTAX,
                              "a key has to be a plain text");
        }
        r->key = n;
        return 0;
    }

    n->key = r->key->text;
    n->key_line = r->key->line;
    r->key = NULL;
    node_append(parent, n);

    return 0;
}


static int
on_scalar(struct reader *r, struct fy_event *event)
{
    struct node *n = arena_alloc(r->arena, sizeof(*n));
    const char *anchor;
    int rc;

    n->line = line_of(event);
    n->weight = 1;
    n->text = token_text(r, event->scalar.value);
    if (n->text == NULL) {
        return node_fault(r->fault, n, SC_ESYNTAX,
                          "a text may not hold a NUL character");
    }
    n->quoted = event->scalar.value != NULL
                && fy_token_scalar_style(event->scalar.value) != FYSS_PLAIN;

    if (event->scalar.tag != NULL) {
        return node_fault(r->fault, n, SC_ESYNTAX, "tags are not supported");
    }
    if (event->scalar.anchor != NULL) {
        anchor = token_text(r, event->scalar.anchor);
        rc = anchor == NULL ? SC_ESYNTAX : remember(r, anchor, n);
        if (rc != 0) {
            return rc;
        }
    }

    return place(r, n);
}


static int
on_alias(struct reader *r, struct fy_event *event)
{
    const char *name = token_text(r, event->alias.anchor);
    struct node *n = arena_alloc(r->arena, sizeof(*n));

    for (size_t i = r->nanchors; i > 0 && name != NULL; i--) {
        if (strcmp(r->anchors[i - 1].name, name) == 0) {
            *n = *r->anchors[i - 1].node;
            n->line = line_of(event);
            n->key = NULL;
            n->next = n->parent = NULL;
            return place(r, n);
        }
    }

    n->line = line_of(event);

    return node_fault(r->fault, n, SC_ESYNTAX,
                      "an alias to an unknown or unfinished anchor");
}


static int
on_open(struct reader *r, struct fy_event *event, enum node_kind kind,
        struct fy_token *anchor, struct fy_token *tag)
{
    struct node *n = arena_alloc(r->arena, sizeof(*n));
    int rc;

    n->kind = kind;
    n->line = line_of(event);
    if (tag != NULL) {
        return node_fault(r->fault, n, SC_ESYNTAX, "tags are not supported");
    }
    if (r->depth == TREE_DEPTH_MAX) {
        return node_fault(r->fault, n, SC_ETOOBIG,
                          "nested deeper than %d levels", TREE_DEPTH_MAX);
    }

    rc = place(r, n);
    if (rc != 0) {
        return rc;
    }

    r->open_anchor[r->depth] = anchor == NULL ? NULL : token_text(r, anchor);
    r->open[r->depth++] = n;

    return 0;
}


static int
on_close(struct reader *r)
{
    struct node *n = r->open[--r->depth];
    int rc;

    rc = node_close(r->arena, n, r->fault);
    if (rc == 0 && r->open_anchor[r->depth] != NULL) {
        rc = remember(r, r->open_anchor[r->depth], n);
    }

    return rc;
}


static int
on_event(struct reader *r, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (r->documents++ != 0) {
            return fault_set(r->fault, SC_ESYNTAX, line_of(event),
                             "a second document in one file");
        }
        return 0;
    case FYET_SCALAR:
        return on_scalar(r, event);
    case FYET_ALIAS:
        return on_alias(r, event);
    case FYET_SEQUENCE_START:
        return on_open(r, event, NODE_LIST, event->sequence_start.anchor,
                       event->sequence_start.tag);
    case FYET_MAPPING_START:
        return on_open(r, event, NODE_MAP, event->mapping_start.anchor,
                       event->mapping_start.tag);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        return on_close(r);
    default:
        return 0;
    }
}


/* What the parser itself had to say, once it gave up. */
static int
parser_fault(struct reader *r, struct fy_diag *diag)
{
    struct fy_diag_error *error;
    void *at = NULL;

    error = fy_diag_errors_iterate(diag, &at);
    if (error == NULL || error->msg == NULL) {
        return fault_set(r->fault, SC_ESYNTAX, 0, "not valid YAML");
    }

    return fault_set(r->fault, SC_ESYNTAX,
                     error->line > 0 ? (uint32_t) error->line : 0,
                     "not valid YAML: %s", error->msg);
}


static int
read_events(struct reader *r, struct fy_diag *diag)
{
    struct fy_event *event;
    int rc = 0;

    while (rc == 0) {
        event = fy_parser_parse(r->parser);
        if (event == NULL) {
            return fy_parser_get_stream_error(r->parser)
                       ? parser_fault(r, diag)
                       : 0;
        }
        rc = on_event(r, event);
        fy_parser_event_free(r->parser, event);
    }

    return rc;
}


int
yaml_parse(const char *bytes, size_t len, struct tree *t, struct fault *fault)
{
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG
                                        | FYPCF_DISABLE_DEPTH_LIMIT
                                        | FYPCF_JSON_NONE};
    struct reader r = {.fault = fault};
    int rc;

    rc = check_text(bytes, len, fault);
    if (rc != 0) {
        return rc;
    }

    r.arena = arena_new();
    cfg.diag = fy_diag_create(NULL);
    if (cfg.diag != NULL) {
        fy_diag_set_collect_errors(cfg.diag, true);
        r.parser = fy_parser_create(&cfg);
    }
    if (r.parser == NULL || fy_parser_set_string(r.parser, bytes, len) != 0) {
        rc = fault_set(fault, SC_ENOMEM, 0, "no YAML parser");
        goto done;
    }

    rc = read_events(&r, cfg.diag);
    if (rc == 0 && r.root == NULL) {
        rc = fault_set(fault, SC_ESYNTAX, 1, "the file is empty");
    }

done:
    fy_parser_destroy(r.parser);
    fy_diag_destroy(cfg.diag);
    if (rc != 0) {
        arena_free(r.arena);
        return rc;
    }

    t->arena = r.arena;
    t->root = r.root;

    return 0;
}
