#!/usr/bin/env bash
# One host of the lab: a process that holds its namespaces (network, mounts, name) and sleeps.
#
#     unshare -n -m -u -- host.sh NAME FULL-NAME
#
# It gives the host its name, its own /etc/resolv.conf and /etc/hosts, and
# reports on descriptor 4 when commands can enter: its name, its process number
# as /proc has it, and as the kernel has it in this namespace. The two differ
# where /proc could not be mounted anew, as in many containers.
set -u
name=$1
full=$2

# Instead of the system's file (its path without links comes from inside.sh): the host's own.
own_file() {
    local path=$2
    if [ ! -e "$path" ]; then
        case $path in
        /run/*) mkdir -p "${path%/*}" && : >"$path" ;;
        *) [ -w /etc ] && : >"$path" ;;
        esac
    fi
    mount --bind "/run/pli/$name/$1" "$path"
}

# Every refusal and every "lived too long" is told, so that traceroute shows each hop. Quiet at the start; no probes
# after a few silent milliseconds (tail loss probes, RFC 8985 §7), which a busy machine would scatter over a recording;
# and patient: a frame that is held must not end what waits for it.
settings() {
    local key value
    while read -r key value; do
        { echo "$value" >"/proc/sys/net/$key"; } 2>/dev/null
    done <<'EOT'
ipv6/conf/all/accept_dad 0
ipv6/conf/default/accept_dad 0
ipv6/conf/default/router_solicitations 0
ipv6/conf/default/accept_ra 0
ipv6/conf/default/mldv2_unsolicited_report_interval 0
ipv4/tcp_early_retrans 0
ipv4/tcp_retries2 30
ipv4/tcp_syn_retries 12
ipv4/tcp_synack_retries 12
ipv4/tcp_orphan_retries 12
ipv4/ping_group_range 0 0
ipv4/icmp_ratelimit 0
ipv6/icmp/ratelimit 0
EOT
    if [ -e "/run/pli/$name/router" ]; then
        echo 1 >/proc/sys/net/ipv4/ip_forward
        echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
    fi
}

# Not by /proc/sys/kernel/hostname, which only the system's own root may write.
hostname "$full"
own_file resolv.conf "$PLI_RESOLV" || echo "netlab: $name: /etc/resolv.conf cannot be given to it" >&2
[ ! -e "$PLI_HOSTS" ] || own_file hosts "$PLI_HOSTS" || echo "netlab: $name: /etc/hosts cannot be given to it" >&2
settings
read -r pid _ </proc/self/stat
echo "$name $pid $$" >&4
exec 4>&-
exec sleep infinity
