/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.c - strict reading of JSON objects.
 */

#include "daemon/fields.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024 /* bytes of one text in a list */


static const char *
type_name(const json_t *value)
{
    static const char *const names[] = {"an object", "a list",   "a text",
                                        "a number",  "a number", "true",
                                        "false",     "null"};

    return names[json_typeof(value)];
}


static int
wrong_type(const json_t *value, const struct at *at, const char *want,
           struct problem *p)
{
    return problem_set(p, 422, at, "expected %s, found %s", want,
                       type_name(value));
}


int
fields_known(const json_t *in, const struct at *at, const char *const *names,
             struct problem *p)
{
    const char *key;
    json_t *value;

    if (!json_is_object(in)) {
        return problem_set(p, 422, at, "expected an object");
    }

    json_object_foreach((json_t *) in, key, value)
    {
        struct nearest near = {NULL, 0};
        struct at place = at_key(at, key);
        bool found = false;

        for (size_t i = 0; names[i] != NULL && !found; i++) {
            found = strcmp(names[i], key) == 0;
            nearest_try(&near, key, names[i]);
        }
        if (!found) {
            return problem_unknown(p, &place, &near, "unknown field \"%s\"",
                                   key);
        }
    }

    return 0;
}


static int
check_text(const json_t *value, const struct at *at, size_t max,
           struct problem *p)
{
    const char *text = json_string_value(value);
    size_t n = json_string_length(value);

    if (text == NULL) {
        return wrong_type(value, at, "a text", p);
    }
    if (n > max) {
        return problem_set(p, 422, at, "the text is longer than %zu bytes",
                           max);
    }
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char) text[i] < 0x20 || text[i] == 0x7f) {
            return problem_set(p, 422, at,
                               "the text holds a control character");
        }
    }

    return 0;
}


int
fields_text(const json_t *in, const char *name, const struct at *at,
            size_t max, const char **out, struct problem *p)
{
    const json_t *value = json_object_get(in, name);
    struct at place = at_key(at, name);

    if (value == NULL || json_is_null(value)) {
        *out = NULL;
        return 0;
    }
    if (check_text(value, &place, max, p) != 0) {
        return SC_EINVAL;
    }

    *out = json_string_value(value);
    return 0;
}


int
fields_need(const json_t *in, const char *name, const struct at *at,
            size_t max, const char **out, struct problem *p)
{
    const char *text = NULL;

    if (fields_text(in, name, at, max, &text, p) != 0) {
        return SC_EINVAL;
    }
    if (text == NULL || *text == '\0') {
        return problem_set(p, 422, at, "the field \"%s\" is missing", name);
    }

    *out = text;
    return 0;
}


int
fields_bool(const json_t *in, const char *name, const struct at *at,
            bool fallback, bool *out, struct problem *p)
{
    const json_t *value = json_object_get(in, name);
    struct at place = at_key(at, name);

    if (value != NULL && !json_is_boolean(value)) {
        return wrong_type(value, &place, "true or false", p);
    }

    *out = value == NULL ? fallback : json_is_true(value);
    return 0;
}


int
fields_int(const json_t *in, const char *name, const struct at *at,
           const struct fields_range *range, json_int_t *out,
           struct problem *p)
{
    const json_t *value = json_object_get(in, name);
    struct at place = at_key(at, name);
    json_int_t n = range->fallback;

    if (value != NULL && !json_is_null(value)) {
        if (!json_is_integer(value)) {
            return wrong_type(value, &place, "a whole number", p);
        }
        n = json_integer_value(value);
        if (n < range->min || n > range->max) {
            return problem_set(p, 422, &place,
                               "not between %" JSON_INTEGER_FORMAT
                               " and %" JSON_INTEGER_FORMAT,
                               range->min, range->max);
        }
    }

    *out = n;
    return 0;
}


int
fields_array(const json_t *in, const char *name, const struct at *at,
             const json_t **out, struct problem *p)
{
    const json_t *value = json_object_get(in, name);
    struct at place = at_key(at, name);

    if (value != NULL && !json_is_array(value) && !json_is_null(value)) {
        return wrong_type(value, &place, "a list", p);
    }

    *out = json_is_array(value) ? value : NULL;
    return 0;
}


int
fields_object(const json_t *in, const char *name, const struct at *at,
              const json_t **out, struct problem *p)
{
    const json_t *value = json_object_get(in, name);
    struct at place = at_key(at, name);

    if (value != NULL && !json_is_object(value) && !json_is_null(value)) {
        return wrong_type(value, &place, "an object", p);
    }

    *out = json_is_object(value) ? value : NULL;
    return 0;
}


static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}


int
fields_sorted(const json_t *list, json_t **out, struct problem *p)
{
    size_t n = json_array_size(list);
    const char **texts = calloc(n + 1, sizeof(*texts));

    if (texts == NULL) {
        return problem_set(p, 503, NULL, "out of memory");
    }

    for (size_t i = 0; i < n; i++) {
        texts[i] = json_string_value(json_array_get(list, i));
    }
    qsort(texts, n, sizeof(*texts), compare);
    *out = json_array();
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(texts[i], texts[i - 1]) != 0) {
            json_array_append_new(*out, json_string(texts[i]));
        }
    }

    free(texts);
    return 0;
}


int
fields_texts(const json_t *in, const char *name, const struct at *at,
             const struct fields_each *each, json_t **out, struct problem *p)
{
    const json_t *list = NULL;
    struct at place = at_key(at, name);

    if (fields_array(in, name, at, &list, p) != 0) {
        return SC_EINVAL;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        struct at item = at_index(&place, i);

        if (check_text(value, &item, TEXT_MAX, p) != 0
            || (each->check != NULL
                && each->check(each->context, json_string_value(value), &item,
                               p)
                       != 0)) {
            return SC_EINVAL;
        }
    }

    return fields_sorted(list, out, p);
}


char *
fields_dump(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}


json_t *
fields_load(const char *text)
{
    return text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
}
