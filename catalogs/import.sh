#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# import.sh DIRECTORY - make all shipped catalogs again from the API documents
# in DIRECTORY (<name>.json, as the override files are named) and the override
# files beside this script.  SCOPECAP names the program, by default the one of
# the build directory "build".
set -euo pipefail
documents=${1:?usage: catalogs/import.sh DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
scopecap=${SCOPECAP:-$here/../build/cli/scopecap}

# make_catalog NAME DOCUMENT... -- OPTION...
make_catalog() {
    local name=$1 inputs=() overrides=()
    shift
    while [[ $1 != -- ]]; do
        inputs+=("$documents/$1.json")
        overrides+=(--overrides "$here/overrides/$1.yaml")
        shift
    done
    shift
    "$scopecap" catalog import "${inputs[@]}" "${overrides[@]}" \
        --name "$name" "$@" -o "$here/$name.yaml"
    "$scopecap" catalog check "$here/$name.yaml" >/dev/null
}

make_catalog jira-cloud \
    jira-platform-v3 jira-software jira-service-management jira-assets -- \
    --error-style atlassian \
    --alias /rest/api/3=/rest/api/2 --alias /rest/api/3=/rest/api/latest
make_catalog confluence-cloud confluence-v1 confluence-v2 -- \
    --error-style atlassian
make_catalog bitbucket-cloud bitbucket --
make_catalog github github -- --derive-scopes \
    --scheme bearer --scheme basic --scheme token
make_catalog forgejo forgejo -- --derive-scopes \
    --scheme bearer --scheme basic --scheme token
