/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_RUNTIME_FOLLOW_H
#define SC_RUNTIME_FOLLOW_H

/*
 * follow.h - a reader's view of a runtime directory: maps `control` and the
 * files that it names, and follows it when the generation moves on.
 *
 * Used by nginx workers and by `scopecap check --image`.  Allocates nothing
 * on the heap.  The cost of sc_follow_now() is one atomic load while nothing
 * changed.  Whatever cannot be mapped and proven refuses: there is no way
 * to get a view of a generation that is not in force.
 */

#include "core/control.h"
#include "core/decide.h"

#define SC_FOLLOW_DIR_MAX 512

struct sc_mapping {
    void *bytes; /* NULL: nothing mapped */
    size_t size;
};

struct sc_follow {
    char dir[SC_FOLLOW_DIR_MAX]; /* the runtime directory */
    struct sc_mapping control, image, tokens, secrets;
    struct sc_control_record record; /* that the mappings belong to */
    struct sc_view view;
    const struct sc_secrets *secret; /* of the mapping */
    struct sc_hasher hasher;         /* with the instance key */
};

/* Remember the directory (copied); opens nothing.  SC_ETOOBIG. */
int sc_follow_init(struct sc_follow *f, struct sc_str dir) SC_MUSTCHECK;

/*
 * Bring f to the generation in force.  0, or the error that stands in the
 * way (SC_ENOENT, SC_EIO, SC_ECORRUPT, SC_EVERSION, SC_ECRYPTO): then no
 * call may be let through.
 */
int sc_follow_now(struct sc_follow *f) SC_MUSTCHECK;

/* Unmap and wipe; f may be used again after sc_follow_init(). */
void sc_follow_close(struct sc_follow *f);

#endif
