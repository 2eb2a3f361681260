# shellcheck shell=bash
# Sourced by netlab: reads a topology file.
#
# One statement a line, # begins a comment. topologies.words has a row for each statement: how many words it wants, and
# what it means; scripts/netlab --help-language prints it.
#
# FILE is found beside the topology. What is found is left in the arrays that
# topology_read declares. Mistakes are reported with file, line and column.
# shellcheck source=scripts/lab/topology_end.sh
. "${BASH_SOURCE[0]%/*}/topology_end.sh"
# shellcheck source=scripts/lab/words.sh
. "${BASH_SOURCE[0]%/*}/words.sh"

topology_most_hosts=200
topology_most_lines=5000

# The statements: fewest words after the first, most words, and how it is written; and their names, for people.
declare -A topology_statements=()
topology_names=""

topology_take_word() {
    [ $# = 4 ] || return 0
    topology_statements[${4%% *}]="$2 $3 $4"
    topology_names+=${topology_names:+, }${4%% *}
}

words_each topologies topology_take_word

# A mistake at a column. What is quoted from the file is shown without control characters, and not at any length.
topology_wrong() {
    local column=$1 english=$2 french=$3 argument arguments=()
    shift 3
    for argument in "$@"; do
        arguments+=("${argument//[![:print:]]/?}")
    done
    topology_mistakes=$((topology_mistakes + 1))
    [ $topology_mistakes -le 50 ] || return 0
    printf '%s:%d:%d: ' "$topology_file" "$topology_line" "$column" >&2
    say "$english" "$french" "${arguments[@]:0:9}" >&2
}

# The column at which the word with that index (from 0) begins in $text.
topology_column() {
    local rest=$text index=$1 blank
    column=1
    while :; do
        blank=${rest%%[![:space:]]*}
        column=$((column + ${#blank}))
        rest=${rest#"$blank"}
        [ "$index" -gt 0 ] || break
        [ -n "$rest" ] || break
        blank=${rest%%[[:space:]]*}
        column=$((column + ${#blank}))
        rest=${rest#"$blank"}
        index=$((index - 1))
    done
}

topology_wrong_word() {
    local index=$1 column
    shift
    topology_column "$index"
    topology_wrong "$column" "$@"
}

# Names become device names and labels of domain names: short, and none that is taken in /run/pli.
topology_name() {
    [[ ${words[$1]-} =~ ^[a-z][a-z0-9-]{0,11}$ && ${words[$1]} != lo && ${words[$1]} != *- ]] && return
    topology_wrong_word "$1" "a name is wanted here: a small letter, then at most 11 small letters, digits or hyphens" \
        "il faut un nom ici : une minuscule, puis au plus 11 minuscules, chiffres ou traits d'union"
    return 1
}

topology_known_host() {
    [ -n "${host_ports[${words[$1]-}]-}" ] && return
    topology_wrong_word "$1" "no host is called \"%s\" (so far)" "aucun hôte ne s'appelle « %s » (jusqu'ici)" \
        "${words[$1]:0:40}"
    return 1
}

topology_known_domain() {
    local label='[a-z0-9]([a-z0-9-]*[a-z0-9])?'
    [[ ${words[$1]} =~ ^$label(\.$label)*$ && ${#words[$1]} -le 200 && ${words[$1]} =~ [a-z] ]] && return
    topology_wrong_word "$1" "\"%s\" is not a domain: small letters, digits, hyphens and dots, as in example.org" \
        "« %s » n'est pas un domaine : minuscules, chiffres, traits d'union et points, comme example.org" \
        "${words[$1]:0:40}"
    return 1
}

# Three bytes, as numbers without a zero in front.
topology_bytes() {
    local byte bytes
    IFS=. read -ra bytes <<<"$1"
    for byte in "${bytes[@]}"; do
        [[ $byte =~ ^(0|[1-9][0-9]{0,2})$ ]] && [ "$byte" -le 255 ] || return 1
    done
}

topology_net() {
    local other
    topology_name 1 || return
    if [ -n "${net4[${words[1]}]-}" ]; then
        topology_wrong_word 1 "there is already a net called \"%s\"" "il y a déjà un réseau nommé « %s »" "${words[1]}"
        return
    fi
    if ! [[ ${words[2]} =~ ^([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})\.0/24$ ]] || ! topology_bytes "${BASH_REMATCH[1]}" ||
        [[ ${words[2]} =~ ^(0|127|22[4-9]|2[3-5][0-9])\. ]]; then
        topology_wrong_word 2 "an IPv4 network like 10.0.0.0/24 is wanted here" \
            "il faut un réseau IPv4 comme 10.0.0.0/24 ici"
        return
    fi
    other=${words[2]%.0/24}
    [ -z "${net_of[$other]-}" ] || topology_wrong_word 2 "%s is already the net %s" "%s est déjà le réseau %s" \
        "${words[2]}" "${net_of[$other]}"
    net_of[$other]=${words[1]}
    net4[${words[1]}]=$other
    net6[${words[1]}]=""
    net_ports[${words[1]}]=""
    net_line[${words[1]}]=$topology_line
    nets+=("${words[1]}")
    [ ${#words[@]} -lt 4 ] || topology_net6
}

topology_net6() {
    if ! [[ ${words[3]} =~ ^([0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,3}::)/64$ ]] || [[ ${words[3]} =~ ^(0|f[ef]) ]]; then
        topology_wrong_word 3 "an IPv6 network like fd00::/64 is wanted here" \
            "il faut un réseau IPv6 comme fd00::/64 ici"
        return
    fi
    [ -z "${net_of[${words[3]}]-}" ] || topology_wrong_word 3 "%s is already the net %s" \
        "%s est déjà le réseau %s" "${words[3]}" "${net_of[${words[3]}]}"
    net_of[${words[3]}]=${words[1]}
    net6[${words[1]}]=${words[3]%/64}
}

# Is the word with that index a place on a net that is free? Leaves it in $net and $number.
topology_place() {
    local index=$1
    net=${words[$1]%%:*} number=${words[$1]#*:}
    if [ -z "${net4[${net:-none}]-}" ]; then
        topology_wrong_word "$index" "no net is called \"%s\" (so far)" \
            "aucun réseau ne s'appelle « %s » (jusqu'ici)" "${net:0:40}"
        return 1
    fi
    if [[ $number = *.*.*.* && $number != "${net4[$net]}".* ]]; then
        topology_wrong_word "$index" "%s is outside the net %s, which is %s.0/24" \
            "%s est hors du réseau %s, qui est %s.0/24" "${number:0:40}" "$net" "${net4[$net]}"
        return 1
    fi
    number=${number#"${net4[$net]}".}
    if [ -n "${on_net[${words[1]}:$net]-}" ]; then
        topology_wrong_word "$index" "%s is on the net %s already" "%s est déjà sur le réseau %s" "${words[1]}" "$net"
        return 1
    fi
    on_net[${words[1]}:$net]=yes
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
    net_ports[$net]+="$device "
    [ "$kind" != router ] || net_routers[$net]+="$device "
    ports+=("$device")
    port_host[$device]=$host
    port_net[$device]=$net
    port_device[$device]=eth$((index - 2))
    port6[$device]=""
    if [ "$number" = dhcp ]; then
        port4[$device]=dhcp
        asks_line[$net]=${asks_line[$net]:-$topology_line}
        printf -v mac ':%02x' 2 0 0 0 $((${#ports[@]} / 256)) $((${#ports[@]} % 256))
        # The kernel will make it so of the prefix and the hardware address (RFC 4291, appendix A).
        [ -z "${net6[$net]}" ] || printf -v "port6[$device]" '%sff:fe00:%x' "${net6[$net]}" ${#ports[@]}
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
    if [ -n "${host_kind[${words[1]}]-}" ]; then
        topology_wrong_word 1 "there is already a host called \"%s\"" "il y a déjà un hôte nommé « %s »" "${words[1]}"
        return
    fi
    if [ ${#hosts[@]} -ge $topology_most_hosts ]; then
        topology_wrong 1 "that is more than %s hosts: a lab has no more" \
            "cela fait plus de %s hôtes : un laboratoire n'en a pas davantage" $topology_most_hosts
        topology_enough=true
        return
    fi
    hosts+=("${words[1]}")
    host_kind[${words[1]}]=$kind
    for ((index = 2; index < ${#words[@]}; index++)); do
        if [ "$kind" = router ] && [[ ${words[index]} = *:dhcp ]]; then
            topology_wrong_word "$index" "a router has a number, for it is the others' gateway" \
                "un routeur a un numéro, car il est la passerelle des autres"
        else
            topology_port "$index"
        fi
    done
}

topology_domain() {
    local index
    topology_known_domain 1 || return
    for ((index = 2; index < ${#words[@]}; index++)); do
        topology_known_host "$index" || continue
        if [ -n "${host_domain[${words[index]}]-}" ]; then
            topology_wrong_word "$index" "%s is in the domain %s already" "%s est déjà dans le domaine %s" \
                "${words[index]}" "${host_domain[${words[index]}]}"
        fi
        host_domain[${words[index]}]=${words[1]}
    done
    domains+=("${words[1]}")
}

topology_mx() {
    topology_known_domain 1 && topology_known_host 2 || return
    if ! [[ ${words[3]-10} =~ ^(0|[1-9][0-9]{0,4})$ ]] || [ "${words[3]-10}" -gt 65535 ]; then
        topology_wrong_word 3 "a preference is a number from 0 to 65535" "une préférence est un nombre de 0 à 65535"
        return
    fi
    mx+=("${words[1]} ${words[2]} ${words[3]-10}")
}

# dns and dhcp: one host for the lab, which has a number, for others have to find it.
topology_server() {
    local -n server=$1
    topology_known_host 1 || return
    if [ -n "$server" ]; then
        topology_wrong_word 1 "%s does that already: a lab has one" "%s le fait déjà : un laboratoire en a un" "$server"
    elif [ "${port4[${host_ports[${words[1]}]%% *}]}" = dhcp ]; then
        topology_wrong_word 1 "%s serves others and needs a number" "%s sert les autres et a besoin d'un numéro" \
            "${words[1]}"
    fi
    server=${words[1]}
}

# One statement, whose words are counted first.
topology_statement() {
    local kind=${words[0]} fewest most usage
    if [ -z "${topology_statements[$kind]-}" ]; then
        topology_wrong_word 0 "\"%s\" is not a statement; there are %s" \
            "« %s » n'est pas une instruction ; il y a %s" "${kind:0:40}" "$topology_names"
        return
    fi
    read -r fewest most usage <<<"${topology_statements[$kind]}"
    if [ ${#words[@]} -le "$fewest" ]; then
        topology_wrong_word ${#words[@]} "something is missing: %s" "il manque quelque chose : %s" "$usage"
    elif [ ${#words[@]} -gt $((most + 1)) ]; then
        topology_wrong_word $((most + 1)) "that is too much: %s" "c'est trop : %s" "$usage"
    else
        case $kind in
        title) topology_title=${words[*]:1} topology_title=${topology_title//[![:print:]]/?} ;;
        router) topology_host ;;
        dns | dhcp) topology_server "${kind}_host" ;;
        start | once) topology_command ;;
        postfix | dovecot) topology_postfix ;;
        *) "topology_$kind" ;;
        esac
    fi
}

# Bytes that no text has: bash would drop a NUL without a word.
topology_readable() {
    local before
    if [ ! -f "$topology_file" ] || [ ! -r "$topology_file" ]; then
        topology_wrong 1 "this file cannot be read" "ce fichier ne peut pas être lu"
        return 1
    fi
    if [ "$(wc -c <"$topology_file")" -gt 500000 ]; then
        topology_wrong 1 "this file is larger than a topology: 500,000 bytes" \
            "ce fichier est plus grand qu'une topologie : 500 000 octets"
        return 1
    fi
    if IFS= read -r -d '' before <"$topology_file"; then
        text=${before//[!$'\n']/}
        topology_line=$((${#text} + 1))
        text=${before##*$'\n'}
        topology_wrong $((${#text} + 1)) "a NUL byte: this is not a text" "un octet nul : ce n'est pas un texte"
        return 1
    fi
}

# Reads the file; fails when it has a mistake. $topology_trust=true leaves out what only this machine can tell: whether
# programs and files are there.
# shellcheck disable=SC2034  # the arrays are for those who call
topology_read() {
    local text words topology_enough=false
    topology_file=$1 topology_line=1 topology_mistakes=0 topology_title="" dns_host="" dhcp_host=""
    nets=() hosts=() ports=() domains=() mx=() starts=() firewalls=() files=() users=() awaits=()
    declare -gA net4=() net6=() net_of=() net_ports=() net_routers=() net_line=() asks_line=() on_net=() taken=()
    declare -gA host_ports=() host_kind=() host_domain=() host_machine=() user_line=()
    declare -gA port_host=() port_net=() port_device=() port_mac=() port4=() port6=()
    topology_readable || return 1
    topology_line=0
    while { IFS= read -r text || [ -n "$text" ]; } && ! $topology_enough; do
        topology_line=$((topology_line + 1))
        if [ $topology_line -gt $topology_most_lines ]; then
            topology_wrong 1 "more than %s lines" "plus de %s lignes" $topology_most_lines
            break
        fi
        if [ ${#text} -gt 2000 ]; then
            topology_wrong 1 "a line longer than 2000 characters" "une ligne de plus de 2000 caractères"
            break
        fi
        text=${text%$'\r'}
        read -ra words <<<"${text%%#*}"
        [ ${#words[@]} = 0 ] || topology_statement
    done <"$topology_file"
    [ $topology_mistakes -gt 0 ] || topology_whole
    [ $topology_mistakes = 0 ]
}

# A host's full name, in its domain when it has one, is left in $full.
topology_name_in_full() {
    full=$1${host_domain[$1]:+.${host_domain[$1]}}
}

topology_full_name() {
    local full
    topology_name_in_full "$1"
    printf %s "$full"
}

# Routes of a host to the nets it is not on are left in routes: "NET PORT" each, the port being the next router's.
# The nearest router wins: nets are found in rings around the host.
topology_routes() {
    local host=$1 net port other next ring=() hop
    declare -A via=()
    routes=()
    for port in ${host_ports[$host]}; do
        via[${port_net[$port]}]=here
        ring+=("${port_net[$port]}")
    done
    while [ ${#ring[@]} -gt 0 ]; do
        next=()
        for net in "${ring[@]}"; do
            for port in ${net_routers[$net]-}; do
                [ "${port_host[$port]}" != "$host" ] || continue
                for other in ${host_ports[${port_host[$port]}]}; do
                    [ -z "${via[${port_net[$other]}]-}" ] || continue
                    hop=${via[$net]}
                    [ "$hop" != here ] || hop=$port
                    via[${port_net[$other]}]=$hop
                    next+=("${port_net[$other]}")
                    routes+=("${port_net[$other]} $hop")
                done
            done
        done
        ring=("${next[@]}")
    done
}
