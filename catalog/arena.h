/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_ARENA_H
#define SC_CATALOG_ARENA_H

/*
 * arena.h - memory that ends all at once.
 *
 * A catalog, or the tree of a document, is thousands of small things with
 * one lifetime.  No call returns NULL: a process that cannot get memory for
 * a document of limited size ends with a message (and a gateway goes on with
 * the image that it has).  Sanitizer builds get one chunk per object.
 */

#include <stddef.h>

struct arena;

/* A new arena; the caller ends it with arena_free(). */
struct arena *arena_new(void);

/* Ends a and all that came from it; NULL is fine. */
void arena_free(struct arena *a);

/* Zeroed memory, aligned for anything.  n may be 0. */
void *arena_alloc(struct arena *a, size_t n);

/* Zeroed array of n items. */
void *arena_array(struct arena *a, size_t n, size_t size);

/*
 * Room for one more item behind n used ones of *items: returns the new item,
 * zeroed.  Grows by doubling when n is 0 or a power of two.
 */
void *arena_push(struct arena *a, void *items, size_t n, size_t size);

/* Copies, with a NUL behind. */
char *arena_copy(struct arena *a, const char *text, size_t len);
char *arena_text(struct arena *a, const char *text);

char *arena_format(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull));

#endif
