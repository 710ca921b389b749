/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkruntime.c - make and change a runtime directory without the daemon.
 *
 *    mkruntime init DIR [OPTION...]     files of generation 1; prints the
 *                                       fixture's tokens as JSON
 *    mkruntime publish DIR [OPTION...]  a new policy image and new secrets
 *    mkruntime revoke DIR TOKEN-NAME    in the table in force
 *    mkruntime member DIR NUMBER        alice's policy, with one publish
 *    mkruntime grow DIR                 a larger token table
 *    mkruntime events DIR               what is in the rings, JSON lines
 *    mkruntime take DIR                 the same, and empties the rings
 *
 * Options, the same for init and publish:
 *    --upstream-host H, --upstream-path P, --prefix P, --link URL,
 *    --classes BITS (ceiling of policy "full"), --secret VALUE (may be empty)
 *
 * The catalog is `fx`, the fixture of the security cases; app `other` has it
 * too, mounted at /other.  Tokens and the instance key are made from fixed
 * bytes, so that a name is enough to find a token again.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/class.h"
#include "core/control.h"
#include "core/credential.h"
#include "core/decide.h"
#include "core/event.h"
#include "core/image_build.h"
#include "core/tokens.h"

#define RINGS 64
#define DAY   86400

enum { READ_FX, WRITE_FX, CREDENTIAL_FX, SCOPES };
enum { ALICE = 1, BOB, CAROL, USERS };
enum { FULL = 1, READ_ONLY, BLOCKED };
enum { APP_FX = 1, APP_OTHER };

struct options {
    const char *upstream_host, *upstream_path, *prefix, *secret;
    struct sc_str links[8];
    uint32_t nlinks, classes;
};

static const uint8_t instance_key[SC_TOKEN_KEY] = {'f', 'i', 'x', 't',
                                                   'u', 'r', 'e'};

static const struct fixture_token {
    const char *name;
    uint64_t scopes;
    uint32_t app, user;
    int64_t start; /* seconds from now */
    uint32_t duration;
    const char *network; /* NULL: from anywhere; else 10.0.0.0/8 */
} fixture_tokens[] = {
    {"RO", 1 << READ_FX, APP_FX, ALICE, -60, DAY, NULL},
    {"RW", 1 << READ_FX | 1 << WRITE_FX, APP_FX, ALICE, -60, DAY, NULL},
    {"CR", 7, APP_FX, ALICE, -60, DAY, NULL},
    {"EXP", 7, APP_FX, ALICE, -2 * DAY, 60, NULL},
    {"NEXT", 7, APP_FX, ALICE, DAY, DAY, NULL},
    {"REV", 7, APP_FX, ALICE, -60, DAY, NULL},
    {"OTHER", 7, APP_OTHER, ALICE, -60, DAY, NULL},
    {"NET", 7, APP_FX, ALICE, -60, DAY, "10"},
    {"BOB", 7, APP_FX, BOB, -60, DAY, NULL},     /* policy: read only */
    {"CAROL", 7, APP_FX, CAROL, -60, DAY, NULL}, /* policy: blocked */
};

#define TOKENS (sizeof(fixture_tokens) / sizeof(fixture_tokens[0]))

static void
die(const char *what, const char *where)
{
    fprintf(stderr, "mkruntime: %s: %s\n", what, where);
    exit(1);
}


static void
must(int rc, const char *what)
{
    if (rc != 0) {
        die(what, sc_strerror(rc));
    }
}


static void *
zeroed(size_t size)
{
    void *p = calloc(1, size);

    if (p == NULL) {
        die("memory", strerror(errno));
    }

    return p;
}


static void
path_of(char out[512], const char *dir, const char *name, uint32_t number)
{
    if (number == 0) {
        (void) snprintf(out, 512, "%s/%s", dir, name);
    } else {
        (void) snprintf(out, 512, "%s/%s.%u", dir, name, number);
    }
}


static void
write_file(const char *dir, const char *name, uint32_t number,
           const void *bytes, size_t size)
{
    char path[512];
    FILE *f;

    path_of(path, dir, name, number);
    f = fopen(path, "wx");
    if (f == NULL || fwrite(bytes, 1, size, f) != size || fclose(f) != 0) {
        die(path, strerror(errno));
    }
}


