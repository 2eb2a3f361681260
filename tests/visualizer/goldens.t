#!/usr/bin/env bash
# What the visualizer makes of each recording, compared with the texts in tests/visualizer/goldens: the exchanges,
# the ladder and, where a letter goes over, its way; and what came of the faults that the wire struck.
#
#     tests/visualizer/goldens.t            compares
#     UPDATE=1 tests/visualizer/goldens.t   writes the texts anew; look at `git diff` before keeping them
set -u
unset LC_ALL LANG LC_MESSAGES NO_COLOR SSLKEYLOGFILE
export LC_ALL=C.UTF-8 LANGUAGE=en TZ=UTC
bin=${BIN:-bin}
goldens=tests/visualizer/goldens
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
number=0

compare() { # FACE RECORDING GOLDEN
    "$bin/visualizer" --print "$1" "$2" >"$work/out" 2>"$work/error"
    if [ "$1" = letter ] && [ ! -s "$work/out" ]; then
        rm -f "$work/error" # no letter goes over here
        [ -e "$3" ] || return 0
    fi
    number=$((number + 1))
    [ -z "${UPDATE:-}" ] || { mkdir -p "$goldens" && cp "$work/out" "$3"; }
    if diff -u "$3" "$work/out" >"$work/diff" 2>&1 && [ ! -s "$work/error" ]; then
        echo "ok $number - $(basename "$2"), $1"
    else
        echo "not ok $number - $(basename "$2"), $1"
        sed 's/^/# /' "$work/error" "$work/diff" | head -60
    fi
}

for recording in tests/recordings/*.pcapng; do
    name=$(basename "$recording" .pcapng)
    [ -n "${UPDATE:-}" ] || [ -e "$goldens/$name.exchanges" ] || continue
    for face in exchanges ladder letter; do
        compare "$face" "$recording" "$goldens/$name.$face"
    done
    case $name in
    fault-* | letter)
        compare consequences "$recording" "$goldens/$name.consequences"
        compare consequences-json "$recording" "$goldens/$name.consequences-json"
        ;;
    esac
done
# Not only mail, and nobody's secrets.
for name in dhcpv6 ftp http no-default-router telnet; do
    compare exchanges "tests/recordings/$name.pcap" "$goldens/$name.exchanges"
done
echo "1..$number"
