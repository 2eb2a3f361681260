/*
 * The IMAP session over time: several of them on one mailbox, IDLE, STARTTLS,
 * what changed since, letters that do not fit into memory, and bad input.
 */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tests/unit/server/imap_client.h"
#include "tests/unit/unit.h"

/* RFC 9051 §5.2, §7.5.1: what another session does is told, and an EXPUNGE only when it may be. */
START_TEST(sessions_see_each_other)
{
    imap_begin();
    struct imap_client *a = imap_selected();
    imap_append(a, imap_letter);
    imap_append(a, imap_letter);
    struct imap_client *b = imap_selected();
    imap_expect(a, "x STORE 1 +FLAGS (\\Flagged $Label)\r\n", "* 1 FETCH (FLAGS (\\Flagged $Label))\r\n"
           "* FLAGS (" IMAP_FLAGS " $Label)\r\n"
                "* OK [PERMANENTFLAGS (" IMAP_FLAGS " $Label \\*)] These are kept\r\nx OK Changed\r\n");
    char *news = imap_say(b, "x NOOP\r\n");
    ck_assert_ptr_nonnull(strstr(news, "* FLAGS (" IMAP_FLAGS " $Label)"));
    ck_assert_ptr_nonnull(strstr(news, "* 1 FETCH (UID 1 FLAGS (\\Flagged $Label))"));
    free(news);
    imap_expect(a, "x STORE 1 +FLAGS.SILENT \\Deleted\r\ny EXPUNGE\r\n",
                "x OK Changed\r\n* 1 EXPUNGE\r\ny OK Removed\r\n");
    news = imap_say(b, "x FETCH 2 UID\r\ny SEARCH ALL\r\nz STORE 2 +FLAGS.SILENT \\Seen\r\n");
    ck_assert_ptr_null(strstr(news, "EXPUNGE\r\n"));
    ck_assert_ptr_nonnull(strstr(news, "* 2 FETCH (UID 2)"));
    free(news);
    news = imap_say(b, "x FETCH 1 BODY[]\r\n");
    ck_assert_ptr_nonnull(strstr(news, "x NO [EXPUNGEISSUED]"));
    free(news);
    imap_expect(b, "x NOOP\r\n", "* 1 EXPUNGE\r\nx OK Done\r\n");
    imap_disconnect(a);
    imap_disconnect(b);
    imap_end();
}
END_TEST

/* RFC 9051 §6.3.13, §5.3 and §5.4: what comes when no command is in progress, and the end of patience. */
START_TEST(idle_tells_at_once)
{
    imap_begin();
    struct imap_client *a = imap_selected(), *b = imap_selected();
    imap_expect(a, "i IDLE\r\n", "+ You will hear what happens\r\n");
    ck_assert_int_eq(a->answer, SESSION_WAIT);
    imap_append(b, imap_letter);
    char *news = imap_wake(a, SESSION_CHANGED);
    ck_assert_ptr_nonnull(strstr(news, "* 1 EXISTS\r\n"));
    free(news);
    imap_expect(a, "done\r\n", "i OK You have the turn\r\n");
    imap_expect(a, "i IDLE\r\nNOOP\r\n", "+ You will hear what happens\r\ni BAD IDLE ends with DONE\r\n");
    imap_expect(a, "i NOOP\r\n", "i OK Done\r\n");
    news = imap_wake(a, SESSION_TIMEOUT);
    ck_assert_str_eq(news, "* BYE You were silent for too long\r\n");
    ck_assert(a->closed);
    free(news);
    imap_disconnect(a);
    imap_disconnect(b);
    imap_end();
}
END_TEST

/* RFC 9051 §6.2.1: what is injected behind STARTTLS is dropped. */
START_TEST(starttls_drops_what_follows)
{
    imap_begin();
    struct imap_client *client = imap_connect();
    imap_expect(client, "a STARTTLS\r\nb NOOP\r\n", "a OK Begin TLS now\r\n");
    imap_expect(client, "c NOOP\r\n", "c OK Done\r\n");
    imap_disconnect(client);
    imap_end();
}
END_TEST

