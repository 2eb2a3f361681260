#!/usr/bin/env bash
# The same fault script over the same letter gives the same list of exchanges, each time. RUNS says how often (3), and
# PLACES how many labs at once (3); make same is the long way: ten times, one after the other.
#
# The script leaves no two clocks that would run out together, and the client leaves it to the server to close first:
# else chance would tell who is before whom.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LC_ALL LANG LC_MESSAGES
export LANGUAGE=en
kit=$PWD
lab=s$$
runs=${RUNS:-3}
places=${PLACES:-3}

netlab() {
    "$kit/scripts/netlab" --lab "$lab-$run" "$@"
}

clean_up() {
    for ((run = 1; run <= runs; run++)); do
        netlab down 2>/dev/null
    done
}

# One of each kind, on every layer that the letter passes.
cat >"$work/faults" <<'EOT'
drop the first ARP-request from alice
drop the first DNS-query
drop the first SYN from alice
delay the first SYN-ACK by 50 ms
duplicate the first "ehlo" from alice
drop the first "mail FROM" from alice
corrupt bit 3 of byte 68 of the first "RETR" from alice
reorder the 3rd "four" from alice behind 1
EOT

# A letter of several segments: sent, and read by POP3.
run_once() {
    local run=$1 place=$work/$1
    mkdir "$place"
    cp -r "$work/template" "$place/mail"
    netlab up letter --record "$place.pcapng" --script "$work/faults" || return 1
    netlab run mail mailserver --root "$place/mail" -o ports=standard --ready-file "$place/ready" >"$place/log" 2>&1 &
    until_true test -s "$place/ready" || { cat "$place/log"; return 1; }
    netlab run alice env RES_OPTIONS='timeout:2 attempts:4' python3 "$work/talk.py" "$work/letter" "$place/read" ||
        return 1
    netlab down && wait
}

# Some at once; what each said stands in its log.
run_all() {
    local started=()
    for ((run = 1; run <= runs; run++)); do
        run_once "$run" >"$work/said-$run" 2>&1 &
        started+=($!)
        [ $((run % places)) != 0 ] || { wait "${started[@]}"; started=(); }
    done
    [ ${#started[@]} = 0 ] || wait "${started[@]}"
}

# Who said what to whom, in what order. The name that the server gives a letter tells the time of day.
exchanges() {
    "$bin/visualizer" --print exchanges "$1" | cut -f 1,5-12 | sed -E 's/Letter [0-9A-Z]+/Letter ID/'
}

the_same() {
    cat "$work/said-$1"
    exchanges "$work/$1.pcapng" >"$work/$1/list"
    diff "$work/1/list" "$work/$1/list" && cmp <(sed '1,/^$/d' "$work/letter") <(sed '1,/^$/d' "$work/$1/read")
}

# All that was done to the packets, as it was told: eight faults, eight stories.
all_struck() {
    "$bin/visualizer" --print consequences "$work/1.pcapng" | tee /dev/stderr | grep -c '^  the wire' | grep -qx 8
}

cat >"$work/talk.py" <<'EOT'
import poplib, smtplib, sys

def end(client, farewell):
    farewell("QUIT")
    while client.sock.recv(100):
        pass
    client.close()

smtp = smtplib.SMTP("mail.example.org", 25, "alice.example.org")
with open(sys.argv[1], encoding="ascii") as letter:
    smtp.sendmail("alice@example.org", ["rachida@localhost"], letter.read())
end(smtp, smtp.docmd)
pop3 = poplib.POP3("10.0.0.25", 110)
pop3.user("rachida")
pop3.pass_("bonjour-2026")
with open(sys.argv[2], "wb") as read:
    read.write(b"\n".join(pop3.retr(1)[1]) + b"\n")
end(pop3, pop3._shortcmd)
EOT
command -v python3 >/dev/null || skip_all "python3 is not installed"
for program in visualizer mailserver; do
    [ -x "$bin/$program" ] || skip_all "$program is not built"
done
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
plan $((runs + 1))
export PATH=$bin:$PATH
umask 077
printf 'bonjour-2026\n' >"$work/password"
mailserver --root "$work/template" user add rachida <"$work/password" >/dev/null
{
    printf 'From: alice@example.org\nSubject: same\nDate: Tue, 24 Nov 2026 10:00:00 +0100\nMessage-ID: <1@alice>\n\n'
    for ((line = 0; line < 150; line++)); do
        echo "$line: one, two, three, four, five, once I caught a fish alive"
    done
} >"$work/letter"
run_all
for ((run = 1; run <= runs; run++)); do
    check "run $run is the same as the first" the_same "$run"
done
check "every fault was struck" all_struck
