/*
 * The IMAP parser, by tables: a stream, and the events it gives, written as
 * text. Every row is read whole, one byte at a time, and from a buffer that
 * ends at an unreadable page, and its events must tile the stream.
 */
#include <stdlib.h>
#include <string.h>

#include "core/imap_parse.h"
#include "core/mem.h"
#include "tests/unit/unit.h"

static void show_nodes(const struct imap_node *node, struct buf *out)
{
    for (; node != NULL; node = node->next) {
        buf_add_text(out, " ");
        if (node->type == IMAP_QUOTED)
            buf_printf(out, "\"%.*s\"", (int)node->text.len, node->text.at);
        else if (node->type == IMAP_LITERAL && node->streamed)
            buf_printf(out, "{%llu}", (unsigned long long)node->size);
        else if (node->type == IMAP_LITERAL)
            buf_printf(out, "%s'%.*s'", node->binary ? "~" : "", (int)node->text.len, node->text.at);
        else
            buf_add_span(out, node->text);
        if (node->type == IMAP_LIST || node->type == IMAP_SECTION) {
            buf_add_text(out, node->type == IMAP_LIST ? "(" : "[");
            show_nodes(node->child, out);
            buf_add_text(out, node->type == IMAP_LIST ? " )" : " ]");
        }
    }
}

static void show_command(const struct imap_event *event, struct buf *out)
{
    const struct imap_command *command = &event->command;
    buf_printf(out, "%.*s: %s%d%.*s/%u", (int)command->tag.len, command->tag.at, command->uid ? "uid " : "",
               command->verb, command->verb == IMAP_VERB_UNKNOWN ? (int)command->name.len : 0, command->name.at,
               command->count);
    show_nodes(command->arguments, out);
}

static void show_response(const struct imap_event *event, struct buf *out)
{
    const struct imap_response *response = &event->response;
    static const char *const kinds[] = { "*", "", "+" };
    buf_printf(out, "%s%.*s", kinds[response->kind], (int)response->tag.len, response->tag.at);
    buf_printf(out, " %.*s", (int)response->name.len, response->name.at);
    if (response->number > 0)
        buf_printf(out, " #%u", response->number);
    if (response->code.len > 0) {
        buf_printf(out, " [%.*s", (int)response->code.len, response->code.at);
        show_nodes(response->code_arguments, out);
        buf_add_text(out, "]");
    }
    if (response->text.len > 0)
        buf_printf(out, " <%.*s>", (int)response->text.len, response->text.at);
    show_nodes(response->arguments, out);
}

/* Pieces of a literal come as the bytes come: its end speaks for them. */
static void show_data(const struct imap_event *event, struct buf *out)
{
    const struct imap_literal *literal = &event->literal;
    if (literal->left == 0)
        buf_printf(out, "data%s %zu\n", literal->skipped ? " skipped" : "",
                   literal->size > 0 ? (size_t)literal->size : event->line.len);
}

static void show(const struct imap_parse *parse, const struct imap_event *event, int status, struct buf *out)
{
    if (status > 0 && event->kind == IMAP_EVENT_DATA) {
        show_data(event, out);
        return;
    }
    if (status < 0)
        buf_printf(out, "%s %.*s", event->fatal ? "FATAL" : "ERROR", (int)event->command.tag.len,
                   event->command.tag.at);
    else if (event->kind == IMAP_EVENT_LITERAL)
        buf_printf(out, "literal%s%s %llu", event->literal.synchronizing ? "?" : "", event->literal.binary ? "~" : "",
                   (unsigned long long)event->literal.size);
    else if (event->kind == IMAP_EVENT_LINE)
        buf_printf(out, "line %.*s", (int)event->line.len, event->line.at);
    else if (parse->direction == IMAP_FROM_CLIENT)
        show_command(event, out);
    else
        show_response(event, out);
    buf_add_text(out, "\n");
}

struct events {
    struct buf text;
    uint64_t offset;
};

static void drain(struct imap_parse *parse, struct events *events)
{
    struct imap_event event;
    for (int status; (status = imap_parse_next(parse, &event)) != 0;) {
        ck_assert_uint_eq(event.offset, events->offset);
        events->offset += event.length;
        if (status < 0)
            ck_assert_ptr_nonnull(event.error);
        show(parse, &event, status, &events->text);
        if (event.fatal)
            return;
    }
}

