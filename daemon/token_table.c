/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_table.c - loading and growing the token table.
 *
 * Files are sparse, so room is given generously: what is never touched costs
 * nothing.  Grants are shared: a grant set of the store is put on the heap
 * once, however many tokens have it.
 *
 * Tokens that have been dead for DEAD_DAYS are left out: they are refused as
 * unknown instead of expired or revoked, which the client cannot tell.
 */

#include "daemon/token_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image.h"
#include "daemon/fields.h"
#include "daemon/log.h"
#include "daemon/store.h"

#define DEAD_DAYS    30
#define SLOTS_MIN    1024u
#define USERS_MIN    1024u
#define HEAP_MIN     (1u << 20)
#define HEAP_MAX     (1u << 31)
#define US           INT64_C(1000000)
#define GRANTS_MAX   (1u << 28)
#define NETWORKS_MAX 64


bool
token_table_address(const char *text, struct sc_address *out)
{
    struct sc_address a;
    char host[64];
    const char *slash = strchr(text, '/');
    size_t n = slash == NULL ? strlen(text) : (size_t) (slash - text);
    unsigned most = 128, base = 0;
    long prefix;
    char *end;

    memset(&a, 0, sizeof(a));
    if (n >= sizeof(host)) {
        return false;
    }
    memcpy(host, text, n);
    host[n] = '\0';
    if (inet_pton(AF_INET, host, a.bytes + 12) == 1) {
        a.bytes[10] = a.bytes[11] = 0xff;
        most = 32;
        base = 96;
    } else if (inet_pton(AF_INET6, host, a.bytes) != 1) {
        return false;
    }

    prefix = most;
    if (slash != NULL) {
        if (slash[1] < '0' || slash[1] > '9') {
            return false;
        }
        prefix = strtol(slash + 1, &end, 10);
        if (*end != '\0' || prefix > (long) most) {
            return false;
        }
    }
    a.prefix = (uint8_t) (base + (unsigned) prefix);

    *out = a;
    return true;
}


int
token_table_names(struct token_table *t)
{
    struct db_query q;
    uint32_t n = 0;

    json_decref(t->scopes);
    json_decref(t->apps);
    t->scopes = json_object();
    t->apps = json_object();
    db_query(t->db, &q, "SELECT name, id FROM scope", "");
    while (db_next(&q)) {
        json_object_set_new(t->scopes, db_text(&q, 0),
                            json_integer(db_int(&q, 1)));
        n++;
    }
    if (db_end(&q) != 0) {
        return SC_EIO;
    }
    db_query(t->db, &q, "SELECT name, id FROM app", "");
    while (db_next(&q)) {
        json_object_set_new(t->apps, db_text(&q, 0),
                            json_integer(db_int(&q, 1)));
    }
    t->words = (n + 63) / 64;

    return db_end(&q);
}


/* A new, empty table mapped from a new file "tokens.<number>.tmp". */
static int
make_table(const char *path, uint32_t nslots, uint32_t nusers, uint32_t heap,
           struct sc_tokens **out, uint64_t *out_size)
{
    uint64_t size = sc_tokens_size(nslots, nusers, heap);
    struct sc_tokens *bytes = MAP_FAILED;
    int rc = SC_EIO;
    int fd;

    if (size == 0) {
        return SC_ETOOBIG;
    }
    (void) unlink(path);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd == -1) {
        goto done;
    }
    if (ftruncate(fd, (off_t) size) != 0) {
        goto done;
    }
    bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        goto done;
    }

    rc = sc_tokens_init(bytes, size, nslots, nusers, heap);
    if (rc == 0) {
        *out = bytes;
        *out_size = size;
    }

done:
    if (rc != 0) {
        log_error("tokens", "path=%s msg=\"%s\"", path, strerror(errno));
        if (bytes != MAP_FAILED) {
            munmap(bytes, size);
        }
    }
    if (fd != -1) {
        close(fd);
    }
    return rc;
}


static void
paths(const struct token_table *t, uint32_t number, char *tmp, char *path)
{
    snprintf(path, 600, "%s/tokens.%u", t->dir, number);
    snprintf(tmp, 600, "%s/tokens.%u.tmp", t->dir, number);
}


