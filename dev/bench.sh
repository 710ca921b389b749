#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# dev/bench.sh - a release build of its own, then the table of bench/run.mjs.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/build.sh build-bench --buildtype=release >&2
exec node bench/run.mjs build-bench
