# shellcheck shell=bash disable=SC2154
# One function for each recording: what happens in the lab while the wire records. Sourced by run.

letter='From: Alice <alice@example.org>
To: rachida@localhost
Subject: test
Message-ID: <first.letter@alice.example.org>
Date: Tue, 24 Nov 2026 10:00:00 +0100

rachida bonjour
'

# --- layers 2 and 3 --------------------------------------------------------------------

scene_arp_ping() { # address resolution, echo
    lab && on alice ping -4 -n -c 2 -i 0.2 10.0.0.25
}

scene_arp_nobody() { # a question that nobody answers
    lab && { on alice ping -4 -n -c 1 -W 1 10.0.0.99 || true; }
}

scene_neighbour_ping6() {
    lab && on alice ping -6 -n -c 2 -i 0.2 fd00::25
}

scene_fragments() { # a datagram that does not fit, in both versions of IP
    lab && on alice ping -4 -n -c 1 -s 3500 10.0.0.25 && on alice ping -6 -n -c 1 -s 3000 fd00::25
}

scene_port_unreachable() { # UDP to a port where nobody listens, in both versions of IP
    lab && talk alice datagram 10.0.0.25 9999 && talk alice datagram fd00::25 9999
}

scene_dhcp() {
    lab dhcp && on alice true
}

# --- names ---------------------------------------------------------------------------------

scene_names() {
    lab
    on alice busybox nslookup -type=a mail.example.org 10.0.0.53
    on alice busybox nslookup -type=aaaa mail.example.org 10.0.0.53
    on alice busybox nslookup -type=mx example.org 10.0.0.53
    on alice busybox nslookup -type=ptr 25.0.0.10.in-addr.arpa 10.0.0.53
    on alice busybox nslookup -type=a nobody.example.org 10.0.0.53
    on alice busybox nslookup -type=txt example.org 10.0.0.53
    true
}

# --- TCP --------------------------------------------------------------------------------------

scene_tcp_refused() {
    lab && { on alice nc -w 2 10.0.0.25 4 || true; }
}

scene_tcp_silence() { # a firewall that says nothing
    lab && on mail nft add table inet f && on mail nft add chain inet f in '{ type filter hook input priority 0; }' &&
        on mail nft add rule inet f in tcp dport 25 drop && { on alice timeout 4 nc -w 3 10.0.0.25 25 || true; }
}

transfer() { # SERVER-FUNCTION CLIENT-FUNCTION: two functions of talk.py, on mail and on alice
    rm -f "$work/listening"
    talk mail "$1" 7000 "$work/listening" &
    local receiver=$!
    until_true test -e "$work/listening" && talk alice "$2" 10.0.0.25 7000 && wait "$receiver"
}

scene_tcp_data() {
    lab && transfer receive send_some
}

scene_tcp_retransmission() { # the wire loses a segment; acknowledgements tell
    lab letter --fault 'drop the 5th segment from alice' && transfer receive send_more
}

scene_tcp_timeout() { # the wire loses the only segment: the timer tells
    lab letter --fault 'drop the first "bonjour"' && transfer receive send_some
}

scene_tcp_syn_lost() {
    lab letter --fault 'drop the first SYN' && transfer receive send_some
}

scene_tcp_zero_window() {
    lab && transfer receive_slowly send_much
}

scene_tcp_keep_alive() {
    lab && transfer receive keep_alive
}

scene_tcp_reset() {
    lab && transfer receive_reset send_and_reset
}

# --- SMTP ----------------------------------------------------------------------------------------

scene_letter() { # what scripts/demo does: the letter leaves, is kept, and comes back by POP3 and by IMAP
    lab && server || return 1
    export SSLKEYLOGFILE=$work/client.keys
    echo 'rachida bonjour' | on alice mailclient send -s test --via smtp://example.org rachida@localhost &&
        on alice mailclient read 1 pop3://rachida:bonjour-2026@mail.example.org &&
        on alice mailclient read 1 --accept-any-certificate imaps://rachida:bonjour-2026@mail.example.org &&
        background_end
}

