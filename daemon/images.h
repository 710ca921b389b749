/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_IMAGES_H
#define SC_DAEMON_IMAGES_H

/*
 * images.h - the policy images on disk, mapped as they are asked for: the
 * one in force and those that events may still speak of.
 */

#include "core/image.h"

#define IMAGES_KEPT 8 /* on disk */

struct image_map {
    uint32_t number;
    void *bytes; /* NULL: free place */
    size_t size;
    const struct sc_image *image;
};

struct images {
    char dir[512];    /* the runtime directory */
    uint32_t current; /* number in force: never unmapped for another */
    struct image_map maps[IMAGES_KEPT + 1];
};

/* The image of a file number, mapped and proven; NULL if it is gone.  What
 * was got before may be unmapped, but for the current one. */
const struct sc_image *images_get(struct images *all, uint32_t number);

/* The same, if it is mapped already. */
const struct sc_image *images_mapped(const struct images *all,
                                     uint32_t number);

void images_close(struct images *all);

#endif
