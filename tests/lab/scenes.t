#!/usr/bin/env bash
# Scenes: mistakes in their files are told by line and column; what they tell is proved; whatever happens to them,
# nothing is left. ALL_SCENES=1 plays all of them in both languages, else a few short ones.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
export LANGUAGE=en TMPDIR=$work/tmp
mkdir "$TMPDIR"
kit=$PWD
# The reader of scenes itself, for the many mistakes: a program of its own for each would take ten times as long.
# shellcheck source=scripts/say.sh
. scripts/say.sh
# shellcheck source=scripts/lab/topology.sh
. scripts/lab/topology.sh
# shellcheck source=scripts/lab/scene.sh
. scripts/lab/scene.sh
PATH=$bin:$PATH

# Mistakes: what stands in the scene (\n begins a line), where the mistake is told, a part of what is told.
mistakes() {
    cat <<'EOT'
tittle en X|1:1|not a statement; there are title
title|1:6|one of these is wanted here: en fr
title de Titel|1:7|one of these is wanted here: en fr
title en|1:9|something is missing here: TEXT
topology|1:9|something is missing
topology nowhere|1:10|no topology "nowhere"
topology letter more|1:17|nothing more
topology letter\ntopology letter|2:1|one topology
run alice true|1:1|first the topology
topology letter\nrun bob true|2:5|no host "bob"; it has alice mail dns
topology letter\nrun alice|2:10|something is missing here: COMMAND
topology letter\nfail|2:5|no host
topology letter\nuser mail rachida|2:18|PASSWORD
topology letter\nuser mail a/b c|2:11|letters, digits
topology letter\nuser mail a b c|2:15|nothing more
topology letter\nmailserver mail\nuser mail a b|3:1|users come before
topology letter\nmailserver nobody|2:12|no host
topology letter\nstart alice ../x sleep 1|2:13|a name is wanted
topology letter\nstart alice name|2:17|COMMAND
stop what|1:6|nothing that is called "what"
topology letter\nmailserver mail\nstop mail\nstop mail|4:6|nothing that is called
needs|1:6|PROGRAM
needs nft now|1:11|nothing more
file a/b|1:6|a name is wanted
file one two|1:10|nothing more
wire fly|1:6|one of these is wanted here: hold
wire fault|1:11|TEXT
wire fault drop it|1:12|this word is not understood here
wire fault flip every SYN|1:12|what is to be done?
say en Hello\npause|2:1|not said in both
say en Hello|1:1|not said in both
say es Hola|1:5|one of these
say fr|1:7|TEXT
show fields|1:6|one of these is wanted here: ladder
show ladder now|1:13|nothing more
show -Y|1:8|FILTER
show -Y tcp.port ==|1:9|filter
show -Y no.such.field|1:9|no.such.field
pause 3|1:7|nothing more
expect|1:7|one of these is wanted here
expect wonder X|1:8|one of these is wanted here: exchange
expect exchange|1:16|REGEX
expect 2 exchange ([|1:19|not well formed
expect 0 exchange X|1:8|one of these
wait no exchange X|1:6|one of these
  lonely|1:1|continues nothing
title en X|1:1|no title in both
title en X\ntitle fr X\ntopology letter|3:1|proves nothing
title en X\ntitle fr X\nexpect packet X|3:1|no topology
EOT
}

told() {
    printf '%b\n' "$1" >"$work/wrong.scene"
    ! (scene_read "$work/wrong.scene") 2>"$work/mistake" || return 1
    cat "$work/mistake"
    grep -F "wrong.scene:$2: " "$work/mistake" | grep -qF "$3"
}

in_french() {
    printf 'expect packet X\nrun alice x\n' >"$work/wrong.scene"
    says "wrong.scene:2:1: il faut d'abord nommer la topologie" \
        "$kit/scripts/scene" --lang fr --check "$work/wrong.scene"
}

clean_scenes() {
    local file failed=0
    for file in labs/scenes/*.scene; do
        (scene_read "$file") || failed=1
        [ "$(sed -n '/^#/!q;p' "$file" | wc -l)" -gt 0 ] || { echo "$file: says not what it is" && failed=1; }
    done
    "$kit/scripts/scene" --check the-dot && return $failed
}

# nothing_left [LAB]: no such lab, no folder, no process that knows the folder.
nothing_left() {
    ls "$TMPDIR"
    [ -z "$(ls "$TMPDIR")" ] && fails says "\"${1:-scene-}" "$kit/scripts/netlab" status &&
        ! grep -qsz "^SSLKEYLOGFILE=$TMPDIR/" /proc/[0-9]*/environ
}

# play OUTPUT OPTION... SCENE
play() {
    "$kit/scripts/scene" --no-pause "${@:2}" </dev/null >"$work/$1" 2>"$work/$1.err" && return
    tail -n 30 "$work/$1.err"
    return 1
}

# plays LANGUAGE SCENE
plays() {
    play "$1-$2.out" --lang "$1" --record "$work/$1-$2.pcapng" "$2" && grep -q ✓ "$work/$1-$2.out"
}

# What is the same each time: who said what. Who loses patience first is the timers' affair.
list() {
    "$bin/visualizer" --print exchanges "$1" | awk -F '\t' '$11 !~ /close|neighbour|address res/ {
        print $11 ~ /retransmission/ ? "" : $5 " " $6, $7, $11 }'
}

# lost-packet was played in both languages at the same time: it has the same exchanges in both.
twice_the_same() {
    diff <(list "$work/en-lost-packet.pcapng") <(list "$work/fr-lost-packet.pcapng")
}

# Plays scenes (LANGUAGE SCENE), two at a time, and says how each went.
check_plays() {
    local rows row
    while mapfile -n 2 -t rows && [ ${#rows[@]} -gt 0 ]; do
        for row in "${rows[@]}"; do
            # shellcheck disable=SC2086  # two words
            (plays $row && echo all well) >"$work/${row/ /-}.said" 2>&1 &
        done
        wait
        for row in "${rows[@]}"; do
            check "$row is played" says 'all well' cat "$work/${row/ /-}.said"
        done
    done
}

# Scenes that stay where they are, for what is done to them: one with a mail server, and a short one.
cat >"$work/stay.scene" <<'EOT'
title en  Stay
title fr  Reste
topology letter
user mail rachida bonjour-2026
mailserver mail
do alice  mailclient list --no-tls --password-file rachida.password imap://rachida@mail.example.org
expect exchange IMAP greeting
do alice  touch here && sleep 600
EOT
sed '/^user/d; /^mailserver/d; /^do alice  mailclient/d; /^expect/d' "$work/stay.scene" >"$work/short.scene"
echo 'expect packet X' >>"$work/short.scene"
# Its mail server is missed when it waits for something.
sed 's/^do alice  touch.*/&\nwait exchange NEVER/; s/ && sleep 600//' "$work/stay.scene" >"$work/wait.scene"

staying() {
    compgen -G "$TMPDIR/*/here" >/dev/null
}

# ended HOW SCENE: starts the scene, does it, and answers with the scene's own exit status in $status.
ended() {
    local scene lab
    export TMPDIR=$work/tmp-$1
    mkdir "$TMPDIR"
    setsid env --default-signal=INT "$kit/scripts/scene" --no-pause "$work/$2.scene" \
        </dev/null >/dev/null 2>"$work/$1.err" &
    scene=$!
    until_true staying || { cat "$work/$1.err"; return 1; }
    lab=$("$kit/scripts/netlab" status | sed -n "s/^lab \"scene-$scene\".*process \([0-9]*\)).*/\1/p")
    "$1" "$scene" "$lab"
    wait "$scene"
    status=$?
    cat "$work/$1.err"
    until_true nothing_left "scene-$scene"
}

interrupt() { kill -INT -- "-$1"; }
terminate() { kill -TERM "$1"; }
slay() { kill -KILL "$1"; }
# slay_inside LAB PATTERN: the processes of the lab whose command line has this.
slay_inside() {
    local entry
    for entry in /proc/[0-9]*; do
        [ "$entry/ns/pid" -ef "/proc/$1/ns/pid" ] && tr '\0' ' ' <"$entry/cmdline" | grep -q -- "$2" &&
            kill -KILL "${entry#/proc/}"
    done 2>/dev/null
}
slay_wire() { slay_inside "$2" '^visualizer --wire'; }
slay_host() { slay_inside "$2" '^sleep infinity'; }
slay_server() { slay_inside "$2" '^mailserver'; }

# What is done, the scene, its exit status, and what it says.
ends() {
    ended "$1" "$2" && echo "status $status" && [ "$status" = "$3" ] && { [ $# = 3 ] || grep -q "$4" "$work/$1.err"; }
}

# Three scenes at a time, for they wait more than they work: rows of what the check is called and the words of ends.
check_ends() {
    local rows row words
    while mapfile -n 3 -t rows && [ ${#rows[@]} -gt 0 ]; do
        for row in "${rows[@]}"; do
            IFS='|' read -ra words <<<"$row"
            (ends "${words[@]:1}" && echo all well) >"$work/${words[1]}.said" 2>&1 &
        done
        wait
        for row in "${rows[@]}"; do
            IFS='|' read -ra words <<<"$row"
            check "${words[0]}" says 'all well' cat "$work/${words[1]}.said"
        done
    done
}

# What is told and did not happen ends the scene, with the place.
disproved() {
    sed 's/^expect .*/expect no exchange IMAP greeting/; s/sleep 600/true/' "$work/stay.scene" >"$work/false.scene"
    sed -i 's/^do alice  touch.*//' "$work/false.scene"
    fails "$kit/scripts/scene" --print "$work/false.scene" </dev/null >"$work/out" 2>"$work/err" || return 1
    cat "$work/err"
    grep -q 'false.scene:7: this did not happen' "$work/err" && until_true nothing_left ""
}

# In a terminal of 80 columns: Enter goes on, b goes back, q ends.
screen_is() {
    tmux -L "$socket" capture-pane -p -t s | grep -qF -- "$1"
}

keys() {
    socket=pli-$$
    tmux -L "$socket" -f /dev/null new-session -d -s s -x 80 -y 24 \
        "env BIN=$BIN TMPDIR=$TMPDIR LANGUAGE=fr '$kit/scripts/scene' the-dot; echo ended \$? >'$work/ended'" ||
        return 1
    local result=1
    until_true screen_is 'Entrée : suite' && screen_is 'En SMTP, une ligne' && tmux -L "$socket" send-keys -t s Enter &&
        until_true screen_is 'Sur le câble' && until_true screen_is 'Entrée : suite' &&
        tmux -L "$socket" send-keys -t s b && until_true screen_is 'En SMTP, une ligne' &&
        tmux -L "$socket" send-keys -t s q && until_true grep -qs 'ended 0' "$work/ended" &&
        until_true nothing_left "" && result=0
    tmux -L "$socket" capture-pane -p -t s 2>/dev/null
    tmux -L "$socket" kill-server 2>/dev/null
    return $result
}

for program in visualizer mailserver mailclient; do
    [ -x "$bin/$program" ] || skip_all "$program is not built"
done
mapfile -t wrong < <(mistakes)
# Scenes to play, each with its language.
short=("en lost-packet" "fr lost-packet")
if [ -n "${ALL_SCENES-}" ]; then
    mapfile -t short < <(basename -s .scene -a labs/scenes/*.scene | sed 'h; s/^/en /p; g; s/^/fr /')
fi
plan $((${#wrong[@]} + ${#short[@]} + 12))
for row in "${wrong[@]}"; do
    IFS='|' read -r text place part <<<"${row//\\n/\\\\n}"
    text=${text//\\\\n/\\n}
    check "a mistake is told: $text" told "$text" "$place" "$part"
done
check "mistakes are told in French" in_french
check "the kit's own scenes have none" clean_scenes
if ! scripts/netlab doctor >"$work/said" 2>&1; then
    why=$(grep -m 1 '!!' "$work/said")
    for ((number = 0; number < ${#short[@]} + 10; number++)); do
        skip "a scene is played" "$why"
    done
    exit
fi
check_plays < <(printf '%s\n' "${short[@]}")
check "nothing of them is left" nothing_left ""
check "a scene is the same twice" twice_the_same
check "what did not happen is not believed" disproved
check_ends <<'EOT'
Ctrl-C ends a scene, and nothing is left|interrupt|stay|130
so does SIGTERM|terminate|short|143
killed, it leaves nothing|slay|short|137
the wire crashes|slay_wire|short|1|short.scene:4: the lab has ended by itself
a host crashes|slay_host|short|1|short.scene:4: the lab has ended by itself
the mail server crashes|slay_server|wait|1|wait.scene:9: mail has ended by itself
EOT
if command -v tmux >/dev/null; then
    check "keys turn its pages" keys
else
    skip "keys turn its pages" "tmux is not installed"
fi
