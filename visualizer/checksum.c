#include "visualizer/checksum.h"

#include <arpa/inet.h>
#include <string.h>

const struct field_label checksum_labels[] = {
    { CHECKSUM_BAD, N_("wrong") }, { CHECKSUM_GOOD, N_("right") }, { CHECKSUM_UNVERIFIED, N_("not verified") },
    { CHECKSUM_NOT_PRESENT, N_("absent") }, { CHECKSUM_ILLEGAL, N_("not allowed") }, { 0, NULL },
};

uint32_t checksum_sum(const uint8_t *bytes, size_t size, uint32_t start)
{
    /* The sum may be taken in any byte order and in larger words (RFC 1071 §2); ours is that of the machine. */
    uint64_t sum = start;
    for (; size >= 4; bytes += 4, size -= 4) {
        uint32_t word;
        memcpy(&word, bytes, 4);
        sum += word;
    }
    uint32_t rest = 0;
    memcpy(&rest, bytes, size);
    sum += rest;
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

enum checksum_status checksum_of(struct slice slice)
{
    if (slice.len < slice.wire || slice.len == 0)
        return CHECKSUM_UNVERIFIED;
    return checksum_sum(slice.at, slice.len, 0) == 0xffff ? CHECKSUM_GOOD : CHECKSUM_BAD;
}

enum checksum_status checksum_with_addresses(const struct packet *packet, uint8_t protocol, struct slice slice)
{
    if (slice.len < slice.wire || slice.len == 0)
        return CHECKSUM_UNVERIFIED;
    const struct net_address *from = packet->quoted > 0 ? &packet->quoted_from : &packet->from;
    const struct net_address *to = packet->quoted > 0 ? &packet->quoted_to : &packet->to;
    size_t size = from->family == ADDRESS_IPV6 ? 16 : 4;
    uint32_t sum = checksum_sum(from->bytes, size, 0);
    sum = checksum_sum(to->bytes, size, sum);
    uint32_t rest[2] = { htonl(slice.len), htonl(protocol) };
    sum = checksum_sum((const uint8_t *)rest, sizeof rest, sum);
    return checksum_sum(slice.at, slice.len, sum) == 0xffff ? CHECKSUM_GOOD : CHECKSUM_BAD;
}
