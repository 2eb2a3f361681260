#include "visualizer/wire_core.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "wire_seen.h"

/* A TCP segment from host from (0 or 1) to the other; its last byte is a letter by which it is known. */
struct segment {
    uint8_t bytes[14 + 20 + 20 + 1];
};

static struct segment segment(unsigned from, uint8_t flags, char letter)
{
    struct segment s = { { 0 } };
    s.bytes[5] = (uint8_t)(2 - from);
    s.bytes[11] = (uint8_t)(1 + from);
    s.bytes[12] = 0x08;
    uint8_t *ip = s.bytes + 14, *tcp = ip + 20;
    ip[0] = 0x45;
    ip[3] = 41;
    ip[9] = 6;
    ip[15] = (uint8_t)(1 + from);
    ip[19] = (uint8_t)(2 - from);
    tcp[1] = 25;
    tcp[3] = 26;
    tcp[7] = (uint8_t)letter;   /* the sequence number */
    tcp[12] = 0x50;
    tcp[13] = flags;
    tcp[20] = (uint8_t)letter;
    return s;
}

static void arrive(struct wire_core *core, unsigned from, uint8_t flags, char letter, int64_t now)
{
    struct segment s = segment(from, flags, letter);
    wire_core_arrive(core, from, s.bytes, sizeof s.bytes, now, now);
}

/* Six segments: SYN a, SYN-ACK b, then c d from alice, e f from mail. What arrives where, without waiting. */
static const struct {
    const char *fault;
    const char *sent;
} effects[] = {
    { NULL, "mail:a alice:b mail:c mail:d alice:e alice:f " },
    { "drop the first SYN", "alice:b mail:c mail:d alice:e alice:f " },
    { "drop the 1st SYN-ACK", "mail:a mail:c mail:d alice:e alice:f " },
    { "drop the 2nd SYN", "mail:a alice:b mail:c mail:d alice:e alice:f " },
    { "drop packet 4", "mail:a alice:b mail:c alice:e alice:f " },
    { "drop every packet from mail", "mail:a mail:c mail:d " },
    { "drop every packet to mail", "alice:b alice:e alice:f " },
    { "drop the 2nd and later packet from mail", "mail:a alice:b mail:c mail:d " },
    { "drop \"d\"", "mail:a alice:b mail:c alice:e alice:f " },
    { "drop ARP", "mail:a alice:b mail:c mail:d alice:e alice:f " },
    { "duplicate the 3rd segment", "mail:a alice:b mail:c mail:c mail:d alice:e alice:f " },
    { "reorder the 2nd packet from alice behind 1", "mail:a alice:b mail:d mail:c alice:e alice:f " },
    { "reorder the 2nd packet from mail behind 2", "mail:a alice:b mail:c mail:d alice:f " },
    { "corrupt bit 0 of byte 54 of packet 3", "mail:a alice:b mail:b mail:d alice:e alice:f " },
    { "hold the first SYN", "alice:b mail:c mail:d alice:e alice:f " },
    { "delay every SYN-ACK by 2 s", "mail:a mail:c mail:d alice:e alice:f " },
};

static void six(struct wire_core *core)
{
    arrive(core, 0, WIRE_SYN, 'a', 0);
    arrive(core, 1, WIRE_SYN | WIRE_ACK, 'b', 0);
    arrive(core, 0, WIRE_ACK, 'c', 0);
    arrive(core, 0, WIRE_ACK, 'd', 0);
    arrive(core, 1, WIRE_ACK, 'e', 0);
    arrive(core, 1, WIRE_ACK, 'f', 0);
}

START_TEST(faults_do_what_they_say)
{
    struct seen seen;
    struct wire_core *core = seen_start(&seen, effects[_i].fault);
    six(core);
    ck_assert_str_eq(buf_text(&seen.sent), effects[_i].sent);
    ck_assert_uint_eq(seen.recorded, 6);
    seen_stop(core, &seen);
}
END_TEST

