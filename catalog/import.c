/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import.c - ids, made scopes, names.
 */

#include "catalog/import.h"

#include "catalog/names.h"
#include "catalog/parts.h"
#include "catalog/sound.h"
#include "core/scope.h"


static bool
is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z');
}


static char
upper_case(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    if (c < 'a' || c > 'z') {
        return c;
    }

    return letters[c - 'a'];
}


/* GET /a/{b-c}/d as getABCD, short enough for a number behind it. */
static char *
camel(struct arena *a, const struct catalog_operation *op)
{
    const char *method = sc_method_name(op->method);
    char *id = arena_alloc(a, CATALOG_ID_MAX + 1), *to = id;
    const char *end = id + CATALOG_ID_MAX - 8;
    bool upper = true;

    for (; *method != '\0'; method++) {
        *to++ = sc_lower(*method);
    }

    for (const char *c = op->path; *c != '\0' && to < end; c++) {
        if (!is_alnum(*c)) {
            upper = true;
            continue;
        }
        if (upper) {
            *to++ = upper_case(*c);
        } else {
            *to++ = *c;
        }
        upper = false;
    }

    return id;
}


static void
make_id(struct arena *a, struct names *taken, struct catalog_operation *op,
        size_t number)
{
    const char *id = camel(a, op);

    op->id = id;
    for (unsigned i = 2; names_put(taken, op->id, number) != NAMES_NONE; i++) {
        op->id = arena_format(a, "%s%u", id, i);
    }
}


int
import_finish(struct catalog *c, struct fault *fault)
{
    struct sound_clash clash;
    struct names taken;

    names_init(&taken, c->arena);
    for (size_t i = 0; i < c->noperations; i++) {
        if (c->operations[i].id != NULL
            && names_put(&taken, c->operations[i].id, i) != NAMES_NONE) {
            c->operations[i].id = NULL;
        }
    }
    for (size_t i = 0; i < c->noperations; i++) {
        if (c->operations[i].id == NULL) {
            make_id(c->arena, &taken, &c->operations[i], i);
        }
    }

    if (sound_same_call(c, &clash)) {
        return fault_set(fault, SC_EEXIST, 0, "%s %s has the shape of %s",
                         sc_method_name(clash.second->method),
                         clash.second->path, clash.first->path);
    }

    return 0;
}


static const char *
strictest(uint32_t classes)
{
    static const uint32_t order[] = {SC_CLASS_CREDENTIAL, SC_CLASS_ADMIN,
                                     SC_CLASS_DELETE, SC_CLASS_WRITE,
                                     SC_CLASS_READ};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        for (unsigned bit = 0; (classes & order[i]) != 0; bit++) {
            if (1u << bit == order[i]) {
                return sc_class_name(bit);
            }
        }
    }

    return NULL;
}


void
import_derive_scopes(struct catalog *c)
{
    struct catalog_operation *op;
    const char *class, *scope;

    for (size_t i = 0; i < c->noperations; i++) {
        op = &c->operations[i];
        class = strictest(op->classes);
        if (class == NULL || op->nalternatives != 0 || op->word == NULL) {
            continue;
        }
        scope = arena_format(c->arena, "%s:%s", class, op->word);
        if (!sc_scope_name_ok(sc_str_c(scope))) {
            scope = arena_format(c->arena, "%s:root", class);
        }
        parts_add_alternative(c->arena, op, &scope, 1);
    }
}


const char *
import_source_name(struct arena *a, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash == NULL ? file : slash + 1;
    const char *dot = strrchr(name, '.');

    return dot == NULL || dot == name
               ? arena_text(a, name)
               : arena_copy(a, name, (size_t) (dot - name));
}
