/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_TLS_H
#define SC_DAEMON_TLS_H

/*
 * tls.h - a self-signed certificate for the gateway, when none is given.
 */

#include "core/error.h"

/* Make both PEM files (key mode 0600) unless both are there: EC P-256, for
 * localhost and 127.0.0.1, ten years. */
int tls_make(const char *cert_path, const char *key_path) SC_MUSTCHECK;

#endif