/* Map a file read-write; it stays mapped until the process ends. */
static void *
map_file(const char *path, size_t *size)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct stat st;
    void *bytes;

    if (fd == -1 || fstat(fd, &st) != 0) {
        die(path, strerror(errno));
    }

    *size = (size_t) st.st_size;
    bytes = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        die(path, strerror(errno));
    }

    close(fd);
    return bytes;
}


static struct sc_control *
map_control(const char *dir)
{
    char path[512];
    size_t size;

    path_of(path, dir, "control", 0);
    return map_file(path, &size);
}


static struct sc_tokens *
map_tokens(const char *dir, uint32_t number)
{
    const struct sc_tokens *proven;
    char path[512];
    size_t size;
    void *bytes;

    path_of(path, dir, "tokens", number);
    bytes = map_file(path, &size);
    must(sc_tokens_open(bytes, size, &proven), path);
    return bytes;
}


#define OPERATION(name, verb, template, class_bits, scope)                    \
    {                                                                         \
        .id = SC_STR(name), .method = SC_##verb, .path = SC_STR(template),    \
        .classes = (class_bits), .alternatives = &needs[scope],               \
        .nalternatives = 1                                                    \
    }

static const uint32_t scope_numbers[SCOPES] = {READ_FX, WRITE_FX,
                                               CREDENTIAL_FX};
static const struct sc_in_alternative needs[SCOPES] = {
    {&scope_numbers[READ_FX], 1},
    {&scope_numbers[WRITE_FX], 1},
    {&scope_numbers[CREDENTIAL_FX], 1},
};

static const struct sc_in_operation operations[] = {
    OPERATION("list", GET, "/v1/items", SC_CLASS_READ, READ_FX),
    OPERATION("read", GET, "/v1/items/{id}", SC_CLASS_READ, READ_FX),
    OPERATION("search", POST, "/v1/items/search", SC_CLASS_READ, READ_FX),
    OPERATION("lookup", POST, "/v1/items/{id}/lookup", SC_CLASS_READ, READ_FX),
    OPERATION("create", POST, "/v1/items", SC_CLASS_WRITE, WRITE_FX),
    OPERATION("replace", PUT, "/v1/items/{id}", SC_CLASS_WRITE, WRITE_FX),
    OPERATION("update", PATCH, "/v1/items/{id}", SC_CLASS_WRITE, WRITE_FX),
    OPERATION("delete", DELETE, "/v1/items/{id}", SC_CLASS_DELETE, WRITE_FX),
    OPERATION("act", POST, "/v1/items/{id}/purge", SC_CLASS_DELETE, WRITE_FX),
    OPERATION("touch", GET, "/v1/items/{id}/touch", SC_CLASS_WRITE, WRITE_FX),
    OPERATION("special", GET, "/v1/items/special", SC_CLASS_READ, READ_FX),
    OPERATION("change", POST, "/v1/items/{id}", SC_CLASS_WRITE, WRITE_FX),
    OPERATION("file", GET, "/v1/files/{path*}", SC_CLASS_READ, READ_FX),
    OPERATION("putFile", PUT, "/v1/files/{path*}", SC_CLASS_WRITE, WRITE_FX),
    OPERATION("diff", GET, "/v1/pulls/{index}.{diffType}", SC_CLASS_READ,
              READ_FX),
    OPERATION("mint", POST, "/v1/users/{u}/tokens", SC_CLASS_CREDENTIAL,
              CREDENTIAL_FX),
};


