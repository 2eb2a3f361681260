#!/usr/bin/env bash
# The real Postfix and Dovecot on a host, with the course's lines: a letter comes to ~/Maildir and is read by POP3 and
# IMAP, for root and for an ordinary user; and who lacks them hears so.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES MAIL_CONFIG
export LANGUAGE=en
kit=$PWD
lab=p$$
password=bonjour-2026
as=()

netlab() {
    (cd "$work" && exec "${as[@]}" "$kit/scripts/netlab" --lab "$lab" "$@")
}

clean_up() {
    netlab down 2>/dev/null
}

sends() {
    netlab run alice mailclient send -s "$1" -f alice@example.org --no-tls "${@:2}" <<<"rachida $1"
}

# What the host's own user finds in the home.
in_maildir() {
    # shellcheck disable=SC2016  # expanded on the host
    netlab run mail bash -c 'cat ~rachida/Maildir/*/*' | grep -q "^rachida $1"
}

reads() {
    says 'rachida bonjour' netlab run alice mailclient read 1 --no-tls --password-file "$work/password" \
        "$1://rachida@mail.example.org"
}

logs_in() {
    netlab run alice mailclient send -s login -f rachida@example.org --no-tls --clear-password --auth PLAIN \
        --password-file "$work/password" --via smtp://rachida@mail.example.org amine@example.org <<<'amine salut' &&
        says 'sasl_username=rachida' netlab run mail cat /run/pli/mail/postfix/maillog
}

recorded() {
    "$bin/visualizer" --print exchanges "$work/r.pcapng" >"$work/exchanges" 2>&1
    cat "$work/exchanges"
    grep -q 'SMTP.*content transfer.*DATA "bonjour" → 250' "$work/exchanges" &&
        grep -q 'POP3.*retrieval.*RETR 1 "bonjour"' "$work/exchanges" && grep -q 'IMAP.*fetch' "$work/exchanges"
}

# A copy of the scripts that has nothing unpacked, with a search path and places where nothing is installed.
missing() {
    mkdir -p "$work/kit/bin" "$work/kit/labs" && cp -r scripts "$work/kit" && cp -r labs/topologies "$work/kit/labs" &&
        sed -i 's,for place in / ,for place in ,' "$work/kit/scripts/lab/mailhost.sh" || return 1
    ! "$work/kit/scripts/netlab" --lab "$lab" up postfix-dovecot 2>"$work/missing" && cat "$work/missing" &&
        grep -q 'not here: postfix, dovecot.*scripts/setup servers' "$work/missing"
}

# wrong TEXT PLACE WORDS
wrong() {
    printf 'net lan 10.0.0.0/24\nhost mail lan:25\n%b\n' "$1" >"$work/wrong.lab"
    "$kit/scripts/netlab" check "$work/wrong.lab" 2>&1 | tee /dev/stderr | grep -q "wrong.lab:$2: .*$3"
}

# What keeps them from being tried.
why_not() {
    # shellcheck source=scripts/say.sh
    . scripts/say.sh
    # shellcheck source=scripts/lab/mailhost.sh
    . scripts/lab/mailhost.sh
    # shellcheck disable=SC2034  # mailhost_missing looks there
    local place starts=("postfix mail x" "dovecot mail x")
    (mailhost_missing) 2>&1 && mailhost_place usr/sbin/dovecot &&
        LD_LIBRARY_PATH=${place}usr/lib/dovecot "${place}usr/sbin/dovecot" --version | grep -q '^2\.3' && return
    echo "the course's lines are for Dovecot 2.3"
}

# All of it, for who is in "as".
tries() {
    local who=$1
    check "$who: a host with Postfix and Dovecot comes up" netlab up postfix-dovecot --record "$work/r.pcapng"
    check "$who: Postfix takes a letter" sends bonjour --via smtp://example.org rachida@example.org
    check "$who: it is delivered to ~/Maildir" until_true in_maildir bonjour
    check "$who: Dovecot gives it out by POP3" reads pop3
    check "$who: and by IMAP" reads imap
    check "$who: Dovecot tells Postfix who may log in" logs_in
    check "$who: strangers may not send elsewhere" says 'Relay access denied' \
        sends away --via smtp://mail.example.org someone@example.net
    check "$who: the commands of Postfix find it" says 'Mail queue is empty' netlab run mail postqueue -p
    check "$who: it goes down" netlab down
    check "$who: all of it was on the wire" recorded
}

for program in visualizer mailclient; do
    [ -x "$bin/$program" ] || skip_all "$program is not built"
done
scripts/netlab doctor >"$work/said" 2>&1 || skip_all "$(grep -m 1 '!!' "$work/said")"
plan 24
touch "$work/main.cf"
check "who lacks the servers hears how to get them" missing
check "a host has one Postfix" wrong 'postfix mail main.cf\npostfix mail main.cf' 4:1 'a mail server already'
check "and no mail server of the kit beside it" wrong 'postfix mail main.cf\nmailserver mail' 4:1 'already'
check "its configuration has to be there" wrong 'dovecot mail no.conf' 3:14 'no file'
echo "$password" >"$work/password"
chmod 1777 "$work"
chmod 644 "$work/password"
why=$(why_not)
if [ -n "$why" ]; then
    for ((number = 0; number < 20; number++)); do
        skip "Postfix and Dovecot on a host" "$why"
    done
    exit
fi
tries "$(id -un)"
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --clear-groups test -x "$bin/visualizer" -a -r "$kit/labs"; then
    rm -f "$work/r.pcapng"
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups env "HOME=$work")
    tries "an ordinary user"
else
    for ((number = 0; number < 10; number++)); do
        skip "an ordinary user has Postfix and Dovecot" "only root can be another user, who has to see the kit"
    done
fi
