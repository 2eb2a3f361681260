# shellcheck shell=bash
# shellcheck disable=SC2154  # the arrays are topology_read's, the rest is netlab's
# Sourced by netlab export: the same topology for containerlab (https://containerlab.dev) or Kathará
# (https://www.kathara.org), which run each host in a container.
#
# Both get a folder HOST/etc/pli for each host with its files and the script
# "services", which begins what runs there, and a folder "image.d" of which docker
# builds the hosts' image. Addresses and routes are those of hostfiles.sh, thus
# of the lab that netlab raises. For containerlab a net is one more node, a
# switch; Kathará has nets of its own ("collision domains").

# What containers cannot be told, or would do otherwise than the lab.
export_losses() {
    local line
    for line in "${starts[@]}"; do
        case ${line%% *} in
        postfix | dovecot) say "not carried over: %s" "n'est pas repris : %s" "${line% *}" >&2 ;;
        esac
    done
    [ ${#awaits[@]} = 0 ] || say "not carried over: await (hosts start on their own)" \
        "n'est pas repris : await (les hôtes démarrent chacun de son côté)" >&2
}

# export_settings HOST DEVICE...: settings of the kernel for a host, and for each of these devices; "default" is what
# devices begin with.
export_settings() {
    local port device accept=0
    for port in ${host_ports[$1]}; do
        [ "${port4[$port]}" != dhcp ] || accept=1
    done
    [ "${host_kind[$1]}" != router ] || printf '%s\n' net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    for device in "${@:2}"; do
        echo "net.ipv6.conf.$device.accept_ra=$accept"
    done
}

# Commands that give a host's devices their addresses, and the host its routes.
export_network() {
    local port
    for port in ${host_ports[$1]}; do
        echo "ip link set dev ${port_device[$port]} down"
        echo "ip link set dev ${port_device[$port]} address ${port_mac[$port]}"
    done
    host_network "$1" | sed 's/^/ip /'
    for port in ${host_ports[$1]}; do
        [ "${port4[$port]}" != dhcp ] || echo "ip link set dev ${port_device[$port]} up"
    done
}

# The mail server and the accounts before it, on one host.
export_mailserver() {
    local command user
    mailserver_command /var/pli/mail "$@"
    echo 'mkdir -p /var/pli'
    for user in "${users[@]}"; do
        [ "${user%%/*}" = "$1" ] || continue
        user=${user#*/}
        printf "printf '%%s\\\\n' %q | " "${user#*/}"
        printf '%q ' "${command[@]}"
        printf 'user add %q\n' "${user%%/*}"
    done
    export_started "${command[@]}"
}

export_started() {
    printf 'nohup'
    printf ' %q' "$@"
    printf ' </dev/null >>/var/log/pli.log 2>&1 &\n'
}

# The script of a host, and the files beside it.
export_services() {
    local host=$1 folder=$2 line words number=0 port
    echo '#!/bin/bash'
    echo 'cat /etc/pli/hosts >/etc/hosts'
    echo 'cat /etc/pli/resolv.conf >/etc/resolv.conf'
    for line in "${files[@]}"; do
        read -ra words <<<"$line"
        [ "${words[0]}" = "$host" ] || continue
        cp -- "${words[2]}" "$folder/file-$number" || return 1
        printf 'mkdir -p %q && cat /etc/pli/file-%s >%q\n' "${words[1]%/*}/" $number "${words[1]}"
        number=$((number + 1))
    done
    for line in "${firewalls[@]}"; do
        [ "${line%% *}" = "$host" ] || continue
        cp -- "${line#* }" "$folder/firewall-$number.nft" || return 1
        echo "nft -f /etc/pli/firewall-$number.nft"
        number=$((number + 1))
    done
    [ ! -e "$folder/dnsmasq.conf" ] || echo 'dnsmasq --conf-file=/etc/pli/dnsmasq.conf'
    for port in ${host_ports[$host]}; do
        [ "${port4[$port]}" != dhcp ] || echo "busybox udhcpc -b -t 20 -i ${port_device[$port]}" \
            "-s /etc/pli/dhcp.sh -x hostname:$host"
    done
    export_starts "$host"
}

export_starts() {
    local line words
    for line in "${starts[@]}"; do
        read -ra words <<<"$line"
        [ "${words[1]}" = "$1" ] || continue
        case ${words[0]} in
        start) export_started "${words[@]:2}" ;;
        once) printf '%q ' "${words[@]:2}" && echo ;;
        mailserver) export_mailserver "${words[@]:1}" ;;
        *) echo "# not carried over: ${words[*]:0:2}" ;;
        esac
    done
}

# A host's folder. There it may be another user, and go to the background.
export_host() {
    local host=$1 folder=$2/etc/pli
    mkdir -p "$folder" || return 1
    write_hosts "$host" >"$folder/hosts"
    write_resolv "$host" >"$folder/resolv.conf"
    write_dnsmasq "$host" /var/lib/misc/dnsmasq.leases | sed 's/^no-daemon$/user=root/' >"$folder/dnsmasq.conf"
    [ -s "$folder/dnsmasq.conf" ] || rm "$folder/dnsmasq.conf"
    cp "$here/lab/dhcp.sh" "$folder/dhcp.sh"
    export_services "$host" "$folder" >"$folder/services"
}