/* Put a new table in the place of the present one. */
static int
replace(struct token_table *t, const char *tmp, const char *path,
        struct sc_tokens *tokens, uint64_t size, uint32_t number)
{
    if (rename(tmp, path) != 0) {
        log_error("tokens", "path=%s msg=\"%s\"", path, strerror(errno));
        munmap(tokens, size);
        return SC_EIO;
    }
    if (t->tokens != NULL) {
        munmap(t->tokens, t->size);
    }

    t->tokens = tokens;
    t->size = size;
    t->number = number;
    return 0;
}


static uint32_t
twice(uint32_t n, uint32_t most)
{
    return n > most / 2 ? most : n * 2;
}


static int
grow(struct token_table *t, const struct token_table_next *next)
{
    const struct sc_tokens *old = t->tokens;
    int64_t number = next->next(next->context);
    char tmp[600], path[600];
    struct sc_tokens *tokens;
    uint64_t size;
    int rc;

    if (number <= 0) {
        return SC_EIO;
    }
    paths(t, (uint32_t) number, tmp, path);
    rc = make_table(tmp, twice(old->nslots, 1u << 31),
                    twice(old->nusers, 1u << 31),
                    twice(old->heap_size, HEAP_MAX), &tokens, &size);
    if (rc != 0) {
        return rc;
    }
    rc = sc_tokens_copy(tokens, old);
    if (rc != 0) {
        munmap(tokens, size);
        (void) unlink(tmp);
        return rc;
    }

    return replace(t, tmp, path, tokens, size, (uint32_t) number);
}


struct grant_room {
    uint32_t apps[TOKEN_TABLE_APPS];
    struct sc_scope_set sets[TOKEN_TABLE_APPS];
    uint64_t words[TOKEN_TABLE_APPS][SC_SCOPE_WORDS];
    struct sc_address networks[NETWORKS_MAX];
};

/* A grant set's JSON into what core takes.  What it names and the store does
 * not know any more is not granted. */
static void
read_grant(const struct token_table *t, const json_t *body,
           struct grant_room *room, struct sc_grant_in *in)
{
    const json_t *addresses = json_object_get(body, "addresses");
    const char *app;
    json_t *scopes;

    memset(in, 0, sizeof(*in));
    json_object_foreach(json_object_get(body, "apps"), app, scopes)
    {
        const json_t *number = json_object_get(t->apps, app);
        uint32_t i = in->napps;

        if (number == NULL || i == TOKEN_TABLE_APPS) {
            continue;
        }
        memset(room->words[i], 0, sizeof(room->words[i]));
        for (size_t j = 0; j < json_array_size(scopes); j++) {
            const json_t *scope = json_object_get(
                t->scopes, json_string_value(json_array_get(scopes, j)));

            if (scope != NULL) {
                (void) sc_scope_add(room->words[i], t->words,
                                    (uint32_t) json_integer_value(scope));
            }
        }
        room->apps[i] = (uint32_t) json_integer_value(number);
        room->sets[i].words = room->words[i];
        room->sets[i].nwords = t->words;
        in->napps++;
    }
    for (size_t i = 0; i < json_array_size(addresses) && i < NETWORKS_MAX;
         i++) {
        if (token_table_address(
                json_string_value(json_array_get(addresses, i)),
                &room->networks[in->naddresses])) {
            in->naddresses++;
        }
    }

    in->apps = room->apps;
    in->scopes = room->sets;
    in->addresses = room->networks;
}


static int
keep_grant(struct token_table *t, int64_t grant_set, uint32_t offset)
{
    size_t want = (size_t) grant_set + 1;

    if (grant_set < 0 || want > GRANTS_MAX) {
        return SC_ETOOBIG;
    }
    if (want > t->ngrants) {
        size_t n = want < 1024 ? 1024 : want * 2;
        uint32_t *grown = realloc(t->grants, n * sizeof(*grown));

        if (grown == NULL) {
            return SC_ENOMEM;
        }
        memset(grown + t->ngrants, 0, (n - t->ngrants) * sizeof(*grown));
        t->grants = grown;
        t->ngrants = n;
    }

    t->grants[grant_set] = offset + 1;
    return 0;
}


