#!/usr/bin/env bash
# The lab itself: the first process in its namespaces, started by netlab up.
#
#     inside.sh LAB TOPOLOGY DIRECTORY [--while-open FD] [WIRE-OPTION...]
#
# It makes the hosts, their cables and names, starts the wire in the middle,
# and says "ready" on standard output. When it ends, the kernel ends every
# process of the lab, and with the namespaces everything else is gone: devices,
# addresses, and /run/pli, the only place where the lab keeps files. It ends on
# SIGTERM, when a host or the wire ends, or when descriptor FD is closed by
# those who hold the other end.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/say.sh
. "$here/../say.sh"
# shellcheck source=scripts/lab/topology.sh
. "$here/topology.sh"
# shellcheck source=scripts/lab/hostfiles.sh
. "$here/hostfiles.sh"
# shellcheck source=scripts/lab/services.sh
. "$here/services.sh"
# shellcheck source=scripts/lab/mailhost.sh
. "$here/mailhost.sh"
shopt -s extglob
lab=$1 topology=$2 directory=$3
shift 3
tie=""
if [ "${1-}" = --while-open ]; then
    tie=$2
    shift 2
fi
unset XDG_RUNTIME_DIR
services=()
# Process numbers of the hosts: as /proc has them, for nsenter; as the kernel has them, for ip (see host.sh).
declare -A pid_of number_of service_name=()

# What is on the far side of the mounts below belongs to the system, not to the lab.
make_room() {
    mount -t tmpfs -o mode=755 pli /run || die "no file system of its own for the lab" \
        "pas de système de fichiers propre au laboratoire"
    mount -t proc proc /proc 2>/dev/null
    mkdir -p /run/pli
    echo "$lab" >/run/pli/name
    : >/run/pli/why
    cp "$topology" /run/pli/topology
    { echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; } 2>/dev/null
    { echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; } 2>/dev/null
    ip link set lo up
}

# Names of all hosts with their addresses, for the recording; each host's own files.
write_files() {
    local host port short full
    for port in "${ports[@]}"; do
        host=${port_host[$port]} short=""
        [ "${port%.*}" != "$port" ] || short=" $host"
        [ "${port4[$port]}" = dhcp ] || printf '%s %s%s\n' "${port4[$port]}" "$host" "$short"
        [ -z "${port6[$port]}" ] || printf '%s %s\n' "${port6[$port]}" "$host"
    done >/run/pli/names
    for host in "${hosts[@]}"; do
        mkdir -p "/run/pli/$host"
        [ "${host_kind[$host]}" != router ] || : >"/run/pli/$host/router"
        write_hosts "$host" >"/run/pli/$host/hosts"
        write_resolv "$host" >"/run/pli/$host/resolv.conf"
    done
}

start_hosts() {
    local host name pid number from_hosts full PLI_RESOLV PLI_HOSTS
    PLI_RESOLV=$(readlink -m /etc/resolv.conf) PLI_HOSTS=$(readlink -m /etc/hosts)
    export PLI_RESOLV PLI_HOSTS
    [ -e "$PLI_HOSTS" ] || say "netlab: this system has no /etc/hosts: in the lab only its DNS knows names." \
        "netlab : ce système n'a pas de /etc/hosts : dans le laboratoire, seul son DNS connaît des noms." >&2
    mkfifo /run/pli/hosts-ready
    exec {from_hosts}<>/run/pli/hosts-ready
    for host in "${hosts[@]}"; do
        topology_name_in_full "$host"
        unshare -n -m -u -- bash "$here/host.sh" "$host" "$full" 4>&"$from_hosts" &
    done
    for host in "${hosts[@]}"; do
        read -r -t 20 name pid number <&"$from_hosts" || die "a host does not start" "un hôte ne démarre pas"
        pid_of[$name]=$pid
        number_of[$name]=$number
        echo "$pid" >"/run/pli/$name/pid"
    done
    exec {from_hosts}>&-
}

# Becomes a program on a host: for subshells.
on() {
    local host=$1
    shift
    exec nsenter -t "${pid_of[$host]}" -n -m -u -- "$@"
}

