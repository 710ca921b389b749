/* SPDX-License-Identifier: Apache-2.0 */
/*
 * effective.c - reads the policy image in force, as the gateway does.
 */

#include "daemon/effective.h"


static json_t *
names_of(uint32_t bits, const char *(*name)(unsigned i))
{
    json_t *list = json_array();

    for (unsigned i = 0; name(i) != NULL; i++) {
        if ((bits & 1u << i) != 0) {
            json_array_append_new(list, json_string(name(i)));
        }
    }

    return list;
}


json_t *
effective_classes(uint32_t classes)
{
    return names_of(classes, sc_class_name);
}


json_t *
effective_traits(uint32_t traits)
{
    return names_of(traits, sc_trait_name);
}


uint32_t
effective_scope(const struct sc_image *im, const char *name)
{
    for (uint32_t i = 0; i < im->scopes.count; i++) {
        if (sc_str_eq(sc_image_scope(im, i), sc_str_c(name))) {
            return i;
        }
    }

    return SC_NONE;
}


static json_t *
scopes_within(const struct sc_image *im, const struct sc_ceiling *ceiling,
              const json_t *scopes)
{
    struct sc_scope_set allowed = sc_image_set(im, ceiling->set);
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(scopes); i++) {
        json_t *scope = json_array_get(scopes, i);

        if (sc_scope_has(allowed,
                         effective_scope(im, json_string_value(scope)))) {
            json_array_append(list, scope);
        }
    }

    return list;
}


json_t *
effective_of(const struct sc_image *im, uint32_t policy, const json_t *grants)
{
    const struct sc_policy *p =
        im == NULL ? NULL : sc_image_policy(im, policy);
    json_t *all = json_object();
    const char *name;
    json_t *scopes;

    json_object_foreach((json_t *) grants, name, scopes)
    {
        const struct sc_app *app = NULL;
        const struct sc_ceiling *ceiling = NULL;

        if (p != NULL) {
            app = sc_image_app_named(im, sc_str_c(name));
        }
        if (app != NULL) {
            ceiling = sc_image_ceiling(im, p, app);
        }
        json_object_set_new(
            all, name,
            ceiling == NULL
                ? json_pack("{s:[], s:[]}", "classes", "scopes")
                : json_pack("{s:o, s:o}", "classes",
                            effective_classes(ceiling->classes), "scopes",
                            scopes_within(im, ceiling, scopes)));
    }

    return all;
}
