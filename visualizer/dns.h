/*
 * dns.h - the Domain Name System (RFC 1034, 1035): names to addresses, and
 * domains to their mail servers. Over UDP a message is a datagram; over TCP it
 * has its length before it (RFC 1035 §4.2.2).
 *
 * dns.c reads the message, dns_name.c the compressed names, dns_records.c what
 * the records hold, dns_rows.c explains the fields. A response is matched with
 * its query by the flow and the identifier.
 */
#ifndef PLI_VISUALIZER_DNS_H
#define PLI_VISUALIZER_DNS_H

#include "visualizer/packet.h"
#include "visualizer/stream.h"

enum dns_type {
    DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_NULL = 10, DNS_PTR = 12, DNS_HINFO = 13, DNS_MINFO = 14,
    DNS_MX = 15, DNS_TXT = 16, DNS_RP = 17, DNS_AAAA = 28, DNS_SRV = 33, DNS_NAPTR = 35, DNS_DNAME = 39, DNS_OPT = 41,
    DNS_DS = 43, DNS_SSHFP = 44, DNS_RRSIG = 46, DNS_NSEC = 47, DNS_DNSKEY = 48, DNS_NSEC3 = 50, DNS_NSEC3PARAM = 51,
    DNS_TLSA = 52, DNS_SMIMEA = 53, DNS_OPENPGPKEY = 61, DNS_SVCB = 64, DNS_HTTPS = 65, DNS_SPF = 99, DNS_ANY = 255,
    DNS_CAA = 257,
};

/* What the exchange engine wants to know of a message; texts are in the packet's arena. */
enum { DNS_ANSWERS_NOTED = 32 };

struct dns_answer {
    uint16_t type;
    uint8_t section;            /* 1 answer, 2 authority, 3 additional */
    const char *name;           /* whose record it is */
    const char *value;          /* "10.0.0.25", "10 mail.example.org" ...; "" when there is none to show */
    struct net_address address;     /* of A and AAAA */
};

struct dns_detail {
    bool response;
    uint16_t id;
    uint8_t opcode, code;       /* code: of the reply, 0 no error, 3 no such name */
    bool truncated;
    const char *name;           /* the first question; NULL without one */
    uint16_t type;
    uint32_t query;             /* the packet with the question that this answers; 0 */
    int64_t time;               /* since then, nanoseconds */
    const struct dns_answer *answers;
    size_t answer_count;        /* at most DNS_ANSWERS_NOTED */
};

/* "MX", or "TYPE1234" in the packet's arena. */
const char *dns_type_name(struct packet *packet, uint16_t type);
extern const struct field_label dns_type_labels[];
extern const struct field_label dns_code_labels[];

extern const struct stream_ops dns_stream_ops;

/* --- between the files -------------------------------------------------------------- */

/* A name as text ("<Root>" for the root), and how many bytes it takes where it stands; 0 bytes when it is broken. */
struct dns_name {
    struct span text;           /* in the packet's arena, NUL after it */
    size_t taken;
    unsigned labels;
};

struct dns_name dns_read_name(struct packet *packet, struct slice message, size_t at);
/* Adds the field and answers where the bytes after the name are. */
size_t dns_name_field(struct packet *packet, unsigned row, struct slice message, size_t at, struct dns_name *name);

/* The data of a record; answer gets its value. */
void dns_record(struct packet *packet, struct slice message, size_t at, size_t length, uint16_t type,
                struct dns_answer *answer);
void dns_option_record(struct packet *packet, struct slice data);

