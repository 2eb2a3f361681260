# shellcheck shell=bash
# shellcheck disable=SC2154  # the arrays are topology_read's, the rest is inside.sh's
# Sourced by netlab and inside.sh: hosts with the real Postfix and Dovecot, as Debian packages them.
#
# They are taken from the system when they are installed there, else from where
# scripts/setup unpacks packages; what they write goes to /run/pli/HOST. Both
# servers want several users on a system, and an ordinary user's namespace has
# only one. There Postfix runs under fakeroot, which tells it that its changes of
# user succeed, and Dovecot, which checks that they did, as a single user that is
# not root, as its manual provides for. The files all belong to that one user.
mailhost_unpacked=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)/build/interop/root

# Where a file of a package is, on the system or unpacked: "/" or a folder with a slash at the end is left in $place.
mailhost_place() {
    for place in / "$mailhost_unpacked/"; do
        ! compgen -G "$place$1" >/dev/null || return 0
    done
    return 1
}

# Has the kernel given this namespace one user only?
mailhost_alone() {
    [ "$(awk '{ sum += $3 } END { print sum }' /proc/self/uid_map)" = 1 ]
}

# What the postfix and dovecot statements of a topology need and is not here; fails when something is missing.
mailhost_missing() {
    local line kind program missing="" place
    declare -A programs=([postfix]="usr/lib/postfix/sbin/master" [dovecot]="usr/sbin/dovecot")
    for line in "${starts[@]}"; do
        kind=${line%% *}
        program=${programs[$kind]-}
        [ -n "$program" ] || continue
        mailhost_place "$program" || [[ $missing = *"$kind"* ]] || missing+="${missing:+, }$kind"
        [ "$kind" = dovecot ] || [ "$(id -u)" = 0 ] || mailhost_place 'usr/lib*/*/libfakeroot/libfakeroot-sysv.so' ||
            [[ $missing = *fakeroot* ]] || missing+="${missing:+, }fakeroot"
        command -v openssl >/dev/null || [[ $missing = *openssl* ]] || missing+="${missing:+, }openssl"
    done
    [ -z "$missing" ] || die "this topology needs programs that are not here: %s; scripts/setup servers brings them" \
        "cette topologie a besoin de programmes absents : %s ; scripts/setup servers les apporte" "$missing"
}

# The host's own passwd and group, with the users of the topology and those that the servers want. Once a host.
mailhost_accounts() {
    local host=$1 home=/run/pli/$1/home user number=2001 name file
    [ ! -e "/run/pli/$host/passwd" ] || return 0
    mkdir -p "$home"
    cp /etc/passwd /etc/group "/run/pli/$host/"
    for name in postfix:901 postdrop:902 dovecot:903 dovenull:904; do
        mailhost_account "$host" "${name%:*}" "${name#*:}" /nonexistent
    done
    for user in "${users[@]}"; do
        IFS=/ read -r name user _ <<<"$user"
        [ "$name" = "$host" ] || continue
        sed -i "/^$user:/d" "/run/pli/$host/passwd" "/run/pli/$host/group"
        mailhost_account "$host" "$user" $number "$home/$user"
        mkdir -m 700 "$home/$user"
        chown "$number:$number" "$home/$user" 2>/dev/null
        number=$((number + 1))
    done
    for file in passwd group; do
        nsenter -t "${pid_of[$host]}" -m -- mount --bind "/run/pli/$host/$file" "/etc/$file" ||
            die "%s: the file %s cannot be put in place" "%s : le fichier %s ne peut pas être mis en place" \
                "$host" "/etc/$file"
    done
}

# mailhost_account HOST NAME NUMBER HOME: added where the system does not have it.
mailhost_account() {
    grep -q "^$2:" "/run/pli/$1/group" || echo "$2:x:$3:" >>"/run/pli/$1/group"
    grep -q "^$2:" "/run/pli/$1/passwd" || [ "$2" = postdrop ] ||
        echo "$2:x:$3:$(sed -n "s/^$2:[^:]*:\([0-9]*\):.*/\1/p" "/run/pli/$1/group")::$4:/bin/sh" >>"/run/pli/$1/passwd"
}

