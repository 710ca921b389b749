/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gateway.c - the life of $DATA/nginx/nginx.conf.
 *
 * nginx runs on its own, started by whoever started this daemon; it is known
 * by its pid file.  A worker shows in its event ring which configuration it
 * runs (ring->stamp) and holds a lock on the ring while it lives, so the
 * daemon can tell when the last worker has changed over.
 */

#include "daemon/gateway.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/event.h"
#include "daemon/log.h"
#include "daemon/nginx_conf.h"
#include "daemon/tls.h"
#include "daemon/vault.h"

#define RINGS      64
#define WAIT_MS    10000
#define WAIT_STEP  5 /* milliseconds */
#define CONF_MAX   (16u << 20)
#define OUTPUT_MAX 4096

extern char **environ;


int
gateway_prepare(const struct conf *conf)
{
    static const char *const dirs[] = {
        "nginx",       "nginx/body", "nginx/proxy", "nginx/fastcgi",
        "nginx/uwsgi", "nginx/scgi", "events",      "tls"};
    char path[CONF_PATH_MAX], key[CONF_PATH_MAX];

    for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
        if (mkdir(conf_path(conf, dirs[i], path), 0750) != 0
            && errno != EEXIST) {
            log_error("gateway", "path=%s msg=\"%s\"", path, strerror(errno));
            return SC_EIO;
        }
    }
    conf_path(conf, "run/events", path);
    if (symlink("../events", path) != 0 && errno != EEXIST) {
        log_error("gateway", "path=%s msg=\"%s\"", path, strerror(errno));
        return SC_EIO;
    }
    if (conf->tls_cert[0] != '\0') {
        return 0;
    }

    return tls_make(conf_path(conf, "tls/cert.pem", path),
                    conf_path(conf, "tls/key.pem", key));
}


/* A whole file as text, owned by the caller; NULL if there is none. */
static char *
read_whole(const char *path)
{
    char *text = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1) {
        return NULL;
    }
    if (fstat(fd, &st) == 0 && st.st_size < CONF_MAX) {
        text = calloc(1, (size_t) st.st_size + 1);
    }
    if (text != NULL
        && read(fd, text, (size_t) st.st_size) != (ssize_t) st.st_size) {
        free(text);
        text = NULL;
    }
    close(fd);

    return text;
}


/* A pid file may outlive its nginx, and the number may have gone to another
 * process, which must not get our signals. */
static bool
is_nginx(long pid)
{
    char path[64], name[16] = "";
    bool is;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return false;
    }

    is = read(fd, name, sizeof(name)) > 0 && strncmp(name, "nginx\n", 6) == 0;
    close(fd);
    return is;
}


static pid_t
nginx_pid(const struct conf *conf)
{
    char path[CONF_PATH_MAX];
    char *text = read_whole(conf_path(conf, "nginx/nginx.pid", path));
    long pid = text == NULL ? 0 : strtol(text, NULL, 10);

    free(text);
    return pid > 1 && is_nginx(pid) ? (pid_t) pid : 0;
}


bool
gateway_configured(const struct conf *conf)
{
    char path[CONF_PATH_MAX];

    return access(conf_path(conf, "nginx/nginx.conf", path), R_OK) == 0;
}


bool
gateway_running(const struct conf *conf)
{
    return nginx_pid(conf) != 0;
}


/* Run a program with its output into out; its exit status, or -1. */
static int
run(char *const argv[], char *out, size_t size)
{
    posix_spawn_file_actions_t actions;
    int ends[2];
    size_t n = 0;
    ssize_t got = 0;
    pid_t pid;
    int status = -1;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0) {
        pid = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);

    while (pid > 0 && n + 1 < size
           && (got = read(ends[0], out + n, size - 1 - n)) > 0) {
        n += (size_t) got;
    }
    out[n] = '\0';
    close(ends[0]);
    if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status)) {
        return WEXITSTATUS(status);
    }

    return -1;
}


/* The line of nginx's output that says what is wrong. */
static const char *
wrong_line(char *out)
{
    char *line = strstr(out, "[emerg]");
    char *end;

    line = line == NULL ? out : line;
    end = strchr(line, '\n');
    if (end != NULL) {
        *end = '\0';
    }
    return line;
}


