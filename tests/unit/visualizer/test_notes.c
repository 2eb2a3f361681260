/* The file of bookmarks and notes: what it says, what is refused, and what may never be written over. */
#include "visualizer/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/unit/unit.h"

#define FIRST 1790000000000412000
#define HEAD "Pli notes 1\nrecording 1790000000.000412000\n"

static char folder[64], recording[96], path[128];

static void setup(void)
{
    strcpy(folder, "/tmp/pli-notes-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(recording, sizeof recording, "%s/a.pcapng", folder);
    snprintf(path, sizeof path, "%s.notes", recording);
}

static void teardown(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left */
}

static void put(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void assert_file(const char *expected)
{
    char text[4096] = "";
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    ck_assert_str_eq(text, expected);
}

static struct notes *opened(int64_t first, bool well)
{
    struct buf problem;
    buf_init(&problem, 4096);
    struct notes *notes = notes_open(recording, first, &problem);
    ck_assert_msg(well == (problem.len == 0), "%s", buf_text(&problem));
    buf_free(&problem);
    return notes;
}

static int bookmark(struct notes *notes, uint32_t packet, bool on)
{
    struct buf problem;
    buf_init(&problem, 4096);
    int status = notes_bookmark(notes, packet, on, &problem);
    ck_assert_int_eq(status == 0, problem.len == 0);
    buf_free(&problem);
    return status;
}

static int note(struct notes *notes, enum note_place place, uint32_t number, const char *text)
{
    struct buf problem;
    buf_init(&problem, 4096);
    int status = notes_write(notes, place, number, text, &problem);
    ck_assert_int_eq(status == 0, problem.len == 0);
    buf_free(&problem);
    return status;
}

START_TEST(notes_are_kept)
{
    setup();
    struct notes *notes = opened(FIRST, true);
    ck_assert_int_eq(bookmark(notes, 12, true), 0);
    ck_assert_int_eq(note(notes, NOTE_ON_EXCHANGE, 5, "in clear"), 0);
    ck_assert_int_eq(note(notes, NOTE_ON_PACKET, 3, "caf\u00e9 \"#1\""), 0);
    assert_file(HEAD "packet 3 note caf\u00e9 \"#1\"\npacket 12 bookmark\nexchange 5 note in clear\n");
    notes_free(notes);
    notes = opened(FIRST, true);
    ck_assert_uint_eq(notes_count(notes), 3);
    ck_assert(notes_find(notes, NOTE_ON_PACKET, 12)->bookmark);
    ck_assert_str_eq(notes_find(notes, NOTE_ON_EXCHANGE, 5)->text, "in clear");
    ck_assert_ptr_null(notes_find(notes, NOTE_ON_PACKET, 5));
    ck_assert_int_eq(note(notes, NOTE_ON_PACKET, 3, ""), 0);
    ck_assert_int_eq(bookmark(notes, 12, false), 0);
    assert_file(HEAD "exchange 5 note in clear\n");
    ck_assert_int_eq(note(notes, NOTE_ON_EXCHANGE, 5, ""), 0);
    ck_assert_int_ne(access(path, F_OK), 0); /* nothing to say: no file */
    notes_free(notes);
    teardown();
}
END_TEST

static const struct {
    const char *text;
    size_t count;
} understood[] = {
    { "", 0 },
    { HEAD, 0 },
    { HEAD "# by hand\r\n\r\npacket 7 bookmark\r\npacket 7 note both\r\n", 1 },
    { HEAD "packet 999999999 bookmark", 1 },
};

START_TEST(file_is_understood)
{
    setup();
    put(understood[_i].text);
    struct notes *notes = opened(FIRST, true);
    ck_assert_uint_eq(notes_count(notes), understood[_i].count);
    notes_free(notes);
    teardown();
}
END_TEST

static const char *const refused[] = {
    "shopping: milk\n",
    "Pli notes 2\nrecording 1790000000.000412000\n",
    "Pli notes 1\nrecording 1790000001.000412000\npacket 1 bookmark\n",
    "Pli notes 1\npacket 1 bookmark\n",
    HEAD "packet 0 bookmark\n",
    HEAD "packet 99999999999999999999 bookmark\n",
    HEAD "packet 1\n",
    HEAD "packet 1 bookmarks\n",
    HEAD "packet 1 note \n",
    HEAD "packet 1 note a\npacket 1 note b\n",
    HEAD "exchange 1 bookmark\n",
    HEAD "packet 1 note \033[2J\n",
    HEAD "packet 1 note \xc2\x9b" "2J\n",
    HEAD "packet 1 note \xff\n",
    HEAD "packet -1 bookmark\n",
};

START_TEST(file_is_refused_and_left)
{
    setup();
    put(refused[_i]);
    struct notes *notes = opened(FIRST, false);
    ck_assert_uint_eq(notes_count(notes), 0);
    ck_assert_int_eq(bookmark(notes, 4, true), -1); /* which is told, and holds here */
    ck_assert(notes_find(notes, NOTE_ON_PACKET, 4)->bookmark);
    assert_file(refused[_i]);
    notes_free(notes);
    teardown();
}
END_TEST

START_TEST(two_windows_lose_nothing)
{
    setup();
    struct notes *one = opened(FIRST, true), *other = opened(FIRST, true);
    ck_assert_int_eq(bookmark(one, 1, true), 0);
    ck_assert_int_eq(bookmark(other, 2, true), 0);
    ck_assert_int_eq(note(one, NOTE_ON_PACKET, 3, "x"), 0);
    assert_file(HEAD "packet 1 bookmark\npacket 2 bookmark\npacket 3 note x\n");
    notes_free(one);
    notes_free(other);
    teardown();
}
END_TEST

START_TEST(a_pipe_is_not_waited_for)
{
    setup();
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    struct notes *notes = opened(FIRST, false);
    ck_assert_int_eq(bookmark(notes, 4, true), -1);
    notes_free(notes);
    teardown();
}
END_TEST

START_TEST(without_a_file_notes_last_until_the_end)
{
    struct buf problem;
    buf_init(&problem, 4096);
    struct notes *notes = notes_open(NULL, 0, &problem);
    ck_assert_uint_eq(problem.len, 0);
    ck_assert_int_eq(bookmark(notes, 4, true), -1);
    ck_assert_int_eq(bookmark(notes, 5, true), -1);
    ck_assert_uint_eq(notes_count(notes), 2);
    notes_free(notes);
    notes_free(NULL);
    ck_assert_uint_eq(notes_count(NULL), 0);
    buf_free(&problem);
}
END_TEST

START_TEST(where_nothing_can_be_written_notes_last_until_the_end)
{
    struct buf problem;
    buf_init(&problem, 4096);
    struct notes *notes = notes_open("/proc/self/no-such-place", FIRST, &problem); /* nor can root write there */
    ck_assert_int_eq(bookmark(notes, 4, true), -1);
    ck_assert_int_eq(bookmark(notes, 5, true), -1);
    ck_assert_uint_eq(notes_count(notes), 2);
    notes_free(notes);
    buf_free(&problem);
}
END_TEST

START_TEST(a_long_note_is_cut_between_characters)
{
    setup();
    char *text = mem_alloc(NOTE_TEXT_MAX + 4);
    memset(text, 'x', NOTE_TEXT_MAX - 1);
    strcpy(text + NOTE_TEXT_MAX - 1, "\u00e9"); /* its second byte would be one too many */
    struct notes *notes = opened(FIRST, true);
    ck_assert_int_eq(note(notes, NOTE_ON_PACKET, 1, text), 0);
    ck_assert_uint_eq(strlen(notes_find(notes, NOTE_ON_PACKET, 1)->text), NOTE_TEXT_MAX - 1);
    notes_free(notes);
    free(text);
    teardown();
}
END_TEST

UNIT_SUITE(notes, { notes_are_kept, 0 }, { file_is_understood, sizeof understood / sizeof understood[0] },
           { file_is_refused_and_left, sizeof refused / sizeof refused[0] }, { two_windows_lose_nothing, 0 },
           { a_pipe_is_not_waited_for, 0 }, { without_a_file_notes_last_until_the_end, 0 },
           { where_nothing_can_be_written_notes_last_until_the_end, 0 }, { a_long_note_is_cut_between_characters, 0 })
