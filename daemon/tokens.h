/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_TOKENS_H
#define SC_DAEMON_TOKENS_H

/*
 * tokens.h - what showing and creating tokens share.
 */

#include "daemon/api.h"
#include "daemon/events.h"

/* The token of a number as the API shows it; NULL with a problem set, or if
 * there is none.  The caller owns it. */
json_t *tokens_show(struct call *c, int64_t id);

#endif
