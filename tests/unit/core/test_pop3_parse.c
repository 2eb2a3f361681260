#include "core/pop3_parse.h"

#include <stdlib.h>
#include <string.h>

#include "core/pop3_state.h"
#include "core/pop3_words.h"

#include "../unit.h"

/*
 * Each row: what one side sends, and the events, one a line, as
 *     kind verb-or-outcome "argument" [code] !
 * mode is set before the first line, multiline before each status line.
 */
struct row {
    bool from_client;
    enum pop3_mode mode;
    bool multiline;
    const char *bytes;
    size_t size;
    const char *events;
};
#define BYTES(text) text, sizeof text - 1

static const struct row good[] = {
    /* RFC 1939 §3: keywords in either case, arguments behind a space */
    { true, 0, false, BYTES("stat\r\n"), "command STAT \"\"\n" },
    { true, 0, false, BYTES("RETR 1\r\nDele 2\r\n"), "command RETR \"1\"\ncommand DELE \"2\"\n" },
    { true, 0, false, BYTES("TOP 1 10\r\n"), "command TOP \"1 10\"\n" },
    { true, 0, false, BYTES("USER rachida\r\n"), "command USER \"rachida\"\n" },
    { true, 0, false, BYTES("PASS two  words \r\n"), "command PASS \"two  words \"\n" },          /* §7 */
    { true, 0, false, BYTES("APOP m c4c9334bac560ecc979e58001b3e22fb\r\n"),
      "command APOP \"m c4c9334bac560ecc979e58001b3e22fb\"\n" },
    { true, 0, false, BYTES("UIDL\r\nLIST\r\nNOOP\r\nRSET\r\nQUIT\r\n"),
      "command UIDL \"\"\ncommand LIST \"\"\ncommand NOOP \"\"\ncommand RSET \"\"\ncommand QUIT \"\"\n" },
    { true, 0, false, BYTES("CAPA\r\n"), "command CAPA \"\"\n" },                                 /* RFC 2449 §5 */
    { true, 0, false, BYTES("STLS\r\n"), "command STLS \"\"\n" },                                 /* RFC 2595 §4 */
    { true, 0, false, BYTES("UTF8\r\nLANG *\r\n"), "command UTF8 \"\"\ncommand LANG \"*\"\n" },   /* RFC 6856 */
    { true, 0, false, BYTES("AUTH PLAIN =\r\n"), "command AUTH \"PLAIN =\"\n" },                  /* RFC 5034 §4 */
    { true, 0, false, BYTES("XTND x\r\n\r\n"), "command (unknown) \"x\"\ncommand (unknown) \"\"\n" },
    { true, POP3_MODE_SASL, false, BYTES("dGVzdA==\r\nNOOP\r\n"), "sasl \"dGVzdA==\"\ncommand NOOP \"\"\n" },
    { true, POP3_MODE_SASL, false, BYTES("*\r\n"), "sasl \"*\"\n" },
    { false, 0, false, BYTES("+OK\r\n+OK POP3 ready <1896.697170952@x>\r\n"),
      "status OK \"\"\nstatus OK \"POP3 ready <1896.697170952@x>\"\n" },
    { false, 0, false, BYTES("-ERR [IN-USE] busy\r\n"), "status NO \"[IN-USE] busy\" [IN-USE]\n" }, /* RFC 2449 §8 */
    { false, 0, false, BYTES("-ERR [no end\r\n"), "status NO \"[no end\"\n" },
    { false, 0, false, BYTES("+ \r\n+ Y2hhbGxlbmdl\r\n"), "challenge \"\"\nchallenge \"Y2hhbGxlbmdl\"\n" },
    /* RFC 1939 §3: multi-line replies, dot-stuffing */
    { false, 0, true, BYTES("+OK\r\n1 120\r\n.\r\n+OK\r\n.\r\n"),
      "status OK \"\"\nline \"1 120\"\nend\nstatus OK \"\"\nend\n" },
    { false, 0, true, BYTES("+OK\r\n..\r\n...\r\n.x\r\nx.\r\n\r\n.\r\n"),
      "status OK \"\"\nline \".\"\nline \"..\"\nline \"x\"\nline \"x.\"\nline \"\"\nend\n" },
    { false, 0, true, BYTES("-ERR no such message\r\n-ERR\r\n"), "status NO \"no such message\"\nstatus NO \"\"\n" },
};

