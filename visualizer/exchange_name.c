/*
 * exchange_name.c - DNS lookups and DHCP: applications that serve the layers
 * below. From the answers the hosts get their names.
 */
#include <stdio.h>
#include <string.h>

#include "visualizer/exchange_build.h"

struct name_part {
    struct pending *pending;
};

struct name_part *name_part_new(void)
{
    return mem_alloc(sizeof(struct name_part));
}

void name_part_free(struct name_part *part)
{
    pending_free(&part->pending);
    free(part);
}

static struct span text_of(const struct field *field)
{
    return field ? (struct span){ (const char *)field->value.bytes, field->size } : (struct span){ "", 0 };
}

/* --- DNS (RFC 1035) ------------------------------------------------------------------- */

struct question {
    unsigned type;
    const char *name;
    enum layer_id row;
};

static const struct question questions[] = {
    { 1, N_("name lookup (A)"), LAYER_DNS_ADDRESS },
    { 28, N_("name lookup (AAAA)"), LAYER_DNS_ADDRESS },
    { 15, N_("name lookup (MX)"), LAYER_DNS_MX },
    { 12, N_("name lookup (PTR)"), LAYER_DNS_OTHER },
    { 2, N_("name lookup (NS)"), LAYER_DNS_OTHER },
    { 5, N_("name lookup (CNAME)"), LAYER_DNS_OTHER },
    { 6, N_("name lookup (SOA)"), LAYER_DNS_OTHER },
    { 16, N_("name lookup (TXT)"), LAYER_DNS_OTHER },
    { 99, N_("name lookup (SPF)"), LAYER_DNS_OTHER },
    { 33, N_("name lookup (SRV)"), LAYER_DNS_OTHER },
    { 252, N_("zone transfer"), LAYER_DNS_OTHER },
    { 255, N_("name lookup (any)"), LAYER_DNS_OTHER },
    { 0, N_("name lookup"), LAYER_DNS_OTHER },
};

static const struct question *question_of(unsigned type)
{
    size_t i = 0;
    while (questions[i].type != type && questions[i].type != 0)
        i++;
    return &questions[i];
}

static const char *rcode_text(unsigned code)
{
    switch (code) {
    case 0: return NULL;
    case 1: return N_("the server did not understand the question");
    case 2: return N_("the server failed");
    case 3: return N_("no such name");
    case 5: return N_("the server refuses");
    default: return N_("the server reports an error");
    }
}

/* The address that a question for its name is about: 25.0.0.10.in-addr.arpa is 10.0.0.25 (RFC 1035 §3.5). */
static bool reverse_address(struct span name, struct net_address *address)
{
    char text[64];
    unsigned part[4];
    int end = 0;
    snprintf(text, sizeof text, "%.*s", (int)(name.len < 60 ? name.len : 60), name.at);
    if (sscanf(text, "%3u.%3u.%3u.%3u.in-addr.arpa%n", &part[3], &part[2], &part[1], &part[0], &end) != 4 || end == 0)
        return false;
    address->family = ADDRESS_IPV4;
    for (int i = 0; i < 4; i++)
        address->bytes[i] = (uint8_t)part[i];
    return true;
}

/* Which host has which name: A and AAAA answers by their own name, PTR by the question. */
static void learn_names(struct exchange_list *list, const struct packet *packet)
{
    const struct exchange_places *places = list->places;
    struct span name = { "", 0 };
    for (size_t i = 0; i < packet->field_count; i++) {
        const struct field *field = &packet->fields[i];
        struct net_address address = { .family = ADDRESS_NONE };
        if (exchange_field_is(places, field, WANT_DNS_NAME) || exchange_field_is(places, field, WANT_DNS_QUERY_NAME)) {
            name = text_of(field);
        } else if (exchange_field_is(places, field, WANT_DNS_A) || exchange_field_is(places, field, WANT_DNS_AAAA)) {
            address = exchange_address(field);
            host_name(list, &address, name, NAME_ANSWER);
        } else if (exchange_field_is(places, field, WANT_DNS_PTR) && reverse_address(name, &address)) {
            host_name(list, &address, text_of(field), NAME_POINTER);
        }
    }
}

static void add_list(struct exchange_list *list, const struct packet *packet, enum exchange_field which,
                     struct buf *out)
{
    const struct field *field;
    for (size_t n = 0; n < 8 && (field = exchange_field_nth(list->places, packet, which, n)) != NULL; n++) {
        buf_add_text(out, out->len ? ", " : "");
        field_write(field, out);
    }
}

