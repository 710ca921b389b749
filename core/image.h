/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_IMAGE_H
#define SC_CORE_IMAGE_H

/*
 * image.h - the policy image: catalogs, ceilings, policies, apps and mounts
 * as bytes that nginx maps read-only.
 *
 * Immutable: replaced whole, under a new file name.  Host byte order;
 * offsets count from byte 0; no pointers.  Every list is a span (offset,
 * number of items).  sc_image_open() proves every span and every index
 * once; what follows trusts them.
 *
 * Numbers: an app, a policy, a scope has a number given by the store for
 * ever (scope 0.., app and policy 1..).  An operation, a node, a set has an
 * index that means something inside one image only.
 *
 * Built by image_build.h, searched by catalog.h, judged by decide.h.
 */

#include <assert.h>

#include "core/class.h"
#include "core/error.h"
#include "core/method.h"
#include "core/scope.h"
#include "core/str.h"

#define SC_IMAGE_MAGIC   0x50435331u /* "1SCP" */
#define SC_IMAGE_VERSION 1u
#define SC_NONE          0xffffffffu /* an index that points nowhere */

#define SC_APPS_MAX     4096  /* app numbers */
#define SC_POLICIES_MAX 65535 /* policy numbers */

/* A pattern of k parameters costs (length of the segment) ^ (k - 1). */
#define SC_PATTERN_PARAMS_MAX 3
#define SC_PATTERN_TEXT_MAX   512 /* longer segments are ambiguous */

struct sc_span {
    uint32_t at;    /* byte offset */
    uint32_t count; /* items */
};

struct sc_name { /* a text in the strings span */
    uint32_t at, len;
};

struct sc_app {
    uint32_t number;
    struct sc_name name;
    uint32_t schemes;             /* SC_SCHEME_ bits that clients may use */
    uint32_t error_style;         /* enum sc_error_style */
    struct sc_name upstream_host; /* for the Host header, with port if any */
    struct sc_name upstream_path; /* prefix put before the path, "" or "/x" */
    struct sc_span links;         /* of struct sc_name: absolute bases that
                                     lead back to the gateway */
    uint32_t root;                /* node of the catalog's tree */
};

enum sc_error_style { SC_STYLE_PROBLEM = 0, SC_STYLE_ATLASSIAN = 1 };

struct sc_mount {
    struct sc_name host;   /* lower case, "*" for any */
    struct sc_name prefix; /* "" or "/a/b" */
    uint32_t app;          /* index */
};

/* A node of a catalog's tree: one path segment each (catalog.c). */
struct sc_node {
    uint32_t param;          /* child for a whole-segment parameter */
    uint32_t tail;           /* template of a multi-segment parameter */
    uint32_t leaf;           /* that ends here */
    struct sc_span patterns; /* children for segments with literal parts */
};

struct sc_edge {   /* slot of the one hash table of literal children */
    uint32_t node; /* SC_NONE: empty slot */
    uint32_t child;
    struct sc_name literal;
};

/* A segment such as "{a}.{b}": pieces are the literals around the
 * parameters; the first and the last one may be empty. */
struct sc_pattern {
    uint32_t child;
    struct sc_span pieces; /* of struct sc_name, at least two */
};

struct sc_template {
    uint32_t operations[SC_METHODS]; /* by enum sc_method, SC_NONE: none */
    struct sc_span kinds; /* of uint32_t, per segment: see SC_KIND */
};

enum sc_segment_kind { /* the lower, the more specific */
                       SC_SEGMENT_LITERAL = 0,
                       SC_SEGMENT_PATTERN,
                       SC_SEGMENT_PARAM,
                       SC_SEGMENT_TAIL
};

/* Kind of a segment and, for a pattern, which one: two patterns in the same
 * place are neither more specific than the other. */
#define SC_KIND(kind, pattern) ((uint32_t) (kind) << 28 | (pattern))
#define SC_KIND_OF(value)      ((value) >> 28)

struct sc_alternative {
    struct sc_span scopes; /* of uint32_t numbers; all are needed */
};

struct sc_variant {
    struct sc_name parameter; /* of the query */
    struct sc_name value;     /* "*" for any */
    uint32_t classes, traits; /* added to the operation's */
};

struct sc_operation {
    struct sc_name id;
    uint32_t classes;            /* SC_CLASS_; 0: unclassified */
    uint32_t traits;             /* SC_TRAIT_ */
    uint32_t method;             /* enum sc_method */
    struct sc_name path;         /* the template, for people */
    struct sc_span alternatives; /* of struct sc_alternative */
    struct sc_span variants;     /* of struct sc_variant */
};

