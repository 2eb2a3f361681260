/*
 * tls_ja3.h - JA3 and JA3S: a hello written as a line of numbers, and its MD5.
 *
 * The client's offer (version, suites, extensions, groups, point formats)
 * differs from program to program, so an onlooker can tell them apart although
 * everything after is enciphered. Wireshark shows the same two fields.
 */
#ifndef PLI_VISUALIZER_TLS_JA3_H
#define PLI_VISUALIZER_TLS_JA3_H

#include "visualizer/packet.h"

/* hello: the body of a ClientHello (server false) or ServerHello. Adds two fields to the current layer. */
void tls_ja3_add(struct packet *packet, struct slice hello, bool server);

#endif
