/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cli_config.c - the configuration file as the JSON that is sent.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/config.h"

#define CATALOG                                                               \
    "catalog: tracker\nformat: 1\noperations:\n"                              \
    "- { id: get, method: GET, path: /a, classes: [read], scopes: [[a]] }\n"

static char dir[] = "/tmp/scopecap-config-XXXXXX";
static char path[128];


static void
put(const char *name, const char *text, size_t len)
{
    char file[128];
    FILE *f;

    (void) snprintf(file, sizeof(file), "%s/%s", dir, name);
    f = fopen(file, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}


static int
setup(void **state)
{
    (void) state;
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    (void) snprintf(path, sizeof(path), "%s/c.yaml", dir);
    put("jira.secret", "hidden\n", 7);
    put("two.secret", "a\r\nb\r\n", 6);
    put("empty.secret", "\n", 1);
    put("binary.secret", "a\xff", 2);
    put("a.yaml", CATALOG, strlen(CATALOG));
    put("same.yaml", CATALOG, strlen(CATALOG));
    put("other.yaml", CATALOG "\n", strlen(CATALOG "\n"));
    put("bad.yaml", "catalog: x\nformat: 2\n", 21);

    return 0;
}


static int
teardown(void **state)
{
    static const char *const names[] = {
        "c.yaml", "jira.secret", "two.secret", "empty.secret", "binary.secret",
        "a.yaml", "same.yaml",   "other.yaml", "bad.yaml"};
    char file[128];

    (void) state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void) snprintf(file, sizeof(file), "%s/%s", dir, names[i]);
        (void) unlink(file);
    }

    return rmdir(dir);
}


static void
becomes(const char *yaml, const char *json, const char *catalogs)
{
    struct fault fault = {0};
    struct config config;
    char *text;

    put("c.yaml", yaml, strlen(yaml));
    assert_int_equal(config_read(path, &config, &fault), 0);
    text = json_dumps(config.body, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, json);
    free(text);
    text = json_dumps(config.catalogs, JSON_COMPACT);
    assert_string_equal(text, catalogs);
    free(text);
    config_done(&config);
}


static void
refused(const char *yaml, const char *line)
{
    char into[FAULT_TEXT_MAX], expected[FAULT_TEXT_MAX];
    struct fault fault = {0};
    struct config config;

    put("c.yaml", yaml, strlen(yaml));
    assert_int_not_equal(config_read(path, &config, &fault), 0);
    (void) snprintf(expected, sizeof(expected), "%s/%s", dir, line);
    assert_string_equal(fault_text(&fault, into), expected);
}


static void
scalars_are_what_they_look_like(void **state)
{
    (void) state;
    becomes("a: [1, -2, 0, 007, +1, 1.5, 0x1f, 1234567890123456789]",
            "{\"a\":[1,-2,0,\"007\",\"+1\",\"1.5\",\"0x1f\","
            "\"1234567890123456789\"]}",
            "{}");
    becomes("a: [true, false, yes, \"true\", '1', null, ~, ]",
            "{\"a\":[true,false,\"yes\",\"true\",\"1\",null,null]}", "{}");
    becomes("a: {}\nb: []\nc:\n", "{\"a\":{},\"b\":[],\"c\":null}", "{}");
}


static void
aliases_are_copies(void **state)
{
    (void) state;
    becomes("a: &x { b: [1] }\nc: *x\n",
            "{\"a\":{\"b\":[1]},\"c\":{\"b\":[1]}}", "{}");
}


static void
files_are_put_in(void **state)
{
    (void) state;
    becomes("apps:\n- credential: { secret_file: jira.secret }\n"
            "- credential: { secret_file: ./two.secret }\n",
            "{\"apps\":[{\"credential\":{\"secret\":\"hidden\"}},"
            "{\"credential\":{\"secret\":\"a\\r\\nb\"}}]}",
            "{}");
    becomes("apps:\n- { catalog: a.yaml }\n- { catalog: ./same.yaml }\n"
            "- { catalog: jira-cloud }\n",
            "{\"apps\":[{\"catalog\":\"tracker\"},"
            "{\"catalog\":\"tracker\"},{\"catalog\":\"jira-cloud\"}]}",
            "{\"tracker\":\"catalog: tracker\\nformat: 1\\n"
            "operations:\\n- { id: get, method: GET, path: /a, "
            "classes: [read], scopes: [[a]] }\\n\"}");
}


