/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.c - making, ending and asking a catalog in memory.
 */

#include "catalog/model.h"

#include "core/credential.h"

static const struct {
    const char *name;
    uint32_t bit;
} schemes[] = {
    {"bearer", SC_SCHEME_BEARER},
    {"basic", SC_SCHEME_BASIC},
    {"token", SC_SCHEME_TOKEN},
};

#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))


struct catalog *
catalog_new(void)
{
    struct arena *a = arena_new();
    struct catalog *c = arena_alloc(a, sizeof(*c));

    c->arena = a;

    return c;
}


void
catalog_free(struct catalog *c)
{
    if (c != NULL) {
        arena_free(c->arena);
    }
}


const struct catalog_operation *
catalog_by_id(const struct catalog *c, const char *id)
{
    for (size_t i = 0; i < c->noperations; i++) {
        if (strcmp(c->operations[i].id, id) == 0) {
            return &c->operations[i];
        }
    }

    return NULL;
}


const struct catalog_operation *
catalog_by_path(const struct catalog *c, enum sc_method method,
                const char *path)
{
    for (size_t i = 0; i < c->noperations; i++) {
        if (c->operations[i].method == method
            && strcmp(c->operations[i].path, path) == 0) {
            return &c->operations[i];
        }
    }

    return NULL;
}


uint32_t
catalog_classes(const struct catalog_operation *op)
{
    uint32_t classes = op->classes;

    for (size_t i = 0; i < op->nvariants && op->classes != 0; i++) {
        if (op->variants[i].body) {
            classes |= op->variants[i].classes;
        }
    }

    return classes;
}


uint32_t
catalog_traits(const struct catalog_operation *op)
{
    uint32_t traits = op->traits;

    for (size_t i = 0; i < op->nvariants; i++) {
        if (op->variants[i].body) {
            traits |= op->variants[i].traits;
        }
    }

    return traits;
}


uint32_t
catalog_scheme_parse(const char *name)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        if (strcmp(schemes[i].name, name) == 0) {
            return schemes[i].bit;
        }
    }

    return 0;
}


const char *
catalog_scheme_name(unsigned i)
{
    return i < SCHEMES ? schemes[i].name : NULL;
}


bool
catalog_style_parse(const char *name, enum sc_error_style *out)
{
    if (name != NULL && strcmp(name, "problem") == 0) {
        *out = SC_STYLE_PROBLEM;
        return true;
    }
    if (name != NULL && strcmp(name, "atlassian") == 0) {
        *out = SC_STYLE_ATLASSIAN;
        return true;
    }

    return false;
}


const char *
catalog_style_name(enum sc_error_style style)
{
    return style == SC_STYLE_ATLASSIAN ? "atlassian" : "problem";
}
