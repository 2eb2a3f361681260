#include "core/smtp_parse.h"

#include <stdio.h>
#include <string.h>

#include "core/smtp_state.h"
#include "core/smtp_words.h"

#include "../unit.h"

/* As in test_pop3_parse.c: what one side sends, and the events, one a line. */
struct row {
    bool from_client;
    enum smtp_mode mode;
    const char *bytes;
    size_t size;
    const char *events;
};
#define BYTES(text) text, sizeof text - 1

static const struct row good[] = {
    { true, 0, BYTES("EHLO alice.example.org\r\n"), "command EHLO \"alice.example.org\"\n" }, /* RFC 5321 §4.1.1.1 */
    { true, 0, BYTES("helo [192.0.2.1]\r\n"), "command HELO \"[192.0.2.1]\"\n" },
    { true, 0, BYTES("MAIL FROM:<a@b> SIZE=1\r\n"), "command MAIL \"FROM:<a@b> SIZE=1\"\n" }, /* §4.1.1.2 */
    { true, 0, BYTES("RCPT TO:<a@b>\r\n"), "command RCPT \"TO:<a@b>\"\n" }, /* §4.1.1.3 */
    { true, 0, BYTES("DATA\r\nRSET\r\nQUIT\r\n"), "command DATA \"\"\ncommand RSET \"\"\ncommand QUIT \"\"\n" },
    { true, 0, BYTES("VRFY Smith\r\nEXPN staff\r\nHELP MAIL\r\nNOOP x\r\n"),
      "command VRFY \"Smith\"\ncommand EXPN \"staff\"\ncommand HELP \"MAIL\"\ncommand NOOP \"x\"\n" },
    { true, 0, BYTES("STARTTLS\r\nAUTH PLAIN =\r\n"), "command STARTTLS \"\"\ncommand AUTH \"PLAIN =\"\n" },
    { true, 0, BYTES("QUIT  \r\n"), "command QUIT \"\"\n" }, /* §4.1.1: trailing white space */
    { true, 0, BYTES("XYZ\r\n\r\n"), "command (unknown) \"\"\ncommand (unknown) \"\"\n" },
    { true, SMTP_MODE_SASL, BYTES("dGVzdA==\r\nNOOP\r\n"), "sasl \"dGVzdA==\"\ncommand NOOP \"\"\n" },
    /* §4.5.2: transparency; §4.1.1.4: the end */
    { true, SMTP_MODE_DATA, BYTES("a\r\n\r\n..\r\n.b\r\n.\r\nQUIT\r\n"),
      "line \"a\"\nline \"\"\nline \".\"\nline \"b\"\nend (final dot)\ncommand QUIT \"\"\n" },
    { true, SMTP_MODE_DATA, BYTES(".\r\n"), "end (final dot)\n" },
    /* RFC 3030 §2 */
    { true, 0, BYTES("BDAT 3\r\na\n.BDAT 0 LAST\r\nQUIT\r\n"),
      "command BDAT \"3\" 3\nchunk \"a?.\"\nend BDAT\ncommand BDAT LAST \"0 LAST\" 0\nend BDAT LAST\ncommand QUIT "
      "\"\"\n" },
    { true, 0, BYTES("bdat 1 last\r\nx"), "command BDAT LAST \"1 last\" 1\nchunk \"x\"\nend BDAT LAST\n" },
    /* §4.2: replies */
    { false, 0, BYTES("220 mail.example.org ESMTP\r\n"), "reply 220 OK \"mail.example.org ESMTP\"\n" },
    { false, 0, BYTES("250-one\r\n250-\r\n250 three\r\n"),
      "reply 250 OK \"one\" more\nreply 250 OK \"\" more\nreply 250 OK \"three\"\n" },
    { false, 0, BYTES("354\r\n"), "reply 354 MORE \"\"\n" },
    { false, 0, BYTES("421 x bye\r\n"), "reply 421 BYE \"x bye\"\n" },
    { false, 0, BYTES("550 5.1.1 no\r\n"), "reply 550 NO \"no\" 5.1.1\n" }, /* RFC 3463 §2 */
    { false, 0, BYTES("250 2.0.0\r\n"), "reply 250 OK \"\" 2.0.0\n" },
    { false, 0, BYTES("250 2.1.5555 no\r\n250 3.1.1 x\r\n250 2.1.\r\n250 2..1\r\n"),
      "reply 250 OK \"2.1.5555 no\"\nreply 250 OK \"3.1.1 x\"\nreply 250 OK \"2.1.\"\nreply 250 OK \"2..1\"\n" },
    { false, 0, BYTES("334 dGVzdA==\r\n"), "reply 334 MORE \"dGVzdA==\"\n" },
};

