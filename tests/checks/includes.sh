#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# includes.sh ROOT - who may include whom.  A new line in a table here is a
# design decision.
set -euo pipefail
. "$(dirname "$0")/tap.sh"
cd "$1"

# Headers of our own: folder, and the folders it may include.
folders='
core     core
runtime  runtime core
catalog  catalog core
nginx    nginx core runtime
daemon   daemon catalog core runtime
cli      cli catalog core runtime
bench    bench catalog core runtime
'

# Headers of the C library that core, which is pure, may include.
core_libc=' assert.h limits.h stdbool.h stddef.h stdint.h string.h '

# Headers of the C library and the system that the others may include.
libc='assert|ctype|dirent|errno|fcntl|getopt|inttypes|limits|locale|math|netdb|poll|pthread|pwd|grp|signal|spawn|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog|termios|time|unistd|arpa/inet|netinet/in|netinet/tcp|sys/[a-z]+|linux/[a-z]+'

# Headers of libraries: header, and the files that may include it.
libraries='
openssl/evp.h   core/token.c
openssl/ec.h    daemon/tls.c
openssl/pem.h   daemon/tls.c
openssl/x509v3.h daemon/tls.c
jansson.h       daemon/*.[ch] cli/*.[ch] catalog/*.c
libfyaml.h      catalog/*.c cli/*.c
ulfius.h        daemon/*.[ch]
sqlite3.h       daemon/*.[ch]
sodium.h        daemon/*.[ch]
curl/curl.h     cli/*.[ch] daemon/*.c
microhttpd.h    daemon/*.c
ngx_config.h    nginx/*
ngx_core.h      nginx/*
ngx_http.h      nginx/*
'

row() { # row TABLE KEY: what stands behind the key
    awk -v key="$2" '$1 == key { $1 = ""; print }' <<<"$1"
}

matches() { # matches FILE PATTERN...
    local file=$1 pattern
    shift
    for pattern in "$@"; do
        # shellcheck disable=SC2053
        [[ $file == $pattern ]] && return 0
    done
    return 1
}

sources '*.c' '*.h' | grep -v '^tests/' | while read -r file; do
    folder=${file%%/*}
    grep -Eo '^ *# *include +["<][^">]+[">]' "$file" |
        sed -E 's/^.*include +//' | while read -r what; do
        name=${what:1:${#what}-2}
        if [[ $what == \"* ]]; then
            [[ $name == */* ]] && [[ -f $name ]] ||
                echo "$file: \"$name\" is not \"<folder>/<file>.h\""
            [[ " $(row "$folders" "$folder") " == *" ${name%%/*} "* ]] ||
                echo "$file: $folder may not include $name"
        elif [[ $name =~ ^($libc)\.h$ ]]; then
            [[ $folder != core || $core_libc == *" $name "* ]] ||
                echo "$file: core may not include <$name>"
        else
            set -f
            # shellcheck disable=SC2046
            matches "$file" $(row "$libraries" "$name") ||
                echo "$file: may not include <$name>"
            set +f
        fi
    done || true
done | check "every include is one that its folder may make"

plan
