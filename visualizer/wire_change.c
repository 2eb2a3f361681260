#include "wire_change.h"

#include <string.h>

#include "visualizer/checksum.h"
#include "visualizer/packet.h"
#include "visualizer/wire_fault.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58 };

/* Flags are bits of bytes that several share: which byte of the field's, and which bit. */
static const struct flag {
    const char *field;
    uint8_t byte, bit;
} flags[] = {
    { "tcp.flags.fin", 1, 0 }, { "tcp.flags.syn", 1, 1 }, { "tcp.flags.reset", 1, 2 }, { "tcp.flags.push", 1, 3 },
    { "tcp.flags.ack", 1, 4 }, { "tcp.flags.urg", 1, 5 }, { "tcp.flags.ece", 1, 6 }, { "tcp.flags.cwr", 1, 7 },
    { "ip.flags.mf", 0, 5 }, { "ip.flags.df", 0, 6 },
};

static const struct flag *flag_of(const char *field)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (strcmp(flags[i].field, field) == 0)
            return &flags[i];
    return NULL;
}

bool wire_change_knows(const char *field, bool *flag)
{
    struct field_place place;
    if (fields_find(field, &place, 1) == 0)
        return false;
    const struct field_row *row = &protocols[place.protocol]->rows[place.row];
    *flag = flag_of(field) != NULL;
    return *flag || (row->type != FIELD_BOOLEAN && row->type != FIELD_LABEL && row->type != FIELD_FRAME &&
                     place.protocol != PROTOCOL_FRAME);
}

/* --- places in the frame ----------------------------------------------------------------- */

/* Is the number made of these bytes and no others? */
static bool number_is(const struct packet *packet, const struct field *field)
{
    uint64_t value = 0;
    const uint8_t *bytes = packet->buffers[0].data + field->offset;
    if (field->length > 8)
        return false;
    for (uint32_t i = 0; i < field->length; i++)
        value = value << 8 | bytes[i];
    return value == field->value.number;
}

static bool is_number(const struct field_row *row)
{
    return row->type == FIELD_DECIMAL || row->type == FIELD_HEX;
}

/* The first field of this name that can be changed. */
static const struct field *find_field(const struct packet *packet, const char *name)
{
    const bool flag = flag_of(name) != NULL;
    for (size_t i = 0; packet != NULL && i < packet->field_count; i++) {
        const struct field *field = &packet->fields[i];
        const struct field_row *row = field_row(field);
        if (strcmp(row->name, name) != 0 || field->buffer != 0 || field->length == 0 ||
            (size_t)field->offset + field->length > packet->buffers[0].len)
            continue;
        if (flag || !is_number(row) || number_is(packet, field))
            return field;
    }
    return NULL;
}

/* The byte that holds the flag: fields of flags cover one byte or the two that all flags are in. */
static uint32_t flag_byte(const struct flag *flag, const struct field *field)
{
    return field->offset + (field->length > 1 ? flag->byte : 0);
}

/* Does the new value fit into the field's bytes? */
static bool fits(const struct wire_fault *fault, const struct field *field)
{
    if (fault->action == WIRE_CORRUPT || flag_of(fault->field) != NULL)
        return true;
    if (!is_number(field_row(field)))
        return field->length == fault->value_length;
    for (size_t i = 0; i + field->length < fault->value_length; i++)
        if (fault->value[i] != 0)
            return false;
    return true;
}

/* --- texts in the payload ------------------------------------------------------------------ */

static size_t occurrences(const struct wire_fault *fault, const struct wire_view *view)
{
    size_t count = 0;
    const uint8_t *at = view->payload, *end = at + view->payload_length;
    while (at < end && (at = memmem(at, (size_t)(end - at), fault->contains, fault->contains_length)) != NULL) {
        at += fault->contains_length;
        count++;
    }
    return count;
}

static const uint8_t *ip_of(const struct wire_view *view)
{
    return view->addresses == NULL ? NULL : view->addresses - (view->type == 0x0800 ? 12 : 8);
}

static bool is_fragment(const struct wire_view *view)
{
    const uint8_t *ip = ip_of(view);
    return ip != NULL && view->type == 0x0800 && ((ip[6] & 0x3f) != 0 || ip[7] != 0);
}

/* Of another length only in a whole datagram of UDP that stays short enough. */
static bool may_change_length(const struct wire_fault *fault, const struct wire_view *view)
{
    const size_t old = fault->contains_length, longer = fault->value_length > old ? fault->value_length - old : 0;
    return view->protocol == UDP && view->from_port != 0 && !is_fragment(view) &&
           (size_t)(view->payload - view->data) + view->payload_length + longer * occurrences(fault, view) <=
               WIRE_FRAME_MAX;
}

bool wire_change_can(const struct wire_fault *fault, const struct packet *packet, const uint8_t *data, size_t length)
{
    if (fault->field != NULL) {
        const struct field *field = find_field(packet, fault->field);
        return field != NULL && fits(fault, field);
    }
    if (fault->action == WIRE_CORRUPT)
        return fault->byte < length;
    if (fault->action != WIRE_REWRITE)
        return true;
    const struct wire_view view = wire_view_of(data, length);
    return occurrences(fault, &view) > 0 &&
           (fault->value_length == fault->contains_length || may_change_length(fault, &view));
}

/* --- changing ---------------------------------------------------------------------------------- */