# The image of all hosts: the system that the programs here were built for, what they need, and themselves.
export_image() {
    local folder=$1 system program programs=()
    system=$(sed -n 's/^ID=//p; s/^VERSION_ID=//p' /etc/os-release | tr -d '"' | sort -r | paste -sd:)
    [[ $system =~ ^(debian|ubuntu):[0-9.]+$ ]] || system=debian:12
    mkdir -p "$folder" || return 1
    for program in mailserver mailclient visualizer; do
        ! program=$(command -v $program) || { cp "$program" "$folder/" && programs+=("${program##*/}"); }
    done
    cat <<EOT >"$folder/Dockerfile"
FROM $system
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\
    bash busybox dnsmasq-base iproute2 iputils-ping libjansson4 libncursesw6 libpcap0.8 libssl3 nftables procps \\
    python3 traceroute && rm -rf /var/lib/apt/lists/*
${programs[*]:+COPY ${programs[*]} /usr/local/bin/}
EOT
}

# A text as a string of YAML in double quotes.
yaml_string() {
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# Elements of a list, one a line of the input.
yaml_list() {
    local line
    while IFS= read -r line; do
        printf '        - %s\n' "$(yaml_string "$line")"
    done
}

write_containerlab() {
    local host net port number devices name=$1
    printf '# %s\n# docker build -t pli-lab image.d && sudo containerlab deploy -t %s.clab.yml\nname: %s\n' \
        "${topology_title:-$name}" "$name" "$name"
    printf 'topology:\n  defaults:\n    kind: linux\n    image: pli-lab\n    network-mode: none\n  nodes:\n'
    for host in "${hosts[@]}"; do
        devices=()
        for port in ${host_ports[$host]}; do
            devices+=("${port_device[$port]}")
        done
        printf '    %s:\n      binds:\n        - "%s/etc/pli:/etc/pli"\n      exec:\n' "$host" "$host"
        { export_settings "$host" "${devices[@]}" | sed 's/^/sysctl -q -w /' && export_network "$host" &&
            echo "bash /etc/pli/services"; } | yaml_list
    done
    for net in "${nets[@]}"; do
        printf '    sw_%s:\n      exec:\n' "$net"
        number=0
        {
            echo "ip link add name br0 type bridge mcast_snooping 0"
            for port in ${net_ports[$net]}; do
                echo "ip link set dev eth$number master br0 up"
                number=$((number + 1))
            done
            echo "ip link set dev br0 up"
        } | yaml_list
    done
    echo '  links:'
    for net in "${nets[@]}"; do
        number=0
        for port in ${net_ports[$net]}; do
            printf '    - endpoints: ["%s:%s", "sw_%s:eth%s"]\n' "${port_host[$port]}" "${port_device[$port]}" \
                "$net" $number
            number=$((number + 1))
        done
    done
}

# Kathará's names have no hyphen, and two are taken.
kathara_name() {
    name=${1//-/_}
    [ "$name" != shared ] || name=shared_
}

write_kathara() {
    local host port line name title=${topology_title//[\"\'=]/ }
    printf '# docker build -t pli-lab image.d && kathara lstart\nLAB_NAME="%s"\nLAB_DESCRIPTION="%s"\n' "$1" \
        "${title:-$1}"
    for host in "${hosts[@]}"; do
        kathara_name "$host"
        printf '\n%s[image]="pli-lab"\n%s[ipv6]="true"\n' "$name" "$name"
        while read -r line; do
            printf '%s[sysctl]="%s"\n' "$name" "$line"
        done < <(export_settings "$host" default)
        for port in ${host_ports[$host]}; do
            printf '%s[%s]="%s"\n' "$name" "${port_device[$port]#eth}" "${port_net[$port]//-/_}"
        done
        { export_network "$host" && echo 'bash /etc/pli/services'; } >"$2/$name.startup"
    done
}

# export_topology ENGINE TOPOLOGY [FOLDER]: a folder that is not there yet, or is empty.
export_topology() {
    local engine=$1 topology folder title name host
    # shellcheck source=scripts/lab/hostfiles.sh
    . "$here/lab/hostfiles.sh"
    topology=$(topology_path "$2") && topology_read "$topology" || exit 1
    title=$(basename "$topology" .lab | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9\n' -)
    folder=${3:-$title-$engine}
    [ -z "$(ls -A -- "$folder" 2>&1)" ] || [ ! -e "$folder" ] || die "%s is there already, and not empty" \
        "%s existe déjà, et n'est pas vide" "$folder"
    mkdir -p -- "$folder" && export_image "$folder/image.d" || exit 1
    for host in "${hosts[@]}"; do
        name=$host
        [ "$engine" != kathara ] || kathara_name "$host"
        export_host "$host" "$folder/$name" || exit 1
    done
    if [ "$engine" = kathara ]; then
        write_kathara "$title" "$folder" >"$folder/lab.conf"
    else
        write_containerlab "$title" >"$folder/$title.clab.yml"
    fi || exit 1
    export_losses
    say "%s is written" "%s est écrit" "$folder"
}
