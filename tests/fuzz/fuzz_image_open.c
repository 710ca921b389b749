/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_image_open.c - change bytes of the fixture's image, put the right
 * checksum over it, and decide calls on what still opens: it stays inside
 * the image, ends, and every allowed call can show an operation.
 *
 * Input: changes of 3 bytes to apply (offset as 16 bits, value), up to a
 * zero offset; what is behind is the target of a call.
 */

#include "core/decide.h"

#include "tests/fuzz/fuzz.h"
#include "tests/unit/fixture.h"

static struct fx fixture;
static uint8_t *copy;

static void
decide_all(struct sc_str path)
{
    static const char *const methods[] = {"GET", "PUT", "POST", "OPTIONS"};
    static const char *const paths[] = {
        "/v1/items/7", "/v1/pages/7?status=trashed", "/v1/pulls/1.2",
        "/other/ping", "/v1/cross/start/end",        "/v1/files/a/b/c"};
    static struct sc_target target;
    char header[FX_HEADER];
    struct sc_str bearer = fx_bearer(&fixture, "full/all", header);
    struct sc_verdict v;

    for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
        for (size_t i = 0; i <= sizeof(paths) / sizeof(paths[0]); i++) {
            bool ours = i < sizeof(paths) / sizeof(paths[0]);

            fx_decide(&fixture, methods[m], ours ? sc_str_c(paths[i]) : path,
                      bearer, &target, &v);
            HOLDS(v.effect != SC_ALLOW
                  || (v.operation != NULL && v.operation->classes != 0
                      && v.operation->alternatives.count != 0));
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sc_image *whole;
    struct sc_image *im;

    if (copy == NULL) {
        fx_open(&fixture);
        copy = malloc(fixture.image_size);
        HOLDS(copy != NULL);
    }

    whole = fixture.view.image;
    memcpy(copy, fixture.image_bytes, fixture.image_size);
    im = (struct sc_image *) (void *) copy;
    for (; size >= 3; data += 3, size -= 3) {
        size_t at = (size_t) data[0] << 8 | data[1];

        if (at == 0) {
            data += 3;
            size -= 3;
            break;
        }
        copy[at % fixture.image_size] = data[2];
    }
    im->crc = sc_crc32(copy + 24, fixture.image_size - 24);
    if (sc_image_open(copy, fixture.image_size, &fixture.view.image) == 0) {
        decide_all(sc_str((const char *) data, size));
    }
    fixture.view.image = whole;
    return 0;
}