/* RFC 7162 */
START_TEST(condstore_and_qresync)
{
    imap_begin();
    struct imap_client *client = imap_selected();
    imap_append(client, imap_letter);
    imap_append(client, imap_letter);
    imap_append(client, imap_letter);
    imap_expect(client, "x ENABLE QRESYNC\r\n", "x BAD ENABLE is not allowed in the state SELECTED\r\n");
    imap_expect(client, "x UNSELECT\r\ny ENABLE QRESYNC\r\n",
           "x OK Left\r\n* ENABLED QRESYNC\r\ny OK Enabled what I can\r\n");
    free(imap_say(client, "s SELECT INBOX\r\n"));
    imap_expect(client, "x STORE 1 (UNCHANGEDSINCE 0) +FLAGS \\Seen\r\n",
           "x OK [MODIFIED 1] Somebody else changed these first\r\n");
    imap_expect(client, "x STORE 2 +FLAGS.SILENT \\Deleted\r\n", "* 2 FETCH (UID 2 MODSEQ (M))\r\nx OK Changed\r\n");
    imap_expect(client, "x EXPUNGE\r\n", "* VANISHED 2\r\nx OK Removed\r\n");
    imap_expect(client, "x UID FETCH 1:9 (FLAGS) (CHANGEDSINCE 99999 VANISHED)\r\n",
           "x OK That is all\r\n"); /* nothing went after that */
    imap_expect(client, "x UID FETCH 1:9 (FLAGS) (CHANGEDSINCE 1 VANISHED)\r\n",
                "* VANISHED (EARLIER) 2\r\n* 1 FETCH (FLAGS () UID 1 MODSEQ (M))\r\n"
                "* 2 FETCH (FLAGS () UID 3 MODSEQ (M))\r\nx OK That is all\r\n");
    imap_expect(client, "x FETCH 1 MODSEQ\r\ny SEARCH MODSEQ 1\r\n",
           "* 1 FETCH (MODSEQ (M))\r\nx OK That is all\r\n* SEARCH 1 2 (MODSEQ M)\r\ny OK That is all\r\n");
    imap_disconnect(client);
    imap_end();
}
END_TEST

/* A letter of 5 MB goes through 1 MiB of output at most, and by pieces. */
START_TEST(big_letters_stay_bounded)
{
    imap_begin();
    struct imap_client *client = imap_selected();
    struct buf big;
    buf_init(&big, 1 << 23);
    buf_add_text(&big, "Subject: big\r\n\r\n");
    while (big.len < 5000000)
        buf_add_text(&big, "0123456789012345678901234567890123456789012345678901234567890123456789\r\n");
    imap_append(client, buf_text(&big));
    char *answer = imap_say(client, "x FETCH 1 BODY.PEEK[]\r\n");
    char *expected = mem_printf("* 1 FETCH (BODY[] {%zu}\r\n%s)\r\nx OK That is all\r\n", big.len, buf_text(&big));
    ck_assert_int_eq(strcmp(answer, expected), 0);
    free(answer);
    free(expected);
    buf_free(&big);
    imap_disconnect(client);
    imap_end();
}
END_TEST

/* Hostile lines: an answer, or the end, and never more. */
START_TEST(bad_input_is_survived)
{
    imap_begin();
    struct imap_client *client = imap_connect();
    char *answer = imap_say(client, "a LOGIN {18446744073709551615+}\r\n");
    ck_assert_int_eq(strncmp(answer, "* BYE ", 6), 0);
    ck_assert(client->closed);
    free(answer);
    imap_disconnect(client);
    client = imap_connect();
    for (int i = 0; i < 30 && !client->closed; i++)
        free(imap_say(client, "\r\n"));
    ck_assert(client->closed);
    imap_disconnect(client);
    client = imap_connect();
    for (int i = 0; i < 30 && !client->closed; i++)
        free(imap_say(client, "a LOGIN rachida wrong\r\n"));
    ck_assert(client->closed);
    imap_disconnect(client);
    client = imap_connect();
    char *line = mem_alloc(1 << 20);
    memset(line, 'x', 1 << 20);
    free(imap_say_bytes(client, line, 1 << 20, 4096));
    answer = imap_say(client, "\r\n");
    ck_assert_int_eq(strncmp(answer, "* BYE ", 6), 0);
    free(answer);
    free(line);
    imap_disconnect(client);
    imap_end();
}
END_TEST

UNIT_SUITE(imapd_sessions, { sessions_see_each_other, 0 }, { idle_tells_at_once, 0 },
           { starttls_drops_what_follows, 0 }, { condstore_and_qresync, 0 }, { big_letters_stay_bounded, 0 },
           { bad_input_is_survived, 0 })
