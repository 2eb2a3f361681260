/*
 * layers.c - the tables of the two models and of the kit's attribution.
 *
 * How to read a row of rows[]: the exchange lives at the OSI layer and the
 * TCP/IP layer given, and does the work of the layers in serves. Where the two
 * answers differ lies what is worth teaching: base64 lives in a layer-7
 * message and does layer 6's work; ARP lives in Ethernet frames and works for
 * layer 3. Where books disagree, the dispute says so and says which convention
 * the kit follows; no row claims to be "the" answer where the field has none.
 *
 * Quotations are from the RFC that the source names, word for word.
 */
#include "visualizer/layers.h"


static const struct model_layer osi_model[OSI_LAYERS] = {
    { 1, N_("Physical"), '1', N_("bit"),
      N_("Carries bits over a medium: plugs, voltages, light, radio, their timing and their rate."),
      "ITU-T X.200 §7.7" },
    { 2, N_("Data link"), '2', N_("frame"),
      N_("Delivers frames between neighbours on one link, and detects those that were damaged."),
      "ITU-T X.200 §7.6" },
    { 3, N_("Network"), '3', N_("packet"),
      N_("Brings packets from one end system to another across many links: addresses and routes."),
      "ITU-T X.200 §7.5" },
    { 4, N_("Transport"), '4', N_("segment"),
      N_("Carries data from process to process, end to end; reliably and in order, if so chosen."),
      "ITU-T X.200 §7.4" },
    { 5, N_("Session"), '5', N_("session data"),
      N_("Organizes the dialogue: opens and releases it, says whose turn it is and from which point to resume."),
      "ITU-T X.200 §7.3, X.215" },
    { 6, N_("Presentation"), '6', N_("presentation data"),
      N_("Agrees how data is represented while it travels: encoding, compression, ciphering."),
      "ITU-T X.200 §7.2, X.216" },
    { 7, N_("Application"), '7', N_("message"),
      N_("Does what the user's program wants done with another: mail, names, files, pages."),
      "ITU-T X.200 §7.1" },
};

static const struct model_layer tcpip_model[TCPIP_LAYERS] = {
    { TCPIP_NETWORK_ACCESS, N_("Network access"), 'N', N_("frame"),
      N_("Whatever the directly connected network is made of; RFC 1122 calls it the link layer."),
      "RFC 1122 §1.1.3, §2" },
    { TCPIP_INTERNET, N_("Internet"), 'I', N_("datagram"),
      N_("Carries datagrams from source host to destination host, without promising that they arrive."),
      "RFC 1122 §1.1.3, §3" },
    { TCPIP_TRANSPORT, N_("Transport"), 'T', N_("segment"),
      N_("Gives applications end-to-end communication: TCP reliable and in order, UDP single datagrams."),
      "RFC 1122 §1.1.3, §4" },
    { TCPIP_APPLICATION, N_("Application"), 'A', N_("message"),
      N_("Everything above the transport; it \"essentially combines\" OSI's presentation and application layers."),
      "RFC 1122 §1.1.3" },
};

