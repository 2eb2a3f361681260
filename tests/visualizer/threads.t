#!/usr/bin/env bash
# One thread or two: --print fields says the same, byte by byte, of every recording, of a capture cut short, of a
# filtered one, and of a large one, for which it takes two by itself.
set -u
export LC_ALL=C.UTF-8 LANGUAGE=en
bin=${BIN:-bin}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
number=0
names=(frame.number frame.protocols _ws.malformed eth.padding ip.src ip.dst ipv6.src udp.stream tcp.stream
    tcp.seq tcp.ack tcp.len tcp.analysis.flags tcp.analysis.acks_frame tcp.analysis.bytes_in_flight
    tcp.pdu.size tcp.segment.overlap dns.id dns.response_to dns.qry.name tls.record.content_type
    tls.handshake.type smtp.req.command smtp.req.parameter smtp.response.code imap.line
    pop.request.command imf.subject imf.message_id http.request.uri ftp.request.command)
fields=()
for name in "${names[@]}"; do
    fields+=(-e "$name")
done

print() { # THREADS FILE [OPTION]...
    local threads=$1 file=$2
    shift 2
    "$bin/visualizer" ${threads:+-T "$threads"} --print fields "${fields[@]}" "$@" "$file" 2>&1
}

# same WHAT LINES FILE [OPTION]...: at least so many lines, and the same ones.
same() {
    local what=$1 lines=$2
    shift 2
    number=$((number + 1))
    print 1 "$@" >"$folder/one"
    print 2 "$@" >"$folder/two"
    if cmp -s "$folder/one" "$folder/two" && [ "$(wc -l <"$folder/one")" -ge "$lines" ]; then
        return 0
    fi
    echo "# $what: $(wc -l <"$folder/one") lines with one thread, $lines expected at least"
    diff "$folder/one" "$folder/two" | head -6 | sed 's/^/# /'
    return 1
}

told() { # STATUS COUNT WHAT
    [ "$1" -eq 0 ] && echo "ok $2 - $3" || echo "not ok $2 - $3"
}

echo 1..5
bad=0
for recording in tests/recordings/*.pcapng; do
    same "$recording" 1 "$recording" || bad=1
done
told $bad 1 "$number recordings are told alike by one thread and by two"

python3 - "$folder/mail.pcap" <<'END'
import sys
sys.path.insert(0, "tests/bench")
import mail_capture
mail_capture.make(sys.argv[1], 5 << 20)
END
same "large" 30000 "$folder/mail.pcap"
told $? 2 "a large capture is told alike"
print "" "$folder/mail.pcap" | cmp -s - "$folder/one"
told $? 3 "and so it is without the option"
same "filtered" 1000 "$folder/mail.pcap" -Y 'smtp.req.command == "RCPT" or imap'
told $? 4 "a filter lets the same packets through"
head -c 1000003 "$folder/mail.pcap" >"$folder/cut.pcap"
same "cut" 5000 "$folder/cut.pcap"
told $? 5 "a capture that is cut short is told alike, with the same complaint"