/* Put a grant set on the heap of a table. */
static int
add_grant(struct token_table *t, struct sc_tokens *tokens, int64_t grant_set,
          const char *text)
{
    struct grant_room *room = malloc(sizeof(*room));
    json_t *body = fields_load(text);
    struct sc_grant_in in;
    uint32_t offset;
    int rc = SC_ENOMEM;

    if (room != NULL && json_is_object(body)) {
        read_grant(t, body, room, &in);
        rc = sc_tokens_grant_add(tokens, &in, &offset);
    }
    if (rc == 0) {
        rc = keep_grant(t, grant_set, offset);
    }

    json_decref(body);
    free(room);
    return rc;
}


static int
load_grants(struct token_table *t, struct sc_tokens *tokens)
{
    struct db_query q;
    int rc = 0;

    db_query(t->db, &q, "SELECT id, body FROM grant_set", "");
    while (rc == 0 && db_next(&q)) {
        rc = add_grant(t, tokens, db_int(&q, 0), db_text(&q, 1));
    }

    return db_end(&q) != 0 ? SC_EIO : rc;
}


static int
load_users(struct token_table *t, struct sc_tokens *tokens,
           uint64_t generation)
{
    struct db_query q;
    int rc = 0;

    db_query(t->db, &q, "SELECT id, email, coalesce(policy, 0) FROM account",
             "");
    while (rc == 0 && db_next(&q)) {
        uint32_t id = (uint32_t) db_int(&q, 0);

        rc = sc_tokens_user_add(tokens, id, sc_str_c(db_text(&q, 1)));
        if (rc == 0) {
            rc = sc_tokens_user_set(tokens, id, (uint32_t) db_int(&q, 2),
                                    generation);
        }
    }

    return db_end(&q) != 0 ? SC_EIO : rc;
}


static int
load_tokens(struct token_table *t, struct sc_tokens *tokens)
{
    int64_t cutoff = store_now() - DEAD_DAYS * (86400 * US);
    struct db_query q;
    int rc = 0;

    db_query(t->db, &q,
             "SELECT id, key, start, duration, grant_set, account, kind,"
             " revoked_at IS NOT NULL FROM token"
             " WHERE start + duration > $1"
             " AND (revoked_at IS NULL OR revoked_at > $1)",
             "i", cutoff);
    while (rc == 0 && db_next(&q)) {
        struct sc_slot slot;
        size_t n;
        const void *key = db_bytes(&q, 1, &n);
        size_t grant_set = (size_t) db_int(&q, 4);

        memset(&slot, 0, sizeof(slot));
        if (n != SC_TOKEN_KEY || grant_set >= t->ngrants
            || t->grants[grant_set] == 0) {
            rc = SC_ECORRUPT;
            break;
        }
        memcpy(slot.key, key, n);
        slot.token = (uint32_t) db_int(&q, 0);
        slot.start = db_int(&q, 2) / US;
        slot.duration = (uint32_t) (db_int(&q, 3) / US);
        slot.grant = t->grants[grant_set] - 1;
        slot.user = (uint32_t) db_int(&q, 5);
        slot.kind = strcmp(db_text(&q, 6), "user") == 0 ? SC_TOKEN_USER
                                                        : SC_TOKEN_SERVICE;
        rc = sc_tokens_put(tokens, &slot);
        if (rc == 0 && db_int(&q, 7) != 0) {
            rc = sc_tokens_revoke(tokens, slot.key);
        }
    }

    return db_end(&q) != 0 ? SC_EIO : rc;
}


/* Room for what is in the store and as much again. */
static void
measure(struct db *db, uint32_t *nslots, uint32_t *nusers, uint32_t *heap)
{
    int64_t tokens = db_number(db, "SELECT count(*) FROM token", "");
    int64_t users =
        db_number(db, "SELECT coalesce(max(id), 0) FROM account", "");
    int64_t grants = db_number(db, "SELECT count(*) FROM grant_set", "");
    uint64_t bytes = (uint64_t) (users < 0 ? 0 : users) * 64
                     + (uint64_t) (grants < 0 ? 0 : grants) * 1024;

    *nslots = SLOTS_MIN;
    while (*nslots < 1u << 31
           && (int64_t) *nslots / 4 * 3 <= tokens + tokens / 8) {
        *nslots *= 2;
    }
    *nusers = USERS_MIN;
    while (*nusers < 1u << 31 && *nusers <= users + users / 4) {
        *nusers *= 2;
    }
    *heap = HEAP_MIN;
    while (*heap < HEAP_MAX && *heap < bytes) {
        *heap *= 2;
    }
}


