# shellcheck shell=bash
# Sourced by scripts/scene: reads a scene file.
#
# One statement a line, # begins a comment; a line that begins with a space
# continues the statement before it. scenes.words has a row for each statement,
# each thing that can be shown and each place where proof is looked for;
# scripts/scene --help-language prints it.
#
# It leaves arrays with one element for each statement: scene_verb, scene_rest
# (what follows the verb), scene_line. A mistake is reported with file, line
# and column.
# shellcheck disable=SC2154  # topology.sh and scripts/scene set the variables

scene_kinds="" scene_faces="" scene_names=""
scene_wire_words="hold step next until go drop fault clear"
declare -A scene_statements=()

scene_take_word() {
    case $#:$1 in
    4:statements)
        scene_statements[${4%% *}]="$2 $3 $4"
        scene_names+=${scene_names:+, }${4%% *} ;;
    4:kinds) scene_kinds+=${scene_kinds:+ }${4%% *} ;;
    4:faces) scene_faces+=${scene_faces:+ }${4%% *} ;;
    esac
}

words_each scenes scene_take_word

scene_wrong() {
    local column=$1
    shift
    printf '%s:%d:%d: ' "$scene_file" "$scene_at" "$column" >&2
    say "$@" >&2
    scene_mistakes=$((scene_mistakes + 1))
}

