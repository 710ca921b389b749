/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CATALOG_RULES_H
#define SC_CATALOG_RULES_H

/*
 * rules.h - the table that classify.c reads: facts about words.
 */

#include <stddef.h>
#include <stdint.h>

#define RULE_GET    1u
#define RULE_POST   2u
#define RULE_PUT    4u
#define RULE_PATCH  8u
#define RULE_DELETE 16u
#define RULE_SEND   (RULE_POST | RULE_PUT | RULE_PATCH)
#define RULE_CHANGE (RULE_SEND | RULE_DELETE)

enum rule_place {
    RULE_WORD,  /* a word of any literal path segment, "s" behind or not */
    RULE_LAST,  /* a word of the last segment, which is literal; same */
    RULE_FINAL, /* the very last word of that segment, exactly */
    RULE_ID,    /* a word of the operation id, exactly */
    RULE_SCOPE  /* a scope fits one of the patterns */
};

enum rule_effect {
    RULE_ADDS = 0, /* classes and traits */
    RULE_READS,    /* only reads, whatever the verb */
    RULE_DOUBT     /* no rule can tell */
};

struct rule {
    uint32_t methods;
    enum rule_place place;
    enum rule_effect effect;
    uint32_t classes, traits; /* added */
    const char *words;        /* separated by spaces */
};

extern const struct rule rules[];
extern const size_t nrules;

#endif
