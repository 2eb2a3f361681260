/*
 * protocols.c - the registry. A new protocol is one decoder file that exports
 * a struct protocol, its name in enum protocol_id, and its row here.
 */
#include "visualizer/protocols.h"

const struct protocol *const protocols[PROTOCOL_COUNT] = {
    [PROTOCOL_FRAME] = &frame_protocol,
    [PROTOCOL_ETHERNET] = &ethernet_protocol,
    [PROTOCOL_VLAN] = &vlan_protocol,
    [PROTOCOL_COOKED] = &cooked_protocol,
    [PROTOCOL_LOOPBACK] = &loopback_protocol,
    [PROTOCOL_LLC] = &llc_protocol,
    [PROTOCOL_ARP] = &arp_protocol,
    [PROTOCOL_IPV4] = &ipv4_protocol,
    [PROTOCOL_IPV6] = &ipv6_protocol,
    [PROTOCOL_IPV6_HOP_BY_HOP] = &ipv6_hop_by_hop_protocol,
    [PROTOCOL_IPV6_ROUTING] = &ipv6_routing_protocol,
    [PROTOCOL_IPV6_FRAGMENT] = &ipv6_fragment_protocol,
    [PROTOCOL_IPV6_DESTINATION] = &ipv6_destination_protocol,
    [PROTOCOL_ICMPV4] = &icmpv4_protocol,
    [PROTOCOL_ICMPV6] = &icmpv6_protocol,
    [PROTOCOL_UDP] = &udp_protocol,
    [PROTOCOL_TCP] = &tcp_protocol,
    [PROTOCOL_DNS] = &dns_protocol,
    [PROTOCOL_DHCP] = &dhcp_protocol,
    [PROTOCOL_DHCPV6] = &dhcpv6_protocol,
    [PROTOCOL_TLS] = &tls_protocol,
    [PROTOCOL_SMTP] = &smtp_protocol,
    [PROTOCOL_POP] = &pop_protocol,
    [PROTOCOL_IMAP] = &imap_protocol,
    [PROTOCOL_MESSAGE] = &message_protocol,
    [PROTOCOL_HTTP] = &http_protocol,
    [PROTOCOL_FTP] = &ftp_protocol,
    [PROTOCOL_FTP_DATA] = &data_protocol,
    [PROTOCOL_TELNET] = &telnet_protocol,
    [PROTOCOL_DATA] = &data_protocol,
};
