#include "core/smtp_client.h"

#include <stdio.h>
#include <string.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

/*
 * Dialogues: "S:" is fed, "C:" must be what the client says, "=" what its
 * status must be. "tls", "mail" and "quit" are what the driver does.
 */
struct play {
    const char *name;
    struct smtp_client_options options;
    struct smtp_letter letter;
    const char *script;
    const char *answers;    /* accepted, the answer's code, then each recipient's code */
};

static const struct sasl_credentials who = { .user = "rachida", .password = "secret",
                                             .nonce = { "0123456789abcdef", 16 } };
static const char *const one[] = { "rachida@localhost" };
static const char *const three[] = { "a@x.test", "b@x.test", "c@x.test" };

#define ANY { .hello = "alice.test", .starttls = SMTP_CLIENT_TLS_OFFERED }
#define LETTER_TO(list, number) { .sender = "alice@x.test", .recipients = list, .count = number, .size = 100 }

static const struct play plays[] = {
    { "the deck's letter", ANY, LETTER_TO(one, 1),
      "= wait\nS: 220 mail.test ESMTP\nC: EHLO alice.test\nS: 250-mail.test\nS: 250 HELP\n= ready\n"
      "mail\nC: MAIL FROM:<alice@x.test>\nS: 250 Ok\nC: RCPT TO:<rachida@localhost>\nS: 250 Ok\nC: DATA\n"
      "S: 354 go on\n= more\nC: Subject: test\nC: \nC: ..rachida bonjour\nC: .\nS: 250 2.0.0 queued\n= ready\n"
      "quit\nC: QUIT\nS: 221 Bye\n= over\n", "1 250 250" },
    { "HELO when EHLO is unknown", ANY, LETTER_TO(one, 1),
      "S: 220 old\nC: EHLO alice.test\nS: 500 what?\nC: HELO alice.test\nS: 250 old\n= ready\n", "0 0" },
    { "a group of commands, with SIZE", ANY, LETTER_TO(three, 3),
      "S: 220-two\nS: 220 lines\nC: EHLO alice.test\nS: 250-mail.test\nS: 250-SIZE 1000\nS: 250 PIPELINING\nmail\n"
      "C: MAIL FROM:<alice@x.test> SIZE=100\nC: RCPT TO:<a@x.test>\nC: RCPT TO:<b@x.test>\nC: RCPT TO:<c@x.test>\n"
      "C: DATA\nS: 250 Ok\nS: 250 Ok\nS: 550 5.1.1 no such user\nS: 452 4.2.2 full\nS: 354 go on\n= more\n"
      "C: Subject: test\nC: \nC: ..rachida bonjour\nC: .\nS: 250 Ok\n= ready\n", "1 250 250 550 452" },
    { "nobody is taken: no DATA", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250 x\nmail\nC: MAIL FROM:<alice@x.test>\nS: 250 Ok\n"
      "C: RCPT TO:<rachida@localhost>\nS: 550-no\nS: 550 such user\nC: RSET\nS: 250 Ok\n= ready\n", "0 0 550" },
    { "nobody is taken, in a group: an empty message", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250-x\nS: 250 PIPELINING\nmail\nC: MAIL FROM:<alice@x.test>\n"
      "C: RCPT TO:<rachida@localhost>\nC: DATA\nS: 250 Ok\nS: 550 no\nS: 354 go on\nC: .\nS: 554 nobody\n= ready\n",
      "0 554 550" },
    { "nobody is taken, in a group: DATA refused", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250-x\nS: 250 PIPELINING\nmail\nC: MAIL FROM:<alice@x.test>\n"
      "C: RCPT TO:<rachida@localhost>\nC: DATA\nS: 250 Ok\nS: 550 no\nS: 554 nobody\nC: RSET\nS: 250 Ok\n= ready\n",
      "0 554 550" },
    { "the sender is refused", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250 x\nmail\nC: MAIL FROM:<alice@x.test>\nS: 530 5.7.0 log in\n= ready\n",
      "0 530 0" },
    { "the sender is refused, in a group", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250-x\nS: 250 PIPELINING\nmail\nC: MAIL FROM:<alice@x.test>\n"
      "C: RCPT TO:<rachida@localhost>\nC: DATA\nS: 530 5.7.0 log in\nS: 503 no\nS: 503 no\n= ready\n", "0 530 0" },
    { "the sender is refused, in a group, and the content wanted", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250-x\nS: 250 PIPELINING\nmail\nC: MAIL FROM:<alice@x.test>\n"
      "C: RCPT TO:<rachida@localhost>\nC: DATA\nS: 530 no\nS: 503 no\nS: 354 x\n= failed\n",
      "0 530 0 | the server's reply does not fit the command 354 x" },
    { "the content is refused", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250 x\nmail\nC: MAIL FROM:<alice@x.test>\nS: 250 Ok\n"
      "C: RCPT TO:<rachida@localhost>\nS: 250 Ok\nC: DATA\nS: 354 x\n= more\nC: Subject: test\nC: \n"
      "C: ..rachida bonjour\nC: .\nS: 552 5.3.4 too big\n= ready\n", "0 552 250" },
    { "the end, unasked", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250 x\nmail\nC: MAIL FROM:<alice@x.test>\nS: 421 4.3.2 going down\n= failed\n",
      "0 0 0 | the server ends the dialogue 421 4.3.2 going down" },
    { "not wanted", ANY, LETTER_TO(one, 1), "S: 554 no\n= failed\n",
      "0 0 | the server does not want to talk to us 554 no" },
    { "no SMTP at all", ANY, LETTER_TO(one, 1), "S: * OK IMAP ready\n= failed\n",
      "0 0 | the server does not speak SMTP 0 * OK IMAP ready" },
    { "a reply that does not fit", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 354 x\n= failed\n",
      "0 0 | the server's reply does not fit the command 354 x" },
    { "a reply to nothing", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250 x\nS: 250 y\n= failed\n",
      "0 0 | the server says something that nobody asked for 250 y" },
    { "too large to be offered", ANY, { .sender = "a@x", .recipients = one, .count = 1, .size = 1001 },
      "S: 220 x\nC: EHLO alice.test\nS: 250-x\nS: 250 SIZE 1000\nmail\n= ready\n",
      "0 0 | the letter is larger than the server takes 0 5.3.4 " },
    { "no SMTPUTF8", ANY, { .sender = "a@x", .recipients = one, .count = 1, .utf8 = true },
      "S: 220 x\nC: EHLO alice.test\nS: 250 x\nmail\n= ready\n",
      "0 0 | an address or the header has letters beyond ASCII, and the server does not offer SMTPUTF8 0 5.6.7 " },
    { "SMTPUTF8 and 8BITMIME", ANY,
      { .sender = "\xc3\xa9@x.test", .recipients = one, .count = 1, .utf8 = true, .eight_bit = true },
      "S: 220 x\nC: EHLO alice.test\nS: 250-x\nS: 250-8BITMIME\nS: 250 SMTPUTF8\nmail\n"
      "C: MAIL FROM:<\xc3\xa9@x.test> BODY=8BITMIME SMTPUTF8\n", "0 0 0" },
    { "a command hidden in an address", ANY,
      { .sender = "a@x>\r\nRCPT TO:<b@y", .recipients = one, .count = 1 },
      "S: 220 x\nC: EHLO alice.test\nS: 250 x\nmail\n= ready\n", NULL },
    { "the null sender", ANY, { .sender = "", .recipients = one, .count = 1 },
      "S: 220 x\nC: EHLO alice.test\nS: 250 x\nmail\nC: MAIL FROM:<>\n", "0 0 0" },
    { "STARTTLS, and EHLO again", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250-x\nS: 250-SIZE 1\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n= tls\ntls\n"
      "C: EHLO alice.test\nS: 250 x\n= ready\nmail\nC: MAIL FROM:<alice@x.test>\n", "0 0 0" },
    { "STARTTLS with words put into the server's mouth", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n250-x\n= failed\n", NULL },
    { "TLS is asked for and not offered",
      { .hello = "alice.test", .starttls = SMTP_CLIENT_TLS_REQUIRED }, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250 x\n= failed\n",
      "0 0 | the server does not offer STARTTLS, and TLS is asked for 0 " },
    { "TLS is refused, and not needed", ANY, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO alice.test\nS: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 not now\n= ready\n", "0 0" },
    { "AUTH PLAIN with an initial response", { .hello = "me", .credentials = &who, .in_tls = true }, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO me\nS: 250-x\nS: 250 AUTH PLAIN LOGIN\nC: AUTH PLAIN AHJhY2hpZGEAc2VjcmV0\nS: 235 in\n"
      "= ready\n", "0 0" },
    { "AUTH LOGIN", { .hello = "me", .credentials = &who, .plaintext = true }, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO me\nS: 250-x\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: cmFjaGlkYQ==\n"
      "S: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235 in\n= ready\n", "0 0" },
    { "a wrong password", { .hello = "me", .credentials = &who, .plaintext = true }, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO me\nS: 250-x\nS: 250 AUTH PLAIN\nC: AUTH PLAIN AHJhY2hpZGEAc2VjcmV0\n"
      "S: 535 5.7.8 no\n= failed\n",
      "0 0 | the server refuses the user name or the password 535 5.7.8 no" },
    { "no password in the clear", { .hello = "me", .credentials = &who }, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO me\nS: 250-x\nS: 250 AUTH PLAIN\n= failed\n",
      "0 0 | the password would cross the network in the clear, which was not allowed 0 " },
    { "no AUTH", { .hello = "me", .credentials = &who, .plaintext = true }, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO me\nS: 250 x\n= failed\n",
      "0 0 | the server does not offer to log in (AUTH) on this port 0 " },
    { "a challenge that is not base64", { .hello = "me", .credentials = &who, .plaintext = true }, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO me\nS: 250-x\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 *\nC: *\n= failed\n",
      "0 0 | the server's challenge is not base64 0 " },
    { "in without a proof", { .hello = "me", .credentials = &who }, LETTER_TO(one, 1),
      "S: 220 x\nC: EHLO me\nS: 250-x\nS: 250 AUTH SCRAM-SHA-256\n"
      "C: AUTH SCRAM-SHA-256 biwsbj1yYWNoaWRhLHI9TURFeU16UTFOamM0T1dGaVkyUmxaZz09\nS: 235 in\n= failed\n",
      "0 0 | the server lets us in without having proved who it is 0 " },
};

struct text { const char *at; };

static long read_text(void *context, char *data, size_t size)
{
    struct text *text = context;
    size_t left = strlen(text->at);
    size_t count = left < size ? left : size;
    count = count > 7 ? 7 : count;
    memcpy(data, text->at, count);
    text->at += count;
    return (long)count;
}

static const char *status_name(enum smtp_client_status status)
{
    static const char *const names[] = { "wait", "more", "tls", "ready", "over", "failed" };
    return names[status];
}

static enum smtp_client_status feed(struct smtp_client *client, const char *line, size_t length, bool bytewise)
{
    enum smtp_client_status status = SMTP_CLIENT_WAIT;
    struct buf data;
    buf_init(&data, 1000);
    for (size_t i = 0; i < length; i++) /* a line break in a script is one on the wire */
        line[i] == '\n' ? buf_add(&data, "\r\n", 2) : buf_add(&data, line + i, 1);
    buf_add(&data, "\r\n", 2);
    for (size_t i = 0; bytewise && i < data.len; i++)
        status = smtp_client_feed(client, unit_at_edge(data.data + i, 1), 1);
    if (!bytewise)
        status = smtp_client_feed(client, unit_at_edge(data.data, data.len), data.len);
    buf_free(&data);
    return status;
}

static void expect_line(struct smtp_client *client, const char *line, size_t length)
{
    struct buf *out = smtp_client_output(client);
    ck_assert_msg(out->len >= length + 2 && memcmp(out->data, line, length) == 0 &&
                  memcmp(out->data + length, "\r\n", 2) == 0,
                  "expected \"%.*s\", the client says \"%s\"", (int)length, line, buf_text(out));
    buf_drop(out, length + 2);
}

static void check_answers(struct smtp_client *client, const char *expected)
{
    struct buf out;
    buf_init(&out, 1000);
    buf_printf(&out, "%d %d", smtp_client_accepted(client), smtp_client_answer(client)->code);
    for (size_t i = 0; smtp_client_recipient(client, i) != NULL; i++)
        buf_printf(&out, " %d", smtp_client_recipient(client, i)->code);
    const struct smtp_answer *reason = smtp_client_reason(client);
    if (smtp_client_problem(client) != NULL)
        buf_printf(&out, " | %s %d %s%s%s", smtp_client_problem(client), reason->code, reason->enhanced,
                   reason->enhanced[0] != '\0' ? " " : "", reason->text);
    ck_assert_str_eq(buf_text(&out), expected);
    buf_free(&out);
}

static void run(const struct play *play, bool bytewise)
{
    struct text text = { "Subject: test\n\n.rachida bonjour" };
    struct smtp_client *client = smtp_client_new(&play->options);
    struct smtp_letter letter = play->letter;
    enum smtp_client_status status = SMTP_CLIENT_WAIT;
    letter.read = read_text;
    letter.context = &text;
    for (const char *line = play->script; *line != '\0';) {
        size_t length = (size_t)(strchr(line, '\n') - line);
        if (strncmp(line, "S: ", 3) == 0) {
            if (line[length + 1] >= '0' && line[length + 1] <= '9') /* injected: it comes with the line before */
                length += 1 + strcspn(line + length + 1, "\n");
            status = feed(client, line + 3, length - 3, bytewise);
        } else if (strncmp(line, "C: ", 3) == 0) {
            while (status == SMTP_CLIENT_MORE)
                status = smtp_client_more(client);
            expect_line(client, line + 3, length - 3);
        } else if (*line == '=') {
            ck_assert_msg(strncmp(line + 2, status_name(status), length - 2) == 0, "%s: expected %.*s, found %s",
                          play->name, (int)length, line, status_name(status));
            ck_assert(status == SMTP_CLIENT_MORE || smtp_client_output(client)->len == 0);
        } else if (strncmp(line, "mail", 4) == 0) {
            status = smtp_client_mail(client, &letter);
        } else if (strncmp(line, "quit", 4) == 0) {
            status = smtp_client_quit(client);
        } else {
            status = smtp_client_tls_started(client, NULL);
        }
        line += length + 1;
    }
    if (play->answers != NULL)
        check_answers(client, play->answers);
    smtp_client_free(client);
}

START_TEST(dialogues_line_by_line)
{
    run(&plays[_i], false);
}
END_TEST

START_TEST(dialogues_byte_by_byte)
{
    if (strstr(plays[_i].name, "put into") == NULL) /* there it matters what comes together */
        run(&plays[_i], true);
}
END_TEST

START_TEST(an_endless_reply_is_given_up)
{
    struct smtp_client_options options = ANY;
    struct smtp_client *client = smtp_client_new(&options);
    enum smtp_client_status status = SMTP_CLIENT_WAIT;
    for (int i = 0; i < 10000 && status == SMTP_CLIENT_WAIT; i++)
        status = feed(client, "220-and so on, and so on", 24, false);
    ck_assert_int_eq(status, SMTP_CLIENT_FAILED);
    ck_assert_str_eq(smtp_client_problem(client), "the server's reply does not end");
    smtp_client_free(client);
    client = smtp_client_new(&options);
    status = SMTP_CLIENT_WAIT;
    for (int i = 0; i < 100000 && status == SMTP_CLIENT_WAIT; i++)
        status = smtp_client_feed(client, "220 and no end of the line", 26);
    ck_assert_int_eq(status, SMTP_CLIENT_FAILED);
    ck_assert_str_eq(smtp_client_problem(client), "the server's line does not end");
    smtp_client_free(client);
}
END_TEST

START_TEST(a_thousand_recipients_in_groups)
{
    struct smtp_client_options options = ANY;
    const char *recipients[1000];
    for (int i = 0; i < 1000; i++)
        recipients[i] = "a@x.test";
    struct text text = { "x" };
    struct smtp_letter letter = { .sender = "a@x.test", .recipients = recipients, .count = 1000, .read = read_text,
                                  .context = &text };
    struct smtp_client *client = smtp_client_new(&options);
    feed(client, "220 x", 5, false);
    ck_assert_int_eq(feed(client, "250-x\n250 PIPELINING", 20, false), SMTP_CLIENT_READY);
    buf_clear(smtp_client_output(client));
    enum smtp_client_status status = smtp_client_mail(client, &letter);
    int replies = 0;
    while (status == SMTP_CLIENT_WAIT && replies < 2000) {
        ck_assert_uint_lt(smtp_client_output(client)->len, 2000);
        buf_clear(smtp_client_output(client));
        status = replies++ < 1001 ? feed(client, "250 Ok", 6, false) : feed(client, "354 go", 6, false);
    }
    ck_assert_int_eq(replies, 1002);
    ck_assert_int_eq(status, SMTP_CLIENT_MORE);
    ck_assert_int_eq(smtp_client_more(client), SMTP_CLIENT_WAIT);
    ck_assert_int_eq(feed(client, "250 Ok", 6, false), SMTP_CLIENT_READY);
    ck_assert_int_eq(smtp_client_recipient(client, 999)->code, 250);
    smtp_client_free(client);
}
END_TEST

UNIT_SUITE(smtp_client, { dialogues_line_by_line, ROWS(plays) }, { dialogues_byte_by_byte, ROWS(plays) },
           { an_endless_reply_is_given_up, 0 }, { a_thousand_recipients_in_groups, 0 })