START_TEST(a_delay_ends_in_time)
{
    struct seen seen;
    struct wire_core *core = seen_start(&seen, "delay every segment by 30 ms");
    arrive(core, 0, WIRE_ACK, 'a', 1000000);
    arrive(core, 0, WIRE_ACK, 'b', 2000000);
    ck_assert_int_eq(wire_core_due(core), 31000000);
    wire_core_wake(core, 30999999);
    ck_assert_uint_eq(seen.sent.len, 0);
    wire_core_wake(core, 31000000);
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a ");
    wire_core_wake(core, 99000000);
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a mail:b ");
    ck_assert_int_eq(wire_core_due(core), -1);
    seen_stop(core, &seen);
}
END_TEST

START_TEST(a_limit_spaces_frames)
{
    struct seen seen;
    struct wire_core *core = seen_start(&seen, "limit alice to 8 kbit/s");     /* 55 bytes: 55 ms */
    arrive(core, 0, WIRE_ACK, 'a', 0);
    arrive(core, 0, WIRE_ACK, 'b', 0);
    arrive(core, 1, WIRE_ACK, 'c', 0);
    ck_assert_str_eq(buf_text(&seen.sent), "alice:c ");
    ck_assert_int_eq(wire_core_due(core), 55000000);
    wire_core_wake(core, 55000000);
    ck_assert_int_eq(wire_core_due(core), 110000000);
    wire_core_wake(core, 110000000);
    ck_assert_str_eq(buf_text(&seen.sent), "alice:c mail:a mail:b ");
    seen_stop(core, &seen);
}
END_TEST

START_TEST(held_frames_are_stepped_and_kept_as_one)
{
    struct seen seen;
    struct wire_held held;
    struct wire_core *core = seen_start(&seen, NULL);
    wire_core_hold(core, NULL);
    arrive(core, 0, WIRE_SYN, 'a', 0);
    arrive(core, 0, WIRE_SYN, 'a', 1);
    arrive(core, 0, WIRE_SYN, 'a', 3);
    arrive(core, 1, WIRE_ACK, 'b', 4);
    ck_assert_uint_eq(seen.sent.len, 0);
    ck_assert(wire_core_held(core, 0, &held));
    ck_assert_uint_eq(held.number, 1);
    ck_assert_uint_eq(held.again, 2);
    ck_assert(wire_core_held(core, 1, &held));
    ck_assert_uint_eq(held.number, 4);
    ck_assert(!wire_core_held(core, 2, &held));
    ck_assert_uint_eq(seen.recorded, 4);
    ck_assert_ptr_nonnull(strstr(buf_text(&seen.comments), "packet 1 again (2)"));
    ck_assert(wire_core_step(core));
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a ");
    ck_assert(wire_core_drop(core));
    ck_assert(!wire_core_step(core));
    arrive(core, 0, WIRE_ACK, 'c', 5);
    wire_core_go(core);
    arrive(core, 0, WIRE_ACK, 'd', 6);
    ck_assert_str_eq(buf_text(&seen.sent), "mail:a mail:c mail:d ");
    ck_assert(wire_core_is_idle(core));
    seen_stop(core, &seen);
}
END_TEST

/* Three segments are held; what is done to the second, and what leaves when all may go. */
static const struct {
    const char *fault;
    const char *at_once;    /* what leaves now */
    const char *later;      /* after "go" */
    unsigned recorded;
} strikes[] = {
    { "drop packet 2", "", "mail:a mail:c ", 3 },
    { "duplicate packet 2", "alice:b alice:b ", "alice:b alice:b mail:a mail:c ", 3 },
    { "delay packet 2 by 1 s", "", "mail:a mail:c ", 3 },
    { "corrupt bit 0 of byte 54 of packet 2", "", "mail:a alice:c mail:c ", 4 },
    { "corrupt bit 0 of byte 5000 of packet 2", "", "mail:a alice:b mail:c ", 4 },
};

