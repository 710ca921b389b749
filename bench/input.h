/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_BENCH_INPUT_H
#define SC_BENCH_INPUT_H

/*
 * input.h - the description that the benchmarks build images from: every
 * shipped catalog as an app of its own host, and any number of policies
 * whose ceilings differ.
 *
 * Memory is taken once and kept until the program ends.  Whatever fails ends
 * the program with one line.
 */

#include "core/image_build.h"

struct bench_input {
    struct sc_in_image image;
    uint32_t noperations; /* of all catalogs */
};

/* Read all *.yaml of a folder. */
void bench_input_load(const char *dir, struct bench_input *input);

/* Replace the policies: numbers 1..n, a third each read-only, reading and
 * writing, and everything. */
void bench_input_policies(struct bench_input *input, uint32_t n);

/* Operation number at, of all catalogs; *app is the index of its app. */
const struct sc_in_operation *
bench_input_operation(const struct bench_input *input, uint32_t at,
                      uint32_t *app);

/* Write a call's target with random parameters (NUL-terminated). */
void bench_input_target(const struct sc_in_operation *operation,
                        uint64_t *random, char *target, size_t size);

/* xorshift64*: fast, the same run after run. */
uint64_t bench_random(uint64_t *state);

/* End the program with a line. */
void bench_die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* Zeroed memory, or the end. */
void *bench_alloc(size_t n, size_t size) __attribute__((returns_nonnull));

#endif
