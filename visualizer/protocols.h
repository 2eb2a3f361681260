/*
 * protocols.h - every decoder's protocol, for the registry and for nobody else:
 * the others go through protocols[] of packet.h.
 */
#ifndef PLI_VISUALIZER_PROTOCOLS_H
#define PLI_VISUALIZER_PROTOCOLS_H

#include "visualizer/packet.h"

extern const struct protocol frame_protocol, ethernet_protocol, vlan_protocol, cooked_protocol, loopback_protocol,
    llc_protocol, arp_protocol, ipv4_protocol, ipv6_protocol,
    ipv6_hop_by_hop_protocol, ipv6_routing_protocol, ipv6_fragment_protocol, ipv6_destination_protocol,
        icmpv4_protocol, icmpv6_protocol, udp_protocol,
    tcp_protocol, dns_protocol, dhcp_protocol, dhcpv6_protocol, tls_protocol, smtp_protocol, pop_protocol,
    imap_protocol, message_protocol, http_protocol, ftp_protocol, ftp_data_protocol, telnet_protocol, data_protocol;

#endif
