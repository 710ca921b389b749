/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.c - shipped catalogs as a description for core/image_build.h.
 *
 * Numbers of scopes are given in the order in which names turn up, as a
 * store would give them.  App i answers for the host app<i>.example.com.
 */

#include "bench/input.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "catalog/read.h"
#include "core/credential.h"

#define APPS_MAX 16

struct store {
    struct sc_str *scopes;
    uint32_t nscopes;
    struct sc_in_catalog *catalogs;
    struct sc_in_app *apps;
    struct sc_in_mount *mounts;
};

void
bench_die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}


void *
bench_alloc(size_t n, size_t size)
{
    void *p = calloc(n, size);

    if (p == NULL) {
        bench_die("out of memory");
    }

    return p;
}


/* What descriptions are made of hangs on one list until the program ends. */
static struct block {
    struct block *next;
    max_align_t bytes[];
} * blocks;


static void *
keep(size_t n, size_t size)
{
    struct block *b = bench_alloc(1, sizeof(*b) + n * size);

    b->next = blocks;
    blocks = b;
    return b->bytes;
}


static char *
name_with(const char *before, uint32_t number, const char *behind)
{
    char *name = keep(1, 64);

    (void) snprintf(name, 64, "%s%u%s", before, number, behind);
    return name;
}


uint64_t
bench_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}


static uint32_t
scope_number(struct store *s, const char *name)
{
    struct sc_str text = sc_str_c(name);

    for (uint32_t i = 0; i < s->nscopes; i++) {
        if (sc_str_eq(s->scopes[i], text)) {
            return i;
        }
    }

    if (s->nscopes == SC_SCOPE_MAX) {
        bench_die("too many scopes");
    }
    s->scopes[s->nscopes] = text;
    return s->nscopes++;
}


static void
take_operation(struct store *s, const struct catalog_operation *from,
               struct sc_in_operation *to)
{
    struct sc_in_alternative *alternatives =
        keep(from->nalternatives, sizeof(*alternatives));
    struct sc_in_variant *variants = keep(from->nvariants, sizeof(*variants));

    to->id = sc_str_c(from->id);
    to->method = from->method;
    to->path = sc_str_c(from->path);
    to->classes = catalog_classes(from);
    to->traits = catalog_traits(from);
    to->alternatives = alternatives;
    to->variants = variants;

    for (size_t i = 0; i < from->nalternatives; i++) {
        uint32_t n = (uint32_t) from->alternatives[i].n;
        uint32_t *scopes = keep(n, sizeof(*scopes));

        for (uint32_t k = 0; k < n; k++) {
            scopes[k] = scope_number(s, from->alternatives[i].scopes[k]);
        }
        alternatives[to->nalternatives].scopes = scopes;
        alternatives[to->nalternatives++].n = n;
    }

    for (size_t i = 0; i < from->nvariants; i++) {
        const struct catalog_variant *v = &from->variants[i];
        struct sc_in_variant *in = &variants[to->nvariants];

        if (!v->body) {
            in->parameter = sc_str_c(v->name);
            in->value = sc_str_c(v->value);
            in->classes = v->classes;
            in->traits = v->traits;
            to->nvariants++;
        }
    }
}


static void
take_catalog(struct store *s, const struct catalog *c, uint32_t i)
{
    struct sc_in_operation *operations =
        keep(c->noperations, sizeof(*operations));
    struct sc_in_alias *aliases = keep(c->naliases, sizeof(*aliases));

    for (size_t k = 0; k < c->noperations; k++) {
        take_operation(s, &c->operations[k], &operations[k]);
    }
    for (size_t k = 0; k < c->naliases; k++) {
        aliases[k].prefix = sc_str_c(c->aliases[k].prefix);
        aliases[k].as = sc_str_c(c->aliases[k].as);
    }

    s->catalogs[i].operations = operations;
    s->catalogs[i].noperations = (uint32_t) c->noperations;
    s->catalogs[i].aliases = aliases;
    s->catalogs[i].naliases = (uint32_t) c->naliases;

    s->apps[i].number = i + 1;
    s->apps[i].name = sc_str_c(c->name);
    s->apps[i].schemes = c->schemes;
    s->apps[i].error_style = c->error_style;
    s->apps[i].upstream_host = SC_STR("upstream.example.com");
    s->apps[i].upstream_path = SC_STR("");
    s->apps[i].catalog = i;
    s->mounts[i].host = sc_str_c(name_with("app", i, ".example.com"));
    s->mounts[i].prefix = SC_STR("");
    s->mounts[i].app = i;
}


static int
is_yaml(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);

    return n > 5 && strcmp(entry->d_name + n - 5, ".yaml") == 0;
}


