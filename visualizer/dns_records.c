/*
 * dns_records.c - what DNS records hold, type by type: addresses and names
 * (RFC 1035), mail servers, texts, services (RFC 2782, 9460), options of the
 * message (RFC 6891), signatures and keys (RFC 4034, 5155), certificates
 * (RFC 6698, 8659).
 *
 * A row of the table says for each type how its data are read; simple ones are
 * described by a list of fixed parts, the others have a function.
 */
#include "visualizer/dns.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where we are in the data of one record. */
struct reader {
    struct packet *packet;
    struct slice message;
    size_t at, end;
    struct dns_answer *answer;
};

static size_t left(const struct reader *reader)
{
    return reader->at < reader->end ? reader->end - reader->at : 0;
}

static uint64_t number(struct reader *reader, unsigned row, size_t width)
{
    if (left(reader) < width) {
        packet_malformed(reader->packet, N_("The data of a DNS record end too early."));
        reader->at = reader->end;
        return 0;
    }
    uint64_t value = width == 1   ? get_u8(reader->message, reader->at)
                     : width == 2 ? get_u16(reader->message, reader->at)
                                  : get_u32(reader->message, reader->at);
    field_number(reader->packet, row, reader->message, reader->at, width, value);
    reader->at += width;
    return value;
}

static struct span name(struct reader *reader, unsigned row)
{
    struct dns_name found;
    size_t next = dns_name_field(reader->packet, row, reader->message, reader->at, &found);
    reader->at = found.taken > 0 ? next : reader->end;
    return found.text;
}

static void bytes(struct reader *reader, unsigned row, size_t size)
{
    if (size > left(reader))
        size = left(reader);
    if (size > 0)
        field_bytes(reader->packet, row, reader->message, reader->at, size);
    reader->at += size;
}

/* A string after its length. */
static struct span string(struct reader *reader, unsigned length_row, unsigned row)
{
    size_t size = number(reader, length_row, 1);
    if (size > left(reader)) {
        packet_malformed(reader->packet, N_("A text in a DNS record is longer than the record."));
        size = left(reader);
    }
    struct span text = { (const char *)reader->message.at + reader->at, size };
    field_bytes(reader->packet, row, reader->message, reader->at, size);
    reader->at += size;
    return text;
}

