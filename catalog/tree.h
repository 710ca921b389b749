/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_TREE_H
#define SC_CATALOG_TREE_H

/*
 * tree.h - a document as a tree, whether it was YAML or JSON.
 *
 * Nodes live in the tree's arena.  YAML gives lines; JSON does not, there a
 * fault names the JSON pointer.  An alias shares the children of its anchor
 * and counts with its whole weight against TREE_NODES_MAX, so a document
 * that unfolds without end is refused while it is read.
 */

#include <stdbool.h>
#include <stdint.h>

#include "catalog/arena.h"
#include "catalog/fault.h"

#define TREE_DEPTH_MAX 200
#define TREE_NODES_MAX 8000000

enum node_kind { NODE_SCALAR = 0, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    bool quoted;        /* scalar: a string, whatever it looks like */
    uint32_t line;      /* 1-based, 0: not known */
    uint32_t key_line;  /* in a map */
    uint64_t weight;    /* nodes below, with itself, aliases unfolded */
    size_t n;           /* children */
    const char *key;    /* in a map; NULL elsewhere */
    const char *text;   /* scalar, without NUL inside */
    struct node *first; /* child */
    struct node *last;
    struct node *next;    /* sibling */
    struct node *parent;  /* NULL at the root */
    struct node **sorted; /* map: children by key */
};

struct tree {
    struct arena *arena;
    struct node *root;
};

/* Ends the tree and all its nodes. */
void tree_free(struct tree *t);

/* Append child to a list or map that is being built. */
void node_append(struct node *parent, struct node *child);

/*
 * A list or map is complete: sort the keys, refuse one that occurs twice and
 * a merge key, sum the weights.
 */
int node_close(struct arena *a, struct node *n,
               struct fault *fault) SC_MUSTCHECK;

/* Child of a map by key; NULL if there is none or n is no map (or NULL). */
const struct node *node_get(const struct node *n, const char *key);

/* Text of a scalar child, NULL if there is none. */
const char *node_text(const struct node *n, const char *key);

/* True for a scalar that is nothing: null, ~ or empty. */
bool node_is_null(const struct node *n);

/* True for the scalar true, written without quotes. */
bool node_is_true(const struct node *n);

/* fault_set() at the place of a node (NULL: the document). */
int node_fault(struct fault *f, const struct node *n, int rc,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Every child's key is one of names (NULL at the end), n is a map. */
int node_fields(const struct node *n, const char *const *names,
                struct fault *fault) SC_MUSTCHECK;

#endif
