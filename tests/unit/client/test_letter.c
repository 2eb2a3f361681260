/*
 * Letters taken apart: numbers as IMAP counts, texts, names, and files that overwrite nothing.
 */
#include "client/letter.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "tests/unit/unit.h"

static const char letter[] =
    "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe9t\xe9\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    "<p>H</p>\r\n--b--\r\n--a\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename*=utf-8''../%C3%A9t%C3%A9%0A.png\r\n\r\nAAEC\r\n--a\r\n"
    "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ninner\r\n--a--\r\n";

START_TEST(the_tree_has_numbers)
{
    struct letter_parts parts;
    struct buf out;
    letter_parts(span_of(letter), &parts);
    buf_init(&out, 10000);
    for (size_t i = 0; i < parts.count; i++)
        buf_printf(&out, "%s %s%s%s%s;", parts.rows[i].number, parts.rows[i].type, parts.rows[i].shown ? " shown" : "",
                   parts.rows[i].attached ? " attached" : "", parts.rows[i].is_group ? " group" : "");
    ck_assert_str_eq(buf_text(&out), " multipart/mixed group;1 multipart/alternative group;1.1 text/plain shown;"
                                     "1.2 text/html;2 image/png attached;3 message/rfc822 group;3.1 text/plain;");
    buf_clear(&out);
    ck_assert(letter_part_text(span_of(letter), 2, &out) && letter_part_text(span_of(letter), 3, &out));
    ck_assert(!letter_part_text(span_of(letter), 4, &out) && !letter_part_text(span_of(letter), 99, &out));
    ck_assert_str_eq(buf_text(&out), "\u00e9t\u00e9H\n");
    buf_clear(&out);
    ck_assert_int_eq(letter_part_bytes(span_of(letter), 4, &out), 0);
    ck_assert(out.len == 3 && memcmp(out.data, "\0\1\2", 3) == 0);
    letter_parts_free(&parts);
    buf_free(&out);
}
END_TEST

static const struct {
    const char *name, *type, *safe;
} names[] = {
    { "a.png", "", "a.png" }, { "../../etc/passwd", "", "etc_passwd" }, { "/etc/passwd", "", "etc_passwd" },
    { ".bashrc", "", "bashrc" }, { "-rf", "", "rf" }, { "~x", "", "x" }, { "a\nb\033c", "", "a_b_c" },
    { "", "text/html", "part.html" }, { "...", "x/y", "part.bin" }, { "gpj.\u202eexe", "", "gpj._exe" },
    { "\xff\xfe", "text/plain", "part.txt" }, { "c:\\autoexec.bat", "", "c:_autoexec.bat" },
};

START_TEST(names_are_harmless)
{
    char *name = letter_safe_name(names[_i].name, names[_i].type);
    ck_assert_str_eq(name, names[_i].safe);
    free(name);
}
END_TEST

START_TEST(nothing_is_overwritten)
{
    char folder[] = "/tmp/pli-parts-XXXXXX", *path[3];
    struct buf error, back;
    buf_init(&error, 1000);
    buf_init(&back, 1000);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(letter_part_save(span_of(letter), 4, folder, &path[i], &error), 0);
    ck_assert_ptr_nonnull(strstr(path[0], "/\u00e9t\u00e9_.png"));
    ck_assert_ptr_nonnull(strstr(path[2], "-3.png"));
    ck_assert_int_eq(durable_read(path[1], &back), 0);
    ck_assert_uint_eq(back.len, 3);
    ck_assert_int_eq(letter_part_save_as(span_of(letter), 4, path[0], &error), -1);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "exists"));
    for (int i = 0; i < 3; i++) {
        unlink(path[i]);
        free(path[i]);
    }
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(letter_part_save(span_of(letter), 4, folder, &path[0], &error), -1);
    ck_assert_ptr_null(path[0]);
    buf_free(&error);
    buf_free(&back);
}
END_TEST

UNIT_SUITE(letter, { the_tree_has_numbers, 0 }, { names_are_harmless, sizeof names / sizeof names[0] },
           { nothing_is_overwritten, 0 })
