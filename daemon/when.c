/* SPDX-License-Identifier: Apache-2.0 */
/*
 * when.c - RFC 3339.
 */

#include "daemon/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define US INT64_C(1000000)


const char *
when_text(int64_t us, char into[WHEN_MAX])
{
    time_t seconds = (time_t) (us / US);
    int fraction = (int) (us % US);
    struct tm tm;
    size_t n;

    if (fraction < 0) {
        fraction += (int) US;
        seconds--;
    }
    gmtime_r(&seconds, &tm);
    n = strftime(into, WHEN_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    if (fraction != 0) {
        n += (size_t) snprintf(into + n, WHEN_MAX - n, ".%06d", fraction);
    }
    snprintf(into + n, WHEN_MAX - n, "Z");

    return into;
}


/* n digits at *p; moves it.  -1 if they are not there. */
static int
digits(const char **p, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++, (*p)++) {
        if (**p < '0' || **p > '9') {
            return -1;
        }
        value = value * 10 + (**p - '0');
    }

    return value;
}


static bool
skip(const char **p, char c)
{
    if (**p != c) {
        return false;
    }
    (*p)++;
    return true;
}


/* ".123456" to microseconds; what is finer is cut. */
static bool
fraction(const char **p, int64_t *us)
{
    int64_t unit = US / 10;

    *us = 0;
    if (!skip(p, '.')) {
        return true;
    }
    if (**p < '0' || **p > '9') {
        return false;
    }
    for (; **p >= '0' && **p <= '9'; (*p)++, unit /= 10) {
        *us += unit * (**p - '0');
    }
    return true;
}


/* "Z" or "+01:30" to seconds. */
static bool
offset(const char **p, int *seconds)
{
    int sign = **p == '-' ? -1 : 1;
    int hours, minutes;

    *seconds = 0;
    if (skip(p, 'Z') || skip(p, 'z')) {
        return true;
    }
    if (!skip(p, '+') && !skip(p, '-')) {
        return false;
    }
    hours = digits(p, 2);
    if (hours < 0 || hours > 23 || !skip(p, ':')) {
        return false;
    }
    minutes = digits(p, 2);
    *seconds = sign * (hours * 3600 + minutes * 60);
    return minutes >= 0 && minutes < 60;
}


bool
when_parse(const char *text, int64_t *us)
{
    const char *p = text;
    struct tm tm, check;
    int64_t part;
    time_t t;
    int shift;

    memset(&tm, 0, sizeof(tm));
    tm.tm_year = digits(&p, 4) - 1900;
    if (tm.tm_year < 70 || !skip(&p, '-')) {
        return false;
    }
    tm.tm_mon = digits(&p, 2) - 1;
    if (!skip(&p, '-')) {
        return false;
    }
    tm.tm_mday = digits(&p, 2);
    if (!skip(&p, 'T') && !skip(&p, 't') && !skip(&p, ' ')) {
        return false;
    }
    tm.tm_hour = digits(&p, 2);
    if (!skip(&p, ':')) {
        return false;
    }
    tm.tm_min = digits(&p, 2);
    if (!skip(&p, ':')) {
        return false;
    }
    tm.tm_sec = digits(&p, 2);
    check = tm;
    t = timegm(&check);
    if (check.tm_mon != tm.tm_mon || check.tm_mday != tm.tm_mday
        || check.tm_hour != tm.tm_hour || check.tm_min != tm.tm_min
        || check.tm_sec != tm.tm_sec || !fraction(&p, &part)
        || !offset(&p, &shift) || *p != '\0') {
        return false;
    }

    *us = ((int64_t) t - shift) * US + part;
    return *us >= 0;
}
