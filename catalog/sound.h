/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_SOUND_H
#define SC_CATALOG_SOUND_H

/*
 * sound.h - what holds between the operations of one catalog.
 */

#include "catalog/model.h"

struct sound_clash {
    const struct catalog_operation *first, *second; /* in catalog order */
};

/* The first two operations with the same id; false if there are none. */
bool sound_same_id(const struct catalog *c, struct sound_clash *clash);

/* The first two operations with the same method and shape of path. */
bool sound_same_call(const struct catalog *c, struct sound_clash *clash);

#endif
