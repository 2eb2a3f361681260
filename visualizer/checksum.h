/*
 * checksum.h - the Internet checksum (RFC 1071): the ones' complement of the
 * ones' complement sum of 16-bit words. IPv4 uses it over its header; TCP, UDP
 * and ICMPv6 over their bytes and a pseudo header with the two addresses, so
 * that a packet that went astray is noticed (RFC 9293 §3.1, RFC 8200 §8.1).
 */
#ifndef PLI_VISUALIZER_CHECKSUM_H
#define PLI_VISUALIZER_CHECKSUM_H

#include "visualizer/packet.h"

/* tshark's numbers for checksum.status fields. */
enum checksum_status { CHECKSUM_BAD, CHECKSUM_GOOD, CHECKSUM_UNVERIFIED, CHECKSUM_NOT_PRESENT, CHECKSUM_ILLEGAL };

extern const struct field_label checksum_labels[];

/* 0xffff when the sum over all, the checksum included, is right; not yet complemented. start: a sum to go on from. */
uint32_t checksum_sum(const uint8_t *bytes, size_t size, uint32_t start);
enum checksum_status checksum_of(struct slice slice);
/* With the pseudo header of the packet's addresses. */
enum checksum_status checksum_with_addresses(const struct packet *packet, uint8_t protocol, struct slice slice);

#endif
