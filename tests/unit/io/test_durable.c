#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/durable.h"
#include "io/log.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/pli-durable-XXXXXX";

static int entries(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;
    while (directory != NULL && readdir(directory) != NULL)
        count++;
    if (directory != NULL)
        closedir(directory);
    return count - 2;
}

static const char *in_folder(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

START_TEST(durable_files)
{
    struct buf text;
    struct stat status;
    buf_init(&text, 10);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(durable_make_directory(in_folder("a/b/c")), 0);
    ck_assert_int_eq(durable_make_directory(in_folder("a/b/c")), 0);
    ck_assert_int_eq(durable_replace(in_folder("a/file"), "one", 3, 0600), 0);
    ck_assert_int_eq(durable_replace(in_folder("a/file"), "two", 3, 0600), 0);
    ck_assert_int_eq(stat(in_folder("a/file"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(durable_read(in_folder("a/file"), &text), 0);
    ck_assert_str_eq(buf_text(&text), "two");
    ck_assert_int_eq(entries(in_folder("a")), 2); /* nothing is left of the writing */
    ck_assert_int_eq(durable_replace(in_folder("a/file"), "a text longer than ten", 22, 0600), 0);
    buf_clear(&text);
    ck_assert_int_eq(durable_read(in_folder("a/file"), &text), -1);
    ck_assert_int_eq(errno, EFBIG);
    ck_assert_int_eq(durable_read(in_folder("none"), &text), -1);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(durable_replace(in_folder("none/file"), "x", 1, 0600), -1);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(durable_make_directory(in_folder("a/file/x")), -1);
    /* A directory in the way of the name: it stays, and no new file beside it. */
    ck_assert_int_eq(durable_replace(in_folder("a/b"), "x", 1, 0600), -1);
    ck_assert_int_eq(entries(in_folder("a")), 2);
    unlink(in_folder("a/file"));
    rmdir(in_folder("a/b/c"));
    rmdir(in_folder("a/b"));
    rmdir(in_folder("a"));
    ck_assert_int_eq(rmdir(folder), 0);
    buf_free(&text);
}
END_TEST

/* What a peer sends cannot write a line of its own, nor speak to the terminal. */
START_TEST(log_is_harmless)
{
    int ends[2];
    char line[4096];
    ck_assert_int_eq(pipe(ends), 0);
    struct log *log = log_new(ends[1]);
    log_line(log, "smtp-1", "user \"%s\"", "a\r\n2026-01-01 forged\x1b[2J\x9b\x07");
    ssize_t got = read(ends[0], line, sizeof line - 1);
    ck_assert_int_gt(got, 20);
    line[got] = '\0';
    ck_assert_ptr_nonnull(strstr(line, " smtp-1: user \"a"));
    for (ssize_t i = 0; i < got - 1; i++)
        ck_assert_int_ge((unsigned char)line[i], ' ');
    ck_assert_int_eq(line[got - 1], '\n');
    char *longer = malloc(100000);
    memset(longer, 'x', 100000);
    longer[99999] = '\0';
    log_line(log, NULL, "%s", longer);
    got = read(ends[0], line, sizeof line);
    ck_assert_int_gt(got, 500);
    ck_assert_int_lt(got, 2000);
    ck_assert_int_eq(line[got - 1], '\n');
    free(longer);
    log_free(log);
    log_line(NULL, "nobody", "hears this");
    close(ends[0]);
    close(ends[1]);
}
END_TEST

UNIT_SUITE(durable, { durable_files, 0 }, { log_is_harmless, 0 })