static void value(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void value(struct reader *reader, const char *format, ...)
{
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reader->answer->value = packet_text(reader->packet, "%s", text);
}

static void name_value(struct reader *reader, struct span text)
{
    value(reader, "%.*s", (int)text.len, text.at);
}

static void address(struct reader *reader, unsigned row, size_t size, enum address_family family)
{
    if (left(reader) < size) {
        packet_malformed(reader->packet, N_("An address in a DNS record is too short."));
        return;
    }
    struct net_address *found = &reader->answer->address;
    found->family = family;
    memcpy(found->bytes, reader->message.at + reader->at, size);
    char text[INET6_ADDRSTRLEN];
    value(reader, "%s", inet_ntop(size == 4 ? AF_INET : AF_INET6, found->bytes, text, sizeof text));
    bytes(reader, row, size);
}

static void a_record(struct reader *reader)
{
    address(reader, DNS_ADDRESS, 4, ADDRESS_IPV4);
}

static void aaaa_record(struct reader *reader)
{
    address(reader, DNS_ADDRESS6, 16, ADDRESS_IPV6);
}

static void ns_record(struct reader *reader)
{
    name_value(reader, name(reader, DNS_NAME_SERVER));
}

static void cname_record(struct reader *reader)
{
    name_value(reader, name(reader, DNS_ALIAS));
}

static void ptr_record(struct reader *reader)
{
    name_value(reader, name(reader, DNS_POINTER));
}

static void dname_record(struct reader *reader)
{
    name_value(reader, name(reader, DNS_DNAME_TARGET));
}

static void soa_record(struct reader *reader)
{
    struct span server = name(reader, DNS_SOA_SERVER);
    name(reader, DNS_SOA_MAILBOX);
    for (unsigned row = DNS_SOA_SERIAL; row <= DNS_SOA_MINIMUM; row++)
        number(reader, row, 4);
    name_value(reader, server);
}

static void mx_record(struct reader *reader)
{
    unsigned preference = (unsigned)number(reader, DNS_MX_PREFERENCE, 2);
    struct span host = name(reader, DNS_MX_EXCHANGE);
    value(reader, "%u %.*s", preference, (int)host.len, host.at);
}

static void strings(struct reader *reader, unsigned length_row, unsigned row)
{
    struct span first = { "", 0 };
    while (left(reader) > 0) {
        struct span text = string(reader, length_row, row);
        if (first.len == 0)
            first = text;
    }
    name_value(reader, first);
}

static void txt_record(struct reader *reader)
{
    strings(reader, DNS_TXT_LENGTH, DNS_TXT_TEXT);
}

static void spf_record(struct reader *reader)
{
    strings(reader, DNS_SPF_LENGTH, DNS_SPF_TEXT);
}

static void hinfo_record(struct reader *reader)
{
    string(reader, DNS_HINFO_CPU_LENGTH, DNS_HINFO_CPU);
    string(reader, DNS_HINFO_OS_LENGTH, DNS_HINFO_OS);
}

static void rp_record(struct reader *reader)
{
    name(reader, DNS_RP_MAILBOX);
    name(reader, DNS_RP_TEXT);
}

static void srv_record(struct reader *reader)
{
    number(reader, DNS_SRV_PRIORITY, 2);
    number(reader, DNS_SRV_WEIGHT, 2);
    unsigned port = (unsigned)number(reader, DNS_SRV_PORT, 2);
    struct span host = name(reader, DNS_SRV_TARGET);
    value(reader, "%.*s port %u", (int)host.len, host.at, port);
}

static void naptr_record(struct reader *reader)
{
    number(reader, DNS_NAPTR_ORDER, 2);
    number(reader, DNS_NAPTR_PREFERENCE, 2);
    string(reader, DNS_NAPTR_FLAGS_LENGTH, DNS_NAPTR_FLAGS);
    string(reader, DNS_NAPTR_SERVICE_LENGTH, DNS_NAPTR_SERVICE);
    string(reader, DNS_NAPTR_REGEX_LENGTH, DNS_NAPTR_REGEX);
    size_t start = reader->at;
    struct dns_name found = dns_read_name(reader->packet, reader->message, start);
    field_number(reader->packet, DNS_NAPTR_REPLACEMENT_LENGTH, reader->message, start, 0, found.text.len);
    field_text(reader->packet, DNS_NAPTR_REPLACEMENT, reader->message, start, found.taken, found.text);
    reader->at = reader->end;
}

static void ds_record(struct reader *reader)
{
    number(reader, DNS_DS_KEY, 2);
    number(reader, DNS_DS_ALGORITHM, 1);
    number(reader, DNS_DS_DIGEST_TYPE, 1);
    bytes(reader, DNS_DS_DIGEST, left(reader));
}

static void sshfp_record(struct reader *reader)
{
    number(reader, DNS_SSHFP_ALGORITHM, 1);
    number(reader, DNS_SSHFP_TYPE, 1);
    bytes(reader, DNS_SSHFP_FINGERPRINT, left(reader));
}

static void time_field(struct reader *reader, unsigned row)
{
    int64_t seconds = get_u32(reader->message, reader->at);
    if (left(reader) >= 4)
        field_time(reader->packet, row, reader->message, reader->at, 4, seconds * 1000000000);
    reader->at += 4;
}

static void rrsig_record(struct reader *reader)
{
    number(reader, DNS_RRSIG_TYPE, 2);
    number(reader, DNS_RRSIG_ALGORITHM, 1);
    number(reader, DNS_RRSIG_LABELS, 1);
    number(reader, DNS_RRSIG_TTL, 4);
    time_field(reader, DNS_RRSIG_EXPIRATION);
    time_field(reader, DNS_RRSIG_INCEPTION);
    number(reader, DNS_RRSIG_KEY, 2);
    name(reader, DNS_RRSIG_SIGNER);
    bytes(reader, DNS_RRSIG_SIGNATURE, left(reader));
}

/* Which types there are: windows of 256 types, a bit for each (RFC 4034 §4.1.2). */
static void type_map(struct reader *reader)
{
    while (left(reader) >= 2) {
        unsigned window = get_u8(reader->message, reader->at), size = get_u8(reader->message, reader->at + 1);
        reader->at += 2;
        for (unsigned i = 0; i < size && left(reader) > 0; i++, reader->at++)
            for (unsigned bit = 0; bit < 8; bit++)
                if (get_u8(reader->message, reader->at) & 0x80 >> bit)
                    field_number(reader->packet, DNS_RESPONSE_TYPE, reader->message, reader->at, 1,
                                 window * 256 + i * 8 + bit);
    }
}

static void nsec_record(struct reader *reader)
{
    name_value(reader, name(reader, DNS_NSEC_NEXT));
    type_map(reader);
}

/* RFC 4034 appendix B: the key tag is a checksum over the record's data. */
static uint16_t key_tag(struct slice message, size_t at, size_t end)
{
    uint32_t sum = 0;
    for (size_t i = at; i < end; i++)
        sum += (i - at) & 1 ? get_u8(message, i) : (uint32_t)get_u8(message, i) << 8;
    return (uint16_t)(sum + (sum >> 16));
}

static void dnskey_record(struct reader *reader)
{
    struct packet *packet = reader->packet;
    size_t start = reader->at;
    uint64_t flags = number(reader, DNS_DNSKEY_FLAGS, 2);
    field_number(packet, DNS_DNSKEY_ZONE, reader->message, start, 2, flags >> 8 & 1);
    field_number(packet, DNS_DNSKEY_REVOKED, reader->message, start, 2, flags >> 7 & 1);
    field_number(packet, DNS_DNSKEY_SECURE, reader->message, start, 2, flags & 1);
    field_number(packet, DNS_DNSKEY_RESERVED, reader->message, start, 2, (flags & 0xfe7e) >> 1);
    number(reader, DNS_DNSKEY_PROTOCOL, 1);
    number(reader, DNS_DNSKEY_ALGORITHM, 1);
    field_number(packet, DNS_DNSKEY_ID, reader->message, start, 0, key_tag(reader->message, start, reader->end));
    bytes(reader, DNS_DNSKEY_KEY, left(reader));
}

/* RFC 4648 §7: base32 with the extended hex alphabet. */
static struct span base32(struct packet *packet, struct slice data)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    size_t length = (data.len * 8 + 4) / 5;
    char *text = packet_memory(packet, length + 1);
    for (size_t i = 0; i < length; i++) {
        size_t bit = i * 5;
        unsigned pair = (unsigned)get_u8(data, bit / 8) << 8 | get_u8(data, bit / 8 + 1);
        text[i] = digits[pair >> (11 - bit % 8) & 31];
    }
    return (struct span){ text, length };
}

