#!/usr/bin/env bash
# What a topology says about its hosts is so: accounts, programs, files, firewalls, awaited ports; and a lab that
# loses a part ends whole, and says why.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
kit=$PWD
lab=s$$

netlab() {
    "$kit/scripts/netlab" --lab "$lab" "$@"
}

clean_up() {
    netlab down 2>/dev/null
}

letter() {
    echo bonjour-2026 >"$work/password"
    netlab run alice mailclient send -s test -f alice@example.org --no-tls --via smtp://example.org \
        rachida@example.org <<<'rachida bonjour' &&
        says 'rachida bonjour' netlab run alice mailclient read 1 --password-file "$work/password" --no-tls \
            pop3://rachida@mail.example.org
}

# What waits for the end of a lab hears why it ended.
told_why() {
    netlab wait >"$work/why" 2>&1 &
    local waiter=$!
    sleep 0.3
    netlab run mail python3 -c '
import os, signal, sys
for entry in filter(str.isdigit, os.listdir("/proc")):
    try:
        words = open(f"/proc/{entry}/cmdline").read().split("\0")
    except OSError:
        continue
    if sys.argv[1] in words and "http.server" in words and int(entry) != os.getpid():
        os.kill(int(entry), signal.SIGKILL)' "$1"
    ! wait "$waiter" && cat "$work/why" && grep -q "$2" "$work/why" && fails netlab run mail true
}

for program in python3 setpriv; do
    command -v $program >/dev/null || skip_all "$program is not installed"
done
[ -x "$bin/mailserver" ] || skip_all "the mail server is not built"
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
plan 15
check "one server comes up" netlab up one-server
check "a letter goes to its account and comes back" letter
check "it goes down" netlab down
echo '192.0.2.1 somewhere' >"$work/hosts"
echo 'table inet f { chain input { type filter hook input priority 0; tcp dport 8026 drop; }; }' >"$work/mail.nft"
cat >"$work/plain.lab" <<EOT
net lan 10.0.0.0/24 fd00::/64
host alice lan:10
host mail lan:25
file alice /etc/hosts hosts
once alice touch $work/once
start mail python3 -m http.server 8025
await mail 8025
EOT
cp "$work/plain.lab" "$work/many.lab"
! command -v nft >/dev/null || echo 'nft mail mail.nft' >>"$work/many.lab"
check "any program can be started and awaited" netlab up "$work/many.lab"
check "it answers" netlab run alice python3 -c 'import socket; socket.create_connection(("10.0.0.25", 8025), 5)'
check "a command was run before" test -e "$work/once"
check "a host sees a file that is its own" says somewhere netlab run alice cat /etc/hosts
check "and the others do not" fails says somewhere netlab run mail cat /etc/hosts
if command -v nft >/dev/null; then
    check "a host has its firewall from a file" says 'tcp dport 8026 drop' netlab run mail nft list ruleset
else
    skip "a host has its firewall from a file" "nft is not installed"
fi
check "a program that dies ends the lab, and is named" told_why 8025 'mail: python3 has ended by itself'
sed 's/^await.*/await mail 8099/; s/-m http.server 8025/-c pass/' "$work/plain.lab" >"$work/dead.lab"
sed 's/^once.*/once alice false/' "$work/plain.lab" >"$work/fails.lab"
scripts/netlab --lab "$lab-2" up "$work/fails.lab" >"$work/failed" 2>&1 &
check "a program that ends at once keeps the lab from coming up" says 'mail: python3 has ended by itself' \
    netlab up "$work/dead.lab"
wait $!
check "so does a command that fails" grep 'the command false failed' "$work/failed"
check "nothing of them is left" fails says "\"$lab" scripts/netlab status
seq 20 | awk 'BEGIN { print "net lan 10.0.0.0/24 fd00::/64" } { print "host h" $1 " lan:" $1 }' >"$work/20.lab"
check "twenty hosts come up in time (60 s on a busy machine)" timeout 60 scripts/netlab --lab "$lab" up "$work/20.lab"
check "and the last one answers the first" netlab run h1 ping -c 1 -W 5 10.0.0.20
