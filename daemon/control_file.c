/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_file.c - mapping run/control.
 *
 * A file that is new or unusable is replaced, never mended: its generations
 * begin again, and a reader would take them for those that it knows.
 */

#include "daemon/control_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/vault.h"


/* A running nginx may have the control file before this one mapped:
 * nginx.conf quotes the number made here, so nginx is reloaded. */
static int
name_runtime(const char *dir)
{
    uint8_t random[VAULT_DIGEST];
    char text[VAULT_HEX], path[CONF_PATH_MAX];

    vault_random(random, sizeof(random));
    vault_digest_hex(random, sizeof(random), text);
    snprintf(path, sizeof(path), "%s/made", dir);
    return vault_write_file(path, text, CONTROL_FILE_MADE, 0640);
}


static int
map_file(const char *path, struct sc_control **out)
{
    struct sc_control *c;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

    if (fd == -1 || ftruncate(fd, SC_CONTROL_SIZE) != 0) {
        log_error("publish", "path=%s msg=\"%s\"", path, strerror(errno));
        if (fd != -1) {
            close(fd);
        }
        return SC_EIO;
    }
    c = mmap(NULL, SC_CONTROL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (c == MAP_FAILED) {
        return SC_EIO;
    }

    *out = c;
    return 0;
}


int
control_file_map(const char *dir, struct sc_control **out,
                 struct sc_control_record *now)
{
    char path[CONF_PATH_MAX];
    struct sc_control_record record;
    struct sc_control *c;
    int rc;

    snprintf(path, sizeof(path), "%s/control", dir);
    rc = map_file(path, &c);
    if (rc != 0) {
        return rc;
    }
    if (sc_control_read(c, &record) == 0) {
        *now = record;
        *out = c;
        return 0;
    }

    munmap(c, SC_CONTROL_SIZE);
    rc = name_runtime(dir);
    if (rc != 0) {
        return rc;
    }
    (void) unlink(path);
    rc = map_file(path, &c);
    if (rc == 0) {
        sc_control_init(c); /* readers refuse meanwhile */
        *out = c;
    }
    return rc;
}


void
control_file_made(const struct conf *conf, char into[CONTROL_FILE_MADE + 1])
{
    char path[CONF_PATH_MAX];
    FILE *in = fopen(conf_path(conf, "run/made", path), "re");
    size_t n = in == NULL ? 0 : fread(into, 1, CONTROL_FILE_MADE, in);

    into[n] = '\0';
    if (strspn(into, "0123456789abcdef") != CONTROL_FILE_MADE) {
        into[0] = '\0';
    }
    if (in != NULL) {
        fclose(in);
    }
}