enum sc_token_rule { SC_TOKENS_BLOCK = 0, SC_TOKENS_REQUEST, SC_TOKENS_ALLOW };

struct sc_policy {
    uint32_t number;
    struct sc_name name;
    uint32_t tokens;   /* enum sc_token_rule */
    uint32_t max_days; /* most days a token may live, 0: none at all */
};

struct sc_ceiling {
    uint32_t classes; /* allowed; 0: nothing */
    uint32_t deny_traits;
    uint32_t set;          /* index: scopes allowed */
    struct sc_span denied; /* of uint32_t operation indexes, ascending */
};

/*
 * POLICY IMAGE.  This header, then the spans in any order, each aligned to
 * 8 bytes.  crc covers all bytes behind it up to size.
 */
struct sc_image {
    uint32_t magic;
    uint32_t version;
    uint64_t size;
    uint32_t crc;           /* CRC-32 from byte 24 to the end */
    uint32_t set_words;     /* words of every scope set */
    uint64_t generation;    /* that this image was built for */
    struct sc_name ask;     /* URL that refusals name, may be empty */
    struct sc_span strings; /* bytes */
    struct sc_span scopes;  /* struct sc_name by number; empty: not in use */
    struct sc_span apps;
    struct sc_span app_index; /* uint32_t by app number */
    struct sc_span mounts; /* exact hosts first, then longest prefix first */
    struct sc_span nodes;
    struct sc_span edges; /* count is a power of two */
    struct sc_span patterns;
    struct sc_span pieces; /* struct sc_name */
    struct sc_span templates;
    struct sc_span kinds; /* uint32_t */
    struct sc_span operations;
    struct sc_span alternatives;
    struct sc_span scope_refs; /* uint32_t */
    struct sc_span variants;
    struct sc_span policies;
    struct sc_span policy_index; /* uint32_t by policy number */
    struct sc_span ceilings;     /* policies x apps, row by policy index */
    struct sc_span denied;       /* uint32_t */
    struct sc_span sets;         /* uint64_t, set_words each */
    struct sc_span links;        /* struct sc_name */
};

static_assert(sizeof(struct sc_image) == 208, "see POLICY IMAGE");
static_assert(sizeof(struct sc_name) == 8 && sizeof(struct sc_span) == 8, "");

/*
 * Prove an image.  On success the caller may use the accessors below as long
 * as bytes stay mapped.  SC_EVERSION for another format, else SC_ECORRUPT.
 * Cost: one pass over all bytes.
 */
int sc_image_open(const void *bytes, size_t size,
                  const struct sc_image **out) SC_MUSTCHECK;

/* Items of a span; borrowed from the image. */
static inline const void *
sc_image_at(const struct sc_image *im, struct sc_span span)
{
    return (const char *) im + span.at;
}

static inline struct sc_str
sc_image_str(const struct sc_image *im, struct sc_name name)
{
    return sc_str((const char *) im + name.at, name.len);
}

/* Where the edge of a node and a literal of this hash (seed 0) is looked for
 * first.  The hash does not wait for the node. */
static inline uint32_t
sc_image_edge_home(const struct sc_image *im, uint32_t hash, uint32_t node)
{
    uint64_t h = (hash ^ node * 0x85ebca6bu) * UINT64_C(0x9e3779b97f4a7c15);

    return (uint32_t) (h >> 32) & (im->edges.count - 1);
}

/* NULL if there is no such app, policy, ceiling or operation. */
const struct sc_app *sc_image_app(const struct sc_image *im, uint32_t number);
const struct sc_policy *sc_image_policy(const struct sc_image *im,
                                        uint32_t number);
const struct sc_ceiling *sc_image_ceiling(const struct sc_image *im,
                                          const struct sc_policy *policy,
                                          const struct sc_app *app);
const struct sc_operation *sc_image_operation(const struct sc_image *im,
                                              uint32_t index);

/* Name of a scope number, empty if it has none. */
struct sc_str sc_image_scope(const struct sc_image *im, uint32_t scope);

struct sc_scope_set sc_image_set(const struct sc_image *im, uint32_t index);

/* By name, for tools that are not on the call path; NULL if there is none. */
const struct sc_app *sc_image_app_named(const struct sc_image *im,
                                        struct sc_str name);
const struct sc_policy *sc_image_policy_named(const struct sc_image *im,
                                              struct sc_str name);

#endif
