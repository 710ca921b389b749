#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# dev/run.sh - everything on loopback, in the foreground, until Ctrl-C: the
# demo tracker (unless SCOPECAP_UPSTREAM names another upstream), scopecapd,
# nginx.  The first start applies demo/config.yaml and makes a token to try.
#
#   SCOPECAP_GATEWAY_PORT        8080   gateway
#   SCOPECAP_TLS_PORT            8443   gateway with TLS
#   SCOPECAP_CONSOLE_PORT        8081   console and admin API
#   SCOPECAP_DEMO_PORT           8090   demo tracker
#   SCOPECAP_DEMO_RECORDER_PORT  8091   what reached it, byte by byte
#   SCOPECAP_DATA                var    everything that is kept
#   SCOPECAP_UPSTREAM                   an upstream instead of the tracker,
#   SCOPECAP_UPSTREAM_USER              its account
#   SCOPECAP_UPSTREAM_SECRET_FILE       and a file with its password or token
set -euo pipefail
cd "$(dirname "$0")/.."

build=$(realpath "${BUILD:-build}")
mkdir -p "${SCOPECAP_DATA:-var}"
export SCOPECAP_DATA
SCOPECAP_DATA=$(realpath "${SCOPECAP_DATA:-var}")
export SCOPECAP_GATEWAY_PORT=${SCOPECAP_GATEWAY_PORT:-8080}
export SCOPECAP_TLS_PORT=${SCOPECAP_TLS_PORT:-8443}
export SCOPECAP_CONSOLE_PORT=${SCOPECAP_CONSOLE_PORT:-8081}
export SCOPECAP_DEMO_PORT=${SCOPECAP_DEMO_PORT:-8090}
export SCOPECAP_DEMO_RECORDER_PORT=${SCOPECAP_DEMO_RECORDER_PORT:-8091}
export SCOPECAP_CATALOGS=$PWD/catalogs
export SCOPECAP_NGINX_MODULE=$build/nginx/ngx_http_scopecap_module.so
export SCOPECAP_NGINX=${SCOPECAP_NGINX:-/usr/sbin/nginx}
export SCOPECAP_URL=http://127.0.0.1:$SCOPECAP_CONSOLE_PORT
export SCOPECAP_KEY_FILE=$SCOPECAP_DATA/admin.key
upstream=${SCOPECAP_UPSTREAM:-http://127.0.0.1:$SCOPECAP_DEMO_PORT}
scopecap=$build/cli/scopecap
gateway=http://127.0.0.1:$SCOPECAP_GATEWAY_PORT
token=$SCOPECAP_DATA/first.token

fail() {
    echo "make run: $1" >&2
    exit 1
}

free() {
    if (exec 3<>"/dev/tcp/127.0.0.1/${!1}") 2>/dev/null; then
        fail "port ${!1} is in use; set $1 to another one"
    fi
}

# Children are ended by their numbers, the gateway first.
children=()
finish() {
    trap - EXIT
    trap '' INT TERM
    for ((i = ${#children[@]} - 1; i >= 0; i--)); do
        kill "${children[i]}" 2>/dev/null || true
        wait "${children[i]}" 2>/dev/null || true
    done
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Wait until a command succeeds; the newest child must live meanwhile.
until_ready() {
    local name=$1
    shift
    for ((i = 0; i < 300; i++)); do
        "$@" >/dev/null 2>&1 && return
        kill -0 "${children[-1]}" 2>/dev/null || fail "$name did not start"
        sleep 0.1
    done
    fail "$name does not answer"
}

start_demo() {
    free SCOPECAP_DEMO_PORT
    free SCOPECAP_DEMO_RECORDER_PORT
    node demo/tracker.mjs --secret-file demo/jira.secret \
        >"$SCOPECAP_DATA/demo.log" 2>&1 &
    children+=($!)
    until_ready "the demo tracker" grep -q ^listening "$SCOPECAP_DATA/demo.log"
}

# demo/config.yaml, with the upstream in force.
configure() {
    local secret=${SCOPECAP_UPSTREAM_SECRET_FILE:-demo/jira.secret}
    local user=${SCOPECAP_UPSTREAM_USER:-bot@example.com}
    local file=$SCOPECAP_DATA/first.yaml

    sed -e "s|upstream: .*|upstream: $upstream|" \
        -e "s|user: bot@example.com|user: $user|" \
        -e "s|secret_file: [^ ]*|secret_file: $(realpath "$secret")|" \
        demo/config.yaml >"$file"
    "$scopecap" apply "$file"
}

# A token for the first call; a new one before the old one expires.
first_token() {
    if [[ -z $(find "$token" -mtime -29 2>/dev/null) ]]; then
        (umask 077 && "$scopecap" token create --user alice@example.com \
            --app jira --scope read:jira-work --scope read:jira-user \
            --scope write:jira-work --days 30 --name first-call >"$token.new")
        mv "$token.new" "$token"
    fi
}

first_call() {
    local ask="curl -s -u \"alice@example.com:\$(cat $token)\""

    cat <<TEXT

Scopecap is running; Ctrl-C ends it.

  gateway      $gateway
               https://127.0.0.1:$SCOPECAP_TLS_PORT (HTTP/2, self-signed)
  console      $SCOPECAP_URL
  upstream     $upstream
  first admin  admin@localhost, password in $SCOPECAP_DATA/admin.password
  admin key    $SCOPECAP_KEY_FILE, which build/cli/scopecap reads

Alice chose read:jira-work, read:jira-user and write:jira-work for her token,
but her policy is read-only.  Paste these into another terminal:

  # reading is allowed
  $ask '$gateway/rest/api/3/issue/DEMO-1?fields=summary'

  # so is searching, although it is a POST
  $ask -H 'Content-Type: application/json' -d '{"jql":"project = DEMO","maxResults":2,"fields":["summary"]}' $gateway/rest/api/3/search/jql

  # deleting is not, and the answer says why
  $ask -X DELETE $gateway/rest/api/3/issue/DEMO-1

TEXT
}

free SCOPECAP_GATEWAY_PORT
free SCOPECAP_TLS_PORT
free SCOPECAP_CONSOLE_PORT
if [[ -z ${SCOPECAP_UPSTREAM:-} ]]; then
    start_demo
fi

"$build/daemon/scopecapd" &
children+=($!)
until_ready "scopecapd" curl -sf "$SCOPECAP_URL/healthz"

"$SCOPECAP_NGINX" -e "$SCOPECAP_DATA/nginx/error.log" \
    -c "$SCOPECAP_DATA/nginx/nginx.conf" -g 'daemon off;' &
children+=($!)
until_ready "nginx" curl -so /dev/null "$gateway/"

if [[ ! -e $SCOPECAP_DATA/first.done ]]; then
    configure
    echo "$upstream" >"$SCOPECAP_DATA/first.done"
elif [[ $(<"$SCOPECAP_DATA/first.done") != "$upstream" ]]; then
    echo "make run: the first start applied the upstream" \
        "$(<"$SCOPECAP_DATA/first.done"), which stays in force until" \
        "\`scopecap apply\` changes it" >&2
fi
first_token
first_call
wait -n "${children[@]}" || true
fail "a part has ended by itself; see above and $SCOPECAP_DATA/nginx/error.log"
