/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CLI_CONFIG_H
#define SC_CLI_CONFIG_H

/*
 * config.h - the configuration file (YAML) as the JSON that is sent.
 *
 * What the daemon cannot read is put in: `secret_file` becomes `secret` (the
 * file's text without the line end behind it), an app's catalog file becomes
 * its name, with the text in catalogs.  Both are looked for beside the
 * configuration file.  Everything else goes over as it is, and the daemon
 * judges it; config_line() leads its JSON pointers back to lines.
 */

#include <jansson.h>

#include "catalog/fault.h"
#include "catalog/tree.h"

#define CONFIG_SECRET_MAX 16384 /* bytes of a secret file */

struct config {
    struct tree tree;
    json_t *body;     /* what the file says */
    json_t *catalogs; /* name -> text of the catalog files it names */
};

/* Read a file; the caller ends *out with config_done().  On failure *fault
 * says file, line and reason. */
int config_read(const char *file, struct config *out,
                struct fault *fault) SC_MUSTCHECK;

void config_done(struct config *config);

/* Line of the value that a JSON pointer (RFC 6901) names, or of the nearest
 * value around it; 0 if the pointer leads nowhere. */
uint32_t config_line(const struct config *config, const char *pointer);

#endif
