/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime.c - a runtime directory for the gateway's benchmark, and the
 * consumer of its rings.
 *
 *    bench_runtime CATALOGS DIR TOKENS
 *
 * Makes DIR/{control,policy.1,tokens.1,secrets.1,events/} with all catalogs
 * and TOKENS tokens that may do everything, writes DIR/calls: a line "host
 * token path" for each of CALLS reads of the app jira-cloud, and prints
 * "ready".  Then empties the rings, as scopecapd does, until its standard
 * input ends.
 */

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/input.h"
#include "core/control.h"
#include "core/event.h"
#include "core/tokens.h"

#define CALLS    1000
#define PER_USER 50
#define DAY      86400
#define RINGS    64
#define DRAIN_MS 5

static const uint8_t instance_key[SC_TOKEN_KEY] = "bench";

/* A new file of the directory, mapped. */
static void *
make_file(const char *dir, const char *name, uint64_t size)
{
    char path[512];
    void *p;
    int fd;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, (off_t) size) != 0) {
        bench_die("%s: cannot be made", path);
    }
    p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (p == MAP_FAILED) {
        bench_die("%s: cannot be mapped", path);
    }

    return p;
}


/* One policy that allows everything, for calls that all go upstream. */
static void
make_policy(struct bench_input *input, const char *dir)
{
    uint32_t napps = input->image.napps;
    struct sc_in_ceiling *row = bench_alloc(napps, sizeof(*row));
    uint64_t *every = bench_alloc(input->image.set_words, sizeof(*every));
    struct sc_in_policy policy = {
        1, SC_STR("everything"), SC_TOKENS_ALLOW, 90, row, napps};
    struct sc_build_fault fault;
    size_t room, used;
    void *image;

    memset(every, 0xff, input->image.set_words * sizeof(*every));
    for (uint32_t i = 0; i < napps; i++) {
        row[i].app = i;
        row[i].classes = SC_CLASS_ALL;
        row[i].scopes = every;
    }
    input->image.policies = &policy;
    input->image.npolicies = 1;
    room = sc_image_size(&input->image);
    image = bench_alloc(room, 1);
    if (sc_image_build(&input->image, image, room, &used, &fault) != 0) {
        bench_die("image: %s", fault.what);
    }

    memcpy(make_file(dir, "policy.1", used), image, used);
    free(image);
    free(row);
    free(every);
}


static void
make_secrets(const struct bench_input *input, const char *dir)
{
    struct sc_secret_in *items =
        bench_alloc(input->image.napps, sizeof(*items));
    size_t size;

    for (uint32_t i = 0; i < input->image.napps; i++) {
        items[i].app = input->image.apps[i].number;
        items[i].value = SC_STR("Bearer upstream-secret");
    }
    size = sc_secrets_size(items, input->image.napps);
    if (sc_secrets_build(instance_key, items, input->image.napps,
                         make_file(dir, "secrets.1", size), size)
        != 0) {
        bench_die("secrets");
    }

    free(items);
}


/* A random read of the app jira-cloud. */
static void
put_call(const struct bench_input *input, uint64_t *random, FILE *calls,
         const char *token)
{
    const struct sc_in_operation *op;
    char path[1024];
    uint32_t app;

    do {
        uint32_t at = (uint32_t) (bench_random(random) % input->noperations);

        op = bench_input_operation(input, at, &app);
    } while (op->method != SC_GET || op->nalternatives == 0 || op->classes == 0
             || !sc_str_eq(input->image.apps[app].name, SC_STR("jira-cloud")));

    bench_input_target(op, random, path, sizeof(path));
    fprintf(calls, "app%u.example.com %s %s\n", app, token, path);
}


static uint32_t
make_grant(const struct bench_input *input, struct sc_tokens *t)
{
    uint32_t napps = input->image.napps, words = input->image.set_words;
    uint64_t *every = bench_alloc(words, sizeof(*every));
    struct sc_scope_set *sets = bench_alloc(napps, sizeof(*sets));
    uint32_t *apps = bench_alloc(napps, sizeof(*apps));
    struct sc_grant_in in = {.apps = apps, .scopes = sets, .napps = napps};
    uint32_t grant;

    memset(every, 0xff, words * sizeof(*every));
    for (uint32_t i = 0; i < napps; i++) {
        apps[i] = input->image.apps[i].number;
        sets[i].words = every;
        sets[i].nwords = words;
    }
    if (sc_tokens_grant_add(t, &in, &grant) != 0) {
        bench_die("grant");
    }

    free(every);
    free(sets);
    free(apps);
    return grant;
}


static void
make_users(struct sc_tokens *t, uint32_t nusers)
{
    for (uint32_t i = 0; i < nusers; i++) {
        char email[64];

        snprintf(email, sizeof(email), "user%u@example.com", i);
        if (sc_tokens_user_add(t, i, sc_str_c(email)) != 0
            || sc_tokens_user_set(t, i, 1, 1) != 0) {
            bench_die("users");
        }
    }
}