static char *answers(struct exchange_list *list, const struct packet *packet, unsigned type)
{
    static const struct {
        unsigned type;
        enum exchange_field field;
    } where[] = { { 1, WANT_DNS_A }, { 28, WANT_DNS_AAAA }, { 15, WANT_DNS_MX }, { 12, WANT_DNS_PTR },
                  { 2, WANT_DNS_NS }, { 5, WANT_DNS_CNAME }, { 16, WANT_DNS_TXT }, { 99, WANT_DNS_SPF } };
    struct buf out;
    buf_init(&out, 500);
    for (size_t i = 0; i < sizeof where / sizeof where[0]; i++)
        if (where[i].type == type)
            add_list(list, packet, where[i].field, &out);
    char *text = mem_text(buf_text(&out));
    buf_free(&out);
    return text;
}

static void answer(struct exchange_list *list, const struct packet *packet, struct exchange *exchange,
                   struct exchange_step *step, const char *name, unsigned type)
{
    const char *failure = rcode_text((unsigned)exchange_number(list->places, packet, WANT_DNS_RCODE, 0));
    char *found = answers(list, packet, type);
    const char *says = failure ? _(failure) : found[0] ? found : _("no such record");
    exchange_says(step, "%s: %s", name, says);
    exchange_summary(exchange, "%s → %s", name, says);
    free(found);
    learn_names(list, packet);
    exchange_close(exchange);
}

static struct exchange *dns_packet(struct exchange_list *list, const struct packet *packet, unsigned connection)
{
    const bool response = exchange_number(list->places, packet, WANT_DNS_RESPONSE, 0) != 0;
    const unsigned id = (unsigned)exchange_number(list->places, packet, WANT_DNS_ID, 0);
    const unsigned type = (unsigned)exchange_number(list->places, packet, WANT_DNS_QUERY_TYPE, 0);
    const struct question *question = question_of(type);
    const struct host *from = host_of(list, &packet->from), *to = host_of(list, &packet->to);
    const bool multicast = packet->to_port == 5353;
    char *name = exchange_text(text_of(exchange_field(list->places, packet, WANT_DNS_QUERY_NAME)));
    char key[PENDING_KEY];
    if (response)
        snprintf(key, sizeof key, "dns %u %s %u %s", id, to->address, packet->to_port, from->address);
    else
        snprintf(key, sizeof key, "dns %u %s %u %s", id, from->address, packet->from_port, to->address);
    struct exchange *exchange = pending_find(list->name->pending, key);
    const bool asked = exchange != NULL && response;
    if (!exchange) {
        const struct beginning how = { question->row, multicast ? "mDNS" : "DNS", question->name,
                                       multicast ? "RFC 6762" : type == 15 ? "RFC 5321 §5.1" : "RFC 1035 §4", from, to,
                                       connection };
        exchange = exchange_begin(list, packet, &how);
        pending_set(&list->name->pending, key, exchange);
    } else if (!response) {
        exchange_remark(exchange, REMARK_LOSS, packet->number,
                        N_("The question was asked again: the answer did not come in time."), "RFC 1035 §4.2.1");
    }
    struct exchange_step *step = exchange_add(list, exchange, packet, STEP_SAYS, asked);
    const struct layer *layer = packet_layer(packet, PROTOCOL_DNS);
    exchange_bytes(exchange, step, layer->length);
    if (response) {
        answer(list, packet, exchange, step, name, type);
        pending_drop(&list->name->pending, key);
    } else {
        exchange_says(step, "%s?", name);
        exchange_summary(exchange, "%s?", name);
    }
    free(name);
    return exchange;
}

/* --- DHCP (RFC 2131) and DHCPv6 (RFC 8415) ----------------------------------------------- */

static const char *dhcp_word(unsigned type)
{
    static const char *const words[] = { "",    "DISCOVER", "OFFER",   "REQUEST", "DECLINE",
                                         "ACK", "NAK",      "RELEASE", "INFORM" };
    return type < sizeof words / sizeof words[0] ? words[type] : "?";
}

static const char *dhcp6_word(unsigned type)
{
    static const char *const words[] = { "",           "SOLICIT",   "ADVERTISE",   "REQUEST",
                                         "CONFIRM",    "RENEW",     "REBIND",      "REPLY",
                                         "RELEASE",    "DECLINE",   "RECONFIGURE", "INFORMATION-REQUEST",
                                         "RELAY-FORW", "RELAY-REPL" };
    return type < sizeof words / sizeof words[0] ? words[type] : "?";
}

