/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - the record of what is in force, and the secrets file.
 */

#include "core/control.h"

void
sc_control_init(struct sc_control *c)
{
    memset(c, 0, sizeof(*c));
    c->version = SC_CONTROL_VERSION;
    c->magic = SC_CONTROL_MAGIC;
}


uint64_t
sc_control_generation(const struct sc_control *c)
{
    return __atomic_load_n(&c->generation, __ATOMIC_SEQ_CST);
}


static uint32_t
record_crc(const struct sc_control_record *r)
{
    return sc_crc32(r, offsetof(struct sc_control_record, crc));
}


int
sc_control_read(const struct sc_control *c, struct sc_control_record *out)
{
    struct sc_control_record record;
    uint64_t generation;

    if (c->magic != SC_CONTROL_MAGIC) {
        return SC_ECORRUPT;
    }
    if (c->version != SC_CONTROL_VERSION) {
        return SC_EVERSION;
    }

    /* Twice the writer may overtake the copy; more often it is damaged. */
    for (int tries = 0; tries < 3; tries++) {
        generation = sc_control_generation(c);
        if (generation == 0) {
            return SC_ENOENT;
        }

        record = c->records[generation & 1];
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (sc_control_generation(c) == generation
            && record.generation == generation
            && record.crc == record_crc(&record)) {
            *out = record;
            return 0;
        }
    }

    return SC_ECORRUPT;
}


int
sc_control_publish(struct sc_control *c, const struct sc_control_record *next)
{
    struct sc_control_record record = *next;

    if (record.generation != sc_control_generation(c) + 1) {
        return SC_EINVAL;
    }

    record.crc = record_crc(&record);
    c->records[record.generation & 1] = record;
    __atomic_store_n(&c->generation, record.generation, __ATOMIC_SEQ_CST);
    return 0;
}


static const struct sc_secret_item *
items_of(const struct sc_secrets *s)
{
    return (const struct sc_secret_item *) (s + 1);
}


int
sc_secrets_open(const void *bytes, size_t size, const struct sc_secrets **out)
{
    const struct sc_secrets *s = bytes;
    size_t values;

    if (size < sizeof(*s) || ((uintptr_t) bytes & 3) != 0
        || s->magic != SC_SECRETS_MAGIC) {
        return SC_ECORRUPT;
    }
    if (s->version != SC_SECRETS_VERSION) {
        return SC_EVERSION;
    }
    if (s->size != size
        || s->nitems > (size - sizeof(*s)) / sizeof(struct sc_secret_item)) {
        return SC_ECORRUPT;
    }

    values = sizeof(*s) + s->nitems * sizeof(struct sc_secret_item);
    for (uint32_t i = 0; i < s->nitems; i++) {
        const struct sc_secret_item *item = &items_of(s)[i];

        if (item->at < values || item->at > size
            || item->len > size - item->at) {
            return SC_ECORRUPT; /* not even the instance key may be sent */
        }
    }

    *out = s;
    return 0;
}


struct sc_str
sc_secrets_of(const struct sc_secrets *s, uint32_t app)
{
    for (uint32_t i = 0; i < s->nitems; i++) {
        const struct sc_secret_item *item = &items_of(s)[i];

        if (item->app == app) {
            return sc_str((const char *) s + item->at, item->len);
        }
    }

    return sc_str(NULL, 0);
}


size_t
sc_secrets_size(const struct sc_secret_in *items, uint32_t n)
{
    size_t size =
        sizeof(struct sc_secrets) + (size_t) n * sizeof(struct sc_secret_item);

    for (uint32_t i = 0; i < n; i++) {
        size += items[i].value.len;
    }

    return size;
}


/* What may stand in a header line that we write: no line break above all. */
static bool
header_value_ok(struct sc_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < 0x20 || value.data[i] > 0x7e) {
            return false;
        }
    }

    return value.len != 0;
}


int
sc_secrets_build(const uint8_t instance_key[SC_TOKEN_KEY],
                 const struct sc_secret_in *items, uint32_t n, void *buf,
                 size_t size)
{
    struct sc_secrets *s = buf;
    struct sc_secret_item *item = (struct sc_secret_item *) (s + 1);
    uint32_t at = (uint32_t) (sizeof(*s) + n * sizeof(*item));

    if (size != sc_secrets_size(items, n) || size > UINT32_MAX) {
        return SC_EINVAL;
    }

    for (uint32_t i = 0; i < n; i++) {
        if (!header_value_ok(items[i].value)) {
            return SC_EINVAL;
        }
        item[i].app = items[i].app;
        item[i].at = at;
        item[i].len = (uint32_t) items[i].value.len;
        memcpy((char *) buf + at, items[i].value.data, items[i].value.len);
        at += item[i].len;
    }

    s->magic = SC_SECRETS_MAGIC;
    s->version = SC_SECRETS_VERSION;
    s->size = (uint32_t) size;
    s->nitems = n;
    memcpy(s->instance_key, instance_key, SC_TOKEN_KEY);
    return 0;
}
