#include "visualizer/path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "visualizer/capture.h"
#include "visualizer/exchange.h"
#include "visualizer/pcapng_write.h"
#include "visualizer/trace.h"

/* One sight of an IPv4 packet that holds UDP: on which interface, with how many hops left, under which number. */
struct sight {
    unsigned interface;
    uint8_t hops;
    uint8_t id;
    const char *comment;
};

enum { MOST = 6 };

/* Sights in order, and the packet that each one is: 0 for one that was not there before. */
static const struct {
    const char *what;
    struct sight sights[MOST];
    uint32_t passes_on[MOST];
} ways[] = {
    { "two routers", { { 0, 64, 1, NULL }, { 1, 63, 1, NULL }, { 2, 62, 1, NULL } }, { 0, 1, 1 } },
    { "two packets",
      { { 0, 64, 1, NULL }, { 0, 64, 2, NULL }, { 1, 63, 1, NULL }, { 1, 63, 2, NULL } }, { 0, 0, 1, 2 } },
    { "before and behind a switch", { { 0, 64, 1, NULL }, { 1, 64, 1, NULL } }, { 0, 1 } },
    { "one interface of a router", { { 0, 64, 1, NULL }, { 0, 63, 1, NULL } }, { 0, 1 } },
    { "sent again on one cable", { { 0, 64, 1, NULL }, { 0, 64, 1, NULL } }, { 0, 0 } },
    { "sent again behind a router",
      { { 0, 64, 1, NULL }, { 1, 63, 1, NULL }, { 0, 64, 1, NULL }, { 1, 63, 1, NULL } }, { 0, 1, 0, 3 } },
    { "sent again, for the router lost it",
      { { 0, 64, 1, NULL }, { 0, 64, 1, NULL }, { 1, 63, 1, NULL } }, { 0, 0, 2 } },
    { "sent again through a switch",
      { { 0, 64, 1, NULL }, { 1, 64, 1, NULL }, { 0, 64, 1, NULL }, { 1, 64, 1, NULL } }, { 0, 1, 0, 3 } },
    { "delivered twice by a router", { { 0, 64, 1, NULL }, { 1, 63, 1, NULL }, { 1, 63, 1, NULL } }, { 0, 1, 0 } },
    { "more hops than before", { { 1, 63, 1, NULL }, { 0, 64, 1, NULL } }, { 0, 0 } },
    { "a ring of routers",
      { { 0, 64, 1, NULL }, { 1, 63, 1, NULL }, { 0, 62, 1, NULL }, { 1, 61, 1, NULL } }, { 0, 1, 1, 1 } },
    { "changed while it was held",
      { { 0, 64, 1, NULL }, { 0, 64, 2, "The wire: x {pli change fault=1 of=1}" } }, { 0, 1 } },
    { "and then passed on",
      { { 0, 64, 1, NULL }, { 0, 64, 2, "x {pli change of=1}" }, { 1, 63, 2, NULL } }, { 0, 1, 1 } },
    { "a comment about the future", { { 0, 64, 1, "x {pli change of=7}" }, { 0, 64, 2, "x {pli change of=2}" } },
      { 0, 0 } },
};

static void put_packet(struct pcapng_writer *writer, const struct sight *sight, int64_t time)
{
    uint8_t bytes[14 + 20 + 8 + 4] = { [12] = 0x08 };
    uint8_t *ip = bytes + 14, *udp = ip + 20;
    ip[0] = 0x45;
    ip[3] = 32;
    ip[5] = sight->id;
    ip[8] = sight->hops;
    ip[9] = 17;
    ip[11] = sight->hops;       /* another checksum each time */
    ip[12] = ip[16] = 10;
    ip[19] = 1;
    udp[1] = 7;
    udp[3] = 7;
    udp[5] = 12;
    struct pcapng_packet packet = { .interface = sight->interface, .time = time, .comment = sight->comment,
                                    .data = { (const char *)bytes, sizeof bytes } };
    pcapng_write_packet(writer, &packet);
}

struct seen {
    uint32_t passes_on[MOST];
    struct exchange_list *list;
};

static void see(void *context, const struct packet *packet)
{
    struct seen *seen = context;
    seen->passes_on[packet->number - 1] = packet->passes_on;
    exchange_packet(seen->list, packet);
}

static struct trace *record(const struct sight *sights, const char *path)
{
    struct buf error;
    buf_init(&error, 1024);
    struct pcapng_writer *writer = pcapng_write_open(path, "a test", &error);
    ck_assert_ptr_nonnull(writer);
    for (unsigned i = 0; i < 3; i++)
        pcapng_write_interface(writer, LINK_ETHERNET, "cable", NULL);
    for (unsigned i = 0; i < MOST && sights[i].hops > 0; i++)
        put_packet(writer, &sights[i], i * INT64_C(1000000000));
    ck_assert_int_eq(pcapng_write_close(writer, &error), 0);
    struct trace *trace = trace_open(path, NULL, &error);
    ck_assert_msg(trace != NULL, "%s", buf_text(&error));
    buf_free(&error);
    return trace;
}

START_TEST(a_packet_passes_on)
{
    char path[] = "/tmp/pli-path-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    struct seen seen = { .list = exchange_list_new(NULL) };
    struct trace *trace = record(ways[_i].sights, path);
    trace_listen(trace, see, &seen, NULL);
    ck_assert(!trace_pass(trace, 0));
    size_t own = 0;
    for (unsigned i = 0; i < trace_passed(trace); i++) {
        const struct exchange *of = NULL;
        ck_assert_msg(seen.passes_on[i] == ways[_i].passes_on[i], "%s: packet %u is %u, not %u", ways[_i].what, i + 1,
                      seen.passes_on[i], ways[_i].passes_on[i]);
        ck_assert_uint_eq(exchange_of_packet(seen.list, i + 1, &of, 1), 1);
        own += seen.passes_on[i] == 0;
    }
    /* All belong to one exchange, which counts what the sender sent. */
    ck_assert_uint_eq(exchange_count(seen.list), 1);
    ck_assert_uint_eq(exchange_at(seen.list, 0)->step_count, own);
    trace_free(trace);
    exchange_list_free(seen.list);
    close(fd);
    unlink(path);
}
END_TEST

UNIT_SUITE(path, { a_packet_passes_on, sizeof ways / sizeof ways[0] })