/* Build the policy image of a generation into a file. */
static void
write_policy(const char *dir, uint32_t number, uint64_t generation,
             const struct options *o)
{
    static const uint64_t all_scopes[1] = {~0ull};
    static const struct sc_str scopes[SCOPES] = {
        SC_STR("read:fx"), SC_STR("write:fx"), SC_STR("credential:fx")};
    const struct sc_in_catalog catalog = {
        .operations = operations,
        .noperations = sizeof(operations) / sizeof(operations[0])};
    const struct sc_in_app apps[2] = {
        {.number = APP_FX,
         .name = SC_STR("fx"),
         .schemes = SC_SCHEME_BEARER | SC_SCHEME_BASIC,
         .error_style = SC_STYLE_ATLASSIAN,
         .upstream_host = sc_str_c(o->upstream_host),
         .upstream_path = sc_str_c(o->upstream_path),
         .links = o->links,
         .nlinks = o->nlinks},
        {.number = APP_OTHER,
         .name = SC_STR("other"),
         .schemes = SC_SCHEME_BEARER | SC_SCHEME_BASIC,
         .upstream_host = SC_STR("other.example")},
    };
    const struct sc_in_mount mounts[2] = {
        {SC_STR("*"), sc_str_c(o->prefix), 0},
        {SC_STR("*"), SC_STR("/other"), 1},
    };
    const struct sc_in_ceiling full[2] = {
        {.app = 0, .classes = o->classes, .scopes = all_scopes},
        {.app = 1, .classes = o->classes, .scopes = all_scopes}};
    const struct sc_in_ceiling read_only[1] = {
        {.app = 0, .classes = SC_CLASS_READ, .scopes = all_scopes}};
    const struct sc_in_policy policies[3] = {
        {FULL, SC_STR("full"), SC_TOKENS_ALLOW, 365, full, 2},
        {READ_ONLY, SC_STR("readers"), SC_TOKENS_ALLOW, 365, read_only, 1},
        {BLOCKED, SC_STR("blocked"), SC_TOKENS_BLOCK, 365, full, 2},
    };
    const struct sc_in_image in = {.generation = generation,
                                   .ask = SC_STR("https://ask.example/"),
                                   .scopes = scopes,
                                   .nscopes = SCOPES,
                                   .set_words = 1,
                                   .catalogs = &catalog,
                                   .ncatalogs = 1,
                                   .apps = apps,
                                   .napps = 2,
                                   .mounts = mounts,
                                   .nmounts = 2,
                                   .policies = policies,
                                   .npolicies = 3};
    struct sc_build_fault fault = {.what = ""};
    size_t size = sc_image_size(&in), used = 0;
    void *buf = zeroed(size);
    int rc = sc_image_build(&in, buf, size, &used, &fault);

    if (rc != 0) {
        fprintf(stderr, "mkruntime: image: %s: %s %.*s\n", sc_strerror(rc),
                fault.what, (int) fault.where.len, fault.where.data);
        exit(1);
    }

    write_file(dir, "policy", number, buf, used);
    free(buf);
}


static void
write_secrets(const char *dir, uint32_t number, const struct options *o)
{
    const struct sc_secret_in items[2] = {
        {APP_OTHER, SC_STR("Bearer other-upstream-secret")},
        {APP_FX, sc_str_c(o->secret)}};
    uint32_t n = items[1].value.len != 0 ? 2 : 1;
    size_t size = sc_secrets_size(items, n);
    void *buf = zeroed(size);

    must(sc_secrets_build(instance_key, items, n, buf, size), "secrets");
    write_file(dir, "secrets", number, buf, size);
    free(buf);
}


/* The text of a fixture token and its key in the table. */
static void
make_token(unsigned i, char text[SC_TOKEN_LEN + 1], uint8_t key[SC_TOKEN_KEY])
{
    uint8_t random[SC_TOKEN_RANDOM];
    struct sc_hasher h = {.md = NULL};

    for (unsigned k = 0; k < sizeof(random); k++) {
        random[k] = (uint8_t) (i * 41 + k * 7 + 3);
    }

    must(sc_token_make(SC_TOKEN_USER, random, text), "token");
    must(sc_hasher_open(&h, instance_key), "hasher");
    must(sc_hasher_key(&h, sc_str_c(text), key), "hasher");
    sc_hasher_close(&h);
}


static void
add_token(struct sc_tokens *t, unsigned i)
{
    const struct fixture_token *f = &fixture_tokens[i];
    const struct sc_scope_set set = {&f->scopes, 1};
    const struct sc_address network = {
        .bytes = {[10] = 0xff, [11] = 0xff, [12] = 10}, .prefix = 104};
    const struct sc_grant_in grant = {&f->app, &set, 1, &network,
                                      f->network != NULL};
    struct sc_slot slot = {.token = i + 1,
                           .user = f->user,
                           .duration = f->duration,
                           .kind = SC_TOKEN_USER};
    char text[SC_TOKEN_LEN + 1];

    slot.start = (int64_t) time(NULL) + f->start;
    make_token(i, text, slot.key);
    must(sc_tokens_grant_add(t, &grant, &slot.grant), "grant");
    must(sc_tokens_put(t, &slot), f->name);
}


