#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# dev/fuzz.sh [SECONDS] - run every libFuzzer target for so long (60 by
# default), one per processor, with AddressSanitizer and UBSan.  A finding is
# kept in build-fuzz/findings and makes the exit status 1.  FUZZ_SEED makes a
# run repeatable from an empty build-fuzz/corpus; 0, the default, draws one.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
seed=${FUZZ_SEED:-0}
build=build-fuzz
[[ -f $build/build.ninja ]] ||
    CC=clang meson setup "$build" -Dfuzz=true -Dnginx=disabled \
        -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
ninja -C "$build"
mkdir -p "$build/findings"

one() {
    local name=$1 corpus=$build/corpus/$1
    mkdir -p "$corpus"
    if "$build/tests/$name" -max_total_time="$seconds" -seed="$seed" -timeout=10 \
        -rss_limit_mb=2048 -artifact_prefix="$build/findings/$name-" \
        "$corpus" "tests/fuzz/corpus/${name#fuzz_}" \
        >"$build/$name.log" 2>&1; then
        echo "$name: $(grep -o '^Done.*' "$build/$name.log")"
    else
        tail -n 30 "$build/$name.log"
        echo "$name: FINDING"
        return 1
    fi
}
export -f one
export build seconds seed
find "$build/tests" -maxdepth 1 -name 'fuzz_*' -type f -executable \
    -printf '%f\n' | sort | xargs -P "$(nproc)" -I{} bash -c 'one {}'
