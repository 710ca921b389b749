/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - scopecapd: one instance per data directory, ends on SIGTERM.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/api.h"
#include "daemon/conf.h"
#include "daemon/first.h"
#include "daemon/log.h"
#include "daemon/ports.h"
#include "daemon/state.h"


static int
make_data(const char *path)
{
    if (mkdir(path, 0750) != 0 && errno != EEXIST) {
        log_error("start",
                  "path=%s msg=\"cannot make the data directory: "
                  "%s\"",
                  path, strerror(errno));
        return SC_EIO;
    }

    return 0;
}


/* The lock lives as long as the process. */
static int
lock_data(const struct conf *conf)
{
    char path[CONF_PATH_MAX];
    int fd = open(conf_path(conf, "lock", path), O_RDWR | O_CREAT | O_CLOEXEC,
                  0600);

    if (fd == -1) {
        log_error("start", "path=%s msg=\"%s\"", path, strerror(errno));
        return SC_EIO;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        log_error("start", "msg=\"another scopecapd runs on %s\"", conf->data);
        close(fd);
        return SC_EEXIST;
    }

    return 0;
}


static int
serve(struct state *st, const sigset_t *ends)
{
    struct http *http;
    int signal_number;
    int rc = http_start(st->conf->console_port, api_serve, st, &http);

    if (rc == SC_EEXIST) {
        ports_complain(st->conf->console_port, "SCOPECAP_CONSOLE_PORT");
    }
    if (rc != 0) {
        return rc;
    }

    log_info("ready", "console=http://127.0.0.1:%u pid=%d",
             st->conf->console_port, (int) getpid());
    sigwait(ends, &signal_number);
    log_info("stop", "signal=%d", signal_number);
    http_stop(http);
    return 0;
}


static int
run(void)
{
    struct conf conf;
    struct state st;
    sigset_t ends;
    int rc = conf_read(&conf);

    if (rc != 0 || (rc = make_data(conf.data)) != 0
        || (rc = lock_data(&conf)) != 0 || (rc = ports_check(&conf)) != 0) {
        return rc;
    }

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    rc = state_open(&st, &conf);
    if (rc == 0) {
        rc = first_start(&st);
    }
    if (rc == 0) {
        rc = serve(&st, &ends);
    }
    if (rc != 0 && rc != SC_EEXIST) { /* which has said which port */
        log_error("start", "msg=\"cannot run: %s\"", sc_strerror(rc));
    }
    state_close(&st);

    return rc;
}


int
main(int argc, char **argv)
{
    umask(0027);
    if (argc == 2 && strcmp(argv[1], "--routes") == 0) {
        api_print_routes();
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("scopecapd %s\n", SCOPECAP_VERSION);
        return 0;
    }
    if (argc != 1) {
        fprintf(stderr, "usage: scopecapd [--routes | --version]\n"
                        "settings come from the environment, see "
                        "daemon/conf.h\n");
        return 2;
    }

    return run() == 0 ? 0 : 1;
}
