# shellcheck shell=bash
# Sourced by netlab: the timers of both ends of each connection, and the patience of the programs above.
#
# The kernel tells its timers through ss (iproute2), as seen on each host; how
# long a program waits is nobody's secret but nowhere to be read while it
# waits: what the protocol's RFC asks for is told instead.

# Ports, and what the RFC of the protocol says about waiting.
timers_patience() {
    case $1 in
    25 | 465 | 587) say "SMTP: the client waits 5 min for the greeting and for each reply, 2 min for 354,
      10 min after the final dot; the server 5 min for a command (RFC 5321 §4.5.3.2)" \
        "SMTP : le client attend 5 min l'accueil et chaque réponse, 2 min le 354,
       10 min après le point final ; le serveur 5 min une commande (RFC 5321 §4.5.3.2)" ;;
    110 | 995) say "POP3: the server waits for a command for 10 min at least (RFC 1939 §3)" \
        "POP3 : le serveur attend une commande au moins 10 min (RFC 1939 §3)" ;;
    143 | 993) say "IMAP: the server waits for a command for 30 min at least (RFC 9051 §5.4)" \
        "IMAP : le serveur attend une commande au moins 30 min (RFC 9051 §5.4)" ;;
    53) say "DNS: the resolver asks again after 5 s, and gives up after 2 tries (resolv.conf(5))" \
        "DNS : le résolveur redemande après 5 s, et renonce après 2 essais (resolv.conf(5))" ;;
    esac
}

# The value behind "name:" in the line of ss; nothing without.
timers_value() {
    [[ " $details " =~ [[:space:]]$1:([^[:space:]]+) ]] && printf %s "${BASH_REMATCH[1]}"
}

# timer:(on,1.2sec,3) of ss: which timer runs, how much of it is left, how many tries there were.
timers_clock() {
    local name left tries most
    [[ $rest =~ timer:\(([a-z]+),([^,]*),([0-9]+)\) ]] || {
        say "no timer runs" "aucun minuteur ne court"
        return
    }
    name=${BASH_REMATCH[1]} left=${BASH_REMATCH[2]} tries=${BASH_REMATCH[3]}
    # ss writes 1.340ms for a second and 340 ms, and 2min3sec.
    if [[ $left =~ ^[0-9]+\.[0-9]+ms$ ]]; then
        left="${left%ms} s"
    else
        left=${left/ms/ ms} left=${left/sec/ s} left=${left/min/ min }
    fi
    case $state:$name in
    SYN-SENT:on) most=$syn ;;
    SYN-RECV:on) most=$synack ;;
    *) most=$retries2 ;;
    esac
    case $name in
    on) say "sends again in %s (%s times so far, gives up after %s)" \
        "renvoie dans %s (%s fois déjà, renonce après %s)" "$left" "$tries" "$most" ;;
    persist) say "asks in %s whether the closed window is open (%s times so far)" \
        "demande dans %s si la fenêtre fermée s'est ouverte (%s fois déjà)" "$left" "$tries" ;;
    keepalive) say "asks in %s whether the other is still there (%s times so far)" \
        "demande dans %s si l'autre est encore là (%s fois déjà)" "$left" "$tries" ;;
    timewait) say "is forgotten in %s" "est oubliée dans %s" "$left" ;;
    *) say "a timer runs out in %s" "un minuteur expire dans %s" "$left" ;;
    esac
}

# What the sender thinks of the way, where ss knows it.
timers_way() {
    local text="" rto backoff cwnd unacked rtt
    rto=$(timers_value rto) rtt=$(timers_value rtt) cwnd=$(timers_value cwnd) unacked=$(timers_value unacked)
    backoff=$(timers_value backoff)
    [ -z "$rto" ] || text+="RTO $rto ms"
    [ -z "$backoff" ] || text+=" (2^$backoff)"
    [ -z "$rtt" ] || text+=", RTT ${rtt%/*} ms"
    [ -z "$cwnd" ] || text+=", cwnd $cwnd"
    [ -z "$unacked" ] || text+=", $(say "%s unacknowledged" "%s sans accusé" "$unacked")"
    printf %s "$text"
}

# One connection: two lines of ss, the second indented.
timers_connection() {
    local state received waiting here there rest port
    read -r state received waiting here there rest <<<"$1"
    details=$2
    printf '%-8s %s → %s  %s\n' "$host" "$here" "$there" "$state"
    printf '         %s\n' "$(timers_clock)"
    [ -z "$(timers_way)" ] || printf '         %s\n' "$(timers_way)"
    [ "${waiting:-0}" = 0 ] || [[ $state = SYN-* ]] || printf '         %s\n' \
        "$(say "%s bytes wait for an acknowledgement" "%s octets attendent un accusé de réception" "$waiting")"
    [ "${received:-0}" = 0 ] || printf '         %s\n' "$(say "%s bytes wait for the program to read them" \
        "%s octets attendent que le programme les lise" "$received")"
    for port in "${there##*:}" "${here##*:}"; do
        patience[$port]=$(timers_patience "$port")
    done
}

# What the wire keeps back, from its answer to "held".
timers_held() {
    local number port since times
    while IFS=$'\t' read -r number port since times; do
        say "the wire has held packet %s from %s for %s; meanwhile it was sent again %s times" \
            "le fil retient le paquet %s de %s depuis %s ; entre-temps il a été renvoyé %s fois" \
            "$number" "$port" "$since" "$times"
    done
}

# Lines that begin with "host" tell whose connections follow, and the limits of TCP there.
timers_show() {
    local line before="" host="" syn synack retries2 details any=false port
    declare -A patience=()
    while IFS= read -r line; do
        case $line in
        "host "*) read -r _ host syn synack retries2 <<<"$line" ;;
        [[:space:]]*) [ -z "$before" ] || timers_connection "$before" " $line"; before="" any=true ;;
        *) before=$line ;;
        esac
    done
    $any || say "no connection is open" "aucune connexion n'est ouverte"
    for port in "${!patience[@]}"; do
        [ -z "${patience[$port]}" ] || printf '%s\n' "${patience[$port]}"
    done
}
