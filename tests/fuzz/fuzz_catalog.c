/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_catalog.c - catalog files and API documents from any bytes.
 *
 * Whatever is read as a catalog, or imported from a document, is written and
 * read again: the second text has to be the first one.
 */

#include <stdint.h>
#include <stdlib.h>

#include "catalog/check.h"
#include "catalog/file.h"
#include "catalog/import.h"
#include "catalog/openapi.h"
#include "catalog/overrides.h"
#include "catalog/read.h"
#include "catalog/write.h"
#include "tests/fuzz/fyaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
reads_again_the_same(const struct catalog *c)
{
    struct fault fault = {.line = 0};
    struct catalog *again = NULL;
    char *text, *twice;
    size_t len, len2;

    must(catalog_write(c, &text, &len) == 0);
    must(catalog_read("x", text, len, &again, &fault) == 0);
    must(catalog_write(again, &twice, &len2) == 0);
    must(len == len2 && memcmp(text, twice, len) == 0);
    catalog_free(again);
    free(text);
    free(twice);
}


static void
import_document(const struct node *root)
{
    struct openapi_options options = {"doc", false};
    struct fault fault = {.line = 0};
    struct catalog *c = catalog_new();
    struct check_report report;

    c->name = "doc";
    c->schemes = 1;
    if (openapi_import(c, root, &options, &fault) == 0
        && import_finish(c, &fault) == 0) {
        import_derive_scopes(c);
        check_catalog(c, &report);
        reads_again_the_same(c);
    }
    catalog_free(c);
}


static void
apply_overrides(const struct node *root)
{
    struct catalog *c = catalog_new();
    struct fault fault = {.line = 0};
    struct catalog_operation *op;
    size_t count = 0;

    op = arena_push(c->arena, &c->operations, c->noperations++, sizeof(*op));
    *op = (struct catalog_operation){
        .id = "a", .method = SC_GET, .path = "/a/{b}"};
    c->name = "doc";
    c->schemes = 1;
    if (overrides_apply(c, root, &count, &fault) == 0) {
        reads_again_the_same(c);
    }
    catalog_free(c);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fault fault = {.line = 0};
    char line[FAULT_TEXT_MAX];
    struct catalog *c = NULL;
    struct tree t;

    if (file_tree("x", (const char *) data, size, &t, &fault) != 0) {
        must(fault_text(&fault, line) == line);
        return 0;
    }

    if (openapi_is(t.root)) {
        import_document(t.root);
    } else if (node_get(t.root, "overrides") != NULL) {
        apply_overrides(t.root);
    } else if (catalog_read_tree(t.root, &c, &fault) == 0) {
        reads_again_the_same(c);
        catalog_free(c);
    }
    tree_free(&t);

    return 0;
}
