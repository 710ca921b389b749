/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.c - the images that tests decide on: SECURITY's catalog "fx" and
 * one more operation for every branch of a decision.
 */

#include "tests/unit/fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) ((uint32_t) (sizeof(array) / sizeof((array)[0])))
#define READ         SC_CLASS_READ
#define WRITE        SC_CLASS_WRITE
#define DELETE       SC_CLASS_DELETE

/* scopes, by number */
enum { READ_ITEMS, WRITE_ITEMS, READ_FILES, WRITE_FILES, MINT, MANAGE, A, B };

static const struct sc_str scopes[] = {
    {"read:items", 10},   {"write:items", 11}, {"read:files", 10},
    {"write:files", 11},  {"mint:tokens", 11}, {"manage:items", 12},
    {"part-a:items", 12}, {"part-b:items", 12}};

#define NEEDS(name, ...)                                                      \
    static const uint32_t name##_scopes[] = {__VA_ARGS__};                    \
    static const struct sc_in_alternative name[] = {                          \
        {name##_scopes, COUNT(name##_scopes)}}

NEEDS(read_items, READ_ITEMS);
NEEDS(write_items, WRITE_ITEMS);
NEEDS(read_files, READ_FILES);
NEEDS(write_files, WRITE_FILES);
NEEDS(mint, MINT);
NEEDS(manage, MANAGE);

static const uint32_t a_and_b[] = {A, B};
static const struct sc_in_alternative either[] = {{a_and_b, 2},
                                                  {read_items_scopes, 1}};

static const struct sc_in_variant trashed[] = {
    {{"status", 6}, {"trashed", 7}, DELETE, 0},
    {{"all", 3}, {"*", 1}, 0, SC_TRAIT_BULK},
};

#define T(text)                                                               \
    {                                                                         \
        (text), sizeof(text) - 1                                              \
    }
#define OP(id, method, path, classes, traits, needs)                          \
    {                                                                         \
        T(id), method, T(path), classes, traits, needs, COUNT(needs), NULL, 0 \
    }

static const struct sc_in_operation fx_operations[] = {
    OP("list", SC_GET, "/v1/items", READ, 0, read_items),
    OP("read", SC_GET, "/v1/items/{id}", READ, 0, read_items),
    OP("search", SC_POST, "/v1/items/search", READ, 0, read_items),
    OP("lookup", SC_POST, "/v1/items/{id}/lookup", READ, 0, read_items),
    OP("create", SC_POST, "/v1/items", WRITE, 0, write_items),
    OP("replace", SC_PUT, "/v1/items/{id}", WRITE, 0, write_items),
    OP("update", SC_PATCH, "/v1/items/{id}", WRITE, 0, write_items),
    OP("delete", SC_DELETE, "/v1/items/{id}", DELETE, 0, write_items),
    OP("act", SC_POST, "/v1/items/{id}/purge", WRITE, 0, write_items),
    OP("touch", SC_GET, "/v1/items/{id}/touch", WRITE, 0, write_items),
    OP("special", SC_GET, "/v1/items/special", READ, 0, read_items),
    OP("poke", SC_POST, "/v1/items/{id}", WRITE, 0, write_items),
    OP("getFile", SC_GET, "/v1/files/{path*}", READ, 0, read_files),
    OP("putFile", SC_PUT, "/v1/files/{path*}", WRITE, 0, write_files),
    OP("diff", SC_GET, "/v1/pulls/{index}.{diffType}", READ, 0, read_items),
    OP("mint", SC_POST, "/v1/users/{u}/tokens", SC_CLASS_CREDENTIAL, 0, mint),
    OP("raw", SC_GET, "/v1/raw", 0, 0, read_items),
    {T("bare"), SC_GET, T("/v1/bare"), READ, 0, NULL, 0, NULL, 0},
    OP("bulk", SC_POST, "/v1/bulk", WRITE, SC_TRAIT_BULK, write_items),
    OP("archive", SC_POST, "/v1/items/{id}/archive", WRITE, SC_TRAIT_ARCHIVE,
       write_items),
    OP("settings", SC_GET, "/v1/settings", READ, 0, manage),
    OP("either", SC_GET, "/v1/either", READ, 0, either),
    OP("dropFlow", SC_DELETE, "/v1/flows/{id}", DELETE | SC_CLASS_ADMIN, 0,
       write_items),
    {T("page"), SC_PUT, T("/v1/pages/{id}"), WRITE, 0, write_items, 1, trashed,
     COUNT(trashed)},
    OP("crossRead", SC_GET, "/v1/cross/{a}/end", READ, 0, read_items),
    OP("crossWrite", SC_GET, "/v1/cross/start/{b}", WRITE, 0, write_items),
    OP("crossPost", SC_POST, "/v1/cross/{a}/end", WRITE, 0, write_items),
    OP("dir", SC_GET, "/v1/dir/", READ, 0, read_items),
    OP("root", SC_GET, "/", READ, 0, read_items),
};

static const struct sc_in_operation other_operations[] = {
    OP("ping", SC_GET, "/ping", READ, 0, read_items),
};

static const struct sc_in_alias aliases[] = {{T("/v1"), T("/latest")}};

static const struct sc_in_catalog catalogs[] = {
    {fx_operations, COUNT(fx_operations), aliases, COUNT(aliases)},
    {other_operations, COUNT(other_operations), NULL, 0},
};

#define SCHEMES (SC_SCHEME_BEARER | SC_SCHEME_BASIC)

static const struct sc_in_app apps[] = {
    {1, T("fx"), SCHEMES, SC_STYLE_PROBLEM, T("up:80"), T(""), NULL, 0, 0},
    {3, T("wiki"), SCHEMES, SC_STYLE_PROBLEM, T("up"), T("/x"), NULL, 0, 0},
    {7, T("other"), SC_SCHEME_BEARER | SC_SCHEME_TOKEN, SC_STYLE_ATLASSIAN,
     T("up2"), T(""), NULL, 0, 1},
};

static const struct sc_in_mount mounts[] = {
    {T("*"), T("/any"), 2},
    {T("gw"), T(""), 0},
    {T("gw"), T("/other"), 2},
    {T("wiki.example"), T(""), 1},
    {T("only.example"), T("/deep/app"), 0},
};

static const uint64_t all_scopes[] = {0xff};
static const uint64_t no_manage[] = {0xff & ~(1u << MANAGE)};
static const struct sc_in_denied denied[] = {
    {T("archive")}, {T("touch")}, {T("lookup")}};

#define CEILING(app, classes, traits, set)                                    \
    {                                                                         \
        app, classes, traits, set, NULL, 0                                    \
    }

static const struct sc_in_ceiling everyone[] = {
    CEILING(0, READ, 0, all_scopes),
    CEILING(1, READ, 0, all_scopes),
};
static const struct sc_in_ceiling builders[] = {
    {0, READ | WRITE, SC_TRAIT_BULK, no_manage, denied, COUNT(denied)},
    CEILING(2, READ, 0, all_scopes),
};
static const struct sc_in_ceiling full[] = {
    CEILING(0, SC_CLASS_ALL, 0, all_scopes),
    CEILING(1, SC_CLASS_ALL, 0, all_scopes),
    CEILING(2, SC_CLASS_ALL, 0, all_scopes),
};

#define POLICY(number, name, tokens, days, list)                              \
    {                                                                         \
        number, T(name), tokens, days, list, COUNT(list)                      \
    }

static const struct sc_in_policy policies[] = {
    POLICY(1, "everyone", SC_TOKENS_ALLOW, 90, everyone),
    POLICY(2, "builders", SC_TOKENS_ALLOW, 90, builders),
    POLICY(3, "full", SC_TOKENS_ALLOW, 3650, full),
    POLICY(4, "blocked", SC_TOKENS_BLOCK, 90, full),
    POLICY(5, "request", SC_TOKENS_REQUEST, 90, full),
    POLICY(6, "short", SC_TOKENS_ALLOW, 2, full),
    POLICY(7, "nodays", SC_TOKENS_ALLOW, 0, full),
    {9, T("nothing"), SC_TOKENS_ALLOW, 90, NULL, 0},
};

static const struct sc_in_image description = {
    5,
    T("https://ask.example/?a=\"b\""),
    scopes,
    COUNT(scopes),
    1,
    catalogs,
    COUNT(catalogs),
    apps,
    COUNT(apps),
    mounts,
    COUNT(mounts),
    policies,
    COUNT(policies),
};

static const struct {
    const char *name;
    uint64_t words;
} grants[] = {
    {"none", 0},
    {"read", 1u << READ_ITEMS | 1u << READ_FILES},
    {"write", 1u << WRITE_ITEMS | 1u << WRITE_FILES},
    {"rw", 0x0f},
    {"files", 1u << READ_FILES | 1u << WRITE_FILES},
    {"half", 1u << A},
    {"parts", 1u << A | 1u << B},
    {"all", 0xff},
};

static void
must(bool ok, const char *what)
{
    if (!ok) {
        (void) fprintf(stderr, "fixture: %s\n", what);
        abort();
    }
}


const struct sc_in_image *
fx_description(void)
{
    return &description;
}


uint64_t
fx_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(0x2545f4914f6cdd1d);
}


void *
fx_build(const struct sc_in_image *in, size_t *size, int *rc,
         struct sc_build_fault *fault)
{
    size_t room = sc_image_size(in);
    void *buf = calloc(1, room == 0 ? 8 : room);
    void *exact;

    must(buf != NULL, "no memory");
    *rc = sc_image_build(in, buf, room, size, fault);
    if (*rc != 0) {
        free(buf);
        return NULL;
    }

    exact = malloc(*size); /* no byte more: a sanitizer sees its end */
    must(exact != NULL, "no memory");
    memcpy(exact, buf, *size);
    free(buf);
    return exact;
}


void
fx_address(const char *text, uint8_t out[16])
{
    unsigned a, b, c, d;

    must(sscanf(text, "%u.%u.%u.%u", &a, &b, &c, &d) == 4, text);
    memset(out, 0, 16);
    out[10] = out[11] = 0xff;
    out[12] = (uint8_t) a;
    out[13] = (uint8_t) b;
    out[14] = (uint8_t) c;
    out[15] = (uint8_t) d;
}


void
fx_base64(struct sc_str text, char *out)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < text.len; i += 3) {
        uint32_t bits = 0;
        size_t n = text.len - i < 3 ? text.len - i : 3;

        for (size_t k = 0; k < 3; k++) {
            bits = bits << 8 | (k < n ? (uint8_t) text.data[i + k] : 0);
        }
        for (size_t k = 0; k < 4; k++) {
            *out++ = k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=';
        }
    }
    *out = '\0';
}