static const struct row bad[] = {
    { true, 0, BYTES("NOOP\nRSET\r\n"), "command NOOP \"\" !\ncommand RSET \"\"\n" },           /* §2.3.8 */
    { true, 0, BYTES("NO\rOP\r\n"), "command (unknown) \"\" !\n" },
    { true, 0, BYTES("NOOP \0\r\n"), "command NOOP \"?\" !\n" },
    { true, 0, BYTES("BDAT\r\nBDAT x\r\nBDAT -1\r\nBDAT 1 FIRST\r\nBDAT 1 LAST x\r\nBDAT 9999999999999999999\r\n"),
      "command BDAT \"\" 0 !\ncommand BDAT \"x\" 0 !\ncommand BDAT \"-1\" 0 !\ncommand BDAT \"1 FIRST\" 0 !\n"
      "command BDAT \"1 LAST x\" 0 !\ncommand BDAT \"9999999999999999999\" 0 !\n" },
    /* Smuggling: only CR LF . CR LF ends a message. */
    { true, SMTP_MODE_DATA, BYTES("a\n.\nb\r\n.\r\n"), "line \"a\" !\nline \".\" !\nline \"b\"\nend (final dot)\n" },
    { true, SMTP_MODE_DATA, BYTES("a\n.\r\nb\r\n.\r\n"), "line \"a\" !\nline \".\"\nline \"b\"\nend (final dot)\n" },
    { true, SMTP_MODE_DATA, BYTES("a\r\n.\nb\r\n.\r\n"), "line \"a\"\nline \"\" !\nline \"b\"\nend (final dot)\n" },
    { true, SMTP_MODE_DATA, BYTES("a\r\n.\r.\r\n.\r\n"), "line \"a\"\nline \"?.\" !\nend (final dot)\n" },
    { true, SMTP_MODE_DATA, BYTES("a\r.\r\n.\r\n"), "line \"a?.\" !\nend (final dot)\n" },
    { true, SMTP_MODE_DATA, BYTES(".\r\r\n.\r\n"), "line \"?\" !\nend (final dot)\n" },
    { true, SMTP_MODE_DATA, BYTES("a\0b\r\n.\r\n"), "line \"a?b\" !\nend (final dot)\n" },
    { false, 0, BYTES("hello\r\n\r\n25\r\n199 x\r\n600 x\r\n250_x\r\n"),
      "reply 0 BAD !\nreply 0 BAD !\nreply 0 BAD !\nreply 0 BAD !\nreply 0 BAD !\nreply 0 BAD !\n" },
    { false, 0, BYTES("250-a\r\n251 b\r\n250 c\r\n"),
      "reply 250 OK \"a\" more\nreply 251 OK \"b\" !\nreply 250 OK \"c\"\n" },
    { false, 0, BYTES("250 a\n"), "reply 250 OK \"a\" !\n" },
};

static const char *const kinds[] = { "command", "sasl", "line", "chunk", "end", "reply" };
static const char *const outcomes[] = { "OK", "MORE", "NO", "BAD", "BYE" };

static void describe(const struct smtp_event *event, int status, struct buf *out)
{
    buf_add_text(out, kinds[event->kind]);
    if (event->kind == SMTP_COMMAND || event->kind == SMTP_CONTENT_END)
        buf_printf(out, " %s", smtp_machine.verb_names[event->verb]);
    if (event->kind == SMTP_REPLY)
        buf_printf(out, " %d %s", event->code, outcomes[event->outcome]);
    if (event->kind != SMTP_CONTENT_END && event->outcome != OUTCOME_BAD) {
        buf_add_text(out, " \"");
        for (size_t i = 0; i < event->argument.len; i++)
            buf_add(out, event->argument.at[i] < ' ' ? "?" : &event->argument.at[i], 1);
        buf_add_text(out, "\"");
    }
    if (event->enhanced.len > 0)
        buf_printf(out, " %.*s", (int)event->enhanced.len, event->enhanced.at);
    if (event->kind == SMTP_COMMAND && (event->verb == SMTP_BDAT || event->verb == SMTP_BDAT_LAST))
        buf_printf(out, " %d", (int)event->chunk_size);
    if (event->kind == SMTP_REPLY && !event->last_line)
        buf_add_text(out, " more");
    ck_assert_int_eq(status, event->error == NULL ? 1 : -1);
    buf_add_text(out, status < 0 ? " !\n" : "\n");
}

