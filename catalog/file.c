/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - the files that a catalog is read from and written to.
 */

#include "catalog/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/json.h"
#include "catalog/model.h"
#include "catalog/yaml.h"


static int
read_all(int fd, char *buf, size_t cap, size_t *len)
{
    ssize_t n;

    *len = 0;
    while (*len < cap) {
        n = read(fd, buf + *len, cap - *len);
        if (n == 0) {
            return 0;
        }
        if (n > 0) {
            *len += (size_t) n;
        } else if (errno != EINTR) {
            return SC_EIO;
        }
    }

    return SC_ETOOBIG;
}


int
file_read(const char *name, char **bytes, size_t *len, struct fault *fault)
{
    struct stat st;
    char *buf = NULL;
    size_t cap = 0;
    int fd, rc = SC_EIO;

    fault_file(fault, name);
    fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd == -1 || fstat(fd, &st) == -1) {
        rc = fault_set(fault, errno == ENOENT ? SC_ENOENT : SC_EIO, 0, "%s",
                       strerror(errno));
        goto done;
    }

    if (S_ISREG(st.st_mode) && st.st_size < CATALOG_BYTES_MAX) {
        cap = (size_t) st.st_size + 1;
    } else {
        cap = CATALOG_BYTES_MAX + 1;
    }
    buf = malloc(cap);
    if (buf == NULL) {
        rc = fault_set(fault, SC_ENOMEM, 0, "out of memory");
        goto done;
    }

    rc = read_all(fd, buf, cap, len);
    if (rc == SC_ETOOBIG) {
        (void) fault_set(fault, rc, 0, "larger than %u MB",
                         CATALOG_BYTES_MAX >> 20);
    } else if (rc != 0) {
        (void) fault_set(fault, rc, 0, "%s", strerror(errno));
    }

done:
    if (fd != -1) {
        (void) close(fd);
    }
    if (rc != 0) {
        free(buf);
        return rc;
    }
    *bytes = buf;

    return 0;
}


static bool
write_all(int fd, const char *bytes, size_t len)
{
    ssize_t n;

    for (size_t at = 0; at < len; at += (size_t) n) {
        n = write(fd, bytes + at, len - at);
        if (n < 0 && errno == EINTR) {
            n = 0;
        } else if (n < 0) {
            return false;
        }
    }

    return fsync(fd) == 0;
}


int
file_replace(const char *name, const char *bytes, size_t len,
             struct fault *fault)
{
    struct arena *a = arena_new();
    char *beside = arena_format(a, "%s.XXXXXX", name);
    bool made = false;
    mode_t mask;
    int fd, rc = SC_EIO;

    fd = mkostemp(beside, O_CLOEXEC);
    if (fd == -1) {
        goto done;
    }
    made = true;

    mask = umask(0);
    (void) umask(mask);
    if (!write_all(fd, bytes, len) || fchmod(fd, 0666 & ~mask) == -1) {
        goto done;
    }
    if (rename(beside, name) == 0) {
        rc = 0;
    }

done:
    if (rc != 0) {
        fault_file(fault, name);
        (void) fault_set(fault, rc, 0, "cannot write: %s", strerror(errno));
        if (made) {
            (void) unlink(beside);
        }
    }
    if (fd != -1) {
        (void) close(fd);
    }
    arena_free(a);

    return rc;
}


static bool
named_yaml(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL
           && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}


int
file_tree(const char *name, const char *bytes, size_t len, struct tree *t,
          struct fault *fault)
{
    size_t at = 0;

    fault_file(fault, name);
    if (len > CATALOG_BYTES_MAX) {
        return fault_set(fault, SC_ETOOBIG, 0, "larger than %u MB",
                         CATALOG_BYTES_MAX >> 20);
    }

    while (at < len && strchr(" \t\r\n", bytes[at]) != NULL
           && bytes[at] != '\0') {
        at++;
    }
    if (at < len && bytes[at] == '{' && !named_yaml(name)) {
        return json_tree(bytes, len, t, fault);
    }

    return yaml_parse(bytes, len, t, fault);
}


int
file_load(const char *name, struct tree *t, struct fault *fault)
{
    char *bytes = NULL;
    size_t len = 0;
    int rc = file_read(name, &bytes, &len, fault);

    if (rc != 0) {
        return rc;
    }

    rc = file_tree(name, bytes, len, t, fault);
    free(bytes);

    return rc;
}
