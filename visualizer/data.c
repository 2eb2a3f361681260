/*
 * data.c - bytes that no decoder of ours knows, or that have no structure.
 */
#include "visualizer/protocols.h"

enum { DATA_BYTES, DATA_LENGTH, DATA_FIELDS };

static const struct field_row rows[DATA_FIELDS] = {
    [DATA_BYTES] = { "data.data", FIELD_BYTES, 0, 1, N_("Data"), N_("The bytes as they are."), NULL },
    [DATA_LENGTH] = { "data.len", FIELD_DECIMAL, 4, 1, N_("Length"), N_("How many bytes they are."), NULL },
};

static void decode(struct packet *packet, struct slice slice)
{
    if (slice.wire == 0)
        return;
    packet_push(packet, PROTOCOL_DATA, slice, slice.len);
    field_bytes(packet, DATA_BYTES, slice, 0, slice.len);
    field_number(packet, DATA_LENGTH, slice, 0, 0, slice.len);
    packet_info(packet, "%u bytes", slice.wire);
}

const struct protocol data_protocol = {
    .name = "data", .title = N_("Data"), .filter = "data", .osi = 7, .tcpip = TCPIP_APPLICATION,
    .rows = rows, .row_count = DATA_FIELDS, .decode = decode,
};
