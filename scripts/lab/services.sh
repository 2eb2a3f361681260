# shellcheck shell=bash
# shellcheck disable=SC2154  # the arrays are topology_read's, the rest is inside.sh's
# Sourced by inside.sh: what runs on the hosts, in the order of the topology. Each program is started, some are waited
# for, all end with the lab.

# Runs a program on a host while the lab is up; what it says goes to /run/pli/HOST/log.
service() {
    local host=$1
    shift
    (cd "$directory" && on "$host" "$@" </dev/null >>"/run/pli/$host/log" 2>&1) &
    services+=($!)
    service_name[$!]="$host: ${1##*/}"
}

# The end of a host's log, and of the lab.
service_failed() {
    tail -n 5 "/run/pli/$1/log" 2>/dev/null | tr -d '\000-\010\013-\037\177'
    shift
    die "$@"
}

# Firewalls and files, before anything runs.
prepare_hosts() {
    local line host path file
    for line in "${files[@]}"; do
        read -r host path file <<<"$line"
        cp -- "$file" "/run/pli/$host/file-${path//\//-}" || exit 1
        # shellcheck disable=SC2016  # expanded inside
        nsenter -t "${pid_of[$host]}" -m -- sh -c '[ -e "$2" ] || { mkdir -p "${2%/*}" && : >"$2"; } 2>/dev/null
            exec mount --bind "$1" "$2"' - "/run/pli/$host/file-${path//\//-}" "$path" ||
            die "%s: the file %s cannot be put in place" \
                "%s : le fichier %s ne peut pas être mis en place" "$host" "$path"
    done
    for line in "${firewalls[@]}"; do
        read -r host file <<<"$line"
        (on "$host" nft -f "$file") || die "%s: nftables refuses %s" "%s : nftables refuse %s" "$host" "$file"
    done
}

# The kit's mail server, with the accounts of the topology.
start_mailserver() {
    local host=$1 user tries command
    mailserver_command "/run/pli/$host/mail" "$@"
    for user in "${users[@]}"; do
        [ "${user%%/*}" = "$host" ] || continue
        user=${user#*/}
        (cd "$directory" && on "$host" "${command[@]}" user add "${user%%/*}") <<<"${user#*/}" \
            >>"/run/pli/$host/log" 2>&1 || service_failed "$host" "%s: the account %s cannot be made" \
            "%s : le compte %s ne peut pas être créé" "$host" "${user%%/*}"
    done
    service "$host" "${command[@]}" --ready-file "/run/pli/$host/mail-ready"
    for ((tries = 0; tries < 1000; tries++)); do
        [ ! -s "/run/pli/$host/mail-ready" ] || return 0
        kill -0 $! 2>/dev/null || break
        sleep 0.02
    done
    service_failed "$host" "%s: the mail server does not start" "%s : le serveur de courrier ne démarre pas" "$host"
}

start_services() {
    local line kind host words
    for line in "${starts[@]}"; do
        read -ra words <<<"$line"
        kind=${words[0]} host=${words[1]}
        case $kind in
        start) service "$host" "${words[@]:2}" ;;
        once)
            (cd "$directory" && on "$host" timeout 60 "${words[@]:2}" </dev/null >>"/run/pli/$host/log" 2>&1) ||
                service_failed "$host" "%s: the command %s failed" "%s : la commande %s a échoué" "$host" "${words[2]}"
            ;;
        *) "start_$kind" "${words[@]:1}" ;;
        esac
    done
}

# Does a program on that host listen to that TCP port? The kernel's own list says it without a connection.
listens() {
    local hex
    printf -v hex ':%04X ' "$2"
    cat "/proc/${pid_of[$1]}/net/tcp" "/proc/${pid_of[$1]}/net/tcp6" 2>/dev/null |
        awk -v port="${hex% }" '$4 == "0A" && index($2, port) == length($2) - 4 { found = 1 } END { exit !found }'
}

await_ports() {
    local line host port tries pid
    for line in "${awaits[@]}"; do
        read -r host port <<<"$line"
        for ((tries = 0; tries < 600; tries++)); do
            listens "$host" "$port" && continue 2
            for pid in "${services[@]}"; do
                kill -0 "$pid" 2>/dev/null || service_failed "${service_name[$pid]%%:*}" "%s has ended by itself" \
                    "%s a fini de lui-même" "${service_name[$pid]}"
            done
            sleep 0.05
        done
        service_failed "$host" "%s: no program listens to port %s" "%s : aucun programme n'écoute le port %s" \
            "$host" "$port"
    done
}
