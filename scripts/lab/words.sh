# shellcheck shell=bash
# Sourced by topology.sh, scene.sh and reference/words: reads the tables of words scripts/lab/*.words, from which the
# readers of topologies and scenes, their --help-language and the reference pages come.

words_place=${BASH_SOURCE[0]%/*}

# words_each TABLE COMMAND...: calls the command for each row with its section, the fewest and the most words that may
# follow, and how it is written; for the title of a section with the section alone. $words_meaning has the row's English
# and French.
words_each() {
    local table=$words_place/$1.words line section="" fewest most written english french words_meaning
    shift
    while IFS= read -r line; do
        [[ $line != "#"* ]] || continue
        IFS= read -r english && IFS= read -r french
        words_meaning=("${english#    }" "${french#    }")
        if [[ $line == "= "* ]]; then
            section=${line#= }
            "$@" "$section"
        else
            read -r fewest most written <<<"$line"
            "$@" "$section" "$fewest" "$most" "$written"
        fi
    done <"$table"
}

words_help_row() {
    [ $# = 4 ] && printf '  %s\n' "$4" || printf '\n'
    if [ $# = 4 ]; then
        say "%s" "%s" "${words_meaning[pli_language - 1]}" | fold -s -w 90 | sed 's/^/      /; s/ *$//'
    elif [ "$pli_language" = 1 ]; then
        printf '%s:\n' "${words_meaning[0]}"
    else
        printf '%s :\n' "${words_meaning[1]}"
    fi
}

# What --help-language prints.
words_help() {
    words_each "$1" words_help_row | sed 1d
}
