#!/usr/bin/env bash
# Two domains: a letter that alice hands in at mail.example.org is carried on to mx.example.net, which the MX record
# names; it waits while that server is down; and when it stays away alice is told.
# RFC 5321 §D.3: relayed mail; §3.6.2: MX records and relaying.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
export LANGUAGE=en
kit=$PWD
lab=r$$
declare -A server domain=([mail]=example.org [mx]=example.net) user=([mail]=alice [mx]=rachida)

netlab() {
    "$kit/scripts/netlab" --lab "$lab" "$@"
}

clean_up() {
    netlab down 2>/dev/null
}

# start HOST: the mail server of a domain. Between servers nothing is encrypted, so that the wire shows it.
start() {
    local host=$1
    rm -f "$work/$host.ready"
    touch "$work/$host.cf"
    # shellcheck disable=SC2016  # expanded on the host
    netlab run "$host" bash -c 'echo $$ >"$1.pid"
        exec mailserver --root "$1" --config "$1.cf" --ready-file "$1.ready" "${@:2}"' - \
        "$work/$host" -o ports=standard -o mydestination="${domain[$host]}" -o smtp_tls_security_level=none \
        -o minimal_backoff_time=1s -o maximal_backoff_time=1s -o smtp_connect_timeout=2s \
        >>"$work/$host.log" 2>&1 </dev/null &
    server[$host]=$!
    until_true test -s "$work/$host.ready" && return
    cat "$work/$host.log"
    return 1
}

# tells HOST SIGNAL
tells() {
    # shellcheck disable=SC2016  # expanded on the host
    netlab run "$1" bash -c 'kill "-$2" "$(cat "$1.pid")"' - "$work/$1" "$2"
}

stop() {
    tells "$1" TERM
    wait "${server[$1]}"
}

# Each with its one user.
domains_start() {
    local host
    (umask 077 && echo 'bonjour-2026' >"$work/password")
    for host in mail mx; do
        netlab run "$host" mailserver --root "$work/$host" user add "${user[$host]}" <"$work/password" &&
            start "$host" || return 1
    done
}

# reads HOST SERVER COMMAND...: somebody at HOST looks at the letters on a mail server.
reads() {
    netlab run "$1" mailclient "${@:3}" --password-file "$work/password" --ca-file "$work/$2/tls/certificate.pem" \
        "imaps://${user[$2]}@$2.${domain[$2]}" </dev/null
}

letters() {
    [ "$(find "$work/$1/" -path '*/new/*' -type f -o -path '*/cur/*' -type f | wc -l)" = "$2" ]
}

queue_is() {
    [ "$(find "$work/mail/queue" -name '*.envelope' | wc -l)" = "$1" ]
}

sends() {
    netlab run alice mailclient send -s "$1" -f alice@example.org --password-file "$work/password" \
        --ca-file "$work/mail/tls/certificate.pem" --via submission://alice@mail.example.org rachida@example.net \
        <<<"rachida $1"
}

# Delivered, nothing of it left in the queue, and nothing comes a second time.
arrived() {
    until_true letters mx "$1" && until_true queue_is 0 && letters mx "$1" && letters mail 0 && return
    cat "$work/mail.log" "$work/mx.log"
    return 1
}

# bob's copy of the newest letter: the hop of the second server on top of that of the first.
both_hops() {
    reads bob mx get 1 >"$work/letter" || return 1
    cat "$work/letter"
    tr '\n\t' '  ' <"$work/letter" |
        grep -q 'Received: from mail.example.org.* by mx.example.net.*Received: from .* by mail.example.org' &&
        grep -q '^rachida bonjour' "$work/letter"
}

tried_twice() {
    [ "$(grep -c '<rachida@example.net>: deferred' "$work/mail.log")" -ge 2 ]
}

waits() {
    until_true tried_twice && queue_is 1 && letters mx 1 && letters mail 0 && return
    cat "$work/mail.log"
    return 1
}

given_up() {
    until_true letters mail 1 && until_true queue_is 0 && letters mail 1 && return
    cat "$work/mail.log"
    return 1
}

report_says() {
    reads alice mail read 1 >"$work/report" || return 1
    cat "$work/report"
    grep -q rachida@example.net "$work/report" && grep -qi 'refused' "$work/report"
}

# A row of the exchange list.
shows() {
    grep -E "$1" "$work/exchanges" && return
    cat "$work/exchanges"
    return 1
}

for program in visualizer mailserver mailclient; do
    [ -x "$bin/$program" ] || skip_all "$program is not built"
done
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
plan 13
check "two domains come up" netlab up two-domains --record "$work/r.pcapng"
check "both have a mail server" domains_start
check "alice hands in a letter at hers" sends bonjour
check "it arrives at the other, once" arrived 1
check "bob reads it there, and both servers have signed it" both_hops
stop mx
check "while the other server is down a letter waits" sends again
check "and is tried more than once" waits
start mx >/dev/null
check "when it is back the letter arrives, once" arrived 2
stop mx
echo 'maximal_queue_lifetime = 2s' >"$work/mail.cf"
tells mail HUP
check "the other server is gone for good" sends farewell
check "alice gets one report" given_up
check "which says who did not get the letter, and why" report_says
stop mail
netlab down
"$bin/visualizer" --print exchanges "$work/r.pcapng" >"$work/exchanges" 2>&1
check "the recording shows that the server asked for the MX record" \
    shows $'mail\tdns\tDNS\t.*\\(MX\\)\texample.net → mx.example.net'
check "and the second hop of the letter" \
    shows $'mail\tmx\tSMTP\t.*\tenvelope\talice@example.org → rachida@example.net'
