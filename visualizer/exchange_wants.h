/*
 * exchange_wants.h - the few fields that the exchange engine reads, looked up
 * once by name. What the decoders of TCP, TLS and mail tell stands in the
 * layers' details.
 */
#ifndef PLI_VISUALIZER_EXCHANGE_WANTS_H
#define PLI_VISUALIZER_EXCHANGE_WANTS_H

#include "visualizer/packet.h"

enum exchange_field {
    WANT_ARP_OPERATION,
    WANT_ARP_SENDER,
    WANT_ARP_TARGET,
    WANT_ARP_SENDER_MAC,
    WANT_IP_ID,
    WANT_IP_MORE,
    WANT_IP_OFFSET,
    WANT_IP6_ID,
    WANT_IP6_MORE,
    WANT_IP6_OFFSET,
    WANT_ICMP_TYPE,
    WANT_ICMP_CODE,
    WANT_ICMP_IDENT,
    WANT_ICMP_SEQUENCE,
    WANT_ICMP6_TYPE,
    WANT_ICMP6_CODE,
    WANT_ICMP6_IDENT,
    WANT_ICMP6_SEQUENCE,
    WANT_NS_TARGET,
    WANT_NA_TARGET,
    WANT_ND_MAC,
    WANT_RA_PREFIX, WANT_RA_LIFETIME,
    WANT_DNS_ID,
    WANT_DNS_RESPONSE,
    WANT_DNS_RCODE,
    WANT_DNS_QUERY_NAME,
    WANT_DNS_QUERY_TYPE,
    WANT_DNS_NAME,
    WANT_DNS_A,
    WANT_DNS_AAAA,
    WANT_DNS_MX,
    WANT_DNS_CNAME,
    WANT_DNS_PTR,
    WANT_DNS_NS,
    WANT_DNS_TXT,
    WANT_DNS_SPF,
    WANT_DHCP_TRANSACTION,
    WANT_DHCP_TYPE,
    WANT_DHCP_YOUR,
    WANT_DHCP_HARDWARE,
    WANT_DHCP6_TYPE,
    WANT_DHCP6_TRANSACTION,
    WANT_DHCP6_ADDRESS,
    WANT_FIELDS
};

struct exchange_places;

struct exchange_places *exchange_places_new(void);
void exchange_places_free(struct exchange_places *places);

/* The first field of this kind in the packet; NULL. And the n-th, from 0. */
const struct field *exchange_field(const struct exchange_places *places, const struct packet *packet,
                                   enum exchange_field which);
const struct field *exchange_field_nth(const struct exchange_places *places, const struct packet *packet,
                                       enum exchange_field which, size_t n);

/* Is it a field of this kind? */
bool exchange_field_is(const struct exchange_places *places, const struct field *field, enum exchange_field which);

/* Its number, or otherwise. */
uint64_t exchange_number(const struct exchange_places *places, const struct packet *packet, enum exchange_field which,
                         uint64_t otherwise);

#endif
