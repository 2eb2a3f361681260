/*
 * Quotas: the rule's form, and what the three protocols say at the limit.
 */
#include <stdlib.h>
#include <string.h>

#include "server/quota.h"
#include "server/smtpd.h"
#include "tests/unit/server/dialogue.h"
#include "tests/unit/server/imap_client.h"
#include "tests/unit/unit.h"

static const struct {
    const char *rule;
    bool good;
    struct quota limit;
} rules[] = {
    { "", true, { 0, 0 } },
    { "*:storage=100M", true, { 100ull << 20, 0 } },
    { "*:storage=1000", true, { 1000ull << 10, 0 } },        /* Dovecot: kibibytes */
    { "*:storage=5B:messages=3", true, { 5, 3 } },
    { "*:messages=1000:storage=1G", true, { 1ull << 30, 1000 } },
    { "*:storage=2k", true, { 2048, 0 } },
    { "*:storage=7T", true, { 7ull << 40, 0 } },
    { "*:storage=8388608T", false, { 0, 0 } },               /* 2^63 octets */
    { "*:storage=99999999999999999999", false, { 0, 0 } },
    { "*:storage=", false, { 0, 0 } },
    { "*:storage=-1", false, { 0, 0 } },
    { "*:storage=1Q", false, { 0, 0 } },
    { "*:messages=1k", false, { 0, 0 } },
    { "*:letters=1", false, { 0, 0 } },
    { "Trash:storage=+100M", false, { 0, 0 } },              /* rules for single folders are Dovecot's alone */
    { "*storage=1", false, { 0, 0 } },
    { "100M", false, { 0, 0 } },
};

START_TEST(rules_are_read)
{
    struct quota limit;
    const char *fault = quota_parse(rules[_i].rule, &limit);
    ck_assert_int_eq(fault == NULL, rules[_i].good);
    if (fault != NULL)
        return;
    ck_assert_uint_eq(limit.octets, rules[_i].limit.octets);
    ck_assert_uint_eq(limit.messages, rules[_i].limit.messages);
}
END_TEST

/* RFC 9208 §4.1, §4.3.1; the file of the letter has 160 octets. */
static const struct {
    const char *said, *answered;
} commands[] = {
    { "a GETQUOTAROOT Nowhere\r\n", "* QUOTAROOT \"Nowhere\" \"User quota\"\r\n"
      "* QUOTA \"User quota\" (STORAGE 1 1 MESSAGE 2 3)\r\na OK That is used, and the limit\r\n" },
    { "a GETQUOTA \"User quota\"\r\n",
      "* QUOTA \"User quota\" (STORAGE 1 1 MESSAGE 2 3)\r\na OK That is used, and the limit\r\n" },
    { "a GETQUOTA other\r\n", "a NO [NONEXISTENT] There is no such quota root; GETQUOTAROOT names it\r\n" },
    { "a GETQUOTA\r\n", "a BAD The arguments are not as they should be: GETQUOTA root\r\n" },
    { "a GETQUOTAROOT\r\n", "a BAD The arguments are not as they should be: GETQUOTAROOT mailbox\r\n" },
    { "a SETQUOTA \"User quota\" (STORAGE 5)\r\n",
      "a NO [NOPERM] Limits are set by the administrator: quota_rule in the configuration\r\n" },
    { "a STORE 1 +FLAGS.SILENT (\\Deleted)\r\nb STATUS INBOX (DELETED DELETED-STORAGE)\r\n",
      "a OK Changed\r\n* STATUS \"INBOX\" (DELETED 1 DELETED-STORAGE 160)\r\nb OK Done\r\n" },
    { "a COPY 1:2 Trash\r\n", "a NO [OVERQUOTA] Your mailboxes are full: delete something first\r\n" },
    { "a APPEND INBOX {900}\r\n", "a NO [OVERQUOTA] Your mailboxes are full: delete something first\r\n" },
    { "a EXPUNGE\r\n", "* 1 EXPUNGE\r\na OK Removed\r\n" },
    { "a COPY 1 Trash\r\nb MOVE 1 Sent\r\n", "a OK [COPYUID V 2 1] Copied\r\n"
      "* OK [COPYUID V 2 1] There they are\r\n* 1 EXPUNGE\r\nb OK Moved\r\n" },
};

START_TEST(imap_says_overquota)
{
    static const char *const settings[] = { "quota_rule=*:storage=1:messages=3", NULL };
    imap_begin_with(settings);
    struct imap_client *client = imap_selected();
    imap_append(client, imap_letter);
    imap_append(client, imap_letter);
    free(imap_say(client, "x NOOP\r\n"));
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        imap_expect(client, commands[i].said, commands[i].answered);
    imap_disconnect(client);
    imap_end();
}
END_TEST

START_TEST(without_a_rule_there_is_no_limit)
{
    imap_begin();
    struct imap_client *client = imap_selected();
    imap_expect(client, "a GETQUOTAROOT INBOX\r\n", "* QUOTAROOT \"INBOX\" \"User quota\"\r\n"
                        "* QUOTA \"User quota\" ()\r\na OK There is no limit\r\n");
    imap_disconnect(client);
    imap_end();
}
END_TEST

#define HELLO { 'S', "220 *" }, { 'C', "EHLO client.example\r\n" }, { '+', "250*" }
#define SEND(reply)                                                                                       \
    { 'C', "MAIL FROM:<alice@localhost>\r\n" }, { 'S', "250 *" }, { 'C', "RCPT TO:<rachida@localhost>\r\n" }, \
    { 'S', reply }, { 'C', "RSET\r\n" }, { 'S', "250 *" }

/* RFC 3463 §3.3 X.2.2: a full mailbox refuses for the moment; others of the letter are not refused with it. */
START_TEST(smtp_refuses_for_the_moment)
{
    static const char *const settings[] = { "quota_rule=*:storage=2:messages=1", NULL };
    static const struct say say[] = {
        HELLO,
        { 'C', "MAIL FROM:<alice@localhost> SIZE=3000\r\n" }, { 'S', "250 *" },
        { 'C', "RCPT TO:<rachida@localhost>\r\n" }, { 'S', "452 4.2.2 *" }, { 'C', "RSET\r\n" }, { 'S', "250 *" },
        { 'C', "MAIL FROM:<alice@localhost>\r\n" }, { 'S', "250 *" },
        { 'C', "RCPT TO:<rachida@localhost>\r\n" }, { 'S', "250 *" },
        { 'C', "DATA\r\n" }, { 'S', "354 *" }, { 'C', "Subject: test\r\n\r\nrachida bonjour\r\n.\r\n" },
        { 'S', "250 *" },
        SEND("452 4.2.2 *"),
        { 'C', "MAIL FROM:<rachida@localhost>\r\n" }, { 'S', "250 *" },
        { 'C', "RCPT TO:<rachida@localhost>\r\n" }, { 'S', "452 4.2.2 *" },
        { 'C', "RCPT TO:<alice@localhost>\r\n" }, { 'S', "250 *" },
        { 'C', "DATA\r\n" }, { 'S', "354 *" }, { 'C', "Subject: test\r\n\r\nbonjour\r\n.\r\n" }, { 'S', "250 *" },
        { 0, NULL },
    };
    dialogue_play(&smtpd_ops, false, settings, say);
}
END_TEST

UNIT_SUITE(quota, { rules_are_read, (int)(sizeof rules / sizeof rules[0]) }, { imap_says_overquota, 0 },
           { without_a_rule_there_is_no_limit, 0 }, { smtp_refuses_for_the_moment, 0 })
