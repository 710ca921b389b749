/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_control.c - which files are in force, and the secrets file.
 */

#include "core/control.h"

#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

static struct sc_control_record
record(uint64_t generation)
{
    struct sc_control_record r = {generation, (uint32_t) generation + 10,
                                  (uint32_t) generation + 20,
                                  (uint32_t) generation + 30, 0};

    return r;
}


static void
publish_n(struct sc_control *c, uint64_t n)
{
    sc_control_init(c);
    for (uint64_t g = 1; g <= n; g++) {
        struct sc_control_record r = record(g);

        assert_int_equal(sc_control_publish(c, &r), 0);
    }
}


static void
what_was_published_last_is_in_force(void **state)
{
    struct sc_control c;
    struct sc_control_record got = {0};

    (void) state;
    sc_control_init(&c);
    assert_int_equal(sc_control_generation(&c), 0);
    assert_int_equal(sc_control_read(&c, &got), SC_ENOENT);
    for (uint64_t g = 1; g <= 5; g++) {
        struct sc_control_record next = record(g);

        assert_int_equal(sc_control_publish(&c, &next), 0);
        assert_int_equal(sc_control_generation(&c), g);
        assert_int_equal(sc_control_read(&c, &got), 0);
        assert_int_equal(got.generation, g);
        assert_int_equal(got.policy, g + 10);
        assert_int_equal(got.tokens, g + 20);
        assert_int_equal(got.secrets, g + 30);
    }
}


static void
only_the_next_generation_is_published(void **state)
{
    struct sc_control c;
    struct sc_control_record bad[] = {record(3), record(4), record(6),
                                      record(0)};

    (void) state;
    publish_n(&c, 4);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct sc_control before = c;

        assert_int_equal(sc_control_publish(&c, &bad[i]), SC_EINVAL);
        assert_memory_equal(&c, &before, sizeof(c));
    }
}


static void
a_writer_that_dies_leaves_the_old_record_in_force(void **state)
{
    struct sc_control before, after;
    struct sc_control_record got, old;

    (void) state;
    publish_n(&before, 4);
    publish_n(&after, 5);
    assert_int_equal(sc_control_read(&before, &old), 0);
    for (size_t n = 0; n <= sizeof(after.records[1]); n++) {
        struct sc_control torn = before; /* n bytes of the new record */

        memcpy(&torn.records[1], &after.records[1], n);
        assert_int_equal(sc_control_read(&torn, &got), 0);
        assert_memory_equal(&got, &old, sizeof(got));
    }
}


static void
a_damaged_record_is_not_read(void **state)
{
    struct sc_control c;
    struct sc_control_record got = {0};
    unsigned char *bytes = (unsigned char *) &c;

    (void) state;
    publish_n(&c, 5);
    for (size_t i = 0; i < sizeof(c); i++) {
        bool other = i >= offsetof(struct sc_control, records)
                     && i < offsetof(struct sc_control, records[1]);

        bytes[i] ^= 0x20;
        assert_msg((sc_control_read(&c, &got) == 0) == other, "byte %zu", i);
        bytes[i] ^= 0x20;
    }
    c.version++;
    assert_int_equal(sc_control_read(&c, &got), SC_EVERSION);
    c.version--;
    c.generation++; /* a store without its record */
    assert_int_equal(sc_control_read(&c, &got), SC_ECORRUPT);
    memset(&c, 0, sizeof(c));
    assert_int_equal(sc_control_read(&c, &got), SC_ECORRUPT);
}


static const uint8_t instance_key[SC_TOKEN_KEY] =
    "instance key of 32 bytes....";

static const struct sc_secret_in three[] = {
    {4, {"Bearer up-stream", 16}}, {1, {"Basic YTpi", 10}}, {9, {"x", 1}}};

