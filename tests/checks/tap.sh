# SPDX-License-Identifier: Apache-2.0
# tap.sh - sourced by the checks: findings in, TAP out.

# A check at the end of a pipe counts in this shell.
shopt -s lastpipe
count=0

# check NAME: passes if standard input, the list of findings, is empty.
check() {
    local findings
    findings=$(cat)
    count=$((count + 1))
    if [[ -z $findings ]]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        while IFS= read -r line; do echo "# $line"; done <<<"$findings"
    fi
}

plan() {
    echo "1..$count"
}

# sources PATTERN...: files of the tree with these names, relative to it.
sources() {
    local name names=()
    for name in "$@"; do
        names+=(-o -name "$name")
    done
    find . \( -name .git -o -name 'build*' -type d -o -name var \
        -o -name node_modules -o -path ./tests/fuzz/corpus \) -prune \
        -o -type f \( "${names[@]:1}" \) -print | sed 's|^\./||' | sort
}