scene_smtp_letter() { # the course's letter, from the name to the close
    lab && server && printf '%s' "$letter" >"$work/text" &&
        on alice curl -sS smtp://mail.example.org/alice.example.org --mail-from alice@example.org \
            --mail-rcpt rachida@localhost --upload-file "$work/text" --crlf && background_end
}

scene_smtp_refusals() { # what is refused, and what is not the protocol
    lab && server && talk alice refusals 10.0.0.25 && background_end
}

scene_smtp_pipelining() {
    lab && server && talk alice pipelining 10.0.0.25 && background_end
}

scene_smtp_bdat() {
    lab && server && talk alice bdat 10.0.0.25 && background_end
}

scene_smtp_auth_clear() { # submission with the password in the clear, by PLAIN and by LOGIN
    lab && server && talk alice submit 10.0.0.25 587 PLAIN && talk alice submit 10.0.0.25 587 LOGIN && background_end
}

scene_smtp_starttls() {
    lab && server && talk alice submit_starttls 10.0.0.25 587 && background_end
}

scene_smtps() {
    lab && server && talk alice submit_tls 10.0.0.25 465 && background_end
}

scene_smtp_injection() { # a command in the clear behind STARTTLS
    lab && server && talk alice injection 10.0.0.25 && background_end
}

scene_smtp_mime() { # two parts, base64 and quoted-printable, encoded words
    lab && server && talk alice mime 10.0.0.25 && background_end
}

# --- POP3 -----------------------------------------------------------------------------------------

scene_pop3() {
    lab && server_letters 2 && server && talk alice pop3 10.0.0.25 && background_end
}

scene_pop3_stls() {
    lab && server_letters 1 && server && talk alice pop3_stls 10.0.0.25 && background_end
}

scene_pop3s_tls12_cbc() { # TLS 1.2 with a cipher of blocks
    lab && server_letters 1 && server && SSLKEYLOGFILE=$work/client.keys on alice curl -sS -k --tls-max 1.2 \
        --ciphers "$(cbc)" -u rachida:bonjour-2026 pop3s://10.0.0.25/1 && background_end
}

scene_pop3s_tls12_chacha() {
    lab && server_letters 1 && server && SSLKEYLOGFILE=$work/client.keys \
        on alice curl -sS -k --tls-max 1.2 --ciphers ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305 \
        -u rachida:bonjour-2026 pop3s://10.0.0.25/1 && background_end
}

cbc() {
    echo ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA
}

# --- IMAP -----------------------------------------------------------------------------------------

scene_imap() {
    lab && server_letters 3 && server && talk alice imap 10.0.0.25 && background_end
}

scene_imap_idle() {
    lab && server_letters 1 && server && talk alice imap_idle 10.0.0.25 && background_end
}

scene_imap_starttls() {
    lab && server_letters 1 && server && talk alice imap_starttls 10.0.0.25 && background_end
}

scene_imaps() {
    lab && server_letters 1 && server && talk alice imaps 10.0.0.25 && background_end
}

# --- TLS, between OpenSSL's own programs ------------------------------------------------------------

