/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_WHEN_H
#define SC_DAEMON_WHEN_H

/*
 * when.h - RFC 3339 times of the API from and to microseconds since 1970.
 */

#include <stdbool.h>
#include <stdint.h>

#define WHEN_MAX 40

/* "2026-01-31T12:00:00.000000Z"; whole seconds without a fraction. */
const char *when_text(int64_t us, char into[WHEN_MAX]);

/* Years 1970 to 9999, any offset; false if it is no such time. */
bool when_parse(const char *text, int64_t *us);

#endif
