# server.sh - a mail server on free ports, for tests written in shell.
#
#     . tests/lib/server.sh
#     server_start [OPTION]...         sets server_root, server_pid and port_smtp, port_submission,
#                                      port_submissions, port_pop3, port_pop3s, port_imap, port_imaps
#     server_user NAME PASSWORD
#     server_stop                      its exit status; also done when the script ends
#
# The folder of it all, server_folder, is removed at the end.
# shellcheck shell=sh disable=SC2034

server_bin=${BIN:-bin}/mailserver
server_folder=$(mktemp -d)
server_root=$server_folder/mail
server_pid=
[ "${PLI_SANITIZER:-}" = thread ] && server_wrapper='setarch -R' || server_wrapper=

server_user() {
    printf '%s\n' "$2" | $server_wrapper "$server_bin" --root "$server_root" user add "$1"
}

server_start() {
    rm -f "$server_folder/ready"
    $server_wrapper "$server_bin" --root "$server_root" -o ports=free --ready-file "$server_folder/ready" "$@" \
        >>"$server_folder/output" 2>>"$server_folder/log" </dev/null &
    server_pid=$!
    server_tries=0
    while [ ! -e "$server_folder/ready" ]; do
        if [ $server_tries -ge 500 ] || ! kill -0 "$server_pid" 2>/dev/null; then
            cat "$server_folder/log" >&2
            return 1
        fi
        server_tries=$((server_tries + 1))
        sleep 0.1
    done
    while read -r server_name _ server_port; do
        eval "port_$server_name=$server_port"
    done <"$server_folder/ready"
}

server_stop() {
    [ -n "$server_pid" ] || return 0
    kill "$server_pid" 2>/dev/null
    wait "$server_pid"
    server_status=$?
    server_pid=
    return $server_status
}

server_clean() {
    server_stop
    rm -rf "$server_folder"
}
trap server_clean EXIT
trap 'exit 1' HUP INT TERM