int
token_table_load(struct token_table *t, uint32_t number, uint64_t generation)
{
    char tmp[600], path[600];
    uint32_t nslots, nusers, heap;
    struct sc_tokens *tokens;
    uint64_t size;
    int rc = token_table_names(t);

    if (rc != 0) {
        return rc;
    }
    paths(t, number, tmp, path);
    measure(t->db, &nslots, &nusers, &heap);
    for (;;) {
        rc = make_table(tmp, nslots, nusers, heap, &tokens, &size);
        if (rc != 0) {
            return rc;
        }
        if (t->grants != NULL) {
            memset(t->grants, 0, t->ngrants * sizeof(*t->grants));
        }
        if ((rc = load_grants(t, tokens)) == 0
            && (rc = load_users(t, tokens, generation)) == 0
            && (rc = load_tokens(t, tokens)) == 0) {
            return replace(t, tmp, path, tokens, size, number);
        }

        munmap(tokens, size);
        (void) unlink(tmp);
        if (rc != SC_EFULL || heap == HEAP_MAX) {
            log_error("tokens", "msg=\"cannot load: %s\"", sc_strerror(rc));
            return rc;
        }
        heap = twice(heap, HEAP_MAX);
    }
}


void
token_table_close(struct token_table *t)
{
    if (t->tokens != NULL) {
        munmap(t->tokens, t->size);
    }
    free(t->grants);
    json_decref(t->scopes);
    json_decref(t->apps);
    memset(t, 0, sizeof(*t));
}


static int
need_grant(struct token_table *t, int64_t grant_set)
{
    struct db_query q;
    int rc = SC_ENOENT;

    if (grant_set >= 0 && (size_t) grant_set < t->ngrants
        && t->grants[grant_set] != 0) {
        return 0;
    }

    db_query(t->db, &q, "SELECT body FROM grant_set WHERE id = $1", "i",
             grant_set);
    if (db_next(&q)) {
        rc = add_grant(t, t->tokens, grant_set, db_text(&q, 0));
    }

    return db_end(&q) != 0 ? SC_EIO : rc;
}


int
token_table_put(struct token_table *t, struct sc_slot *slot, int64_t grant_set,
                const struct token_table_next *next)
{
    int rc = need_grant(t, grant_set);

    if (rc == SC_EFULL) {
        rc = grow(t, next);
        if (rc == 0) {
            rc = need_grant(t, grant_set);
        }
    }
    if (rc != 0) {
        return rc;
    }

    slot->grant = t->grants[grant_set] - 1;
    rc = sc_tokens_put(t->tokens, slot);
    if (rc == SC_EFULL) {
        rc = grow(t, next);
        if (rc == 0) {
            rc = sc_tokens_put(t->tokens, slot);
        }
    }
    return rc;
}


static int
user_now(struct sc_tokens *tokens, uint32_t user, const char *email,
         uint32_t policy, uint64_t generation)
{
    if (sc_tokens_user_email(tokens, user).len == 0) {
        int rc = sc_tokens_user_add(tokens, user, sc_str_c(email));

        if (rc != 0) {
            return rc;
        }
    }

    return sc_tokens_user_set(tokens, user, policy, generation);
}


int
token_table_user(struct token_table *t, uint32_t user, const char *email,
                 uint32_t policy, uint64_t generation,
                 const struct token_table_next *next)
{
    int rc = user_now(t->tokens, user, email, policy, generation);

    while (rc == SC_EFULL) {
        rc = grow(t, next);
        if (rc == 0) {
            rc = user_now(t->tokens, user, email, policy, generation);
        }
    }
    return rc;
}
