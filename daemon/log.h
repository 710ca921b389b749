/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_LOG_H
#define SC_DAEMON_LOG_H

/*
 * log.h - key=value lines to stderr; the only place that prints.
 *
 * The caller writes "key=value key=\"some text\"".  Never a token, a secret
 * or a password.  Safe to call from any thread.
 */

void log_info(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_error(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
