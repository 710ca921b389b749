/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_yaml.c - YAML from any bytes, as configuration and catalog files are
 * read.
 *
 * A tree that is handed out keeps what tree.h says: lines inside the
 * document, keys where a map has them and each once, limits of depth and
 * size.  What is refused has one line that says why.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/yaml.h"
#include "tests/fuzz/fyaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t lines;  /* of the document */
static uint64_t budget; /* nodes that are looked at, aliases unfolded */


static void
check_node(const struct node *n, unsigned depth)
{
    size_t children = 0;

    must(depth <= TREE_DEPTH_MAX && n->line <= lines);
    must((n->kind == NODE_SCALAR) == (n->text != NULL));
    for (const struct node *c = n->first; c != NULL && budget > 0;
         c = c->next, children++) {
        budget--;
        must((n->kind == NODE_MAP) == (c->key != NULL));
        must(n->kind != NODE_MAP || node_get(n, c->key) == c);
        check_node(c, depth + 1);
    }
    must(budget == 0 || children == n->n);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault = {.line = 0};
    char line[FAULT_TEXT_MAX];
    struct tree t;

    lines = 1;
    budget = 20000;
    for (size_t i = 0; i < size; i++) {
        lines += data[i] == '\n' || data[i] == '\r';
    }

    if (yaml_parse((const char *) data, size, &t, &fault) != 0) {
        must(fault.what[0] != '\0');
        must(strchr(fault_text(&fault, line), '\n') == NULL);
        return 0;
    }

    check_node(t.root, 0);
    tree_free(&t);
    return 0;
}
