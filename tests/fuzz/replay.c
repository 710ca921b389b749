/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c DIRECTORY - run a fuzz target over its corpus without libFuzzer:
 * each file as it is, then with some reproducible changes.  TAP.
 */

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/fixture.h"

#define SIZE_MAX_OF_SEED 65536
#define CHANGES          300

static void
run_changed(uint8_t *bytes, size_t size, uint64_t *seed)
{
    uint8_t *copy;

    for (unsigned i = 0; size != 0 && i < CHANGES; i++) {
        size_t n = size;

        copy = malloc(n); /* as long as the input: a sanitizer sees its end */
        HOLDS(copy != NULL);
        memcpy(copy, bytes, n);
        for (unsigned k = 0; k <= i % 3; k++) {
            copy[fx_random(seed) % n] = (uint8_t) (fx_random(seed) >> 40);
        }
        if (i % 7 == 0) {
            n = fx_random(seed) % n;
        }
        (void) LLVMFuzzerTestOneInput(copy, n);
        free(copy);
    }
}


static void
run_file(const char *dir, const char *name)
{
    static uint8_t bytes[SIZE_MAX_OF_SEED];
    char path[4096];
    uint64_t seed = 1;
    uint8_t *exact;
    FILE *in;
    size_t n;

    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);
    in = fopen(path, "rb");
    HOLDS(in != NULL);
    n = fread(bytes, 1, sizeof(bytes), in);
    (void) fclose(in);

    exact = malloc(n == 0 ? 1 : n);
    HOLDS(exact != NULL);
    memcpy(exact, bytes, n);
    (void) LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    run_changed(bytes, n, &seed);
}


static int
is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}


int
main(int argc, char **argv)
{
    struct dirent **list;
    int n = argc == 2 ? scandir(argv[1], &list, is_file, alphasort) : -1;

    if (n < 0) {
        (void) fprintf(stderr, "usage: replay DIRECTORY\n");
        return 2;
    }

    for (int i = 0; i < n; i++) {
        run_file(argv[1], list[i]->d_name);
        printf("ok %d - %s\n", i + 1, list[i]->d_name);
        (void) fflush(stdout);
        free(list[i]);
    }

    printf("1..%d\n", n);
    free(list);
    return 0;
}
