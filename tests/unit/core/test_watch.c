#include "core/watch.h"

#include <stdio.h>
#include <string.h>

#include "../unit.h"

/*
 * A dialogue is a list of what each side sends; what the watch says about it
 * is written one event a line and compared as text:
 *
 *     side kind word/detail #number [state before>state after] !error
 */
struct said {
    char side; /* 'C', 'S', or 'T': TLS has started */
    const char *bytes;
};

static const char *const kinds[] = {
    [WATCH_GREETING] = "greeting", [WATCH_COMMAND] = "command",   [WATCH_REPLY] = "reply",
    [WATCH_UNTAGGED] = "untagged", [WATCH_CONTINUE] = "continue", [WATCH_AUTH_DATA] = "auth",
    [WATCH_CONTENT] = "content",   [WATCH_CONTENT_END] = "end",   [WATCH_TLS] = "tls",
    [WATCH_ERROR] = "error",
};

static uint64_t seen[2];

static void describe(const struct watch_event *event, struct buf *out)
{
    buf_printf(out, "%c %s", event->from_client ? 'C' : 'S', kinds[event->kind]);
    if (event->word != NULL)
        buf_printf(out, " %s", event->word->name);
    if (event->detail != NULL)
        buf_printf(out, " /%s", event->detail->name);
    if (event->kind == WATCH_CONTENT)
        buf_printf(out, " \"%.*s\"", (int)event->argument.len, event->argument.at);
    if (event->number != 0)
        buf_printf(out, " #%d", (int)event->number);
    if (event->secret)
        buf_add_text(out, " secret");
    if (event->state_before != event->state_after)
        buf_printf(out, " %s>%s", event->state_before, event->state_after);
    if (event->error != NULL)
        buf_add_text(out, " !");
    buf_add_text(out, "\n");
    /* Every byte belongs to exactly one event. */
    ck_assert_uint_eq(event->offset, seen[event->from_client]);
    seen[event->from_client] += event->length;
}

static void drain(struct watch *watch, struct buf *out)
{
    struct watch_event event;
    while (watch_next(watch, &event) == 1)
        describe(&event, out);
}

static void play(enum watch_protocol protocol, const struct said *said, bool bytewise, bool late, struct buf *out)
{
    struct watch *watch = watch_new(protocol);
    seen[0] = seen[1] = 0;
    if (late)
        watch_joined_late(watch);
    for (; said->side != 0; said++) {
        size_t size = strlen(said->bytes);
        size_t step = bytewise ? 1 : size;
        if (said->side == 'T')
            watch_tls_started(watch);
        for (size_t at = 0; at < size && said->side != 'T'; at += step) {
            watch_feed(watch, said->side == 'C', unit_at_edge(said->bytes + at, step), step);
            drain(watch, out);
        }
    }
    watch_free(watch);
}

static void check(enum watch_protocol protocol, const struct said *said, bool late, const char *expected)
{
    for (int bytewise = 0; bytewise < 2; bytewise++) {
        struct buf out;
        buf_init(&out, 100000);
        play(protocol, said, bytewise, late, &out);
        ck_assert_str_eq(buf_text(&out), expected);
        buf_free(&out);
    }
}

START_TEST(pop3_login_list_and_retrieve)
{
    static const struct said said[] = {
        { 'S', "+OK ready\r\n" },
        { 'C', "CAPA\r\n" },
        { 'S', "+OK\r\nUIDL\r\nSASL PLAIN LOGIN\r\nX-NEW\r\n.\r\n" },
        { 'C', "USER rachida\r\n" },
        { 'S', "+OK\r\n" },
        { 'C', "PASS secret\r\n" },
        { 'S', "-ERR [IN-USE] later\r\n" },
        { 'C', "AUTH PLAIN\r\n" },
        { 'S', "+ \r\n" },
        { 'C', "AHJhY2hpZGEAc2VjcmV0\r\n" },
        { 'S', "+OK\r\n" },
        { 'C', "LIST 1\r\nLIST\r\nRETR 1\r\nQUIT\r\n" },
        { 'S', "+OK 1 20\r\n+OK\r\n1 20\r\n.\r\n+OK\r\nSubject: test\r\n\r\n..dot\r\n.\r\n+OK bye\r\n" },
        { 0, NULL },
    };
    check(WATCH_POP3, said, false,
          "S greeting +OK WAITING>AUTHORIZATION\n"
          "C command CAPA #1\n"
          "S reply +OK #1\nS reply /UIDL #1\nS reply /SASL #1\nS reply #1\nS reply /. #1\n"
          "C command USER #2\n"
          "S reply +OK #2 AUTHORIZATION>AUTHORIZATION (USER given)\n"
          "C command PASS #3 secret\n"
          "S reply -ERR /IN-USE #3 AUTHORIZATION (USER given)>AUTHORIZATION\n"
          "C command AUTH #4\n"
          "S continue + #4\n"
          "C auth #4 secret\n"
          "S reply +OK #4 AUTHORIZATION>TRANSACTION\n"
          "C command LIST #5\nC command LIST #6\nC command RETR #7\nC command QUIT #8\n"
          "S reply +OK #5\n"
          "S reply +OK #6\nS reply #6\nS reply /. #6\n"
          "S reply +OK #7\nS content \"Subject: test\" #7\nS content \"\" #7\nS content /.. \".dot\" #7\n"
          "S end /. #7\n"
          "S reply +OK #8 TRANSACTION>UPDATE\n");
}
END_TEST

