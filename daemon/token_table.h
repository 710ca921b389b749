/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_TOKEN_TABLE_H
#define SC_DAEMON_TOKEN_TABLE_H

/*
 * token_table.h - the token table in force: a mapped file that grows.
 *
 * Made anew from the store at start, changed in place afterwards.  When an
 * area is full the table is copied into a larger file, which comes into
 * force with the next publish (`number` changes).  Any failure leaves the
 * table usable for readers; the caller then makes it anew.
 */

#include <jansson.h>

#include "core/tokens.h"
#include "daemon/db.h"

#define TOKEN_TABLE_APPS 64 /* apps of one grant */

struct token_table {
    char dir[512]; /* the runtime directory */
    struct db *db;
    struct sc_tokens *tokens; /* mapped; NULL before the first load */
    uint64_t size;
    uint32_t number;
    uint32_t *grants; /* by grant set: heap offset + 1, 0 not loaded */
    size_t ngrants;
    json_t *scopes; /* name -> number */
    json_t *apps;   /* name -> number */
    uint32_t words; /* of a scope set */
};

/* Make a new file from the store; policies of users hold from generation
 * on. */
int token_table_load(struct token_table *t, uint32_t number,
                     uint64_t generation) SC_MUSTCHECK;

/* Read the names of scopes and apps again, after the policy image changed. */
int token_table_names(struct token_table *t) SC_MUSTCHECK;

void token_table_close(struct token_table *t);

/* Each of these may put the table into a new file: *number is the number to
 * give to it, from next(context), when that is needed. */
struct token_table_next {
    int64_t (*next)(void *context);
    void *context;
};

/* Add a token; slot->grant is filled in from the grant set. */
int token_table_put(struct token_table *t, struct sc_slot *slot,
                    int64_t grant_set,
                    const struct token_table_next *next) SC_MUSTCHECK;

/* A user's policy from generation on; makes the user known. */
int token_table_user(struct token_table *t, uint32_t user, const char *email,
                     uint32_t policy, uint64_t generation,
                     const struct token_table_next *next) SC_MUSTCHECK;

/* "10.0.0.0/8" or an address into a network; false if it is none. */
bool token_table_address(const char *text, struct sc_address *out);

#endif
