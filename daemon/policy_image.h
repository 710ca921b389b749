/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_POLICY_IMAGE_H
#define SC_DAEMON_POLICY_IMAGE_H

/*
 * policy_image.h - from the store to the bytes of a policy image.
 */

#include "daemon/catalogs.h"
#include "daemon/db.h"
#include "daemon/problem.h"

struct policy_bytes {
    void *bytes; /* malloc()ed */
    size_t size;
};

/*
 * Build the image of the store as the open transaction sees it.  Scopes that
 * the catalogs bring get their numbers here.  ask: where refusals send
 * people.  The caller frees out->bytes.
 */
int policy_image_build(struct db *db, struct catalogs *catalogs,
                       const char *ask, uint64_t generation,
                       struct policy_bytes *out,
                       struct problem *p) SC_MUSTCHECK;

#endif
