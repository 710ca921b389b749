/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.c - a small memory of host names and their addresses.
 */

#include "daemon/resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"

#define HOSTS_MAX 256

struct host {
    char name[256];
    unsigned n;
    char addresses[RESOLVE_MAX][RESOLVE_TEXT];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct host hosts[HOSTS_MAX]; /* guarded by lock */
static unsigned nhosts;


static int
by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}


/* Ask the system.  The order of answers means nothing: sorted. */
static void
look_up(struct host *host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char text[RESOLVE_TEXT - 2];

    host->n = 0;
    if (getaddrinfo(host->name, NULL, &hints, &list) != 0) {
        return;
    }

    for (struct addrinfo *a = list; a != NULL && host->n < RESOLVE_MAX;
         a = a->ai_next) {
        if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0,
                        NI_NUMERICHOST)
            == 0) {
            snprintf(host->addresses[host->n++], RESOLVE_TEXT,
                     a->ai_family == AF_INET6 ? "[%s]" : "%s", text);
        }
    }
    freeaddrinfo(list);
    qsort(host->addresses, host->n, RESOLVE_TEXT, by_text);
}


/* The caller holds the lock. */
static struct host *
known(const char *name)
{
    for (unsigned i = 0; i < nhosts; i++) {
        if (strcmp(hosts[i].name, name) == 0) {
            return &hosts[i];
        }
    }

    return NULL;
}


unsigned
resolve_host(const char *name, char out[RESOLVE_MAX][RESOLVE_TEXT])
{
    struct host fresh = {0};
    struct host *host;

    pthread_mutex_lock(&lock);
    host = known(name);
    if (host == NULL || host->n == 0) {
        snprintf(fresh.name, sizeof(fresh.name), "%s", name);
        look_up(&fresh);
        if (host == NULL && nhosts < HOSTS_MAX) {
            host = &hosts[nhosts++];
        }
        if (host != NULL) {
            *host = fresh;
        }
    } else {
        fresh = *host;
    }
    pthread_mutex_unlock(&lock);

    if (fresh.n == 0) {
        log_error("resolve", "host=\"%s\" msg=\"no address\"", name);
    }
    memcpy(out, fresh.addresses, sizeof(fresh.addresses));
    return fresh.n;
}


static bool
overlap(const struct host *a, const struct host *b)
{
    for (unsigned i = 0; i < a->n; i++) {
        for (unsigned k = 0; k < b->n; k++) {
            if (strcmp(a->addresses[i], b->addresses[k]) == 0) {
                return true;
            }
        }
    }

    return false;
}


bool
resolve_again(void)
{
    bool changed = false;

    for (unsigned i = 0;; i++) {
        struct host fresh;
        bool more;

        pthread_mutex_lock(&lock);
        more = i < nhosts;
        fresh = hosts[more ? i : 0];
        pthread_mutex_unlock(&lock);
        if (!more) {
            return changed;
        }

        look_up(&fresh);
        pthread_mutex_lock(&lock);
        if (fresh.n != 0 && !overlap(&fresh, &hosts[i])) {
            hosts[i] = fresh;
            changed = true;
        }
        pthread_mutex_unlock(&lock);
    }
}