START_TEST(pop3_tls_and_what_was_slipped_in_before_it)
{
    static const struct said said[] = {
        { 'S', "+OK ready\r\n" },
        { 'C', "STLS\r\n" },
        { 'C', "USER eve\r\n" },
        { 'S', "+OK\r\n" },
        { 'C', "x" },
        { 'T', "" },
        { 'C', "CAPA\r\n" },
        { 'S', "+OK\r\n.\r\n" },
        { 0, NULL },
    };
    check(WATCH_POP3, said, false,
          "S greeting +OK WAITING>AUTHORIZATION\n"
          "C command STLS #1\n"
          "C command USER #2 !\n"
          "S tls +OK #1 AUTHORIZATION>TLS HANDSHAKE\n"
          "C error !\n"
          "C command CAPA #3\n"
          "S reply +OK #3\nS reply /. #3\n");
}
END_TEST

START_TEST(pop3_violations_are_said_and_followed)
{
    static const struct said said[] = {
        { 'C', "USER a\r\n" }, /* before the greeting */
        { 'S', "+OK ready\r\n" },
        { 'S', "+OK\r\n" },
        { 'C', "RETR 1\r\n" }, /* before the login, but accepted */
        { 'S', "+OK\r\nx\r\n.\r\n" },
        { 'C', "XTND\r\n" },
        { 'S', "-ERR unknown\r\n" },
        { 'S', "hello\r\n" },
        { 'C', "NOOP\n" },
        { 'S', "-ERR\r\n" },
        { 0, NULL },
    };
    check(WATCH_POP3, said, false,
          "C command USER #1 !\n"
          "S greeting +OK WAITING>AUTHORIZATION\n"
          "S reply +OK #1 AUTHORIZATION>AUTHORIZATION (USER given)\n"
          "C command RETR #2 !\n"
          "S reply +OK #2 AUTHORIZATION (USER given)>TRANSACTION !\n"
          "S content \"x\" #2\nS end /. #2\n"
          "C command #3\n"
          "S reply -ERR #3\n"
          "S error !\n"
          "C command NOOP #4 !\n"
          "S reply -ERR #4\n");
}
END_TEST

START_TEST(smtp_the_letter)
{
    static const struct said said[] = {
        { 'S', "220 mail.example.org ESMTP\r\n" },
        { 'C', "EHLO alice.example.org\r\n" },
        { 'S', "250-mail.example.org\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250 X-NEW\r\n" },
        { 'C', "MAIL FROM:<alice@example.org>\r\nRCPT TO:<rachida@localhost>\r\nDATA\r\n" },
        { 'S', "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go on\r\n" },
        { 'C', "Subject: test\r\n\r\nrachida bonjour\r\n..\r\n.\r\nQUIT\r\n" },
        { 'S', "250 2.0.0 Kept\r\n221 2.0.0 Bye\r\n" },
        { 0, NULL },
    };
    check(WATCH_SMTP, said, false,
          "S greeting 220 WAITING>CONNECTED\n"
          "C command EHLO #1\n"
          "S reply 250 #1\nS reply 250 /PIPELINING #1\nS reply 250 /SIZE #1\nS reply 250 #1 CONNECTED>READY\n"
          "C command MAIL #2\nC command RCPT #3\nC command DATA #4\n"
          "S reply 250 /X.1.0 #2 READY>MAIL\nS reply 250 /X.1.5 #3 MAIL>RCPT\nS continue 354 #4 RCPT>DATA\n"
          "C content \"Subject: test\" #4\nC content \"\" #4\nC content \"rachida bonjour\" #4\n"
          "C content /.. \".\" #4\nC end DATA /. #4\n"
          "C command QUIT #5\n"
          "S reply 250 /X.0.0 #4 DATA>READY\nS reply 221 /X.0.0 #5 READY>CLOSED\n");
}
END_TEST