static void nsec3_parameters(struct reader *reader)
{
    number(reader, DNS_NSEC3_ALGORITHM, 1);
    uint64_t flags = number(reader, DNS_NSEC3_FLAGS, 1);
    field_number(reader->packet, DNS_NSEC3_OPT_OUT, reader->message, reader->at - 1, 1, flags & 1);
    number(reader, DNS_NSEC3_ITERATIONS, 2);
    bytes(reader, DNS_NSEC3_SALT, number(reader, DNS_NSEC3_SALT_LENGTH, 1));
}

static void nsec3_record(struct reader *reader)
{
    nsec3_parameters(reader);
    size_t size = number(reader, DNS_NSEC3_HASH_LENGTH, 1);
    if (size > left(reader))
        size = left(reader);
    field_text(reader->packet, DNS_NSEC3_HASH, reader->message, reader->at, size,
               base32(reader->packet, slice_part(reader->message, reader->at, size)));
    reader->at += size;
    type_map(reader);
}

static void tlsa_record(struct reader *reader)
{
    number(reader, DNS_TLSA_USAGE, 1);
    number(reader, DNS_TLSA_SELECTOR, 1);
    number(reader, DNS_TLSA_MATCHING, 1);
    bytes(reader, DNS_TLSA_DATA, left(reader));
}

static void openpgp_record(struct reader *reader)
{
    bytes(reader, DNS_OPENPGP, left(reader));
}

static void service_value(struct reader *reader, uint64_t key)
{
    while (left(reader) > 0) {
        size_t before = reader->at;
        if (key == 0)
            number(reader, DNS_SVCB_MANDATORY, 2);
        else if (key == 1)
            string(reader, DNS_SVCB_ALPN_LENGTH, DNS_SVCB_ALPN);
        else if (key == 3)
            number(reader, DNS_SVCB_PORT, 2);
        else if (key == 4 && left(reader) >= 4)
            bytes(reader, DNS_SVCB_IPV4, 4);
        else if (key == 6 && left(reader) >= 16)
            bytes(reader, DNS_SVCB_IPV6, 16);
        else
            bytes(reader, DNS_SVCB_VALUE, left(reader));
        if (reader->at == before)
            return;
    }
}

static void svcb_record(struct reader *reader)
{
    number(reader, DNS_SVCB_PRIORITY, 2);
    name_value(reader, name(reader, DNS_SVCB_TARGET));
    while (left(reader) >= 4) {
        field_number(reader->packet, DNS_SVCB_PARAMETER, reader->message, reader->at, 4, 1);
        uint64_t key = number(reader, DNS_SVCB_KEY, 2);
        size_t size = number(reader, DNS_SVCB_VALUE_LENGTH, 2), end = reader->end;
        if (size > left(reader))
            size = left(reader);
        reader->end = reader->at + size;
        service_value(reader, key);
        reader->at = reader->end;
        reader->end = end;
    }
}

