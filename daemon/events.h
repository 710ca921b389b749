/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_DAEMON_EVENTS_H
#define SC_DAEMON_EVENTS_H

/*
 * events.h - from the rings of the nginx workers into the store.
 */

#include "core/decide.h"
#include "core/error.h"

struct state;
struct events;

#define EVENTS_EFFECTS 3

struct events_figures {
    uint64_t decisions[EVENTS_EFFECTS][SC_REASON_COUNT]; /* since the start */
    uint64_t drained, dropped;
    unsigned rings;
};

/* Start the thread that drains; ended by events_stop(), NULL is fine. */
int events_start(struct state *st, struct events **out) SC_MUSTCHECK;
void events_stop(struct events *ev);

/* Drain what is there now.  The caller holds the state's lock. */
void events_drain(struct events *ev);

void events_read_figures(const struct events *ev, struct events_figures *out);

/* Static name of an effect. */
const char *events_effect_name(unsigned effect);

#endif
