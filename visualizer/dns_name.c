/*
 * dns_name.c - names in a DNS message: labels, each after its length, and at
 * the end a zero or a pointer to where the rest stands already (RFC 1035
 * §4.1.4). Pointers can be made to go round for ever, so their number and the
 * length of the name are bounded.
 */
#include "visualizer/dns.h"

#include <string.h>

enum { LONGEST_NAME = 1024, MOST_POINTERS = 64 };

static struct dns_name broken(struct packet *packet, const char *reason)
{
    packet_malformed(packet, reason);
    return (struct dns_name){ .text = span_of("") };
}

static struct dns_name finished(struct packet *packet, const char *text, size_t length, size_t taken, unsigned labels)
{
    if (length == 0)
        return (struct dns_name){ span_of("<Root>"), taken, 0 };
    char *copy = packet_memory(packet, length + 1);
    memcpy(copy, text, length);
    return (struct dns_name){ { copy, length }, taken, labels };
}

struct dns_name dns_read_name(struct packet *packet, struct slice message, size_t at)
{
    char text[LONGEST_NAME];
    size_t length = 0, taken = 0, start = at;
    unsigned labels = 0, pointers = 0;
    for (;;) {
        if (at >= message.len) {
            packet_need(packet, message, at + 1);
            return (struct dns_name){ .text = span_of("") };
        }
        uint8_t size = get_u8(message, at);
        if ((size & 0xc0) == 0xc0) {
            if (!packet_need(packet, message, at + 2))
                return (struct dns_name){ .text = span_of("") };
            if (taken == 0)
                taken = at + 2 - start;
            if (++pointers > MOST_POINTERS) {
                packet_malformed(packet, N_("A compressed DNS name points to itself."));
                return (struct dns_name){ span_of("<Name contains a pointer that loops>"), taken, 1 };
            }
            at = get_u16(message, at) & 0x3fff;
            continue;
        }
        if (size & 0xc0)
            return broken(packet, N_("A DNS name has a label of an unknown kind."));
        at++;
        if (size == 0)
            return finished(packet, text, length, taken > 0 ? taken : at - start, labels);
        if (!packet_need(packet, message, at + size))
            return (struct dns_name){ .text = span_of("") };
        if (length + size + 1 > sizeof text)
            return broken(packet, N_("A DNS name is too long."));
        if (length > 0)
            text[length++] = '.';
        memcpy(text + length, message.at + at, size);
        length += size;
        at += size;
        labels++;
    }
}

size_t dns_name_field(struct packet *packet, unsigned row, struct slice message, size_t at, struct dns_name *name)
{
    *name = dns_read_name(packet, message, at);
    if (name->taken > 0)
        field_text(packet, row, message, at, name->taken, name->text);
    return at + name->taken;
}
