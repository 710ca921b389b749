/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_TESTS_UNIT_FIXTURE_H
#define SC_TESTS_UNIT_FIXTURE_H

/*
 * fixture.h - an image and a token table in memory for tests.
 */

#include "core/str.h"

#endif
