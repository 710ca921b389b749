/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_CONFIG_H
#define SC_DAEMON_CONFIG_H

/*
 * config.h - the configuration (DESIGN 4.1) from JSON: checked completely,
 * defaults filled in, lists sorted, so that equal meaning is equal text.
 *
 * Order of use: begin, apps, policies, users, cross; done at the end.  All
 * input is borrowed until config_done().
 */

#include <jansson.h>

#include "daemon/catalogs.h"
#include "daemon/problem.h"

#define CONFIG_DAYS_MAX     3650
#define CONFIG_DAYS_DEFAULT 365

struct config_app {
    const char *name; /* of its JSON */
    struct catalog_use use;
    const char *secret; /* as it came, NULL if it did not */
    bool changed;       /* false: as stored, leave it alone */
};

struct config {
    struct catalogs *catalogs;
    const json_t *uploads; /* catalog name -> text, may be NULL */
    json_t *apps;          /* lists of normal objects; owned */
    json_t *policies;
    json_t *users;
    json_t *members;          /* e-mail -> policy name, of members.users */
    char ask[512];            /* "" if not given */
    struct config_app *index; /* one per app, same order */
    size_t napps;
};

int config_begin(struct config *c, struct catalogs *catalogs,
                 const json_t *uploads) SC_MUSTCHECK;
void config_done(struct config *c);

/* An app from outside. */
int config_add_app(struct config *c, const json_t *in, const struct at *at,
                   struct problem *p) SC_MUSTCHECK;

/* An app as the store has it; takes over the reference to normal. */
int config_keep_app(struct config *c, json_t *normal, const char *digest,
                    struct problem *p) SC_MUSTCHECK;

int config_add_policy(struct config *c, const json_t *in, const struct at *at,
                      struct problem *p) SC_MUSTCHECK;
int config_add_user(struct config *c, const json_t *in, const struct at *at,
                    struct problem *p) SC_MUSTCHECK;

/* What concerns several of them: names, mounts, members, the default.  base
 * is the place of the lists; whole: a default policy has to be there. */
int config_cross(const struct config *c, const struct at *base,
                 struct problem *p) SC_MUSTCHECK;

/* All of a file: {apps, policies, users, ask}. */
int config_read(struct config *c, const json_t *in,
                struct problem *p) SC_MUSTCHECK;

/* The app of a name; NULL if there is none. */
const struct config_app *config_app_named(const struct config *c,
                                          const char *name);

/* Copy of an e-mail in lower case, checked; into 256 bytes. */
int config_email(const char *email, const struct at *at, char *into,
                 struct problem *p) SC_MUSTCHECK;

#endif
