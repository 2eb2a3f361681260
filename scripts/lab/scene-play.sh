# shellcheck shell=bash
# Sourced by scripts/scene: plays the statements that scene.sh has read.
#
# Every program of the scene runs in the lab, which ends when nobody holds
# descriptor 9 any more; a watcher in a session of its own then removes the
# folder $work. So nothing is left, however the scene ended.
# shellcheck disable=SC2154  # scripts/scene and what it sources set the variables

page="" pages=() viewed=0 lab=scene-$$

# What is shown is kept, for the key that goes back.
emit() {
    page+=$1$'\n'
    printf '%s\n' "$1"
}

# A line of a list, cut to the width of the screen.
emit_cut() {
    local line=$1
    [ ${#line} -lt "$columns" ] || line=${line:0:columns - 2}…
    emit "$line"
}

# Typed plainly, set well: apostrophes between letters, and in French the spaces before : ; ! ? and within « ».
typeset_text() {
    local text=$1 space=$'\u00a0' quote=$'\u2019'
    while [[ $text =~ ^(.*[[:alpha:]])\'([[:alpha:]].*)$ ]]; do
        text=${BASH_REMATCH[1]}$quote${BASH_REMATCH[2]}
    done
    if [ "$pli_language" = 2 ]; then
        text=${text// :/$space:} text=${text// ;/$space;} text=${text// !/$space!} text=${text// \?/$space?}
        text=${text//« /«$space} text=${text// »/$space»}
    fi
    printf %s "$text"
}

# Narration, broken into lines that fit.
narrate() {
    local words word line=""
    IFS=' ' read -ra words <<<"$(typeset_text "$1")"
    for word in "${words[@]}"; do
        if [ -n "$line" ] && [ $((${#line} + ${#word} + 1)) -ge "$text_columns" ]; then
            emit "$line"
            line=""
        fi
        line+=${line:+ }$word
    done
    emit "$line"
}

# Ends the scene with the place in its file.
die_here() {
    printf '%s:%s: ' "$scene_file" "${scene_line[at]}" >&2
    say "$@" >&2
    exit 1
}

# A pause that signals may interrupt.
rest_a_bit() {
    read -r -t "$1" <&"$never" || true
}

netlab() {
    "$kit/scripts/netlab" --lab "$lab" "$@" 7<&- 9>&-
}

# Commands run on a host in the scene's folder; waited for in a way that lets signals through.
on() {
    local pid
    netlab run "$1" bash -c "$2" </dev/null >"$work/output" 2>&1 7<&- 9>&- &
    pid=$!
    wait $pid
}

# Whatever ends by itself (a host, the wire) ends the lab.
lab_lives() {
    local name
    [ -e "/proc/$lab_pid" ] || die_here "the lab has ended by itself: one of its hosts or the wire has crashed" \
        "le laboratoire s'est arrêté de lui-même : un de ses hôtes ou le fil est tombé"
    for name in "${!running[@]}"; do
        kill -0 "${running[$name]}" 2>/dev/null && continue
        [ ! -s "$work/$name.log" ] || tail -n 5 "$work/$name.log" >&2
        die_here "%s has ended by itself" "%s s'est arrêté tout seul" "$name"
    done
}

show_output() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        emit_cut "$line"
    done < <(tr -d '\000-\010\013-\037\177' <"$work/output" | expand)
}

do_command() {
    local host=${rest%%[[:space:]]*} command status=0
    command=${rest#*[[:space:]]}
    command=${command#"${command%%[![:space:]]*}"}
    [ "$verb" = "do" ] || emit "$dim$host\$$plain $bold$command$plain"
    on "$host" "$command" || status=$?
    # Killed: by the end of the lab, which may take a moment more?
    [ $status -lt 128 ] || rest_a_bit 1
    lab_lives
    [ "$verb" = "do" ] || show_output
    case $verb:$status in
    fail:0)
        die_here "this command was to fail, and it did not: %s" \
            "cette commande devait échouer, et ne l'a pas fait : %s" "$command" ;;
    fail:* | *:0) ;;
    *)
        [ "$verb" != "do" ] || cat "$work/output" >&2
        die_here "this command failed: %s" "cette commande a échoué : %s" "$command" ;;
    esac
}

# start_program NAME HOST COMMAND: its process group is named in a file, to be ended by stop.
start_program() {
    # shellcheck disable=SC2016  # expanded on the host
    netlab run "$2" setsid bash -c 'echo $$ >"$1.pid"; eval "exec $2"' - "$1" "$3" </dev/null \
        >"$work/$1.log" 2>&1 7<&- 9>&- &
    running[$1]=$! host_of[$1]=$2
    await_file "$work/$1.pid"
}

await_file() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        [ ! -s "$1" ] || return 0
        lab_lives
        rest_a_bit 0.05
    done
    die_here "the program does not start" "le programme ne démarre pas"
}

do_start() {
    local words
    local command
    read -ra words <<<"$rest"
    command=${rest#*"${words[1]}"}
    command=${command#"${command%%[![:space:]]*}"}
    emit "$dim${words[0]}\$$plain $bold$command$plain &"
    start_program "${words[1]}" "${words[0]}" "$command"
}

do_mailserver() {
    local words
    read -ra words <<<"$rest"
    rm -f "$work/${words[0]}.ready"
    start_program "${words[0]}" "${words[0]}" \
        "mailserver --root mail-${words[0]} -o ports=standard -o patience=1h --ready-file ${words[0]}.ready \
        ${rest#"${words[0]}"}"
    await_file "$work/${words[0]}.ready"
}

do_user() {
    local words
    read -ra words <<<"$rest"
    (umask 077 && printf '%s\n' "${words[2]}" >"$work/${words[1]}.password")
    on "${words[0]}" "mailserver --root mail-${words[0]} user add ${words[1]} <${words[1]}.password" ||
        { cat "$work/output" >&2 && die_here "no user was made" "aucun utilisateur n'a été créé"; }
}

do_stop() {
    local pid=${running[$rest]}
    lab_lives
    unset "running[$rest]"
    on "${host_of[$rest]}" "kill -- -$(<"$work/$rest.pid")"
    wait "$pid"
}

do_wire() {
    emit "${dim}wire\$$plain $bold$rest$plain"
    netlab wire "${rest%%[[:space:]]*}" "${rest#"${rest%%[[:space:]]*}"}" >"$work/output" 2>&1 ||
        { lab_lives && die_here "%s" "%s" "$(<"$work/output")"; }
    show_output
}

do_file() {
    printf '%s\n' "${rest#*$'\n'}" >"$work/${rest%%$'\n'*}"
}

do_say() {
    [ "${rest%%[[:space:]]*}" = "$language" ] || return 0
    narrate "${rest#*[[:space:]]}"
}

# A new page: on a terminal an empty screen with the title.
open_page() {
    page=""
    [ "$pauses" = keys ] && printf '\e[H\e[2J'
    emit "$bold$(typeset_text "$title")$plain $dim$((${#pages[@]} + 1))/$page_count$plain"
    emit ""
}

prompt() {
    if [ "$pauses" = seconds ]; then
        rest_a_bit "$seconds"
        lab_lives
        return 0
    fi
    local key
    printf '\n%s' "$dim"
    printf '%s' "$(say "Enter: go on   b: back   q: end" "Entrée : suite   b : retour   q : fin")$plain"
    while :; do
        if IFS= read -r -s -n 1 -t 0.5 key; then
            break
        elif [ $? -le 128 ]; then
            key=q
            break
        fi
        lab_lives
    done
    printf '\r\e[K'
    turn_page "$key"
}

# b shows the page before, again and again; Enter comes back to where the scene is.
turn_page() {
    case $1 in
    q | Q) exit 0 ;;
    b | B) viewed=$((viewed > 0 ? viewed - 1 : 0)) ;;
    "" | " ")
        [ $viewed -lt $((${#pages[@]} - 1)) ] || return 0
        viewed=$((viewed + 1)) ;;
    esac
    printf '\e[H\e[2J%s' "${pages[viewed]}"
    prompt
}

do_pause() {
    pages+=("$page")
    viewed=$((${#pages[@]} - 1))
    [ "$pauses" = none ] || prompt
    [ $((at + 1)) = ${#scene_verb[@]} ] || { [ "$pauses" != none ] || printf '\n'; open_page; }
}

play_statement() {
    local verb=${scene_verb[at]} rest=${scene_rest[at]}
    case $verb in
    title | topology | needs) ;;
    run | fail | do) do_command ;;
    wait) do_expect ;;
    *) "do_$verb" ;;
    esac
    lab_lives
}

# What the scene needs, before anything is raised.
look_for_programs() {
    for at in "${!scene_verb[@]}"; do
        [ "${scene_verb[at]}" != needs ] || command -v "${scene_rest[at]}" >/dev/null || die_here \
            "this scene needs the program %s: scripts/setup scenes" \
            "cette scène a besoin du programme %s : scripts/setup scenes" "${scene_rest[at]}"
    done
}

raise_lab() {
    work=$(mktemp -d) || exit 1
    # Opened for both at once, so that neither waits; 7 reads, 9 keeps all open, "never" is what nobody writes to.
    mkfifo "$work/open" "$work/never"
    exec 8<>"$work/open" {never}<>"$work/never"
    exec 7<"$work/open"
    exec 9>"$work/open" 8>&-
    # shellcheck disable=SC2016  # expanded there
    setsid bash -c 'read -r -u 7
        for ((tries = 0; tries < 200; tries++)); do
            rm -rf "$1" 2>/dev/null
            [ -e "$1" ] || break
            sleep 0.05
        done' - "$work" 9>&- </dev/null >/dev/null 2>&1 &
    watcher=$!
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    export SSLKEYLOGFILE=$work/keys HOME=$work MAILRC=/dev/null
    cd "$work" || exit 1
    netlab_up || exit 1
    lab_pid=$(LANGUAGE=en netlab status | sed -n "s/^lab \"$lab\" is up (process \([0-9]*\))/\1/p")
    [ -n "$lab_pid" ] || exit 1
}

netlab_up() {
    "$kit/scripts/netlab" --lab "$lab" up "$scene_topology" --while-open 7 --record "$work/scene.pcapng" \
        --keylog "$work/keys" 9>&-
}

# The lab ends with 9; what it still writes is gone with the folder, and the watcher goes last.
clean_up() {
    trap '' INT TERM HUP
    exec 9>&-
    wait "$watcher"
}

# Servers end first, so that their farewells are in the recording.
finish() {
    local name
    for name in "${!running[@]}"; do
        rest=$name
        do_stop
    done
    netlab down || exit 1
}

play() {
    local at
    declare -gA running=() host_of=()
    look_for_programs
    page_count=1
    for at in "${!scene_verb[@]}"; do
        [ "${scene_verb[at]}" != pause ] || [ $((at + 1)) = ${#scene_verb[@]} ] || page_count=$((page_count + 1))
    done
    title=${scene_title[$language]}
    raise_lab
    open_page
    for at in "${!scene_verb[@]}"; do
        play_statement
    done
    at=$((${#scene_verb[@]} - 1))
    finish
}