static char *events_of(enum imap_direction direction, enum imap_mode mode, const char *input, size_t size, size_t step)
{
    struct imap_parse parse;
    imap_parse_init(&parse, direction, direction == IMAP_FROM_CLIENT ? &imap_limits_command : &imap_limits_response);
    imap_parse_set_mode(&parse, mode);
    struct events events = { .offset = 0 };
    buf_init(&events.text, 1 << 20);
    for (size_t at = 0; at < size; at += step) {
        imap_parse_feed(&parse, input + at, size - at < step ? size - at : step);
        drain(&parse, &events);
    }
    char *text = mem_text(buf_text(&events.text));
    buf_free(&events.text);
    imap_parse_free(&parse);
    return text;
}

static void expect(enum imap_direction direction, enum imap_mode mode, const char *input, const char *expected)
{
    const size_t size = strlen(input);
    char *whole = events_of(direction, mode, unit_at_edge(input, size), size, size);
    char *bytes = events_of(direction, mode, input, size, 1);
    ck_assert_str_eq(whole, expected);
    ck_assert_str_eq(bytes, expected);
    free(whole);
    free(bytes);
}

struct row {
    const char *input, *events;
};

/* Verbs are shown by number here only for those that are unknown; helpers below keep the rows readable. */
static char *number_verbs(const char *events)
{
    char *text = mem_text(events);
    for (char *at = text; (at = strchr(at, '<')) != NULL && strchr(at, '>') != NULL && at[1] != ' ';) {
        char *end = strchr(at, '>');
        const enum imap_verb verb = imap_verb_of((struct span){ at + 1, (size_t)(end - at) - 1 });
        char *made = mem_printf("%.*s%d%s", (int)(at - text), text, verb, end + 1);
        free(text);
        text = at = made;
    }
    return text;
}

static const struct row commands[] = {
    { "a1 NOOP\r\n", "a1: <NOOP>/0\n" },
    { "a1 noop\r\na2 Logout\r\n", "a1: <NOOP>/0\na2: <LOGOUT>/0\n" },
    { "]. LOGIN rachida \"a \\\"b\\\\\"\r\n", "].: <LOGIN>/2 rachida \"a \"b\\\"\n" },
    { "a XYZ 1\r\n", "a: 0XYZ/1 1\n" },
    { "a UID FETCH 1:*,4 (FLAGS UID)\r\n", "a: uid <FETCH>/2 1:*,4 ( FLAGS UID )\n" },
    { "a UID NOOP\r\n", "a: 0UID/1 NOOP\n" },
    { "a UID\r\n", "a: 0UID/0\n" },
    { "a FETCH 1 BODY[]\r\n", "a: <FETCH>/2 1 BODY[ ]\n" },
    { "a FETCH 1 body.peek[1.2.HEADER.FIELDS (DATE \"x y\")]<0.9>\r\n",
      "a: <FETCH>/2 1 body.peek[ 1.2.HEADER.FIELDS ( DATE \"x y\" ) 0.9 ]\n" },
    { "a FETCH 1 (BINARY.SIZE[1] BODY)\r\n", "a: <FETCH>/2 1 ( BINARY.SIZE[ 1 ] BODY )\n" },
    { "a SELECT BODY[1]\r\n", "a: <SELECT>/1 BODY[1]\n" },
    { "a SELECT [Gmail]/x\r\n", "a: <SELECT>/1 [Gmail]/x\n" },
    { "a LIST \"\" %*\r\n", "a: <LIST>/2 \"\" %*\n" },
    { "a STORE 1 +FLAGS (\\Seen $x)\r\n", "a: <STORE>/3 1 +FLAGS ( \\Seen $x )\n" },
    { "a STORE 1 FLAGS ()\r\n", "a: <STORE>/3 1 FLAGS ( )\n" },
    { "a LOGIN {2}\r\nab {3+}\r\nc d\r\n", "literal? 2\ndata 2\nliteral 3\ndata 3\na: <LOGIN>/2 'ab' 'c d'\n" },
    { "a LOGIN {0}\r\n x\r\n", "literal? 0\ndata 0\na: <LOGIN>/2 '' x\n" },
    { "a APPEND x (\\Seen) ~{2}\r\n\r\n\r\n", "literal?~ 2\ndata 2\na: <APPEND>/3 x ( \\Seen ) ~'\r\n'\n" },
    { "a FETCH 1 BODY[HEADER.FIELDS ({4}\r\nDATE)]\r\n",
      "literal? 4\ndata 4\na: <FETCH>/2 1 BODY[ HEADER.FIELDS ( 'DATE' ) ]\n" },
    { "a SEARCH OR (FROM x) NOT TO y\r\n", "a: <SEARCH>/5 OR ( FROM x ) NOT TO y\n" },
    { "a ID NIL\r\n", "a: <ID>/1 NIL\n" },
    { "a X {20000}\r\n", "literal? 20000\n" },
};

