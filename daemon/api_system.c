/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_system.c - the page at /, health, metrics, catalogs, the API's own
 * description.
 */

#include "daemon/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/catalogs.h"
#include "daemon/events.h"
#include "daemon/gateway.h"
#include "daemon/store.h"

extern const char api_document_text[];


/* Refusals send people here, unless the configuration says otherwise. */
void
api_front(struct call *c)
{
    static const char text[] =
        "Scopecap: how far API tokens may reach.\n"
        "\n"
        "A call of yours was refused?  Its answer names the policy and what "
        "was missing.\n"
        "An administrator grants more rights: pass on the request id of the "
        "refusal, and\n"
        "`scopecap explain REQUEST-ID` shows the rest.\n"
        "\n"
        "  /api/v1/openapi.yaml   description of the admin API\n"
        "  /healthz               state\n"
        "  /metrics               figures for Prometheus\n";

    c->out->status = 200;
    c->out->type = "text/plain; charset=utf-8";
    c->out->body = strdup(text);
    c->out->body_len = c->out->body == NULL ? 0 : strlen(text);
}


void
api_catalogs_list(struct call *c)
{
    api_answer(c, 200,
               json_pack("{s:o}", "items", catalogs_list(c->st->catalogs)));
}


void
api_document(struct call *c)
{
    c->out->status = 200;
    c->out->type = "application/yaml";
    c->out->body = strdup(api_document_text);
    c->out->body_len = strlen(api_document_text);
}


void
api_health(struct call *c)
{
    struct publish_figures f;
    int64_t store = db_number(c->st->db, "SELECT 1", "");
    bool ok;

    publish_read_figures(c->st->publish, &f);
    ok = store == 1 && !f.dirty;
    api_answer(
        c, ok ? 200 : 503,
        json_pack("{s:s, s:s, s:I, s:s}", "status", ok ? "ok" : "failing",
                  "version", SCOPECAP_VERSION, "generation",
                  (json_int_t) f.generation, "gateway",
                  gateway_running(c->st->conf) ? "running" : "not_running"));
}


static void
put_figure(FILE *out, const char *name, const char *type, const char *help,
           double value)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name,
            type, name, value);
}


static void
put_decisions(FILE *out, const struct events_figures *f)
{
    fprintf(out, "# HELP scopecap_decisions_total Decisions drained since "
                 "the start.\n"
                 "# TYPE scopecap_decisions_total counter\n");
    for (unsigned e = 0; e < EVENTS_EFFECTS; e++) {
        for (unsigned r = 0; r < SC_REASON_COUNT; r++) {
            if (f->decisions[e][r] != 0) {
                fprintf(out,
                        "scopecap_decisions_total{effect=\"%s\","
                        "reason=\"%s\"} %llu\n",
                        events_effect_name(e),
                        sc_reason_code((enum sc_reason) r),
                        (unsigned long long) f->decisions[e][r]);
            }
        }
    }
}


void
api_metrics(struct call *c)
{
    struct publish_figures p;
    struct events_figures e;
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    if (out == NULL) {
        problem_set(&c->problem, 503, NULL, "out of memory");
        return;
    }
    events_drain(c->st->events);
    publish_read_figures(c->st->publish, &p);
    events_read_figures(c->st->events, &e);
    put_decisions(out, &e);
    put_figure(out, "scopecap_generation", "gauge", "Generation in force.",
               (double) p.generation);
    put_figure(out, "scopecap_tokens", "gauge",
               "Tokens in the table, live or revoked.", p.slots_used);
    put_figure(out, "scopecap_publishes_total", "counter",
               "Generations brought into force.", (double) p.publishes);
    put_figure(out, "scopecap_publish_failures_total", "counter",
               "Publishes that failed.", (double) p.failures);
    put_figure(out, "scopecap_publish_seconds", "gauge",
               "Time that the last publish took.", p.seconds);
    put_figure(out, "scopecap_publish_pending", "gauge",
               "1 while the store is ahead of the gateway.", p.dirty);
    put_figure(out, "scopecap_events_drained_total", "counter",
               "Events taken from the rings.", (double) e.drained);
    put_figure(out, "scopecap_events_dropped_total", "counter",
               "Events that found no room, of the rings there are.",
               (double) e.dropped);
    put_figure(out, "scopecap_rings", "gauge", "Event rings.", e.rings);
    put_figure(out, "scopecap_gateway_up", "gauge", "1 while nginx runs.",
               gateway_running(c->st->conf));
    fclose(out);

    c->out->status = 200;
    c->out->type = "text/plain; version=0.0.4";
    c->out->body = text;
    c->out->body_len = n;
}