static void
a_secret_is_found_by_its_app(void **state)
{
    size_t size = sc_secrets_size(three, 3);
    void *buf = malloc(size);
    const struct sc_secrets *s;

    (void) state;
    assert_non_null(buf);
    assert_int_equal(sc_secrets_build(instance_key, three, 3, buf, size), 0);
    assert_int_equal(sc_secrets_open(buf, size, &s), 0);
    assert_memory_equal(s->instance_key, instance_key, SC_TOKEN_KEY);
    assert_str(sc_secrets_of(s, 4), "Bearer up-stream");
    assert_str(sc_secrets_of(s, 1), "Basic YTpi");
    assert_str(sc_secrets_of(s, 9), "x");
    assert_str(sc_secrets_of(s, 0), "");
    assert_str(sc_secrets_of(s, 2), "");
    free(buf);
}


static void
no_secrets_are_secrets_too(void **state)
{
    uint32_t buf[12];
    const struct sc_secrets *s;

    (void) state;
    assert_int_equal(sc_secrets_size(NULL, 0), sizeof(buf));
    assert_int_equal(sc_secrets_build(instance_key, NULL, 0, buf, sizeof(buf)),
                     0);
    assert_int_equal(sc_secrets_open(buf, sizeof(buf), &s), 0);
    assert_str(sc_secrets_of(s, 1), "");
}


static void
a_secret_that_would_break_a_header_is_not_built(void **state)
{
    char value[] = "a?b";
    struct sc_secret_in item = {1, {value, 3}};
    uint32_t buf[64];
    size_t size = sc_secrets_size(&item, 1);

    (void) state;
    for (int c = 0; c < 256; c++) {
        value[1] = (char) c;
        assert_int_equal(sc_secrets_build(instance_key, &item, 1, buf, size),
                         c >= 0x20 && c < 0x7f ? 0 : SC_EINVAL);
    }
    value[1] = 'a';
    assert_int_equal(sc_secrets_build(instance_key, &item, 1, buf, size + 1),
                     SC_EINVAL);
    item.value.len = 0;
    assert_int_equal(sc_secrets_build(instance_key, &item, 1, buf, size - 3),
                     SC_EINVAL);
}


static void
a_damaged_secrets_file_stays_in_its_bytes(void **state)
{
    size_t size = sc_secrets_size(three, 3);
    unsigned char *buf = malloc(size);
    const struct sc_secrets *s;

    (void) state;
    assert_non_null(buf);
    assert_int_equal(sc_secrets_build(instance_key, three, 3, buf, size), 0);
    for (size_t i = 0; i < sizeof(*s) + 36; i++) {
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            buf[i] ^= (unsigned char) bit;
            if (sc_secrets_open(buf, size, &s) == 0) {
                for (uint32_t app = 0; app < 16; app++) {
                    struct sc_str value = sc_secrets_of(s, app);
                    const unsigned char *at =
                        (const unsigned char *) value.data;

                    assert_true(value.len == 0
                                || (at >= buf + sizeof(*s)
                                    && at + value.len <= buf + size));
                }
            }
            buf[i] ^= (unsigned char) bit;
        }
    }
    assert_int_equal(sc_secrets_open(buf, size - 1, &s), SC_ECORRUPT);
    assert_int_equal(sc_secrets_open(buf, 3, &s), SC_ECORRUPT);
    assert_int_equal(sc_secrets_open(buf + 1, size - 1, &s), SC_ECORRUPT);
    buf[4]++;
    assert_int_equal(sc_secrets_open(buf, size, &s), SC_EVERSION);
    free(buf);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_published_last_is_in_force),
        cmocka_unit_test(only_the_next_generation_is_published),
        cmocka_unit_test(a_writer_that_dies_leaves_the_old_record_in_force),
        cmocka_unit_test(a_damaged_record_is_not_read),
        cmocka_unit_test(a_secret_is_found_by_its_app),
        cmocka_unit_test(no_secrets_are_secrets_too),
        cmocka_unit_test(a_secret_that_would_break_a_header_is_not_built),
        cmocka_unit_test(a_damaged_secrets_file_stays_in_its_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