START_TEST(commands_are_read)
{
    char *expected = number_verbs(commands[_i].events);
    expect(IMAP_FROM_CLIENT, IMAP_MODE_COMMAND, commands[_i].input, expected);
    free(expected);
}
END_TEST

static const struct row bad_commands[] = {
    { "\r\na NOOP\r\n", "ERROR \na: <NOOP>/0\n" },
    { "a\r\n", "ERROR a\n" },
    { "a+ NOOP\r\n", "ERROR \n" },
    { "* NOOP\r\n", "ERROR \n" },
    { "a  NOOP\r\n", "ERROR a\n" },
    { "a NOOP \r\n", "ERROR a\n" },
    { " a NOOP\r\n", "ERROR \n" },
    { "a (NOOP)\r\n", "ERROR a\n" },
    { "a NOOP\n", "ERROR a\n" },
    { "a NO\rOP\r\n", "ERROR a\n" },
    { "a LOGIN \"x y\r\n", "ERROR a\n" },
    { "a LOGIN \"x\\y\" z\r\n", "ERROR a\n" },
    { "a LOGIN \"x\"y\r\n", "ERROR a\n" },
    { "a LOGIN x\"y\"\r\n", "ERROR a\n" },
    { "a LOGIN \xc3\xa9 y\r\n", "ERROR a\n" },
    { "a FETCH 1 (FLAGS\r\n", "ERROR a\n" },
    { "a FETCH 1 FLAGS)\r\n", "ERROR a\n" },
    { "a FETCH 1 ( FLAGS)\r\n", "ERROR a\n" },
    { "a FETCH 1 (FLAGS )\r\n", "ERROR a\n" },
    { "a FETCH 1 ((A)(B))\r\n", "ERROR a\n" },
    { "a FETCH 1 BODY[\r\n", "ERROR a\n" },
    { "a FETCH 1 BODY[)]\r\n", "ERROR a\n" },
    { "a FETCH 1 BODY[]<1\r\n", "ERROR a\n" },
    { "a LOGIN {3} x\r\n", "ERROR a\n" },
    { "a LOGIN {}\r\n", "ERROR a\n" },
    { "a LOGIN {-1}\r\n", "ERROR a\n" },
    { "a LOGIN {1+}x\r\n", "ERROR a\n" },
    /* What a bad command's literal holds is no command. */
    { "a  LOGIN {9+}\r\nb LOGOUT\n x\r\nc NOOP\r\n", "ERROR a\ndata skipped 9\ndata skipped 2\nc: <NOOP>/0\n" },
    { "a LOGIN {1+}\r\nx{2+}\r\nyz {1}\r\nb NOOP\r\n",
      "literal 1\ndata 1\nERROR a\ndata skipped 2\ndata skipped 4\nb: <NOOP>/0\n" },
    { "{3+}\r\nabc NOOP\r\nb NOOP\r\n", "ERROR \ndata skipped 3\ndata skipped 5\nb: <NOOP>/0\n" },
    /* The client waits for "+", gets BAD, and starts anew. */
    { "a  LOGIN {3}\r\nb NOOP\r\n", "ERROR a\nb: <NOOP>/0\n" },
    { "a LOGIN {18446744073709551615}\r\nb NOOP\r\n", "ERROR a\nb: <NOOP>/0\n" },
    { "a LOGIN {18446744073709551615+}\r\n", "FATAL a\n" },
    { "a LOGIN {9223372036854775808+}\r\n", "FATAL a\n" },
    { "a LOGIN {9223372036854775807+}\r\nabc", "" },
};

