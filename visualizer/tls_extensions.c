/*
 * tls_extensions.c - the extensions of TLS (RFC 8446 §4.2, RFC 6066, RFC 7301 ...):
 * where everything is said that was not foreseen in the hello itself.
 *
 * One small function for each extension, in a table; an extension that is not
 * in the table shows its bytes.
 */
#include "visualizer/tls_handshake.h"

#include <string.h>

#include "visualizer/tls_fields.h"

struct extension {
    struct packet *packet;
    struct slice data;
    enum tls_message message;
    struct tls_facts *facts;
};

static void copy_text(char *to, struct slice text)
{
    const size_t size = text.len > TLS_NAME_MAX ? TLS_NAME_MAX : text.len;
    memcpy(to, text.at, size);
    to[size] = '\0';
}

static void server_name(const struct extension *ext)
{
    struct slice data = ext->data;
    if (data.len == 0) /* the server's answer */
        return;
    field_number(ext->packet, TLS_FIELD_SNI_LIST_LENGTH, data, 0, 2, get_u16(data, 0));
    for (size_t at = 2; at + 3 <= data.len;) {
        const uint16_t length = get_u16(data, at + 1);
        field_number(ext->packet, TLS_FIELD_SNI_TYPE, data, at, 1, get_u8(data, at));
        field_number(ext->packet, TLS_FIELD_SNI_LENGTH, data, at + 1, 2, length);
        const struct slice name = slice_part(data, at + 3, length);
        field_bytes(ext->packet, TLS_FIELD_SNI, data, at + 3, length);
        if (ext->message == TLS_CLIENT_HELLO && get_u8(data, at) == 0)
            copy_text(ext->facts->server_name, name);
        at += 3u + length;
    }
}

static void max_fragment(const struct extension *ext)
{
    field_number(ext->packet, TLS_FIELD_MAX_FRAGMENT, ext->data, 0, 1, get_u8(ext->data, 0));
}

static void status_request(const struct extension *ext)
{
    if (ext->data.len == 0 || ext->message != TLS_CLIENT_HELLO)
        return;
    const uint16_t responders = get_u16(ext->data, 1);
    field_number(ext->packet, TLS_FIELD_STATUS_TYPE, ext->data, 0, 1, get_u8(ext->data, 0));
    field_number(ext->packet, TLS_FIELD_STATUS_RESPONDERS, ext->data, 1, 2, responders);
    field_number(ext->packet, TLS_FIELD_STATUS_EXTENSIONS, ext->data, 3u + responders, 2,
                 get_u16(ext->data, 3u + responders));
}

static void number_list(const struct extension *ext, unsigned length_row, size_t length_size, unsigned row, size_t size)
{
    const struct slice data = ext->data;
    field_number(ext->packet, length_row, data, 0, length_size, length_size == 1 ? get_u8(data, 0) : get_u16(data, 0));
    for (size_t at = length_size; at + size <= data.len; at += size)
        field_number(ext->packet, row, data, at, size, size == 1 ? get_u8(data, at) : get_u16(data, at));
}

static void supported_groups(const struct extension *ext)
{
    number_list(ext, TLS_FIELD_GROUPS_LENGTH, 2, TLS_FIELD_GROUP, 2);
}

static void point_formats(const struct extension *ext)
{
    number_list(ext, TLS_FIELD_POINTS_LENGTH, 1, TLS_FIELD_POINT, 1);
}

static void psk_modes(const struct extension *ext)
{
    number_list(ext, TLS_FIELD_PSK_MODES_LENGTH, 1, TLS_FIELD_PSK_MODE, 1);
}

static void signature_algorithms(const struct extension *ext)
{
    const struct slice data = ext->data;
    field_number(ext->packet, TLS_FIELD_SIGNATURES_LENGTH, data, 0, 2, get_u16(data, 0));
    field_number(ext->packet, TLS_FIELD_SIGNATURES, data, 2, data.len, 0);
    for (size_t at = 2; at + 2 <= data.len; at += 2) {
        field_number(ext->packet, TLS_FIELD_SIGNATURE_ALGORITHM, data, at, 2, get_u16(data, at));
        field_number(ext->packet, TLS_FIELD_SIGNATURE_HASH, data, at, 1, get_u8(data, at));
        field_number(ext->packet, TLS_FIELD_SIGNATURE_SIG, data, at + 1, 1, get_u8(data, at + 1));
    }
}

