/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.c - map what the control file names, and follow it.
 *
 * A new generation is mapped and proven aside, then takes the place of the
 * old one; files that both name are kept.  The old mappings end at once:
 * nobody may keep a pointer into a view over a call of sc_follow_now().
 *
 * The writer may publish again, and remove files, while we map: then the
 * generation has moved on and we start over, a few times at most.
 */

#include "runtime/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES_MAX 8 /* generations that may overtake one call */

/* What a generation is made of, before it is in use. */
struct loaded {
    struct sc_mapping image, tokens, secrets;
    const struct sc_image *policy;
    const struct sc_tokens *table;
    const struct sc_secrets *secret;
};

int
sc_follow_init(struct sc_follow *f, struct sc_str dir)
{
    memset(f, 0, sizeof(*f));
    if (dir.len == 0 || dir.len >= sizeof(f->dir)) {
        return SC_ETOOBIG;
    }

    memcpy(f->dir, dir.data, dir.len);
    return 0;
}


static int
map_file(const char *path, size_t least, struct sc_mapping *out)
{
    struct stat st;
    int rc = SC_EIO;
    void *bytes;
    int fd;

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd == -1) {
        return errno == ENOENT ? SC_ENOENT : SC_EIO;
    }

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        goto done;
    }
    if (st.st_size <= 0 || (size_t) st.st_size < least) {
        rc = SC_ECORRUPT;
        goto done;
    }

    bytes = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes != MAP_FAILED) {
        out->bytes = bytes;
        out->size = (size_t) st.st_size;
        rc = 0;
    }

done:
    close(fd);
    return rc;
}


/* Map <dir>/<name>, or <dir>/<name>.<number> if number is not 0. */
static int
map_named(const struct sc_follow *f, const char *name, uint32_t number,
          size_t least, struct sc_mapping *out)
{
    char path[SC_FOLLOW_DIR_MAX + 32];
    struct sc_buf b = sc_buf(path, sizeof(path) - 1);

    sc_buf_addc(&b, f->dir);
    sc_buf_addc(&b, "/");
    sc_buf_addc(&b, name);
    if (number != 0) {
        sc_buf_addc(&b, ".");
        sc_buf_u64(&b, number);
    }
    if (b.full) {
        return SC_ETOOBIG;
    }

    path[b.len] = '\0';
    return map_file(path, least, out);
}


static void
unmap(struct sc_mapping *m)
{
    if (m->bytes != NULL) {
        (void) munmap(m->bytes, m->size);
        m->bytes = NULL;
        m->size = 0;
    }
}


/* A file that is in use already is not mapped again. */
static int
load_one(const struct sc_follow *f, const char *name, uint32_t number,
         uint32_t in_use, const struct sc_mapping *mapped,
         struct sc_mapping *out)
{
    if (number == 0) {
        return SC_ECORRUPT;
    }
    if (number == in_use && mapped->bytes != NULL) {
        *out = *mapped;
        return 0;
    }

    return map_named(f, name, number, 1, out);
}


static int
load_files(const struct sc_follow *f, const struct sc_control_record *next,
           struct loaded *new)
{
    int rc;

    rc = load_one(f, "policy", next->policy, f->record.policy, &f->image,
                  &new->image);
    if (rc == 0) {
        rc = load_one(f, "tokens", next->tokens, f->record.tokens, &f->tokens,
                      &new->tokens);
    }
    if (rc == 0) {
        rc = load_one(f, "secrets", next->secrets, f->record.secrets,
                      &f->secrets, &new->secrets);
    }

    return rc;
}


/* Prove what is new; what was in use is proven. */
static int
prove(const struct sc_follow *f, struct loaded *new)
{
    int rc = 0;

    new->policy = f->view.image;
    new->table = f->view.tokens;
    new->secret = f->secret;

    if (new->image.bytes != f->image.bytes) {
        rc = sc_image_open(new->image.bytes, new->image.size, &new->policy);
    }
    if (rc == 0 && new->tokens.bytes != f->tokens.bytes) {
        rc = sc_tokens_open(new->tokens.bytes, new->tokens.size, &new->table);
    }
    if (rc == 0 && new->secrets.bytes != f->secrets.bytes) {
        rc = sc_secrets_open(new->secrets.bytes, new->secrets.size,
                             &new->secret);
    }

    return rc;
}


static void
drop_loaded(const struct sc_follow *f, struct loaded *new)
{
    if (new->image.bytes != f->image.bytes) {
        unmap(&new->image);
    }
    if (new->tokens.bytes != f->tokens.bytes) {
        unmap(&new->tokens);
    }
    if (new->secrets.bytes != f->secrets.bytes) {
        unmap(&new->secrets);
    }
}


static void
replace(struct sc_mapping *old, const struct sc_mapping *new)
{
    if (old->bytes != new->bytes) {
        unmap(old);
        *old = *new;
    }
}


static int
load(struct sc_follow *f, const struct sc_control_record *next)
{
    struct loaded new = {.policy = NULL};
    struct sc_hasher hasher = {.md = NULL};
    bool other_key;
    int rc;

    rc = load_files(f, next, &new);
    if (rc == 0) {
        rc = prove(f, &new);
    }

    other_key = rc == 0 && new.secrets.bytes != f->secrets.bytes;
    if (other_key) {
        rc = sc_hasher_open(&hasher, new.secret->instance_key);
    }
    if (rc != 0) {
        drop_loaded(f, &new);
        return rc;
    }

    if (other_key) {
        sc_hasher_close(&f->hasher);
        f->hasher = hasher;
        sc_wipe(&hasher, sizeof(hasher));
        (void) madvise(new.secrets.bytes, new.secrets.size, MADV_DONTDUMP);
    }

    replace(&f->image, &new.image);
    replace(&f->tokens, &new.tokens);
    replace(&f->secrets, &new.secrets);
    f->view = (struct sc_view){new.policy, new.table, next->generation};
    f->secret = new.secret;
    f->record = *next;
    return 0;
}


/* Load the record in force, until it still is when it has been loaded. */
static int
catch_up(struct sc_follow *f)
{
    const struct sc_control *control = f->control.bytes;
    struct sc_control_record next;
    int rc = SC_EIO;

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        rc = sc_control_read(control, &next);
        if (rc != 0) {
            return rc;
        }

        rc = load(f, &next);
        if (sc_control_generation(control) == next.generation) {
            return rc;
        }
        rc = SC_EIO;
    }

    return rc;
}


int
sc_follow_now(struct sc_follow *f)
{
    int rc;

    if (f->control.bytes == NULL) {
        rc = map_named(f, "control", 0, SC_CONTROL_SIZE, &f->control);
        if (rc != 0) {
            return rc;
        }
    }
    if (f->record.generation != 0
        && sc_control_generation(f->control.bytes) == f->record.generation) {
        return 0;
    }

    rc = catch_up(f);
    if (rc != 0) {
        unmap(&f->control); /* a new one may take its place */
    }

    return rc;
}


void
sc_follow_close(struct sc_follow *f)
{
    sc_hasher_close(&f->hasher);
    unmap(&f->image);
    unmap(&f->tokens);
    unmap(&f->secrets);
    unmap(&f->control);
    sc_wipe(f, sizeof(*f));
}
