#!/usr/bin/env bash
# The wire does wrong on purpose, between real TCP stacks: what is sent arrives intact all the same, and
# the recording tells what was done. And it holds: a SYN that was held for seconds still makes a connection.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
export LANGUAGE=en
kit=$PWD
lab=f$$

netlab() {
    "$kit/scripts/netlab" --lab "$lab" "$@"
}

clean_up() {
    netlab down 2>/dev/null
}

# A file from alice to mail over one TCP connection; the port differs each time, so that nothing old is in the way.
port=9000
send_file() {
    local receiver
    port=$((port + 1))
    netlab run mail python3 -c '
import socket, sys
listener = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print("ready", flush=True)
connection, _ = listener.accept()
with open(sys.argv[2], "wb") as file:
    while data := connection.recv(65536):
        file.write(data)
' "$port" "$work/received" >"$work/receiver-$port" &
    receiver=$!
    until_true grep -qs ready "$work/receiver-$port" || return 1
    netlab run alice python3 -c '
import socket, sys
with socket.create_connection(("10.0.0.25", int(sys.argv[1])), 30) as connection, open(sys.argv[2], "rb") as file:
    connection.sendall(file.read())
' "$port" "$work/sent" || return 1
    wait "$receiver" && cmp "$work/sent" "$work/received"
}

with_fault() {
    local result
    netlab wire fault "$1" || return 1
    send_file
    result=$?
    netlab wire clear
    return $result
}

is_held() {
    netlab wire held | grep -q "$1"
}

# The SYN is held until alice has sent it again twice; then one is let go.
held_syn() {
    local sender
    netlab wire fault 'hold the first SYN' || return 1
    send_file &
    sender=$!
    until_true is_held $'alice\t.*\t[2-9]$' || return 1
    netlab wire held
    netlab wire step && wait "$sender" && netlab wire clear
}

# Everything stops, and is let go frame by frame.
stepped() {
    local sender
    netlab wire hold || return 1
    head -c 3000 /dev/urandom >"$work/sent"
    send_file &
    sender=$!
    while kill -0 "$sender" 2>/dev/null; do
        netlab wire step >/dev/null || sleep 0.1
    done
    netlab wire go && wait "$sender"
}

# What was sent, changed on the way: checksums are right, so only who reads it can notice.
rewritten() {
    local result
    printf 'rachida bonjour\n%.0s' {1..200} >"$work/sent"
    netlab wire fault 'rewrite "bonjour" to "bonsoir" in every segment from alice' || return 1
    send_file
    result=$?
    netlab wire clear
    [ $result -ne 0 ] && printf 'rachida bonsoir\n%.0s' {1..200} | cmp - "$work/received"
}

# Only what fits a display filter is held: the rest of the connection is not.
held_by_filter() {
    local sender
    netlab wire hold 'tcp.flags.fin == 1 and ip.src == 10.0.0.10' || return 1
    send_file &
    sender=$!
    until_true is_held alice || return 1
    [ "$(netlab wire held | wc -l)" -eq 1 ] || return 1
    netlab wire go && wait "$sender"
}

# Everything passes until there is a packet that fits; from then on everything is held.
run_to() {
    local sender state
    netlab wire until 'tcp.flags.syn == 1 and tcp.flags.ack == 1' || return 1
    send_file &
    sender=$!
    until_true is_held mail || return 1
    state=$(netlab wire state)
    echo "$state"
    [ "${state%%$'\t'*}" = holding ] && netlab wire go && wait "$sender"
}

# A connection has many packets and few exchanges: a handshake, data, a close.
by_exchange() {
    local sender steps=0
    netlab wire hold || return 1
    send_file &
    sender=$!
    while kill -0 "$sender" 2>/dev/null; do
        until_true is_held . || ! kill -0 "$sender" 2>/dev/null || return 1
        netlab wire next && steps=$((steps + 1))
    done
    echo "$steps steps"
    netlab wire go && wait "$sender" && [ $steps -ge 3 ] && [ $steps -le 12 ]
}

# The recording has the fault beside the packet; retransmissions where something was lost.
told() {
    tshark -n -r "$work/r.pcapng" -T fields -e _ws.col.Info -e frame.comment -Y "$1" 2>/dev/null | tee /dev/stderr |
        grep -q "$2"
}

# One that was corrupted as it is; those that were repaired have none.
corrupted() {
    tshark -n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -r "$work/r.pcapng" -T fields -e frame.comment \
        -Y 'ip.checksum.status == 0 || tcp.checksum.status == 0' 2>/dev/null | cut -d '{' -f 1 | sort | uniq -c |
        tee /dev/stderr >"$work/wrong"
    grep -q 'corrupt ip.ttl' "$work/wrong" && ! grep -qE 'repair|set ip.ttl|rewrite' "$work/wrong"
}

says_nothing_wrong() {
    netlab wire count >/dev/null
}

command -v python3 >/dev/null || skip_all "python3 is not installed"
[ -x "$bin/visualizer" ] || skip_all "the visualizer is not built"
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
faults=(
    'drop the 3rd segment from alice' 'drop the first SYN' 'drop the 1st SYN-ACK' 'drop the first FIN'
    'corrupt bit 3 of byte 200 of the 2nd segment from alice' 'duplicate every segment from alice'
    'reorder the 4th segment from alice behind 3' 'delay the 5th segment from alice by 100 ms'
    'limit alice to 20 Mbit/s'
    'drop the 2nd packet where tcp.len > 1000' 'corrupt ip.ttl of the 3rd segment from alice'
    'corrupt ip.dsfield of every segment from mail and repair checksums'
    'set ip.ttl to 9 in every packet where tcp.len > 0'
)
plan $((${#faults[@]} + 15))
head -c 100000 /dev/urandom >"$work/sent"
check "a lab comes up" netlab up --record "$work/r.pcapng"
for fault in "${faults[@]}"; do
    check "a file arrives intact: $fault" with_fault "$fault"
done
check "a fault that is not understood is refused" says "column 6" netlab wire fault "drop it"
check "so is a wrong filter, with its column" says "column 36 (tcp.port2)" \
    netlab wire fault "drop every packet from alice where tcp.port2"
check "and another length in TCP" says "UDP only" netlab wire fault 'rewrite "a" to "bb" in every segment'
check "a text is rewritten on the way" rewritten
check "only what fits a filter is held" held_by_filter
check "everything runs to a packet that fits" run_to
check "a connection is stepped exchange by exchange" by_exchange
check "a held SYN makes a connection when it is let go" held_syn
check "a connection is stepped frame by frame" stepped
check "the wire still answers" says_nothing_wrong
check "the lab ends" netlab down
if command -v tshark >/dev/null; then
    check "a dropped segment is seen sent again" told tcp.analysis.retransmission ''
    check "the recording tells what the wire did" \
        told 'frame.comment contains "corrupt bit 3"' 'The wire: corrupt bit 3'
    check "a field that was corrupted leaves a wrong checksum" corrupted
else
    skip "a dropped segment is seen sent again" "tshark is not installed"
    skip "the recording tells what the wire did" "tshark is not installed"
    skip "a field that was corrupted leaves a wrong checksum" "tshark is not installed"
fi