static const struct row bad[] = {
    { true, 0, false, BYTES("STAT\nNOOP\r\n"), "command STAT \"\" !\ncommand NOOP \"\"\n" },
    { true, 0, false, BYTES("ST\rAT\r\n"), "command (unknown) \"\" !\n" },
    { true, 0, false, BYTES("USER a\0b\r\n"), "command USER \"a?b\" !\n" },
    { false, 0, false, BYTES("250 ok\r\n"), "status BAD \"\" !\n" },
    { false, 0, false, BYTES("+OKAY\r\n"), "status BAD \"\" !\n" },
    { false, 0, false, BYTES("+OK\n"), "status OK \"\" !\n" },
    { false, 0, false, BYTES("\r\n"), "status BAD \"\" !\n" },
};

static const char *const kinds[] = { "command", "sasl", "status", "challenge", "line", "end" };
static const char *const outcomes[] = { "OK", "MORE", "NO", "BAD", "BYE" };

static void describe(const struct pop3_event *event, int status, struct buf *out)
{
    buf_add_text(out, kinds[event->kind]);
    if (event->kind == POP3_COMMAND)
        buf_printf(out, " %s", pop3_machine.verb_names[event->verb]);
    if (event->kind == POP3_STATUS)
        buf_printf(out, " %s", outcomes[event->outcome]);
    if (event->kind != POP3_END) {
        buf_add_text(out, " \"");
        for (size_t i = 0; event->outcome != OUTCOME_BAD && i < event->argument.len; i++)
            buf_add(out, event->argument.at[i] == '\0' ? "?" : &event->argument.at[i], 1);
        buf_add_text(out, "\"");
    }
    if (event->code.len > 0)
        buf_printf(out, " [%.*s]", (int)event->code.len, event->code.at);
    ck_assert_int_eq(status, event->error == NULL ? 1 : -1);
    buf_add_text(out, status < 0 ? " !\n" : "\n");
}

static void check(const struct row *row, size_t step)
{
    struct pop3_parser parser;
    struct pop3_event event;
    struct buf out;
    uint64_t seen = 0;
    int status;
    buf_init(&out, 10000);
    pop3_parse_init(&parser, row->from_client);
    parser.mode = row->mode;
    parser.multiline = row->multiline;
    for (size_t at = 0; at < row->size; at += step) {
        pop3_parse_feed(&parser, unit_at_edge(row->bytes + at, step), step);
        while ((status = pop3_parse_next(&parser, &event)) != 0) {
            ck_assert_uint_eq(event.offset, seen);
            seen += event.length;
            describe(&event, status, &out);
        }
    }
    ck_assert_uint_eq(seen, row->size);
    ck_assert_str_eq(buf_text(&out), row->events);
    buf_free(&out);
    pop3_parse_free(&parser);
}

START_TEST(valid_lines)
{
    check(&good[_i], good[_i].size);
    check(&good[_i], 1);
}
END_TEST

START_TEST(invalid_lines_are_said_and_passed)
{
    check(&bad[_i], bad[_i].size);
    check(&bad[_i], 1);
}
END_TEST

/* RFC 2449 §4: 255 octets of command and 512 of status line, CR LF included. */
START_TEST(lengths)
{
    static const struct { bool from_client; size_t max; } limits[] = { { true, 255 }, { false, 512 } };
    for (int i = 0; i < 2; i++)
        for (size_t over = 0; over < 2; over++) {
            struct pop3_parser parser;
            struct pop3_event event;
            char line[600];
            size_t size = limits[i].max + over;
            memset(line, 'x', sizeof line);
            memcpy(line, limits[i].from_client ? "USER " : "+OK x", 5);
            memcpy(line + size - 2, "\r\n", 2);
            pop3_parse_init(&parser, limits[i].from_client);
            pop3_parse_feed(&parser, unit_at_edge(line, size), size);
            ck_assert_int_eq(pop3_parse_next(&parser, &event), over == 0 ? 1 : -1);
            ck_assert_uint_eq(event.length, size);
            pop3_parse_free(&parser);
        }
}
END_TEST

