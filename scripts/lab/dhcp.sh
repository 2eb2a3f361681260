#!/bin/sh
# What the DHCP client (udhcpc) runs when it has learnt something: gives the address to the interface, the way
# out to the kernel, and the name server to /etc/resolv.conf. It is told by variables: interface, ip, mask,
# router, dns, domain.
# shellcheck disable=SC2154  # the client sets them
case $1 in
deconfig)
    ip -4 addr flush dev "$interface"
    ip link set "$interface" up
    ;;
bound | renew)
    ip -4 addr replace "$ip/$mask" dev "$interface"
    for gateway in $router; do
        ip route replace default via "$gateway" dev "$interface"
    done
    {
        [ -z "$domain" ] || echo "search $domain"
        for server in $dns; do
            echo "nameserver $server"
        done
    } >/etc/resolv.conf
    echo "$1 $ip"
    ;;
esac
