#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "scratch.h"
#include "server/delivery.h"
#include "server/users.h"
#include "store_tools.h"
#include "tests/unit/unit.h"

static struct session *session_with_users(const char *const *settings)
{
    static const char *const names[] = { "rachida", "amine", "sami" };
    struct session *session = scratch_session("127.0.0.1", settings);
    struct buf error;
    buf_init(&error, 1000);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(users_add(session->server->users, span_of(names[i]), span_of("bonjour-2026"), &error), 0);
    buf_free(&error);
    return session;
}

static enum delivery_result add(struct delivery *delivery, const char *local, const char *domain)
{
    char *mailbox = mem_printf("%s@%s", local, domain);
    const struct delivery_address address = { .mailbox = span_of(mailbox), .local = span_of(local),
                                              .domain = span_of(domain) };
    enum delivery_result result = delivery_recipient(delivery, &address);
    free(mailbox);
    return result;
}

/* The letters in a user's INBOX. */
static size_t letters_of(const char *user, struct letter *first)
{
    char *path = mem_printf("%s/home/%s/Maildir", scratch_folder(), user);
    struct store *store = store_open_path(path);
    struct mailbox *mailbox = open_box(store, "INBOX", MAILBOX_READ_ONLY);
    size_t count = mailbox_count(mailbox);
    if (first != NULL)
        ck_assert_int_eq(mailbox_read(mailbox, 0, first), STORE_OK);
    mailbox_close(mailbox);
    store_close(store);
    free(path);
    return count;
}

START_TEST(delivery_to_several)
{
    struct session *session = session_with_users(NULL);
    free(scratch_file("aliases", "both: amine, rachida\n"));
    struct delivery *delivery = delivery_new(session, span_of("a@example.org"));
    ck_assert_uint_gt(strlen(delivery_id(delivery)), 5);
    ck_assert_int_eq(add(delivery, "rachida", "localhost"), DELIVERY_OK);
    ck_assert_int_eq(add(delivery, "Rachida+x", "mail.example.org"), DELIVERY_OK);
    ck_assert_int_eq(add(delivery, "both", ""), DELIVERY_OK);
    ck_assert_int_eq(add(delivery, "nobody", "localhost"), DELIVERY_UNKNOWN);
    ck_assert_int_eq(add(delivery, "rachida", "elsewhere.example"), DELIVERY_OK);
    ck_assert_int_eq(delivery_write(delivery, "Subject: x\r\n\r\nbo", 16), DELIVERY_OK);
    ck_assert_int_eq(delivery_write(delivery, "dy\r\n", 4), DELIVERY_OK);
    ck_assert_uint_eq(delivery_size(delivery), 20);
    ck_assert_int_eq(delivery_commit(delivery), DELIVERY_OK);
    delivery_free(delivery);
    struct letter letter;
    ck_assert_uint_eq(letters_of("rachida", &letter), 1);
    static const char expected[] = "Return-Path: <a@example.org>\r\nSubject: x\r\n\r\nbody\r\n";
    ck_assert_uint_eq(letter.size, strlen(expected));
    ck_assert_mem_eq(letter.text, expected, letter.size);
    letter_release(&letter);
    ck_assert_uint_eq(letters_of("amine", NULL), 1);
    ck_assert_int_eq(scratch_count("home/rachida/Maildir/tmp"), 0);
    ck_assert_int_eq(scratch_count("home/amine/Maildir/tmp"), 0);
}
END_TEST

START_TEST(delivery_not_committed)
{
    struct session *session = session_with_users(NULL);
    struct delivery *delivery = delivery_new(session, span_of(""));
    ck_assert_int_eq(delivery_write(delivery, "x", 1), DELIVERY_UNKNOWN); /* to nobody */
    delivery_free(delivery);
    delivery = delivery_new(session, span_of(""));
    ck_assert_int_eq(add(delivery, "rachida", ""), DELIVERY_OK);
    ck_assert_int_eq(delivery_write(delivery, "x\r\n", 3), DELIVERY_OK);
    delivery_free(delivery);
    ck_assert_uint_eq(letters_of("rachida", NULL), 0);
    ck_assert_int_eq(scratch_count("home/rachida/Maildir/tmp"), 0);
}
END_TEST

/* The disk takes no more, as with a limit on the size of files. */
START_TEST(delivery_without_room)
{
    struct session *session = session_with_users(NULL);
    signal(SIGXFSZ, SIG_IGN);
    char *text = mem_alloc(300000);
    memset(text, 'x', 300000);
    struct delivery *delivery = delivery_new(session, span_of("a@example.org"));
    ck_assert_int_eq(add(delivery, "rachida", ""), DELIVERY_OK);
    ck_assert_int_eq(delivery_write(delivery, text, 1), DELIVERY_OK);
    struct rlimit limit = { 100000, RLIM_INFINITY };
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(delivery_write(delivery, text, 300000), DELIVERY_FULL);
    ck_assert_int_eq(delivery_commit(delivery), DELIVERY_FULL);
    delivery_free(delivery);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_uint_eq(letters_of("rachida", NULL), 0);
    ck_assert_int_eq(scratch_count("home/rachida/Maildir/tmp"), 0);
    free(text);
}
END_TEST

/* One of several mailboxes cannot be written: none gets the letter, so that trying again does not double it. */
START_TEST(delivery_all_or_none)
{
    struct session *session = session_with_users(NULL);
    free(scratch_file("home/sami/Maildir", "a file where a folder should be\n"));
    struct delivery *delivery = delivery_new(session, span_of("a@example.org"));
    ck_assert_int_eq(add(delivery, "rachida", ""), DELIVERY_OK);
    ck_assert_int_eq(add(delivery, "amine", ""), DELIVERY_OK);
    ck_assert_int_eq(add(delivery, "sami", ""), DELIVERY_OK);
    ck_assert_int_eq(delivery_write(delivery, "x\r\n", 3), DELIVERY_OK);
    ck_assert_int_eq(delivery_commit(delivery), DELIVERY_FAILED);
    delivery_free(delivery);
    ck_assert_uint_eq(letters_of("rachida", NULL), 0);
    ck_assert_uint_eq(letters_of("amine", NULL), 0);
}
END_TEST

UNIT_SUITE(delivery, { delivery_to_several, 0 }, { delivery_not_committed, 0 }, { delivery_without_room, 0 },
           { delivery_all_or_none, 0 })
