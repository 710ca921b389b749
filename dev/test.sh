#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# dev/test.sh [BUILD] [MESON TEST OPTION]... - build, run every test, and end
# with the line "N passed, N failed".  Exit status 0 only if none failed.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build}
shift || true
[[ -f $build/build.ninja ]] || meson setup "$build" >/dev/null
ninja -C "$build"

status=0
meson test -C "$build" --print-errorlogs "$@" || status=$?

# Meson counts programs; the JUnit report counts what ran inside them.
report=$build/meson-logs/testlog.junit.xml
sum() {
    # every "ATTRIBUTE=..." of the <testsuite> lines, added up
    grep -o '<testsuite [^>]*' "$report" |
        grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' |
        awk '{ n += $1 } END { print n + 0 }'
}
failed=$(($(sum failures) + $(sum errors)))
passed=$(($(sum tests) - failed - $(sum skipped)))
if [[ $status -ne 0 && $failed -eq 0 ]]; then
    failed=1
fi
echo "$passed passed, $failed failed" | tee "$build/result"
exit "$status"
