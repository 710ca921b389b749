/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.c - files of the runtime directory and the order of their change.
 *
 * Order of one publish: new files are written beside the old ones and
 * renamed; tokens and memberships are put into the table, memberships so
 * that they count from the next generation on; the generation is stored;
 * tokens are revoked.  A reader sees the state before or after, and the
 * process may die anywhere.
 *
 * The last IMAGES_KEPT policy images stay on disk, so that events which
 * name an operation by its index in one of them can be told apart; of the
 * other files the one before stays until the next publish.
 */

#include "daemon/publish.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/control_file.h"
#include "daemon/images.h"
#include "daemon/log.h"
#include "daemon/policy_image.h"
#include "daemon/secrets.h"
#include "daemon/store.h"

#define FILES_MAX 1024

struct member {
    uint32_t user, policy;
    char email[256];
};

struct addition {
    struct sc_slot slot;
    int64_t grant_set;
};

struct publish {
    struct publish_deps deps;
    char dir[CONF_PATH_MAX];
    struct sc_control *control; /* mapped */
    struct sc_control_record now;
    struct token_table table;
    struct images images;
    struct publish_figures figures;

    /* what the open change collected */
    bool want_policy, want_secrets;
    struct policy_bytes built;
    struct member *members;
    size_t nmembers;
    struct addition *additions;
    size_t nadditions;
    uint8_t (*revoked)[SC_TOKEN_KEY];
    size_t nrevoked;
    bool lost; /* there was no memory to collect: rebuild */
};


static double
seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}


static char *
file_of(const struct publish *pub, const char *kind, uint32_t number,
        char into[600])
{
    snprintf(into, 600, "%s/%s.%u", pub->dir, kind, number);
    return into;
}


/* A number for a new file, in a transaction of its own. */
static int64_t
next_file(void *context)
{
    struct publish *pub = context;
    int64_t number;

    db_begin(pub->deps.db);
    number = store_next_file(pub->deps.db);
    return db_commit(pub->deps.db) == 0 ? number : -1;
}


static int
newest_first(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

    return (x < y) - (x > y);
}


