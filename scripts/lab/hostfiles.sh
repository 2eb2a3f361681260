# shellcheck shell=bash
# shellcheck disable=SC2154  # the arrays are topology_read's
# Sourced by inside.sh and export.sh: what a topology means for each host, as files and commands that it is given.

# A host knows itself; the others it has to ask for.
write_hosts() {
    local port full
    topology_name_in_full "$1"
    printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n'
    for port in ${host_ports[$1]}; do
        [ "${port4[$port]}" != dhcp ] || continue
        printf '%s %s %s\n' "${port4[$port]}" "$full" "$1"
        [ -z "${port6[$port]}" ] || printf '%s %s %s\n' "${port6[$port]}" "$full" "$1"
    done
}

write_resolv() {
    # Who has to ask for an address will be told who knows names.
    [[ " ${host_ports[$1]}" != *" $1 "* ]] || [ "${port4[$1]}" != dhcp ] || return 0
    [ -z "${host_domain[$1]-}" ] || printf 'search %s\n' "${host_domain[$1]}"
    [ -z "$dns_host" ] || printf 'nameserver %s\n' "${port4[${host_ports[$dns_host]%% *}]}"
}

# A lost segment is often waited for at both ends: its sender misses the acknowledgement, and the other one, too, for
# the segment had carried one. With the same least patience (200 ms, where RFC 6298 §2.4 asks for a second) chance would
# tell who is first; so each host has its own.
least_patience() {
    local number
    for number in "${!hosts[@]}"; do
        [ "${hosts[number]}" != "$1" ] || echo "rto_min $((200 + 150 * (number % 4)))ms"
    done
}

# Whether a neighbour is still there, a host asks when it has not heard from it for five seconds (RFC 4861 §7.3, and
# ARP likewise): by chance that would be in a recording or not. After an hour is early enough.
quiet_neighbours() {
    [ -z "$3" ] || echo "ntable change name $2 dev $1 delay_probe 3600000"
}

# Addresses and routes of a host, for ip -batch.
host_network() {
    local port device network hop routes route patience
    patience=$(least_patience "$1")
    echo "link set lo up"
    for port in ${host_ports[$1]}; do
        device=${port_device[$port]}
        # Its cable is plugged in when there is somebody to ask: by start_dhcp_clients.
        [ "${port4[$port]}" != dhcp ] || continue
        echo "addr add ${port4[$port]}/24 dev $device"
        [ -z "${port6[$port]}" ] || echo "addr add ${port6[$port]}/64 dev $device nodad"
        echo "link set $device up"
        echo "route change ${port4[$port]%.*}.0/24 dev $device proto kernel scope link src ${port4[$port]} $patience"
        [ -z "${port6[$port]}" ] ||
            echo "route change ${port6[$port]%::*}::/64 dev $device proto kernel metric 256 $patience"
        quiet_neighbours "$device" arp_cache "${port4[$port]}"
        quiet_neighbours "$device" ndisc_cache "${port6[$port]}"
    done
    [ "${port4[${host_ports[$1]%% *}]}" != dhcp ] || return 0
    topology_routes "$1"
    for route in "${routes[@]}"; do
        read -r network hop <<<"$route"
        echo "route add ${net4[$network]}.0/24 via ${port4[$hop]} $patience"
        [ -z "${net6[$network]}" ] || [ -z "${port6[$hop]}" ] ||
            echo "route add ${net6[$network]}/64 via ${port6[$hop]} $patience"
    done
}

write_dns() {
    local host port full domain preference
    cat <<'EOT'
no-resolv
no-hosts
no-poll
no-negcache
log-queries
EOT
    for domain in "${domains[@]}"; do
        echo "local=/$domain/"
    done
    for host in "${hosts[@]}"; do
        full=$(topology_full_name "$host")
        for port in ${host_ports[$host]}; do
            if [ "${port4[$port]}" != dhcp ]; then
                echo "host-record=$full,${port4[$port]}${port6[$port]:+,${port6[$port]}}"
            elif [ -n "${port6[$port]}" ]; then
                echo "host-record=$full,${port6[$port]}"
            fi
        done
    done
    for domain in "${mx[@]}"; do
        read -r domain host preference <<<"$domain"
        echo "mx-host=$domain,$(topology_full_name "$host"),$preference"
    done
}

# Leases, with the names that the topology gave; options for those whose net has a router or a name server.
write_dhcp() {
    local port net
    printf 'dhcp-authoritative\nno-ping\n'
    [ ${#domains[@]} = 0 ] || echo "domain=${domains[0]}"
    for port in ${host_ports[$1]}; do
        net=${port_net[$port]}
        echo "dhcp-range=set:$net,${net4[$net]}.100,${net4[$net]}.199,255.255.255.0,1h"
        [ -z "$dns_host" ] || echo "dhcp-option=tag:$net,option:dns-server,${port4[${host_ports[$dns_host]%% *}]}"
    done
    for port in "${ports[@]}"; do
        net=${port_net[$port]}
        [ "${port4[$port]}" != dhcp ] || echo "dhcp-host=${port_mac[$port]},${port_host[$port]}"
        [ "${host_kind[${port_host[$port]}]}" != router ] || echo "dhcp-option=tag:$net,option:router,${port4[$port]}"
    done
}

# Who tells a net its IPv6 prefix (RFC 4861 §6.2), from which its hosts make their addresses (RFC 4862): the first
# router there, or, without one, who gives the IPv4 addresses; that one says that it is no router (lifetime 0). The
# port is left in $port.
advertiser() {
    [ -n "${asks_line[$1]-}" ] && [ -n "${net6[$1]}" ] || return
    for port in ${net_routers[$1]-} ${host_ports[$dhcp_host]}; do
        [ "${port_net[$port]}" != "$1" ] || return 0
    done
}

# Advertisements of a host for the nets where it makes them.
write_advertisements() {
    local net port
    for net in "${nets[@]}"; do
        if ! advertiser "$net" || [ "${port_host[$port]}" != "$1" ]; then
            continue
        fi
        printf 'enable-ra\ndhcp-range=%s,ra-only,64,1h\n' "${net6[$net]}"
        [ "${host_kind[$1]}" = router ] || echo "ra-param=${port_device[$port]},60,0"
    done
}

# write_dnsmasq HOST LEASES: the configuration of dnsmasq for names, addresses and prefixes, as far as the host serves
# them; nothing when it serves none. no-daemon: it must not change its user, for in a user namespace there is only one.
write_dnsmasq() {
    local more
    more=$([ "$1" != "$dhcp_host" ] || write_dhcp "$1"; write_advertisements "$1")
    [ "$1" = "$dns_host" ] || [ -n "$more" ] || return 0
    printf 'no-daemon\ndhcp-leasefile=%s\n' "$2"
    if [ "$1" = "$dns_host" ]; then
        write_dns
    else
        echo 'port=0'
    fi
    printf '%s\n' "$more"
}

# mailserver_command ROOT HOST [OPTION...]: how the kit's mail server is called there, on the standard ports; it is
# patient, for what comes may be held on the way. Left in the array "command".
mailserver_command() {
    local host=$2 full
    topology_name_in_full "$host"
    command=(mailserver --root "$1" -o "myhostname=$full" -o ports=standard -o patience=1h)
    [ -z "${host_domain[$host]-}" ] || command+=(-o "mydestination=$full, localhost, ${host_domain[$host]}")
    command+=("${@:3}")
}
