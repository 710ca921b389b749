/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.c - an HTTP server that costs next to nothing: the upstream and the
 * authorizer of the gateway's benchmark.
 *
 *    bench_answer 200|204
 *
 * Listens on a free port of loopback, prints it, and answers whatever ends
 * with an empty line, until its standard input ends.  Requests have no body;
 * connections are kept.
 */

#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64
#define CONNS  4096 /* descriptors */

static const char ok[] = "HTTP/1.1 200 OK\r\n"
                         "Content-Type: application/json\r\n"
                         "Content-Length: 41\r\n\r\n"
                         "{\"key\":\"DEMO-1\",\"fields\":{\"summary\":\"x\"}}";
static const char no_content[] = "HTTP/1.1 204 No Content\r\n\r\n";

/* How much of the empty line at a request's end a connection has seen. */
static unsigned char seen[CONNS];

static unsigned
count_requests(int fd, const char *bytes, ssize_t n)
{
    static const char end[] = "\r\n\r\n";
    unsigned requests = 0, at = seen[fd];

    for (ssize_t i = 0; i < n; i++) {
        at = bytes[i] == end[at] ? at + 1 : bytes[i] == '\r';
        if (at == 4) {
            requests++;
            at = 0;
        }
    }

    seen[fd] = (unsigned char) at;
    return requests;
}


static void
answer(int fd, const char *text, size_t len)
{
    char bytes[16384];
    ssize_t n = read(fd, bytes, sizeof(bytes));
    unsigned requests;

    if (n <= 0) {
        close(fd);
        return;
    }

    for (requests = count_requests(fd, bytes, n); requests > 0; requests--) {
        if (write(fd, text, len) != (ssize_t) len) {
            close(fd);
            return;
        }
    }
}


static void
watch(int epoll, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

    if (fd >= 0 && (fd >= CONNS || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e))) {
        close(fd);
    }
}


static void
take_connection(int epoll, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd >= 0 && fd < CONNS) {
        seen[fd] = 0;
    }
    watch(epoll, fd);
}


/* One round of events; false when standard input ended. */
static bool
serve(int epoll, int listener, const char *text, size_t len)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, -1);

    for (int i = 0; i < n; i++) {
        int fd = events[i].data.fd;

        if (fd == STDIN_FILENO) {
            return false;
        }
        if (fd == listener) {
            take_connection(epoll, listener);
        } else {
            answer(fd, text, len);
        }
    }

    return true;
}


int
main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    const char *text = ok;
    size_t text_len = sizeof(ok) - 1;

    if (argc != 2 || listener < 0 || epoll < 0
        || bind(listener, (struct sockaddr *) &at, sizeof(at)) != 0
        || listen(listener, 128) != 0
        || getsockname(listener, (struct sockaddr *) &at, &len) != 0) {
        fprintf(stderr, "usage: bench_answer 200|204\n");
        return 2;
    }

    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    watch(epoll, STDIN_FILENO);
    watch(epoll, listener);
    if (strcmp(argv[1], "204") == 0) {
        text = no_content;
        text_len = sizeof(no_content) - 1;
    }
    while (serve(epoll, listener, text, text_len)) {
    }
    return 0;
}
