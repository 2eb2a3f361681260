#!/usr/bin/env bash
# The lab network: it works, for root and for an ordinary user, and leaves nothing behind however it ends.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG
kit=$PWD
lab=t$$

netlab() {
    "$kit/scripts/netlab" --lab "$lab" "$@"
}

clean_up() {
    netlab down 2>/dev/null
    netlab --lab "$lab-2" down 2>/dev/null
}

# What must be the same before and after: mounts, devices, and no process of ours.
world() {
    cut -d' ' -f4- /proc/self/mountinfo | sort
    ls /sys/class/net
    grep -lz "inside.sh" /proc/[0-9]*/cmdline 2>/dev/null | while read -r process; do
        grep -az "$lab" "$process"
    done 2>/dev/null
    ls /run/pli 2>&1
}

nothing_left() {
    world >"$work/after"
    diff "$work/before" "$work/after"
}

is_gone() {
    fails netlab run alice true
}

first_process() {
    netlab status | sed -n "s/^lab \"$lab\" is up (process \([0-9]*\))/\1/p"
}

# The wire's process number as seen from here: a child of the lab's first process.
wire_process() {
    local entry
    for entry in /proc/[0-9]*; do
        grep -q "^PPid:[[:space:]]$(first_process)$" "$entry/status" 2>/dev/null &&
            grep -qz -- --wire "$entry/cmdline" 2>/dev/null && echo "${entry#/proc/}"
    done
}

names() {
    [ "$(netlab run alice hostname)" = alice.example.org ] &&
        netlab run alice grep -q '^nameserver 10.0.0.53' /etc/resolv.conf &&
        netlab run alice getent ahosts mail.example.org | grep -q '^10.0.0.25 ' &&
        netlab run alice getent ahosts mail | grep -q '^fd00::25 '
}

recording_is_right() {
    local packets
    [ "$(tshark -n -r "$work/r.pcapng" -Y _ws.malformed 2>/dev/null | wc -l)" = 0 ] || return 1
    packets=$(tshark -n -r "$work/r.pcapng" -Y 'icmp.type == 8 || icmpv6.type == 128 || arp' \
        -T fields -e frame.interface_name -e ip.checksum.status -o ip.check_checksum:TRUE 2>/dev/null)
    echo "$packets"
    grep -q '^alice' <<<"$packets" && grep -q '^mail' <<<"$packets" && ! grep -q 0$ <<<"$packets"
}

held_open() {
    mkfifo "$work/open"
    exec 8<>"$work/open"
    exec 7<"$work/open"
    exec 6>"$work/open" 8>&-
    netlab up --while-open 7 6>&- || return 1
    exec 7<&-
    netlab run mail true 6>&- || return 1
    exec 6>&-
    until_true is_gone
}

mistakes() {
    cat >"$work/wrong.lab" <<'EOT'
net lan 10.0.0.0/24 fd00::/64
host alice lan:10
host  bob   lan:10
frob nothing
mx example.org nobody
EOT
    "$kit/scripts/netlab" check "$work/wrong.lab" 2>"$work/mistakes"
    cat "$work/mistakes"
    grep -q 'wrong.lab:3:13: lan:10 is already' "$work/mistakes" && grep -q 'wrong.lab:4:1: "frob"' "$work/mistakes" &&
        grep -q 'wrong.lab:5:16: no host' "$work/mistakes"
}

# A copy that an ordinary user may read, wherever this one is.
copy_kit() {
    mkdir -p "$work/kit/bin" "$work/kit/labs" && cp -r scripts "$work/kit" && cp -r labs/topologies "$work/kit/labs" &&
        cp "$bin/visualizer" "$work/kit/bin" && chmod 1777 "$work"
}

as_user() {
    (cd "$work" && exec setpriv --reuid=65534 --regid=65534 --clear-groups env BIN="$work/kit/bin" HOME="$work" "$@")
}

ordinary_user() {
    copy_kit
    as_user kit/scripts/netlab --lab "$lab" up --record "$work/user.pcapng" &&
        as_user kit/scripts/netlab --lab "$lab" run alice ping -c 1 -W 5 10.0.0.25 &&
        as_user kit/scripts/netlab --lab "$lab" down && [ -s "$work/user.pcapng" ]
}

# A place where the kernel allows no user namespace, and the user is not root enough to do without.
forbidden() {
    # shellcheck disable=SC2016  # expanded inside
    unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces &&
        exec setpriv --bounding-set=-all --inh-caps=-all "$@"' - "$kit/scripts/netlab" --lab "$lab" "$@"
}

# In many containers nobody may mount /proc anew, for part of the old one is hidden, and /proc/sys is read-only.
# (The leak sanitizer finds its own threads in /proc, which has other numbers here.)
behind_a_mask() {
    # shellcheck disable=SC2016  # expanded inside
    unshare -m sh -c 'mount --make-rprivate / && mount --bind /proc/sys /proc/sys &&
        mount -o remount,bind,ro /proc/sys && mount -t tmpfs -o ro none /proc/tty && cd "$1" && shift &&
        exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' - "$work" env BIN="$work/kit/bin" HOME="$work" \
        ASAN_OPTIONS=detect_leaks=0 "$@"
}

masked_proc() {
    # shellcheck disable=SC2016  # expanded inside
    behind_a_mask sh -c '"$@" up && "$@" run alice ping -c 1 -W 5 mail && "$@" down' - \
        kit/scripts/netlab --lab "$lab"
}

command -v setpriv >/dev/null || skip_all "setpriv is not installed"
[ -x "$bin/visualizer" ] || skip_all "the visualizer is not built"
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
plan 19
world >"$work/before"
check "a lab comes up" netlab up --record "$work/r.pcapng"
check "IPv4 passes" netlab run alice ping -c 1 -W 5 10.0.0.25
check "IPv6 passes" netlab run mail ping -c 1 -W 5 fd00::10
check "hosts have names, and ask the name server for the others'" names
check "a second lab of the same name is refused" says "is up already" netlab up
check "another lab is up at the same time" netlab --lab "$lab-2" up
check "both are listed" says "lab \"$lab-2\" is up" netlab status
check "an unknown host is refused" says "there is no host \"nobody\"" netlab run nobody true
check "the second goes down" netlab --lab "$lab-2" down
check "the first goes down" netlab down
if command -v tshark >/dev/null; then
    check "the recording is well-formed, with true checksums" recording_is_right
else
    skip "the recording is well-formed" "tshark is not installed"
fi
netlab up
kill -KILL "$(first_process)"
check "a lab whose first process is killed is gone" until_true is_gone
netlab up
kill -KILL "$(wire_process)"
check "a lab whose wire is killed is gone" until_true is_gone
check "a lab ends when the descriptor it was given is closed" held_open
check "mistakes in a topology are told with line and column" mistakes
if [ "$(id -u)" = 0 ]; then
    check "an ordinary user needs no root" ordinary_user
    if behind_a_mask unshare -Urmpf --mount-proc true 2>/dev/null; then
        skip "nor a /proc of the lab's own" "a /proc in full view elsewhere keeps it from being hidden"
    else
        check "nor a /proc of the lab's own" masked_proc
    fi
else
    skip "an ordinary user needs no root" "this is one already"
    skip "nor a /proc of the lab's own" "only root can hide the system's"
fi
check "where user namespaces are forbidden, the switch is named" says user.max_user_namespaces=15000 forbidden up
check "nothing is left: no process, mount, device or file" nothing_left
