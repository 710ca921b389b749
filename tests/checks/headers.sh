#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# headers.sh ROOT COMPILER... - every header compiles alone, twice included,
# as strict C11.
set -euo pipefail
. "$(dirname "$0")/tap.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
shift

sources '*.h' | grep -E '^(core|runtime|catalog|daemon|cli)/' |
    while read -r header; do
        sed "s|@H@|$header|g" "$here/header.c.in" |
            "$@" -x c -std=c11 -Wall -Wextra -Wpedantic -Werror \
                -D_GNU_SOURCE -I. -fsyntax-only - 2>&1 ||
            echo "$header: does not compile alone"
    done | check "every header compiles alone"

plan
