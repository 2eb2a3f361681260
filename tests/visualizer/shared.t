#!/usr/bin/env bash
# Public captures that are not part of the kit, when they lie in ../shared/captures: their exchanges, as they were
# checked by hand against tshark.
set -u
export LC_ALL=C.UTF-8 LANGUAGE=en
bin=${BIN:-bin}
captures=${PLI_CAPTURES:-../shared/captures}
number=0

[ -e "$captures/packets__arp_resolution.pcapng" ] || { echo "1..0 # SKIP the captures are not here"; exit 0; }

# expect CAPTURE LINE...: "first last protocol osi serves exchange" of each exchange, in order.
expect() {
    local got wanted file=$1
    shift
    number=$((number + 1))
    got=$("$bin/visualizer" --print exchanges "$captures/$file" | tail -n +2 |
        awk -F '\t' '{ print $2, $3, $7, $8, $10, $11 }')
    wanted=$(printf '%s\n' "$@")
    if [ "$got" = "$wanted" ]; then
        echo "ok $number - $file"
    else
        echo "not ok $number - $file"
        diff -u <(echo "$wanted") <(echo "$got") | sed 's/^/# /'
    fi
}

echo 1..6
expect packets__arp_resolution.pcapng "1 2 ARP 2 3 address resolution"
expect arkime__dns-mx.pcap "1 2 DNS 7 7 name lookup (MX)"
expect packets__ip_frag_source.pcapng "1 3 IPv4 3 3 IP fragmentation" "3 6 ICMP 3 3 ping" \
    "4 6 IPv4 3 3 IP fragmentation"
expect packets__tcp_zerowindowrecovery.pcapng "1 7 TCP 4 4 data transfer" "4 5 TCP 4 4 zero window"
expect packets__mail_sender_client_1.pcapng "1 3 TCP 4 4 TCP three-way handshake" "4 4 SMTP 7 5 SMTP greeting" \
    "5 7 SMTP 7 6,5 capability negotiation" "8 11 SMTP 7 7 envelope" "12 17 SMTP 7 7 content transfer" \
    "18 19 SMTP 7 5 QUIT" "20 23 TCP 4 4 TCP close"
expect packets__mail_receiver_server_3.pcapng "1 3 TCP 4 4 TCP three-way handshake" "4 5 SMTP 7 5 SMTP greeting" \
    "6 8 SMTP 7 6,5 capability negotiation" "9 10 SMTP 7 7 envelope" "9 12 SMTP 7 7 content transfer" \
    "11 12 SMTP 7 5 QUIT" "13 15 TCP 4 4 TCP close" "16 18 TCP 4 4 TCP three-way handshake" \
    "19 20 IMAP 7 5 IMAP greeting" "21 23 IMAP 7 6 STARTTLS" "24 27 TLS 6 6,5 TLS handshake" \
    "28 54 TLS 6 6 enciphered data"
