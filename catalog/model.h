/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_MODEL_H
#define SC_CATALOG_MODEL_H

/*
 * model.h - a catalog in memory: the operations of one API as facts.
 *
 * Everything a catalog points at lives in its arena and goes with
 * catalog_free().  Scopes are names here; the store gives them numbers.
 * No class at all means unclassified, no alternative at all means that no
 * scope is known: both are refused when a call comes.
 */

#include <stddef.h>

#include "catalog/arena.h"
#include "core/class.h"
#include "core/image.h"
#include "core/method.h"

#define CATALOG_OPERATIONS_MAX 50000
#define CATALOG_BYTES_MAX      (64u << 20) /* of a file or document */
#define CATALOG_ID_MAX         160         /* bytes of an operation id */

struct catalog_alternative { /* all of the scopes are needed */
    const char **scopes;     /* ascending, no duplicates, at least one */
    size_t n;
};

struct catalog_variant {
    bool body; /* a body field; else a query parameter */
    const char *name;
    const char *value; /* "*" for any */
    uint32_t classes, traits;
};

struct catalog_operation {
    const char *id; /* unique in its catalog */
    enum sc_method method;
    const char *path; /* template, as in image_build.h */
    uint32_t classes, traits;
    struct catalog_alternative *alternatives;
    size_t nalternatives;
    struct catalog_variant *variants;
    size_t nvariants;
    const char *why;    /* reason of the override, or NULL */
    const char *source; /* document it came from, or NULL */
    const char *word;   /* first path word behind the base; importer only */
};

struct catalog_source {
    const char *document;
    size_t operations;
};

struct catalog_alias { /* paths below `as` mean those below `prefix` */
    const char *prefix;
    const char *as;
};

struct catalog {
    struct arena *arena;
    const char *name;
    enum sc_error_style error_style;
    uint32_t schemes; /* SC_SCHEME_ bits that clients may use */
    struct catalog_source *sources;
    size_t nsources;
    struct catalog_alias *aliases;
    size_t naliases;
    struct catalog_operation *operations;
    size_t noperations;
};

/* An empty catalog; the caller ends it with catalog_free(). */
struct catalog *catalog_new(void);

/* Ends c and all it points at; NULL is fine. */
void catalog_free(struct catalog *c);

/* The operation of an id, or of a method and path; NULL if there is none. */
const struct catalog_operation *catalog_by_id(const struct catalog *c,
                                              const char *id);
const struct catalog_operation *catalog_by_path(const struct catalog *c,
                                                enum sc_method method,
                                                const char *path);

/*
 * Classes and traits that hold whatever the query is: the operation's own
 * and those of its body variants, since nothing reads bodies.
 */
uint32_t catalog_classes(const struct catalog_operation *op);
uint32_t catalog_traits(const struct catalog_operation *op);

/* The SC_SCHEME_ bit of a name in catalogs ("bearer"), 0 if none. */
uint32_t catalog_scheme_parse(const char *name);

/* Static name of bit number i, NULL past the last one. */
const char *catalog_scheme_name(unsigned i);

/* An error style by name ("problem", "atlassian"); name may be NULL. */
bool catalog_style_parse(const char *name, enum sc_error_style *out);
const char *catalog_style_name(enum sc_error_style style);

#endif
