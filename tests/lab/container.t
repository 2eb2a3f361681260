#!/usr/bin/env bash
# In a root like that of a small container - the system's programs and the kit, no /sys, no /dev/net/tun, nothing
# else - the lab works; and where something more is missing the doctor names it and says what to do.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
export LANGUAGE=en
kit=$PWD
lab=k$$

# container SETTING COMMAND...: the setting is a line of shell that runs before the command, inside.
# shellcheck disable=SC2016  # expanded inside
container() {
    ASAN_OPTIONS=detect_leaks=0 unshare -Urmpf --kill-child sh -c 'set -e
        root=$1 kit=$2 work=$3 bin=$4 setting=$5
        shift 5
        mount -t tmpfs none "$root"
        cd "$root"
        mkdir -p dev proc run tmp old etc var "./$kit" "./$work" "./$bin"
        for place in usr bin sbin lib lib64; do
            [ ! -e "/$place" ] || { mkdir -p "$place" && mount --rbind "/$place" "$place"; }
        done
        cp /etc/passwd /etc/group /etc/ld.so.cache /etc/resolv.conf /etc/hosts etc/
        cp -r /etc/alternatives etc/ 2>/dev/null || true
        for place in "$kit" "$work" "$bin"; do
            mount --rbind "$place" "./$place"
        done
        mount -t proc proc proc
        for node in null zero urandom tty; do
            : >"dev/$node" && mount --bind "/dev/$node" "dev/$node"
        done
        ln -s /proc/self/fd dev/fd
        pivot_root . old && cd /
        umount -l /old
        [ ! -e /dev/net/tun ] && [ ! -e /sys ] && [ ! -e /home ]
        cd "$kit"
        eval "$setting"
        exec "$@"' - "$work/root" "$kit" "$work" "$bin" "$@" </dev/null
}

# All programs but this one, as links to where they are now.
# shellcheck disable=SC2016  # expanded inside
without() {
    printf 'for place in /usr/bin /usr/sbin /bin /sbin; do
        mkdir -p "/tmp/all$place" && mount --bind "$place" "/tmp/all$place" && mount -t tmpfs none "$place" &&
            PATH=/tmp/all/usr/bin:/tmp/all/bin ln -s "/tmp/all$place/"* "$place/" &&
            PATH=/tmp/all/usr/bin:/tmp/all/bin rm -f "$place/%s"
    done' "$1"
}

# shellcheck disable=SC2016  # expanded inside
works() {
    container "$1" bash -c 'set -e
        n="scripts/netlab --lab $1"
        $n up && $n run alice ping -c 1 -W 9 mail && $n run alice getent ahosts mail.example.org && $n down
        ! $n status | grep -q "\"$1\""' - "$lab"
}

# fails_in SETTING TEXT COMMAND...: it fails, and says this.
fails_in() {
    fails container "$1" "${@:3}" >"$work/out" 2>&1 || return 1
    cat "$work/out"
    grep -qF -- "$2" "$work/out"
}

# It does not keep the lab from being raised, but it is told.
wish_in() {
    container "$1" scripts/netlab doctor >"$work/out" 2>&1 || { cat "$work/out"; return 1; }
    cat "$work/out"
    grep -qF -- "$2" "$work/out" && grep -q 'can be raised here' "$work/out"
}

[ -x "$bin/visualizer" ] || skip_all "the visualizer is not built"
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
mkdir "$work/root"
container true true >"$work/said" 2>&1 || skip_all "no such root can be made here: $(head -n 1 "$work/said")"
plan 10
check "the doctor finds nothing wrong in a bare root" wish_in true 'ok  packet sockets'
check "a lab works there" works true
check "and with a read-only /proc/sys" works 'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys'
check "without nft: no firewalls, says the doctor" wish_in "$(without nft)" 'scripts/setup scenes'
check "and so says a topology with one" fails_in "$(without nft)" nft bash -c \
    "echo 'flush ruleset' >/tmp/f.nft; printf '%s\n' 'net lan 10.0.0.0/24' 'host alice lan:1' 'nft alice f.nft' \
    >/tmp/f.lab; scripts/netlab --lab $lab up /tmp/f.lab"
check "without busybox: nobody asks for an address" fails_in "$(without busybox)" 'a DHCP client is missing (busybox)' \
    scripts/netlab --lab "$lab" up dhcp
check "without dnsmasq the doctor says what to install" fails_in "$(without dnsmasq)" \
    'The program dnsmasq is missing' scripts/netlab doctor
check "and so says who raises a lab" fails_in "$(without dnsmasq)" 'The program dnsmasq is missing' \
    scripts/netlab --lab "$lab" up
check "without /proc nothing can be found: the doctor says so" fails_in 'umount -l /proc' '/proc is not mounted' \
    scripts/netlab doctor
check "without user namespaces it names their switch" fails_in \
    'echo 0 >/proc/sys/user/max_user_namespaces; set -- setpriv --bounding-set=-all --inh-caps=-all "$@"' \
    'sudo sysctl -w user.max_user_namespaces=15000' scripts/netlab doctor