# The column of the word with that index (from 0) in $text; behind the end where there are not so many.
scene_column() {
    local rest=$text column=1 index=$1 blank word
    while :; do
        blank=${rest%%[![:space:]]*}
        column=$((column + ${#blank}))
        rest=${rest#"$blank"}
        [ "$index" -gt 0 ] || break
        word=${rest%%[[:space:]]*}
        column=$((column + ${#word}))
        rest=${rest#"$word"}
        index=$((index - 1))
    done
    printf %d "$column"
}

scene_wrong_word() {
    local index=$1
    shift
    scene_wrong "$(scene_column "$index")" "$@"
}

# Is the word with that index there?
scene_word() {
    [ -z "${words[$1]-}" ] || return 0
    scene_wrong_word "$1" "something is missing here: %s" "il manque quelque chose ici : %s" "$2"
    return 1
}

scene_one_of() {
    [[ -z ${words[$1]-} || " $2 " != *" ${words[$1]} "* ]] || return 0
    scene_wrong_word "$1" "one of these is wanted here: %s" "il faut l'un de ceux-ci ici : %s" "$2"
    return 1
}

# A name that may be that of a file in the scene's folder.
scene_name() {
    [[ ${words[$1]-} =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$ ]] && return
    scene_wrong_word "$1" "a name is wanted here: letters, digits, . _ and -" \
        "il faut un nom ici : des lettres, des chiffres, . _ et -"
    return 1
}

scene_end() {
    [ -n "${words[$1]-}" ] || return 0
    scene_wrong_word "$1" "nothing more is wanted here" "rien de plus n'est attendu ici"
    return 1
}

scene_host() {
    if [ -z "$scene_topology" ]; then
        scene_wrong_word 0 "first the topology has to be named: topology NAME" \
            "il faut d'abord nommer la topologie : topology NOM"
        return 1
    fi
    [ -z "${words[1]-}" ] || [ -z "${host_ports[${words[1]}]-}" ] || return 0
    scene_wrong_word 1 "the topology has no host \"%s\"; it has %s" "la topologie n'a pas d'hôte « %s » ; elle a %s" \
        "${words[1]-}" "${hosts[*]}"
    return 1
}

scene_read_topology() {
    local place
    scene_word 1 "NAME" && scene_end 2 || return
    if [ -n "$scene_topology" ]; then
        scene_wrong_word 0 "a scene has one topology" "une scène a une seule topologie"
        return
    fi
    for place in "$kit/labs/topologies/${words[1]}.lab" "${words[1]}"; do
        [ ! -f "$place" ] || scene_topology=$(realpath "$place")
    done
    if [ -z "$scene_topology" ]; then
        scene_wrong_word 1 "there is no topology \"%s\"" "il n'y a pas de topologie « %s »" "${words[1]}"
    else
        topology_read "$scene_topology" || scene_mistakes=$((scene_mistakes + 1))
    fi
}

# title and say: a language, then a text.
scene_read_text() {
    scene_one_of 1 "en fr" && scene_word 2 "TEXT" || return
    if [ "${words[0]}" = title ]; then
        scene_title[${words[1]}]=${words[*]:2}
    else
        scene_said[${words[1]}]=$((scene_said[${words[1]}] + 1))
    fi
}

# Narration is told in both languages before the next thing happens.
scene_both_languages() {
    [ "${scene_said[en]}" != "${scene_said[fr]}" ] || return 0
    scene_wrong 1 "what was said before this is not said in both languages" \
        "ce qui a été dit avant ceci n'est pas dit dans les deux langues"
    scene_said=([en]=0 [fr]=0)
}

scene_read_started() {
    scene_host || return
    if [ "${words[0]}" = mailserver ]; then
        scene_started[${words[1]}]=1
    else
        scene_name 2 && scene_word 3 "COMMAND" && scene_started[${words[2]}]=1
    fi
}

scene_read_user() {
    scene_host && scene_name 2 && scene_word 3 "PASSWORD" && scene_end 4 || return
    [ -z "${scene_started[${words[1]}]-}" ] ||
        scene_wrong_word 0 "users come before the mail server is started" \
            "les utilisateurs viennent avant le démarrage du serveur de courrier"
}

scene_read_stop() {
    scene_word 1 "NAME" && scene_end 2 || return
    [ -n "${scene_started[${words[1]}]-}" ] ||
        scene_wrong_word 1 "nothing that is called \"%s\" has been started" \
            "rien de ce qui s'appelle « %s » n'a été démarré" "${words[1]}"
    unset "scene_started[${words[1]}]"
}

# A fault is checked by the wire itself, where it is built.
scene_read_wire() {
    local said
    scene_one_of 1 "$scene_wire_words" || return
    [ "${words[1]}" = fault ] || return 0
    scene_word 2 "TEXT" || return
    said=$(visualizer --wire . --fault "${words[*]:2}" 2>&1)
    [[ $said != *column\ * && $said != *colonne\ * ]] || scene_wrong_word 2 "%s" "%s" "${said##*: visualizer: }"
}

scene_read_expect() {
    local kind=1
    if [[ ${words[0]} = expect && ${words[1]-} =~ ^(no|[1-9][0-9]{0,4})$ ]]; then
        kind=2
    fi
    scene_one_of $kind "$scene_kinds" && scene_word $((kind + 1)) "REGEX" || return
    scene_proofs=$((scene_proofs + 1))
    [ "${words[kind]}" != filter ] || return 0
    grep -qE -- "${words[*]:kind + 1}" /dev/null 2>/dev/null
    [ $? -lt 2 ] || scene_wrong_word $((kind + 1)) "this regular expression is not well formed" \
        "cette expression régulière est mal formée"
}

# A display filter is checked by the visualizer itself.
scene_read_show() {
    local said
    if [ "${words[1]-}" != -Y ]; then
        scene_one_of 1 "$scene_faces -Y" && scene_end 2
    elif scene_word 2 "FILTER"; then
        said=$(visualizer --print packets -Y "${words[*]:2}" "$kit/labs/recordings/letter.pcapng" 2>&1 >/dev/null) ||
            scene_wrong_word 2 "%s" "%s" "${said#visualizer: }"
    fi
}

scene_read_command() {
    scene_host && scene_word 2 "COMMAND"
}

# The lines of a file follow it, each after four spaces, which are taken away; an empty line is one of them.
scene_read_file() {
    scene_name 1 && scene_end 2 || return
    scene_in_file=true
}

scene_statement() {
    local words before=$scene_mistakes
    read -ra words <<<"$text"
    [[ ${words[0]} == say ]] || scene_both_languages
    case ${words[0]} in
    title | say) scene_read_text ;;
    topology) scene_read_topology ;;
    needs) scene_word 1 "PROGRAM" && scene_end 2 ;;
    file) scene_read_file ;;
    user) scene_read_user ;;
    mailserver | start) scene_read_started ;;
    stop) scene_read_stop ;;
    run | fail | do) scene_read_command ;;
    wire) scene_read_wire ;;
    show) scene_read_show ;;
    pause) scene_end 1 ;;
    expect | wait) scene_read_expect ;;
    *)
        scene_wrong_word 0 "\"%s\" is not a statement; there are %s" "« %s » n'est pas une instruction ; il y a %s" \
            "${words[0]}" "$scene_names"
        ;;
    esac
    [ "$scene_mistakes" != "$before" ] || scene_count_words
}

