/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.c - the images that tests decide on.
 */

#include "tests/unit/fixture.h"
