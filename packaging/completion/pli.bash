# shellcheck shell=bash
# bash completion of the programs of Pli; what there is to complete is said by "pli complete".

_pli() {
    local candidate current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS=$'\t' read -r candidate _; do
        [[ $candidate != "$current"* ]] || COMPREPLY+=("$candidate")
    done < <(pli complete "${1##*/}" "${COMP_WORDS[@]:1:COMP_CWORD}")
    # After NAME= comes the value.
    [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}
complete -o default -F _pli mailserver mailclient visualizer dialogue pli
