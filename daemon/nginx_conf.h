/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_NGINX_CONF_H
#define SC_DAEMON_NGINX_CONF_H

/*
 * nginx_conf.h - the text of nginx.conf for the apps of the store.
 */

#include <stddef.h>
#include <stdint.h>

#include "daemon/conf.h"
#include "daemon/db.h"

/*
 * Make the text; the caller frees *text.  *stamp identifies it: equal texts
 * have equal stamps.  SC_EINVAL if the store holds a name that may not be in
 * a configuration.
 */
int nginx_conf_make(const struct conf *conf, struct db *db, char **text,
                    uint64_t *stamp) SC_MUSTCHECK;

/* The stamp in a text; 0 if there is none. */
uint64_t nginx_conf_stamp(const char *text);

#endif
