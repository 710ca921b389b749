/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SC_CORE_ERROR_H
#define SC_CORE_ERROR_H

/*
 * error.h - the one error space of the project.
 *
 * Functions that can fail return 0 or one of these, never anything else.
 * What went wrong with a *call* is not an error but a verdict (decide.h).
 */

#define SC_ERRORS(X)                                                          \
    X(SC_EINVAL, -1, "invalid argument")                                      \
    X(SC_ESYNTAX, -2, "syntax error")                                         \
    X(SC_ETOOBIG, -3, "limit exceeded")                                       \
    X(SC_ECORRUPT, -4, "image is corrupt")                                    \
    X(SC_EVERSION, -5, "image has another format version")                    \
    X(SC_EFULL, -6, "no room left")                                           \
    X(SC_EEXIST, -7, "exists already")                                        \
    X(SC_ENOENT, -8, "not found")                                             \
    X(SC_ENOMEM, -9, "out of memory")                                         \
    X(SC_EIO, -10, "input/output error")                                      \
    X(SC_ECRYPTO, -11, "libcrypto failed")

enum sc_error {
    SC_OK = 0,
#define X(name, value, text) name = (value),
    SC_ERRORS(X)
#undef X
};

#define SC_MUSTCHECK __attribute__((warn_unused_result))

/* Static text of an error; "unknown error" for any other number. */
const char *sc_strerror(int rc);

#endif
