#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "scratch.h"
#include "server/config.h"
#include "server/pop3d.h"
#include "server/smtpd.h"
#include "tests/unit/unit.h"

/* The value of `name` after these lines, or the errors. */
static const struct good {
    const char *file;
    enum config_id id;
    const char *value;
} good[] = {
    { "myhostname = mail.example.org\n", CONFIG_MYDOMAIN, "example.org" },
    { "myhostname=mail.example.org", CONFIG_SMTPD_BANNER, "mail.example.org ESMTP Pli" },
    { "# comment\n\n  # comment too\nmydomain = example.org\nmyorigin = $mydomain\n", CONFIG_MYORIGIN, "example.org" },
    { "mydomain = example.org\nmyorigin = ${mydomain}\n", CONFIG_MYORIGIN, "example.org" },
    { "mydomain = example.org\nmyorigin = $(mydomain)\n", CONFIG_MYORIGIN, "example.org" },
    { "mail_name = a$$b\n", CONFIG_MAIL_NAME, "a$b" },
    { "mydestination = a,\n\tb\n# between\n c\n", CONFIG_MYDESTINATION, "a, b c" },
    { "mail_name = one # two\n", CONFIG_MAIL_NAME, "one # two" },
    { "listen = \"*\" # all\n", CONFIG_LISTEN, "*" },
    { "listen = * # all\n", CONFIG_LISTEN, "*" },
    { "mail_location = \"maildir:~/Maildir\"\n", CONFIG_MAIL_LOCATION, "maildir:~/Maildir" },
    { "ports = standard\n", CONFIG_LISTEN, "*, ::" },
    { "ports = standard\nlisten = 127.0.0.1\n", CONFIG_LISTEN, "127.0.0.1" },
    { "myhostname = mail.example.org\r\n", CONFIG_MYHOSTNAME, "mail.example.org" },
    { "message_size_limit = 5\nmessage_size_limit = 6\n", CONFIG_MESSAGE_SIZE_LIMIT, "6" },
};

START_TEST(config_understands)
{
    const struct good *row = &good[_i];
    struct buf errors;
    buf_init(&errors, 4096);
    char *file = scratch_file("main.cf", row->file);
    struct config *config = config_new("/root-folder");
    int read = config_read(config, file, &errors);
    int finished = config_finish(config, &errors);
    ck_assert_msg(read == 0 && finished == 0, "%s", buf_text(&errors));
    ck_assert_str_eq(config_text(config, row->id), row->value);
    config_release(config);
    free(file);
    buf_free(&errors);
}
END_TEST

static const struct bad {
    const char *file;
    const char *error; /* a part of it */
} bad[] = {
    { "nonsense\n", "main.cf:1:" },
    { "\n\nmynetworcs = 127.0.0.1\n", "main.cf:3:" },
    { "message_size_limit = many\n", "number" },
    { "message_size_limit = -1\n", "number" },
    { "message_size_limit = 99999999999999999999\n", "number" },
    { "smtpd_sasl_auth_enable = maybe\n", "yes or no" },
    { "mynetworks = 192.0.2.1/24\n", "main.cf:1:" },
    { "mynetworks = 300.0.0.0/8\n", "network" },
    { "inet_protocols = ipv5\n", "allowed" },
    { "ssl = perhaps\n", "allowed" },
    { "smtpd_recipient_restrictions = permit_mynetworks, reject_everything\n", "allowed" },
    { "smtpd_recipient_restrictions = permit_mynetworks\n", "reject" },
    { "myorigin = $nobody\n", "does not exist" },
    { "mydomain = $myorigin\nmyorigin = $mydomain\n", "refers to itself" },
    { "mail_name = 5$\n", "$" },
    { "mail_name = a\001b\n", "control" },
    { "home_mailbox = Mailbox\n", "slash" },
    { "home_mailbox = ../Maildir/\n", "inside" },
    { "home_mailbox = Mail/\nmail_location = maildir:~/Maildir\n", "delivered elsewhere" },
    { "mail_location = mbox:~/mail\n", "maildir" },
    { "mail_location = maildir:~/Maildir:LAYOUT=fs\n", "options" },
    { "myhostname = two words\n", "host" },
    { "smtpd_banner = hello\n", "myhostname" },
    { "protocol imap {\n}\n", "sections" },
    { "!include other.conf\n", "included" },
    { "workers = 0\n", "1024" },
};

