#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# spdx.sh ROOT - every source names its licence in its first or, behind a
# "#!", second line.
set -euo pipefail
. "$(dirname "$0")/tap.sh"
cd "$1"

sources '*.c' '*.h' '*.mjs' '*.sh' '*.c.in' |
    while read -r file; do
        head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
            echo "$file: no SPDX line"
    done | check "every source names its licence"

plan
