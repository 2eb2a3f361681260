# shellcheck shell=bash
# Sourced by scripts/scene: what really happened on the wire, as expect, wait and show ask for it.
#
# All is read from the recording that the wire is writing, in English, so that
# a scene means the same in every language; what is shown is in the user's.
# shellcheck disable=SC2154  # scripts/scene and what it sources set the variables

# Rows of the list of exchanges as "NUMBER  FROM > TO PROTOCOL NAME: SUMMARY".
exchange_rows() {
    visualizer --print exchanges "$work/scene.pcapng" 2>/dev/null |
        awk -F '\t' 'NR > 1 { print $1 "  " $5 " > " $6 " " (index($11, $7) == 1 ? "" : $7 " ") $11 ": " $12 }'
}

facts() {
    case $1 in
    exchange | exchanges) exchange_rows ;;
    packet | packets) visualizer --print packets "$work/scene.pcapng" 2>/dev/null ;;
    ladder | letter) visualizer --print "$1" "$work/scene.pcapng" 2>/dev/null ;;
    consequence | consequences) visualizer --print consequences "$work/scene.pcapng" 2>/dev/null ;;
    held) netlab wire held ;;
    output) cat "$work/output" ;;
    filter) visualizer --print packets -Y "$2" "$work/scene.pcapng" 2>"$work/filter-error" ;;
    esac
}

# How many lines of a kind of fact fit; the numbers of the first one are left in the file "proof".
count_facts() {
    if [ "$1" = filter ]; then
        LANGUAGE=en facts filter "$2"
        [ ! -s "$work/filter-error" ] || die_here "%s" "%s" "$(<"$work/filter-error")"
    else
        LANGUAGE=en facts "$1" | grep -E -- "$2"
    fi >"$work/found"
    wc -l <"$work/found"
}

# Nothing is on its way any more, or three seconds have passed.
quiet_wire() {
    local tries before="" now
    for ((tries = 0; tries < 15; tries++)); do
        now=$(netlab wire count) || return
        [ "$now" != "$before" ] || return 0
        before=$now
        rest_a_bit 0.2
    done
}

# Is it so: "no" and numbers exactly, else at least once?
fits() {
    case $1 in
    no) [ "$2" = 0 ] ;;
    some) [ "$2" -gt 0 ] ;;
    *) [ "$2" = "$1" ] ;;
    esac
}

# await SECONDS HOW-MANY KIND PATTERN: what comes later is waited for; that nothing came is only sure when it is quiet.
await() {
    local end=$((SECONDS + $1)) number
    [ "$2" != no ] || quiet_wire
    while :; do
        number=$(count_facts "$3" "$4") || return
        ! fits "$2" "$number" || return 0
        [ "$SECONDS" -lt "$end" ] && [ "$2" != no ] || return 1
        lab_lives
        rest_a_bit 0.1
    done
}

# The first line that fits, as the user reads it: found by its number, which is the same in every language.
show_proof() {
    local line number
    read -r line <"$work/found" || return 0
    case $1 in
    exchange | packet | filter)
        number=${line%% *}
        line=$(facts "$@" | awk -v number="$number" '$1 == number { print; exit }')
        emit_cut "$mark_good ${line#"${line%%[! ]*}"}"
        ;;
    esac
}

do_expect() {
    local many=some words kind patience=15
    read -ra words <<<"$rest"
    [[ ! ${words[0]} =~ ^(no|[0-9]+)$ ]] || { many=${words[0]} && words=("${words[@]:1}"); }
    kind=${words[0]}
    [ "$verb" = expect ] || patience=60
    if ! await $patience "$many" "$kind" "${words[*]:1}"; then
        LANGUAGE=en facts "$kind" "${words[*]:1}" >&2
        die_here "this did not happen on the wire: %s" "ceci n'est pas arrivé sur le fil : %s" "$rest"
    fi
    [ "$verb" = wait ] || [ "$many" != some ] || show_proof "$kind" "${words[*]:1}"
}

# Of a ladder or another list, the blocks (a line that begins with a number, and those up to the next) that were not
# shown yet or have grown, each group under the heads of its hosts.
only_new() {
    awk -v old="$1" '
        function flush_block() {
            if (block != "" && !(block in seen))
                printf "%s%s", (printed == head ? "" : head), block
            if (block != "" && !(block in seen))
                printed = head
            block = ""
        }
        BEGIN {
            while ((getline line < old) > 0) {
                if (line ~ /^ *[0-9]+ / || line == "") {
                    seen[before] = 1
                    before = ""
                }
                before = before line "\n"
            }
            seen[before] = 1
        }
        /^$/ { flush_block(); head = "\n"; heading = 1; next }
        heading && !/^ *[0-9]+ / { head = head $0 "\n"; next }
        /^ *[0-9]+ / { flush_block(); heading = 0 }
        { block = block $0 "\n" }
        END { flush_block() }'
}

# Of stories with an empty line between them, those that were not shown yet, broken into lines that fit.
only_new_stories() {
    awk -v RS= -v old="$1" '
        BEGIN { while ((getline story < old) > 0) seen[story] = 1 }
        !($0 in seen) { print (printed++ ? "\n" : "") $0 }' | while IFS= read -r line; do
        [ ${#line} -lt "$text_columns" ] || line=$(fold_under "$line")
        printf '%s\n' "$line"
    done
}

# What does not fit into a line goes on below it, behind the column of labels.
fold_under() {
    local word words line=${1:0:14} rest=${1:14} between=""
    read -ra words <<<"$rest"
    for word in "${words[@]}"; do
        if [ $((${#line} + ${#word} + 1)) -ge "$text_columns" ]; then
            printf '%s\n' "$line"
            line="              " between=""
        fi
        line+=$between$word
        between=" "
    done
    printf '%s' "$line"
}

# All packets that fit, in the words of the user.
show_filtered() {
    local line
    quiet_wire
    while IFS= read -r line; do
        emit_cut "$line"
    done < <(facts filter "$1")
}

do_show() {
    local line now=$work/shown-$rest.now
    if [[ $rest = -Y* ]]; then
        show_filtered "${rest#-Y}"
        return
    fi
    [ "$rest" = held ] || quiet_wire
    facts "$rest" >"$now"
    touch "$work/shown-$rest"
    while IFS= read -r line; do
        # The margin between the layer and the ladder is wider than a narrow screen can afford.
        if [ "$rest" = ladder ] && [ "${line:12:3}" = "   " ]; then
            line=${line:0:12}${line:15}
        fi
        emit_cut "$line"
    done < <(if [[ $rest = held || $rest = letter ]]; then cat "$now"; elif [ "$rest" = consequences ]; then
        only_new_stories "$work/shown-$rest" <"$now"; else only_new "$work/shown-$rest" <"$now"; fi)
    mv "$now" "$work/shown-$rest"
}
