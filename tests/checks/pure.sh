#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pure.sh LIBCORE - core has no I/O, no clock, no allocation and no state:
# it may call these functions and holds no variable.  A new name here is a
# design decision.
set -euo pipefail
. "$(dirname "$0")/tap.sh"
lib=$1

allowed=' memchr memcmp memcpy memmove memset strchr strlen bcmp '
allowed+='__stack_chk_fail __assert_fail _GLOBAL_OFFSET_TABLE_ '
own=" $(nm --defined-only "$lib" 2>/dev/null |
    awk 'NF == 3 {print $3}' | sort -u | tr '\n' ' ')"

nm -A -u "$lib" | sed 's|^.*[/:]\([^/:]*\.o\): *|\1 |' |
    awk '$2 == "U" {print $1, $3}' | sort -u |
    while read -r object symbol; do
        case $allowed$own in *" $symbol "*) continue ;; esac
        case $object:$symbol in *token.c.o:EVP_*) continue ;; esac
        echo "$object calls $symbol"
    done | check "core calls nothing but pure functions"

# A constant table of pointers is in .data.rel.ro: fixed once loaded.
nm -A -f sysv "$lib" | awk -F'|' '
    $NF ~ /^\.(data|bss|tdata|tbss)/ && $NF !~ /^\.data\.rel\.ro/ &&
    $4 ~ /OBJECT|TLS/ { gsub(/ /, "", $1); print $1 }' |
    check "core holds no variable"

plan