/* Before it has an IPv4 address, the client is known by its MAC address. */
static const struct host *dhcp_client(struct exchange_list *list, const struct packet *packet)
{
    const struct net_address hardware = exchange_address(exchange_field(list->places, packet, WANT_DHCP_HARDWARE));
    return hardware.family == ADDRESS_ETHER ? host_of(list, &hardware) : host_of(list, &packet->from);
}

static struct exchange *begin_dhcp(struct exchange_list *list, const struct packet *packet, const char *key, bool six,
                                   const struct host *from, const struct host *to)
{
    struct exchange *exchange = pending_find(list->name->pending, key);
    if (exchange)
        return exchange;
    const struct beginning how = { LAYER_DHCP, six ? "DHCPv6" : "DHCP", N_("address assignment (DHCP)"),
                                   six ? "RFC 8415 §18" : "RFC 2131 §3.1", from, to, 0 };
    exchange = exchange_begin(list, packet, &how);
    pending_set(&list->name->pending, key, exchange);
    return exchange;
}

static struct exchange *dhcp_packet(struct exchange_list *list, const struct packet *packet)
{
    enum { OFFER = 2, ACK = 5, NAK = 6 };
    const unsigned type = (unsigned)exchange_number(list->places, packet, WANT_DHCP_TYPE, 0);
    const bool server = type == OFFER || type == ACK || type == NAK;
    const struct host *client = dhcp_client(list, packet);
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "dhcp %llx %s",
             (unsigned long long)exchange_number(list->places, packet, WANT_DHCP_TRANSACTION, 0), client->address);
    struct exchange *exchange = begin_dhcp(list, packet, key, false, server ? host_of(list, &packet->from) : client,
                                           server ? client : host_of(list, &packet->to));
    struct exchange_step *step =
        exchange_add(list, exchange, packet, STEP_SAYS, server && exchange->from_address == client->address);
    const struct net_address yours = exchange_address(exchange_field(list->places, packet, WANT_DHCP_YOUR));
    const bool gives = (type == OFFER || type == ACK) && yours.family == ADDRESS_IPV4;
    if (gives)
        exchange_says(step, "%s %s", dhcp_word(type), host_of(list, &yours)->address);
    else
        exchange_says(step, "%s", dhcp_word(type));
    if (type == ACK && gives)
        exchange_summary(exchange, _("%s gets %s from %s"), client->address, host_of(list, &yours)->address,
                         host_of(list, &packet->from)->shown);
    else if (!server || exchange->step_count == 1)
        exchange_summary(exchange, "%s", dhcp_word(type));
    if (type == ACK || type == NAK)
        exchange_close(exchange);
    return exchange;
}

static struct exchange *dhcp6_packet(struct exchange_list *list, const struct packet *packet)
{
    const unsigned type = (unsigned)exchange_number(list->places, packet, WANT_DHCP6_TYPE, 0);
    const bool server = type == 2 || type == 7 || type == 10;
    const struct host *from = host_of(list, &packet->from), *to = host_of(list, &packet->to);
    char key[PENDING_KEY];
    snprintf(key, sizeof key, "dhcp6 %llx %s",
             (unsigned long long)exchange_number(list->places, packet, WANT_DHCP6_TRANSACTION, 0),
             server ? to->address : from->address);
    struct exchange *exchange = begin_dhcp(list, packet, key, true, from, to);
    const bool backward = exchange->from_address != from->address;
    exchange_says(exchange_add(list, exchange, packet, STEP_SAYS, backward), "%s", dhcp6_word(type));
    const struct net_address given = exchange_address(exchange_field(list->places, packet, WANT_DHCP6_ADDRESS));
    if (exchange->step_count == 1)
        exchange_summary(exchange, "%s", dhcp6_word(type));
    else if (type == 7 && given.family == ADDRESS_IPV6)
        exchange_summary(exchange, _("%s gets %s from %s"), to->shown, host_of(list, &given)->address, from->shown);
    else if (type == 7)
        exchange_summary(exchange, _("%s answered by %s"), exchange->steps[0].text, from->shown);
    return exchange;
}

struct exchange *name_packet(struct exchange_list *list, const struct packet *packet, unsigned connection)
{
    for (size_t i = 0; i < packet->layer_count; i++) {
        switch (packet->layers[i].protocol) {
        case PROTOCOL_ICMPV4:
        case PROTOCOL_ICMPV6:
            return NULL; /* what it quotes is no lookup */
        case PROTOCOL_DNS:
            return dns_packet(list, packet, connection);
        case PROTOCOL_DHCP:
            return dhcp_packet(list, packet);
        case PROTOCOL_DHCPV6:
            return dhcp6_packet(list, packet);
        default:
            break;
        }
    }
    return NULL;
}
