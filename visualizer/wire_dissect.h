/*
 * wire_dissect.h - the wire reads what passes, with the visualizer's own
 * decoders: only while a rule asks for fields or exchanges, for it takes time.
 *
 * Frames are given in the order of arrival, so connections, letters in several
 * segments and TLS (of which the keys are known) are followed as in a
 * recording that begins with the first frame given. What is remembered is
 * bounded: after DISSECT_MOST frames all is forgotten, and connections are
 * followed from their middle.
 */
#ifndef PLI_VISUALIZER_WIRE_DISSECT_H
#define PLI_VISUALIZER_WIRE_DISSECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

struct exchange_list;
struct packet;
struct wire_dissect;

enum { DISSECT_MOST = 500000 };

struct wire_dissect *wire_dissect_new(void);
void wire_dissect_free(struct wire_dissect *dissect);

/* Lines of a key log; taken at any time. */
void wire_dissect_keys(struct wire_dissect *dissect, struct span lines);

/* port: where it came from; number: in the recording; time: nanoseconds since 1970. The
 * packet is valid until the next call; data has to be, too. */
const struct packet *wire_dissect_frame(struct wire_dissect *dissect, unsigned port, const uint8_t *data, size_t length,
                                        uint64_t number, int64_t time);

/* The exchanges so far, and whether the last frame began one. */
const struct exchange_list *wire_dissect_exchanges(const struct wire_dissect *dissect);
bool wire_dissect_begins(const struct wire_dissect *dissect);

/* A frame by itself, without what came before. The same rules; what is remembered does not change. */
const struct packet *wire_dissect_alone(struct wire_dissect *dissect, const uint8_t *data, size_t length,
                                        uint64_t number);

#endif