enum {
    DNS_LENGTH, DNS_ID, DNS_FLAGS, DNS_RESPONSE, DNS_OPCODE, DNS_AUTHORITATIVE, DNS_TRUNCATED, DNS_RECURSION_DESIRED,
    DNS_RECURSION_AVAILABLE, DNS_Z, DNS_AUTHENTICATED, DNS_CHECK_DISABLED, DNS_RCODE, DNS_COUNT_QUERIES,
    DNS_COUNT_ANSWERS, DNS_COUNT_AUTHORITIES, DNS_COUNT_ADDITIONAL, DNS_QUERY_NAME, DNS_QUERY_NAME_LENGTH,
    DNS_QUERY_LABELS, DNS_QUERY_TYPE, DNS_QUERY_CLASS, DNS_QUERY_UNICAST, DNS_SRV_SERVICE, DNS_SRV_PROTOCOL,
    DNS_SRV_NAME, DNS_RESPONSE_NAME, DNS_RESPONSE_TYPE, DNS_RESPONSE_CLASS, DNS_CACHE_FLUSH, DNS_TTL, DNS_DATA_LENGTH,
    DNS_PAYLOAD_SIZE, DNS_EXTENDED_RCODE, DNS_EDNS_VERSION, DNS_OPT_Z, DNS_OPT_DO, DNS_OPT_RESERVED, DNS_OPTION,
    DNS_OPTION_CODE, DNS_OPTION_LENGTH, DNS_OPTION_DATA, DNS_CLIENT_FAMILY, DNS_CLIENT_MASK, DNS_CLIENT_SCOPE,
    DNS_CLIENT_IPV4, DNS_CLIENT_IPV6, DNS_COOKIE_CLIENT, DNS_COOKIE_SERVER, DNS_PADDING, DNS_ERROR_CODE,
    DNS_ERROR_TEXT, DNS_KEEPALIVE, DNS_ADDRESS, DNS_ADDRESS6, DNS_NAME_SERVER, DNS_ALIAS, DNS_SOA_SERVER,
    DNS_SOA_MAILBOX, DNS_SOA_SERIAL, DNS_SOA_REFRESH, DNS_SOA_RETRY, DNS_SOA_EXPIRE, DNS_SOA_MINIMUM, DNS_POINTER,
    DNS_HINFO_CPU_LENGTH, DNS_HINFO_CPU, DNS_HINFO_OS_LENGTH, DNS_HINFO_OS, DNS_MX_PREFERENCE, DNS_MX_EXCHANGE,
    DNS_TXT_LENGTH, DNS_TXT_TEXT, DNS_SPF_LENGTH, DNS_SPF_TEXT, DNS_RP_MAILBOX, DNS_RP_TEXT, DNS_SRV_PRIORITY,
    DNS_SRV_WEIGHT, DNS_SRV_PORT, DNS_SRV_TARGET, DNS_NAPTR_ORDER, DNS_NAPTR_PREFERENCE, DNS_NAPTR_FLAGS_LENGTH,
    DNS_NAPTR_FLAGS, DNS_NAPTR_SERVICE_LENGTH, DNS_NAPTR_SERVICE, DNS_NAPTR_REGEX_LENGTH, DNS_NAPTR_REGEX,
    DNS_NAPTR_REPLACEMENT_LENGTH, DNS_NAPTR_REPLACEMENT, DNS_DNAME_TARGET, DNS_DS_KEY, DNS_DS_ALGORITHM,
        DNS_DS_DIGEST_TYPE,
    DNS_DS_DIGEST, DNS_SSHFP_ALGORITHM, DNS_SSHFP_TYPE, DNS_SSHFP_FINGERPRINT, DNS_RRSIG_TYPE, DNS_RRSIG_ALGORITHM,
    DNS_RRSIG_LABELS, DNS_RRSIG_TTL, DNS_RRSIG_EXPIRATION, DNS_RRSIG_INCEPTION, DNS_RRSIG_KEY, DNS_RRSIG_SIGNER,
    DNS_RRSIG_SIGNATURE, DNS_NSEC_NEXT, DNS_DNSKEY_FLAGS, DNS_DNSKEY_ZONE, DNS_DNSKEY_REVOKED, DNS_DNSKEY_SECURE,
    DNS_DNSKEY_RESERVED, DNS_DNSKEY_PROTOCOL, DNS_DNSKEY_ALGORITHM, DNS_DNSKEY_ID, DNS_DNSKEY_KEY, DNS_NSEC3_ALGORITHM,
    DNS_NSEC3_FLAGS, DNS_NSEC3_OPT_OUT, DNS_NSEC3_ITERATIONS, DNS_NSEC3_SALT_LENGTH, DNS_NSEC3_SALT,
    DNS_NSEC3_HASH_LENGTH, DNS_NSEC3_HASH, DNS_TLSA_USAGE, DNS_TLSA_SELECTOR, DNS_TLSA_MATCHING, DNS_TLSA_DATA,
    DNS_OPENPGP, DNS_SVCB_PRIORITY, DNS_SVCB_TARGET, DNS_SVCB_PARAMETER, DNS_SVCB_KEY, DNS_SVCB_VALUE_LENGTH,
    DNS_SVCB_VALUE, DNS_SVCB_MANDATORY, DNS_SVCB_ALPN_LENGTH, DNS_SVCB_ALPN, DNS_SVCB_PORT, DNS_SVCB_IPV4,
    DNS_SVCB_IPV6, DNS_CAA_FLAGS, DNS_CAA_CRITICAL, DNS_CAA_TAG_LENGTH, DNS_CAA_TAG, DNS_CAA_ISSUE, DNS_CAA_ISSUEWILD,
    DNS_CAA_IODEF, DNS_CAA_UNKNOWN, DNS_CAA_VALUE, DNS_NULL_DATA, DNS_UNKNOWN_DATA, DNS_RETRANSMISSION,
    DNS_RETRANSMITTED_IN, DNS_RESPONSE_TO, DNS_TIME, DNS_UNSOLICITED, DNS_FIELDS
};

extern const struct field_row dns_rows[DNS_FIELDS];

#endif
