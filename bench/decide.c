/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide.c - what a decision costs inside one process.
 *
 *    bench_decide CATALOGS [CALLS [TOKENS ...]]
 *
 * Builds a policy image of all catalogs of the folder CATALOGS and 1,000
 * policies, and for each number of TOKENS a token table in shared memory
 * (pages of 4 KB, as nginx maps the real file).  Then asks sc_decide() CALLS
 * times: a random token, a random operation with random parameters.  Every
 * token is used at most once in a run when there are enough of them, so the
 * slots, users and grants come from memory, not from the cache; the texts of
 * a call are copied to one place before its clock starts, as nginx has just
 * read them.
 *
 * Each call is timed alone.  What reading the clock twice costs (the median
 * of empty pairs) is subtracted.  Prints rows for run.mjs: figure, value,
 * target, ratio, separated by tabs.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench/input.h"
#include "core/control.h"
#include "core/decide.h"

#define POLICIES   1000
#define GRANTS     1000
#define PER_USER   50      /* tokens of one user */
#define REAL_MAX   1000000 /* tokens whose text is known */
#define TARGETS    16384
#define TARGET_MAX 256
#define NOW        1700000000
#define SIZES_MAX  8
#define ROUNDS     9 /* of what is measured a few times only */

static const uint8_t instance_key[SC_TOKEN_KEY] = "bench";

struct request {
    char target[TARGET_MAX];
    size_t len;
    const char *method;
    uint32_t app;
};

struct bench {
    struct bench_input input;
    struct sc_hasher hasher;
    struct request *requests; /* TARGETS of them */
    void *image_bytes;
    size_t image_size;
    const struct sc_image *image;
    double overhead; /* ns for a pair of clock readings */
    uint64_t random;
};

struct table {
    struct sc_tokens *tokens;
    uint64_t size;
    uint32_t ntokens;
    uint32_t nreal;
    char (*texts)[SC_TOKEN_LEN + 1];
};

struct figures {
    double p50, p99, allowed;
};

static double
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}


static int
compare(const void *a, const void *b)
{
    float x = *(const float *) a, y = *(const float *) b;

    return (x > y) - (x < y);
}


/* Sorts samples; the value that a share of them does not exceed. */
static double
quantile(float *samples, uint32_t n, double share)
{
    qsort(samples, n, sizeof(*samples), compare);
    return samples[(uint32_t) ((n - 1) * share)];
}


static void
measure_overhead(struct bench *b)
{
    static float samples[100000];
    uint32_t n = sizeof(samples) / sizeof(samples[0]);

    for (uint32_t i = 0; i < n; i++) {
        double start = now_ns();

        samples[i] = (float) (now_ns() - start);
    }

    b->overhead = quantile(samples, n, 0.5);
}


static void
build_image(struct bench *b, uint32_t policies)
{
    struct sc_build_fault fault;
    size_t room;

    bench_input_policies(&b->input, policies);
    room = sc_image_size(&b->input.image);
    free(b->image_bytes);
    b->image_bytes = bench_alloc(room, 1);
    if (sc_image_build(&b->input.image, b->image_bytes, room, &b->image_size,
                       &fault)
        != 0) {
        bench_die("image: %s: %.*s", fault.what, (int) fault.where.len,
                  fault.where.data);
    }
    if (sc_image_open(b->image_bytes, b->image_size, &b->image) != 0) {
        bench_die("image: not accepted");
    }
}


static void
make_requests(struct bench *b)
{
    b->requests = bench_alloc(TARGETS, sizeof(*b->requests));
    for (uint32_t i = 0; i < TARGETS; i++) {
        struct request *r = &b->requests[i];
        const struct sc_in_operation *op;
        uint32_t at =
            (uint32_t) (bench_random(&b->random) % b->input.noperations);

        op = bench_input_operation(&b->input, at, &r->app);
        bench_input_target(op, &b->random, r->target, sizeof(r->target));
        r->method = sc_method_name(op->method);
        r->len = strlen(r->target);
    }
}


