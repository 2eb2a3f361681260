# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034,SC2004  # the arrays are topology_read's
# Sourced by topology.sh: the statements about what runs on the hosts, and what only the whole file can tell.

# Is the word with that index a file beside the topology? Its absolute path is left in $path.
topology_beside() {
    path=${words[$1]}
    [ "${path#/}" != "$path" ] || path=$(cd "${topology_file%/*}" 2>/dev/null && pwd)/$path
    [ "${topology_trust-}" != true ] || return 0
    if [ ! -f "$path" ] || [ ! -r "$path" ]; then
        topology_wrong_word "$1" "there is no file \"%s\" that can be read" "aucun fichier « %s » ne peut être lu" \
            "${words[$1]:0:80}"
        return 1
    fi
}

# Is the word with that index a program, or a path as seen from where netlab runs?
topology_program() {
    [ "${topology_trust-}" = true ] || command -v -- "${words[$1]}" >/dev/null && return
    topology_wrong_word "$1" "there is no program \"%s\" here" \
        "il n'y a pas de programme « %s » ici" "${words[$1]:0:40}"
    return 1
}

topology_command() {
    topology_known_host 1 && topology_program 2 && starts+=("$kind ${words[*]:1}")
}

topology_nft() {
    local path
    topology_known_host 1 && topology_beside 2 || return
    firewalls+=("${words[1]} $path")
    [ "${topology_trust-}" = true ] || command -v nft >/dev/null || topology_wrong_word 0 \
        "the program nft is missing: install nftables" "le programme nft manque : installez nftables"
}

topology_file() {
    local path
    topology_known_host 1 || return
    if ! [[ ${words[2]} =~ ^(/[A-Za-z0-9_.+-]+)+$ ]] || [[ ${words[2]}/ =~ /\.\.?/ ]]; then
        topology_wrong_word 2 "an absolute path is wanted here, like /etc/hosts" \
            "il faut un chemin absolu ici, comme /etc/hosts"
        return
    fi
    topology_beside 3 && files+=("${words[1]} ${words[2]} $path")
}

topology_user() {
    topology_known_host 1 || return
    if ! [[ ${words[2]} =~ ^[a-z][a-z0-9_-]{0,30}$ ]]; then
        topology_wrong_word 2 "a user's name: a small letter, then small letters, digits, _ and -" \
            "le nom d'un utilisateur : une minuscule, puis minuscules, chiffres, _ et -"
    elif [[ " ${users[*]} " = *" ${words[1]}/${words[2]}/"* ]]; then
        topology_wrong_word 2 "%s is a user of %s already" \
            "%s est déjà un utilisateur de %s" "${words[2]}" "${words[1]}"
    elif [[ ${words[3]} = */* ]]; then
        topology_wrong_word 3 "a password in a topology has no slash" \
            "un mot de passe de topologie n'a pas de barre oblique"
    else
        users+=("${words[1]}/${words[2]}/${words[3]}")
        user_line[${words[1]}]=$topology_line
    fi
}

topology_mailserver() {
    topology_known_host 1 || return
    if [ -n "${host_machine[${words[1]}]-}" ]; then
        topology_wrong_word 0 "%s has a mail server already" "%s a déjà un serveur de courrier" "${words[1]}"
        return
    fi
    host_machine[${words[1]}]=mailserver
    starts+=("mailserver ${words[*]:1}")
}

# Whether they are there is asked when the lab is raised: a topology is well written without them.
topology_postfix() {
    local path
    topology_known_host 1 && topology_beside 2 || return
    if [[ " ${host_machine[${words[1]}]-} " =~ " mailserver "|" $kind " ]]; then
        topology_wrong_word 0 "%s has a mail server already" "%s a déjà un serveur de courrier" "${words[1]}"
        return
    fi
    host_machine[${words[1]}]+="${host_machine[${words[1]}]:+ }$kind"
    starts+=("$kind ${words[1]} $path")
}

topology_await() {
    local index
    topology_known_host 1 || return
    for ((index = 2; index < ${#words[@]}; index++)); do
        if [[ ${words[index]} =~ ^[1-9][0-9]{0,4}$ ]] && [ "${words[index]}" -le 65535 ]; then
            awaits+=("${words[1]} ${words[index]}")
        else
            topology_wrong_word "$index" "a port is a number from 1 to 65535" "un port est un nombre de 1 à 65535"
        fi
    done
}

# Nets that hosts and routers join with the first.
topology_islands() {
    local net port other ring=("${nets[0]}") seen=" ${nets[0]} "
    while [ ${#ring[@]} -gt 0 ]; do
        net=${ring[0]} ring=("${ring[@]:1}")
        for port in ${net_ports[$net]}; do
            for other in ${host_ports[${port_host[$port]}]}; do
                other=${port_net[$other]}
                [[ $seen != *" $other "* ]] || continue
                seen+="$other "
                ring+=("$other")
            done
        done
    done
    for net in "${nets[@]}"; do
        [[ $seen != *" $net "* ]] || continue
        topology_line=${net_line[$net]}
        topology_wrong 1 "nothing joins the net %s with %s" "rien ne relie le réseau %s à %s" "$net" "${nets[0]}"
    done
}

# What is wrong although every line is right.
topology_whole() {
    local net host
    if [ ${#hosts[@]} = 0 ]; then
        topology_line=1
        topology_wrong 1 "there is no host in this topology" "il n'y a pas d'hôte dans cette topologie"
        return
    fi
    for net in "${nets[@]}"; do
        topology_line=${net_line[$net]}
        [ -n "${net_ports[$net]}" ] ||
            topology_wrong 1 "no host is on the net %s" "aucun hôte n'est sur le réseau %s" "$net"
        [ -n "${asks_line[$net]-}" ] || continue
        topology_line=${asks_line[$net]}
        if [ -z "$dhcp_host" ]; then
            topology_wrong 1 "a host wants dhcp, but no host gives it: dhcp HOST is missing" \
                "un hôte veut dhcp, mais aucun ne le donne : il manque dhcp HÔTE"
        elif [ -z "${on_net[$dhcp_host:$net]-}" ]; then
            topology_wrong 1 "%s gives addresses, but is not on the net %s" \
                "%s donne des adresses, mais n'est pas sur le réseau %s" "$dhcp_host" "$net"
        fi
    done
    for host in "${!user_line[@]}"; do
        [ -z "${host_machine[$host]-}" ] || continue
        topology_line=${user_line[$host]}
        topology_wrong 1 "%s has a user, but no mailserver, postfix or dovecot" \
            "%s a un utilisateur, mais pas de mailserver, postfix ou dovecot" "$host"
    done
    [ "$topology_mistakes" -gt 0 ] || topology_islands
}