# What no check of single words has found.
scene_count_words() {
    local fewest most usage
    read -r fewest most usage <<<"${scene_statements[${words[0]}]}"
    if [ ${#words[@]} -le "$fewest" ]; then
        scene_wrong_word ${#words[@]} "something is missing: %s" "il manque quelque chose : %s" "$usage"
    elif [ ${#words[@]} -gt $((most + 1)) ]; then
        scene_wrong_word $((most + 1)) "that is too much: %s" "c'est trop : %s" "$usage"
    fi
}

# A statement with its continuations is complete: judge it, and keep it.
scene_complete() {
    local rest
    [ -n "$text" ] || return 0
    scene_at=$begun
    scene_statement
    rest=${text#"${text%%[[:space:]]*}"}
    rest=${rest#"${rest%%[![:space:]]*}"}
    scene_verb+=("${text%%[[:space:]]*}")
    scene_line+=("$begun")
    scene_rest+=("$rest")
    text=""
}

# One line of the file: part of a file's text, a continuation, or a statement.
scene_take_line() {
    local line=$1 last
    if $scene_in_file && [[ $line == "    "* || -z $line ]]; then
        last=$((${#scene_rest[@]} - 1))
        scene_rest[last]+=$'\n'${line#    }
    elif [[ $line =~ ^[[:space:]]*(#.*)?$ ]]; then
        [[ $line == "#"* ]] || { scene_complete; scene_in_file=false; }
    elif [[ $line == [[:space:]]* ]]; then
        if [ -z "$text" ]; then
            scene_wrong 1 "this continues nothing: a statement begins in column 1" \
                "ceci ne continue rien : une instruction commence en colonne 1"
        fi
        text+=" ${line#"${line%%[![:space:]]*}"}"
    else
        scene_complete
        text=$line begun=$number scene_in_file=false
        [[ $line != file[[:space:]]* ]] || scene_complete
    fi
}

# What a whole scene must have.
scene_whole() {
    [[ -n ${scene_title[en]} && -n ${scene_title[fr]} ]] ||
        scene_wrong 1 "the scene has no title in both languages" "la scène n'a pas de titre dans les deux langues"
    [ -n "$scene_topology" ] || scene_wrong 1 "the scene has no topology" "la scène n'a pas de topologie"
    [ "$scene_proofs" -gt 0 ] ||
        scene_wrong 1 "the scene proves nothing: not one expect" "la scène ne prouve rien : pas un seul expect"
    scene_both_languages
}

# Reads the file; fails when it has a mistake.
# shellcheck disable=SC2034  # the arrays are for those who call
scene_read() {
    local text="" begun=1 line number=0
    scene_file=$1 scene_at=0 scene_mistakes=0 scene_topology="" scene_proofs=0 scene_in_file=false
    scene_verb=() scene_rest=() scene_line=()
    declare -gA scene_title=([en]="" [fr]="") scene_said=([en]=0 [fr]=0) scene_started=()
    while IFS= read -r line || [ -n "$line" ]; do
        scene_at=$((number += 1))
        scene_take_line "$line"
    done <"$scene_file"
    scene_complete
    scene_at=$number
    scene_whole
    [ "$scene_mistakes" = 0 ]
}