static void caa_record(struct reader *reader)
{
    uint64_t flags = number(reader, DNS_CAA_FLAGS, 1);
    field_number(reader->packet, DNS_CAA_CRITICAL, reader->message, reader->at - 1, 1, flags >> 7);
    size_t start = reader->at;
    size_t size = get_u8(reader->message, start);
    unsigned row = DNS_CAA_UNKNOWN;
    static const struct {
        const char *tag;
        unsigned row;
    } tags[] = { { "issue", DNS_CAA_ISSUE }, { "issuewild", DNS_CAA_ISSUEWILD }, { "iodef", DNS_CAA_IODEF } };
    for (size_t i = 0; i < 3 && start + 1 + size <= reader->end; i++)
        if (size == strlen(tags[i].tag) && memcmp(reader->message.at + start + 1, tags[i].tag, size) == 0)
            row = tags[i].row;
    string(reader, DNS_CAA_TAG_LENGTH, DNS_CAA_TAG);
    field_bytes(reader->packet, row, reader->message, reader->at, left(reader));
    bytes(reader, DNS_CAA_VALUE, left(reader));
}

static void null_record(struct reader *reader)
{
    bytes(reader, DNS_NULL_DATA, left(reader));
}

static const struct {
    uint16_t type;
    void (*read)(struct reader *reader);
} types[] = {
    { DNS_A, a_record },           { DNS_AAAA, aaaa_record },         { DNS_NS, ns_record },
    { DNS_CNAME, cname_record },   { DNS_SOA, soa_record },           { DNS_PTR, ptr_record },
    { DNS_MX, mx_record },         { DNS_TXT, txt_record },           { DNS_SPF, spf_record },
    { DNS_HINFO, hinfo_record },   { DNS_RP, rp_record },             { DNS_SRV, srv_record },
    { DNS_NAPTR, naptr_record },   { DNS_DNAME, dname_record },       { DNS_DS, ds_record },
    { DNS_SSHFP, sshfp_record },   { DNS_RRSIG, rrsig_record },       { DNS_NSEC, nsec_record },
    { DNS_DNSKEY, dnskey_record }, { DNS_NSEC3, nsec3_record },       { DNS_NSEC3PARAM, nsec3_parameters },
    { DNS_TLSA, tlsa_record },     { DNS_SMIMEA, tlsa_record },       { DNS_OPENPGPKEY, openpgp_record },
    { DNS_SVCB, svcb_record },     { DNS_HTTPS, svcb_record },        { DNS_CAA, caa_record },
    { DNS_NULL, null_record },
};

void dns_record(struct packet *packet, struct slice message, size_t at, size_t length, uint16_t type,
                struct dns_answer *answer)
{
    struct reader reader = { packet, message, at, at + length, answer };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type) {
            types[i].read(&reader);
            return;
        }
    bytes(&reader, DNS_UNKNOWN_DATA, length);
}

/* --- options of the message -------------------------------------------------------- */

static void subnet_option(struct reader *reader)
{
    uint64_t family = number(reader, DNS_CLIENT_FAMILY, 2);
    number(reader, DNS_CLIENT_MASK, 1);
    number(reader, DNS_CLIENT_SCOPE, 1);
    size_t size = family == 1 ? 4 : 16;
    uint8_t *padded = packet_memory(reader->packet, 16);
    for (size_t i = 0; i < size && i < left(reader); i++)
        padded[i] = get_u8(reader->message, reader->at + i);
    unsigned row = family == 1 ? DNS_CLIENT_IPV4 : DNS_CLIENT_IPV6;
    if (!field_wanted(reader->packet, row))
        return;
    struct field *field = packet_add_field(reader->packet, row, reader->message, reader->at, left(reader));
    field->value.bytes = padded;
    field->size = (uint32_t)size;
}

static void option_value(struct reader *reader, uint64_t code)
{
    if (code == 8 && left(reader) >= 4)
        subnet_option(reader);
    else if (code == 10) {
        bytes(reader, DNS_COOKIE_CLIENT, 8);
        field_bytes(reader->packet, DNS_COOKIE_SERVER, reader->message, reader->at, left(reader));
    } else if (code == 11 && left(reader) >= 2)
        number(reader, DNS_KEEPALIVE, 2);
    else if (code == 12)
        bytes(reader, DNS_PADDING, left(reader));
    else if (code == 15 && left(reader) >= 2) {
        number(reader, DNS_ERROR_CODE, 2);
        bytes(reader, DNS_ERROR_TEXT, left(reader));
    }
}

void dns_option_record(struct packet *packet, struct slice data)
{
    struct reader reader = { packet, data, 0, data.len, NULL };
    while (left(&reader) >= 4) {
        field_number(packet, DNS_OPTION, data, reader.at, 4, 1);
        uint64_t code = number(&reader, DNS_OPTION_CODE, 2);
        size_t size = number(&reader, DNS_OPTION_LENGTH, 2);
        if (size > left(&reader)) {
            packet_malformed(packet, N_("An option of the DNS message is longer than its record."));
            return;
        }
        size_t start = reader.at;
        reader.end = start + size;
        if (size > 0)
            field_bytes(packet, DNS_OPTION_DATA, data, start, size);
        option_value(&reader, code);
        reader.at = start + size;
        reader.end = data.len;
    }
}
