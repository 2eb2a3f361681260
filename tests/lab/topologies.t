#!/usr/bin/env bash
# The topologies that ship with the kit: each can be read, and what is special about each is there.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
kit=$PWD
lab=g$$

netlab() {
    "$kit/scripts/netlab" --lab "$lab" "$@"
}

clean_up() {
    netlab down 2>/dev/null
}

pings() {
    netlab run "$1" ping -n -c 1 -W 5 "${@:2}"
}

mx_is() {
    netlab run "$1" python3 -c '
import socket, struct, sys
name = b"".join(bytes([len(part)]) + part.encode() for part in sys.argv[1].split(".")) + b"\0"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ask:
    ask.settimeout(5)
    ask.sendto(struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + name + struct.pack("!2H", 15, 1), (sys.argv[3], 53))
    answer = ask.recv(1500)
wanted = sys.argv[2].split(".")[0].encode()
sys.exit(0 if struct.unpack("!H", answer[6:8])[0] == 1 and bytes([len(wanted)]) + wanted in answer[12 + len(name) + 4:]
         else 1)' "$2" "$3" "$4"
}

hops() {
    netlab run alice traceroute "$1" -n -q 1 -w 2 "$2" >"$work/hops" 2>&1
    cat "$work/hops"
    [ "$(awk 'NR > 1 { print $2 }' "$work/hops" | xargs)" = "$3" ]
}

# A router that nftables tells to refuse: the refusal comes back as ICMP.
refuses() {
    netlab run gate nft add table inet filter &&
        netlab run gate nft 'add chain inet filter forward { type filter hook forward priority 0; }' &&
        netlab run gate nft add rule inet filter forward tcp dport 25 reject with icmpx type admin-prohibited ||
        return 1
    says 'No route to host' netlab run alice python3 -c '
import socket
socket.create_connection(("10.0.0.25", 25), 5)'
}

both_ways_out() {
    pings phone -4 10.0.2.25 && pings phone -6 fd02::25 && netlab run phone ip -6 route show default
}

command -v python3 >/dev/null || skip_all "python3 is not installed"
[ -x "$bin/visualizer" ] || skip_all "the visualizer is not built"
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
topologies=(labs/topologies/*.lab)
cat >"$work/slaac.lab" <<'EOT'
net    in   10.0.1.0/24  fd01::/64
net    out  10.0.2.0/24  fd02::/64
router gate  in:1  out:1
host   box   in:2
host   phone in:dhcp
host   mail  out:25
dhcp   box
EOT
plan $((${#topologies[@]} + 17))
for topology in "${topologies[@]}"; do
    check "$topology can be read" netlab check "$topology"
done
check "two domains come up" netlab up two-domains
check "IPv4 goes through two routers" pings alice -4 bob.example.net
check "IPv6 goes through two routers" pings bob -6 mail.example.org
check "the first router says when a packet has lived long enough" \
    says "From 10.1.0.1 icmp_seq=1 Time to live exceeded" netlab run alice ping -n -c 1 -W 2 -t 1 10.2.0.10
check "each domain has its mail server" mx_is alice example.net mx.example.net 10.0.0.53
if command -v traceroute >/dev/null; then
    check "traceroute shows both routers (IPv4)" hops -4 10.2.0.25 '10.1.0.1 10.0.0.2 10.2.0.25'
    check "traceroute shows both routers (IPv6)" hops -6 fd02::25 'fd01::1 fd00::2 fd02::25'
else
    skip "traceroute shows both routers (IPv4)" "traceroute is not installed"
    skip "traceroute shows both routers (IPv6)" "traceroute is not installed"
fi
netlab down
if command -v busybox >/dev/null; then
    check "a client without an address comes up" netlab up dhcp
    check "it was given one" says "inet 10.0.0.1" netlab run alice ip -4 addr show eth0
    check "its name is known by it" pings mail -4 alice.example.org
    check "it has made itself an IPv6 address of the net's prefix" pings mail -6 alice.example.org
    netlab down
    check "a net with a router and clients comes up" netlab up "$work/slaac.lab"
    check "a client's way out is the router, in IPv4 and IPv6" both_ways_out
    netlab down
else
    for what in "a client without an address" "its address" "its name" "its IPv6 address" "a net with a router" \
        "the way"; do
        skip "$what" "busybox is not installed"
    done
fi
if command -v nft >/dev/null; then
    check "a firewall comes up" netlab up firewall
    check "what it refuses is refused" refuses
    netlab down
else
    skip "a firewall comes up" "nft is not installed"
    skip "what it refuses is refused" "nft is not installed"
fi
check "a man in the middle comes up" netlab up in-the-middle
check "and everything passes through him" says "From 10.0.1.66" netlab run alice ping -n -c 1 -W 2 -t 1 10.0.2.25
netlab down