static void
write_tokens(const char *dir, uint32_t number)
{
    static const char *const emails[USERS] = {
        NULL, "alice@example.com", "bob@example.com", "carol@example.com"};
    uint64_t size = sc_tokens_size(64, 16, 16384);
    struct sc_tokens *t = zeroed(size);

    must(sc_tokens_init(t, size, 64, 16, 16384), "tokens");
    for (uint32_t user = ALICE; user < USERS; user++) {
        must(sc_tokens_user_add(t, user, sc_str_c(emails[user])), "user");
        must(sc_tokens_user_set(t, user, user, 1), "user");
    }
    for (unsigned i = 0; i < TOKENS; i++) {
        add_token(t, i);
    }

    write_file(dir, "tokens", number, t, size);
    free(t);
}


static struct options
parse_options(int argc, char **argv)
{
    struct options o = {.upstream_host = "upstream.example",
                        .upstream_path = "",
                        .prefix = "",
                        .secret = "Bearer upstream-secret",
                        .classes = SC_CLASS_ALL};

    for (int i = 0; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];

        if (strcmp(argv[i], "--upstream-host") == 0) {
            o.upstream_host = value;
        } else if (strcmp(argv[i], "--upstream-path") == 0) {
            o.upstream_path = value;
        } else if (strcmp(argv[i], "--prefix") == 0) {
            o.prefix = value;
        } else if (strcmp(argv[i], "--secret") == 0) {
            o.secret = value;
        } else if (strcmp(argv[i], "--classes") == 0) {
            o.classes = (uint32_t) strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--link") == 0 && o.nlinks < 8) {
            o.links[o.nlinks++] = sc_str_c(value);
        } else {
            die("option", argv[i]);
        }
    }

    return o;
}


static void
init(const char *dir, const struct options *o)
{
    const struct sc_control_record record = {1, 1, 1, 1, 0};
    uint8_t key[SC_TOKEN_KEY];
    char text[SC_TOKEN_LEN + 1];
    union {
        struct sc_control control;
        char bytes[SC_CONTROL_SIZE];
    } *page = zeroed(SC_CONTROL_SIZE);

    write_policy(dir, 1, 1, o);
    write_tokens(dir, 1);
    write_secrets(dir, 1, o);
    sc_control_init(&page->control);
    must(sc_control_publish(&page->control, &record), "control");
    write_file(dir, "control", 0, page, SC_CONTROL_SIZE);
    free(page);

    for (unsigned i = 0; i < TOKENS; i++) {
        make_token(i, text, key);
        printf("%s\"%s\":\"%s\"", i == 0 ? "{" : ",", fixture_tokens[i].name,
               text);
    }
    printf("}\n");
}


/* The record after the one in force. */
static struct sc_control_record
next_record(struct sc_control *control)
{
    struct sc_control_record next;

    must(sc_control_read(control, &next), "control");
    next.generation++;
    return next;
}


static void
publish(const char *dir, const struct options *o)
{
    struct sc_control *control = map_control(dir);
    struct sc_control_record next = next_record(control);

    write_policy(dir, ++next.policy, next.generation, o);
    write_secrets(dir, ++next.secrets, o);
    must(sc_control_publish(control, &next), "publish");
}


static void
revoke_token(const char *dir, const char *name)
{
    struct sc_control *control = map_control(dir);
    struct sc_control_record record;
    char text[SC_TOKEN_LEN + 1];
    uint8_t key[SC_TOKEN_KEY];

    must(sc_control_read(control, &record), "control");
    for (unsigned i = 0; i < TOKENS; i++) {
        if (strcmp(name, fixture_tokens[i].name) == 0) {
            make_token(i, text, key);
            must(sc_tokens_revoke(map_tokens(dir, record.tokens), key), name);
            return;
        }
    }

    die("no such token", name);
}


static void
member(const char *dir, const char *policy)
{
    struct sc_control *control = map_control(dir);
    struct sc_control_record next = next_record(control);

    must(sc_tokens_user_set(map_tokens(dir, next.tokens), ALICE,
                            (uint32_t) strtoul(policy, NULL, 10),
                            next.generation),
         policy);
    must(sc_control_publish(control, &next), "publish");
}


