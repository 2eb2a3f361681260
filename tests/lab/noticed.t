#!/usr/bin/env bash
# A packet of a letter's DATA is lost, bent, doubled or comes late: the letter arrives whole, and the recording tells
# who noticed and who repaired it. What TCP cannot notice, because its checksum is right, TLS or SMTP does.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
export LANGUAGE=en
kit=$PWD
lab=n$$

netlab() {
    "$kit/scripts/netlab" --lab "$lab" "$@"
}

clean_up() {
    netlab down 2>/dev/null
}

# sends SUBJECT FAULT OPTION...: a letter while the wire does this.
sends() {
    local result
    netlab wire fault "$2" || return 1
    netlab run alice mailclient send --timeout 30 -s "$1" -f alice@example.org "${@:3}" rachida@localhost <"$work/text"
    result=$?
    netlab wire clear
    return $result
}

refused() {
    fails sends "$@" 2>"$work/refused" || return 1
    cat "$work/refused"
    grep -q '500 5.5.1' "$work/refused"
}

# whole SUBJECT: there is one letter with it, and in it every line of the text.
whole() {
    # shellcheck disable=SC2016  # expanded there
    netlab run mail sh -c 'cat "$(grep -l "^Subject: $1" /run/pli/mail/mail/home/rachida/Maildir/new/*)"' - "$1" |
        tr -d '\r' | sed '1,/^$/d' | diff "$work/text" -
}

# told FAULT LINE...: of the story of this fault, lines that fit these expressions, in this order.
told() {
    awk -v RS= -v fault="$1" 'index($0, fault)' "$work/report" >"$work/story"
    cat "$work/story"
    shift
    local pattern from=1 line
    for pattern; do
        line=$(tail -n +$from "$work/story" | grep -nE -m 1 -- "$pattern") || return 1
        from=$((from + ${line%%:*}))
    done
}

for program in visualizer mailserver mailclient; do
    [ -x "$bin/$program" ] || skip_all "$program is not built"
done
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
plan 18
for ((line = 0; line < 300; line++)); do
    echo "$line: rachida bonjour, one, two, three, four, five"
done >"$work/text"
(umask 077 && echo bonjour-2026 >"$work/password")
export SSLKEYLOGFILE=$work/keys
clear=(--no-tls --via smtp://mail.example.org:25)
secret=(--accept-any-certificate --password-file "$work/password" --via submission://rachida@mail.example.org)
check "a lab comes up" netlab up one-server --record "$work/r.pcapng" --keylog "$work/keys"
data='where tcp.len > 1000'
declare -A faults=(
    [lost]="drop the 2nd packet $data"
    [bent]="corrupt bit 3 of byte 200 of the 2nd packet $data"
    [twice]="duplicate the 2nd packet $data"
    [late]="reorder the 2nd packet behind 3 $data"
    [record]="corrupt bit 3 of byte 200 of the 2nd packet and repair checksums $data"
    [verb]='corrupt smtp.req.command of the 2nd packet and repair checksums where smtp.req'
    [word]='rewrite "MAIL" to "MIAL" in the first segment from alice'
)
for name in lost bent twice late; do
    check "a letter arrives: $name" sends $name "${faults[$name]}" "${clear[@]}"
    check "whole, and once: $name" whole $name
done
check "a bent TLS record ends the connection" fails sends record "${faults[record]}" "${secret[@]}"
check "a bent command is refused by SMTP" refused verb "${faults[verb]}" "${clear[@]}"
check "so is a rewritten one" refused word "${faults[word]}" "${clear[@]}"
netlab report >"$work/report"
missed='TCP at mail .*missed bytes' again='TCP at alice .*sent the same again, and that was acknowledged'
check "what was lost: TCP noticed and repaired it, SMTP never knew" \
    told "${faults[lost]}" "$missed" "repaired +$again" 'unnoticed +SMTP'
check "what was bent: TCP's checksum" \
    told "${faults[bent]}" 'noticed +TCP at mail .*checksum was wrong' "repaired +$again" 'unnoticed +SMTP'
check "what came twice: TCP threw one away" told "${faults[twice]}" 'noticed +TCP at mail .*had these bytes already'
check "what came late: TCP kept the rest" \
    told "${faults[late]}" "$missed" 'repaired +TCP at mail .*kept what came early'
check "with right checksums TLS notices, and TCP does not" \
    told "${faults[record]}" 'noticed +TLS at mail .*an alert ended' 'nobody repaired it' 'unnoticed +TCP at mail'
check "or SMTP" told "${faults[verb]}" 'noticed +SMTP at mail .*"500 5.5.1' 'unnoticed +TCP at mail'
netlab down
