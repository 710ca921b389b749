#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# nginx/configure.sh NGINX_SRC OUT - make ngx_auto_{config,headers}.h in OUT
# with the very flags Debian's nginx was built with, so that the module's
# signature fits.  Writes nothing outside OUT.
set -euo pipefail
src=$1 out=$2
if [[ -f $out/ngx_auto_config.h &&
      $out/ngx_auto_config.h -nt $src/conf_flags ]]; then
    exit 0
fi
mkdir -p "$out"
cd "$src"
. ./conf_flags
./configure "${NGX_CONF_FLAGS[@]}" --builddir="$out" \
    >"$out/configure.log" 2>&1 ||
    { tail -n 20 "$out/configure.log" >&2; exit 1; }