/* CALLS of the tokens are real; the others are there to be in the way. */
static void
make_tokens(const struct bench_input *input, const char *dir, uint32_t n,
            FILE *calls)
{
    uint32_t nusers = n / PER_USER + 1, nslots = 64, grant;
    uint32_t heap = (nusers * 32 + 65536) / 64 * 64;
    uint64_t random = 88172645463325252u, size;
    struct sc_hasher hasher;
    struct sc_tokens *t;

    while ((uint64_t) nslots * 3 / 4 <= n) {
        nslots *= 2;
    }
    size = sc_tokens_size(nslots, nusers, heap);
    t = make_file(dir, "tokens.1", size);
    if (sc_tokens_init(t, size, nslots, nusers, heap) != 0
        || sc_hasher_open(&hasher, instance_key) != 0) {
        bench_die("token table");
    }

    grant = make_grant(input, t);
    make_users(t, nusers);
    for (uint32_t i = 0; i < n; i++) {
        struct sc_slot slot = {.token = i + 1,
                               .start = time(NULL) - 60,
                               .duration = DAY,
                               .grant = grant,
                               .user = i % nusers,
                               .kind = SC_TOKEN_USER};
        char token[SC_TOKEN_LEN + 1];

        for (unsigned k = 0; k < SC_TOKEN_KEY; k++) {
            slot.key[k] = (uint8_t) (bench_random(&random) >> 32);
        }
        if (i < CALLS) {
            if (sc_token_make(SC_TOKEN_USER, slot.key, token) != 0
                || sc_hasher_key(&hasher, sc_str_c(token), slot.key) != 0) {
                bench_die("token");
            }
            put_call(input, &random, calls, token);
        }
        if (sc_tokens_put(t, &slot) != 0) {
            bench_die("no room for tokens");
        }
    }
    sc_hasher_close(&hasher);
}


static void
make_runtime(const char *catalogs, const char *dir, uint32_t ntokens)
{
    struct sc_control_record record = {
        .generation = 1, .policy = 1, .tokens = 1, .secrets = 1};
    struct bench_input input;
    struct sc_control *control;
    char path[512];
    FILE *calls;

    snprintf(path, sizeof(path), "%s/events", dir);
    if (mkdir(dir, 0755) != 0 || mkdir(path, 0755) != 0) {
        bench_die("%s: exists, or cannot be made", dir);
    }
    snprintf(path, sizeof(path), "%s/calls", dir);
    calls = fopen(path, "w");
    if (calls == NULL) {
        bench_die("%s: cannot be made", path);
    }

    bench_input_load(catalogs, &input);
    make_policy(&input, dir);
    make_secrets(&input, dir);
    make_tokens(&input, dir, ntokens, calls);
    fclose(calls);
    control = make_file(dir, "control", SC_CONTROL_SIZE);
    sc_control_init(control);
    if (sc_control_publish(control, &record) != 0) {
        bench_die("publish");
    }
}


static struct sc_ring *
open_ring(const char *dir, unsigned i)
{
    struct sc_ring *ring = NULL;
    struct stat st;
    char path[512];
    void *p;
    int fd;

    snprintf(path, sizeof(path), "%s/events/ring.%u", dir, i);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }

    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        p = mmap(NULL, (size_t) st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                 fd, 0);
        if (p != MAP_FAILED
            && sc_ring_open(p, (size_t) st.st_size, &ring) != 0) {
            munmap(p, (size_t) st.st_size);
        }
    }
    close(fd);
    return ring;
}


/* Copy events out until standard input ends; how many, and how many found
 * no room. */
static void
drain(const char *dir)
{
    static struct sc_event events[256];
    static struct sc_ring *rings[RINGS];
    struct pollfd end = {.fd = STDIN_FILENO, .events = POLLIN};
    uint64_t taken = 0, dropped = 0;

    while (poll(&end, 1, DRAIN_MS) == 0) {
        for (unsigned i = 0; i < RINGS; i++) {
            uint32_t n;

            if (rings[i] == NULL) {
                rings[i] = open_ring(dir, i);
            }
            while (rings[i] != NULL
                   && (n = sc_ring_peek(rings[i], events, 256)) != 0) {
                sc_ring_take(rings[i], n);
                taken += n;
            }
        }
    }

    for (unsigned i = 0; i < RINGS; i++) {
        dropped += rings[i] == NULL ? 0 : rings[i]->dropped;
    }
    printf("%llu %llu\n", (unsigned long long) taken,
           (unsigned long long) dropped);
}


int
main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bench_runtime CATALOGS DIR TOKENS\n");
        return 2;
    }

    make_runtime(argv[1], argv[2], (uint32_t) strtoul(argv[3], NULL, 10));
    puts("ready");
    fflush(stdout);
    drain(argv[2]);
    return 0;
}
