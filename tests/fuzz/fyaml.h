/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_TESTS_FUZZ_FYAML_H
#define SC_TESTS_FUZZ_FYAML_H

/*
 * fyaml.h - what targets that read YAML share; included once per program.
 */

#include <stdbool.h>
#include <stdlib.h>

const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses its own buffer of a long quoted text in a broken
 * document; nothing that its caller could free. */
const char *
__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so\n";
}

static inline void
must(bool holds)
{
    if (!holds) {
        abort();
    }
}

#endif
