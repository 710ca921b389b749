#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# nginx-sanitized.sh ARGUMENT... - Debian's nginx with a module that was built
# with AddressSanitizer: the runtime has to be there before nginx.  Leaks are
# not looked for: nginx keeps its pools until it exits.
exec env LD_PRELOAD="$(gcc -print-file-name=libasan.so)" \
    ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS:-}" \
    UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}" \
    /usr/sbin/nginx "$@"