static void
grow(const char *dir)
{
    struct sc_control *control = map_control(dir);
    struct sc_control_record next = next_record(control);
    struct sc_tokens *old = map_tokens(dir, next.tokens);
    uint64_t size = sc_tokens_size(256, 64, 65536);
    struct sc_tokens *t = zeroed(size);

    must(sc_tokens_init(t, size, 256, 64, 65536), "tokens");
    must(sc_tokens_copy(t, old), "tokens");
    write_file(dir, "tokens", ++next.tokens, t, size);
    must(sc_control_publish(control, &next), "publish");
    free(t);
}


static void
print_event(unsigned ring, uint64_t stamp, const struct sc_event *e)
{
    uint32_t len = e->path_len < SC_EVENT_PATH ? e->path_len : SC_EVENT_PATH;
    char text[SC_EVENT_PATH * 6 + 3];
    struct sc_buf path = sc_buf(text, sizeof(text));

    sc_buf_json(&path, sc_str(e->path, len));
    printf("{\"ring\":%u,\"stamp\":%llu,\"sequence\":%llu,\"kind\":\"%s\","
           "\"effect\":%u,\"reason\":\"%s\",\"method\":\"%s\",",
           ring, (unsigned long long) stamp, (unsigned long long) e->sequence,
           e->kind == SC_EVENT_DECISION ? "decision" : "outcome", e->effect,
           sc_reason_code((enum sc_reason) e->reason),
           sc_method_name((enum sc_method) e->method));
    printf("\"request_id\":\"%.32s\",\"generation\":%llu,\"image\":%u,"
           "\"token\":%u,\"user\":%u,\"policy\":%u,\"app\":%u,"
           "\"classes\":%u,\"operation\":%d,\"status\":%u,",
           e->request_id, (unsigned long long) e->generation, e->image,
           e->token, e->user, e->policy, e->app, e->classes,
           (int) e->operation, e->status);
    printf("\"time\":%lld,\"duration\":%u,\"address\":\"",
           (long long) e->time_us, e->duration_us);
    for (unsigned i = 0; i < sizeof(e->address); i++) {
        printf("%02x", e->address[i]);
    }
    printf("\",\"path_len\":%u,\"path\":%.*s}\n", e->path_len, (int) path.len,
           path.data);
}


static void
events(const char *dir, bool take)
{
    struct sc_event *batch = zeroed(65536 * sizeof(*batch));
    struct sc_ring *ring;
    char path[512];
    void *bytes;
    size_t size;
    uint32_t n;

    for (unsigned i = 0; i < RINGS; i++) {
        (void) snprintf(path, sizeof(path), "%s/events/ring.%u", dir, i);
        if (access(path, F_OK) != 0) {
            continue;
        }
        bytes = map_file(path, &size);
        if (sc_ring_open(bytes, size, &ring) != 0) {
            continue;
        }

        n = sc_ring_peek(ring, batch, 65536);
        for (uint32_t k = 0; k < n; k++) {
            print_event(i, ring->stamp, &batch[k]);
        }
        if (take) {
            sc_ring_take(ring, n);
        }
    }

    free(batch);
}


int
main(int argc, char **argv)
{
    const char *command = argc > 2 ? argv[1] : "";
    const char *dir = argc > 2 ? argv[2] : "";
    struct options o;

    if (strcmp(command, "init") == 0 || strcmp(command, "publish") == 0) {
        o = parse_options(argc - 3, argv + 3);
        (*command == 'i' ? init : publish)(dir, &o);
    } else if (strcmp(command, "revoke") == 0 && argc == 4) {
        revoke_token(dir, argv[3]);
    } else if (strcmp(command, "member") == 0 && argc == 4) {
        member(dir, argv[3]);
    } else if (strcmp(command, "grow") == 0) {
        grow(dir);
    } else if (strcmp(command, "events") == 0
               || strcmp(command, "take") == 0) {
        events(dir, *command == 't');
    } else {
        fprintf(stderr, "usage: see the head of mkruntime.c\n");
        return 2;
    }

    return 0;
}
