/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog_json.c - catalogs and reports on them as JSON.
 */

#include "cli/catalog_json.h"

#include <jansson.h>

#include "cli/out.h"


static json_t *
scopes(const struct catalog_operation *op)
{
    json_t *list = json_array(), *inner;

    for (size_t i = 0; i < op->nalternatives; i++) {
        inner = json_array();
        for (size_t j = 0; j < op->alternatives[i].n; j++) {
            json_array_append_new(inner,
                                  json_string(op->alternatives[i].scopes[j]));
        }
        json_array_append_new(list, inner);
    }

    return list;
}


static json_t *
variants(const struct catalog_operation *op)
{
    json_t *list = json_array();
    const struct catalog_variant *v;

    for (size_t i = 0; i < op->nvariants; i++) {
        v = &op->variants[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o}", v->body ? "body" : "query",
                            v->name, "value", v->value, "classes",
                            out_bits(v->classes, sc_class_name), "traits",
                            out_bits(v->traits, sc_trait_name)));
    }

    return list;
}


static json_t *
operation(const struct catalog_operation *op)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s?, s:s?}", "id",
                     op->id, "method", sc_method_name(op->method), "path",
                     op->path, "classes", out_bits(op->classes, sc_class_name),
                     "traits", out_bits(op->traits, sc_trait_name), "scopes",
                     scopes(op), "variants", variants(op), "why", op->why,
                     "source", op->source);
}


static void
print(FILE *f, json_t *json)
{
    json_dumpf(json, f, JSON_COMPACT);
    fputc('\n', f);
    json_decref(json);
}


void
catalog_json_operations(FILE *f, const struct catalog *c,
                        bool (*pick)(const struct catalog_operation *,
                                     const void *about),
                        const void *about)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->noperations; i++) {
        if (pick(&c->operations[i], about)) {
            json_array_append_new(list, operation(&c->operations[i]));
        }
    }
    print(f, list);
}


void
catalog_json_check(FILE *f, const struct catalog *c,
                   const struct check_report *report)
{
    json_t *classes = json_object(), *unclassified = json_array();
    json_t *without = json_array();

    for (unsigned i = 0; i < SC_CLASSES; i++) {
        json_object_set_new(classes, sc_class_name(i),
                            json_integer((json_int_t) report->classes[i]));
    }
    for (size_t i = 0; i < c->noperations; i++) {
        if (c->operations[i].classes == 0) {
            json_array_append_new(unclassified, operation(&c->operations[i]));
        }
        if (c->operations[i].nalternatives == 0) {
            json_array_append_new(without, operation(&c->operations[i]));
        }
    }

    print(f, json_pack("{s:s, s:I, s:I, s:o, s:o, s:o, s:I, s:I, s:I, s:I}",
                       "catalog", c->name, "operations",
                       (json_int_t) report->operations, "paths",
                       (json_int_t) report->paths, "classes", classes,
                       "unclassified", unclassified, "without_scope", without,
                       "overrides", (json_int_t) report->overrides,
                       "literal_parameter_pairs",
                       (json_int_t) report->literal_parameter,
                       "crossing_pairs", (json_int_t) report->crossing,
                       "same_shape_pairs", (json_int_t) report->same_shape));
}


void
catalog_json_diff(FILE *f, const struct diff *diffs, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(
            list,
            json_pack(
                "{s:s, s:o, s:o}", "change", diff_name(diffs[i].kind), "old",
                diffs[i].old == NULL ? json_null() : operation(diffs[i].old),
                "new",
                diffs[i].now == NULL ? json_null() : operation(diffs[i].now)));
    }
    print(f, list);
}