/* Pieces of a chunk become one, however they came. */
static void join_chunks(struct buf *out)
{
    static const char seam[] = "\"\nchunk \"";
    for (char *at; (at = strstr(buf_text(out), seam)) != NULL; out->len -= sizeof seam - 1)
        memmove(at, at + sizeof seam - 1, strlen(at + sizeof seam - 1));
}

static void check(const struct row *row, size_t step)
{
    struct smtp_parser parser;
    struct smtp_event event;
    struct buf out;
    uint64_t seen = 0;
    int status;
    buf_init(&out, 10000);
    smtp_parse_init(&parser, row->from_client);
    parser.mode = row->mode;
    for (size_t at = 0; at < row->size; at += step) {
        smtp_parse_feed(&parser, unit_at_edge(row->bytes + at, step), step);
        while ((status = smtp_parse_next(&parser, &event)) != 0) {
            ck_assert_uint_eq(event.offset, seen);
            seen += event.length;
            describe(&event, status, &out);
        }
    }
    ck_assert_uint_eq(seen, row->size);
    join_chunks(&out);
    ck_assert_str_eq(buf_text(&out), row->events);
    buf_free(&out);
    smtp_parse_free(&parser);
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

/* RFC 5321 §4.5.3.1.4-6 and what extensions add: octets with CR LF, first the longest that is good. */
static const struct limit {
    bool from_client;
    enum smtp_mode mode;
    const char *start;
    size_t max;
} limits[] = {
    { true, SMTP_MODE_COMMAND, "NOOP ", 512 },
    { true, SMTP_MODE_COMMAND, "MAIL FROM:", SMTP_MAIL_MAX },
    { true, SMTP_MODE_COMMAND, "RCPT TO:", SMTP_RCPT_MAX },
    { true, SMTP_MODE_SASL, "x", 12288 },
    { true, SMTP_MODE_DATA, "x", 1000 },
    { true, SMTP_MODE_DATA, "..", 1001 }, /* the added dot does not count */
    { false, SMTP_MODE_COMMAND, "250 ", 512 },
    { false, SMTP_MODE_COMMAND, "334 ", 12288 },
};

START_TEST(lengths)
{
    for (size_t over = 0; over < 2; over++) {
        struct smtp_parser parser;
        struct smtp_event event;
        static char line[13000];
        size_t size = limits[_i].max + over;
        memset(line, 'x', sizeof line);
        memcpy(line, limits[_i].start, strlen(limits[_i].start));
        memcpy(line + size - 2, "\r\n", 2);
        smtp_parse_init(&parser, limits[_i].from_client);
        parser.mode = limits[_i].mode;
        smtp_parse_feed(&parser, unit_at_edge(line, size), size);
        ck_assert_int_eq(smtp_parse_next(&parser, &event), over == 0 ? 1 : -1);
        smtp_parse_free(&parser);
    }
}
END_TEST

START_TEST(nothing_of_a_long_line_of_a_message_is_lost)
{
    struct smtp_parser parser;
    struct smtp_event event;
    static char line[100000];
    size_t seen = 0;
    int status;
    memset(line, '.', sizeof line);
    memcpy(line + sizeof line - 2, "\r\n", 2);
    smtp_parse_init(&parser, true);
    parser.mode = SMTP_MODE_DATA;
    for (size_t at = 0; at < sizeof line; at += 10) {
        smtp_parse_feed(&parser, line + at, 10);
        while ((status = smtp_parse_next(&parser, &event)) != 0) {
            ck_assert_int_eq(event.kind, SMTP_LINE);
            ck_assert_int_eq(status, -1);
            seen += event.argument.len;
        }
        ck_assert_uint_lt(parser.lines.in.len, 3000);
    }
    ck_assert_uint_eq(seen, sizeof line - 3); /* without the end and the one dot of stuffing */
    smtp_parse_free(&parser);
}
END_TEST

START_TEST(the_vocabulary_is_complete)
{
    for (int verb = 0; verb < SMTP_VERBS; verb++)
        if (verb < SMTP_UNKNOWN || verb == SMTP_BDAT_LAST)
            ck_assert_ptr_nonnull(word_by_id(&smtp_words, WORD_VERB, verb));
    for (size_t i = 0; i < smtp_words.count; i++) {
        ck_assert_int_eq(strncmp(smtp_words.rows[i].rfc, "RFC ", 4), 0);
        ck_assert_ptr_nonnull(strstr(smtp_words.rows[i].meaning, "."));
    }
    ck_assert_str_eq(smtp_word_of_reply(354)->name, "354");
    ck_assert_str_eq(smtp_word_of_reply(599)->name, "5xx"); /* RFC 5321 §4.3.2: the first digit tells */
    ck_assert_str_eq(smtp_word_of_enhanced(span_of("5.1.1"))->name, "X.1.1");
    ck_assert_str_eq(smtp_word_of_enhanced(span_of("4.7.999"))->name, "X.7.0");
    ck_assert_ptr_null(smtp_word_of_enhanced(span_of("4.9.9")));
    ck_assert_ptr_null(smtp_word_of_enhanced(span_of("")));
    ck_assert_str_eq(smtp_word_of_keyword(span_of("size 1000"))->name, "SIZE");
    ck_assert_str_eq(smtp_word_of_keyword(span_of("AUTH=LOGIN"))->name, "AUTH");
    ck_assert_ptr_null(smtp_word_of_keyword(span_of("X-NEW")));
}
END_TEST

/* RFC 5321 §4.2.3: each reply of the list is read, is a step of the kind its first digit says, and has its words. */
START_TEST(every_reply)
{
    static const int codes[] = { 211, 214, 220, 221, 250, 251, 252, 354, 421, 450, 451, 452, 455, 500, 501,
                                 502, 503, 504, 550, 551, 552, 553, 554, 555 };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char line[16], name[4];
        struct smtp_parser parser;
        struct smtp_event event;
        const int size = snprintf(line, sizeof line, "%d x\r\n", codes[i]);
        snprintf(name, sizeof name, "%d", codes[i]);
        smtp_parse_init(&parser, false);
        smtp_parse_feed(&parser, line, (size_t)size);
        ck_assert_int_eq(smtp_parse_next(&parser, &event), 1);
        ck_assert_int_eq(event.code, codes[i]);
        const enum outcome expected = codes[i] == 421 ? OUTCOME_BYE : codes[i] == 354 ? OUTCOME_MORE
                                      : codes[i] < 300 ? OUTCOME_OK : OUTCOME_NO;
        ck_assert_int_eq((int)event.outcome, (int)expected);
        ck_assert_str_eq(smtp_word_of_reply(codes[i])->name, name);
        smtp_parse_free(&parser);
    }
}
END_TEST