# The far ends stay here, named after the hosts; the near ends go to the hosts as eth0, eth1...
connect_hosts() {
    local number=0 port host near=() all
    for port in "${ports[@]}"; do
        echo "link add name $port type veth peer name 0.$number address ${port_mac[$port]}"
        echo "link set dev $port addrgenmode none"
        echo "link set dev $port up"
        near+=("0.$number")
        number=$((number + 1))
    done >/run/pli/links
    ip -batch /run/pli/links || die "the cables cannot be made: run scripts/netlab doctor" \
        "impossible de faire les câbles : lancez scripts/netlab doctor"
    printf -v all '%s,' "${near[@]}" "${ports[@]}"
    visualizer --wire-plain "$all" || exit 1
    for number in "${!ports[@]}"; do
        port=${ports[number]} host=${port_host[${ports[number]}]}
        echo "link set dev 0.$number netns ${number_of[$host]} name ${port_device[$port]}"
    done >/run/pli/moves
    ip -batch /run/pli/moves || exit 1
    configure_hosts
}

# All hosts at once: most of the time is spent waiting for the kernel.
configure_hosts() {
    local host works=()
    for host in "${hosts[@]}"; do
        host_network "$host" >"/run/pli/$host/network"
        nsenter -t "${pid_of[$host]}" -n -- ip -batch "/run/pli/$host/network" &
        works+=($!)
    done
    for host in "${works[@]}"; do
        wait "$host" || die "a host's addresses cannot be given" "impossible de donner ses adresses à un hôte"
    done
}

# dnsmasq on the hosts that serve names, or addresses, or prefixes.
start_dnsmasq() {
    local host=$1 tries
    # In English: the line that says it is ready is waited for.
    (on "$host" env -u LANGUAGE LC_ALL=C dnsmasq --conf-file="/run/pli/$host/dnsmasq.conf" </dev/null \
        >"/run/pli/$host/dnsmasq.log" 2>&1) &
    services+=($!)
    service_name[$!]="$host: dnsmasq"
    for ((tries = 0; tries < 200; tries++)); do
        ! grep -qs started "/run/pli/$host/dnsmasq.log" || return 0
        kill -0 $! 2>/dev/null || break
        sleep 0.02
    done
    cat "/run/pli/$host/dnsmasq.log"
    die "the name server does not start" "le serveur de noms ne démarre pas"
}

start_dns() {
    local host
    for host in "${hosts[@]}"; do
        write_dnsmasq "$host" "/run/pli/$host/leases" >"/run/pli/$host/dnsmasq.conf"
        [ ! -s "/run/pli/$host/dnsmasq.conf" ] || start_dnsmasq "$host"
    done
}