START_TEST(nothing_of_a_long_line_of_a_message_is_lost)
{
    struct pop3_parser parser;
    struct pop3_event event;
    size_t size = 3 * POP3_PIECE_MAX + 10, seen = 0;
    char *line = malloc(size);
    memset(line, '.', size);
    memcpy(line + size - 2, "\r\n", 2);
    pop3_parse_init(&parser, false);
    parser.multiline = true;
    pop3_parse_feed(&parser, "+OK\r\n", 5);
    ck_assert_int_eq(pop3_parse_next(&parser, &event), 1);
    pop3_parse_feed(&parser, line, size);
    while (pop3_parse_next(&parser, &event) == 1) {
        ck_assert_int_eq(event.kind, POP3_LINE);
        seen += event.argument.len;
        ck_assert(event.unfinished == (seen + 3 < size));
    }
    ck_assert_uint_eq(seen, size - 2 - 1); /* without the end and the one dot of stuffing */
    free(line);
    pop3_parse_free(&parser);
}
END_TEST

/* Every verb has a word, every word a sentence and a section. */
START_TEST(the_vocabulary_is_complete)
{
    for (int verb = 0; verb < POP3_UNKNOWN; verb++)
        ck_assert_ptr_nonnull(word_by_id(&pop3_words, WORD_VERB, verb));
    for (size_t i = 0; i < pop3_words.count; i++) {
        ck_assert_int_eq(strncmp(pop3_words.rows[i].rfc, "RFC ", 4), 0);
        ck_assert_ptr_nonnull(strstr(pop3_words.rows[i].meaning, "."));
    }
    ck_assert_str_eq(pop3_word_of_code(span_of("sys/temp"))->name, "SYS/TEMP");
    ck_assert_str_eq(pop3_word_of_code(span_of("SYS/TEMP/DISK"))->name, "SYS/TEMP");
    ck_assert_str_eq(pop3_word_of_code(span_of("SYS/NEW"))->name, "SYS");
    ck_assert_ptr_null(pop3_word_of_code(span_of("NEW")));
    ck_assert_ptr_null(pop3_word_of_code(span_of("")));
}
END_TEST

/* Which commands each state allows: RFC 1939 §4-§6, RFC 2449 §5, RFC 2595 §4, RFC 5034 §4, RFC 6856. */
START_TEST(legal_commands)
{
    static const char *const legal[POP3_STATES] = {
        [POP3_STATE_WAITING] = "",
        [POP3_STATE_AUTHORIZATION] = "USER APOP AUTH STLS CAPA LANG UTF8 QUIT",
        [POP3_STATE_NAMED] = "USER PASS APOP AUTH STLS CAPA LANG UTF8 QUIT",
        [POP3_STATE_TLS] = "",
        [POP3_STATE_TRANSACTION] = "CAPA LANG STAT LIST UIDL RETR TOP DELE NOOP RSET QUIT",
        [POP3_STATE_UPDATE] = "",
        [POP3_STATE_CLOSED] = "",
    };
    for (int state = 0; state < POP3_STATES; state++) {
        struct buf allowed;
        struct machine machine;
        buf_init(&allowed, 1000);
        machine_init(&machine, &pop3_machine);
        machine.state = state;
        for (int verb = 0; verb < POP3_UNKNOWN; verb++)
            if (machine_allows(&machine, verb) != NULL)
                buf_printf(&allowed, "%s%s", allowed.len > 0 ? " " : "", pop3_machine.verb_names[verb]);
        ck_assert_str_eq(buf_text(&allowed), legal[state]);
        buf_free(&allowed);
    }
}
END_TEST

#define COUNT(rows) ((int)(sizeof rows / sizeof rows[0]))
UNIT_SUITE(pop3_parse, { valid_lines, COUNT(good) }, { invalid_lines_are_said_and_passed, COUNT(bad) }, { lengths, 0 },
           { nothing_of_a_long_line_of_a_message_is_lost, 0 }, { the_vocabulary_is_complete, 0 },
           { legal_commands, 0 })
