#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "server/queue_envelope.h"
#include "tests/unit/unit.h"

enum { NO_LINES = 1000 }; /* the error speaks of line 0 */

#define HEAD "id: 4Y0A\nsender: a@x.example\n"
#define FULL HEAD "recipient: b@x.example\n"
#define WHEN "2026-11-24T09:45:00Z"

/* What each line costs: the number in "line N: ...", 0 for an envelope that is one. */
static const struct {
    const char *text;
    unsigned line;
} envelopes[] = {
    { FULL, 0 },
    { "# a comment\n\n  id:4Y0A  \r\n\tsender: a@x.example\nrecipient: b@x.example", 0 },
    { "id: 4Y0A\nsender:\nrecipient: b@x.example\n", 0 },
    { FULL "state: waiting\ntries: 3\nnext: " WHEN "\nwarned: yes\nreport: delayed\n", 0 },
    { FULL "tried: " WHEN " mx.example 450 4.2.0 later\n", 0 },
    { FULL "tried: " WHEN " - 0 4.4.1\n", 0 },
    { FULL "notify: success,delay\noriginal: rfc822;c@x.example\n", 0 },
    { "", NO_LINES },
    { HEAD, 2 },
    { "id: 4Y0A\nrecipient: b@x.example\n", 2 },
    { "sender: a@x.example\nrecipient: b@x.example\n", 2 },
    { "id: ../x\n", 1 },
    { "id: x.y\n", 1 },
    { "id: lower\n", 1 },
    { "id:\n", 1 },
    { "id: AAAAAAAAAAAAAAAAAAAAAAAA\n", 1 },
    { "nonsense\n", 1 },
    { ": x\n", 1 },
    { "unknown: x\n", 1 },
    { "id: 4Y0A\nsender: not an address\n", 2 },
    { HEAD "recipient: b\x1b@x.example\n", 3 },
    { HEAD "recipient: two@x.example three@x.example\n", 3 },
    { HEAD "recipient:\n", 3 },
    { HEAD "size: -1\n", 3 },
    { HEAD "size: 99999999999999999999\n", 3 },
    { HEAD "arrived: 2026-02-30T00:00:00Z\n", 3 },
    { HEAD "arrived: 2026-11-24 09:45:00Z\n", 3 },
    { HEAD "arrived: 2026-11-24T09:45:00\n", 3 },
    { HEAD "held: perhaps\n", 3 },
    { HEAD "state: waiting\n", 3 }, /* of nobody */
    { FULL "state: done\n", 4 },
    { FULL "size: 3\n", 4 }, /* of the letter, too late */
    { FULL "tries: 1000001\n", 4 },
    { FULL "notify: never,success\n", 4 },
    { FULL "notify:\n", 4 },
    { FULL "original: no-semicolon\n", 4 },
    { FULL "original: a;b\noriginal: a;b\n", 5 },
    { FULL "tried: yesterday mx.example 450 4.2.0 later\n", 4 },
    { FULL "tried: " WHEN " mx.example 4500 4.2.0 later\n", 4 },
    { FULL "tried: " WHEN " mx.example 450 3.2.0 later\n", 4 },
    { FULL "tried: " WHEN " mx.example 450 4..10 later\n", 4 },
    { FULL "tried: " WHEN "\n", 4 },
    { FULL "tried:\n", 4 },
};

START_TEST(envelope_read)
{
    struct buf error;
    buf_init(&error, 1000);
    struct queue_envelope *envelope = queue_envelope_read(span_of(envelopes[_i].text), &error);
    char *line = mem_printf("line %u: ", envelopes[_i].line == NO_LINES ? 0 : envelopes[_i].line);
    if (envelopes[_i].line == 0)
        ck_assert_msg(envelope != NULL && error.len == 0, "%s", buf_text(&error));
    else
        ck_assert_msg(envelope == NULL && strncmp(buf_text(&error), line, strlen(line)) == 0, "%s",
                      buf_text(&error));
    free(line);
    queue_envelope_free(envelope);
    buf_free(&error);
}
END_TEST

/* No octet of a file that was cut short or damaged makes the reader crash, or print what it must not. */
START_TEST(envelope_cut_and_damaged)
{
    static const char whole[] = HEAD "8bit: yes\nenvid: x\nrecipient: b@x.example\nnotify: success,delay\n"
                                "tried: " WHEN " mx.example 450 4.2.0 later\nnext: " WHEN "\n";
    for (size_t i = 0; i < 2 * sizeof whole - 2; i++) {
        struct buf error;
        size_t size = i % (sizeof whole - 1);
        bool cut = i < sizeof whole - 1;
        char *copy = mem_copy(whole, cut ? size : sizeof whole - 1); /* an own block: the sanitizer sees its end */
        if (!cut)
            copy[size] = '\x1b';
        buf_init(&error, 1000);
        struct queue_envelope *envelope =
            queue_envelope_read((struct span){ copy, cut ? size : sizeof whole - 1 }, &error);
        ck_assert(cut || whole[size] == '\n' || envelope == NULL);
        ck_assert((envelope == NULL) == (error.len > 0));
        ck_assert(strchr(buf_text(&error), '\x1b') == NULL);
        queue_envelope_free(envelope);
        buf_free(&error);
        free(copy);
    }
}
END_TEST

/* What was written is read as the same, and the last attempts are those that are kept. */
START_TEST(envelope_again)
{
    struct buf first, second, error;
    struct queue_envelope *envelope = queue_envelope_new("4Y0A", span_of(""));
    struct queue_recipient *recipient = queue_envelope_add(envelope, span_of("b@x.example"));
    for (int i = 0; i < QUEUE_TRIES_KEPT + 2; i++)
        queue_recipient_tried(recipient, i, i % 2 != 0 ? "mx.example" : NULL, 450 + i, "4.2.0", "not\r\n\x1b now");
    ck_assert_uint_eq(recipient->tried_count, QUEUE_TRIES_KEPT);
    ck_assert_int_eq(queue_recipient_last(recipient)->code, 450 + QUEUE_TRIES_KEPT + 1);
    queue_envelope_add(envelope, span_of("c@x.example"))->state = QUEUE_DELIVERED;
    envelope->held = envelope->eight_bit = true;
    buf_init(&first, 10000);
    buf_init(&second, 10000);
    buf_init(&error, 1000);
    ck_assert_int_eq(queue_envelope_write(envelope, &first), 0);
    struct queue_envelope *again = queue_envelope_read(buf_span(&first), &error);
    ck_assert_msg(again != NULL, "%s", buf_text(&error));
    ck_assert_int_eq(queue_envelope_write(again, &second), 0);
    ck_assert_str_eq(buf_text(&first), buf_text(&second));
    ck_assert(again->held && again->eight_bit && again->count == 2);
    queue_envelope_free(envelope);
    queue_envelope_free(again);
    buf_free(&first);
    buf_free(&second);
    buf_free(&error);
}
END_TEST

UNIT_SUITE(queue_envelope, { envelope_read, sizeof envelopes / sizeof envelopes[0] }, { envelope_cut_and_damaged, 0 },
           { envelope_again, 0 })
