/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports.c - tries the ports before their servers do.
 */

#include "daemon/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/gateway.h"
#include "daemon/log.h"


void
ports_complain(unsigned port, const char *variable)
{
    log_error("start", "msg=\"port %u is in use: set %s to another one\"",
              port, variable);
}


static int
try_port(const char *host, uint16_t port, const char *variable)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    int rc = 0;

    if (fd == -1 || inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        rc = SC_EIO;
        goto done;
    }
    (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0
        && errno == EADDRINUSE) {
        ports_complain(port, variable);
        rc = SC_EEXIST;
    }

done:
    if (fd != -1) {
        close(fd);
    }
    return rc;
}


int
ports_check(const struct conf *conf)
{
    int rc =
        try_port("127.0.0.1", conf->console_port, "SCOPECAP_CONSOLE_PORT");

    if (rc == 0 && !gateway_running(conf)) {
        rc = try_port(conf->listen, conf->gateway_port,
                      "SCOPECAP_GATEWAY_PORT");
        if (rc == 0) {
            rc = try_port(conf->listen, conf->tls_port, "SCOPECAP_TLS_PORT");
        }
    }

    return rc;
}
