#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "scratch.h"
#include "server/folder.h"
#include "server/mailbox.h"
#include "tests/unit/unit.h"

static struct store *open_store(void)
{
    char *path = mem_printf("%s/M", scratch_folder());
    struct store *store = store_open_path(path);
    ck_assert_ptr_nonnull(store);
    free(path);
    return store;
}

static struct mailbox *open_box(struct store *store, const char *name, unsigned mode)
{
    struct mailbox *mailbox = NULL;
    ck_assert_int_eq(mailbox_open(store, name, mode, &mailbox), STORE_OK);
    return mailbox;
}

static struct mailbox_changes sync_box(struct mailbox *mailbox)
{
    struct mailbox_changes changes;
    ck_assert_int_eq(mailbox_sync(mailbox, true, &changes), STORE_OK);
    return changes;
}

static uint32_t add_letter(struct store *store, const char *folder, const char *text, unsigned flags)
{
    struct append *append;
    uint32_t validity;
    const uint32_t *uids;
    size_t count;
    ck_assert_int_eq(append_new(store, folder, &append), STORE_OK);
    ck_assert_int_eq(append_message(append, flags, NULL, 0, 0), STORE_OK);
    ck_assert_int_eq(append_write(append, text, strlen(text)), STORE_OK);
    ck_assert_int_eq(append_commit(append, &validity, &uids, &count), STORE_OK);
    ck_assert_uint_eq(count, 1);
    uint32_t uid = uids[0];
    append_free(append);
    return uid;
}

/* Forget what is in memory, as a new start of the server does. */
static void restart(void)
{
    folder_forget_idle();
}

/* As another program would: the first file in `from` gets this name. */
static void rename_first(const char *folder, const char *part, const char *to)
{
    char *command = mem_printf("cd %s/%s && mv \"$(ls %s/* | head -n 1)\" %s", scratch_folder(), folder, part, to);
    ck_assert_int_eq(system(command), 0);
    free(command);
}

static void remove_file(const char *name)
{
    char *path = mem_printf("%s/%s", scratch_folder(), name);
    ck_assert_int_eq(unlink(path), 0);
    free(path);
}