static const struct layer_row rows[LAYER_ID_COUNT] = {
    { LAYER_WIRE, "wire", N_("link up, frame on the wire"), 1, TCPIP_NETWORK_ACCESS, SERVES_1,
      N_("The medium carries bits: how long the frame is, when it passed and whether it was lost is all that is known "
         "of it."),
      N_("A capture starts above the physical layer: plugs, voltages and bit timing are never in the file."),
      "ITU-T X.200 §7.7" },
    { LAYER_FRAME, "frame", N_("Ethernet frame, VLAN tag"), 2, TCPIP_NETWORK_ACCESS, SERVES_2,
      N_("A frame goes from one neighbour to the next, by MAC address, and no further than this link."),
      N_("The frame check sequence is verified by the card and is usually not in captures, so layer 2's error "
         "detection is not seen."),
      "IEEE 802.3 §3; RFC 894" },
    { LAYER_ARP, "arp", N_("ARP request and reply"), 2, TCPIP_NETWORK_ACCESS, SERVES_3,
      N_("ARP travels directly in a frame (EtherType 0x0806), never in IP and never past a router; but it exists only "
         "because IP needs its neighbour's MAC address."),
      N_("Some books say \"layer 2.5\". RFC 1122 treats ARP under the link layer, and the kit follows it."),
      "RFC 826; RFC 1122 §2.3.2" },
    { LAYER_NEIGHBOUR, "neighbour", N_("IPv6 neighbour discovery"), 3, TCPIP_INTERNET, SERVES_2,
      N_("The same job as ARP, one layer higher: it is ICMPv6, carried in IPv6 packets, and finds the MAC address that "
         "a frame needs."),
      N_("That ARP sits at 2 and neighbour discovery at 3 shows that layers are a design choice, not a law of nature."),
      "RFC 4861 §3.1, §7.2" },
    { LAYER_ROUTER, "router", N_("router discovery"), 3, TCPIP_INTERNET, SERVES_3,
      N_("Hosts ask which routers are on the link, and learn their prefix and their way out from the answer."), NULL,
      "RFC 4861 §6; RFC 1256" },
    { LAYER_IP, "ip", N_("IPv4 and IPv6 forwarding, fragments, TTL"), 3, TCPIP_INTERNET, SERVES_3,
      N_("The IP header takes the packet from host to host: it is the highest layer that every router on the way has "
         "to read."),
      NULL, "RFC 791 §1.4; RFC 8200 §3" },
    { LAYER_ICMP, "icmp", N_("ICMP echo, unreachable, time exceeded"), 3, TCPIP_INTERNET, SERVES_3,
      N_("ICMP is IP's own messenger: it tells whether a host can be reached and why a packet was not delivered."),
      N_("It uses IP \"as if it were a higher level protocol\" but \"is actually an integral part of IP\": to be "
         "carried in IP does not make a layer 4."),
      "RFC 792; RFC 1122 §1.1.3; RFC 4443" },
    { LAYER_ICMP_PORT, "icmp-port", N_("ICMP port unreachable"), 3, TCPIP_INTERNET, SERVES_4,
      N_("Layer 3's messenger brings layer 4's news: the host was reached, but nobody listens on that port."), NULL,
      "RFC 1122 §3.2.2.1, §4.1.3.3; RFC 4443 §3.1" },
    { LAYER_UDP, "udp", N_("UDP datagram"), 4, TCPIP_TRANSPORT, SERVES_4,
      N_("UDP adds two ports and a checksum to an IP packet, and nothing more: no order, no acknowledgement, no "
         "connection."),
      NULL, "RFC 768" },
    { LAYER_TCP_OPEN, "tcp-open", N_("TCP handshake"), 4, TCPIP_TRANSPORT, SERVES_4,
      N_("Three segments let each side choose a sequence number and know that the other has understood it."),
      N_("It is no \"session\" in OSI's sense: OSI's own transport classes have connections too, and the session layer "
         "is above them."),
      "RFC 9293 §3.5; ITU-T X.200 §7.4" },
    { LAYER_TCP_DATA, "tcp-data", N_("TCP data, acknowledgement, retransmission, window"), 4, TCPIP_TRANSPORT, SERVES_4,
      N_("Numbered bytes, acknowledgements, repetition and a window make a reliable stream out of packets that may be "
         "lost."),
      NULL, "RFC 9293 §3.8; RFC 5681" },
    { LAYER_TCP_CLOSE, "tcp-close", N_("TCP close, reset"), 4, TCPIP_TRANSPORT, SERVES_4,
      N_("Each direction ends by itself with a FIN (half-close); a reset ends both at once."), NULL,
      "RFC 9293 §3.6, §3.5.2" },
    { LAYER_DNS_ADDRESS, "dns-address", N_("DNS lookup of an address (A, AAAA)"), 7, TCPIP_APPLICATION, SERVES_3,
      N_("DNS is an application of its own, over UDP or TCP, that other applications use; here it finds the address "
         "that layer 3 needs."),
      N_("RFC 1122 calls such an application a support protocol. Some books draw DNS below the applications that use "
         "it; its messages are in UDP like any other's, and the kit says 7."),
      "RFC 1034 §3.7; RFC 1035 §4; RFC 1122 §1.1.3" },
    { LAYER_DNS_MX, "dns-mx", N_("DNS lookup of a mail exchanger (MX)"), 7, TCPIP_APPLICATION, SERVES_7,
      N_("Which host takes the mail of a domain is a question of mail routing, and that is the application's "
         "business."),
      NULL, "RFC 5321 §5.1; RFC 1035 §3.3.9" },
    { LAYER_DNS_OTHER, "dns-other", N_("DNS lookup of names, texts and others (PTR, TXT, NS)"), 7, TCPIP_APPLICATION,
      SERVES_7,
      N_("DNS tells more than addresses: the name behind an address, who may send mail for a domain, who serves a "
         "zone."),
      NULL, "RFC 1034 §3.6; RFC 1035 §3.3" },
    { LAYER_DHCP, "dhcp", N_("DHCP"), 7, TCPIP_APPLICATION, SERVES_3,
      N_("An application over UDP that configures layer 3, at a moment when layer 3 has no address yet."),
      N_("RFC 2131 places it above UDP, so it lives at 7; what it is for makes some books treat it with IP."),
      "RFC 2131 §2, §4.1" },
    { LAYER_TLS_HANDSHAKE, "tls-handshake", N_("TLS handshake, resumption"), 6, TCPIP_APPLICATION, SERVES_5 | SERVES_6,
      N_("Both sides agree how the data will be represented (ciphered: layer 6's work) and set up or resume a session "
         "(layer 5's)."),
      N_("TLS is above TCP and below the application, so nowhere in the four-layer model: it is counted with the "
         "application (\"application protocol independent\"). Placing it at 5 is custom, not standard: OSI's own "
         "security architecture (ISO 7498-2) gives the session layer no security service. The kit says 6."),
      "RFC 8446 §1, §4; RFC 5246 §7; ISO 7498-2 (X.800) §7.5" },
    { LAYER_TLS_RECORD, "tls-record", N_("TLS record, alert"), 6, TCPIP_APPLICATION, SERVES_6,
      N_("Ciphering changes the representation of the data while it travels, and that is the presentation layer's "
         "business."),
      N_("The presentation layer of OSI may encipher; in the Internet's model TLS is simply part of the application "
         "layer."),
      "RFC 8446 §5, §6; ISO 7498-2 (X.800) §7.6" },
    { LAYER_DIALOGUE, "dialogue", N_("greeting, QUIT, LOGOUT, BYE"), 7, TCPIP_APPLICATION, SERVES_5,
      N_("The dialogue is opened and released in good order, and it is clear whose turn it is: what OSI foresees a "
         "session layer for."),
      N_("Nobody lives at layer 5 in the Internet's stack: these lines of the application do its work. A session is "
         "not a TCP connection."),
      "ITU-T X.215; RFC 5321 §3.1, §3.8; RFC 1939 §3; RFC 9051 §7.1.5" },
    { LAYER_CAPABILITIES, "capabilities", N_("EHLO, CAPA, CAPABILITY, ENABLE, ID"), 7, TCPIP_APPLICATION,
      SERVES_5 | SERVES_6,
      N_("Both sides agree what they will speak from here on, as OSI's session and presentation layers negotiate "
         "theirs."),
      NULL, "RFC 5321 §4.1.1.1; RFC 2449 §5; RFC 9051 §6.1.1; ITU-T X.215, X.216" },
    { LAYER_STARTTLS, "starttls", N_("STARTTLS, STLS"), 7, TCPIP_APPLICATION, SERVES_6,
      N_("A line of layer 7 asks for another representation beneath it; when TLS stands, the dialogue starts anew."),
      N_("Whoever sits in between can remove the offer: STARTTLS protects from an attacker only if the client insists "
         "on it and verifies the certificate."),
      "RFC 3207 §4, §6; RFC 2595 §4; RFC 9051 §6.2.1" },
    { LAYER_AUTHENTICATION, "authentication", N_("AUTH, USER and PASS, LOGIN, AUTHENTICATE"), 7, TCPIP_APPLICATION,
      SERVES_5, N_("Who may go on with this dialogue is settled here, inside the application's own commands."),
      N_("Textbooks give this to the session layer. OSI itself puts it in association control (ACSE, X.217), which is "
         "part of layer 7."),
      "RFC 4954; RFC 5034; RFC 9051 §6.2; RFC 4422; ITU-T X.217" },
    { LAYER_ENVELOPE, "envelope", N_("SMTP envelope (MAIL, RCPT), RSET"), 7, TCPIP_APPLICATION, SERVES_7,
      N_("The mail service proper: who sends and who is to receive, whatever the letter inside says."),
      N_("The envelope is not the header: these are two layers within layer 7, and they may disagree."),
      "RFC 5321 §2.3.1, §3.3" },
    { LAYER_CONTENT, "content", N_("message content (DATA, BDAT, RETR, FETCH BODY, APPEND)"), 7, TCPIP_APPLICATION,
      SERVES_7, N_("The letter itself, header and body, goes over: this is what all the rest was done for."), NULL,
      "RFC 5321 §4.1.1.4; RFC 3030; RFC 1939 §5; RFC 9051 §6.4.5" },
    { LAYER_TRANSPARENCY, "transparency", N_("dot-stuffing, literals, CRLF"), 7, TCPIP_APPLICATION, SERVES_6,
      N_("Transparency: any bytes must pass through a channel that is made of lines, so they are marked or counted."),
      NULL, "RFC 5321 §4.5.2; RFC 1939 §3; RFC 9051 §4.3" },
    { LAYER_MIME, "mime", N_("MIME structure, base64, quoted-printable, charset, encoded words"), 7, TCPIP_APPLICATION,
      SERVES_6,
      N_("How data is represented is what OSI has a presentation layer for; the Internet does it inside the message."),
      N_("MIME is part of the message, hence of layer 7: RFC 1122 says that the application layer \"essentially "
         "combines\" presentation and application."),
      "RFC 2045; RFC 2047; RFC 1122 §1.1.3; ITU-T X.216" },
    { LAYER_SELECT, "select", N_("IMAP SELECT, EXAMINE, CLOSE, IDLE"), 7, TCPIP_APPLICATION, SERVES_5 | SERVES_7,
      N_("A mailbox is opened: from here on both sides keep a state of the dialogue, and IDLE changes whose turn it "
         "is."),
      NULL, "RFC 9051 §3, §6.3.2, §6.3.13; ITU-T X.215" },
    { LAYER_POP3_STATES, "pop3-states", N_("POP3 TRANSACTION and UPDATE states"), 7, TCPIP_APPLICATION,
      SERVES_5 | SERVES_7,
      N_("Nothing is removed before QUIT leads to the UPDATE state: a commit point, for which OSI's session layer has "
         "synchronization points."),
      N_("\"POP deletes the mail\" is not so: the client does, if it says DELE and then QUIT."),
      "RFC 1939 §5, §6; ITU-T X.215" },
    { LAYER_MAILBOX, "mailbox", N_("work on the mailbox (LIST, STATUS, SEARCH, STORE, EXPUNGE, STAT, UIDL)"), 7,
      TCPIP_APPLICATION, SERVES_7,
      N_("The mailbox is listed, searched, marked and tidied: purely the application's own business."), NULL,
      "RFC 9051 §6.3, §6.4; RFC 1939 §5" },
    { LAYER_APPLICATION, "application", N_("HTTP, FTP, TELNET and other applications"), 7, TCPIP_APPLICATION, SERVES_7,
      N_("What the user's program says to the other; TCP and UDP only carry it."),
      N_("One application may use several connections of layer 4 (FTP has one for control and one for data), and may "
         "do layer 6's work by itself (TELNET's options). HTTPS or SMTPS are no protocols: they are HTTP or SMTP "
         "inside TLS."),
      "RFC 9110; RFC 959 §2.3; RFC 854" },
};

