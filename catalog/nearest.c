/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearest.c - Levenshtein's distance, one row at a time.
 */

#include "catalog/nearest.h"

#include <string.h>


static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}


static size_t
distance(const char *a, const char *b)
{
    size_t row[NEAREST_MAX + 1], na, nb, corner, up;

    na = strnlen(a, NEAREST_MAX);
    nb = strnlen(b, NEAREST_MAX);

    for (size_t j = 0; j <= nb; j++) {
        row[j] = j;
    }

    for (size_t i = 1; i <= na; i++) {
        corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            up = row[j];
            row[j] = least(least(up, row[j - 1]) + 1,
                           corner + (a[i - 1] == b[j - 1] ? 0 : 1));
            corner = up;
        }
    }

    return row[nb];
}


void
nearest_try(struct nearest *n, const char *unknown, const char *known)
{
    size_t d = distance(unknown, known);

    if (n->best == NULL || d < n->distance) {
        n->best = known;
        n->distance = d;
    }
}
