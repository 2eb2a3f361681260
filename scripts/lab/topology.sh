# shellcheck shell=bash
# Sourced by netlab: reads a topology file.
#
# One statement a line, # begins a comment:
#
#     title   TEXT
#     net     NAME  PREFIX4/24  [PREFIX6/64]       a cable (a switch) with its addresses
#     host    NAME  NET:NUMBER...                  lan:10 has 10.0.0.10 and fd00::10
#     host    NAME  NET:dhcp                       asks for its IPv4 address
#     router  NAME  NET:NUMBER NET:NUMBER...       a host that forwards; the others' gateway
#     domain  NAME  HOST...                        HOST.NAME becomes the host's full name
#     mx      DOMAIN  HOST [PREFERENCE]            where mail for a domain goes
#     dns     HOST                                 serves the names above (dnsmasq)
#     dhcp    HOST                                 gives addresses from 100 to 199 (dnsmasq again)
#     start   HOST  COMMAND...                     a program that runs there while the lab is up
#
# What it finds is left in the arrays declared in topology_read. A mistake is
# reported with file, line and column.

topology_wrong() {
    local column=$1
    shift
    printf '%s:%d:%d: ' "$topology_file" "$topology_line" "$column" >&2
    say "$@" >&2
    topology_mistakes=$((topology_mistakes + 1))
}

