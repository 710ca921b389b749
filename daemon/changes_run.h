/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_CHANGES_RUN_H
#define SC_DAEMON_CHANGES_RUN_H

/*
 * changes_run.h - one run of changes.c, shared by its files: apps
 * (changes_apps.c), users (changes_users.c), the rest (changes.c).
 */

#include "daemon/changes.h"

struct run {
    struct state *st;
    struct db *db;
    const struct config *config;
    const struct changes_how *how;
    json_t *list; /* of changes */
    struct problem *problem;
    bool members; /* memberships may have changed */
};

/* Text of a field, NULL if there is none.  Borrowed. */
const char *run_get(const json_t *object, const char *name);

/* Put a change on the list and record it. */
void run_note(struct run *r, const char *action, const char *kind,
              const char *name, const char *detail);

/* What differs between two objects: the names of the fields. */
void run_differences(const json_t *before, const json_t *after, char *into,
                     size_t size);

/* True if a list of objects has one with a field of this text. */
bool run_has_name(const json_t *list, const char *field, const char *name);

/* App number i of the configuration. */
int run_app(struct run *r, size_t i, const json_t *app) SC_MUSTCHECK;
void run_remove_apps(struct run *r);

void run_user(struct run *r, const json_t *user);
void run_members_as_users(struct run *r); /* those only policies name */
void run_remove_users(struct run *r);

#endif