static int
nginx_accepts(const struct conf *conf, const char *path, struct problem *p)
{
    char program[CONF_PATH_MAX], prefix[CONF_PATH_MAX], file[CONF_PATH_MAX];
    char output[OUTPUT_MAX];
    char *argv[] = {program, (char[]){"-t"}, (char[]){"-q"}, (char[]){"-p"},
                    prefix,  (char[]){"-c"}, file,           NULL};

    if (access(conf->nginx, X_OK) != 0 || access(conf->module, R_OK) != 0) {
        return 0; /* there is no gateway here that could refuse it */
    }

    memcpy(program, conf->nginx, strlen(conf->nginx) + 1);
    conf_path(conf, "nginx", prefix);
    snprintf(file, sizeof(file), "%s", path);
    if (run(argv, output, sizeof(output)) != 0) {
        return problem_set(p, 422, NULL, "nginx refuses the configuration: %s",
                           wrong_line(output));
    }

    return 0;
}


int
gateway_test(const struct conf *conf, struct db *db, bool *changed,
             struct problem *p)
{
    char path[CONF_PATH_MAX];
    char *present = read_whole(conf_path(conf, "nginx/nginx.conf", path));
    char *text = NULL;
    uint64_t stamp;
    int rc = nginx_conf_make(conf, db, &text, &stamp);

    if (rc != 0) {
        problem_set(p, 500, NULL, "cannot make nginx's configuration: %s",
                    sc_strerror(rc));
        goto done;
    }

    *changed = present == NULL || strcmp(present, text) != 0;
    if (*changed) {
        conf_path(conf, "nginx/nginx.conf.new", path);
        rc = vault_write_file(path, text, strlen(text), 0640);
        if (rc != 0) {
            problem_set(p, 503, NULL, "cannot write nginx's configuration");
        } else {
            rc = nginx_accepts(conf, path, p);
        }
    }

done:
    free(present);
    free(text);
    return rc;
}


int
gateway_apply(const struct conf *conf)
{
    char from[CONF_PATH_MAX], to[CONF_PATH_MAX];
    pid_t pid = nginx_pid(conf);

    if (rename(conf_path(conf, "nginx/nginx.conf.new", from),
               conf_path(conf, "nginx/nginx.conf", to))
        != 0) {
        log_error("gateway", "path=%s msg=\"%s\"", to, strerror(errno));
        return SC_EIO;
    }
    if (pid != 0 && kill(pid, SIGHUP) != 0) {
        log_error("gateway", "pid=%d msg=\"%s\"", (int) pid, strerror(errno));
        return SC_EIO;
    }
    log_info("gateway", "msg=\"new configuration\" nginx=%d", (int) pid);

    return 0;
}


enum worker { WORKER_NONE, WORKER_OLD, WORKER_NEW };

static enum worker
look_at_ring(const struct conf *conf, unsigned number, uint64_t stamp)
{
    enum worker state = WORKER_NONE;
    char name[32], path[CONF_PATH_MAX];
    struct sc_ring *ring;
    int fd;

    snprintf(name, sizeof(name), "events/ring.%u", number);
    fd = open(conf_path(conf, name, path), O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return WORKER_NONE;
    }
    if (flock(fd, LOCK_SH | LOCK_NB) != 0) { /* a worker holds it */
        ring = mmap(NULL, sizeof(*ring), PROT_READ, MAP_SHARED, fd, 0);
        state = WORKER_OLD;
        if (ring != MAP_FAILED) {
            if (__atomic_load_n(&ring->stamp, __ATOMIC_ACQUIRE) == stamp) {
                state = WORKER_NEW;
            }
            munmap(ring, sizeof(*ring));
        }
    }
    close(fd);

    return state;
}


bool
gateway_wait(const struct conf *conf)
{
    char path[CONF_PATH_MAX];
    char *text = read_whole(conf_path(conf, "nginx/nginx.conf", path));
    uint64_t stamp = text == NULL ? 0 : nginx_conf_stamp(text);

    free(text);
    for (int ms = 0; ms < WAIT_MS; ms += WAIT_STEP) {
        unsigned old = 0, fresh = 0;

        if (!gateway_running(conf)) {
            return true;
        }
        for (unsigned i = 0; i < RINGS; i++) {
            enum worker state = look_at_ring(conf, i, stamp);

            old += state == WORKER_OLD;
            fresh += state == WORKER_NEW;
        }
        if (old == 0 && fresh > 0) {
            return true;
        }
        usleep(WAIT_STEP * 1000);
    }

    return false;
}
