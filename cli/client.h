/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_CLIENT_H
#define SC_CLI_CLIENT_H

/*
 * client.h - calls of the admin API.
 *
 *    SCOPECAP_URL       where the daemon is, http://127.0.0.1:8081
 *    SCOPECAP_KEY_FILE  file with the admin key; without it the first that
 *                       exists of $SCOPECAP_DATA/admin.key, var/admin.key
 *                       and $HOME/.config/scopecap/key
 *
 * The key goes into one header and is never printed.  Redirects are not
 * followed and no proxy is used: both would hand the key to somebody else.
 */

#include <jansson.h>
#include <stdbool.h>

#include "core/error.h"

struct client;

struct answer {
    long status;  /* of HTTP */
    json_t *body; /* NULL if there was none */
};

/* Read the variables and the key; the caller ends *out with client_free().
 * A failure has been said on standard error. */
int client_open(struct client **out) SC_MUSTCHECK;

/* Wipes the key; NULL is fine. */
void client_free(struct client *c);

/*
 * One call; path begins behind /api/v1.  body may be NULL, *out is ended with
 * answer_done().  SC_EIO after a line on standard error when there was no
 * answer of the API.  Any status of the API is an answer.
 */
int client_call(struct client *c, const char *method, const char *path,
                const json_t *body, struct answer *out) SC_MUSTCHECK;

void answer_done(struct answer *a);

/* True for 2xx; otherwise says the problem on standard error. */
bool answer_ok(const struct answer *a);

/* The problem's sentence; borrowed from a. */
const char *answer_detail(const struct answer *a);

/*
 * A path around a value that is percent-encoded as a segment or a query value
 * (RFC 3986 section 3.3).  The caller frees it; NULL: no memory, said.
 */
char *client_path(const char *before, const char *value, const char *after);

/*
 * GET all pages of a collection into one array of its items.  Returns the
 * exit status; with 0 the caller owns *out.  Failures have been said.
 */
int client_list(struct client *c, const char *path, json_t **out) SC_MUSTCHECK;

/* Exit status of a failed call: the daemon said no, or could not answer. */
int client_status(const struct answer *a);

/*
 * Open, one call, close.  Returns the exit status; with 0 the caller owns
 * *out, the body.  Failures have been said.  path may be NULL: then
 * client_path() has said so.
 */
int client_ask(const char *method, const char *path, const json_t *body,
               json_t **out) SC_MUSTCHECK;

#endif