/* Unlink files of a kind but the `keep` newest and the one in force. */
static void
clean_kind(struct publish *pub, const char *kind, size_t keep,
           uint32_t current)
{
    uint32_t numbers[FILES_MAX];
    size_t n = 0, len = strlen(kind);
    DIR *dir = opendir(pub->dir);
    struct dirent *entry;
    char path[600];

    while (dir != NULL && (entry = readdir(dir)) != NULL && n < FILES_MAX) {
        char *end;

        if (strncmp(entry->d_name, kind, len) == 0
            && entry->d_name[len] == '.') {
            numbers[n] = (uint32_t) strtoul(entry->d_name + len + 1, &end, 10);
            n += *end == '\0';
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }

    qsort(numbers, n, sizeof(numbers[0]), newest_first);
    for (size_t i = keep; i < n; i++) {
        if (numbers[i] != current) {
            (void) unlink(file_of(pub, kind, numbers[i], path));
        }
    }
}


static void
clean(struct publish *pub)
{
    clean_kind(pub, "policy", IMAGES_KEPT, pub->now.policy);
    clean_kind(pub, "tokens", 2, pub->now.tokens);
    clean_kind(pub, "secrets", 2, pub->now.secrets);
}


static int
write_policy(struct publish *pub, struct sc_control_record *next)
{
    int64_t number = next_file(pub);
    char path[600];
    int rc;

    if (number <= 0) {
        return SC_EIO;
    }
    rc = vault_write_file(file_of(pub, "policy", (uint32_t) number, path),
                          pub->built.bytes, pub->built.size, 0640);
    if (rc == 0 && images_get(&pub->images, (uint32_t) number) == NULL) {
        rc = SC_ECORRUPT;
    }
    if (rc == 0) {
        next->policy = (uint32_t) number;
    }

    return rc;
}


static int
write_secrets(struct publish *pub, struct sc_control_record *next)
{
    int64_t number = next_file(pub);
    char path[600];
    int rc;

    if (number <= 0) {
        return SC_EIO;
    }
    rc = secrets_write(pub->deps.db, pub->deps.vault, pub->deps.instance_key,
                       file_of(pub, "secrets", (uint32_t) number, path));
    if (rc == 0) {
        next->secrets = (uint32_t) number;
    }

    return rc;
}


/* Store the generation: from here on it is in force. */
static int
switch_over(struct publish *pub, const struct sc_control_record *next)
{
    int rc = sc_control_publish(pub->control, next);

    if (rc == 0) {
        pub->now = *next;
        pub->images.current = next->policy;
        pub->figures.publishes++;
        clean(pub);
    }
    return rc;
}


static int
bring_into_force(struct publish *pub)
{
    const struct token_table_next numbers = {next_file, pub};
    struct sc_control_record next = pub->now;
    int rc = 0;

    next.generation = pub->now.generation + 1;
    if (pub->built.bytes != NULL) {
        rc = write_policy(pub, &next);
        if (rc == 0) {
            rc = token_table_names(&pub->table);
        }
    }
    if (rc == 0 && pub->want_secrets) {
        rc = write_secrets(pub, &next);
    }
    for (size_t i = 0; rc == 0 && i < pub->nmembers; i++) {
        const struct member *m = &pub->members[i];

        rc = token_table_user(&pub->table, m->user, m->email, m->policy,
                              next.generation, &numbers);
    }
    for (size_t i = 0; rc == 0 && i < pub->nadditions; i++) {
        rc = token_table_put(&pub->table, &pub->additions[i].slot,
                             pub->additions[i].grant_set, &numbers);
    }
    next.tokens = pub->table.number;
    if (rc == 0
        && (next.policy != pub->now.policy || next.tokens != pub->now.tokens
            || next.secrets != pub->now.secrets || pub->nmembers > 0)) {
        rc = switch_over(pub, &next);
    }
    for (size_t i = 0; rc == 0 && i < pub->nrevoked; i++) {
        rc = sc_tokens_revoke(pub->table.tokens, pub->revoked[i]);
        rc = rc == SC_ENOENT ? 0 : rc; /* too long dead to be there */
    }

    return rc;
}


void
publish_abort(struct publish *pub)
{
    free(pub->built.bytes);
    free(pub->members);
    free(pub->additions);
    free(pub->revoked);
    pub->built.bytes = NULL;
    pub->members = NULL;
    pub->additions = NULL;
    pub->revoked = NULL;
    pub->nmembers = pub->nadditions = pub->nrevoked = 0;
    pub->want_policy = pub->want_secrets = pub->lost = false;
}


int
publish_commit(struct publish *pub)
{
    uint64_t before = pub->now.generation;
    double start = seconds_now();
    int rc = SC_EIO;

    if (!pub->lost && !pub->figures.dirty) {
        rc = bring_into_force(pub);
    }
    publish_abort(pub);
    if (rc != 0) {
        rc = publish_rebuild(pub);
    }
    if (pub->now.generation != before) {
        pub->figures.seconds = seconds_now() - start;
    }

    return rc;
}


static void
store_ask(struct publish *pub, char *into, size_t size)
{
    store_text(pub->deps.db, "ask", into, size);
    if (into[0] == '\0') {
        snprintf(into, size, "http://127.0.0.1:%u/",
                 pub->deps.conf->console_port);
    }
}


int
publish_prepare(struct publish *pub, struct problem *p)
{
    char ask[512];

    if (!pub->want_policy) {
        return 0;
    }

    store_ask(pub, ask, sizeof(ask));
    return policy_image_build(pub->deps.db, pub->deps.catalogs, ask,
                              pub->now.generation + 1, &pub->built, p);
}


/* The three files and the switch. */
static int
rebuild(struct publish *pub)
{
    struct sc_control_record next = pub->now;
    int64_t number;
    int rc;

    next.generation = sc_control_generation(pub->control) + 1;
    rc = write_policy(pub, &next);
    if (rc == 0) {
        rc = write_secrets(pub, &next);
    }
    if (rc != 0) {
        return rc;
    }
    number = next_file(pub);
    if (number <= 0) {
        return SC_EIO;
    }
    rc = token_table_load(&pub->table, (uint32_t) number, next.generation);
    if (rc == 0) {
        next.tokens = (uint32_t) number;
        rc = switch_over(pub, &next);
    }

    return rc;
}


int
publish_rebuild(struct publish *pub)
{
    struct problem p = {0};
    int rc;

    publish_abort(pub);
    pub->want_policy = true;
    db_begin(pub->deps.db);
    rc = publish_prepare(pub, &p);
    if (rc != 0) {
        log_error("publish", "msg=\"%s\"", p.detail);
        db_rollback(pub->deps.db);
    } else {
        rc = db_commit(pub->deps.db); /* new scopes of a newer catalog */
    }
    if (rc == 0) {
        rc = rebuild(pub);
    }
    publish_abort(pub);

    pub->figures.dirty = rc != 0;
    if (rc != 0) {
        pub->figures.failures++;
        log_error("publish", "msg=\"nothing came into force: %s\"",
                  sc_strerror(rc));
    } else {
        catalogs_sweep(pub->deps.catalogs);
    }
    return rc;
}


int
publish_open(const struct publish_deps *deps, struct publish **out)
{
    struct publish *pub = calloc(1, sizeof(*pub));
    int rc = SC_EIO;

    if (pub == NULL) {
        return SC_ENOMEM;
    }

    pub->deps = *deps;
    conf_path(deps->conf, "run", pub->dir);
    snprintf(pub->images.dir, sizeof(pub->images.dir), "%s", pub->dir);
    snprintf(pub->table.dir, sizeof(pub->table.dir), "%s", pub->dir);
    pub->table.db = deps->db;
    if (mkdir(pub->dir, 0750) != 0 && errno != EEXIST) {
        log_error("publish", "path=%s msg=\"%s\"", pub->dir, strerror(errno));
        goto done;
    }
    rc = control_file_map(pub->dir, &pub->control, &pub->now);
    if (rc == 0) {
        rc = publish_rebuild(pub);
    }

done:
    if (rc != 0) {
        publish_close(pub);
        return rc;
    }
    *out = pub;
    return 0;
}


void
publish_close(struct publish *pub)
{
    if (pub == NULL) {
        return;
    }

    publish_abort(pub);
    token_table_close(&pub->table);
    images_close(&pub->images);
    if (pub->control != NULL) {
        munmap(pub->control, SC_CONTROL_SIZE);
    }
    sc_wipe(pub, sizeof(*pub));
    free(pub);
}


void
publish_want_policy(struct publish *pub)
{
    pub->want_policy = true;
}


void
publish_want_secrets(struct publish *pub)
{
    pub->want_secrets = true;
}


/* One more item behind n; NULL (and a rebuild later) without memory. */
static void *
collect(struct publish *pub, void *items, size_t n, size_t size)
{
    void *grown = items;

    if ((n & (n - 1)) == 0) {
        grown = realloc(items, (n == 0 ? 1 : 2 * n) * size);
        pub->lost = pub->lost || grown == NULL;
    }
    return grown;
}


void
publish_member(struct publish *pub, int64_t user, const char *email,
               int64_t policy)
{
    struct member *grown =
        collect(pub, pub->members, pub->nmembers, sizeof(*grown));

    if (grown != NULL) {
        struct member *m = &grown[pub->nmembers++];

        pub->members = grown;
        m->user = (uint32_t) user;
        m->policy = (uint32_t) policy;
        snprintf(m->email, sizeof(m->email), "%s", email);
    }
}


void
publish_token(struct publish *pub, const struct sc_slot *slot,
              int64_t grant_set)
{
    struct addition *grown =
        collect(pub, pub->additions, pub->nadditions, sizeof(*grown));

    if (grown != NULL) {
        pub->additions = grown;
        grown[pub->nadditions].slot = *slot;
        grown[pub->nadditions++].grant_set = grant_set;
    }
}


void
publish_revoke(struct publish *pub, const uint8_t key[SC_TOKEN_KEY])
{
    uint8_t(*grown)[SC_TOKEN_KEY] =
        collect(pub, pub->revoked, pub->nrevoked, sizeof(*grown));

    if (grown != NULL) {
        pub->revoked = grown;
        memcpy(grown[pub->nrevoked++], key, SC_TOKEN_KEY);
    }
}


const struct sc_image *
publish_image(const struct publish *pub)
{
    return images_mapped(&pub->images, pub->now.policy);
}


const struct sc_image *
publish_old_image(struct publish *pub, uint32_t number)
{
    return images_get(&pub->images, number);
}


const struct sc_tokens *
publish_tokens(const struct publish *pub)
{
    return pub->table.tokens;
}


void
publish_read_figures(const struct publish *pub, struct publish_figures *out)
{
    *out = pub->figures;
    out->generation = pub->now.generation;
    out->policy = pub->now.policy;
    out->tokens_file = pub->now.tokens;
    out->slots_used = pub->table.tokens == NULL ? 0 : pub->table.tokens->used;
}