static void change_field(const struct wire_fault *fault, const struct field *field, uint8_t *frame, uint32_t *byte,
                         uint8_t *bit)
{
    const struct flag *flag = flag_of(fault->field);
    const uint32_t last = field->offset + field->length - 1;
    *byte = flag != NULL ? flag_byte(flag, field) : fault->action == WIRE_CORRUPT ? last : field->offset;
    *bit = flag != NULL ? flag->bit : 0;
    if (fault->action == WIRE_CORRUPT) {
        frame[*byte] ^= (uint8_t)(1u << *bit);
    } else if (flag != NULL) {
        const uint8_t mask = (uint8_t)(1u << flag->bit);
        const bool set = fault->value_length > 0 && fault->value[fault->value_length - 1] != 0;
        frame[*byte] = (uint8_t)(set ? frame[*byte] | mask : frame[*byte] & ~mask);
    } else {
        const uint32_t size = field->length < fault->value_length ? field->length : (uint32_t)fault->value_length;
        memset(frame + field->offset, 0, field->length - size);
        memcpy(frame + last + 1 - size, fault->value + fault->value_length - size, size);
    }
}

static void put_two(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* The lengths that IP and UDP tell, when the payload has become longer or shorter by so much. */
static void put_lengths(const struct wire_view *before, uint8_t *frame, size_t payload)
{
    const size_t ip = (size_t)(ip_of(before) - before->data), udp = (size_t)(before->payload - before->data) - 8;
    put_two(frame + udp + 4, payload + 8);
    if (before->type == 0x0800)
        put_two(frame + ip + 2, udp + 8 + payload - ip);
    else
        put_two(frame + ip + 4, udp + 8 + payload - ip - 40);
}

static void change_text(const struct wire_fault *fault, const uint8_t *data, size_t length, struct buf *out,
                        uint32_t *byte)
{
    const struct wire_view view = wire_view_of(data, length);
    const uint8_t *at = view.payload, *end = at + view.payload_length, *found;
    buf_clear(out);
    buf_add(out, data, (size_t)(at - data));
    const size_t head = out->len;
    *byte = 0;
    while (at < end && (found = memmem(at, (size_t)(end - at), fault->contains, fault->contains_length)) != NULL) {
        if (*byte == 0)
            *byte = (uint32_t)(found - data);
        buf_add(out, at, (size_t)(found - at));
        buf_add(out, fault->value, fault->value_length);
        at = found + fault->contains_length;
    }
    buf_add(out, at, (size_t)(end - at));
    const size_t payload = out->len - head;
    if (payload != view.payload_length)
        put_lengths(&view, (uint8_t *)out->data, payload);
    else
        buf_add(out, end, length - (size_t)(end - data));   /* Ethernet's padding */
}

void wire_change(const struct wire_fault *fault, const struct packet *packet, const uint8_t *data, size_t length,
                 struct buf *out, uint32_t *byte, uint8_t *bit)
{
    buf_clear(out);
    buf_add(out, data, length);
    *byte = 0;
    *bit = 0;
    if (!wire_change_can(fault, packet, data, length))
        return;
    uint8_t *frame = (uint8_t *)out->data;
    if (fault->field != NULL) {
        change_field(fault, find_field(packet, fault->field), frame, byte, bit);
    } else if (fault->action == WIRE_CORRUPT) {
        *byte = fault->byte;
        *bit = fault->bit;
        frame[fault->byte] ^= (uint8_t)(1u << fault->bit);
    } else {
        change_text(fault, data, length, out, byte);
        frame = (uint8_t *)out->data;
    }
    if (fault->repair)
        wire_change_repair(frame, out->len);
}

/* --- checksums ------------------------------------------------------------------------------------ */

/* As checksum_sum() gives them, sums are in the byte order of the machine. */
static void put_sum(uint8_t *at, uint32_t sum)
{
    const uint16_t complement = (uint16_t)~sum;
    memcpy(at, &complement, 2);
}

/* Sums of transports go over the addresses and the length, too (RFC 9293 §3.1, RFC 8200 §8.1). */
static uint32_t transport_sum(const struct wire_view *view, const uint8_t *at, size_t length, uint8_t protocol)
{
    const uint8_t tail[4] = { 0, protocol, (uint8_t)(length >> 8), (uint8_t)length };
    uint32_t sum = 0;
    if (protocol != ICMP)
        sum = checksum_sum(tail, sizeof tail, checksum_sum(view->addresses, view->addresses_length, 0));
    return checksum_sum(at, length, sum);
}

static void repair_transport(const struct wire_view *view, uint8_t *at, size_t length)
{
    static const struct { uint8_t protocol; size_t place; } places[] = {
        { TCP, 16 }, { UDP, 6 }, { ICMP, 2 }, { ICMPV6, 2 },
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const size_t place = places[i].place;
        if (places[i].protocol != view->protocol || length < place + 2)
            continue;
        if (view->protocol == UDP && view->type == 0x0800 && at[place] == 0 && at[place + 1] == 0)
            return; /* it has none (RFC 768) */
        put_two(at + place, 0);
        const uint32_t sum = transport_sum(view, at, length, view->protocol);
        put_sum(at + place, view->protocol == UDP && sum == 0xffff ? 0 : sum);  /* 0 would say: none */
    }
}

void wire_change_repair(uint8_t *frame, size_t length)
{
    const struct wire_view view = wire_view_of(frame, length);
    const uint8_t *start = ip_of(&view);
    if (start == NULL)
        return;
    const size_t offset = (size_t)(start - frame), rest = length - offset;
    uint8_t *ip = frame + offset;
    const bool four = view.type == 0x0800;
    const size_t header = four ? (size_t)(ip[0] & 15) * 4 : 40;
    size_t total = four ? (size_t)(ip[2] << 8 | ip[3]) : 40u + (size_t)(ip[4] << 8 | ip[5]);
    if (total > rest)
        total = rest;
    if (header < 20 || header > total)
        return;
    if (four) {
        put_two(ip + 10, 0);
        put_sum(ip + 10, checksum_sum(ip, header, 0));
    }
    if (!is_fragment(&view))
        repair_transport(&view, ip + header, total - header);
}