/* Shared memory of size bytes, zeroed, in pages of 4 KB. */
static void *
map_shared(uint64_t size)
{
    int fd = memfd_create("bench", MFD_CLOEXEC);
    void *p;

    if (fd < 0 || ftruncate(fd, (off_t) size) != 0) {
        bench_die("no shared memory");
    }
    p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (p == MAP_FAILED) {
        bench_die("no shared memory of %llu bytes", (unsigned long long) size);
    }

    return p;
}


/* Grants for every app: three of four hold all scopes, the others half. */
static void
add_grants(struct bench *b, struct table *t, uint32_t *grants)
{
    uint32_t words = b->input.image.set_words, n = b->input.image.napps;
    uint64_t *bits = bench_alloc(words, sizeof(*bits));
    struct sc_scope_set *sets = bench_alloc(n, sizeof(*sets));
    uint32_t *apps = bench_alloc(n, sizeof(*apps));
    struct sc_grant_in in = {.apps = apps, .scopes = sets, .napps = n};

    for (uint32_t i = 0; i < n; i++) {
        apps[i] = b->input.image.apps[i].number;
        sets[i].words = bits;
        sets[i].nwords = words;
    }
    for (uint32_t i = 0; i < GRANTS; i++) {
        for (uint32_t k = 0; k < words; k++) {
            bits[k] = i % 4 == 0 ? bench_random(&b->random) : UINT64_MAX;
        }
        if (sc_tokens_grant_add(t->tokens, &in, &grants[i]) != 0) {
            bench_die("no room for grants");
        }
    }

    free(bits);
    free(sets);
    free(apps);
}


static void
add_users(struct table *t, uint32_t nusers)
{
    for (uint32_t i = 0; i < nusers; i++) {
        char email[64];

        snprintf(email, sizeof(email), "user%u@example.com", i);
        if (sc_tokens_user_add(t->tokens, i, sc_str_c(email)) != 0
            || sc_tokens_user_set(t->tokens, i, 1 + i % POLICIES, 1) != 0) {
            bench_die("no room for users");
        }
    }
}


/* Every nth token is a real one; the keys of the others are random, which
 * is what keys look like. */
static void
add_tokens(struct bench *b, struct table *t, const uint32_t *grants,
           uint32_t nusers)
{
    uint32_t every = t->ntokens / t->nreal, real = 0;

    for (uint32_t i = 0; i < t->ntokens; i++) {
        struct sc_slot slot = {.token = i + 1,
                               .start = NOW - 86400,
                               .duration = 30 * 86400,
                               .kind = SC_TOKEN_USER};
        uint64_t bytes[4];

        for (unsigned k = 0; k < 4; k++) {
            bytes[k] = bench_random(&b->random);
        }
        memcpy(slot.key, bytes, sizeof(slot.key));
        if (i % every == 0 && real < t->nreal
            && (sc_token_make(SC_TOKEN_USER, slot.key, t->texts[real]) != 0
                || sc_hasher_key(&b->hasher, sc_str_c(t->texts[real++]),
                                 slot.key)
                       != 0)) {
            bench_die("no token");
        }
        slot.grant = grants[bytes[0] % GRANTS];
        slot.user = (uint32_t) (bytes[1] % nusers);
        if (sc_tokens_put(t->tokens, &slot) != 0) {
            bench_die("no room for tokens");
        }
    }
}


static void
table_open(struct bench *b, uint32_t ntokens, struct table *t)
{
    uint32_t nusers = ntokens / PER_USER + 1, nslots = 64;
    uint32_t heap = (GRANTS + 1) * b->input.image.napps
                        * (b->input.image.set_words + 2) * 8
                    + nusers * 32;
    uint32_t grants[GRANTS];

    while ((uint64_t) nslots * 3 / 4 <= ntokens) {
        nslots *= 2;
    }
    heap = (heap + 63) / 64 * 64;
    t->ntokens = ntokens;
    t->nreal = ntokens < REAL_MAX ? ntokens : REAL_MAX;
    t->texts = bench_alloc(t->nreal, sizeof(*t->texts));
    t->size = sc_tokens_size(nslots, nusers, heap);
    t->tokens = map_shared(t->size);
    if (sc_tokens_init(t->tokens, t->size, nslots, nusers, heap) != 0) {
        bench_die("token table");
    }

    add_grants(b, t, grants);
    add_users(t, nusers);
    add_tokens(b, t, grants, nusers);
}