#define ANY_TIME "VRFY EXPN HELP NOOP QUIT"

/* Which commands each state allows: RFC 5321 §4.1.4, RFC 3030 §2, RFC 3207 §4, RFC 4954 §4. */
START_TEST(legal_commands)
{
    static const char *const legal[SMTP_STATES] = {
        [SMTP_STATE_WAITING] = "",
        [SMTP_STATE_CONNECTED] = "HELO EHLO RSET " ANY_TIME,
        [SMTP_STATE_REFUSED] = "QUIT",
        [SMTP_STATE_READY] = "HELO EHLO MAIL RSET " ANY_TIME " AUTH STARTTLS",
        [SMTP_STATE_MAIL] = "HELO EHLO RCPT DATA BDAT RSET " ANY_TIME,
        [SMTP_STATE_RCPT] = "HELO EHLO RCPT DATA BDAT RSET " ANY_TIME,
        [SMTP_STATE_DATA] = "",
        [SMTP_STATE_BDAT] = "HELO EHLO BDAT RSET " ANY_TIME,
        [SMTP_STATE_FAILED] = "HELO EHLO BDAT RSET " ANY_TIME,
        [SMTP_STATE_TLS] = "",
        [SMTP_STATE_CLOSED] = "",
    };
    for (int state = 0; state < SMTP_STATES; state++) {
        struct buf allowed;
        struct machine machine;
        buf_init(&allowed, 1000);
        machine_init(&machine, &smtp_machine);
        machine.state = state;
        for (int verb = 0; verb < SMTP_UNKNOWN; verb++)
            if (machine_allows(&machine, verb) != NULL)
                buf_printf(&allowed, "%s%s", allowed.len > 0 ? " " : "", smtp_machine.verb_names[verb]);
        ck_assert_str_eq(buf_text(&allowed), legal[state]);
        buf_free(&allowed);
        /* RFC 5321 §3.8: 421 ends any dialogue. */
        if (state != SMTP_STATE_CLOSED)
            ck_assert_ptr_nonnull(machine_step(&machine, SMTP_SHUTDOWN, OUTCOME_BYE));
    }
}
END_TEST

#define COUNT(rows) ((int)(sizeof rows / sizeof rows[0]))
UNIT_SUITE(smtp_parse, { every_reply, 0 },
           { valid_lines, COUNT(good) }, { invalid_lines_are_said_and_passed, COUNT(bad) },
           { lengths, COUNT(limits) }, { nothing_of_a_long_line_of_a_message_is_lost, 0 },
           { the_vocabulary_is_complete, 0 }, { legal_commands, 0 })
