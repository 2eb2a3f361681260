# shellcheck shell=bash
# bash completion of the programs of Pli; what there is to complete is said by "pli complete". In the source tree:
#     . packaging/completion/pli.bash

_pli() {
    local candidate pli=pli current=${COMP_WORDS[COMP_CWORD]}
    # The programs and scripts of a source tree are asked themselves.
    if [[ $1 == */* ]]; then
        pli=${1%/*}/../scripts/pli
        [ -x "$pli" ] || pli=pli
    fi
    COMPREPLY=()
    while IFS=$'\t' read -r candidate _; do
        [[ $candidate != "$current"* ]] || COMPREPLY+=("$candidate")
    done < <("$pli" complete "${1##*/}" "${COMP_WORDS[@]:1:COMP_CWORD}")
    # After NAME= comes the value.
    [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}
complete -o default -F _pli mailserver mailclient visualizer dialogue pli
if [ -x "${BASH_SOURCE[0]%/*}/../../scripts/pli" ]; then
    # shellcheck disable=SC2046  # many names
    complete -o default -F _pli $("${BASH_SOURCE[0]%/*}/../../scripts/pli" --commands) \
        $("${BASH_SOURCE[0]%/*}/../../scripts/pli" --tree-commands)
fi
