/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_IMAGE_BUILD_H
#define SC_CORE_IMAGE_BUILD_H

/*
 * image_build.h - from a description in memory to a policy image.
 *
 * Allocates nothing: sc_image_size() says how many bytes are needed at the
 * most, sc_image_build() fills the caller's buffer and says how many were
 * used.  The description is borrowed during both calls only.  References
 * between parts are indexes into the arrays of the description.
 *
 * Templates are written as in OpenAPI: "/a/{b}/c.{d}".  A parameter whose
 * name ends in '*' ("{path*}") takes one or more segments and must be last.
 * Same-shape templates are merged; two operations with the same shape and
 * method are SC_EEXIST.
 */

#include "core/image.h"

struct sc_in_alternative {
    const uint32_t *scopes; /* numbers; at least one */
    uint32_t n;
};

struct sc_in_variant {
    struct sc_str parameter, value;
    uint32_t classes, traits;
};

struct sc_in_operation {
    struct sc_str id;
    enum sc_method method;
    struct sc_str path; /* template */
    uint32_t classes, traits;
    const struct sc_in_alternative *alternatives;
    uint32_t nalternatives; /* 0: refused as unannotated */
    const struct sc_in_variant *variants;
    uint32_t nvariants;
};

struct sc_in_alias { /* paths below `as` mean those below `prefix` */
    struct sc_str prefix, as;
};

struct sc_in_catalog {
    const struct sc_in_operation *operations;
    uint32_t noperations;
    const struct sc_in_alias *aliases;
    uint32_t naliases;
};

struct sc_in_app {
    uint32_t number;
    struct sc_str name;
    uint32_t schemes;
    enum sc_error_style error_style;
    struct sc_str upstream_host, upstream_path;
    const struct sc_str *links;
    uint32_t nlinks;
    uint32_t catalog; /* index */
};

struct sc_in_mount {
    struct sc_str host, prefix;
    uint32_t app; /* index */
};

struct sc_in_denied { /* an operation, by id, that a ceiling denies */
    struct sc_str id;
};

struct sc_in_ceiling {
    uint32_t app; /* index */
    uint32_t classes, deny_traits;
    const uint64_t *scopes; /* set_words words: what is allowed */
    const struct sc_in_denied *denied;
    uint32_t ndenied;
};

struct sc_in_policy {
    uint32_t number;
    struct sc_str name;
    enum sc_token_rule tokens;
    uint32_t max_days;
    const struct sc_in_ceiling *ceilings; /* apps without one: nothing */
    uint32_t nceilings;
};

struct sc_in_image {
    uint64_t generation;
    struct sc_str ask;
    const struct sc_str *scopes; /* by number */
    uint32_t nscopes;
    uint32_t set_words; /* >= nscopes / 64, rounded up */
    const struct sc_in_catalog *catalogs;
    uint32_t ncatalogs;
    const struct sc_in_app *apps;
    uint32_t napps;
    const struct sc_in_mount *mounts;
    uint32_t nmounts;
    const struct sc_in_policy *policies;
    uint32_t npolicies;
};

/* What a failed build is about; both may be empty. */
struct sc_build_fault {
    const char *what;    /* static text */
    struct sc_str where; /* of the description: a path, an id, a name */
};

/* Upper bound in bytes, or 0 if a limit is exceeded. */
size_t sc_image_size(const struct sc_in_image *in);

/*
 * Build into buf (8-byte aligned, size bytes).  On success *used is the
 * image's size.  On failure *fault says why: SC_EEXIST for two operations
 * of one shape and method, two apps or policies of one number or two
 * ceilings of one app in a policy, SC_ESYNTAX for a bad template or alias,
 * SC_ENOENT for a denied id that the app's catalog does not have, SC_EINVAL
 * for an index or number out of range, SC_EFULL if size is too small.
 */
int sc_image_build(const struct sc_in_image *in, void *buf, size_t size,
                   size_t *used, struct sc_build_fault *fault) SC_MUSTCHECK;

#endif
