#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/durable.h"
#include "scratch.h"
#include "server/maildir.h"
#include "tests/unit/unit.h"

static const struct {
    const char *name;
    long long size, wire;
    unsigned flags;
    uint32_t keywords;
    size_t base;
} names[] = {
    { "1.M2P3.host", -1, -1, 0, 0, 11 },
    { "1.M2P3.host,S=10,W=12", 10, 12, 0, 0, 21 },
    { "1.M2P3.host,S=10,W=12:2,", 10, 12, 0, 0, 21 },
    { "1.host:2,FRS", -1, -1, MAIL_FLAGGED | MAIL_ANSWERED | MAIL_SEEN, 0, 6 },
    { "1.host:2,DFPRSTabz", -1, -1,
      MAIL_DRAFT | MAIL_FLAGGED | MAIL_FORWARDED | MAIL_ANSWERED | MAIL_SEEN | MAIL_DELETED, 1 | 2 | 1u << 25, 6 },
    { "1.host:1,S", -1, -1, 0, 0, 6 },
    { "1.host:2,S,U=5", -1, -1, MAIL_SEEN, 0, 6 },
    { "1.host,S=:2,", -1, -1, 0, 0, 9 },
    { "1.host,S=5x,W=99999999999999999999:2,", -1, -1, 0, 0, 34 },
    { ",S=1", 1, -1, 0, 0, 4 },
};

START_TEST(maildir_name_parts)
{
    struct maildir_name parts;
    maildir_parse(unit_at_edge(names[_i].name, strlen(names[_i].name) + 1), &parts);
    ck_assert_uint_eq(parts.base, names[_i].base);
    ck_assert_int_eq(parts.size, names[_i].size);
    ck_assert_int_eq(parts.wire, names[_i].wire);
    ck_assert_uint_eq(parts.flags, names[_i].flags);
    ck_assert_uint_eq(parts.keywords, names[_i].keywords);
}
END_TEST

START_TEST(maildir_suffix_is_read_back)
{
    char suffix[48];
    struct maildir_name parts;
    for (unsigned flags = 0; flags < 64; flags++) {
        maildir_suffix(flags, flags * 97 & 0x3ffffff, suffix);
        maildir_parse(suffix, &parts);
        ck_assert_uint_eq(parts.flags, flags);
        ck_assert_uint_eq(parts.keywords, flags * 97 & 0x3ffffff);
    }
    maildir_suffix(63 | MAIL_RECENT, 0x3ffffff, suffix);
    ck_assert_str_eq(suffix, ":2,DFPRSTabcdefghijklmnopqrstuvwxyz");
}
END_TEST

static const struct {
    const char *wire;
    const char *disk;
    unsigned size; /* with CR LF line ends */
} texts[] = {
    { "", "", 0 },
    { "a\r\nb\r\n", "a\nb\n", 6 },
    { "a\nb", "a\nb", 4 },
    { "a\rb\r\n", "a\rb\n", 5 },
    { "a\r\r\nb", "a\r\nb", 4 }, /* on the disk CR LF is one line end */
    { "\r\n\r\n", "\n\n", 4 },
    { "a\r", "a\r", 2 },
};

START_TEST(maildir_writes_lf)
{
    for (int step = 1; step <= 3; step++) {
        struct buf disk;
        buf_init(&disk, 1000);
        char *folder = mem_printf("%s/m%d", scratch_folder(), step);
        ck_assert_int_eq(maildir_make(folder), 0);
        struct maildir_writer *writer = maildir_write_new(folder);
        size_t size = strlen(texts[_i].wire);
        for (size_t i = 0; i < size; i += (size_t)step)
            ck_assert_int_eq(maildir_write(writer, texts[_i].wire + i,
                                           size - i < (size_t)step ? size - i : (size_t)step), 0);
        ck_assert_int_eq(maildir_write_sync(writer), 0);
        ck_assert_int_eq(durable_read(maildir_write_path(writer), &disk), 0);
        ck_assert_str_eq(buf_text(&disk), texts[_i].disk);
        ck_assert_uint_eq(maildir_write_size(writer), texts[_i].size);
        struct maildir_name parts;
        maildir_parse(maildir_write_name(writer), &parts);
        ck_assert_int_eq(parts.size, (long long)disk.len);
        ck_assert_int_eq(parts.wire, texts[_i].size);
        maildir_write_free(writer);
        buf_free(&disk);
        free(folder);
    }
    ck_assert_int_eq(scratch_count("m1/tmp"), 0);
}
END_TEST

START_TEST(maildir_commit_or_nothing)
{
    char *folder = mem_printf("%s/m", scratch_folder());
    ck_assert_int_eq(maildir_make(folder), 0);
    ck_assert_int_eq(maildir_make(folder), 0);
    struct maildir_writer *writer = maildir_write_new(folder);
    maildir_write(writer, "x\r\n", 3);
    ck_assert_int_eq(scratch_count("m/tmp"), 1);
    ck_assert_int_eq(scratch_count("m/new"), 0);
    maildir_write_free(writer);
    ck_assert_int_eq(scratch_count("m/tmp"), 0);
    writer = maildir_write_new(folder);
    maildir_write(writer, "x\r\n", 3);
    ck_assert_int_eq(maildir_write_commit(writer, NULL), 0);
    maildir_write_free(writer);
    writer = maildir_write_new(folder);
    maildir_write(writer, "y\r\n", 3);
    ck_assert_int_eq(maildir_write_commit(writer, ":2,S"), 0);
    maildir_write_free(writer);
    ck_assert_int_eq(scratch_count("m/tmp"), 0);
    ck_assert_int_eq(scratch_count("m/new"), 1);
    ck_assert_int_eq(scratch_count("m/cur"), 1);
    free(folder);
    ck_assert_ptr_null(maildir_write_new("/nonexistent-folder"));
    ck_assert_int_eq(maildir_result(errno), STORE_NOT_FOUND);
    ck_assert_int_eq(maildir_result(ENOSPC), STORE_FULL);
}
END_TEST

UNIT_SUITE(maildir, { maildir_name_parts, sizeof names / sizeof names[0] }, { maildir_suffix_is_read_back, 0 },
           { maildir_writes_lf, sizeof texts / sizeof texts[0] }, { maildir_commit_or_nothing, 0 })
