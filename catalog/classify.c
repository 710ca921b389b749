/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classify.c - applies the rules to one operation.
 */

#include "catalog/classify.h"

#include "catalog/rules.h"
#include "core/scope.h"

#define WORDS_MAX 128
#define WORD_MAX  48

struct words {
    size_t n;
    size_t last; /* first word of the last segment; n if that is no literal */
    char word[WORDS_MAX][WORD_MAX];
};


static bool
is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9');
}


static bool
is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}


/* Append the words of a text: "bulk-list", "updateIssue2" have two each. */
static void
split(struct words *w, const char *text, size_t len)
{
    size_t at = 0, n;

    while (at < len && w->n < WORDS_MAX) {
        if (!is_word_byte(text[at])) {
            at++;
            continue;
        }
        n = 0;
        do {
            if (n < WORD_MAX - 1) {
                w->word[w->n][n++] = sc_lower(text[at]);
            }
            at++;
        } while (at < len && is_word_byte(text[at])
                 && !(is_upper(text[at]) && !is_upper(text[at - 1])));
        w->word[w->n++][n] = '\0';
    }
}


static void
split_path(struct words *w, const char *path)
{
    size_t len;

    w->n = w->last = 0;
    while (*path == '/') {
        path++;
        len = strcspn(path, "/");
        w->last = w->n;
        if (memchr(path, '{', len) == NULL) {
            split(w, path, len);
        }
        path += len;
    }
}


/* True if the word is one of a rule's; plural: also with an "s" behind. */
static bool
listed(const char *word, const char *list, bool plural)
{
    size_t n = strlen(word), len;

    for (; *list != '\0'; list += len + (list[len] == ' ')) {
        len = strcspn(list, " ");
        if (strncmp(word, list, len) == 0
            && (n == len || (plural && n == len + 1 && word[len] == 's'))) {
            return true;
        }
    }

    return false;
}


static bool
any_listed(const struct words *w, size_t from, const struct rule *r,
           bool plural)
{
    for (size_t i = from; i < w->n; i++) {
        if (listed(w->word[i], r->words, plural)) {
            return true;
        }
    }

    return false;
}


static bool
scope_fits(const struct catalog_alternative *alternative, const char *list)
{
    size_t len;

    for (; *list != '\0'; list += len + (list[len] == ' ')) {
        len = strcspn(list, " ");
        for (size_t i = 0; i < alternative->n; i++) {
            if (sc_scope_match(sc_str(list, len),
                               sc_str_c(alternative->scopes[i]))) {
                return true;
            }
        }
    }

    return false;
}


static bool
fits(const struct rule *r, const struct catalog_operation *op,
     const struct words *path, const struct words *id)
{
    switch (r->place) {
    case RULE_WORD:
        return any_listed(path, 0, r, true);
    case RULE_LAST:
        return any_listed(path, path->last, r, true);
    case RULE_FINAL:
        return path->last < path->n
               && listed(path->word[path->n - 1], r->words, false);
    case RULE_ID:
        return any_listed(id, 0, r, false);
    case RULE_SCOPE:
        for (size_t i = 0; i < op->nalternatives; i++) {
            if (scope_fits(&op->alternatives[i], r->words)) {
                return true;
            }
        }
        return false;
    }

    return false;
}


/* What the verb alone says. */
static void
by_verb(enum sc_method method, uint32_t *bit, uint32_t *classes)
{
    switch (method) {
    case SC_GET:
        *bit = RULE_GET;
        *classes = SC_CLASS_READ;
        return;
    case SC_POST:
        *bit = RULE_POST;
        *classes = SC_CLASS_WRITE;
        return;
    case SC_PUT:
        *bit = RULE_PUT;
        *classes = SC_CLASS_WRITE;
        return;
    case SC_PATCH:
        *bit = RULE_PATCH;
        *classes = SC_CLASS_WRITE;
        return;
    case SC_DELETE:
        *bit = RULE_DELETE;
        *classes = SC_CLASS_DELETE;
        return;
    default:
        *bit = *classes = 0;
    }
}


void
classify(struct catalog_operation *op, const char *path)
{
    uint32_t bit, classes, added = 0, traits = 0;
    bool reads = false, doubt = false;
    struct words words, id = {.n = 0};

    by_verb(op->method, &bit, &classes);
    split_path(&words, path);
    if (op->id != NULL) {
        split(&id, op->id, strlen(op->id));
    }

    for (size_t i = 0; i < nrules; i++) {
        if ((rules[i].methods & bit) != 0
            && fits(&rules[i], op, &words, &id)) {
            added |= rules[i].classes;
            traits |= rules[i].traits;
            reads = reads || rules[i].effect == RULE_READS;
            doubt = doubt || rules[i].effect == RULE_DOUBT;
        }
    }

    if (reads) {
        classes = SC_CLASS_READ;
        traits = 0; /* those rules are about changes */
        doubt = doubt || added != 0;
    }
    op->classes = doubt ? 0 : classes | added;
    op->traits = doubt ? 0 : traits;
}