# The column at which the word with that index (from 0) begins in $text.
topology_column() {
    local rest=$text column=1 index=$1 blank word
    while :; do
        blank=${rest%%[![:space:]]*}
        column=$((column + ${#blank}))
        rest=${rest#"$blank"}
        [ "$index" -gt 0 ] || break
        word=${rest%%[[:space:]]*}
        column=$((column + ${#word}))
        rest=${rest#"$word"}
        index=$((index - 1))
    done
    printf %d "$column"
}

topology_wrong_word() {
    local index=$1
    shift
    topology_wrong "$(topology_column "$index")" "$@"
}

# Names become device names and labels of domain names.
topology_name() {
    [[ ${words[$1]-} =~ ^[a-z][a-z0-9-]{0,11}$ && ${words[$1]} != lo ]] && return
    topology_wrong_word "$1" "a name is wanted here: a small letter, then at most 11 small letters, digits or hyphens" \
        "il faut un nom ici : une minuscule, puis au plus 11 minuscules, chiffres ou traits d'union"
    return 1
}

topology_known_host() {
    [ -n "${host_ports[${words[$1]-}]-}" ] && return
    topology_wrong_word "$1" "no host is called \"%s\" (so far)" "aucun hôte ne s'appelle « %s » (jusqu'ici)" \
        "${words[$1]-}"
    return 1
}

topology_net() {
    topology_name 1 || return
    if ! [[ ${words[2]-} =~ ^([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})\.0/24$ ]]; then
        topology_wrong_word 2 "an IPv4 network like 10.0.0.0/24 is wanted here" \
            "il faut un réseau IPv4 comme 10.0.0.0/24 ici"
        return
    fi
    net4[${words[1]}]=${BASH_REMATCH[1]}
    net6[${words[1]}]=""
    nets+=("${words[1]}")
    [ -n "${words[3]-}" ] || return 0
    if ! [[ ${words[3]} =~ ^([0-9a-f:]+::)/64$ ]]; then
        topology_wrong_word 3 "an IPv6 network like fd00::/64 is wanted here" \
            "il faut un réseau IPv6 comme fd00::/64 ici"
        return
    fi
    net6[${words[1]}]=${BASH_REMATCH[1]}
}

# Is the word with that index a place on a net that is free? Leaves it in $net and $number.
topology_place() {
    local index=$1
    net=${words[$1]%%:*} number=${words[$1]#*:}
    if [ -z "${net4[$net]-}" ]; then
        topology_wrong_word "$index" "no net is called \"%s\" (so far)" \
            "aucun réseau ne s'appelle « %s » (jusqu'ici)" "$net"
        return 1
    fi
    [ "$number" != dhcp ] || return 0
    if ! [[ $number =~ ^[1-9][0-9]{0,2}$ ]] || [ "$number" -gt 254 ]; then
        topology_wrong_word "$index" "after the net's name, a number from 1 to 254 or dhcp, as in %s:10" \
            "après le nom du réseau, un nombre de 1 à 254 ou dhcp, comme %s:10" "$net"
        return 1
    fi
    if [ -n "${taken[$net:$number]-}" ]; then
        topology_wrong_word "$index" "%s is already the address of %s" "%s est déjà l'adresse de %s" \
            "$net:$number" "${taken[$net:$number]}"
        return 1
    fi
    taken[$net:$number]=${words[1]}
}

# A host's place on a net: one more port of the wire. Its hardware address is made of its IPv4 address, or counted.
topology_port() {
    local index=$1 host=${words[1]} net number device mac bytes
    topology_place "$index" || return
    device=$host
    [ "$index" = 2 ] || device=$host.$((index - 2))
    host_ports[$host]+="$device "
    ports+=("$device")
    port_host[$device]=$host
    port_net[$device]=$net
    port6[$device]=""
    if [ "$number" = dhcp ]; then
        port4[$device]=dhcp
        printf -v mac ':%02x' 2 0 0 0 0 ${#ports[@]}
    else
        port4[$device]=${net4[$net]}.$number
        [ -z "${net6[$net]}" ] || port6[$device]=${net6[$net]}$number
        IFS=. read -ra bytes <<<"${port4[$device]}"
        printf -v mac ':%02x' 2 0 "${bytes[@]}"
    fi
    port_mac[$device]=${mac#:}
}

topology_host() {
    local index
    topology_name 1 || return
    if [ -n "${host_ports[${words[1]}]-}" ]; then
        topology_wrong_word 1 "there is already a host called \"%s\"" "il y a déjà un hôte nommé « %s »" "${words[1]}"
        return
    fi
    if [ ${#words[@]} -lt 3 ]; then
        topology_wrong_word 2 "on which net, and as which number? For example lan:10" \
            "sur quel réseau, et sous quel numéro ? Par exemple lan:10"
        return
    fi
    hosts+=("${words[1]}")
    host_kind[${words[1]}]=$kind
    for ((index = 2; index < ${#words[@]}; index++)); do
        topology_port "$index"
    done
}

topology_domain() {
    local index
    for ((index = 2; index < ${#words[@]}; index++)); do
        topology_known_host "$index" && host_domain[${words[index]}]=${words[1]}
    done
    domains+=("${words[1]-}")
}

topology_statement() {
    local kind=${words[0]}
    case $kind in
    title) topology_title=${words[*]:1} ;;
    net) topology_net ;;
    host | router) topology_host ;;
    domain) topology_domain ;;
    mx) topology_known_host 2 && mx+=("${words[1]} ${words[2]} ${words[3]-10}") ;;
    dns) topology_known_host 1 && dns_host=${words[1]} ;;
    dhcp) topology_known_host 1 && dhcp_host=${words[1]} ;;
    start) topology_known_host 1 && starts+=("${words[*]:1}") ;;
    *)
        topology_wrong_word 0 \
            "\"%s\" is not a statement; there are title, net, host, router, domain, mx, dns, dhcp, start" \
            "« %s » n'est pas une instruction ; il y a title, net, host, router, domain, mx, dns, dhcp, start" "$kind"
        ;;
    esac
}

# Reads the file; fails when it has a mistake.
# shellcheck disable=SC2034  # the arrays are for those who call
topology_read() {
    local text words
    topology_file=$1 topology_line=0 topology_mistakes=0 topology_title="" dns_host="" dhcp_host=""
    nets=() hosts=() ports=() domains=() mx=() starts=()
    declare -gA net4=() net6=() host_ports=() host_kind=() host_domain=() taken=()
    declare -gA port_host=() port_net=() port_mac=() port4=() port6=()
    while IFS= read -r text || [ -n "$text" ]; do
        topology_line=$((topology_line + 1))
        text=${text%%#*}
        read -ra words <<<"$text"
        [ ${#words[@]} = 0 ] || topology_statement
    done <"$topology_file"
    if [[ " ${port4[*]} " == *" dhcp "* ]] && [ -z "$dhcp_host" ]; then
        topology_wrong 1 "a host wants dhcp, but no host gives it: dhcp HOST is missing" \
            "un hôte veut dhcp, mais aucun ne le donne : il manque dhcp HÔTE"
    fi
    if [ ${#hosts[@]} = 0 ] && [ $topology_mistakes = 0 ]; then
        topology_wrong 1 "there is no host in this topology" "il n'y a pas d'hôte dans cette topologie"
    fi
    [ $topology_mistakes = 0 ]
}

# A host's full name: in its domain, when it has one.
topology_full_name() {
    printf %s "$1${host_domain[$1]:+.${host_domain[$1]}}"
}

# Routes of a host to the nets it is not on: "NET PORT" a line, the port being the next router's.
# The nearest router wins: nets are found in rings around the host.
topology_routes() {
    local host=$1 net port other next ring=() hop
    declare -A via=()
    for port in ${host_ports[$host]}; do
        via[${port_net[$port]}]=here
        ring+=("${port_net[$port]}")
    done
    while [ ${#ring[@]} -gt 0 ]; do
        next=()
        for net in "${ring[@]}"; do
            for port in "${ports[@]}"; do
                [ "${port_net[$port]}" = "$net" ] || continue
                [ "${host_kind[${port_host[$port]}]}" = router ] || continue
                [ "${port_host[$port]}" != "$host" ] || continue
                for other in ${host_ports[${port_host[$port]}]}; do
                    [ -z "${via[${port_net[$other]}]-}" ] || continue
                    hop=${via[$net]}
                    [ "$hop" != here ] || hop=$port
                    via[${port_net[$other]}]=$hop
                    next+=("${port_net[$other]}")
                    echo "${port_net[$other]} $hop"
                done
            done
        done
        ring=("${next[@]}")
    done
}
