/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticker.c - threads that repeat something until they are stopped.
 */

#include "daemon/ticker.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct ticker {
    pthread_t thread;
    pthread_mutex_t lock; /* of stop */
    pthread_cond_t wake;
    bool stop;
    unsigned ms;
    void (*run)(void *arg);
    void *arg;
};

/* Sleep for a step; false when the thread is to end. */
static bool
wait_step(struct ticker *t)
{
    struct timespec until;
    bool go_on;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += t->ms / 1000;
    until.tv_nsec += (long) (t->ms % 1000) * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&t->lock);
    while (!t->stop
           && pthread_cond_timedwait(&t->wake, &t->lock, &until)
                  != ETIMEDOUT) {
        continue;
    }
    go_on = !t->stop;
    pthread_mutex_unlock(&t->lock);

    return go_on;
}


static void *
main_loop(void *context)
{
    struct ticker *t = context;

    while (wait_step(t)) {
        t->run(t->arg);
    }

    return NULL;
}


int
ticker_start(unsigned ms, void (*run)(void *arg), void *arg,
             struct ticker **out)
{
    struct ticker *t = calloc(1, sizeof(*t));

    if (t == NULL) {
        return SC_ENOMEM;
    }

    t->ms = ms;
    t->run = run;
    t->arg = arg;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    if (pthread_create(&t->thread, NULL, main_loop, t) != 0) {
        pthread_mutex_destroy(&t->lock);
        pthread_cond_destroy(&t->wake);
        free(t);
        return SC_ENOMEM;
    }

    *out = t;
    return 0;
}


void
ticker_stop(struct ticker *t)
{
    if (t == NULL) {
        return;
    }

    pthread_mutex_lock(&t->lock);
    t->stop = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->wake);
    free(t);
}
