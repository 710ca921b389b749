/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - chunks in a list; an object never spans two.
 */

#include "catalog/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define CHUNK_MIN 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHUNK_MIN 0
#endif
#endif
#ifndef CHUNK_MIN
#define CHUNK_MIN 65536
#endif

struct chunk {
    struct chunk *next;
    size_t size, used;
    max_align_t bytes[];
};

struct arena {
    struct chunk *head;
};


static void *
must(void *p)
{
    if (p == NULL) {
        fputs("scopecap: out of memory\n", stderr);
        abort();
    }

    return p;
}


struct arena *
arena_new(void)
{
    return must(calloc(1, sizeof(struct arena)));
}


void
arena_free(struct arena *a)
{
    struct chunk *next;

    if (a == NULL) {
        return;
    }

    for (struct chunk *c = a->head; c != NULL; c = next) {
        next = c->next;
        free(c);
    }
    free(a);
}


void *
arena_alloc(struct arena *a, size_t n)
{
    struct chunk *c = a->head;
    size_t align = sizeof(max_align_t), size;

    if (n > SIZE_MAX / 4) {
        must(NULL);
    }

    n = n == 0 ? align : (n + align - 1) / align * align;
    if (c == NULL || c->size - c->used < n) {
        size = n > CHUNK_MIN ? n : CHUNK_MIN;
        c = must(calloc(1, sizeof(*c) + size));
        c->size = size;
        c->next = a->head;
        a->head = c;
    }
    c->used += n;

    return (char *) c->bytes + c->used - n;
}


void *
arena_array(struct arena *a, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / 4 / size) {
        must(NULL);
    }

    return arena_alloc(a, n * size);
}


void *
arena_push(struct arena *a, void *items, size_t n, size_t size)
{
    char *array, *grown;

    memcpy(&array, items, sizeof(array));
    if ((n & (n - 1)) == 0) {
        grown = arena_array(a, n == 0 ? 1 : 2 * n, size);
        if (n != 0) {
            memcpy(grown, array, n * size);
        }
        array = grown;
        memcpy(items, &array, sizeof(array));
    }

    return array + n * size;
}


char *
arena_copy(struct arena *a, const char *text, size_t len)
{
    char *copy = arena_alloc(a, len + 1);

    if (len != 0) {
        memcpy(copy, text, len);
    }

    return copy;
}


char *
arena_text(struct arena *a, const char *text)
{
    return arena_copy(a, text, strlen(text));
}


char *
arena_format(struct arena *a, const char *format, ...)
{
    va_list args;
    char *text;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        must(NULL);
    }

    text = arena_alloc(a, (size_t) n + 1);
    va_start(args, format);
    (void) vsnprintf(text, (size_t) n + 1, format, args);
    va_end(args);

    return text;
}
