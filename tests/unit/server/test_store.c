#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"
#include "server/mailbox.h"
#include "store_tools.h"
#include "tests/unit/unit.h"

/* ---- folders ---- */

static const char *const bad_names[] = { "", ".", "..", "a..b", ".a", "a.", "/", "a/b", "../a", "a\nb", "\x7f",
                                         "\xc3\xa9" };

START_TEST(store_refuses_names)
{
    struct store *store = open_store();
    ck_assert(!store_name_is_good(bad_names[_i]));
    ck_assert_int_eq(store_create(store, bad_names[_i]), STORE_BAD_NAME);
    ck_assert_int_eq(store_subscribe(store, bad_names[_i], true), STORE_BAD_NAME);
    ck_assert_int_eq(store_rename(store, "Sent", bad_names[_i]), STORE_BAD_NAME);
    char name[400];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(store_create(store, name), STORE_BAD_NAME);
    store_close(store);
}
END_TEST

START_TEST(store_folders)
{
    struct store *store = open_store();
    ck_assert_int_eq(store_create(store, "Work.2026.May"), STORE_OK);
    ck_assert_int_eq(store_create(store, "Work.2026.May"), STORE_EXISTS);
    ck_assert_int_eq(store_create(store, "INBOX"), STORE_EXISTS);
    ck_assert_int_eq(store_create(store, "Work-2"), STORE_OK);
    ck_assert_int_eq(store_subscribe(store, "Gone", true), STORE_OK);
    ck_assert_int_eq(store_subscribe(store, "Gone", true), STORE_OK);
    ck_assert_int_eq(store_subscribe(store, "inbox", true), STORE_OK);
    struct store_folder *folders;
    size_t count;
    struct buf text;
    buf_init(&text, 10000);
    ck_assert_int_eq(store_list(store, &folders, &count), STORE_OK);
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%s%s%s ", folders[i].name, folders[i].exists ? "" : "!", folders[i].subscribed ? "*" : "",
                   folders[i].has_children ? "+" : "");
    ck_assert_str_eq(buf_text(&text), "INBOX* Archive* Drafts* Gone!* Junk* Sent* Trash* Work!+ Work.2026!+ "
                                      "Work.2026.May Work-2 ");
    store_list_free(folders, count);
    add_letter(store, "Work.2026.May", "Subject: x\r\n\r\n", 0);
    struct mailbox *may = open_box(store, "Work.2026.May", 0);
    ck_assert_int_eq(store_rename(store, "Work", "Labor"), STORE_OK);
    ck_assert(!mailbox_is_alive(may));
    mailbox_close(may);
    may = open_box(store, "Labor.2026.May", 0);
    ck_assert_uint_eq(mailbox_count(may), 1);
    uint32_t validity = mailbox_uidvalidity(may);
    ck_assert_int_eq(store_delete(store, "Labor.2026.May"), STORE_OK);
    struct mailbox_changes changes;
    ck_assert_int_eq(mailbox_sync(may, true, &changes), STORE_NOT_FOUND);
    mailbox_close(may);
    ck_assert_int_eq(store_delete(store, "Labor.2026.May"), STORE_NOT_FOUND);
    ck_assert_int_eq(store_delete(store, "inbox"), STORE_BAD_NAME);
    ck_assert_int_eq(store_create(store, "Labor.2026.May"), STORE_OK);
    may = open_box(store, "Labor.2026.May", 0);
    ck_assert_uint_gt(mailbox_uidvalidity(may), validity);
    mailbox_close(may);
    /* INBOX's letters move, INBOX stays. */
    add_letter(store, "INBOX", "Subject: x\r\n\r\n", 0);
    ck_assert_int_eq(store_rename(store, "INBOX", "Old"), STORE_OK);
    struct mailbox_status status;
    ck_assert_int_eq(store_status(store, "INBOX", &status), STORE_OK);
    ck_assert_uint_eq(status.messages, 0);
    ck_assert_int_eq(store_status(store, "Old", &status), STORE_OK);
    ck_assert_uint_eq(status.messages, 1);
    ck_assert_int_eq(store_rename(store, "Old", "Sent"), STORE_EXISTS);
    ck_assert_int_eq(store_rename(store, "Nowhere", "Here"), STORE_NOT_FOUND);
    ck_assert_int_eq(store_rename(store, "Old", "Old.Older"), STORE_BAD_NAME);
    buf_free(&text);
    store_close(store);
}
END_TEST

static const char *role_of(struct store *store, const char *name)
{
    struct store_folder *folders;
    size_t count;
    const char *role = NULL;
    ck_assert_int_eq(store_list(store, &folders, &count), STORE_OK);
    for (size_t i = 0; i < count; i++)
        if (strcmp(folders[i].name, name) == 0)
            role = folders[i].role;
    store_list_free(folders, count);
    return role;
}

/* RFC 6154 §3: what a folder is for goes where it goes, and ends with it. */
START_TEST(store_roles)
{
    struct store *store = open_store();
    ck_assert_int_eq(store_create_for(store, "Envoy", "\\Sent"), STORE_OK);
    ck_assert_str_eq(role_of(store, "Envoy"), "\\Sent");
    ck_assert_int_eq(store_rename(store, "Envoy", "Sorti"), STORE_OK);
    ck_assert_ptr_null(role_of(store, "Envoy"));
    ck_assert_str_eq(role_of(store, "Sorti"), "\\Sent");
    ck_assert_int_eq(store_delete(store, "Sorti"), STORE_OK);
    ck_assert_int_eq(store_create(store, "Sorti"), STORE_OK);
    ck_assert_ptr_null(role_of(store, "Sorti"));
    store_close(store);
}
END_TEST

