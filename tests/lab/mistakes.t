#!/usr/bin/env bash
# Mistakes in topology files: each is told with its line and column, and nothing is raised.
# shellcheck source=tests/lab/tap.sh
. tests/lab/tap.sh
unset LANGUAGE LC_ALL LANG LC_MESSAGES
# The reader itself: a netlab for each mistake would take ten times as long.
# shellcheck source=scripts/say.sh
. scripts/say.sh
# shellcheck source=scripts/lab/topology.sh
. scripts/lab/topology.sh

good='net lan 10.0.0.0/24 fd00::/64
host alice lan:10
host mail lan:25
'
# One mistake a row: the place that is to be named, a word of the message, and the line (\n begins another one) that
# follows the three good ones.
table='4:1|"frob" is not|frob nothing
4:6|missing|title
4:6|missing|net b
4:8|missing|net b\x20\x20
4:5|a name|net Big 10.1.0.0/24
4:5|a name|net abcdefghijklmnop 10.1.0.0/24
4:5|a name|net lo 10.1.0.0/24
4:5|already a net|net lan 10.1.0.0/24
4:7|IPv4 network|net b 10.1.0.0/16
4:7|IPv4 network|net b 10.1.0.0
4:7|IPv4 network|net b 10.1.0.7/24
4:7|IPv4 network|net b 10.1.256.0/24
4:7|IPv4 network|net b 10.01.2.0/24
4:7|IPv4 network|net b 127.0.0.0/24
4:7|IPv4 network|net b 224.0.0.0/24
4:7|already the net lan|net b 10.0.0.0/24
4:19|IPv6 network|net b 10.1.0.0/24 fd01::/48
4:19|IPv6 network|net b 10.1.0.0/24 fd01::1/64
4:19|IPv6 network|net b 10.1.0.0/24 fe80::/64
4:19|IPv6 network|net b 10.1.0.0/24 fd01:::/64
4:19|already the net lan|net b 10.1.0.0/24 fd00::/64
4:29|too much|net b 10.1.0.0/24 fd01::/64 more
4:6|a name|host Bob lan:11
4:6|a name|host b_b lan:11
4:6|a name|host bob- lan:11
4:6|a name|host averyverylongname lan:11
4:9|missing|host bob
4:6|already a host|host alice lan:11
4:10|no net is called "wan"|host bob wan:11
4:10|no net|host bob :11
4:10|1 to 254|host bob lan:0
4:10|1 to 254|host bob lan:255
4:10|1 to 254|host bob lan:011
4:10|1 to 254|host bob lan:
4:10|1 to 254|host bob lan:-1
4:12|already the address of alice|host  bob  lan:10
4:10|already the address of alice|host bob lan:10.0.0.10
4:10|outside the net lan|host bob lan:10.9.0.10
4:17|on the net lan already|host bob lan:11 lan:12
4:1|dhcp HOST is missing|host bob lan:dhcp
4:13|gateway|router gate lan:dhcp
4:8|not a domain|domain .org alice
4:8|not a domain|domain ex..org alice
4:20|no host is called "nobody"|domain example.org nobody
5:14|in the domain a.org already|domain a.org alice\ndomain b.org alice
4:16|no host|mx example.org nobody
4:21|preference|mx example.org mail 70000
4:5|no host|dns nobody
5:5|does that already|dns alice\ndns mail
5:5|needs a number|host bob lan:dhcp\ndns bob
4:12|no program "frobd"|start mail frobd -x
4:7|no host|start nobody true
4:11|no program|once mail /no/such/program
4:10|no file|nft mail no-such.nft
4:11|absolute path|file mail etc/hosts x
4:11|absolute path|file mail /etc/../x x
4:22|no file|file mail /etc/hosts no-such-file
4:11|user.s name|user mail Root secret
4:19|no slash|user mail rachida a/b
4:1|no mailserver|user mail rachida secret
5:1|already|mailserver mail\nmailserver mail
4:12|port|await mail 0
4:15|port|await mail 25 smtp
4:1|no host is on|net b 10.1.0.0/24
4:1|nothing joins|net b 10.1.0.0/24\nhost bob b:1
4:14|no host is called "al.ce"|domain a.org al\x1bce'

# mistake PLACE WORDS: $work/wrong.lab is refused, at that place and with these words, in plain characters.
mistake() {
    local status
    (topology_read "$work/wrong.lab") >"$work/out" 2>"$work/err"
    status=$?
    cat "$work/err"
    [ $status = 1 ] && grep -q "^$work/wrong.lab:$1: .*$2" "$work/err" && ! grep -q '[[:cntrl:]]' "$work/err"
}

accepted() {
    scripts/netlab check "$work/wrong.lab"
}

mapfile -t rows <<<"$table"
plan $((${#rows[@]} + 11))
for row in "${rows[@]}"; do
    IFS='|' read -r place words text <<<"$row"
    printf '%s%b\n' "$good" "$text" >"$work/wrong.lab"
    check "$place ${text//\\/ }" mistake "$place" "$words"
done
: >"$work/wrong.lab"
check "an empty file" mistake 1:1 "no host"
printf 'net lan 10.0.0.0/24\nhost a\0b lan:1\n' >"$work/wrong.lab"
check "a NUL byte" mistake 2:7 NUL
head -c 3000000 /dev/zero | tr '\0' x >"$work/wrong.lab"
check "three megabytes" mistake 1:1 "larger than"
head -c 90000 /dev/zero | tr '\0' x >"$work/wrong.lab"
check "a line that does not end" mistake 1:1 "longer than"
{ printf %s "$good"; seq -f 'host h%.0f lan:dhcp' 10000; } >"$work/wrong.lab"
check "ten thousand hosts" mistake 202:1 "more than 200 hosts"
{ printf %s "$good"; yes | head -n 6000; } >"$work/wrong.lab"
check "six thousand mistakes: some are told" mistake 4:1 "is not a statement"
check "and no more than fifty" test "$(wc -l <"$work/err")" -le 50
check "a folder is no topology" says "there is no topology" scripts/netlab check "$work"
printf %s "${good%?}" >"$work/wrong.lab"
check "the last line needs no end" accepted
printf '%b' "${good//$'\n'/\\r\\n}" >"$work/wrong.lab"
check "lines may end as on Windows" accepted
{
    printf 'net a 10.0.1.0/24\nnet b 10.0.2.0/24\nnet c 10.0.3.0/24\nrouter ab a:1 b:1\nrouter bc b:2 c:2\n'
    printf 'router ca c:3 a:3\nhost alice a:10.0.1.10\n'
} >"$work/wrong.lab"
check "routers in a ring are no mistake" accepted