/* Make a token; its random part is a hash of its name. */
static struct fx_token *
new_token(struct fx *f, const char *name, enum sc_token_kind kind)
{
    struct fx_token *t = &f->list[f->ntokens++];
    uint8_t random[SC_TOKEN_RANDOM];

    must(f->ntokens <= COUNT(f->list), "too many tokens");
    for (uint32_t i = 0; i < sizeof(random); i++) {
        random[i] = (uint8_t) sc_str_hash(sc_str_c(name), i);
    }

    (void) snprintf(t->name, sizeof(t->name), "%s", name);
    must(sc_token_make(kind, random, t->text) == 0, "sc_token_make");
    must(sc_hasher_key(&f->hasher, sc_str(t->text, SC_TOKEN_LEN), t->key) == 0,
         "sc_hasher_key");
    return t;
}


static uint32_t
add_grant(struct fx *f, uint64_t words, const uint32_t *list, uint32_t n,
          const struct sc_address *addresses, uint32_t naddresses)
{
    struct sc_scope_set sets[3];
    struct sc_grant_in in = {list, sets, n, addresses, naddresses};
    uint32_t grant;

    for (uint32_t i = 0; i < n; i++) {
        sets[i].words = &words;
        sets[i].nwords = 1;
    }
    must(sc_tokens_grant_add(f->tokens, &in, &grant) == 0, "grant_add");
    return grant;
}