START_TEST(append_all_or_none)
{
    struct store *store = open_store();
    struct append *append;
    struct span words[] = { span_of("course") };
    ck_assert_int_eq(append_new(store, "Nowhere", &append), STORE_NOT_FOUND);
    ck_assert_int_eq(append_new(store, "INBOX", &append), STORE_OK);
    ck_assert_int_eq(append_message(append, MAIL_SEEN, words, 1, 1000000000), STORE_OK);
    ck_assert_int_eq(append_write(append, "a\r\n", 3), STORE_OK);
    ck_assert_int_eq(append_message(append, 0, NULL, 0, 0), STORE_OK);
    append_free(append);
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    ck_assert_uint_eq(mailbox_count(mailbox), 0);
    ck_assert_int_eq(scratch_count("M/tmp"), 0);
    ck_assert_int_eq(append_new(store, "INBOX", &append), STORE_OK);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(append_message(append, MAIL_SEEN, words, 1, 1000000000), STORE_OK);
        ck_assert_int_eq(append_write(append, "a\r\n", 3), STORE_OK);
    }
    uint32_t validity;
    const uint32_t *uids;
    size_t count;
    ck_assert_int_eq(append_commit(append, &validity, &uids, &count), STORE_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(uids[1], uids[0] + 1);
    append_free(append);
    struct mailbox_changes changes = sync_box(mailbox);
    ck_assert(changes.keywords_changed);
    ck_assert_int_eq((long)mailbox_message(mailbox, 1)->date, 1000000000);
    ck_assert_uint_eq(mailbox_message(mailbox, 1)->keywords,
                      1u << mailbox_keyword_number(mailbox, span_of("course"), false));
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

/* ---- many at once ---- */

enum { THREADS = 4, ROUNDS = 60 };

/* Appends, changes flags, removes and looks, all on one folder; counts what cannot be. */
static void *work(void *context)
{
    struct store *store = context;
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    struct mailbox_changes changes;
    long wrong = 0;
    unsigned seed = (unsigned)(size_t)pthread_self();
    for (int i = 0; i < ROUNDS; i++) {
        add_letter(store, "INBOX", "Subject: x\r\n\r\nbody\r\n", 0);
        wrong += mailbox_sync(mailbox, true, &changes) != STORE_OK;
        size_t count = mailbox_count(mailbox);
        for (size_t j = 1; j < count; j++)
            wrong += mailbox_message(mailbox, j - 1)->uid >= mailbox_message(mailbox, j)->uid;
        if (count == 0)
            continue;
        size_t any = (size_t)rand_r(&seed) % count;
        enum store_result result = mailbox_store(mailbox, any, STORE_ADD, MAIL_SEEN, 0);
        wrong += result != STORE_OK && result != STORE_NOT_FOUND;
        struct letter letter;
        result = mailbox_read(mailbox, any, &letter);
        wrong += result != STORE_OK && result != STORE_NOT_FOUND;
        if (result == STORE_OK) {
            wrong += letter.size != 20;
            letter_release(&letter);
        }
        if (i % 3 == 0)
            wrong += mailbox_remove(mailbox, (size_t)rand_r(&seed) % count) != STORE_OK;
    }
    mailbox_close(mailbox);
    return (void *)wrong;
}

START_TEST(mailbox_of_many_threads)
{
    struct store *store = open_store();
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, store);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        ck_assert_int_eq((long)wrong, 0);
    }
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    size_t count = mailbox_count(mailbox);
    ck_assert_uint_eq(count, (size_t)scratch_count("M/cur"));
    uint32_t last = mailbox_message(mailbox, count - 1)->uid, next = mailbox_uidnext(mailbox);
    mailbox_close(mailbox);
    restart();
    mailbox = open_box(store, "INBOX", 0);
    ck_assert_uint_eq(mailbox_count(mailbox), count);
    ck_assert_uint_eq(mailbox_message(mailbox, count - 1)->uid, last);
    ck_assert_uint_eq(mailbox_uidnext(mailbox), next);
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

/* Two processes with an index of their own in memory: every letter has one UID, the same for both. */
START_TEST(mailbox_of_two_processes)
{
    struct store *store = open_store();
    pid_t child = fork();
    for (int i = 0; i < 40; i++) {
        add_letter(store, "INBOX", child == 0 ? "Subject: child\r\n\r\n" : "Subject: parent\r\n\r\n", 0);
        struct mailbox *mailbox = open_box(store, "INBOX", 0);
        if (i % 4 == 0)
            mailbox_store(mailbox, mailbox_count(mailbox) / 2, STORE_ADD, MAIL_SEEN, 0);
        mailbox_close(mailbox);
    }
    if (child == 0)
        _exit(0);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    ck_assert_uint_eq(mailbox_count(mailbox), 80);
    uint32_t uids[80];
    for (size_t i = 0; i < 80; i++)
        uids[i] = mailbox_message(mailbox, i)->uid;
    mailbox_close(mailbox);
    restart();
    mailbox = open_box(store, "INBOX", 0);
    ck_assert_uint_eq(mailbox_count(mailbox), 80);
    for (size_t i = 0; i < 80; i++)
        ck_assert_uint_eq(mailbox_message(mailbox, i)->uid, uids[i]);
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

UNIT_SUITE(store, { store_refuses_names, sizeof bad_names / sizeof bad_names[0] }, { store_folders, 0 },
           { store_roles, 0 },
           { append_all_or_none, 0 }, { mailbox_of_many_threads, 0 }, { mailbox_of_two_processes, 0 })
