/*
 * wire_change.h - what a fault makes of a frame that it changes: a bit, a
 * field, or bytes of its payload are others, and the checksums are put right
 * when the fault says so: then no layer below notices.
 *
 *     corrupt bit 3 of byte 20 of packet 14
 *     corrupt ip.ttl of the 2nd SYN
 *     set tcp.window_size_value to 0 in every segment from mail
 *     rewrite "STARTTLS" to "XXXXXXXX" in every segment from mail
 *
 * A field is found by the decoders (wire_dissect.h); it must lie in the frame
 * as whole bytes, or be one of the flags of TCP and IPv4. A text may get
 * another length only in UDP: in TCP all that follows would have wrong numbers.
 */
#ifndef PLI_VISUALIZER_WIRE_CHANGE_H
#define PLI_VISUALIZER_WIRE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

struct packet;
struct wire_fault;

enum { WIRE_FRAME_MAX = 1514 };     /* that a text of another length may make of it */

/* Could the fault change this frame? packet: its dissection; NULL when the fault names no field. */
bool wire_change_can(const struct wire_fault *fault, const struct packet *packet, const uint8_t *data, size_t length);

/* The frame as it is then, into out (which is emptied); byte and bit: the first place that was changed. A fault that
 * cannot change the frame leaves it as it is. */
void wire_change(const struct wire_fault *fault, const struct packet *packet, const uint8_t *data, size_t length,
                 struct buf *out, uint32_t *byte, uint8_t *bit);

/* Is it a field that can be changed? flag: it is one bit. */
bool wire_change_knows(const char *field, bool *flag);

/* Puts the checksums of IPv4, TCP, UDP, ICMP and ICMPv6 right. */
void wire_change_repair(uint8_t *frame, size_t length);

#endif