static void
put(struct fx *f, const char *name, uint32_t user, uint32_t grant,
    int64_t start, uint32_t duration)
{
    enum sc_token_kind kind =
        strcmp(name, "service") == 0 ? SC_TOKEN_SERVICE : SC_TOKEN_USER;
    struct fx_token *t = new_token(f, name, kind);
    struct sc_slot slot = {.token = f->ntokens,
                           .start = start,
                           .duration = duration,
                           .grant = grant,
                           .user = user,
                           .kind = kind};

    memcpy(slot.key, t->key, sizeof(slot.key));
    must(sc_tokens_put(f->tokens, &slot) == 0, "sc_tokens_put");
}


static void
put_users(struct fx *f)
{
    char email[64];

    for (uint32_t i = 0; i < COUNT(policies); i++) {
        (void) snprintf(email, sizeof(email), "%.*s@example.com",
                        (int) policies[i].name.len, policies[i].name.data);
        must(sc_tokens_user_add(f->tokens, policies[i].number, sc_str_c(email))
                     == 0
                 && sc_tokens_user_set(f->tokens, policies[i].number,
                                       policies[i].number, 1)
                        == 0,
             "user");
    }
    must(sc_tokens_user_add(f->tokens, 20, SC_STR("gone@example.com")) == 0,
         "user without policy");
}


