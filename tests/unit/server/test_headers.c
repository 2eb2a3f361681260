/*
 * The file `pli-headers`: what it tells is what the letters say, whatever
 * happens to it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "scratch.h"
#include "server/mailbox.h"
#include "store_tools.h"
#include "tests/unit/unit.h"

enum { FILE_SIZE = 1 << 20 };

static char *path_of(const char *name)
{
    return mem_printf("%s/M/%s", scratch_folder(), name);
}

static void read_file(const char *name, struct buf *text)
{
    char *path = path_of(name);
    buf_init(text, FILE_SIZE);
    ck_assert_int_eq(durable_read(path, text), 0);
    free(path);
}

/* In place, as nobody should. */
static void write_file(const char *name, const void *data, size_t size)
{
    char *path = path_of(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(durable_write(fd, data, size), 0);
    close(fd);
    free(path);
}

static bool there(const char *name)
{
    char *path = path_of(name);
    bool found = access(path, F_OK) == 0;
    free(path);
    return found;
}

static void expect(struct mailbox *mailbox, size_t i, const char *expected)
{
    struct span header;
    ck_assert_int_eq(mailbox_header(mailbox, i, &header), STORE_OK);
    char *text = span_copy(header);
    ck_assert_str_eq(text, expected);
    free(text);
}

/* Three letters, and a session that has asked for their headers. */
static struct mailbox *prepared(struct store **store)
{
    *store = open_store();
    free(scratch_file("M/cur/1.a.host:2,S", "Received: by x\nSubject: a\n folded\nFrom: one@a\n\nSubject: body\n"));
    free(scratch_file("M/cur/2.b.host:2,S", "SUBJECT : b\nX-Other: x\nTo: two@b\n\ntext\n"));
    free(scratch_file("M/cur/3.c.host:2,S", "Message-ID: <c>\nSubject: c\n"));
    struct mailbox *mailbox = open_box(*store, "INBOX", 0);
    ck_assert_uint_eq(mailbox_count(mailbox), 3);
    for (int round = 0; round < 2; round++) {
        expect(mailbox, 0, "Subject: a\r\n folded\r\nFrom: one@a\r\n\r\n");
        expect(mailbox, 1, "SUBJECT : b\r\nTo: two@b\r\n\r\n");
        expect(mailbox, 2, "Message-ID: <c>\r\nSubject: c\r\n");
        mailbox_rest(mailbox);
    }
    ck_assert(there("pli-headers"));
    return mailbox;
}

/* Where an answer comes from is seen when the letter says something else meanwhile. */
static void forge_letters(void)
{
    write_file("cur/1.a.host:2,S", "Subject: A\n\n", 12);
    write_file("cur/2.b.host:2,S", "Subject: B\n\n", 12);
    write_file("cur/3.c.host:2,S", "Subject: C\n\n", 12);
}

START_TEST(headers_are_kept)
{
    struct store *store;
    struct mailbox *mailbox = prepared(&store);
    struct buf file;
    read_file("pli-headers", &file);
    ck_assert_ptr_nonnull(strstr(buf_text(&file), " 1.a.host\nSubject: a\r\n folded\r\nFrom: one@a\r\n\r\n+ "));
    ck_assert_ptr_null(strstr(buf_text(&file), "Received"));
    ck_assert_ptr_null(strstr(buf_text(&file), "body"));
    forge_letters();
    expect(mailbox, 1, "SUBJECT : b\r\nTo: two@b\r\n\r\n");
    mailbox_close(mailbox);
    restart();
    mailbox = open_box(store, "INBOX", MAILBOX_READ_ONLY);
    for (size_t i = 3; i-- > 0;)
        expect(mailbox, i, i == 0   ? "Subject: a\r\n folded\r\nFrom: one@a\r\n\r\n"
                           : i == 1 ? "SUBJECT : b\r\nTo: two@b\r\n\r\n"
                                    : "Message-ID: <c>\r\nSubject: c\r\n");
    /* Nothing that is known is written again. */
    mailbox_rest(mailbox);
    struct buf later;
    read_file("pli-headers", &later);
    ck_assert_uint_eq(later.len, file.len);
    buf_free(&file);
    buf_free(&later);
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

/* What somebody does to the file while nobody, or a session, has it open. */
enum harm {
    REMOVED, EMPTIED, CUT, FIRST_LINE, OTHER_VALIDITY, ONE_BYTE, OTHER_NAMES, RUBBISH_BEHIND, HALF_RECORD, HUGE
};

static void do_harm(enum harm harm)
{
    struct buf file;
    char *path = path_of("pli-headers");
    read_file("pli-headers", &file);
    buf_text(&file);
    char *at;
    switch (harm) {
    case REMOVED: ck_assert_int_eq(unlink(path), 0); break;
    case EMPTIED: write_file("pli-headers", "", 0); break;
    case CUT: write_file("pli-headers", file.data, file.len / 2); break;
    case FIRST_LINE: file.data[0] = 'x'; break;
    case OTHER_VALIDITY: file.data[14] = file.data[14] == '9' ? '8' : '9'; break;
    case ONE_BYTE:
        for (at = file.data; (at = strstr(at, "ubject")) != NULL; at += 7)
            *at = 'U';
        for (at = file.data; (at = strstr(at, "UBJECT")) != NULL; at += 7)
            *at = 'u';
        break;
    case OTHER_NAMES:
        for (at = file.data; (at = strstr(at, ".host\n")) != NULL; at++)
            at[1] = 'g';
        break;
    case RUBBISH_BEHIND: ck_assert_int_eq(buf_add_text(&file, "+ rubbish\n"), 0); break;
    case HALF_RECORD: ck_assert_int_eq(buf_add_text(&file, "+ 1 100 5 1.a.host\nSubject"), 0); break;
    case HUGE: ck_assert_int_eq(buf_add_text(&file, "+ 1 4294967295 5 1.a.host\n"), 0); break;
    }
    if (harm > CUT)
        write_file("pli-headers", file.data, file.len);
    buf_free(&file);
    free(path);
}

START_TEST(headers_of_a_harmed_file)
{
    struct store *store;
    struct mailbox *mailbox = prepared(&store);
    const enum harm harm = (enum harm)(_i / 2);
    const bool open = _i % 2, tail_only = harm >= RUBBISH_BEHIND;
    if (!open) {
        mailbox_close(mailbox);
        restart();
    }
    forge_letters();
    do_harm(harm);
    if (!open)
        mailbox = open_box(store, "INBOX", 0);
    /* An open folder knows where its records are: harm to the first line is not seen by it, nor does it matter. */
    const bool kept = tail_only || (open && (harm == FIRST_LINE || harm == OTHER_VALIDITY));
    const bool half = harm == CUT;
    for (int round = 0; round < 2; round++) {
        expect(mailbox, 2, kept ? "Message-ID: <c>\r\nSubject: c\r\n" : "Subject: C\r\n\r\n");
        if (!half)
            expect(mailbox, 0, kept ? "Subject: a\r\n folded\r\nFrom: one@a\r\n\r\n" : "Subject: A\r\n\r\n");
        mailbox_rest(mailbox);
    }
    /* A new letter's record goes where it can be found again. */
    free(scratch_file("M/cur/4.d.host:2,S", "Subject: d\n\n"));
    sync_box(mailbox);
    expect(mailbox, 3, "Subject: d\r\n\r\n");
    mailbox_close(mailbox);
    restart();
    write_file("cur/4.d.host:2,S", "Subject: D\n\n", 12);
    mailbox = open_box(store, "INBOX", 0);
    expect(mailbox, 3, open && kept && !tail_only ? "Subject: D\r\n\r\n" : "Subject: d\r\n\r\n");
    mailbox_close(mailbox);
    store_close(store);
}
END_TEST

START_TEST(headers_and_other_programs)
{
    struct store *store;
    struct mailbox *mailbox = prepared(&store), *other = open_box(store, "INBOX", 0);
    char *from = path_of("cur/2.b.host:2,S"), *to = path_of("cur/2.b.host:2,FS"), *gone = path_of("cur/1.a.host:2,S");
    ck_assert_int_eq(rename(from, to), 0);
    ck_assert_int_eq(unlink(gone), 0);
    struct mailbox_changes changes = sync_box(mailbox);
    ck_assert_uint_eq(changes.gone_count, 1);
    expect(mailbox, 0, "SUBJECT : b\r\nTo: two@b\r\n\r\n");
    /* The other session still counts the first letter, which is gone. */
    struct span header;
    ck_assert_int_eq(mailbox_header(other, 0, &header), STORE_NOT_FOUND);
    expect(other, 1, "SUBJECT : b\r\nTo: two@b\r\n\r\n");
    mailbox_rest(other);
    /* The index is deleted: other UIDs, another UIDVALIDITY, and a letter that takes over an old UID. */
    mailbox_close(mailbox);
    mailbox_close(other);
    restart();
    char *index = path_of("pli-index");
    ck_assert_int_eq(unlink(index), 0);
    mailbox = open_box(store, "INBOX", 0);
    ck_assert_uint_eq(mailbox_message(mailbox, 0)->uid, 1);
    expect(mailbox, 0, "SUBJECT : b\r\nTo: two@b\r\n\r\n");
    expect(mailbox, 1, "Message-ID: <c>\r\nSubject: c\r\n");
    mailbox_close(mailbox);
    store_close(store);
    free(from);
    free(to);
    free(gone);
    free(index);
}
END_TEST

/* Letters that go leave waste; the file does not grow for ever, and the letters that stay lose nothing. */
START_TEST(headers_waste)
{
    struct store *store = open_store();
    struct buf text;
    struct stat status;
    buf_init(&text, FILE_SIZE);
    buf_add_text(&text, "Subject: long\n");
    for (int i = 0; i < 200; i++)
        buf_printf(&text, "References: <a reference of this letter to the letter number %d of the others>\n", i);
    buf_add_text(&text, "\n");
    free(scratch_file("M/cur/0.stays.host:2,S", "Subject: stays\n\n"));
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    expect(mailbox, 0, "Subject: stays\r\n\r\n");
    char *path = path_of("pli-headers");
    off_t most = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 10; i++) {
            char *name = mem_printf("M/cur/%d.%d.host:2,S", round + 1, i);
            free(scratch_file(name, buf_text(&text)));
            free(name);
        }
        sync_box(mailbox);
        struct span header;
        while (mailbox_count(mailbox) > 1) {
            ck_assert_int_eq(mailbox_header(mailbox, 1, &header), STORE_OK);
            ck_assert_uint_gt(header.len, 15000);
            ck_assert_int_eq(mailbox_remove(mailbox, 1), STORE_OK);
            sync_box(mailbox);
        }
        mailbox_rest(mailbox);
        ck_assert_int_eq(stat(path, &status), 0);
        most = status.st_size > most ? status.st_size : most;
        expect(mailbox, 0, "Subject: stays\r\n\r\n");
    }
    ck_assert_int_gt(most, 1 << 20);
    ck_assert_int_lt(most, 3 << 19);
    mailbox_close(mailbox);
    store_close(store);
    buf_free(&text);
    free(path);
}
END_TEST

/* A header that is longer than what is kept, or than the first piece of the file, is told all the same. */
START_TEST(headers_that_are_long)
{
    struct store *store = open_store();
    struct buf text;
    struct span header;
    buf_init(&text, FILE_SIZE);
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "%s: <a reference of this letter to the letter number %d of all the others>\n",
                   i < 500 ? "X-Other" : "References", i);
    buf_add_text(&text, "Subject: at the end\n\nbody\n");
    free(scratch_file("M/cur/1.long.host:2,S", buf_text(&text)));
    struct mailbox *mailbox = open_box(store, "INBOX", 0);
    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(mailbox_header(mailbox, 0, &header), STORE_OK);
        ck_assert_uint_gt(header.len, 30000);
        ck_assert_mem_eq(header.at + header.len - 25, "\r\nSubject: at the end\r\n\r\n", 25);
        mailbox_rest(mailbox);
    }
    mailbox_close(mailbox);
    store_close(store);
    buf_free(&text);
}
END_TEST

UNIT_SUITE(headers, { headers_are_kept, 0 }, { headers_of_a_harmed_file, 2 * (HUGE + 1) },
           { headers_and_other_programs, 0 }, { headers_waste, 0 }, { headers_that_are_long, 0 })