# Hosts without an address ask for one, and are ready when they have it; for IPv6 the kernel asks, once the cable is in.
start_dhcp_clients() {
    local port host tries
    for port in "${ports[@]}"; do
        [ "${port4[$port]}" = dhcp ] || continue
        host=${port_host[$port]}
        command -v busybox >/dev/null || die "a DHCP client is missing (busybox): scripts/setup scenes" \
            "il manque un client DHCP (busybox) : scripts/setup scenes"
        # shellcheck disable=SC2016  # expanded on the host
        (on "$host" sh -c 'cd "/proc/sys/net/ipv6/conf/$1" && [ -n "$2" ] && echo 1 >accept_ra &&
            echo 3 >router_solicitations && echo 0 >router_solicitation_delay
            exec ip link set dev "$1" up' - "${port_device[$port]}" "${port6[$port]}")
        (on "$host" busybox udhcpc -f -t 20 -i "${port_device[$port]}" -s "$here/dhcp.sh" -x "hostname:$host" \
            </dev/null >>"/run/pli/$host/dhcp.log" 2>&1) &
        services+=($!)
        service_name[$!]="$host: udhcpc"
    done
    for port in "${ports[@]}"; do
        [ "${port4[$port]}" = dhcp ] || continue
        for ((tries = 0; tries < 500; tries++)); do
            ! grep -qs '^bound' "/run/pli/${port_host[$port]}/dhcp.log" || ! has_address6 "$port" || break
            sleep 0.02
        done
    done
}

# Has the port the IPv6 address that it wants? The kernel lists addresses of global scope with 00.
has_address6() {
    [ -z "${port6[$1]}" ] ||
        grep -q " 00 [0-9a-f]* *${port_device[$1]}\$" "/proc/${pid_of[${port_host[$1]}]}/net/if_inet6"
}

# Reports of the groups that the hosts listen to, sent so far: the kernel makes them by itself when a cable comes up.
group_reports() {
    local host
    for host in "${hosts[@]}"; do
        cat "/proc/${pid_of[$host]}/net/dev_snmp6/"eth* 2>/dev/null
    done | awk '/OutMLDv2Reports/ { sum += $2 } END { print sum + 0 }'
}

# They would be in some recordings and not in others: the wire starts when they are over.
wait_for_silence() {
    local tries before="" now
    for ((tries = 0; tries < 40; tries++)); do
        now=$(group_reports)
        [ "$now" != "$before" ] || return 0
        before=$now
        sleep 0.05
    done
}

# Instead of the wire, for comparison: the kernel's own switch for each net. Nothing is seen of what passes.
start_bridges() {
    local net port
    for net in "${nets[@]}"; do
        ip link add name "br-$net" type bridge mcast_snooping 0 && ip link set dev "br-$net" up || exit 1
        for port in "${ports[@]}"; do
            [ "${port_net[$port]}" != "$net" ] || ip link set dev "$port" master "br-$net"
        done
    done
    wire=""
}

# The wire is one program; its first line says that frames pass.
start_wire() {
    local net port line segments=()
    for net in "${nets[@]}"; do
        line=""
        for port in "${ports[@]}"; do
            [ "${port_net[$port]}" != "$net" ] || line+="${line:+,}$port"
        done
        [ -z "$line" ] || segments+=(--wire "$line")
    done
    if [ "${1-}" = --bridge ]; then
        start_bridges
        return
    fi
    visualizer "${segments[@]}" --hosts /run/pli/names --control /run/pli/wire "$@" >/run/pli/wire.log 2>&1 </dev/null &
    wire=$!
    until [ -s /run/pli/wire.log ] || ! kill -0 "$wire" 2>/dev/null; do
        sleep 0.02
    done
    if ! kill -0 "$wire" 2>/dev/null; then
        cat /run/pli/wire.log
        die "the wire does not start" "le fil ne démarre pas"
    fi
}

# Services end first, so that their last words are in the recording; then the wire completes it.
finish() {
    trap '' TERM INT HUP
    [ ${#services[@]} = 0 ] || kill "${services[@]}" 2>/dev/null
    [ ${#services[@]} = 0 ] || wait "${services[@]}" 2>/dev/null
    [ -z "$wire" ] || kill "$wire" 2>/dev/null
    [ -z "$wire" ] || wait "$wire" 2>/dev/null
    exit "${1:-0}"
}

make_room
# netlab has looked already whether all is there; what it saw is what is raised.
topology_read "$topology" || exit 1
write_files
start_hosts
connect_hosts
prepare_hosts
wait_for_silence
start_wire "$@"
start_dns
start_dhcp_clients
start_services
await_ports
trap finish TERM INT HUP
if [ -n "$tie" ]; then
    (read -r -u "$tie"; kill -TERM 1) &
fi
# Nobody who hears it? Then who raised the lab is gone, and so is the lab.
echo ready 2>/dev/null || finish 1
exec </dev/null >>/run/pli/log 2>&1
# Whatever ends by itself ends the lab: it would not be what the topology says any more.
wait -n
for service in "${services[@]}"; do
    kill -0 "$service" 2>/dev/null || say "%s has ended by itself" "%s a fini de lui-même" \
        "${service_name[$service]-a program}" >/run/pli/why
done
[ -z "$wire" ] || kill -0 "$wire" 2>/dev/null || say "the wire has ended by itself" \
    "le fil a fini de lui-même" >/run/pli/why
[ -s /run/pli/why ] || say "a host has ended by itself" "un hôte a fini de lui-même" >/run/pli/why
finish 1
