#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# dev/build.sh [BUILD] [MESON OPTION]... - build everything into BUILD; the
# options count when BUILD is made.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build}
shift || true
[[ -f $build/build.ninja ]] || meson setup "$build" "$@" >/dev/null
ninja -C "$build" --quiet
