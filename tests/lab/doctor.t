#!/usr/bin/env bash
# The doctor names what is missing, one thing at a time.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
kit=$PWD
lab=e$$

netlab() {
    "$kit/scripts/netlab" --lab "$lab" "$@"
}

clean_up() {
    netlab down 2>/dev/null
}

# No mount, device or file more than before, and no process that knows the lab's name.
world() {
    cut -d' ' -f4- /proc/self/mountinfo | sort
    ls /sys/class/net
    ls /run/pli 2>&1
}

nothing_left() {
    world | diff "$work/before" - && ! grep -qsz -- "^$lab$" /proc/[0-9]*/cmdline
}

# doctor_says TEXT COMMAND...: runs the doctor that way; it fails, and says this.
doctor_says() {
    local text=$1
    shift
    fails "$@" "$kit/scripts/netlab" doctor >"$work/doctor" || return 1
    cat "$work/doctor"
    grep -qF -- "$text" "$work/doctor"
}

# A program that fails when its arguments have this word, in a folder that comes first.
broken() {
    local program=$1 real
    real=$(command -v "$program")
    rm -rf "$work/stub"
    mkdir "$work/stub"
    ln -s "$bin"/* "$work/stub"
    rm -f "$work/stub/$program"
    printf '#!/bin/sh\ncase "$*" in *%s*) exit 1 ;; esac\nexec %s "$@"\n' "$2" "$real" >"$work/stub/$program"
    chmod +x "$work/stub/$program"
}

with_stub() {
    BIN=$work/stub "$@"
}

# Namespaces are forbidden, and this setting seems to be the reason.
# shellcheck disable=SC2016  # expanded inside
setting() {
    local name=$1 value=$2
    shift 2
    unshare -Urm sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
        mount -t tmpfs none /proc/sys/user && echo 15000 >/proc/sys/user/max_user_namespaces
        mount -t tmpfs none /proc/sys/kernel && echo "$2" >"/proc/sys/kernel/$1"
        shift 2
        exec setpriv --bounding-set=-all --inh-caps=-all "$@"' - "$name" "$value" "$@"
}

[ -x "$bin/visualizer" ] || skip_all "the visualizer is not built"
command -v setpriv >/dev/null || skip_all "setpriv is not installed"
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
plan 7
world >"$work/before"
broken ip veth
check "the doctor misses veth" doctor_says "sudo modprobe veth" with_stub
broken ip -6
check "the doctor misses IPv6" doctor_says "IPv6 is switched off" with_stub
broken visualizer --wire
check "the doctor misses packet sockets" doctor_says "sudo modprobe af_packet" with_stub
check "the doctor finds Debian's switch" doctor_says "sudo sysctl -w kernel.unprivileged_userns_clone=1" \
    setting unprivileged_userns_clone 0
check "the doctor finds Ubuntu's" doctor_says "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" \
    setting apparmor_restrict_unprivileged_userns 1
check "the doctor finds no switch, and thinks of containers" \
    doctor_says "In a container, start it with --cap-add SYS_ADMIN" setting unprivileged_userns_clone 1
check "nothing is left in the end" nothing_left