START_TEST(bad_commands_are_refused)
{
    char *expected = number_verbs(bad_commands[_i].events);
    if (*expected != '\0')
        expect(IMAP_FROM_CLIENT, IMAP_MODE_COMMAND, bad_commands[_i].input, expected);
    else
        free(events_of(IMAP_FROM_CLIENT, IMAP_MODE_COMMAND, bad_commands[_i].input, strlen(bad_commands[_i].input), 1));
    free(expected);
}
END_TEST

/* RFC 9051 §7.1, §7.1.4, §6.4.4.3 and RFC 3501 §7.1: every response, every code, as a client reads them. */
static const struct row responses[] = {
    { "* OK [ALERT] x\r\n* NO [CLIENTBUG] x\r\n* BAD [SERVERBUG] x\r\n* BYE [UNAVAILABLE] x\r\n"
      "* NO [CONTACTADMIN] x\r\n* NO [CORRUPTION] x\r\n* NO [LIMIT] x\r\n* NO [INUSE] x\r\n",
      "* OK [ALERT] <x>\n* NO [CLIENTBUG] <x>\n* BAD [SERVERBUG] <x>\n* BYE [UNAVAILABLE] <x>\n"
      "* NO [CONTACTADMIN] <x>\n* NO [CORRUPTION] <x>\n* NO [LIMIT] <x>\n* NO [INUSE] <x>\n" },
    { "a NO [AUTHENTICATIONFAILED] x\r\na NO [AUTHORIZATIONFAILED] x\r\na NO [EXPIRED] x\r\na NO [NOPERM] x\r\n"
      "a NO [PRIVACYREQUIRED] x\r\na NO [NOTSAVED] x\r\na NO [HASCHILDREN] x\r\na NO [ALREADYEXISTS] x\r\n",
      "a NO [AUTHENTICATIONFAILED] <x>\na NO [AUTHORIZATIONFAILED] <x>\na NO [EXPIRED] <x>\na NO [NOPERM] <x>\n"
      "a NO [PRIVACYREQUIRED] <x>\na NO [NOTSAVED] <x>\na NO [HASCHILDREN] <x>\na NO [ALREADYEXISTS] <x>\n" },
    { "a NO [NONEXISTENT] x\r\na NO [TRYCREATE] x\r\na NO [CANNOT] x\r\na NO [UNKNOWN-CTE] x\r\n"
      "a NO [EXPUNGEISSUED] x\r\na NO [OVERQUOTA] x\r\na NO [TOOBIG] x\r\na BAD [PARSE] x\r\n",
      "a NO [NONEXISTENT] <x>\na NO [TRYCREATE] <x>\na NO [CANNOT] <x>\na NO [UNKNOWN-CTE] <x>\n"
      "a NO [EXPUNGEISSUED] <x>\na NO [OVERQUOTA] <x>\na NO [TOOBIG] <x>\na BAD [PARSE] <x>\n" },
    { "a OK [READ-ONLY] x\r\na OK [READ-WRITE] x\r\n* NO [UIDNOTSTICKY] x\r\n* OK [CLOSED] x\r\n"
      "a OK [COPYUID 7 1:2 5:6] x\r\na OK [APPENDUID 7 9] x\r\n* OK [UIDNEXT 9] x\r\n* OK [UIDVALIDITY 7] x\r\n",
      "a OK [READ-ONLY] <x>\na OK [READ-WRITE] <x>\n* NO [UIDNOTSTICKY] <x>\n* OK [CLOSED] <x>\n"
      "a OK [COPYUID 7 1:2 5:6] <x>\na OK [APPENDUID 7 9] <x>\n* OK [UIDNEXT 9] <x>\n* OK [UIDVALIDITY 7] <x>\n" },
    { "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready {5}\r\n", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] <ready {5}>\n" },
    { "* PREAUTH\r\n", "* PREAUTH\n" },
    { "* BYE see you\r\n", "* BYE <see you>\n" },
    { "a1 NO [ALERT] x [y]\r\n", "a1 NO [ALERT] <x [y]>\n" },
    { "a1 ok done\r\n", "a1 ok <done>\n" },
    { "* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n", "* OK [PERMANENTFLAGS ( \\Seen \\* )] <x>\n" },
    { "* OK [UNSEEN 3]\r\n", "* OK [UNSEEN 3]\n" },
    { "* OK [BADCHARSET (\"a]b\" c)] x\r\n", "* OK [BADCHARSET ( \"a]b\" c )] <x>\n" },
    { "* OK [X-FREE some (text] x\r\n", "* OK [X-FREE] <x>\n" },
    { "* OK [not closed\r\n", "* OK <[not closed>\n" },
    { "+ \r\n", "+ \n" },
    { "+\r\n", "+ \n" },
    { "+ cGxhaW4=\r\n", "+  <cGxhaW4=>\n" },
    { "* 3 EXISTS\r\n", "* EXISTS #3\n" },
    { "* SEARCH\r\n", "* SEARCH\n" },
    { "* SEARCH \r\n", "* SEARCH\n" },
    { "* SEARCH 2 84\r\n", "* SEARCH 2 84\n" },
    { "* LIST (\\Noselect) \"/\" \"a b\"\r\n", "* LIST ( \\Noselect ) \"/\" \"a b\"\n" },
    { "* LIST () NIL {3}\r\na\"b\r\n", "literal 3\ndata 3\n* LIST ( ) NIL 'a\"b'\n" },
    { "* 1 FETCH (UID 7 BODY[1.MIME]<0> {4}\r\na\r\n) FLAGS (\\Seen))\r\n",
      "literal 4\ndata 4\n* FETCH #1 ( UID 7 BODY[ 1.MIME 0 ] 'a\r\n)' FLAGS ( \\Seen ) )\n" },
    { "* 1 FETCH (ENVELOPE ((\"a\" NIL \"b\" \"c\")(NIL NIL \"d\" \"e\")))\r\n",
      "* FETCH #1 ( ENVELOPE ( ( \"a\" NIL \"b\" \"c\" ) ( NIL NIL \"d\" \"e\" ) ) )\n" },
    { "* THREAD (2)(3 6 (4 23)(44 7 96))\r\n", "* THREAD ( 2 ) ( 3 6 ( 4 23 ) ( 44 7 96 ) )\n" },
    { "* ESEARCH (TAG \"a\") UID COUNT 2 ALL 1:2\r\n", "* ESEARCH ( TAG \"a\" ) UID COUNT 2 ALL 1:2\n" },
    { "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n", "* NAMESPACE ( ( \"\" \"/\" ) ) NIL NIL\n" },
    { "* XLIST x\r\n", "* XLIST x\n" },
    { "* FETCH 1\r\n", "ERROR \n" },
    { "* 3 SEARCH\r\n", "ERROR \n" },
    { "*\r\n", "ERROR \n" },
    { "a1 FETCH\r\n", "ERROR \n" },
    { "a1 BYE x\r\n", "ERROR \n" },
    { "* 1 FETCH (X {3}\r\nabc\r\n", "literal 3\ndata 3\nERROR \n" },
};

