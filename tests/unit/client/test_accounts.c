/*
 * The accounts' file: what it says comes back, mistakes are named with their line, and nothing half written is seen.
 */
#include "client/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text, *error;
} wrong[] = {
    { "from = x\n", "accounts:1: from stands before any [name]" },
    { "# x\n[a\n", "accounts:2: a name of an account ends with ]: [a" },
    { "[]\n", "accounts:1: no account can have that name: " },
    { "[a]\n[a]\n", "accounts:2: there are two accounts with the name a" },
    { "[a]\nform = x\n", "accounts:2: there is no setting form; from, in, out" },
    { "[a]\nnonsense\n", "accounts:2: a line is [name], or setting = value, not: nonsense" },
    { "[a]\nrequire-tls = maybe\n", "accounts:2: require-tls is yes or no" },
    { "[a]\nfrom = \xff\n", "accounts:2: the line is not UTF-8" },
    { "[a]\nfrom = x\x1b[2J\n", "accounts:2: there is a control character in the value of from" },
};

static char *scratch(void)
{
    char folder[] = "/tmp/pli-accounts-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return mem_printf("%s/accounts", folder);
}

static void clear_up(char *path)
{
    unlink(path);
    *strrchr(path, '/') = '\0';
    ck_assert_int_eq(rmdir(path), 0);
    free(path);
}

START_TEST(mistakes_have_a_line)
{
    struct accounts accounts;
    struct buf error;
    char *path = scratch();
    buf_init(&error, 1000);
    ck_assert_int_eq(durable_replace(path, wrong[_i].text, strlen(wrong[_i].text), 0600), 0);
    ck_assert_int_eq(accounts_read(path, &accounts, &error), -1);
    ck_assert_msg(strstr(buf_text(&error), wrong[_i].error) != NULL, "%s", buf_text(&error));
    accounts_free(&accounts);
    buf_free(&error);
    clear_up(path);
}
END_TEST

START_TEST(what_is_written_is_read)
{
    struct accounts accounts = { NULL, 0 }, again;
    struct buf error;
    struct stat status;
    char *path = scratch();
    buf_init(&error, 1000);
    struct mail_account *one = accounts_add(&accounts, "work", "Élève <eleve@example.org>");
    ck_assert_str_eq(one->in, "imaps://eleve%40example.org@mail.example.org");
    ck_assert_str_eq(one->out, "submission://eleve%40example.org@mail.example.org");
    mail_account_set(one, "password", "bonjour 2026");
    mail_account_set(one, "require-tls", "yes");
    accounts_add(&accounts, "here", "rachida@localhost");
    ck_assert_int_eq(accounts_write(path, &accounts, &error), 0);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(accounts_read(path, &again, &error), 0);
    ck_assert_uint_eq(again.count, 2);
    ck_assert_str_eq(again.rows[0].from, "Élève <eleve@example.org>");
    ck_assert_str_eq(again.rows[0].password, "bonjour 2026");
    ck_assert(again.rows[0].require_tls && !again.rows[1].require_tls);
    ck_assert_str_eq(accounts_find(&again, "here")->in, "imap://rachida@localhost:2143");
    chmod(path, 0644); /* a password that others can read */
    accounts_free(&again);
    ck_assert_int_eq(accounts_read(path, &again, &error), -1);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "chmod 600"));
    accounts_free(&again);
    accounts_free(&accounts);
    buf_free(&error);
    clear_up(path);
}
END_TEST

START_TEST(a_server_is_ready_to_use)
{
    struct accounts accounts = { NULL, 0 };
    struct account server;
    struct buf error;
    buf_init(&error, 1000);
    struct mail_account *one = accounts_add(&accounts, "work", "eleve@example.org");
    mail_account_set(one, "password-command", "printf 'se cret\\nrest\\n'");
    mail_account_set(one, "certificate-in", "AB:CD");
    ck_assert_int_eq(mail_account_server(one, false, &server, &error), 0);
    ck_assert_str_eq(server.user, "eleve@example.org");
    ck_assert_str_eq(server.host, "mail.example.org");
    ck_assert_str_eq(server.password, "se cret");
    ck_assert_str_eq(server.fingerprint, "AB:CD");
    account_free(&server);
    mail_account_set(one, "password-command", "false");
    ck_assert_int_eq(mail_account_server(one, true, &server, &error), -1);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "no password"));
    account_free(&server);
    accounts_free(&accounts);
    buf_free(&error);
}
END_TEST

UNIT_SUITE(accounts, { mistakes_have_a_line, sizeof wrong / sizeof wrong[0] }, { what_is_written_is_read, 0 },
           { a_server_is_ready_to_use, 0 })
