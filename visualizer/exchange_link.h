/*
 * exchange_link.h - shared by exchange_link.c (ARP, fragments, the rest) and
 * exchange_icmp.c (ICMP, neighbour and router discovery).
 */
#ifndef PLI_VISUALIZER_EXCHANGE_LINK_H
#define PLI_VISUALIZER_EXCHANGE_LINK_H

#include "visualizer/exchange_build.h"

struct link_part {
    struct pending *pending;
};

bool link_is_zero(const struct net_address *address);

/* Who sent the frame, by MAC address: whoever has no network address yet is known by nothing else. */
const struct host *link_frame_sender(struct exchange_list *list, const struct packet *packet);

struct exchange *link_begin(struct exchange_list *list, const struct packet *packet, enum layer_id row,
                            const char *protocol, const char *name, const char *rfc, const struct host *from,
                            const struct host *to);

/* A MAC address field as text, "?" without it. Answers out. */
const char *link_hardware_address(const struct exchange_list *list, const struct packet *packet,
                                  enum exchange_field which, char out[HOST_ADDRESS]);

bool icmp_packet(struct exchange_list *list, const struct packet *packet);
bool icmp6_packet(struct exchange_list *list, const struct packet *packet);

#endif
