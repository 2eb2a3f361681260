#!/usr/bin/env bash
# Whatever of a lab is killed, or whoever raises it, the lab ends, says why, and leaves nothing: no process, mount,
# device or file.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
export LANGUAGE=en
kit=$PWD

netlab() {
    "$kit/scripts/netlab" --lab "$@"
}

clean_up() {
    local number
    for number in 1 2 3 4 5 6; do
        netlab "e$$-$number" down 2>/dev/null
    done
}

# Mounts, devices and files; processes are told by the lab's name.
world() {
    cut -d' ' -f4- /proc/self/mountinfo | sort
    ls /sys/class/net
    ls /run/pli 2>&1
}

no_process() {
    ! grep -qsz -- "^$1$" /proc/[0-9]*/cmdline
}

first_process() {
    netlab "$1" status | sed -n "s/^lab \"$1\" is up (process \([0-9]*\))/\1/p"
}

is_up() {
    [ -n "$(first_process "$1")" ]
}

# Kills what has this in its command line, within the lab whose first process is given.
slay() {
    local entry slain=1
    for entry in /proc/[0-9]*; do
        [ "$entry/ns/pid" -ef "/proc/$1/ns/pid" ] && tr '\0' ' ' <"$entry/cmdline" | grep -q -- "$2" &&
            kill -KILL "${entry#/proc/}" && slain=0
    done 2>/dev/null
    return $slain
}

# The file that tells why is open: from then on whoever waits hears it.
waits() {
    [[ "$(readlink /proc/"$1"/fd/* 2>/dev/null)" = */pli/why* ]]
}

# ends LAB TOPOLOGY WHAT WHY: the lab is raised, this is killed; those who wait and those who work in it are told why.
ends() {
    local lab=$1 first waiter worker
    netlab "$lab" up "$2" || return 1
    first=$(first_process "$lab")
    "$kit/scripts/netlab" --lab "$lab" wait 2>"$work/$lab.why" &
    waiter=$!
    netlab "$lab" run mail sh -c "touch '$work/$lab.works'; exec sleep 100" 2>"$work/$lab.told" &
    worker=$!
    until_true waits $waiter && until_true test -e "$work/$lab.works" || return 1
    slay "$first" "$3" || { echo "nothing to kill: $3"; return 1; }
    fails wait $waiter && fails wait $worker || return 1
    cat "$work/$lab.why" "$work/$lab.told"
    grep -q -- "$4" "$work/$lab.why" && grep -q -- "$4" "$work/$lab.told" && gone "$lab"
}

# status does not list it, and down has nothing to end.
gone() {
    until_true no_process "$1" && fails says "\"$1\"" netlab "$1" status &&
        fails netlab "$1" down 2>"$work/$1.down" && grep -q "no lab \"$1\" is up" "$work/$1.down"
}

# half_made LAB first|who: killed while it is being made, by its first process, or with who raises it.
half_made() {
    local raising
    "$kit/scripts/netlab" --lab "$1" up "$work/$2.lab" 2>"$work/$1.up" &
    raising=$!
    until_true is_up "$1" || return 1
    if [ "$2" = first ]; then
        kill -KILL "$(first_process "$1")"
    else
        kill -KILL $raising
    fi
    fails wait $raising && gone "$1"
}

# All at the same time, for they wait more than they work.
run_all() {
    local number=0 row words
    for row in "${rows[@]}"; do
        number=$((number + 1))
        IFS='|' read -ra words <<<"$row"
        ("${words[1]}" "e$$-$number" "${words[@]:2}" && echo all well) >"$work/said-$number" 2>&1 &
    done
    wait
    number=0
    for row in "${rows[@]}"; do
        number=$((number + 1))
        check "${row%%|*}" says 'all well' cat "$work/said-$number"
    done
}

for program in visualizer mailserver; do
    [ -x "$bin/$program" ] || skip_all "$program is not built"
done
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
rows=(
    'a host is killed|ends|letter|^sleep infinity|a host has ended by itself'
    'the wire is killed|ends|letter|^visualizer --wire|the wire has ended by itself'
    'the name server is killed|ends|letter|^dnsmasq|dns: dnsmasq has ended by itself'
    'the mail server is killed|ends|one-server|^mailserver|mail: mailserver has ended by itself'
    'its first process is killed while it is made|half_made|first'
    'who raises it is killed|half_made|who'
)
# Both take long to be made; who has nobody to tell that it is ready ends then.
printf 'net lan 10.0.0.0/24\nhost alice lan:1\nonce alice sleep 8\n' >"$work/who.lab"
sed 's/sleep 8/sleep 50/' "$work/who.lab" >"$work/first.lab"
plan $((${#rows[@]} + 1))
world >"$work/before"
run_all
nothing_left() {
    world | diff "$work/before" -
}
check "nothing is left: no mount, device or file" until_true nothing_left
