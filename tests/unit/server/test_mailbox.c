#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "scratch.h"
#include "server/mailbox.h"
#include "store_tools.h"
#include "tests/unit/unit.h"

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
    ck_assert_str_eq(folders[1].role, "\\Archive");
    ck_assert_ptr_null(folders[0].role);
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

/* Sessions that see the same have one view in memory; a change of one is not seen by the others before their sync. */
START_TEST(mailbox_views_are_shared)
{
    struct store *store = open_store();
    add_letter(store, "INBOX", "Subject: a\r\n\r\none\r\n", MAIL_SEEN);
    add_letter(store, "INBOX", "Subject: b\r\n\r\ntwo\r\n", 0);
    struct mailbox *first = open_box(store, "INBOX", 0), *second = open_box(store, "INBOX", 0),
                   *third = open_box(store, "INBOX", MAILBOX_READ_ONLY);
    ck_assert_ptr_eq(mailbox_message(first, 0), mailbox_message(second, 0));
    ck_assert_ptr_eq(mailbox_message(first, 0), mailbox_message(third, 0));
    ck_assert_int_eq(mailbox_store(first, 1, STORE_ADD, MAIL_FLAGGED, 0), STORE_OK);
    ck_assert_uint_eq(mailbox_message(first, 1)->flags, MAIL_FLAGGED);
    ck_assert_uint_eq(mailbox_message(second, 1)->flags, 0);
    mailbox_close(third);
    struct mailbox_changes changes = sync_box(second);
    ck_assert_uint_eq(changes.changed_count, 1);
    ck_assert_uint_eq(mailbox_message(second, 1)->flags, MAIL_FLAGGED);
    ck_assert_ptr_ne(mailbox_message(first, 0), mailbox_message(second, 0));

    /* Who sees a letter as recent sees it alone, until the letter goes; then all share again. */
    free(scratch_file("M/new/300.b.host", "Subject: c\n\nthree\n"));
    changes = sync_box(first);
    ck_assert_uint_eq(changes.recent, 1);
    changes = sync_box(second);
    ck_assert_uint_eq(changes.count, 3);
    ck_assert_uint_eq(mailbox_message(second, 2)->flags, 0);
    ck_assert_uint_eq(mailbox_message(first, 2)->flags, MAIL_RECENT);
    ck_assert_int_eq(mailbox_remove(second, 2), STORE_OK);
    ck_assert_int_eq(mailbox_sync(first, false, &changes), STORE_OK);
    ck_assert(mailbox_message(first, 2)->gone);
    ck_assert_uint_eq(mailbox_count(second), 3);
    sync_box(first);
    sync_box(second);
    ck_assert_ptr_eq(mailbox_message(first, 0), mailbox_message(second, 0));
    mailbox_close(first);
    ck_assert_uint_eq(mailbox_message(second, 1)->flags, MAIL_FLAGGED);
    ck_assert_uint_eq(mailbox_size(second, 0), 19);
    mailbox_close(second);
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

UNIT_SUITE(mailbox, { mailbox_of_a_new_user, 0 }, { mailbox_letters_come_and_go, 0 },
           { mailbox_views_are_shared, 0 }, { mailbox_uids_last, 0 },
           { mailbox_index_of_the_killed, sizeof broken_tails / sizeof broken_tails[0] },
           { mailbox_after_a_crash_of_the_machine, 0 }, { mailbox_other_programs, 0 }, { mailbox_keywords, 0 },
           { mailbox_copies_and_moves, 0 }, { mailbox_modes, 0 }, { mailbox_big_letters, 0 })