tls() { # SERVER-OPTIONS CLIENT-OPTIONS...: on port 443, a connection for each of the latter, a line each way
    local options=$1 word
    shift
    [ -f "$work/cert.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -keyout "$work/key.pem" -out "$work/cert.pem" -days 3650 -subj /CN=mail.example.org \
        -addext subjectAltName=DNS:mail.example.org 2>/dev/null
    # shellcheck disable=SC2086  # options are words
    background openssl s_server -accept 443 -cert "$work/cert.pem" -key "$work/key.pem" -rev $options
    until_true grep -q ACCEPT "$work/log" || return 1
    for word in "$@"; do
        # shellcheck disable=SC2086
        { echo bonjour; sleep 2; } | on alice openssl s_client -connect 10.0.0.25:443 -servername mail.example.org \
            -keylogfile "$work/client.keys" -quiet -no_ign_eof $word >/dev/null 2>&1
    done
    background_end
    true
}

scene_tls13() {
    lab && tls "-alpn bonjour" "-tls1_3 -alpn bonjour"
}

scene_tls13_retry() { # the server wants another group
    lab && tls "-curves X25519" "-tls1_3 -curves P-521:X25519"
}

scene_tls13_resumption() {
    lab && tls "" "-tls1_3 -sess_out $work/session" "-tls1_3 -sess_in $work/session"
}

scene_tls12_resumption() {
    lab && tls "-no_tls1_3" "-tls1_2 -sess_out $work/session" "-tls1_2 -sess_in $work/session"
}

scene_tls12_gcm() {
    lab && tls "" "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256"
}

scene_tls12_cbc() { # MAC, then cipher, as TLS began
    lab && tls "-no_etm" "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA -no_etm"
}

scene_tls12_ccm8() {
    lab && tls "-cipher ALL:@SECLEVEL=0" "-tls1_2 -cipher ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0"
}

scene_tls11_cbc() { # old and broken: the IV in the record, the PRF of two hashes
    lab && tls "-cipher DEFAULT:@SECLEVEL=0" "-tls1_1 -cipher DEFAULT:@SECLEVEL=0"
}

scene_tls10_cbc() { # older: the IV is the end of the record before
    lab && tls "-cipher DEFAULT:@SECLEVEL=0" "-tls1 -cipher DEFAULT:@SECLEVEL=0"
}

scene_tls_alert() { # nothing in common
    lab && tls "-tls1_3" "-tls1_2"
}

# --- faults of the wire, and what comes of them ------------------------------------------------------

fault() {
    netlab wire fault "$1"
}

post() { # SUBJECT
    echo 'rachida bonjour' | on alice mailclient send -s "$1" -f alice@example.org --no-tls \
        --via smtp://10.0.0.25:25 rachida@localhost
}

scene_fault_lost() { # a segment of the letter
    lab && server && fault 'drop the first "rachida bonjour" from alice' && post lost && background_end
}

scene_fault_bits() { # TCP notices one bit that is wrong, and not two on two cables
    lab firewall && server && fault 'corrupt bit 0 of byte 238 of the first "rachida bonjour" from alice' &&
        post one && netlab wire clear &&
        fault 'corrupt bit 0 of byte 238 of the first "rachida bonjour" from alice' &&
        fault 'corrupt bit 0 of byte 240 of the first "rachida b" from gate.1' && post two && background_end
}

held_again() { # TIMES
    netlab wire held | grep -q $'\t'"$1"'$'
}

scene_fault_held() { # a SYN, until alice has sent it again twice; then the greeting, until it is thrown away
    lab && fault 'hold the first SYN' && fault 'hold the first "220 "' || return
    transfer greet greeted &
    until_true held_again '[2-9]' && netlab wire step && until_true held_again '[1-9]' && netlab wire drop && wait $!
}

scene_fault_order() { # a segment overtaken by two, and one that comes twice
    lab && fault 'reorder the 2nd segment from alice behind 2' && fault 'duplicate the 5th segment from alice' &&
        transfer receive send_more
}

scene_fault_questions() { # a question of ARP, a question of DNS and its answer, an echo
    lab && fault 'drop the first ARP-request from alice' && fault 'drop the first DNS-query' &&
        fault 'drop the first DNS-answer' && fault 'drop the first ICMP from mail' &&
        on alice env RES_OPTIONS='timeout:1 attempts:5' getent ahostsv4 mail.example.org &&
        on alice ping -c 2 -i 0.2 -W 1 10.0.0.25
}

scene_fault_given_up() { # nobody answers; the client tries again in a new connection
    lab && fault 'drop the 1st SYN' && fault 'drop the 2nd SYN' && fault 'drop the 3rd SYN' && transfer greet impatient
}
