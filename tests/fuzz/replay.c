/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - runs a fuzz target once over each file of a corpus directory.
 *
 * Stands in for libFuzzer in plain builds, so that every input that is kept
 * stays a test.  Prints TAP.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 20)


static int
run_file(const char *dir, const char *name)
{
    char path[4096];
    uint8_t *data;
    size_t size;
    FILE *f;

    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "rb");
    data = malloc(INPUT_MAX);
    if (f == NULL || data == NULL) {
        free(data);
        if (f != NULL) {
            (void) fclose(f);
        }
        return -1;
    }

    size = fread(data, 1, INPUT_MAX, f);
    (void) fclose(f);
    (void) LLVMFuzzerTestOneInput(data, size);
    free(data);

    return 0;
}


int
main(int argc, char **argv)
{
    struct dirent *entry;
    unsigned n = 0;
    DIR *dir;

    dir = argc == 2 ? opendir(argv[1]) : NULL;
    if (dir == NULL) {
        puts("Bail out! usage: replay CORPUS");
        return 1;
    }

    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        printf("%s %u - %s\n",
               run_file(argv[1], entry->d_name) == 0 ? "ok" : "not ok", ++n,
               entry->d_name);
        (void) fflush(stdout);
    }
    (void) closedir(dir);
    printf("1..%u\n", n);

    return 0;
}