START_TEST(smtp_chunks_tls_and_login)
{
    static const struct said said[] = {
        { 'S', "220 hi\r\n" },
        { 'C', "EHLO a\r\n" },
        { 'S', "250 hi\r\n" },
        { 'C', "STARTTLS\r\n" },
        { 'S', "220 2.0.0 Ready\r\n" },
        { 'T', "" },
        { 'C', "EHLO a\r\n" },
        { 'S', "250 hi\r\n" },
        { 'C', "AUTH LOGIN\r\n" },
        { 'S', "334 VXNlcm5hbWU6\r\n" },
        { 'C', "*\r\n" },
        { 'S', "501 5.7.0 Given up\r\n" },
        { 'C', "MAIL FROM:<>\r\n" },
        { 'S', "250 ok\r\n" },
        { 'C', "RCPT TO:<b@c>\r\n" },
        { 'S', "250 ok\r\n" },
        { 'C', "BDAT 0\r\n" },
        { 'S', "250 ok\r\n" },
        { 'C', "BDAT 1 last\r\n" },
        { 'C', "x" },
        { 'S', "250 ok\r\n" },
        { 'S', "421 going down\r\n" },
        { 0, NULL },
    };
    check(WATCH_SMTP, said, false,
          "S greeting 220 WAITING>CONNECTED\n"
          "C command EHLO #1\nS reply 250 #1 CONNECTED>READY\n"
          "C command STARTTLS #2\nS tls 220 /X.0.0 #2 READY>TLS HANDSHAKE\n"
          "C command EHLO #3\nS reply 250 #3 CONNECTED>READY\n"
          "C command AUTH #4\nS continue 334 #4\nC auth /* #4\nS reply 501 /X.7.0 #4\n"
          "C command MAIL #5\nS reply 250 #5 READY>MAIL\n"
          "C command RCPT #6\nS reply 250 #6 MAIL>RCPT\n"
          "C command BDAT #7\nC end BDAT #7\nS reply 250 #7 RCPT>BDAT\n"
          "C command BDAT LAST #8\nC content \"x\" #8\nC end BDAT LAST #8\nS reply 250 #8 BDAT>READY\n"
          "S reply 421 READY>CLOSED\n");
}
END_TEST

START_TEST(smtp_violations_are_said_and_followed)
{
    static const struct said said[] = {
        { 'C', "HELO early\r\n" },
        { 'S', "220 hi\r\n250 hi\r\n" },
        { 'C', "DATA\r\n" },
        { 'S', "503 no\r\n" },
        { 'C', "RCPT TO:<a@b>\r\n" },
        { 'S', "250 well\r\n" },
        { 'C', "RSET\r\nNOOP\r\n" }, /* PIPELINING was not offered */
        { 'S', "250 ok\r\n250 ok\r\n" },
        { 'C', "NOOP\nEHLO a\rb\r\n" },
        { 'S', "500 no\r\n500 no\r\n" },
        { 'S', "250-a\r\n251 b\r\n" },
        { 'S', "what\r\n" },
        { 0, NULL },
    };
    check(WATCH_SMTP, said, false,
          "C command HELO #1 !\n"
          "S greeting 220 WAITING>CONNECTED\nS reply 250 #1 CONNECTED>READY\n"
          "C command DATA #2 !\nS reply 503 #2\n"
          "C command RCPT #3 !\nS reply 250 #3 READY>RCPT !\n"
          "C command RSET #4\nC command NOOP #5 !\n"
          "S reply 250 #4 RCPT>READY\nS reply 250 #5\n"
          "C command NOOP #6 !\nC command EHLO #7 !\n"
          "S reply 500 #6\nS reply 500 #7\n"
          "S reply 250 !\nS reply 251 !\n"
          "S error !\n");
}
END_TEST

START_TEST(joined_in_the_middle)
{
    static const struct said said[] = {
        { 'S', "250 ok\r\n" },
        { 'C', "DATA\r\n" },
        { 'S', "354 go\r\n" },
        { 'C', "EHLO is text here\r\n.\r\n" },
        { 'S', "250 ok\r\n" },
        { 0, NULL },
    };
    check(WATCH_SMTP, said, true,
          "S reply 250\n"
          "C command DATA #1\nS continue 354 #1 WAITING>DATA\n"
          "C content \"EHLO is text here\" #1\nC end DATA /. #1\nS reply 250 #1 DATA>READY\n");
}
END_TEST