static void
table_close(struct table *t)
{
    munmap(t->tokens, t->size);
    free(t->texts);
}


/* One timed call with a token; true if it was allowed. */
static bool
decide_once(struct bench *b, const struct table *t,
            const struct request *request, const char *token, double *ns)
{
    static struct sc_target target;
    static char text[TARGET_MAX], authorization[64], host[32];
    struct sc_view view = {b->image, t->tokens, 1};
    struct sc_verdict verdict;
    struct sc_call call = {.now = NOW, .address = {[15] = 1}};
    double start;

    memcpy(text, request->target, request->len + 1);
    snprintf(authorization, sizeof(authorization), "Bearer %s", token);
    snprintf(host, sizeof(host), "app%u.example.com", request->app);
    call.method = sc_str_c(request->method);
    call.target = sc_str(text, request->len);
    call.host = sc_str_c(host);
    call.authorization = sc_str_c(authorization);

    start = now_ns();
    sc_decide(&view, &b->hasher, &call, &target, &verdict);
    *ns = now_ns() - start - b->overhead;

    if (verdict.layer < SC_LAYER_CATALOG && verdict.effect != SC_ALLOW) {
        bench_die("%s %s: %s", request->method, text,
                  sc_reason_code(verdict.reason));
    }

    return verdict.effect == SC_ALLOW;
}


static struct figures
measure(struct bench *b, const struct table *t, uint32_t calls)
{
    uint32_t warm = calls / 16 + 100, allowed = 0;
    float *samples = bench_alloc(calls, sizeof(*samples));
    struct figures f;

    for (uint32_t i = 0; i < warm + calls; i++) {
        const struct request *r =
            &b->requests[bench_random(&b->random) % TARGETS];
        uint32_t at = t->nreal == t->ntokens
                          ? (uint32_t) (bench_random(&b->random) % t->nreal)
                          : i % t->nreal;
        double ns;
        bool yes = decide_once(b, t, r, t->texts[at], &ns);

        if (i >= warm) {
            samples[i - warm] = (float) ns;
            allowed += yes;
        }
    }

    f.p50 = quantile(samples, calls, 0.5);
    f.p99 = samples[(uint32_t) ((calls - 1) * 0.99)];
    f.allowed = 100.0 * allowed / calls;
    free(samples);
    return f;
}


static void
bench_revoke(struct bench *b, const struct table *t)
{
    uint32_t n = t->nreal / 10 + 1;
    float *samples = bench_alloc(n, sizeof(*samples));

    for (uint32_t i = 0; i < n; i++) {
        uint8_t key[SC_TOKEN_KEY];
        double start;
        int rc = sc_hasher_key(&b->hasher, sc_str_c(t->texts[i]), key);

        start = now_ns();
        rc |= sc_tokens_revoke(t->tokens, key);
        samples[i] = (float) (now_ns() - start - b->overhead);
        if (rc != 0) {
            bench_die("revoke");
        }
    }

    printf("revoke, %u tokens: store in force, p99\t%.2f us\t10 ms\t\n",
           t->ntokens, quantile(samples, n, 0.99) / 1e3);
    free(samples);
}


static void
bench_tables(struct bench *b, uint32_t calls, const uint32_t *sizes,
             uint32_t n)
{
    double base = 0;

    for (uint32_t i = 0; i < n; i++) {
        struct table t;
        struct figures f;

        table_open(b, sizes[i], &t);
        f = measure(b, &t, calls);
        base = i == 0 ? f.p50 : base;
        printf("decision, %u tokens: p50\t%.0f ns\t500 ns\t", sizes[i], f.p50);
        if (i != 0) {
            printf("%.2f of %u tokens (2.5)", f.p50 / base, sizes[0]);
        }
        printf("\ndecision, %u tokens: p99\t%.0f ns\t2000 ns\t%.0f %% "
               "allowed\n",
               sizes[i], f.p99, f.allowed);
        if (sizes[i] >= 1000000) {
            printf("image, %u tokens: bytes a token\t%.1f\t110\t\n", sizes[i],
                   (double) t.size / sizes[i]);
        }
        if (sizes[i] == 1000000 || i + 1 == n) {
            bench_revoke(b, &t);
        }
        table_close(&t);
        fflush(stdout);
    }
}