# Variables for the host's programs and for those whom netlab lets in: the servers' commands are found, and find theirs.
mailhost_environment() {
    local host=$1 libraries
    libraries=$(printf '%s:' "${place}"usr/lib/{postfix,dovecot} "${place}"usr/lib/*-linux-gnu)
    if [ "$place" != / ]; then
        echo "export PATH=${place}usr/sbin:${place}usr/bin:\$PATH"
        echo "export LD_LIBRARY_PATH=${libraries%:}\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
    fi >>"/run/pli/$host/environment"
}

# The fakeroot of a host, when there is need: variables are left in $faked, for env.
mailhost_fakeroot() {
    local place key
    faked=()
    mailhost_alone || return 0
    mailhost_place 'usr/lib*/*/libfakeroot/libfakeroot-sysv.so' || return 1
    key=$("${place}usr/bin/faked-sysv" 4>&- </dev/null) || return 1
    faked=("LD_PRELOAD=$(compgen -G "${place}usr/lib*/*/libfakeroot/libfakeroot-sysv.so")" "FAKEROOTKEY=${key%%:*}"
        FAKEROOTDONTTRYCHOWN=1)
}

# Before the topology's lines what they may change, after them what they may not: places.
write_main_cf() {
    local own=$1
    printf 'compatibility_level = 3.6\nalias_maps =\n'
    cat "$2"
    printf '\n%s = %s\n' queue_directory "$own/queue" data_directory "$own/data" meta_directory "$own/etc" \
        daemon_directory "${place}usr/lib/postfix/sbin" command_directory "${place}usr/sbin" \
        shlib_directory "${place}usr/lib/postfix" mail_owner postfix setgid_group postdrop \
        maillog_file_prefixes /run/pli maillog_file "$own/maillog" \
        import_environment 'MAIL_CONFIG MAIL_LOGTAG TZ LD_PRELOAD LD_LIBRARY_PATH FAKEROOTKEY FAKEROOTDONTTRYCHOWN'
}

# start_postfix HOST MAIN.CF: its own folders, and the services that Debian's package has, without their chroot.
start_postfix() {
    local host=$1 own=/run/pli/$1/postfix place faked
    mailhost_accounts "$host"
    mailhost_place usr/lib/postfix/sbin/master || exit 1
    mkdir -p "$own"/{etc,data} "$own"/queue/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,maildrop} \
        "$own"/queue/{pid,private,public,saved,trace}
    write_main_cf "$own" "$2" >"$own/etc/main.cf"
    : >"$own/etc/dynamicmaps.cf"
    awk '/^[a-z]/ && $5 == "y" { $5 = "n" } { print }' "${place}usr/share/postfix/master.cf.dist" >"$own/etc/master.cf"
    mailhost_environment "$host"
    echo "export MAIL_CONFIG=$own/etc" >>"/run/pli/$host/environment"
    mailhost_fakeroot || die "%s: fakeroot does not work" "%s : fakeroot ne marche pas" "$host"
    if [ ${#faked[@]} = 0 ]; then
        (on "$host" chown -R postfix: "$own/data" "$own"/queue/{active,bounce,corrupt,defer,deferred,flush,hold} \
            "$own"/queue/{incoming,private,saved,trace} && on "$host" true)
        (on "$host" chown -R postfix:postdrop "$own"/queue/{maildrop,public} && on "$host" true)
        chmod 730 "$own/queue/maildrop"
        chmod 710 "$own/queue/public"
    fi
    mailhost_service "$host" postfix env "${faked[@]}" "${place}usr/lib/postfix/sbin/master" -c "$own/etc" -s
}

# A server of a host, with the variables of that host.
mailhost_service() {
    local host=$1 name=$2
    shift 2
    # shellcheck disable=SC2016  # expanded on the host
    service "$host" bash -c '. "$1"; shift; exec "$@"' - "/run/pli/$host/environment" "$@"
    # shellcheck disable=SC2034  # it is services.sh's
    service_name[$!]="$host: $name"
}

write_dovecot_conf() {
    local own=$1 host=$2
    cat "$3"
    printf '\n%s = %s\n' protocols 'imap pop3' base_dir "$own/run" state_dir "$own/state" log_path "$own/log" \
        libexec_dir "${place}usr/lib/dovecot" mail_plugin_dir "${place}usr/lib/dovecot/modules" \
        ssl_cert "<$own/certificate.pem" ssl_key "<$own/key.pem"
    printf 'passdb {\n  driver = passwd-file\n  args = scheme=CRYPT username_format=%%n %s\n}\n' "$own/passwords"
    if mailhost_alone; then
        printf '%s = dovecot\n' default_internal_user default_login_user default_internal_group
        printf 'userdb {\n  driver = passwd\n  override_fields = uid=%s gid=%s\n}\n' "$uid" "$gid"
        printf 'first_valid_uid = 1\n'
        printf 'service %s-login {\n  chroot =\n}\n' imap pop3
        printf 'service %s {\n  chroot =\n}\n' anvil stats
    else
        printf 'userdb {\n  driver = passwd\n}\n'
    fi
    [ ! -e "/run/pli/$host/postfix" ] || printf 'service auth {\n  unix_listener %s {\n    mode = 0666\n  }\n}\n' \
        "/run/pli/$host/postfix/queue/private/auth"
}

# The passwords of a host's users, as shadow(5) has them.
write_passwords() {
    local user name
    for user in "${users[@]}"; do
        name=${user#*/}
        [ "${user%%/*}" != "$1" ] ||
            printf '%s:%s\n' "${name%%/*}" "$(openssl passwd -6 -stdin <<<"${name#*/}")"
    done
}

# start_dovecot HOST DOVECOT.CONF: alone it is not root, so the low ports are opened to everybody on this host.
start_dovecot() {
    local host=$1 own=/run/pli/$1/dovecot place uid gid full alone=()
    mailhost_accounts "$host"
    mailhost_place usr/sbin/dovecot || exit 1
    topology_name_in_full "$host"
    mkdir -p "$own/state"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$full" \
        -addext "subjectAltName=DNS:$full" -keyout "$own/key.pem" -out "$own/certificate.pem" 2>/dev/null
    IFS=: read -r _ _ uid gid _ < <(grep '^dovecot:' "/run/pli/$host/passwd")
    write_dovecot_conf "$own" "$host" "$2" >"$own/dovecot.conf"
    (umask 077 && write_passwords "$host" >"$own/passwords")
    (on "$host" chown dovecot "$own/passwords" 2>/dev/null)
    [ -e "/run/pli/$host/environment" ] || mailhost_environment "$host"
    if mailhost_alone; then
        alone=(unshare -U "--map-user=$uid" "--map-group=$gid" --)
        (on "$host" sh -c 'echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start')
    fi
    mailhost_service "$host" dovecot "${alone[@]}" "${place}usr/sbin/dovecot" -F -c "$own/dovecot.conf"
}