START_TEST(responses_are_read)
{
    expect(IMAP_FROM_SERVER, IMAP_MODE_COMMAND, responses[_i].input, responses[_i].events);
}
END_TEST

START_TEST(modes_read_lines)
{
    expect(IMAP_FROM_CLIENT, IMAP_MODE_IDLE, "DONE\r\ndone\r\n", "line DONE\nline done\n");
    expect(IMAP_FROM_CLIENT, IMAP_MODE_AUTHENTICATE, "AGEAYg==\r\n*\r\n", "line AGEAYg==\nline *\n");
    expect(IMAP_FROM_CLIENT, IMAP_MODE_AUTHENTICATE, "AGE\nx\r\n", "ERROR \nline x\n");
}
END_TEST

START_TEST(literals_are_answered)
{
    const char *const input = "a APPEND x {9}\r\n123456789\r\nb NOOP\r\n";
    static const enum imap_literal_answer answers[] = { IMAP_LITERAL_KEEP, IMAP_LITERAL_STREAM, IMAP_LITERAL_SKIP };
    for (size_t i = 0; i < 3; i++) {
        struct imap_parse parse;
        struct imap_event event;
        imap_parse_init(&parse, IMAP_FROM_CLIENT, &imap_limits_command);
        imap_parse_feed(&parse, input, strlen(input));
        ck_assert_int_eq(imap_parse_next(&parse, &event), 1);
        ck_assert_int_eq(event.kind, IMAP_EVENT_LITERAL);
        ck_assert_int_eq(event.command.verb, IMAP_VERB_APPEND);
        imap_parse_answer(&parse, answers[i]);
        ck_assert_int_eq(imap_parse_next(&parse, &event), 1);
        ck_assert_int_eq(event.kind, IMAP_EVENT_DATA);
        ck_assert_int_eq(event.literal.skipped, answers[i] == IMAP_LITERAL_SKIP);
        ck_assert_int_eq(imap_parse_next(&parse, &event), 1);
        ck_assert_int_eq(event.kind, IMAP_EVENT_COMMAND);
        ck_assert_int_eq(event.command.arguments->next->streamed, answers[i] != IMAP_LITERAL_KEEP);
        imap_parse_free(&parse);
    }
}
END_TEST

