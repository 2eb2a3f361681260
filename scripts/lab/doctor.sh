# shellcheck shell=bash
# Sourced by netlab: finds out what this system lacks or forbids, and says how to allow it.
#
# Each thing the lab needs is tried in earnest, in a namespace that is thrown
# away, one after the other: what fails first makes the rest impossible.

doctor_problems=0

doctor_good() {
    [ "$doctor_quiet" = true ] || printf '  ok  %s\n' "$(say "$@")"
}

# The finding, then what to do, indented.
doctor_bad() {
    doctor_problems=$((doctor_problems + 1))
    printf '  !!  %s\n' "$(say "$1" "$2")"
    printf '      %s\n' "$(say "$3" "$4" "${@:5}")"
}

# What some topologies need, and most do not: said, but no reason to fail.
doctor_wish() {
    [ "$doctor_quiet" = true ] || printf '  --  %s\n      %s\n' "$(say "$1" "$2")" "$(say "$3" "$4" "${@:5}")"
}

doctor_setting() {
    local value=""
    { read -r value <"/proc/sys/${1//./\/}"; } 2>/dev/null
    printf %s "$value"
}

# Why can an ordinary user make no user namespace? The three switches that distributions have, then containers.
doctor_user_namespace() {
    local in_one=(unshare -Ur -m -n -p -f)
    [ "$(id -u)" = 0 ] && unshare -mpfn true 2>/dev/null && in_one=(unshare -m -n -p -f)
    if "${in_one[@]}" -- sh -c 'mount -t tmpfs none /run' 2>/dev/null; then
        doctor_good "namespaces: user, mount, network, process" \
            "espaces de noms : utilisateur, montage, réseau, processus"
        return 0
    fi
    if [ "$(doctor_setting user.max_user_namespaces)" = 0 ]; then
        doctor_bad "The kernel forbids user namespaces: user.max_user_namespaces is 0." \
            "Le noyau interdit les espaces de noms d'utilisateur : user.max_user_namespaces vaut 0." \
            "Allow them: %s" "Pour les autoriser : %s" "sudo sysctl -w user.max_user_namespaces=15000"
    elif [ "$(doctor_setting kernel.unprivileged_userns_clone)" = 0 ]; then
        doctor_bad "Debian's switch forbids user namespaces to ordinary users: kernel.unprivileged_userns_clone is 0." \
            "L'interrupteur de Debian interdit les espaces de noms : kernel.unprivileged_userns_clone vaut 0." \
            "Allow them: %s" "Pour les autoriser : %s" "sudo sysctl -w kernel.unprivileged_userns_clone=1"
    elif [ "$(doctor_setting kernel.apparmor_restrict_unprivileged_userns)" = 1 ]; then
        doctor_bad "Ubuntu's AppArmor restricts user namespaces: kernel.apparmor_restrict_unprivileged_userns is 1." \
            "AppArmor d'Ubuntu restreint les espaces de noms : kernel.apparmor_restrict_unprivileged_userns vaut 1." \
            "Allow them: %s" "Pour les autoriser : %s" "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    else
        doctor_bad "Namespaces are forbidden: $("${in_one[@]}" true 2>&1 | head -n 1)." \
            "Les espaces de noms sont interdits : $("${in_one[@]}" true 2>&1 | head -n 1)." \
            "In a container, start it with %s; in a chroot, leave the chroot." \
            "Dans un conteneur, démarrez-le avec %s ; dans un chroot, sortez-en." \
            "--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined"
    fi
    return 1
}

# Runs a command in a network namespace that is thrown away.
doctor_try() {
    if [ "$(id -u)" = 0 ] && unshare -mpfn true 2>/dev/null; then
        unshare -n -m -- "$@" >/dev/null 2>&1
    else
        unshare -Ur -n -m -- "$@" >/dev/null 2>&1
    fi
}