/* Literals are told by what they hold, so a literal is one byte here; bytes of longer ones come as they come. */
START_TEST(imap_the_letter)
{
    static const struct said said[] = {
        { 'S', "* OK [CAPABILITY IMAP4rev1] ready\r\n" },
        { 'C', "a1 LOGIN rachida {1}\r\n" },
        { 'S', "+ go on\r\n" },
        { 'C', "x\r\n" },
        { 'S', "a1 NO [AUTHENTICATIONFAILED] no\r\n" },
        { 'C', "a2 AUTHENTICATE PLAIN\r\n" },
        { 'S', "+ \r\n" },
        { 'C', "AHJhY2hpZGEAc2VjcmV0\r\n" },
        { 'S', "a2 OK in\r\n" },
        { 'C', "a3 SELECT INBOX\r\na4 UID FETCH 1 BODY[]\r\n" },
        { 'S', "* 1 EXISTS\r\na3 OK [READ-WRITE] open\r\n* 1 FETCH (UID 1 BODY[] {1}\r\nx)\r\na4 OK\r\n" },
        { 'C', "a5 IDLE\r\n" },
        { 'S', "+ idling\r\n* 2 EXISTS\r\n" },
        { 'C', "DONE\r\n" },
        { 'S', "a5 OK\r\n" },
        { 'C', "a6 APPEND x {1}\r\n" },
        { 'S', "a6 NO [TRYCREATE] no\r\n" },
        { 'C', "a7 SELECT other\r\na8 LOGOUT\r\n" },
        { 'S', "a7 NO none\r\n* BYE bye\r\na8 OK\r\n" },
        { 0, NULL },
    };
    check(WATCH_IMAP, said, false,
          "S greeting OK /CAPABILITY WAITING>NOT AUTHENTICATED\n"
          "C command LOGIN /{} #1 secret\nS continue + /{} #1\n"
          "C content \"x\" #1 secret\nC end #1\nC command LOGIN #1\n"
          "S reply NO /AUTHENTICATIONFAILED #1\n"
          "C command AUTHENTICATE #2 secret\nS continue + #2\nC auth #2 secret\n"
          "S reply OK #2 NOT AUTHENTICATED>AUTHENTICATED\n"
          "C command SELECT #3\nC command FETCH #4\n"
          "S untagged EXISTS #3\nS reply OK /READ-WRITE #3 AUTHENTICATED>SELECTED\n"
          "S untagged FETCH /{} #4\nS content \"x\" #4\nS end #4\nS untagged #4\nS reply OK #4\n"
          "C command IDLE #5\nS continue + #5\nS untagged EXISTS #5\nC command DONE #5\nS reply OK #5\n"
          "C command APPEND /{} #6\nS reply NO /TRYCREATE #6\n"
          "C command SELECT #7\nC command LOGOUT #8\n"
          "S reply NO #7 SELECTED>AUTHENTICATED\n"
          "S untagged BYE #8 AUTHENTICATED>LOGOUT\nS reply OK #8\n");
}
END_TEST

START_TEST(imap_tls_and_answers_out_of_order)
{
    static const struct said said[] = {
        { 'S', "* OK hi\r\n" },
        { 'C', "a STARTTLS\r\nb NOOP\r\n" },
        { 'S', "a OK begin\r\n" },
        { 'T', "" },
        { 'C', "c CAPABILITY\r\nd LOGIN u p\r\n" },
        { 'S', "d OK in\r\nc OK\r\n" },
        { 'C', "e  NOOP\r\nf STARTTLS\r\n" },
        { 'S', "f BAD no\r\ne BAD no\r\nz OK\r\n3 x\r\n" },
        { 'C', "g IDLE\r\nDONE\r\nh UNKNOWN {1+}\r\nx y\r\n" },
        { 'S', "+ idling\r\ng OK\r\nh BAD\r\n" },
        { 0, NULL },
    };
    check(WATCH_IMAP, said, false,
          "S greeting OK WAITING>NOT AUTHENTICATED\n"
          "C command STARTTLS #1\nC command NOOP #2 !\n"
          "S tls OK #1 NOT AUTHENTICATED>TLS HANDSHAKE\n"
          "C command CAPABILITY #3\nC command LOGIN #4 secret\n"
          "S reply OK #4 NOT AUTHENTICATED>AUTHENTICATED\nS reply OK #3\n"
          "C error #5 !\nC command STARTTLS #6 !\n"
          "S reply BAD #6\nS reply BAD #5\nS reply OK !\nS error !\n"
          "C command IDLE #7\nC command DONE #7\n"
          "C command /{+} #8\nC content \"x\" #8\nC end #8\nC command #8\n"
          "S continue + #7\nS reply OK #7\nS reply BAD #8\n");
}
END_TEST

UNIT_SUITE(watch, { pop3_login_list_and_retrieve, 0 }, { pop3_tls_and_what_was_slipped_in_before_it, 0 },
           { pop3_violations_are_said_and_followed, 0 }, { smtp_the_letter, 0 }, { smtp_chunks_tls_and_login, 0 },
           { smtp_violations_are_said_and_followed, 0 }, { joined_in_the_middle, 0 },
           { imap_the_letter, 0 }, { imap_tls_and_answers_out_of_order, 0 })