START_TEST(refused_literal_ends_the_command)
{
    struct imap_parse parse;
    struct imap_event event;
    imap_parse_init(&parse, IMAP_FROM_CLIENT, &imap_limits_command);
    const char *const input = "a APPEND x {9}\r\nb NOOP\r\n";
    imap_parse_feed(&parse, input, strlen(input));
    ck_assert_int_eq(imap_parse_next(&parse, &event), 1);
    imap_parse_answer(&parse, IMAP_LITERAL_REFUSE);
    ck_assert_int_eq(imap_parse_next(&parse, &event), 1);
    ck_assert_int_eq(event.kind, IMAP_EVENT_COMMAND);
    ck_assert(span_is(event.command.tag, "b"));
    imap_parse_free(&parse);
}
END_TEST

static int first_status(const char *input, size_t size, struct imap_event *event)
{
    struct imap_parse parse;
    imap_parse_init(&parse, IMAP_FROM_CLIENT, &imap_limits_command);
    imap_parse_feed(&parse, input, size);
    const int status = imap_parse_next(&parse, event);
    imap_parse_free(&parse);
    return status;
}

START_TEST(limits_hold)
{
    struct imap_event event;
    struct buf input;
    buf_init(&input, 4 << 20);
    buf_add_text(&input, "a FETCH 1 ");
    for (int i = 0; i < 40; i++)
        buf_add_text(&input, "(");
    buf_add_text(&input, "\r\n");
    ck_assert_int_eq(first_status(input.data, input.len, &event), -1);
    ck_assert(!event.fatal);
    buf_clear(&input);
    buf_add_text(&input, "a X");
    for (int i = 0; i < 20000; i++)
        buf_add_text(&input, " x");
    buf_add_text(&input, "\r\n");
    ck_assert_int_eq(first_status(input.data, input.len, &event), -1);
    buf_clear(&input);
    buf_add_text(&input, "a ");
    for (int i = 0; i < 1 << 20; i++)
        buf_add_text(&input, "x");
    buf_add_text(&input, "\r\n");
    ck_assert_int_eq(first_status(input.data, input.len, &event), -1);
    ck_assert(event.fatal);
    ck_assert_int_eq(first_status("a N\0P\r\n", 7, &event), -1);
    buf_free(&input);
}
END_TEST

UNIT_SUITE(imap_parse, { commands_are_read, sizeof commands / sizeof commands[0] },
           { bad_commands_are_refused, sizeof bad_commands / sizeof bad_commands[0] },
           { responses_are_read, sizeof responses / sizeof responses[0] }, { modes_read_lines, 0 },
           { literals_are_answered, 0 }, { refused_literal_ends_the_command, 0 }, { limits_hold, 0 })