static void
load_catalog(struct store *s, const char *dir, const char *name, uint32_t i)
{
    struct catalog *c; /* kept: the description borrows its texts */
    struct fault fault;
    char text[FAULT_TEXT_MAX];
    char *file;

    if (i == APPS_MAX || asprintf(&file, "%s/%s", dir, name) < 0) {
        bench_die("%s: too many catalogs", dir);
    }
    if (catalog_load(file, &c, &fault) != 0) {
        bench_die("%s", fault_text(&fault, text));
    }

    take_catalog(s, c, i);
    free(file);
}


void
bench_input_load(const char *dir, struct bench_input *input)
{
    struct store s = {
        .scopes = keep(SC_SCOPE_MAX, sizeof(*s.scopes)),
        .catalogs = keep(APPS_MAX, sizeof(*s.catalogs)),
        .apps = keep(APPS_MAX, sizeof(*s.apps)),
        .mounts = keep(APPS_MAX, sizeof(*s.mounts)),
    };
    struct dirent **names;
    int n = scandir(dir, &names, is_yaml, alphasort);

    if (n <= 0) {
        bench_die("%s: no catalogs", dir);
    }

    memset(input, 0, sizeof(*input));
    for (int i = 0; i < n; i++) {
        load_catalog(&s, dir, names[i]->d_name, (uint32_t) i);
        input->noperations += s.catalogs[i].noperations;
        free(names[i]);
    }
    free(names);

    input->image.generation = 1;
    input->image.scopes = s.scopes;
    input->image.nscopes = s.nscopes;
    input->image.set_words = (s.nscopes + 63) / 64;
    input->image.catalogs = s.catalogs;
    input->image.ncatalogs = (uint32_t) n;
    input->image.apps = s.apps;
    input->image.napps = (uint32_t) n;
    input->image.mounts = s.mounts;
    input->image.nmounts = (uint32_t) n;
}


void
bench_input_policies(struct bench_input *input, uint32_t n)
{
    static const uint32_t classes[] = {
        SC_CLASS_READ, SC_CLASS_READ | SC_CLASS_WRITE, SC_CLASS_ALL};
    uint32_t napps = input->image.napps, words = input->image.set_words;
    struct sc_in_policy *policies = keep(n, sizeof(*policies));
    uint64_t *every = keep(words, sizeof(*every));

    memset(every, 0xff, words * sizeof(*every));
    for (uint32_t i = 0; i < n; i++) {
        struct sc_in_ceiling *row = keep(napps, sizeof(*row));
        uint64_t *scopes = keep(words, sizeof(*scopes));

        memcpy(scopes, every, words * sizeof(*scopes));
        scopes[0] &= ~(UINT64_C(1) << i % 64); /* no two are quite equal */
        scopes[words - 1] &= ~(UINT64_C(1) << i / 64 % 64);
        for (uint32_t k = 0; k < napps; k++) {
            row[k].app = k;
            row[k].classes = classes[(i + k) % 3];
            row[k].deny_traits = i % 2 == 0 ? SC_TRAIT_BULK : 0;
            row[k].scopes = scopes;
        }
        policies[i].number = i + 1;
        policies[i].name = sc_str_c(name_with("policy ", i + 1, ""));
        policies[i].tokens = SC_TOKENS_ALLOW;
        policies[i].max_days = 90;
        policies[i].ceilings = row;
        policies[i].nceilings = napps;
    }

    input->image.policies = policies;
    input->image.npolicies = n;
}


/* A parameter's value: letters and digits, and for a tail two segments. */
static void
put_parameter(struct sc_buf *b, uint64_t *random, bool tail)
{
    static const char alphabet[] = "ABCDEFGHJKMNPQRSTVWXYZ0123456789";
    uint64_t bits = bench_random(random);
    unsigned n = 4 + (unsigned) (bits >> 60);

    for (unsigned i = 0; i < n; i++) {
        sc_buf_add(b, sc_str(&alphabet[bits >> (i * 4) & 31], 1));
        if (tail && i == 2) {
            sc_buf_addc(b, "/");
        }
    }
}


static void
put_path(struct sc_buf *b, struct sc_str path, uint64_t *random)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] == '{') {
            while (path.data[i] != '}') {
                i++;
            }
            put_parameter(b, random, path.data[i - 1] == '*');
        } else {
            sc_buf_add(b, sc_str(&path.data[i], 1));
        }
    }
}


const struct sc_in_operation *
bench_input_operation(const struct bench_input *input, uint32_t at,
                      uint32_t *app)
{
    const struct sc_in_catalog *c = input->image.catalogs;

    for (*app = 0; at >= c->noperations; (*app)++) {
        at -= c->noperations;
        c++;
    }

    return &c->operations[at];
}


void
bench_input_target(const struct sc_in_operation *operation, uint64_t *random,
                   char *target, size_t size)
{
    struct sc_buf b = sc_buf(target, size - 1);

    put_path(&b, operation->path, random);
    if (bench_random(random) % 4 == 0) {
        sc_buf_addc(&b, "?expand=names&maxResults=50");
    }
    if (b.full) {
        bench_die("%s: too long", operation->path.data);
    }
    target[b.len] = '\0';
}
