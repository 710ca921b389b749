/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_image_proof.c - damaged images do not open, or at least do no harm.
 */

#include "core/image_build.h"

#include <stdlib.h>

#include "core/token.h"
#include "tests/unit/check.h"
#include "tests/unit/fixture.h"

/* Put the right checksum over changed bytes. */
static void
seal(void *bytes, size_t size)
{
    struct sc_image *im = bytes;

    im->crc = sc_crc32((const char *) bytes + 24, size - 24);
}


/* Ask a damaged image all sorts of things; a sanitizer watches. */
static void
use(struct fx *f, const void *bytes, size_t size)
{
    static const char *const paths[] = {
        "/v1/items",           "/v1/items/7?status=trashed",
        "/v1/pulls/1.x",       "/v1/files/a/b",
        "/other/ping",         "/",
        "/v1/cross/start/end", "/v1/pages/7?status=trashed",
        "/latest/flows/7"};
    static const char *const methods[] = {"GET", "PUT", "DELETE", "OPTIONS"};
    const struct sc_image *whole = f->view.image;
    char header[FX_HEADER];
    struct sc_str bearer = fx_bearer(f, "full/all", header);

    if (sc_image_open(bytes, size, &f->view.image) != 0) {
        f->view.image = whole;
        return;
    }

    for (size_t p = 0; p < COUNT(paths); p++) {
        for (size_t m = 0; m < COUNT(methods); m++) {
            static struct sc_target target;
            struct sc_verdict v;

            fx_decide(f, methods[m], sc_str_c(paths[p]), bearer, &target, &v);
        }
    }
    for (uint32_t i = 0; i < 70; i++) {
        (void) sc_image_app(f->view.image, i);
        (void) sc_image_policy(f->view.image, i);
        (void) sc_image_scope(f->view.image, i);
    }
    (void) sc_image_app_named(f->view.image, SC_STR("x"));
    (void) sc_image_policy_named(f->view.image, SC_STR("x"));
    f->view.image = whole;
}


static void
every_flipped_byte_is_refused(void **state)
{
    struct fx f;
    const struct sc_image *out = NULL;
    unsigned char *bytes;

    (void) state;
    fx_open(&f);
    bytes = f.image_bytes;
    for (size_t i = 0; i < f.image_size; i++) {
        bytes[i] ^= 0x10;
        assert_msg(sc_image_open(bytes, f.image_size, &out) != 0, "byte %zu",
                   i);
        bytes[i] ^= 0x10;
    }
    assert_null(out);
    assert_int_equal(sc_image_open(bytes, f.image_size - 1, &out),
                     SC_ECORRUPT);
    assert_int_equal(sc_image_open(bytes, 100, &out), SC_ECORRUPT);
    assert_int_equal(sc_image_open(bytes + 1, f.image_size - 1, &out),
                     SC_ECORRUPT);
    ((struct sc_image *) f.image_bytes)->version = 2;
    assert_int_equal(sc_image_open(bytes, f.image_size, &out), SC_EVERSION);
    fx_close(&f);
}


static void
a_flipped_byte_under_a_right_checksum_does_no_harm(void **state)
{
    static const unsigned char flips[] = {0x01, 0x04, 0x80, 0xff};
    struct fx f;
    unsigned char *copy;

    (void) state;
    fx_open(&f);
    copy = malloc(f.image_size);
    assert_non_null(copy);
    for (size_t i = 24; i < f.image_size; i++) {
        memcpy(copy, f.image_bytes, f.image_size);
        copy[i] ^= flips[i % COUNT(flips)];
        seal(copy, f.image_size);
        use(&f, copy, f.image_size);
    }
    free(copy);
    fx_close(&f);
}


static void
words_at_their_limits_under_a_right_checksum_do_no_harm(void **state)
{
    static const uint32_t words[] = {0, 1, 0xffffffff, 0x7fffffff, 0xfffffff8};
    struct fx f;
    unsigned char *copy;

    (void) state;
    fx_open(&f);
    copy = malloc(f.image_size);
    assert_non_null(copy);
    for (size_t i = 24; i + 4 <= f.image_size; i += 4) {
        memcpy(copy, f.image_bytes, f.image_size);
        memcpy(copy + i, &words[i / 4 % COUNT(words)], 4);
        seal(copy, f.image_size);
        use(&f, copy, f.image_size);
    }
    free(copy);
    fx_close(&f);
}


static void
what_would_open_doors_does_not_open(void **state)
{
    struct fx f;
    struct sc_image *im;
    struct sc_alternative *alternatives;
    struct sc_edge *edges;
    uint32_t *denied;
    const struct sc_image *out;

    (void) state;
    fx_open(&f);
    im = f.image_bytes;
    alternatives = (void *) ((char *) im + im->alternatives.at);
    alternatives[0].scopes.count = 0; /* needs nothing */
    seal(im, f.image_size);
    assert_int_equal(sc_image_open(im, f.image_size, &out), SC_ECORRUPT);
    alternatives[0].scopes.count = 1;

    denied = (void *) ((char *) im + im->denied.at);
    denied[0] ^= denied[1]; /* a list out of order is searched in vain */
    denied[1] ^= denied[0];
    denied[0] ^= denied[1];
    seal(im, f.image_size);
    assert_int_equal(sc_image_open(im, f.image_size, &out), SC_ECORRUPT);
    denied[0] ^= denied[1];
    denied[1] ^= denied[0];
    denied[0] ^= denied[1];
    seal(im, f.image_size);
    assert_int_equal(sc_image_open(im, f.image_size, &out), 0);

    edges = (void *) ((char *) im + im->edges.at);
    for (uint32_t i = 0; i < im->edges.count; i++) {
        if (edges[i].node == SC_NONE) { /* no end of a search */
            edges[i] = edges[0].node == SC_NONE ? edges[1] : edges[0];
            edges[i].node = 0;
            edges[i].child = 0;
            edges[i].literal = im->ask;
        }
    }
    seal(im, f.image_size);
    assert_int_equal(sc_image_open(im, f.image_size, &out), SC_ECORRUPT);
    fx_close(&f);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_byte_is_refused),
        cmocka_unit_test(a_flipped_byte_under_a_right_checksum_does_no_harm),
        cmocka_unit_test(
            words_at_their_limits_under_a_right_checksum_do_no_harm),
        cmocka_unit_test(what_would_open_doors_does_not_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
