#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cli.sh SCOPECAP ROOT - the man page and the completion know every command
# and every option that --help lists, and no other command.
set -euo pipefail
. "$(dirname "$0")/tap.sh"
scopecap=$1
root=$2
. "$root/cli/completion/scopecap.bash"

# What is listed under a heading of a help text: the first words.
commands() {
    "$scopecap" --help | sed -n '/^commands:/,/^$/s/^  \([a-z ]*[a-z]\)  .*/\1/p'
}

options() { # options COMMAND...
    "$scopecap" "$@" --help | sed -n '/^options:/,$p' |
        grep -Eo -- '--[a-z-]+' | sort -u
}

# What the completion offers behind some words.
complete_words() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _scopecap
    printf '%s\n' "${COMPREPLY[@]}"
}

page=$(sed 's/\\-/-/g' "$root/cli/scopecap.1")
mapfile -t all < <(commands)

{
    [[ ${#all[@]} -gt 10 ]] || echo "--help lists ${#all[@]} commands"
    for command in "${all[@]}"; do
        grep -Eq "^\.SS .*scopecap $command( |,|\$)" <<<"$page" ||
            echo "no section for $command"
    done
    grep -Eo '^\.SS .*' <<<"$page" | grep -Eo 'scopecap [a-z]+( [a-z]+)?' |
        sed 's/^scopecap //' | while read -r command; do
        printf '%s\n' "${all[@]}" | grep -qx -- "$command" ||
            echo "$command is no command"
    done
} | check "the man page has a section for each command"

for command in "${all[@]}"; do
    section=$(awk -v want="scopecap $command" '
        /^\.S[SH]/ { inside = index($0 " ", want " ") || index($0, want ",") }
        inside' <<<"$page")
    # shellcheck disable=SC2086
    options $command | sed '/^--json$/d; /^--help$/d' | while read -r option; do
        grep -Eq -- "$option( |\"|\$)" <<<"$section" ||
            echo "$command $option"
    done
done | check "the man page has every option"

for command in "${all[@]}"; do
    # shellcheck disable=SC2086
    set -- $command
    complete_words scopecap "${@:1:$#-1}" "" | grep -x -- "${!#}" >/dev/null ||
        echo "$command"
    # shellcheck disable=SC2086
    comm -3 <(options $command) \
        <(complete_words scopecap $command -- | sort -u) |
        sed "s/^/$command /"
done | check "the completion offers every command and option"

plan
