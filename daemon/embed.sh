#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh NAME IN OUT - the bytes of IN as a NUL-terminated C array NAME
set -eu
{
    echo '/* made by embed.sh */'
    echo "extern const char $1[];"
    echo "const char $1[] = {"
    od -An -v -tu1 "$2" | sed 's/  */ /g; s/ \([0-9][0-9]*\)/(char) \1,/g'
    echo '0};'
} >"$3"
