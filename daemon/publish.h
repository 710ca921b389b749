/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_PUBLISH_H
#define SC_DAEMON_PUBLISH_H

/*
 * publish.h - what the store says comes into force at the gateway.
 *
 * A change collects here what it does to the runtime files while its
 * transaction is open (publish_want, _member, _token, _revoke).
 * publish_prepare() builds what can fail before the commit,
 * publish_commit() brings it into force after it: one store of the
 * generation.  When that fails, or the process died in between, everything
 * is made anew from the store (publish_rebuild), so store and gateway never
 * differ for longer than that.
 */

#include "core/control.h"
#include "core/image.h"
#include "daemon/catalogs.h"
#include "daemon/conf.h"
#include "daemon/problem.h"
#include "daemon/token_table.h"
#include "daemon/vault.h"

struct publish;

struct publish_figures {
    uint64_t generation, publishes, failures;
    uint32_t policy, tokens_file, slots_used;
    double seconds; /* of the last one */
    bool dirty;     /* the store is ahead of the gateway */
};

struct publish_deps {
    const struct conf *conf;
    struct db *db;
    struct vault *vault;
    struct catalogs *catalogs;
    uint8_t instance_key[SC_TOKEN_KEY];
};

/* Make the runtime directory and everything in it.  deps are borrowed but
 * for the key, which is copied. */
int publish_open(const struct publish_deps *deps,
                 struct publish **out) SC_MUSTCHECK;
void publish_close(struct publish *pub);

/* Collect. */
void publish_want_policy(struct publish *pub);
void publish_want_secrets(struct publish *pub);
void publish_member(struct publish *pub, int64_t user, const char *email,
                    int64_t policy);
void publish_token(struct publish *pub, const struct sc_slot *slot,
                   int64_t grant_set);
void publish_revoke(struct publish *pub, const uint8_t key[SC_TOKEN_KEY]);

/* Inside the transaction, as its last step. */
int publish_prepare(struct publish *pub, struct problem *p) SC_MUSTCHECK;

/* After the commit.  0: it is in force. */
int publish_commit(struct publish *pub) SC_MUSTCHECK;

/* Instead of it: forget what was collected. */
void publish_abort(struct publish *pub);

/* Everything anew from the store. */
int publish_rebuild(struct publish *pub) SC_MUSTCHECK;

/* The images in force.  Borrowed until the next publish. */
const struct sc_image *publish_image(const struct publish *pub);
const struct sc_tokens *publish_tokens(const struct publish *pub);

/* The policy image of a file number, NULL if it is gone.  Borrowed. */
const struct sc_image *publish_old_image(struct publish *pub, uint32_t number);

void publish_read_figures(const struct publish *pub,
                          struct publish_figures *out);

#endif
