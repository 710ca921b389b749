/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_EFFECTIVE_H
#define SC_DAEMON_EFFECTIVE_H

/*
 * effective.h - what of a grant is within a policy's ceiling right now.
 */

#include <jansson.h>
#include <stdint.h>

#include "core/image.h"

/* {app: {classes, scopes}} for grants {app: [scope]}; apps without a ceiling
 * have nothing.  The caller owns the result. */
json_t *effective_of(const struct sc_image *im, uint32_t policy,
                     const json_t *grants);

/* Number of a scope's name in an image, SC_NONE if it has none.  Cost: all
 * scopes. */
uint32_t effective_scope(const struct sc_image *im, const char *name);

/* Names of a bit set of classes. */
json_t *effective_classes(uint32_t classes);
json_t *effective_traits(uint32_t traits);

#endif
