#!/usr/bin/env bash
# The main job, as a newcomer starts it: scripts/demo sends the letter, reads it back and shows every exchange.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
export LANGUAGE=en
kit=$PWD

demo() {
    "$kit/scripts/demo" --print --record "$work/$1.pcapng" >"$work/$1.out" 2>"$work/$1.err" </dev/null && return
    cat "$work/$1.err"
    return 1
}

# Rows of the exchange list: number, packets, time, from, to, protocol, osi, tcpip, serves, exchange, summary.
has_exchange() {
    awk -F '\t' -v protocol="$2" -v osi="$3" -v tcpip="$4" -v exchange="$5" '
        $7 ~ protocol && $8 == osi && $9 == tcpip && ($11 ~ exchange || $12 ~ exchange) { found = 1 }
        END { exit !found }' "$work/$1.out" && return
    awk -F '\t' 'NF > 8' "$work/$1.out"
    return 1
}

# The list without what differs from run to run: times, neighbours asked for again, and who is the first to close
# when both have said goodbye.
exchanges() {
    awk -F '\t' 'NF > 8 { print $11 ~ /close/ ? "" : $5 " " $6, $7, $8, $9, $10, $11 }' "$work/$1.out" |
        grep -v 'neighbour\|address resolution\|ICMPv6'
}

twice_the_same() {
    diff <(exchanges first) <(exchanges second)
}

no_malformed() {
    local found
    found=$(tshark -n -r "$work/first.pcapng" -Y '_ws.malformed || tls.alert_message.level == 2' 2>/dev/null)
    echo "$found"
    [ -z "$found" ]
}

# With the keys that are in the file, tshark reads the login that went through TLS.
deciphered() {
    local found
    found=$(tshark -n -r "$work/first.pcapng" -d tcp.port==993,tls -Y 'tcp.port == 993 && imap' 2>/dev/null)
    echo "$found"
    grep -qi 'LOGIN\|AUTHENTICATE' <<<"$found" && grep -qi FETCH <<<"$found"
}

checksums() {
    local found
    found=$(tshark -n -r "$work/first.pcapng" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -o udp.check_checksum:TRUE 2>/dev/null \
        -Y 'ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0')
    echo "$found"
    [ -z "$found" ]
}

copy_kit() {
    mkdir -p "$work/kit/bin" "$work/kit/labs" && cp -r scripts "$work/kit" && cp -r labs/topologies "$work/kit/labs" &&
        cp "$bin"/* "$work/kit/bin" && chmod 1777 "$work" && mkdir "$work/home" && chown 65534:65534 "$work/home"
}

ordinary_user() {
    copy_kit && (cd "$work/home" && setpriv --reuid=65534 --regid=65534 --clear-groups env BIN="$work/kit/bin" \
        HOME="$work/home" "$work/kit/scripts/demo" --print --record "$work/home/user.pcapng") >"$work/user.out" 2>&1 &&
        has_exchange user IMAP 7 Application fetch
}

forbidden() {
    # shellcheck disable=SC2016  # expanded inside
    unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces &&
        exec setpriv --bounding-set=-all --inh-caps=-all "$@"' - \
        "$kit/scripts/demo" --print --record "$work/no.pcapng" >"$work/forbidden" 2>&1 </dev/null
    [ $? = 1 ] && grep -q 'sudo sysctl -w user.max_user_namespaces=15000' "$work/forbidden" &&
        grep -q 'scripts/demo --recorded' "$work/forbidden" && return
    cat "$work/forbidden"
    return 1
}

# Killed in the middle, it leaves no lab and no server.
killed() {
    local demo
    "$kit/scripts/demo" --print --record "$work/killed.pcapng" >/dev/null 2>&1 </dev/null &
    demo=$!
    until_true says "lab \"demo-$demo\"" "$kit/scripts/netlab" status || return 1
    sleep 0.3
    kill -KILL "$demo"
    wait "$demo" 2>/dev/null
    until_true fails says "lab \"demo-$demo\"" "$kit/scripts/netlab" status
}

for program in visualizer mailserver mailclient; do
    [ -x "$bin/$program" ] || skip_all "$program is not built"
done
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
expected=(
    'ARP 2 Network.access address' 'DNS 7 Application MX' 'DNS 7 Application AAAA'
    'TCP 4 Transport handshake' 'SMTP 7 Application greeting' 'SMTP 7 Application capabilit'
    'SMTP 7 Application envelope' 'SMTP 7 Application content' 'TCP 4 Transport close'
    'POP 7 Application authentication' 'POP 7 Application (content|retriev)' 'IMAP 7 Application authentication'
    'IMAP 7 Application selection' 'IMAP 7 Application (content|fetch)' 'TLS 6 Application handshake'
)
plan $((${#expected[@]} + 10))
check "scripts/demo --print sends the letter and reads it back" demo first
check "the ladder shows who said what" grep -q 'RCPT TO:<rachida@localhost>' "$work/first.out"
for row in "${expected[@]}"; do
    read -r protocol osi tcpip exchange <<<"$row"
    check "it prints the exchange $exchange of $protocol, layer $osi" \
        has_exchange first "$protocol" "$osi" "${tcpip/./ }" "$exchange"
done
if command -v tshark >/dev/null; then
    check "tshark finds no malformed packet" no_malformed
    check "tshark deciphers TLS with the keys in the recording" deciphered
    check "tshark finds no wrong checksum" checksums
else
    skip "tshark reads the recording" "tshark is not installed"
    skip "tshark deciphers TLS" "tshark is not installed"
    skip "tshark verifies checksums" "tshark is not installed"
fi
check "it works a second time" demo second
check "and shows the same exchanges" twice_the_same
if [ "$(id -u)" = 0 ]; then
    check "an ordinary user sees the same" ordinary_user
else
    skip "an ordinary user sees the same" "this is one already"
fi
check "where namespaces are forbidden it says how to allow them, and offers the recording" forbidden
check "killed in the middle, it leaves nothing running" killed
