/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.c - a worker without nginx: follows a runtime directory and says
 * what it decides.  Test tool.
 *
 *    reader RUNTIME-DIR      lines "METHOD TARGET TOKEN" on standard input,
 *                            lines "effect reason generation" out
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/follow.h"

static const char *const effects[] = {"refuse", "allow", "answer"};


static void
decide(struct sc_follow *follow, const char *method, const char *target,
       const char *token)
{
    static struct sc_target parsed;
    struct sc_verdict verdict;
    struct sc_call call;
    char header[512];
    int rc = sc_follow_now(follow);

    if (rc != 0) {
        printf("refuse %s 0\n", sc_strerror(rc));
        return;
    }

    memset(&call, 0, sizeof(call));
    snprintf(header, sizeof(header), "Bearer %s", token);
    call.method = sc_str_c(method);
    call.target = sc_str_c(target);
    call.host = SC_STR("gateway");
    call.authorization = sc_str_c(header);
    call.address[10] = call.address[11] = 0xff;
    call.address[12] = 127;
    call.address[15] = 1;
    call.now = time(NULL);
    sc_decide(&follow->view, &follow->hasher, &call, &parsed, &verdict);
    printf("%s %s %llu\n", effects[verdict.effect],
           sc_reason_code(verdict.reason),
           (unsigned long long) follow->view.generation);
}


int
main(int argc, char **argv)
{
    static struct sc_follow follow;
    char line[2048], method[16], target[1024], token[256];

    if (argc != 2 || sc_follow_init(&follow, sc_str_c(argv[1])) != 0) {
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        if (sscanf(line, "%15s %1023s %255s", method, target, token) == 3) {
            decide(&follow, method, target, token);
        }
    }
    sc_follow_close(&follow);

    return 0;
}