static void heartbeat(const struct extension *ext)
{
    field_number(ext->packet, TLS_FIELD_HEARTBEAT_MODE, ext->data, 0, 1, get_u8(ext->data, 0));
}

static void alpn(const struct extension *ext)
{
    const struct slice data = ext->data;
    field_number(ext->packet, TLS_FIELD_ALPN_LENGTH, data, 0, 2, get_u16(data, 0));
    for (size_t at = 2; at < data.len; at += 1u + get_u8(data, at)) {
        const uint8_t length = get_u8(data, at);
        field_number(ext->packet, TLS_FIELD_ALPN_STR_LENGTH, data, at, 1, length);
        field_bytes(ext->packet, TLS_FIELD_ALPN, data, at + 1, length);
        if (ext->message != TLS_CLIENT_HELLO)
            copy_text(ext->facts->application, slice_part(data, at + 1, length));
    }
}

static void padding(const struct extension *ext)
{
    field_bytes(ext->packet, TLS_FIELD_PADDING, ext->data, 0, ext->data.len);
}

static void encrypt_then_mac(const struct extension *ext)
{
    if (ext->message == TLS_SERVER_HELLO)
        ext->facts->encrypt_then_mac = true;
}

static void record_size_limit(const struct extension *ext)
{
    field_number(ext->packet, TLS_FIELD_RECORD_SIZE_LIMIT, ext->data, 0, 2, get_u16(ext->data, 0));
}

static void session_ticket(const struct extension *ext)
{
    field_bytes(ext->packet, TLS_FIELD_EXT_DATA, ext->data, 0, ext->data.len);
}

static void pre_shared_key(const struct extension *ext)
{
    const struct slice data = ext->data;
    if (ext->message == TLS_SERVER_HELLO) {
        field_number(ext->packet, TLS_FIELD_PSK_SELECTED, data, 0, 2, get_u16(data, 0));
        ext->facts->psk_accepted = true;
        return;
    }
    const size_t end = 2u + get_u16(data, 0);
    field_number(ext->packet, TLS_FIELD_PSK_IDENTITIES_LENGTH, data, 0, 2, get_u16(data, 0));
    for (size_t at = 2; at + 6 <= end && at + 6 <= data.len; at += 6u + get_u16(data, at)) {
        const uint16_t length = get_u16(data, at);
        field_number(ext->packet, TLS_FIELD_PSK_IDENTITY_LENGTH, data, at, 2, length);
        field_bytes(ext->packet, TLS_FIELD_PSK_IDENTITY, data, at + 2, length);
        field_number(ext->packet, TLS_FIELD_PSK_AGE, data, at + 2 + length, 4, get_u32(data, at + 2 + length));
    }
    field_number(ext->packet, TLS_FIELD_PSK_BINDERS_LENGTH, data, end, 2, get_u16(data, end));
    field_number(ext->packet, TLS_FIELD_PSK_BINDERS, data, end + 2, get_u16(data, end), 0);
}

static void early_data(const struct extension *ext)
{
    if (ext->message == TLS_NEW_SESSION_TICKET)
        field_number(ext->packet, TLS_FIELD_MAX_EARLY_DATA, ext->data, 0, 4, get_u32(ext->data, 0));
    if (ext->message == TLS_CLIENT_HELLO)
        ext->facts->early_data = true;
}

static void supported_versions(const struct extension *ext)
{
    if (ext->message == TLS_CLIENT_HELLO) {
        number_list(ext, TLS_FIELD_VERSIONS_LENGTH, 1, TLS_FIELD_SUPPORTED_VERSION, 2);
        return;
    }
    field_number(ext->packet, TLS_FIELD_SUPPORTED_VERSION, ext->data, 0, 2, get_u16(ext->data, 0));
    if (ext->message == TLS_SERVER_HELLO)
        ext->facts->version = get_u16(ext->data, 0);
}

static void cookie(const struct extension *ext)
{
    field_number(ext->packet, TLS_FIELD_COOKIE_LENGTH, ext->data, 0, 2, get_u16(ext->data, 0));
    field_bytes(ext->packet, TLS_FIELD_COOKIE, ext->data, 2, get_u16(ext->data, 0));
}