START_TEST(config_refuses)
{
    struct buf errors;
    buf_init(&errors, 4096);
    char *file = scratch_file("main.cf", bad[_i].file);
    struct config *config = config_new("/root-folder");
    int status = config_read(config, file, &errors) | config_finish(config, &errors);
    ck_assert_int_ne(status, 0);
    ck_assert_msg(strstr(buf_text(&errors), bad[_i].error) != NULL, "\"%s\" is not in: %s", bad[_i].error,
                  buf_text(&errors));
    config_release(config);
    free(file);
    buf_free(&errors);
}
END_TEST

START_TEST(config_types)
{
    struct buf errors;
    buf_init(&errors, 4096);
    struct config *config = config_new("/root-folder");
    ck_assert_int_eq(config_set(config, "mynetworks=192.0.2.0/24, [2001:db8::]/32", &errors), 0);
    ck_assert_int_eq(config_set(config, "alias_maps=hash:/etc/aliases", &errors), 0);
    ck_assert_int_eq(config_set(config, "ssl_cert=</etc/ssl/cert.pem", &errors), 0);
    ck_assert_int_eq(config_set(config, "ssl_key = key.pem", &errors), 0);
    ck_assert_int_eq(config_finish(config, &errors), 0);
    ck_assert_int_eq((int)config_count(config, CONFIG_MYNETWORKS), 2);
    ck_assert_str_eq(config_word(config, CONFIG_MYNETWORKS, 1), "[2001:db8::]/32");
    ck_assert_ptr_null(config_word(config, CONFIG_MYNETWORKS, 2));
    ck_assert_str_eq(config_text(config, CONFIG_ALIAS_MAPS), "/etc/aliases");
    ck_assert_str_eq(config_text(config, CONFIG_SSL_CERT), "/etc/ssl/cert.pem");
    ck_assert_str_eq(config_text(config, CONFIG_SSL_KEY), "/root-folder/key.pem");
    ck_assert_int_eq((int)config_number(config, CONFIG_MESSAGE_SIZE_LIMIT), 10485760);
    ck_assert(config_flag(config, CONFIG_SMTPD_SASL_AUTH_ENABLE));
    ck_assert(config_is_set(config, CONFIG_MYNETWORKS) && !config_is_set(config, CONFIG_MYORIGIN));
    char *maildir = config_maildir(config, span_of("rachida"));
    ck_assert_str_eq(maildir, "/root-folder/home/rachida/Maildir");
    free(maildir);
    config_release(config);
    buf_free(&errors);
}
END_TEST

/* Every row has what the server and the reference page need. */
START_TEST(config_table_is_complete)
{
    for (int i = 0; i < CONFIG_COUNT; i++) {
        ck_assert_ptr_nonnull(config_table[i].name);
        ck_assert_ptr_nonnull(config_table[i].initial);
        ck_assert_msg(config_table[i].meaning != NULL && strlen(config_table[i].meaning) > 20, "%s",
                      config_table[i].name);
    }
}
END_TEST

/* RFC 5321 §4.5.3.2.1 to §4.5.3.2.7: how long a server, and a client of other servers, must be patient by default. */
START_TEST(config_is_patient)
{
    static const struct {
        enum config_id id;
        long long minutes; /* RFC 5321 §4.5.3.2.1, §4.5.3.2.2, §4.5.3.2.3, §4.5.3.2.4, §4.5.3.2.5, §4.5.3.2.6 */
    } rows[] = { { CONFIG_SMTP_HELO_TIMEOUT, 5 },       { CONFIG_SMTP_MAIL_TIMEOUT, 5 },
                 { CONFIG_SMTP_RCPT_TIMEOUT, 5 },       { CONFIG_SMTP_DATA_INIT_TIMEOUT, 2 },
                 { CONFIG_SMTP_DATA_XFER_TIMEOUT, 3 },  { CONFIG_SMTP_DATA_DONE_TIMEOUT, 10 } };
    struct config *config = config_new("/root-folder");
    struct buf errors;
    buf_init(&errors, 4096);
    ck_assert_int_eq(config_finish(config, &errors), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_int_ge(config_number(config, rows[i].id), rows[i].minutes * 60);
    ck_assert_uint_ge(smtpd_ops.timeout, 5 * 60);  /* RFC 5321 §4.5.3.2.7 */
    ck_assert_uint_ge(pop3d_ops.timeout, 10 * 60); /* RFC 1939 §3 */
    config_release(config);
    buf_free(&errors);
}
END_TEST

UNIT_SUITE(config, { config_is_patient, 0 },
           { config_understands, sizeof good / sizeof good[0] }, { config_refuses, sizeof bad / sizeof bad[0] },
           { config_types, 0 }, { config_table_is_complete, 0 })
