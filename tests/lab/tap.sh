# shellcheck shell=bash
# Sourced by the tests of this folder: results in TAP, and a place to work in.
#
# A test says `plan N`, then `check "what" command...` for each result. The
# folder $work is removed at the end.

tap_number=0
work=$(mktemp -d)
chmod 755 "$work"
bin=$(cd "${BIN:-bin}" && pwd) || exit 1
export BIN=$bin

tap_clean_up() {
    [ "$(type -t clean_up)" != function ] || clean_up
    rm -rf "$work"
}
trap tap_clean_up EXIT
trap 'exit 1' INT TERM HUP

plan() {
    echo "1..$1"
}

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# check WHAT COMMAND...: ok when the command succeeds; else what it said.
check() {
    local what=$1
    shift
    tap_number=$((tap_number + 1))
    if "$@" >"$work/said" 2>&1; then
        echo "ok $tap_number - $what"
    else
        echo "not ok $tap_number - $what"
        sed 's/^/# /' "$work/said"
    fi
}

skip() {
    tap_number=$((tap_number + 1))
    echo "ok $tap_number - $1 # SKIP $2"
}

# Waits for up to ten seconds until a command succeeds.
until_true() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.05
    done
    return 1
}

# fails COMMAND...: that is what is expected of it.
fails() {
    ! "$@"
}

# says TEXT COMMAND...: the text is in what the command prints.
says() {
    local text=$1
    shift
    "$@" 2>&1 | tee /dev/stderr | grep -qF -- "$text"
}
