/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_file.h - the control file of the runtime directory, mapped.
 */

#ifndef SCOPECAP_DAEMON_CONTROL_FILE_H
#define SCOPECAP_DAEMON_CONTROL_FILE_H

#include "core/control.h"
#include "core/error.h"
#include "daemon/conf.h"

#define CONTROL_FILE_MADE 16 /* bytes of the number of a control file */

/* Map dir/control, made anew if it is not usable.  *now is what it says; it
 * stays as it is if the file says nothing yet. */
int control_file_map(const char *dir, struct sc_control **out,
                     struct sc_control_record *now) SC_MUSTCHECK;

/* The number of the control file there is, "" if it has none: nginx.conf
 * quotes it, so that an nginx with another one mapped is reloaded. */
void control_file_made(const struct conf *conf,
                       char into[CONTROL_FILE_MADE + 1]);

#endif