static void
mistakes_name_file_and_line(void **state)
{
    (void) state;
    refused("a: 1\na: 2\n", "c.yaml:2: the key \"a\" occurs twice");
    refused("- a\n", "c.yaml:1: a map with apps, policies and users is "
                     "expected");
    refused("apps:\n- credential:\n    secret_file: [a]\n",
            "c.yaml:3: secret_file has to be a path");
    refused("apps:\n- credential: { secret: x, secret_file: y }\n",
            "c.yaml:2: secret and secret_file exclude each other");
    refused("a: &x [*x]\n",
            "c.yaml:1: an alias to an unknown or unfinished anchor");
}


static void
mistakes_in_files_are_said(void **state)
{
    char line[512];

    (void) state;
    (void) snprintf(line, sizeof(line),
                    "c.yaml:2: secret_file \"%s/none\": No such file or "
                    "directory",
                    dir);
    refused("apps:\n- credential: { secret_file: none }\n", line);
    (void) snprintf(line, sizeof(line),
                    "c.yaml:2: secret_file \"%s/empty.secret\" is empty", dir);
    refused("apps:\n- credential: { secret_file: empty.secret }\n", line);
    (void) snprintf(line, sizeof(line),
                    "c.yaml:2: secret_file \"%s/binary.secret\" is not text",
                    dir);
    refused("apps:\n- credential: { secret_file: binary.secret }\n", line);
    (void) snprintf(line, sizeof(line),
                    "c.yaml:3: catalog \"%s/other.yaml\" calls itself "
                    "\"tracker\", as another file does",
                    dir);
    refused("apps:\n- catalog: a.yaml\n- catalog: other.yaml\n", line);
}


static void
a_bomb_of_aliases_is_refused(void **state)
{
    char yaml[2048] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    struct fault fault = {0};
    struct config config;
    size_t len = strlen(yaml);

    (void) state;
    for (int i = 1; i < 10; i++) {
        len += (size_t) snprintf(yaml + len, sizeof(yaml) - len,
                                 "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,"
                                 "*a%d,*a%d,*a%d,*a%d]\n",
                                 i, i, i - 1, i - 1, i - 1, i - 1, i - 1,
                                 i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    put("c.yaml", yaml, len);
    assert_int_equal(config_read(path, &config, &fault), SC_ETOOBIG);
}


static void
pointers_lead_to_lines(void **state)
{
    static const struct {
        const char *pointer;
        uint32_t line;
    } cases[] = {
        {"", 0},
        {"/apps", 1},
        {"/apps/0", 2},
        {"/apps/1/name", 4},
        {"/apps/1/mounts/1/host", 7},
        {"/apps/1/credential/secret", 9},
        {"/apps/1/upstream", 4},
        {"/apps/7", 1},
        {"/a~1b~0c/d", 11},
        {"/other", 0},
    };
    struct fault fault = {0};
    struct config config;
    const char *yaml = "apps:\n- name: a\n\n- name: b\n  mounts:\n"
                       "  - host: x\n  - host: y\n  credential:\n"
                       "    secret_file: jira.secret\na/b~c:\n  d: 1\n";

    (void) state;
    put("c.yaml", yaml, strlen(yaml));
    assert_int_equal(config_read(path, &config, &fault), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(config_line(&config, cases[i].pointer),
                         cases[i].line);
    }
    config_done(&config);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_what_they_look_like),
        cmocka_unit_test(aliases_are_copies),
        cmocka_unit_test(files_are_put_in),
        cmocka_unit_test(mistakes_name_file_and_line),
        cmocka_unit_test(mistakes_in_files_are_said),
        cmocka_unit_test(a_bomb_of_aliases_is_refused),
        cmocka_unit_test(pointers_lead_to_lines),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
