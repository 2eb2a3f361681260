#include "visualizer/nesting.h"

#include "../unit.h"

/* Layers in the order of a packet, and for each the index of the one around it. */
static const struct {
    uint8_t protocols[12]; /* ends with PROTOCOL_COUNT */
    int parents[12];
    int deepest;
} rows[] = {
    { { PROTOCOL_FRAME, PROTOCOL_ETHERNET, PROTOCOL_ARP, PROTOCOL_COUNT }, { 0, NESTING_TOP, 1 }, 1 },
    { { PROTOCOL_FRAME, PROTOCOL_ETHERNET, PROTOCOL_IPV4, PROTOCOL_TCP, PROTOCOL_SMTP, PROTOCOL_SMTP, PROTOCOL_SMTP,
        PROTOCOL_COUNT },
      { 0, NESTING_TOP, 1, 2, 3, 3, 3 }, 3 },
    /* records beside each other, each with what it holds; a letter in the dialogue */
    { { PROTOCOL_FRAME, PROTOCOL_ETHERNET, PROTOCOL_IPV6, PROTOCOL_TCP, PROTOCOL_TLS, PROTOCOL_SMTP, PROTOCOL_MESSAGE,
        PROTOCOL_SMTP, PROTOCOL_TLS, PROTOCOL_SMTP, PROTOCOL_COUNT },
      { 0, NESTING_TOP, 1, 2, 3, 4, 5, 4, 3, 8 }, 5 },
    /* below layer 5 the same protocol again is inside: a tunnel, and what an ICMP error quotes */
    { { PROTOCOL_FRAME, PROTOCOL_ETHERNET, PROTOCOL_IPV4, PROTOCOL_IPV4, PROTOCOL_UDP, PROTOCOL_COUNT },
      { 0, NESTING_TOP, 1, 2, 3 }, 3 },
    { { PROTOCOL_FRAME, PROTOCOL_ETHERNET, PROTOCOL_IPV4, PROTOCOL_ICMPV4, PROTOCOL_IPV4, PROTOCOL_UDP,
        PROTOCOL_COUNT },
      { 0, NESTING_TOP, 1, 2, 3, 4 }, 4 },
    { { PROTOCOL_COUNT }, { 0 }, 0 },
};

START_TEST(what_is_inside_what)
{
    struct layer layers[12] = { { .protocol = 0 } };
    struct packet packet = { .layers = layers };
    struct nesting nesting;
    while (rows[_i].protocols[packet.layer_count] != PROTOCOL_COUNT) {
        layers[packet.layer_count].protocol = rows[_i].protocols[packet.layer_count];
        packet.layer_count++;
    }
    nesting_find(&packet, &nesting);
    ck_assert_uint_eq(nesting.count, packet.layer_count);
    for (size_t i = nesting.first; i < nesting.count; i++)
        ck_assert_int_eq(nesting.parent[i], rows[_i].parents[i]);
    ck_assert_int_eq(nesting.deepest, rows[_i].deepest);
}
END_TEST

START_TEST(no_more_than_the_maximum)
{
    struct layer layers[3 * NESTING_MAX];
    struct packet packet = { .layers = layers, .layer_count = 3 * NESTING_MAX };
    struct nesting nesting;
    for (size_t i = 0; i < packet.layer_count; i++)
        layers[i] = (struct layer){ .protocol = PROTOCOL_IPV4 };
    nesting_find(&packet, &nesting);
    ck_assert_uint_eq(nesting.count, NESTING_MAX);
    ck_assert_int_eq(nesting.deepest, NESTING_MAX - 1);
}
END_TEST

UNIT_SUITE(nesting, { what_is_inside_what, (int)(sizeof rows / sizeof rows[0]) }, { no_more_than_the_maximum, 0 })