/* All tokens under one policy, then under 1,000. */
static void
bench_policies(struct bench *b, uint32_t calls)
{
    static const uint32_t counts[] = {1, POLICIES};
    double p50[2];

    for (unsigned i = 0; i < 2; i++) {
        struct table t;

        build_image(b, counts[i]);
        table_open(b, 100000, &t);
        for (uint32_t k = 0; k < t.tokens->nusers; k++) {
            if (sc_tokens_user_set(t.tokens, k, 1 + k % counts[i], 1) != 0) {
                bench_die("user");
            }
        }
        p50[i] = measure(b, &t, calls).p50;
        table_close(&t);
    }

    printf("decision, 100000 tokens, %d policies: p50\t%.0f ns\tflat\t%.2f of "
           "1 policy\n",
           POLICIES, p50[1], p50[1] / p50[0]);
}


/* Build, write out, bring into force; and what a worker then does inside
 * the first call. */
static void
bench_publish(struct bench *b)
{
    size_t room = sc_image_size(&b->input.image);
    float all[ROUNDS], worker[ROUNDS];
    struct sc_control control;

    sc_control_init(&control);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct sc_control_record next = {.generation = i + 1};
        struct sc_build_fault fault;
        const struct sc_image *im;
        void *buf, *file;
        size_t used;
        double start = now_ns();

        buf = bench_alloc(room, 1);
        if (sc_image_build(&b->input.image, buf, room, &used, &fault) != 0) {
            bench_die("image");
        }
        file = map_shared(used);
        memcpy(file, buf, used);
        if (sc_control_publish(&control, &next) != 0) {
            bench_die("publish");
        }
        all[i] = (float) (now_ns() - start);

        start = now_ns();
        if (sc_image_open(file, used, &im) != 0) {
            bench_die("image: not accepted");
        }
        worker[i] = (float) (now_ns() - start);
        munmap(file, used);
        free(buf);
    }

    printf("publish, %u policies, %u catalogs, %u operations\t%.1f ms\t"
           "100 ms\t%.1f MB\n",
           b->input.image.npolicies, b->input.image.ncatalogs,
           b->input.noperations, quantile(all, ROUNDS, 0.5) / 1e6,
           (double) b->image_size / 1e6);
    printf("publish: stall of a worker's first call\t%.2f ms\t1 ms\t\n",
           quantile(worker, ROUNDS, 0.5) / 1e6);
}


int
main(int argc, char **argv)
{
    static struct bench b = {.random = 88172645463325252u};
    uint32_t sizes[SIZES_MAX] = {1000, 1000000, 10000000};
    uint32_t n = 3, calls = 1000000;

    if (argc < 2 || argc > 3 + SIZES_MAX) {
        fprintf(stderr, "usage: bench_decide CATALOGS [CALLS [TOKENS ...]]\n");
        return 2;
    }
    if (argc > 2) {
        calls = (uint32_t) strtoul(argv[2], NULL, 10);
    }
    if (argc > 3) {
        n = (uint32_t) argc - 3;
    }
    for (int i = 3; i < argc; i++) {
        sizes[i - 3] = (uint32_t) strtoul(argv[i], NULL, 10);
    }

    measure_overhead(&b);
    bench_input_load(argv[1], &b.input);
    if (sc_hasher_open(&b.hasher, instance_key) != 0) {
        bench_die("no SHA-256");
    }
    make_requests(&b);
    build_image(&b, POLICIES);
    bench_tables(&b, calls, sizes, n);
    bench_policies(&b, calls);
    bench_publish(&b);
    sc_hasher_close(&b.hasher);
    free(b.image_bytes);
    return 0;
}