static void key_share_entry(const struct extension *ext, size_t at)
{
    const uint16_t length = get_u16(ext->data, at + 2);
    field_number(ext->packet, TLS_FIELD_KEY_SHARE_GROUP, ext->data, at, 2, get_u16(ext->data, at));
    field_number(ext->packet, TLS_FIELD_KEY_SHARE_LENGTH, ext->data, at + 2, 2, length);
    field_bytes(ext->packet, TLS_FIELD_KEY_SHARE, ext->data, at + 4, length);
}

static void key_share(const struct extension *ext)
{
    const struct slice data = ext->data;
    if (ext->message == TLS_CLIENT_HELLO) {
        field_number(ext->packet, TLS_FIELD_KEY_SHARES_LENGTH, data, 0, 2, get_u16(data, 0));
        for (size_t at = 2; at + 4 <= data.len; at += 4u + get_u16(data, at + 2))
            key_share_entry(ext, at);
    } else if (data.len == 2) { /* HelloRetryRequest: only the group that is wanted */
        field_number(ext->packet, TLS_FIELD_KEY_SHARE_SELECTED, data, 0, 2, get_u16(data, 0));
    } else {
        key_share_entry(ext, 0);
    }
}

static void renegotiation_info(const struct extension *ext)
{
    const uint8_t length = get_u8(ext->data, 0);
    field_number(ext->packet, TLS_FIELD_RENEGOTIATION_LENGTH, ext->data, 0, 1, length);
    if (length > 0)
        field_bytes(ext->packet, TLS_FIELD_RENEGOTIATION, ext->data, 1, length);
}

static void nothing_inside(const struct extension *ext)
{
    (void)ext;
}

static const struct {
    uint16_t type;
    void (*decode)(const struct extension *ext);
} decoders[] = {
    { 0, server_name },          /* RFC 6066 §3 */
    { 1, max_fragment },         /* RFC 6066 §4 */
    { 5, status_request },       /* RFC 6066 §8 */
    { 10, supported_groups },    /* RFC 8446 §4.2.7 */
    { 11, point_formats },       /* RFC 8422 §5.1.2 */
    { 13, signature_algorithms },/* RFC 8446 §4.2.3 */
    { 15, heartbeat },           /* RFC 6520 */
    { 16, alpn },                /* RFC 7301 §3.1 */
    { 21, padding },             /* RFC 7685 */
    { 22, encrypt_then_mac },    /* RFC 7366 */
    { 23, nothing_inside },      /* RFC 7627: extended master secret */
    { 28, record_size_limit },   /* RFC 8449 */
    { 35, session_ticket },      /* RFC 5077 */
    { 41, pre_shared_key },      /* RFC 8446 §4.2.11 */
    { 42, early_data },          /* RFC 8446 §4.2.10 */
    { 43, supported_versions },  /* RFC 8446 §4.2.1 */
    { 44, cookie },              /* RFC 8446 §4.2.2 */
    { 45, psk_modes },           /* RFC 8446 §4.2.9 */
    { 49, nothing_inside },      /* RFC 8446 §4.2.6 */
    { 50, signature_algorithms },
    { 51, key_share },           /* RFC 8446 §4.2.8 */
    { 65281, renegotiation_info },/* RFC 5746 §3.2 */
};

static void decode_extension(const struct extension *ext, uint16_t type)
{
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
        if (decoders[i].type == type) {
            decoders[i].decode(ext);
            return;
        }
    }
    if (ext->data.len > 0)
        field_bytes(ext->packet, TLS_FIELD_EXT_DATA, ext->data, 0, ext->data.len);
}

void tls_extensions_decode(struct packet *packet, struct slice extensions, enum tls_message message,
                           struct tls_facts *facts)
{
    const uint16_t length = get_u16(extensions, 0);
    if (extensions.len < 2)
        return;
    field_number(packet, TLS_FIELD_EXTENSIONS_LENGTH, extensions, 0, 2, length);
    const struct slice all = slice_part(extensions, 2, length);
    if (all.len < length)
        packet_malformed(packet, N_("The extensions are longer than the message."));
    for (size_t at = 0; at + 4 <= all.len;) {
        const uint16_t type = get_u16(all, at), size = get_u16(all, at + 2);
        field_number(packet, TLS_FIELD_EXT_TYPE, all, at, 2, type);
        field_number(packet, TLS_FIELD_EXT_LENGTH, all, at + 2, 2, size);
        const struct extension ext = { packet, slice_part(all, at + 4, size), message, facts };
        if (ext.data.len < size)
            packet_malformed(packet, N_("An extension is longer than the message."));
        decode_extension(&ext, type);
        at += 4u + size;
    }
}