START_TEST(a_held_frame_is_struck_at_once)
{
    struct seen seen;
    struct wire_fault fault;
    struct wire_held held;
    struct buf error;
    buf_init(&error, 1024);
    struct wire_core *core = seen_start(&seen, NULL);
    wire_core_hold(core, NULL);
    ck_assert(wire_core_is_holding(core));
    arrive(core, 0, WIRE_ACK, 'a', 0);
    arrive(core, 1, WIRE_ACK, 'b', 0);
    arrive(core, 0, WIRE_ACK, 'c', 0);
    ck_assert_int_eq(wire_fault_parse(&fault, strikes[_i].fault, &error), 0);
    ck_assert(wire_core_strike(core, &fault, 0, 0));
    ck_assert_str_eq(buf_text(&seen.sent), strikes[_i].at_once);
    ck_assert_uint_eq(seen.recorded, strikes[_i].recorded);
    if (strikes[_i].recorded == 4) {    /* it is held on, under the number of its new record */
        ck_assert(wire_core_held(core, 1, &held));
        ck_assert_uint_eq(held.number, 4);
        ck_assert(strstr(buf_text(&seen.comments), "corrupt bit 0") != NULL);
    }
    ck_assert_msg(!wire_core_strike(core, &fault, 0, 0), "struck twice: %s", strikes[_i].fault);
    wire_core_go(core);
    ck_assert(!wire_core_is_holding(core));
    ck_assert_str_eq(buf_text(&seen.sent), strikes[_i].later);
    wire_fault_free(&fault);
    buf_free(&error);
    seen_stop(core, &seen);
}
END_TEST

/* What the host repeats is what it had sent, whatever became of it meanwhile. */
START_TEST(a_changed_frame_is_still_repeated)
{
    struct seen seen;
    struct wire_fault fault;
    struct wire_held held;
    struct buf error;
    buf_init(&error, 1024);
    struct wire_core *core = seen_start(&seen, NULL);
    wire_core_hold(core, NULL);
    arrive(core, 0, WIRE_ACK, 'b', 0);
    ck_assert_int_eq(wire_fault_parse(&fault, "corrupt bit 0 of byte 54 of packet 1", &error), 0);
    ck_assert(wire_core_strike(core, &fault, 0, 0));
    arrive(core, 0, WIRE_ACK, 'b', 0);
    ck_assert(wire_core_held(core, 0, &held));
    ck_assert_uint_eq(held.again, 1);
    ck_assert(!wire_core_held(core, 1, &held));
    arrive(core, 0, WIRE_ACK, 'c', 0);      /* what it became is another segment */
    ck_assert(wire_core_held(core, 1, &held));
    wire_core_go(core);
    ck_assert_str_eq(buf_text(&seen.sent), "mail:c mail:c ");
    wire_fault_free(&fault);
    buf_free(&error);
    seen_stop(core, &seen);
}
END_TEST

/* For programs, whatever the language: what is written down, and what is read of it again. */
static const struct {
    const char *fault;
    const char *notes[5];   /* of the segments a b c d from alice, and what was done later, in order */
} noted[] = {
    { "drop the 2nd segment", { "", "{pli drop fault=1}", "", "" } },
    { "corrupt bit 3 of byte 54 of the first segment", { "{pli corrupt fault=1 byte=54 bit=3}", "", "", "" } },
    { "delay the first segment by 2 s", { "{pli delay fault=1 for=2000000000}", "", "", "" } },
    { "hold the 4th segment", { "", "", "", "{pli hold fault=1}", "{pli release of=4 at=77}" } },
    { "reorder the first segment behind 1", { "{pli reorder fault=1}", "", "{pli release of=1 at=77}", "", "" } },
    { "drop \"a {pli hold}\"", { "", "", "", "" } },
};

START_TEST(notes_are_for_programs)
{
    struct seen seen;
    struct wire_core *core = seen_start(&seen, noted[_i].fault);
    for (char letter = 'a'; letter <= 'd'; letter++)
        arrive(core, 0, WIRE_ACK, letter, 0);
    wire_core_go(core);
    const char *at = buf_text(&seen.comments);
    for (size_t i = 0; i < 5; i++) {
        const char *want = noted[_i].notes[i];
        if (want == NULL || *want == '\0')
            continue;
        const size_t line = strcspn(at, "\n");
        struct wire_note note;
        ck_assert_msg(line > strlen(want) && strncmp(at + line - strlen(want), want, strlen(want)) == 0,
                      "%s: %s instead of %s", noted[_i].fault, at, want);
        ck_assert(wire_note_read((struct span){ at, line }, &note));
        if (note.fault != 0)
            ck_assert_msg(span_is(note.text, noted[_i].fault), "%.*s", (int)note.text.len, note.text.at);
        at += line + 1;
    }
    ck_assert_str_eq(at, "");
    seen_stop(core, &seen);
}
END_TEST