doctor_network() {
    if doctor_try ip link add name one type veth peer name two; then
        doctor_good "veth: pairs of virtual Ethernet devices" "veth : paires de cartes Ethernet virtuelles"
    else
        doctor_bad "The kernel makes no pairs of virtual Ethernet devices (veth)." \
            "Le noyau ne fait pas de paires de cartes Ethernet virtuelles (veth)." \
            "Load the module: %s" "Chargez le module : %s" "sudo modprobe veth"
    fi
    # The wire ends at once, for it finds no frame to wait for: what counts is that it gets its socket.
    if doctor_try sh -c 'ip link add name one type veth peer name two && timeout -s INT 0.2 visualizer --wire one,two
        [ $? = 124 ]'; then
        doctor_good "packet sockets (AF_PACKET)" "sockets de paquets (AF_PACKET)"
    else
        doctor_bad "The kernel gives no packet sockets (AF_PACKET)." \
            "Le noyau ne donne pas de sockets de paquets (AF_PACKET)." \
            "Load the module: %s" "Chargez le module : %s" "sudo modprobe af_packet"
    fi
    if doctor_try sh -c 'ip link set lo up && ip -6 addr add fd00::1 dev lo'; then
        doctor_good "IPv6" "IPv6"
    else
        doctor_bad "IPv6 is switched off." "IPv6 est désactivé." \
            "Take ipv6.disable=1 out of the kernel's command line; or use topologies without IPv6." \
            "Ôtez ipv6.disable=1 de la ligne de commande du noyau ; ou prenez des topologies sans IPv6."
    fi
}

# Firewalls, in the kernel and as a program.
doctor_firewall() {
    if ! command -v nft >/dev/null; then
        doctor_wish "The program nft is missing: no firewalls." "Le programme nft manque : pas de pare-feu." \
            "Install it: %s" "Pour l'installer : %s" "scripts/setup scenes"
    elif doctor_try nft add table inet pli; then
        doctor_good "nftables: firewalls" "nftables : pare-feu"
    else
        doctor_wish "The kernel has no nftables: no firewalls." "Le noyau n'a pas nftables : pas de pare-feu." \
            "Load the module: %s" "Chargez le module : %s" "sudo modprobe nf_tables"
    fi
}

# What every system has, and a container made by hand may not: without it the rest cannot even be tried.
doctor_places() {
    [ -e /proc/self/ns/net ] || doctor_bad "/proc is not mounted." "/proc n'est pas monté." "Mount it: %s" \
        "Pour le monter : %s" "mount -t proc proc /proc"
    [ -e /dev/fd ] || doctor_bad "There is no /dev/fd." "Il n'y a pas de /dev/fd." "Make it: %s" "Pour le créer : %s" \
        "ln -s /proc/self/fd /dev/fd"
    [ -c /dev/null ] || doctor_bad "There is no /dev/null." "Il n'y a pas de /dev/null." "Make it: %s" \
        "Pour le créer : %s" "mknod -m 666 /dev/null c 1 3"
    [ $doctor_problems = 0 ]
}

doctor_programs() {
    local program
    command -v busybox >/dev/null || doctor_wish "The program busybox is missing: no host can ask for its address." \
        "Le programme busybox manque : aucun hôte ne peut demander son adresse." "Install it: %s" \
        "Pour l'installer : %s" "scripts/setup scenes"
    command -v ss >/dev/null || doctor_wish "The program ss is missing: netlab timers cannot look." \
        "Le programme ss manque : netlab timers ne voit rien." "Install it: %s" "Pour l'installer : %s" \
        "scripts/setup demo"
    for program in unshare nsenter setsid hostname ip dnsmasq; do
        command -v "$program" >/dev/null || doctor_bad "The program $program is missing." \
            "Le programme $program manque." "Install it: %s" "Pour l'installer : %s" "scripts/setup demo"
    done
    command -v visualizer >/dev/null || doctor_bad "The wire is not built." "Le fil n'est pas compilé." "Build it: %s" \
        "Pour le compiler : %s" "make"
}

# doctor [quietly]: quietly says only what is wrong. Fails when something is.
doctor() {
    doctor_quiet=false
    [ "${1-}" != quietly ] || doctor_quiet=true
    doctor_places || return
    doctor_programs
    # Without these two programs nothing can be tried.
    if command -v unshare >/dev/null && command -v ip >/dev/null; then
        doctor_user_namespace && doctor_network && doctor_firewall
    fi
    [ "$doctor_quiet" = true ] || [ $doctor_problems -gt 0 ] ||
        say "The lab network can be raised here." "Le réseau du laboratoire peut être monté ici."
    [ $doctor_problems = 0 ]
}
