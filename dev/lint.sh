#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# dev/lint.sh - formatting, clang-tidy and a build by clang, without changing
# a file.  The rules of the tree itself are tests (tests/checks).
set -euo pipefail
cd "$(dirname "$0")/.."

build=build-clang
[[ -f $build/build.ninja ]] || CC=clang meson setup "$build" >/dev/null
ninja -C "$build"

mapfile -t formatted < <(git ls-files '*.c' '*.h' ':!nginx')
clang-format --dry-run --Werror "${formatted[@]}"

mapfile -t sources < <(git ls-files 'core/*.c' 'runtime/*.c' 'catalog/*.c' \
    'daemon/*.c' 'cli/*.c')
printf '%s\n' "${sources[@]}" |
    xargs -P "$(nproc)" -n 1 clang-tidy -p "$build" --quiet 2>/dev/null
echo "lint: clean"
