/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - one line per event, written with one write(2) so that lines of
 * several threads do not mix.  Control bytes become '?': a value from outside
 * can neither start a line of its own nor drive a terminal.
 */

#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static void write_line(const char *level, const char *event,
                       const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void
write_line(const char *level, const char *event, const char *format,
           va_list args)
{
    char line[LINE_MAX_BYTES];
    char when[32];
    struct timespec now;
    struct tm tm;
    size_t n;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
    n = (size_t) snprintf(line, sizeof(line) - 1,
                          "time=%s.%03ldZ level=%s event=%s ", when,
                          now.tv_nsec / 1000000, level, event);
    vsnprintf(line + n, sizeof(line) - 1 - n, format, args);

    n = strlen(line);
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char) line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?';
        }
    }
    line[n++] = '\n';
    (void) !write(STDERR_FILENO, line, n);
}


void
log_info(const char *event, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line("info", event, format, args);
    va_end(args);
}


void
log_error(const char *event, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line("error", event, format, args);
    va_end(args);
}