/* Tokens with names of their own. */
static void
put_odd(struct fx *f, uint32_t all)
{
    static const uint32_t app_7[] = {7};
    static const uint32_t app_1[] = {1};
    struct sc_address net = {{0}, 96 + 24, {0}};
    int64_t start = FX_NOW - FX_DAY;
    uint32_t life = 30 * FX_DAY;

    fx_address("198.51.100.0", net.bytes);
    put(f, "revoked", 3, all, start, life);
    must(sc_tokens_revoke(f->tokens, fx_token(f, SC_STR("revoked"))->key) == 0,
         "revoke");
    put(f, "expired", 3, all, FX_NOW - 100, 100);
    put(f, "last-second", 3, all, FX_NOW - 100, 101);
    put(f, "unborn", 3, all, FX_NOW + 1, life);
    put(f, "newborn", 3, all, FX_NOW, life);
    put(f, "zero-life", 3, all, FX_NOW, 0);
    put(f, "gone", 20, all, start, life);
    put(f, "nobody", 63, all, start, life);
    put(f, "no-grant", 3, 0, start, life);
    put(f, "service", 3, all, start, life);
    put(f, "other-app", 3, add_grant(f, 0xff, app_7, 1, NULL, 0), start, life);
    put(f, "from-net", 3, add_grant(f, 0xff, app_1, 1, &net, 1), start, life);
    (void) new_token(f, "unknown", SC_TOKEN_USER);
    (void) new_token(f, "admin-key", SC_TOKEN_ADMIN);
    (void) new_token(f, "session", SC_TOKEN_SESSION);
}


static void
put_tokens(struct fx *f)
{
    static const uint32_t list[] = {1, 3, 7};
    char name[32];
    uint32_t grant = 0;

    for (uint32_t g = 0; g < COUNT(grants); g++) {
        grant = add_grant(f, grants[g].words, list, 3, NULL, 0);
        for (uint32_t p = 0; p < COUNT(policies); p++) {
            (void) snprintf(name, sizeof(name), "%.*s/%s",
                            (int) policies[p].name.len, policies[p].name.data,
                            grants[g].name);
            put(f, name, policies[p].number, grant, FX_NOW - FX_DAY,
                30 * FX_DAY);
        }
    }

    put_odd(f, grant);
}


void
fx_open(struct fx *f)
{
    static const uint8_t key[SC_TOKEN_KEY] = "fixture's instance key";
    uint64_t size = sc_tokens_size(256, 64, 8192);
    struct sc_build_fault fault;
    int rc;

    memset(f, 0, sizeof(*f));
    f->image_bytes = fx_build(&description, &f->image_size, &rc, &fault);
    must(rc == 0, f->image_bytes == NULL ? fault.what : "image");
    must(sc_image_open(f->image_bytes, f->image_size, &f->view.image) == 0,
         "sc_image_open");

    f->token_bytes = aligned_alloc(64, size);
    must(f->token_bytes != NULL, "no memory");
    memset(f->token_bytes, 0, size);
    must(sc_tokens_init(f->token_bytes, size, 256, 64, 8192) == 0
             && sc_tokens_open(f->token_bytes, size, &f->view.tokens) == 0
             && sc_hasher_open(&f->hasher, key) == 0,
         "tokens");
    f->tokens = f->token_bytes;
    f->view.generation = 5;
    put_users(f);
    put_tokens(f);
}


void
fx_close(struct fx *f)
{
    sc_hasher_close(&f->hasher);
    free(f->image_bytes);
    free(f->token_bytes);
    memset(f, 0, sizeof(*f));
}


const struct fx_token *
fx_token(const struct fx *f, struct sc_str name)
{
    for (unsigned i = 0; i < f->ntokens; i++) {
        if (sc_str_eq(sc_str_c(f->list[i].name), name)) {
            return &f->list[i];
        }
    }

    (void) fprintf(stderr, "fixture: no token %.*s\n", (int) name.len,
                   name.data);
    abort();
}


struct sc_str
fx_bearer(const struct fx *f, const char *name, char out[FX_HEADER])
{
    (void) snprintf(out, FX_HEADER, "Bearer %s",
                    fx_token(f, sc_str_c(name))->text);
    return sc_str_c(out);
}


void
fx_decide(struct fx *f, const char *method, struct sc_str target,
          struct sc_str authorization, struct sc_target *parsed,
          struct sc_verdict *verdict)
{
    struct sc_call call = {.method = sc_str_c(method),
                           .target = target,
                           .host = SC_STR("gw"),
                           .authorization = authorization,
                           .now = FX_NOW};

    fx_address("192.0.2.1", call.address);
    sc_decide(&f->view, &f->hasher, &call, parsed, verdict);
}
