#include "client/transcript.h"

#include <string.h>

#include "../unit.h"

static void note(void *context, const struct watch_event *event, struct span text)
{
    buf_add_text(context, event->from_client ? "C: " : "S: ");
    buf_add_span(context, text);
    buf_add_text(context, "\n");
}

/* Lines that begin with "C" are the client's; the others the server's. */
static const struct { enum watch_protocol protocol; const char *script; const char *written; } rows[] = {
    { WATCH_SMTP, "S220 x\r\nCEHLO me\r\nS250-x\r\nS250 AUTH PLAIN\r\nCAUTH PLAIN AHUAcA==\r\nS235 in\r\n"
      "CMAIL FROM:<a@x>\r\nS250 Ok\r\nCRCPT TO:<b@x>\r\nS250 Ok\r\nCDATA\r\nS354 go\r\nCSubject: x\r\nC\r\nC..\r\nC.\r\n"
      "S250 Ok\r\n",
      "S: 220 x\nC: EHLO me\nS: 250-x\nS: 250 AUTH PLAIN\nC: AUTH PLAIN ********\nS: 235 in\nC: MAIL FROM:<a@x>\n"
      "S: 250 Ok\nC: RCPT TO:<b@x>\nS: 250 Ok\nC: DATA\nS: 354 go\nC: Subject: x\nC: \nC: ..\nC: .\nS: 250 Ok\n" },
    { WATCH_POP3, "S+OK x\r\nCUSER u\r\nS+OK\r\nCPASS secret word\r\nS+OK\r\nCRETR 1\r\nS+OK\r\nSx\r\nS..\r\nS.\r\n",
      "S: +OK x\nC: USER u\nS: +OK\nC: PASS ********\nS: +OK\nC: RETR 1\nS: +OK\nS: x\nS: ..\nS: .\n" },
    { WATCH_IMAP, "S* OK x\r\nCa LOGIN \"u\" \"secret\"\r\nSa OK\r\nCb SELECT INBOX\r\nS* 1 EXISTS\r\nSb OK\r\n"
      "Cc FETCH 1 BODY[]\r\nS* 1 FETCH (BODY[] {6}\r\nSx\r\nSy\r\nS)\r\nSc OK\r\n", NULL },
};

START_TEST(secrets_become_stars)
{
    struct buf out;
    buf_init(&out, 10000);
    struct mail_watcher watcher = { .line = note, .context = &out };
    struct transcript *transcript = transcript_new(rows[_i].protocol, &watcher);
    for (const char *line = rows[_i].script; *line != '\0';) {
        const char *end = strchr(line, '\n') + 1;
        transcript_saw(transcript, *line == 'C', (struct span){ line + 1, (size_t)(end - line) - 1 });
        line = end;
    }
    if (rows[_i].written != NULL)
        ck_assert_str_eq(buf_text(&out), rows[_i].written);
    ck_assert_ptr_null(strstr(buf_text(&out), "secret"));
    if (rows[_i].protocol == WATCH_IMAP) {
        ck_assert_ptr_nonnull(strstr(buf_text(&out), "S: * 1 FETCH (BODY[] {6}\nS: x\nS: y\nS: )\nS: c OK\n"));
        ck_assert_ptr_nonnull(strstr(buf_text(&out), "C: a LOGIN"));
    }
    transcript_free(transcript);
    buf_free(&out);
}
END_TEST

UNIT_SUITE(transcript, { secrets_become_stars, 3 })
