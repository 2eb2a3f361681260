/*
 * tcp.h - what the TCP decoder tells the exchange engine of a segment
 * (struct layer's detail), and the table of its fields, which three files fill.
 */
#ifndef PLI_VISUALIZER_TCP_H
#define PLI_VISUALIZER_TCP_H

#include "visualizer/packet.h"
#include "visualizer/stream.h"

enum tcp_flag {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PUSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
    TCP_ECE = 0x40,
    TCP_CWR = 0x80,
    TCP_AE = 0x100,
};

/* What the sequence numbers reveal: the same notes as Wireshark's, by the same rules. */
enum tcp_note {
    NOTE_RETRANSMISSION = 1 << 0,
    NOTE_FAST_RETRANSMISSION = 1 << 1,
    NOTE_SPURIOUS_RETRANSMISSION = 1 << 2,
    NOTE_OUT_OF_ORDER = 1 << 3,
    NOTE_REUSED_PORTS = 1 << 4,
    NOTE_LOST_SEGMENT = 1 << 5,
    NOTE_ACK_LOST_SEGMENT = 1 << 6,
    NOTE_WINDOW_UPDATE = 1 << 7,
    NOTE_WINDOW_FULL = 1 << 8,
    NOTE_KEEP_ALIVE = 1 << 9,
    NOTE_KEEP_ALIVE_ACK = 1 << 10,
    NOTE_DUPLICATE_ACK = 1 << 11,
    NOTE_ZERO_WINDOW_PROBE = 1 << 12,
    NOTE_ZERO_WINDOW = 1 << 13,
    NOTE_ZERO_WINDOW_PROBE_ACK = 1 << 14,
    NOTE_OVERLAP = 1 << 15,         /* ours: bytes that had come before ... */
    NOTE_OVERLAP_CONFLICT = 1 << 16,/* ... with other content */
};

/* What is worth remembering of a segment without its fields. */
struct tcp_detail {
    uint32_t stream;        /* tcp.stream */
    uint16_t flags;         /* enum tcp_flag */
    uint16_t window;        /* as it stands in the header */
    uint32_t sequence, acknowledgement; /* relative */
    uint32_t length;        /* of the payload */
    uint32_t notes;         /* enum tcp_note */
    uint32_t acknowledges;  /* the packet whose last byte this one acknowledges; 0 for none */
    enum direction direction;
    bool opening;           /* the connection's first packet in the capture */
};

/* Tells in the packet's TCP layer that the application's unit in slice is complete. */
void tcp_pdu(struct packet *packet, struct slice slice);

/* The value of option kind 5: at most four blocks (RFC 2018 §3). */
enum { SACK_BLOCKS = 4 };

/* What the options say that matters beyond the segment. */
struct tcp_options {
    int scale;              /* window scale shift, -1 without the option */
    unsigned sack_count;
    uint32_t sack_left[SACK_BLOCKS], sack_right[SACK_BLOCKS];
};

/* Reads the options without fields. */
void tcp_options_read(struct slice options, struct tcp_options *result);
/* Adds their fields to the current layer. relative: what to subtract from SACK edges. */
void tcp_options_fields(struct packet *packet, struct slice options, uint16_t flags, uint32_t acknowledgement,
                        uint32_t relative);

enum {
    TCP_SRCPORT, TCP_DSTPORT, TCP_PORT, TCP_STREAM, TCP_COMPLETENESS, TCP_LENGTH, TCP_SEQUENCE, TCP_SEQUENCE_RAW,
    TCP_NEXT, TCP_ACKNOWLEDGEMENT, TCP_ACKNOWLEDGEMENT_RAW, TCP_HEADER_LENGTH, TCP_FLAGS, TCP_FLAG_RESERVED,
    TCP_FLAG_AE, TCP_FLAG_CWR, TCP_FLAG_ECE, TCP_FLAG_URG, TCP_FLAG_ACK, TCP_FLAG_PUSH, TCP_FLAG_RESET, TCP_FLAG_SYN,
    TCP_FLAG_FIN, TCP_FLAG_TEXT, TCP_WINDOW, TCP_WINDOW_SIZE, TCP_WINDOW_SCALE, TCP_CHECKSUM, TCP_CHECKSUM_STATUS,
    TCP_URGENT, TCP_OPTIONS, TCP_OPTION_KIND, TCP_OPTION_LENGTH, TCP_OPTION_NOP, TCP_OPTION_EOL, TCP_OPTION_MSS,
    TCP_OPTION_MSS_VALUE, TCP_OPTION_SCALE, TCP_OPTION_SHIFT, TCP_OPTION_MULTIPLIER, TCP_OPTION_SACK_PERMITTED,
    TCP_OPTION_SACK, TCP_OPTION_SACK_LEFT, TCP_OPTION_SACK_RIGHT, TCP_OPTION_SACK_COUNT, TCP_OPTION_DSACK_LEFT,
    TCP_OPTION_DSACK_RIGHT, TCP_OPTION_TIME, TCP_OPTION_TIME_VALUE, TCP_OPTION_TIME_ECHO, TCP_OPTION_MD5,
    TCP_OPTION_USER_TIMEOUT, TCP_OPTION_FAST_OPEN, TCP_OPTION_COOKIE, TCP_OPTION_COOKIE_REQUEST, TCP_OPTION_UNKNOWN,
    TCP_TIME_RELATIVE, TCP_TIME_DELTA, TCP_ANALYSIS, TCP_ACKS_FRAME, TCP_ACK_RTT, TCP_INITIAL_RTT, TCP_IN_FLIGHT,
    TCP_PUSH_BYTES, TCP_ANALYSIS_FLAGS, TCP_RETRANSMISSION, TCP_RTO, TCP_RTO_FRAME, TCP_FAST_RETRANSMISSION,
    TCP_SPURIOUS_RETRANSMISSION, TCP_OUT_OF_ORDER, TCP_REUSED_PORTS, TCP_LOST_SEGMENT, TCP_ACK_LOST_SEGMENT,
    TCP_WINDOW_UPDATE, TCP_WINDOW_FULL, TCP_KEEP_ALIVE, TCP_KEEP_ALIVE_ACK, TCP_DUPLICATE_ACK, TCP_ZERO_WINDOW_PROBE,
    TCP_ZERO_WINDOW, TCP_ZERO_WINDOW_PROBE_ACK, TCP_DUPLICATE_ACK_NUMBER, TCP_DUPLICATE_ACK_FRAME, TCP_CONNECTION_SYN,
    TCP_CONNECTION_SYNACK, TCP_CONNECTION_FIN, TCP_CONNECTION_FIN_ACTIVE, TCP_CONNECTION_FIN_PASSIVE,
    TCP_CONNECTION_RST, TCP_PAYLOAD, TCP_OVERLAP, TCP_OVERLAP_CONFLICT, TCP_SEGMENT_DATA, TCP_SEGMENTS, TCP_SEGMENT,
    TCP_SEGMENT_COUNT, TCP_REASSEMBLED_LENGTH, TCP_REASSEMBLED_DATA, TCP_PDU_SIZE, TCP_FIELDS
};

extern const struct field_row tcp_rows[TCP_FIELDS];

#endif
