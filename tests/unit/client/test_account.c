#include "client/account.h"

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static const struct {
    const char *text;
    enum account_protocol protocol;
    enum account_tls tls;
    const char *host, *port, *user, *password, *folder;
    const char *written;    /* NULL: as it was */
} valid[] = {
    { "imap://rachida@localhost:2143/INBOX", ACCOUNT_IMAP, ACCOUNT_TLS_OFFERED, "localhost", "2143", "rachida", NULL,
      "INBOX", NULL },
    { "imaps://localhost", ACCOUNT_IMAP, ACCOUNT_TLS_IMPLICIT, "localhost", "993", NULL, NULL, "INBOX",
      "imaps://localhost:993/INBOX" },
    { "IMAP://a%40b:p%2F%3a@h/Sent%20mail/2026", ACCOUNT_IMAP, ACCOUNT_TLS_OFFERED, "h", "143", "a@b", "p/:",
      "Sent mail/2026", "imap://a%40b@h:143/Sent%20mail/2026" },
    { "pop3://rachida:bonjour-2026@mail.example.org", ACCOUNT_POP3, ACCOUNT_TLS_OFFERED, "mail.example.org", "110",
      "rachida", "bonjour-2026", "INBOX", "pop3://rachida@mail.example.org:110" },
    { "pop3s://u@[2001:db8::25]:2995/", ACCOUNT_POP3, ACCOUNT_TLS_IMPLICIT, "2001:db8::25", "2995", "u", NULL, "INBOX",
      "pop3s://u@[2001:db8::25]:2995" },
    { "pop://u@h", ACCOUNT_POP3, ACCOUNT_TLS_OFFERED, "h", "110", "u", NULL, "INBOX", "pop3://u@h:110" },
    { "smtp://example.org", ACCOUNT_SMTP, ACCOUNT_TLS_OFFERED, "example.org", "25", NULL, NULL, "INBOX",
      "smtp://example.org:25" },
    { "submission://rachida@example.org:pw@mail", ACCOUNT_SMTP, ACCOUNT_TLS_OFFERED, "mail", "587",
      "rachida@example.org", "pw", "INBOX", "smtp://rachida%40example.org@mail:587" },
    { "smtps://u;AUTH=PLAIN:p:q@h", ACCOUNT_SMTP, ACCOUNT_TLS_IMPLICIT, "h", "465", "u", "p:q", "INBOX",
      "smtps://u;AUTH=PLAIN@h:465" },
    { "imap://u;AUTH=*@h", ACCOUNT_IMAP, ACCOUNT_TLS_OFFERED, "h", "143", "u", NULL, "INBOX", "imap://u@h:143/INBOX" },
    { "smtp://u:@h", ACCOUNT_SMTP, ACCOUNT_TLS_OFFERED, "h", "25", "u", "", "INBOX", "smtp://u@h:25" },
    { "mail/home/rachida/Maildir", ACCOUNT_MAILDIR, ACCOUNT_TLS_OFFERED, NULL, NULL, NULL, NULL,
      "mail/home/rachida/Maildir", NULL },
    { "maildir:/var/mail/x", ACCOUNT_MAILDIR, ACCOUNT_TLS_OFFERED, NULL, NULL, NULL, NULL, "/var/mail/x",
      "/var/mail/x" },
    { "imap://u@h/%C3%A9", ACCOUNT_IMAP, ACCOUNT_TLS_OFFERED, "h", "143", "u", NULL, "\xc3\xa9", NULL },
};

START_TEST(accounts)
{
    struct account account;
    struct buf error, out;
    buf_init(&error, 500);
    buf_init(&out, 500);
    ck_assert_int_eq(account_parse(valid[_i].text, &account, &error), 0);
    ck_assert_int_eq(account.protocol, valid[_i].protocol);
    ck_assert_int_eq(account.tls, valid[_i].tls);
    ck_assert_pstr_eq(account.host, valid[_i].host);
    ck_assert_pstr_eq(account.port, valid[_i].port);
    ck_assert_pstr_eq(account.user, valid[_i].user);
    ck_assert_pstr_eq(account.password, valid[_i].password);
    ck_assert_pstr_eq(account.folder, valid[_i].folder);
    ck_assert_int_eq(account_write(&account, &out), 0);
    if (valid[_i].written != NULL)
        ck_assert_str_eq(buf_text(&out), valid[_i].written);
    account_free(&account);
    buf_free(&error);
    buf_free(&out);
}
END_TEST

static const char *const invalid[] = {
    "", "maildir:", "http://x", "://x", "imap://", "imap:///INBOX", "imap://u@", "imap://@h", "imap://:pw@h",
    "imap://h:", "imap://h:0", "imap://h:65536", "imap://h:12x", "imap://h:-1", "imap://h:99999999999", "imap://[::1",
    "imap://[::1]x", "imap://[]", "imap://u%@h", "imap://u%4@h", "imap://u%zz@h", "imap://u%0d%0aDELE@h",
    "imap://u:p%00@h", "imap://h/%0a", "imap://u%FF@h", "imap://u\n@h", "imap://h?x", "imap://h/#x", "imap://h%00.test",
    "imap://u;AUTH=@h", "imap://u;X=y@h", "imap://;AUTH=PLAIN@h",
};

START_TEST(no_accounts)
{
    struct account account;
    struct buf error;
    buf_init(&error, 500);
    ck_assert_int_eq(account_parse(invalid[_i], &account, &error), -1);
    ck_assert_uint_gt(error.len, 20);
    account_free(&account);
    buf_free(&error);
}
END_TEST

UNIT_SUITE(account, { accounts, ROWS(valid) }, { no_accounts, ROWS(invalid) })
