# SPDX-License-Identifier: Apache-2.0
# bash completion of scopecap

_scopecap() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]-} options=

    case $command in
        token | app | policy | user | catalog)
            command+=" ${COMP_WORDS[2]-}"
            ;;
    esac

    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W 'apply token check explain app policy user
            catalog --help --version' -- "$cur"))
        return
    fi
    if ((COMP_CWORD == 2)); then
        case ${COMP_WORDS[1]} in
            token) options='create list show revoke' ;;
            app | policy | user) options='list show' ;;
            catalog) options='import show check diff' ;;
        esac
        if [[ $options ]]; then
            COMPREPLY=($(compgen -W "$options" -- "$cur"))
            return
        fi
    fi

    case $prev in
        --image)
            COMPREPLY=($(compgen -d -- "$cur"))
            return
            ;;
        --token-file | --overrides | --output | -o)
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        --class)
            COMPREPLY=($(compgen -W 'read write delete admin credential' \
                -- "$cur"))
            return
            ;;
        --status)
            COMPREPLY=($(compgen -W 'active revoked expired blocked not_yet' -- "$cur"))
            return
            ;;
        --error-style)
            COMPREPLY=($(compgen -W 'problem atlassian' -- "$cur"))
            return
            ;;
        --scheme)
            COMPREPLY=($(compgen -W 'bearer basic token' -- "$cur"))
            return
            ;;
        --user | --app | --scope | --days | --expires | --name | --purpose | \
            --address | --policy | --email | --host | --alias)
            return
            ;;
    esac

    case $command in
        apply) options='--dry-run' ;;
        'token create') options='--user --app --scope --days --expires --name
            --purpose --address' ;;
        'token list') options='--user --app --status' ;;
        check) options='--policy --app --scope --image --token-file --email
            --host --address' ;;
        'catalog import') options='--output --name --any-of --derive-scopes
            --overrides --alias --error-style --scheme' ;;
        'catalog show') options='--class' ;;
        'catalog check') options='--overrides' ;;
    esac

    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options --json --help" -- "$cur"))
    else
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}

complete -F _scopecap scopecap