const struct model_layer *layers_osi(int number)
{
    return number >= 1 && number <= OSI_LAYERS ? &osi_model[number - 1] : NULL;
}

const struct model_layer *layers_tcpip(int number)
{
    return number >= 1 && number <= TCPIP_LAYERS ? &tcpip_model[number - 1] : NULL;
}

int layers_tcpip_of_osi(int osi)
{
    if (osi <= 2)
        return TCPIP_NETWORK_ACCESS;
    if (osi == 3)
        return TCPIP_INTERNET;
    return osi == 4 ? TCPIP_TRANSPORT : TCPIP_APPLICATION;
}

const struct layer_row *layers_row(enum layer_id id)
{
    return &rows[id];
}

const struct layer_row *layers_row_by_key(struct span key)
{
    for (size_t i = 0; i < LAYER_ID_COUNT; i++)
        if (span_is(key, rows[i].key))
            return &rows[i];
    return NULL;
}

char *layers_serves(unsigned serves, char out[LAYERS_SERVES_SIZE])
{
    char *to = out;
    for (int layer = OSI_LAYERS; layer >= 1; layer--) {
        if (!(serves & 1u << layer))
            continue;
        if (to != out)
            *to++ = ',';
        *to++ = (char)('0' + layer);
    }
    *to = '\0';
    return out;
}
