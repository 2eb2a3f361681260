#include "visualizer/wire_switch.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

/* A frame from host number from to host number to; 255 is broadcast. */
static const uint8_t *frame(unsigned to, unsigned from)
{
    static uint8_t bytes[60];
    memset(bytes, 0, sizeof bytes);
    if (to == 255)
        memset(bytes, 255, 6);
    else
        bytes[5] = (uint8_t)to;
    bytes[11] = (uint8_t)from;
    return bytes;
}

static unsigned set_of(struct wire_ports ports)
{
    return (unsigned)ports.bits[0];
}

static struct wire_switch *four_ports(void)
{
    struct wire_switch *table = wire_switch_new();
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(wire_switch_add(table, 0), i);
    return table;
}

START_TEST(unknown_and_broadcast_flood)
{
    struct wire_switch *table = four_ports();
    ck_assert_uint_eq(set_of(wire_switch_route(table, 0, frame(20, 10), 60)), 0xe);
    ck_assert_uint_eq(set_of(wire_switch_route(table, 2, frame(255, 12), 60)), 0xb);
    free(table);
}
END_TEST

START_TEST(known_goes_to_its_port)
{
    struct wire_switch *table = four_ports();
    wire_switch_route(table, 3, frame(255, 20), 60);
    ck_assert_uint_eq(set_of(wire_switch_route(table, 0, frame(20, 10), 60)), 0x8);
    ck_assert_uint_eq(set_of(wire_switch_route(table, 3, frame(10, 20), 60)), 0x1);
    /* The host moves: the next frame from it says so. */
    wire_switch_route(table, 1, frame(255, 20), 60);
    ck_assert_uint_eq(set_of(wire_switch_route(table, 0, frame(20, 10), 60)), 0x2);
    /* Neighbours on one port need no help. */
    ck_assert_uint_eq(set_of(wire_switch_route(table, 1, frame(20, 21), 60)), 0);
    free(table);
}
END_TEST

START_TEST(segments_are_apart)
{
    struct wire_switch *table = wire_switch_new();
    for (unsigned i = 0; i < 4; i++)
        wire_switch_add(table, i / 2);
    ck_assert_uint_eq(set_of(wire_switch_route(table, 0, frame(255, 10), 60)), 0x2);
    /* The same address in the other segment is another one. */
    ck_assert_uint_eq(set_of(wire_switch_route(table, 2, frame(255, 10), 60)), 0x8);
    ck_assert_uint_eq(set_of(wire_switch_route(table, 1, frame(10, 11), 60)), 0x1);
    ck_assert_uint_eq(set_of(wire_switch_route(table, 3, frame(10, 13), 60)), 0x4);
    free(table);
}
END_TEST

START_TEST(short_frames_go_nowhere)
{
    static const char zeros[14];
    struct wire_switch *table = four_ports();
    for (size_t size = 0; size < 14; size++)
        ck_assert_uint_eq(set_of(wire_switch_route(table, 0, (const uint8_t *)unit_at_edge(zeros, size), size)), 0);
    free(table);
}
END_TEST

START_TEST(many_addresses_cost_flooding_only)
{
    struct wire_switch *table = four_ports();
    uint8_t bytes[60] = { 0 };
    for (unsigned i = 0; i < 3 * WIRE_ADDRESSES; i++) {
        memcpy(bytes + 8, &i, sizeof i);
        wire_switch_route(table, 1, bytes, sizeof bytes);
    }
    wire_switch_route(table, 3, frame(255, 20), 60);
    ck_assert_uint_eq(set_of(wire_switch_route(table, 0, frame(20, 10), 60)), 0x8);
    free(table);
}
END_TEST

UNIT_SUITE(wire_switch, { unknown_and_broadcast_flood, 0 }, { known_goes_to_its_port, 0 }, { segments_are_apart, 0 },
           { short_frames_go_nowhere, 0 }, { many_addresses_cost_flooding_only, 0 })
