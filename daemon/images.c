/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images.c - mapping policy images.
 */

#include "daemon/images.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>


static void
unmap(struct image_map *m)
{
    if (m->bytes != NULL) {
        munmap(m->bytes, m->size);
    }
    memset(m, 0, sizeof(*m));
}


/* A free place, or that of the oldest image. */
static struct image_map *
place_for(struct images *all)
{
    struct image_map *oldest = NULL;

    for (size_t i = 0; i < IMAGES_KEPT + 1; i++) {
        struct image_map *m = &all->maps[i];

        if (m->bytes == NULL) {
            return m;
        }
        if (m->number != all->current
            && (oldest == NULL || m->number < oldest->number)) {
            oldest = m;
        }
    }

    unmap(oldest);
    return oldest;
}


const struct sc_image *
images_mapped(const struct images *all, uint32_t number)
{
    for (size_t i = 0; i < IMAGES_KEPT + 1; i++) {
        if (all->maps[i].bytes != NULL && all->maps[i].number == number) {
            return all->maps[i].image;
        }
    }

    return NULL;
}


const struct sc_image *
images_get(struct images *all, uint32_t number)
{
    const struct sc_image *there = images_mapped(all, number);
    struct image_map fresh = {number, NULL, 0, NULL};
    char path[600];
    struct stat st;
    int fd;

    if (there != NULL) {
        return there;
    }
    snprintf(path, sizeof(path), "%s/policy.%u", all->dir, number);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return NULL;
    }
    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        fresh.size = (size_t) st.st_size;
        fresh.bytes = mmap(NULL, fresh.size, PROT_READ, MAP_SHARED, fd, 0);
    }
    close(fd);
    if (fresh.bytes == NULL || fresh.bytes == MAP_FAILED) {
        return NULL;
    }
    if (sc_image_open(fresh.bytes, fresh.size, &fresh.image) != 0) {
        unmap(&fresh);
        return NULL;
    }

    *place_for(all) = fresh;
    return fresh.image;
}


void
images_close(struct images *all)
{
    for (size_t i = 0; i < IMAGES_KEPT + 1; i++) {
        unmap(&all->maps[i]);
    }
}