/* What is not the wire's comment, or damaged. */
static const char *const no_notes[] = {
    "", "}", "{pli drop}", "a text", "The wire: x {pli}", "The wire: x {pli }", "The wire: x {pli fly}",
    "The wire: x {pli drop fault}", "The wire: x {pli drop fault=}", "The wire: x {pli drop fault=x}",
    "The wire: x {pli drop fault=1", "The wire: x {pli drop fault=99999999999999999999}", "x {pli drop fault=-1}",
};

START_TEST(other_comments_are_no_notes)
{
    struct wire_note note;
    const size_t size = strlen(no_notes[_i]);
    ck_assert(!wire_note_read((struct span){ unit_at_edge(no_notes[_i], size), size }, &note));
}
END_TEST

START_TEST(what_is_kept_is_bounded)
{
    struct seen seen;
    struct wire_core *core = seen_start(&seen, NULL);
    wire_core_hold(core, NULL);
    struct segment s = segment(0, WIRE_ACK, 'a');
    for (unsigned i = 0; i < WIRE_MOST_KEPT + 10; i++) {
        memcpy(s.bytes + 14 + 20 + 4, &i, sizeof i);
        wire_core_arrive(core, 0, s.bytes, sizeof s.bytes, 0, 0);
    }
    ck_assert_uint_eq(seen.sent.len, 10 * strlen("mail:a "));
    seen_stop(core, &seen);
}
END_TEST

/* Mistakes: the column that is named. */
static const struct {
    const char *fault;
    const char *says;
} mistakes[] = {
    { "", "column 1:" },
    { "lose the first SYN", "column 1:" },
    { "drop it", "column 6:" },
    { "drop the first SYN from", "column 24:" },
    { "drop the 0th SYN", "column 10:" },
    { "delay every SYN", "column 16:" },
    { "delay every SYN by 2 weeks", "column 22:" },
    { "delay every SYN by soon", "column 20:" },
    { "corrupt packet 3", "column 9:" },
    { "corrupt bit 8 of byte 3 of packet 3", "column 13:" },
    { "limit alice", "column 12:" },
    { "limit alice to 0 kbit/s", "column 18:" },
    { "drop \"abc", "column 6:" },
    { "drop \"\"", "column 6:" },
    { "drop SYN behind 3", "column 10:" },
};

START_TEST(mistakes_are_shown)
{
    struct wire_fault fault;
    struct buf error;
    buf_init(&error, 1024);
    ck_assert_int_eq(wire_fault_parse(&fault, mistakes[_i].fault, &error), -1);
    ck_assert_msg(strncmp(buf_text(&error), mistakes[_i].says, strlen(mistakes[_i].says)) == 0, "\"%s\": %s",
                  mistakes[_i].fault, buf_text(&error));
    wire_fault_free(&fault);
    buf_free(&error);
}
END_TEST

/* Any cut of a frame is looked at without reading past its end. */
START_TEST(cut_frames_are_harmless)
{
    struct segment s = segment(0, WIRE_SYN, 'a');
    for (size_t size = 0; size <= sizeof s.bytes; size++) {
        struct wire_view view = wire_view_of((const uint8_t *)unit_at_edge(s.bytes, size), size);
        ck_assert(wire_view_same(&view, &view));
        ck_assert_uint_le(view.payload_length, size);
    }
}
END_TEST

#define COUNT(table) ((int)(sizeof table / sizeof table[0]))

UNIT_SUITE(wire_core, { faults_do_what_they_say, COUNT(effects) }, { a_delay_ends_in_time, 0 },
           { a_limit_spaces_frames, 0 }, { held_frames_are_stepped_and_kept_as_one, 0 },
           { a_held_frame_is_struck_at_once, COUNT(strikes) },
           { a_changed_frame_is_still_repeated, 0 }, { notes_are_for_programs, COUNT(noted) },
           { other_comments_are_no_notes, COUNT(no_notes) }, { what_is_kept_is_bounded, 0 },
           { mistakes_are_shown, COUNT(mistakes) }, { cut_frames_are_harmless, 0 })