START_TEST(mailbox_of_a_new_user)
{
    struct store *store = open_store();
    struct store_folder *folders;
    size_t count;
    ck_assert_int_eq(store_list(store, &folders, &count), STORE_OK);
    ck_assert_uint_eq(count, 6);
    ck_assert_str_eq(folders[0].name, "INBOX");
    ck_assert_str_eq(folders[1].name, "Archive");
    ck_assert(folders[1].exists && folders[1].subscribed && !folders[1].has_children);
    ck_assert_str_eq(store_role("Sent"), "\\Sent");
    ck_assert_ptr_null(store_role("sent2"));
    store_list_free(folders, count);
    struct mailbox *mailbox = open_box(store, "inbox", 0);
    ck_assert_str_eq(mailbox_name(mailbox), "INBOX");
    ck_assert_uint_eq(mailbox_count(mailbox), 0);
    ck_assert_uint_eq(mailbox_uidnext(mailbox), 1);
    ck_assert_uint_ne(mailbox_uidvalidity(mailbox), 0);
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

START_TEST(mailbox_letters_come_and_go)
{
    struct store *store = open_store();
    struct mailbox *mailbox = open_box(store, "INBOX", 0), *other = open_box(store, "INBOX", 0);
    ck_assert_uint_eq(add_letter(store, "INBOX", "Subject: a\r\n\r\none\r\n", MAIL_SEEN), 1);
    ck_assert_uint_eq(add_letter(store, "INBOX", "Subject: b\r\n\r\ntwo\r\n", 0), 2);
    free(scratch_file("M/new/300.b.host", "Subject: c\n\nthree\n"));
    free(scratch_file("M/new/200.a.host", "Subject: d\n\nfour\n"));
    struct mailbox_changes changes = sync_box(mailbox);
    ck_assert_uint_eq(changes.count_before, 0);
    ck_assert_uint_eq(changes.count, 4);
    ck_assert_uint_eq(changes.recent, 2);
    ck_assert_int_eq(scratch_count("M/new"), 0);
    ck_assert_uint_eq(mailbox_message(mailbox, 0)->flags, MAIL_SEEN);
    ck_assert_uint_eq(mailbox_size(mailbox, 0), 19);
    ck_assert_uint_eq(mailbox_size(mailbox, 2), 21);

    struct letter letter;
    ck_assert_int_eq(mailbox_read(mailbox, 2, &letter), STORE_OK);
    ck_assert_uint_eq(letter.size, 21);
    ck_assert_mem_eq(letter.text, "Subject: c\r\n\r\nthree\r\n", 21);
    letter_release(&letter);

    /* Flags and removals by one session are seen by the other, told from the highest down. */
    changes = sync_box(other);
    ck_assert_uint_eq(changes.recent, 0);
    ck_assert_int_eq(mailbox_store(mailbox, 1, STORE_ADD, MAIL_FLAGGED, 0), STORE_OK);
    ck_assert_int_eq(mailbox_remove(mailbox, 0), STORE_OK);
    ck_assert_int_eq(mailbox_remove(mailbox, 2), STORE_OK);
    ck_assert_int_eq(mailbox_sync(other, false, &changes), STORE_OK);
    ck_assert_uint_eq(changes.gone_count, 0);
    ck_assert_uint_eq(changes.changed_count, 1);
    ck_assert_uint_eq(changes.changed[0], 1);
    ck_assert(mailbox_message(other, 0)->gone && mailbox_message(other, 2)->gone && !mailbox_message(other, 1)->gone);
    ck_assert_int_eq(mailbox_read(other, 0, &letter), STORE_NOT_FOUND);
    changes = sync_box(other);
    ck_assert_uint_eq(changes.gone_count, 2);
    ck_assert_uint_eq(changes.gone[0].sequence, 3);
    ck_assert_uint_eq(changes.gone[1].sequence, 1);
    ck_assert_uint_eq(changes.gone[1].uid, 1);
    ck_assert_uint_eq(mailbox_count(other), 2);
    changes = sync_box(mailbox);
    ck_assert_uint_eq(changes.changed_count, 0); /* its own change is not told */
    ck_assert_uint_eq(changes.gone_count, 2);
    ck_assert_uint_eq(mailbox_find_uid(mailbox, 2), 0);
    ck_assert_uint_eq(mailbox_find_uid(mailbox, 3), 1);
    const uint32_t *vanished;
    bool complete;
    ck_assert_uint_eq(mailbox_vanished(mailbox, 1, &vanished, &complete), 2);
    ck_assert(complete);
    mailbox_close(other);
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

START_TEST(mailbox_uids_last)
{
    struct store *store = open_store();
    for (int i = 0; i < 3; i++)
        add_letter(store, "INBOX", "Subject: x\r\n\r\n", 0);
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    uint32_t validity = mailbox_uidvalidity(mailbox);
    uint64_t modseq = mailbox_modseq(mailbox);
    mailbox_remove(mailbox, 2);
    mailbox_close(mailbox);
    restart();
    mailbox = open_box(store, "INBOX", 0);
    ck_assert_uint_eq(mailbox_uidvalidity(mailbox), validity);
    ck_assert_uint_eq(mailbox_count(mailbox), 2);
    ck_assert_uint_eq(mailbox_message(mailbox, 1)->uid, 2);
    ck_assert_uint_eq(mailbox_uidnext(mailbox), 4);
    ck_assert_uint_gt(mailbox_modseq(mailbox), modseq);
    mailbox_close(mailbox);
    restart();

    /* The index is deleted: everything is found again, under a greater UIDVALIDITY. */
    remove_file("M/pli-index");
    mailbox = open_box(store, "INBOX", 0);
    ck_assert_uint_gt(mailbox_uidvalidity(mailbox), validity);
    ck_assert_uint_eq(mailbox_count(mailbox), 2);
    ck_assert_uint_eq(mailbox_message(mailbox, 1)->uid, 2);
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

/* What a killed server may leave: half a line, or nothing of what was noted last; and what nonsense may be there. */
static const char *const broken_tails[] = { "+ 4 9 1", "+ 4 9 1 1 1 - half", "garbage\n", "f 99 5 S\n- 98 6\n+ x\n",
                                            "+ 2 9 1 1 1 - 9.again\n", "+ 0 1 1 1 1 - 9.zero\n", "\n\n\n" };

START_TEST(mailbox_index_of_the_killed)
{
    struct store *store = open_store();
    add_letter(store, "INBOX", "Subject: x\r\n\r\n", 0);
    add_letter(store, "INBOX", "Subject: y\r\n\r\n", MAIL_SEEN);
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    uint32_t validity = mailbox_uidvalidity(mailbox);
    mailbox_close(mailbox);
    restart();
    char *path = mem_printf("%s/M/pli-index", scratch_folder());
    FILE *index = fopen(path, "a");
    fputs(broken_tails[_i], index);
    fclose(index);
    for (int round = 0; round < 2; round++) {
        mailbox = open_box(store, "INBOX", 0);
        ck_assert_uint_eq(mailbox_uidvalidity(mailbox), validity);
        ck_assert_uint_eq(mailbox_count(mailbox), 2u + (unsigned)round);
        ck_assert_uint_eq(mailbox_message(mailbox, 0)->uid, 1);
        ck_assert_uint_eq(mailbox_message(mailbox, 1)->uid, 2);
        ck_assert_uint_eq(mailbox_message(mailbox, 1)->flags, MAIL_SEEN);
        mailbox_close(mailbox);
        restart();
        if (round == 0)
            ck_assert_uint_ge(add_letter(store, "INBOX", "Subject: z\r\n\r\n", 0), 3);
        restart();
    }
    free(path);
    store_close(store);
}
END_TEST

/* The machine crashed: what was promised is skipped, so that no UID means two letters. */
START_TEST(mailbox_after_a_crash_of_the_machine)
{
    struct store *store = open_store();
    add_letter(store, "INBOX", "Subject: x\r\n\r\n", 0);
    restart();
    char *path = mem_printf("%s/M/pli-index", scratch_folder());
    struct buf text;
    buf_init(&text, 10000);
    durable_read(path, &text);
    unsigned validity;
    sscanf(buf_text(&text), "pli-index 1 %u", &validity);
    char *old = mem_printf("pli-index 1 %u another-boot\n= 1 1001 1 1\n", validity);
    durable_replace(path, old, strlen(old), 0600);
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    ck_assert_uint_eq(mailbox_uidvalidity(mailbox), validity);
    ck_assert_uint_eq(mailbox_message(mailbox, 0)->uid, 1001);
    mailbox_close(mailbox);
    free(old);
    free(path);
    buf_free(&text);
    store_close(store);
}
END_TEST

START_TEST(mailbox_other_programs)
{
    struct store *store = open_store();
    add_letter(store, "INBOX", "Subject: x\r\n\r\n", 0);
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    rename_first("M", "cur", "cur/1.renamed:2,FS"); /* another base name: another letter */
    struct mailbox_changes changes = sync_box(mailbox);
    ck_assert_uint_eq(changes.gone_count, 1);
    ck_assert_uint_eq(mailbox_message(mailbox, 0)->uid, 2);
    ck_assert_uint_eq(mailbox_message(mailbox, 0)->flags, MAIL_FLAGGED | MAIL_SEEN);
    rename_first("M", "cur", "cur/1.renamed:2,T");
    changes = sync_box(mailbox);
    ck_assert_uint_eq(changes.changed_count, 1);
    ck_assert_uint_eq(mailbox_message(mailbox, 0)->flags, MAIL_DELETED);
    /* A name that changes under our hands does not stop us. */
    rename_first("M", "cur", "cur/1.renamed:2,R");
    struct letter letter;
    ck_assert_int_eq(mailbox_read(mailbox, 0, &letter), STORE_OK);
    letter_release(&letter);
    rename_first("M", "cur", "cur/1.renamed:2,F");
    ck_assert_int_eq(mailbox_store(mailbox, 0, STORE_ADD, MAIL_SEEN, 0), STORE_OK);
    ck_assert_uint_eq(mailbox_message(mailbox, 0)->flags, MAIL_FLAGGED | MAIL_SEEN);
    rename_first("M", "cur", "cur/1.renamed:2,D");
    ck_assert_int_eq(mailbox_remove(mailbox, 0), STORE_OK);
    ck_assert_int_eq(scratch_count("M/cur"), 0);
    /* What is no letter is left alone. */
    free(scratch_file("M/cur/.hidden", "x"));
    free(scratch_file("M/cur/folder/file", "x"));
    char *link_name = mem_printf("%s/M/new/5.link", scratch_folder());
    ck_assert_int_eq(symlink("/etc/passwd", link_name), 0);
    free(link_name);
    changes = sync_box(mailbox);
    ck_assert_uint_eq(mailbox_count(mailbox), 0);
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

START_TEST(mailbox_keywords)
{
    struct store *store = open_store();
    add_letter(store, "INBOX", "Subject: x\r\n\r\n", 0);
    free(scratch_file("M/dovecot-keywords", "0 $Forwarded\n3 urgent\n"));
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    ck_assert_int_eq(mailbox_keyword_number(mailbox, span_of("URGENT"), false), 3);
    ck_assert_int_eq(mailbox_keyword_number(mailbox, span_of("course"), false), -1);
    ck_assert_int_eq(mailbox_keyword_number(mailbox, span_of("course"), true), 1);
    ck_assert_int_eq(mailbox_keyword_number(mailbox, span_of("two words"), true), -1);
    ck_assert_int_eq(mailbox_store(mailbox, 0, STORE_ADD, 0, 1u << 1 | 1u << 3), STORE_OK);
    mailbox_close(mailbox);
    restart();
    mailbox = open_box(store, "INBOX", 0);
    ck_assert_str_eq(mailbox_keyword(mailbox, 1), "course");
    ck_assert_uint_eq(mailbox_message(mailbox, 0)->keywords, 1u << 1 | 1u << 3);
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "word%d", i);
        ck_assert((mailbox_keyword_number(mailbox, span_of(name), true) >= 0) == (i < 23));
    }
    /* In another folder the same words have other letters. */
    size_t first = 0;
    uint32_t validity, uid;
    ck_assert_int_eq(mailbox_copy(mailbox, &first, 1, "Sent", &validity, &uid), STORE_OK);
    struct mailbox *sent = open_box(store, "Sent", 0);
    uint32_t expected = 1u << mailbox_keyword_number(sent, span_of("course"), false) |
                        1u << mailbox_keyword_number(sent, span_of("urgent"), false);
    ck_assert_uint_eq(mailbox_message(sent, 0)->keywords, expected);
    mailbox_close(sent);
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

START_TEST(mailbox_copies_and_moves)
{
    struct store *store = open_store();
    for (int i = 0; i < 3; i++)
        add_letter(store, "INBOX", "Subject: x\r\n\r\n", MAIL_SEEN);
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    size_t which[] = { 0, 2 };
    uint32_t validity, other, uids[2];
    ck_assert_int_eq(mailbox_copy(mailbox, which, 2, "Nowhere", &validity, uids), STORE_NOT_FOUND);
    ck_assert_int_eq(mailbox_copy(mailbox, which, 2, "../evil", &validity, uids), STORE_BAD_NAME);
    ck_assert_int_eq(mailbox_copy(mailbox, which, 2, "Archive", &validity, uids), STORE_OK);
    ck_assert_uint_eq(uids[0], 1);
    ck_assert_uint_eq(uids[1], 2);
    ck_assert_int_eq(mailbox_move(mailbox, which, 2, "Archive", &validity, uids), STORE_OK);
    ck_assert_uint_eq(uids[1], 4);
    struct mailbox_changes changes = sync_box(mailbox);
    ck_assert_uint_eq(changes.gone_count, 2);
    ck_assert_uint_eq(mailbox_count(mailbox), 1);
    /* Into itself; and one that is gone cannot be copied, nor the others with it. */
    which[1] = 0;
    ck_assert_int_eq(mailbox_copy(mailbox, which, 1, "INBOX", &other, uids), STORE_OK);
    changes = sync_box(mailbox);
    ck_assert_uint_eq(mailbox_count(mailbox), 2);
    mailbox_remove(mailbox, 1);
    which[1] = 1;
    ck_assert_int_eq(mailbox_copy(mailbox, which, 2, "Archive", &other, uids), STORE_NOT_FOUND);
    struct mailbox_status status;
    ck_assert_int_eq(store_status(store, "Archive", &status), STORE_OK);
    ck_assert_uint_eq(status.messages, 4);
    ck_assert_uint_eq(status.unseen, 0);
    ck_assert_uint_eq(status.size, 4 * 14);
    ck_assert_uint_eq(status.uidvalidity, validity);
    ck_assert_int_eq(scratch_count("M/.Archive/tmp"), 0);
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

START_TEST(mailbox_modes)
{
    struct store *store = open_store();
    free(scratch_file("M/new/200.a.host", "Subject: d\n\nfour\n"));
    struct mailbox *examined = open_box(store, "INBOX", MAILBOX_READ_ONLY);
    ck_assert_uint_eq(mailbox_message(examined, 0)->flags, MAIL_RECENT);
    ck_assert_int_eq(mailbox_store(examined, 0, STORE_ADD, MAIL_SEEN, 0), STORE_READ_ONLY);
    ck_assert_int_eq(mailbox_remove(examined, 0), STORE_READ_ONLY);
    ck_assert_int_eq(scratch_count("M/new"), 1);
    struct mailbox *pop = open_box(store, "INBOX", MAILBOX_EXCLUSIVE | MAILBOX_KEEP_NEW), *second = NULL;
    ck_assert_int_eq(scratch_count("M/new"), 1);
    ck_assert_int_eq(mailbox_open(store, "INBOX", MAILBOX_EXCLUSIVE | MAILBOX_KEEP_NEW, &second), STORE_IN_USE);
    ck_assert_int_eq(mailbox_remove(pop, 0), STORE_OK);
    mailbox_close(pop);
    pop = open_box(store, "INBOX", MAILBOX_EXCLUSIVE | MAILBOX_KEEP_NEW);
    ck_assert_uint_eq(mailbox_count(pop), 0);
    mailbox_close(pop);
    mailbox_close(examined);
    ck_assert_int_eq(mailbox_open(store, "Nowhere", 0, &second), STORE_NOT_FOUND);
    store_close(store);
}
END_TEST

START_TEST(mailbox_big_letters)
{
    struct store *store = open_store();
    size_t lines = 60000;
    struct buf text;
    buf_init(&text, 16 * 1024 * 1024);
    for (size_t i = 0; i < lines; i++)
        buf_printf(&text, "line %zu of a long letter\n", i);
    free(scratch_file("M/new/1.big.host", buf_text(&text)));
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    struct letter letter;
    ck_assert_int_eq(mailbox_read(mailbox, 0, &letter), STORE_OK);
    ck_assert_uint_eq(letter.size, text.len + lines);
    ck_assert_mem_eq(letter.text, "line 0 of a long letter\r\nline 1", 31);
    ck_assert_mem_eq(letter.text + letter.size - 3, "r\r\n", 3);
    ck_assert_uint_eq(mailbox_size(mailbox, 0), letter.size);
    letter_release(&letter);
    mailbox_close(mailbox);
    buf_free(&text);
    store_close(store);
}
END_TEST

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

UNIT_SUITE(mailbox, { mailbox_of_a_new_user, 0 }, { mailbox_letters_come_and_go, 0 }, { mailbox_uids_last, 0 },
           { mailbox_index_of_the_killed, sizeof broken_tails / sizeof broken_tails[0] },
           { mailbox_after_a_crash_of_the_machine, 0 }, { mailbox_other_programs, 0 }, { mailbox_keywords, 0 },
           { mailbox_copies_and_moves, 0 }, { mailbox_modes, 0 }, { mailbox_big_letters, 0 },
           { store_refuses_names, sizeof bad_names / sizeof bad_names[0] }, { store_folders, 0 },
           { append_all_or_none, 0 }, { mailbox_of_many_threads, 0 }, { mailbox_of_two_processes, 0 })
