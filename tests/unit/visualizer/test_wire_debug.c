/*
 * The wire's debugger and its faults by display filter: six segments of one
 * connection, and which of them leave when.
 */
#include "visualizer/wire_core.h"

#include <string.h>

#include "visualizer/filter.h"
#include "visualizer/wire_change.h"

#include "../unit.h"
#include "wire_seen.h"

/* Between 0.0.0.1 (alice) and 0.0.0.2; sequence and acknowledgement as a real stack counts them. */
static void arrive(struct wire_core *core, unsigned from, uint8_t flags, char letter)
{
    static uint8_t sent[2];
    uint8_t frame[14 + 20 + 20 + 1] = { [5] = (uint8_t)(2 - from), [11] = (uint8_t)(1 + from), [12] = 0x08 };
    uint8_t *ip = frame + 14, *tcp = ip + 20;
    const size_t data = (flags & (WIRE_SYN | WIRE_RST)) == 0;
    if (flags == WIRE_SYN)
        memset(sent, 0, sizeof sent);
    memcpy(ip, (uint8_t[]){ 0x45, 0, 0, (uint8_t)(40 + data), 0, (uint8_t)letter, 0, 0, 64, 6 }, 10);
    ip[15] = (uint8_t)(1 + from);
    ip[19] = (uint8_t)(2 - from);
    tcp[0] = tcp[2] = 27;   /* port 6938 to 6937: an application that nobody knows */
    tcp[1] = (uint8_t)(26 - from);
    tcp[3] = (uint8_t)(25 + from);
    tcp[7] = (uint8_t)(100 + sent[from]);
    tcp[11] = flags & WIRE_ACK ? (uint8_t)(100 + sent[1 - from]) : 0;
    tcp[12] = 0x50;
    tcp[13] = flags;
    tcp[14] = 1;
    tcp[20] = (uint8_t)letter;
    sent[from] = (uint8_t)(sent[from] + (data > 0 || (flags & WIRE_SYN)));
    wire_change_repair(frame, sizeof frame);
    wire_core_arrive(core, from, frame, sizeof frame, letter, letter);
}

static void six(struct wire_core *core)
{
    arrive(core, 0, WIRE_SYN, 'a');
    arrive(core, 1, WIRE_SYN | WIRE_ACK, 'b');
    arrive(core, 0, WIRE_ACK, 'c');
    arrive(core, 0, WIRE_ACK, 'd');
    arrive(core, 1, WIRE_ACK, 'e');
    arrive(core, 1, WIRE_ACK, 'f');
}

static struct filter *compiled(const char *text)
{
    struct buf error;
    buf_init(&error, 1024);
    struct filter *filter = filter_compile(text, NULL, &error);
    ck_assert_msg(filter != NULL, "%s", buf_text(&error));
    buf_free(&error);
    return filter;
}

START_TEST(only_what_fits_is_held)
{
    struct seen seen;
    struct wire_core *core = seen_start(&seen, NULL);
    wire_core_hold(core, compiled("tcp.flags.syn == 1 or frame.number == 5"));
    six(core);
    ck_assert_str_eq(buf_text(&seen.sent), "mail:c mail:d alice:f ");
    wire_core_hold(core, NULL);
    arrive(core, 0, WIRE_ACK, 'g');
    wire_core_go(core);
    arrive(core, 0, WIRE_SYN, 'h');
    ck_assert_str_eq(buf_text(&seen.sent), "mail:c mail:d alice:f mail:a alice:b alice:e mail:g mail:h ");
    ck_assert(wire_core_is_idle(core));
    seen_stop(core, &seen);
}
END_TEST

START_TEST(everything_runs_until_something_fits)
{
    struct seen seen;
    struct wire_held held;
    struct wire_core *core = seen_start(&seen, NULL);
    wire_core_until(core, compiled("tcp.srcport == 6938 and tcp.flags.syn == 0"));
    ck_assert(!wire_core_is_holding(core));
    ck_assert(!wire_core_is_idle(core));
    six(core);
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a alice:b ");
    ck_assert(wire_core_is_holding(core));
    /* Of those that are held: the oldest goes in any case, then up to what fits. */
    wire_core_until(core, compiled("ip.src == 0.0.0.2 or tcp.srcport == 6937"));
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a alice:b mail:c mail:d ");
    ck_assert(wire_core_held(core, 0, &held));
    ck_assert_uint_eq(held.number, 5);
    wire_core_until(core, compiled("udp"));
    ck_assert(!wire_core_held(core, 0, &held));
    arrive(core, 0, WIRE_ACK, 'g');
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a alice:b mail:c mail:d alice:e alice:f mail:g ");
    wire_core_go(core);
    ck_assert(wire_core_is_idle(core));
    seen_stop(core, &seen);
}
END_TEST

/* The handshake is one exchange; what follows is another. */
START_TEST(exchanges_are_stepped)
{
    struct seen seen;
    struct wire_core *core = seen_start(&seen, NULL);
    wire_core_hold(core, NULL);
    arrive(core, 0, WIRE_SYN, 'a');
    wire_core_until(core, NULL);
    arrive(core, 1, WIRE_SYN | WIRE_ACK, 'b');
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a alice:b ");
    arrive(core, 1, WIRE_ACK, 'c');
    arrive(core, 1, WIRE_ACK, 'd');
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a alice:b ");
    ck_assert(wire_core_is_holding(core));
    wire_core_until(core, NULL);
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a alice:b alice:c alice:d ");
    ck_assert(!wire_core_is_holding(core));
    seen_stop(core, &seen);
}
END_TEST

START_TEST(faults_look_by_filters)
{
    static const struct { const char *fault, *sent; } some[] = {
        { "drop the 2nd packet where ip.src == 0.0.0.1", "mail:a alice:b mail:d alice:e alice:f " },
        { "drop every packet from mail where tcp.flags.syn == 0", "mail:a alice:b mail:c mail:d " },
        { "drop every packet where exchange.number == 1", "" },
        { "rewrite \"c\" to \"x\" in every segment", "mail:a alice:b mail:x mail:d alice:e alice:f " },
        { "set tcp.flags.syn to 0 in every SYN", "mail:a alice:b mail:c mail:d alice:e alice:f " },
    };
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        struct seen seen;
        struct wire_core *core = seen_start(&seen, some[i].fault);
        six(core);
        if (some[i].sent[0] != '\0')
            ck_assert_str_eq(buf_text(&seen.sent), some[i].sent);
        ck_assert_uint_eq(seen.recorded, 6);
        seen_stop(core, &seen);
    }
}
END_TEST

UNIT_SUITE(wire_debug, { only_what_fits_is_held, 0 }, { everything_runs_until_something_fits, 0 },
           { exchanges_are_stepped, 0 }, { faults_look_by_filters, 0 })
