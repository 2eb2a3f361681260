#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "core/mem.h"
#include "labs/dialogue/keywords.h"
#include "labs/dialogue/profile.h"
#include "labs/dialogue/script.h"

/* A file with the text; its name is to be unlinked and freed. */
static char *write_file(const char *text)
{
    char *path = mem_text("/tmp/pli-unit-dialogue-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static struct script *read_text(const char *text, struct buf *errors)
{
    char *path = write_file(text);
    buf_init(errors, 10000);
    struct script *script = script_read(path, errors);
    unlink(path);
    free(path);
    return script;
}

START_TEST(reads_a_dialogue)
{
    struct buf errors;
    struct script *script = read_text("# a comment\n"
                                      "title: RCPT before MAIL   # why\n"
                                      "rfc: 5321 §4.1.4, 2920\n"
                                      "needs: STARTTLS AUTH\r\n"
                                      "connect: smtp\n"
                                      "S: 220 *\n"
                                      "  C: A # not a comment  # a comment\n"
                                      "[two] S? until not: x\n"
                                      "any-order\n"
                                      "S: 250*\n"
                                      "S*: y\n"
                                      "end\n"
                                      "closed", &errors);
    ck_assert_msg(script != NULL, "%s", buf_text(&errors));
    ck_assert_uint_eq(script->rfc_count, 2);
    ck_assert_int_eq(script->rfcs[0].number, 5321);
    ck_assert_str_eq(script->rfcs[0].section, "4.1.4");
    ck_assert_str_eq(script->rfcs[1].section, "");
    ck_assert_uint_eq(script->need_count, 2);
    ck_assert_str_eq(script->needs[1], "AUTH");
    ck_assert_uint_eq(script->step_count, 8);
    ck_assert_str_eq(script->steps[2].source, "C: A # not a comment");
    ck_assert_int_eq(script->steps[2].place.line, 7);
    ck_assert_int_eq(script->steps[2].place.column, 6);
    ck_assert_uint_eq(script->steps[3].session, 1);
    ck_assert_uint_eq(script->steps[3].flags, SPEECH_OPTIONAL | SPEECH_UNTIL | SPEECH_NOT);
    ck_assert_uint_eq(script->steps[4].members, 2);
    ck_assert_uint_eq(script->steps[5].flags, SPEECH_REPLY);
    ck_assert_str_eq(script->steps[7].keyword->name, "closed");
    script_free(script);
    buf_free(&errors);
}
END_TEST

/* A dialogue that is wrong, and where that is said first. */
static const struct {
    const char *text, *place;
} wrong[] = {
    { "title: x\nfoo: 1\nclosed\n", ":2:1: " },
    { "title: x\n  C: ${a\n", ":2:6: " },
    { "title: x\nS: /(/\n", ":2:6: " },
    { "title: x\nS: a\\q\n", ":2:5: " },
    { "title: x\nS foo: a\n", ":2:3: " },
    { "title: x\nC\n", ":2:1: " },
    { "title: x\nrfc: abc\nclosed\n", ":2:6: " },
    { "title: x\nrfc: 5321 4.1\nclosed\n", ":2:11: " },
    { "title: x\npoints: many\nclosed\n", ":2:9: " },
    { "title: x\ntime: -1\nclosed\n", ":2:7: " },
    { "title: x\ntitle: y\nclosed\n", ":2:8: " },
    { "title: x\ntls is\nclosed\n", ":2:1: " },
    { "title: x\nclosed: 1\n", ":2:7: " },
    { "title: x\nconnect\n", ":2:8: " },
    { "title: x\nconnect: a b c\n", ":2:10: " },
    { "title: x\nset: a \"b\n", ":2:8: " },
    { "title: x\nend\n", ":2:1: " },
    { "title: x\nany-order\nend\n", ":3:1: " },
    { "title: x\nany-order\nS: 1\n", ":3:1: " },
    { "title: x\nany-order\nclosed\nend\n", ":3:1: " },
    { "title: x\nany-order\nS: a\n[b] S: b\nend\n", ":4:5: " },
    { "title: x\n[] C: a\n", ":2:1: " },
    { "title: x\n[abcdefghijklmnopqrstuvwxyz] C: a\n", ":2:1: " },
    { "title: x\ncolumns: a b\nrow: 1\nclosed\n", ":3:6: " },
    { "title: x\ncolumns: a b\nrow: 1 2 3\nclosed\n", ":3:6: " },
    { "title: x\ncolumns: a\nclosed\n", ":3:1: " },
    { "title: x\ninclude: nowhere.dialogue\n", ":2:1: " },
    { "title: x\n", ":1:1: " },
    { "closed\n", ":1:1: " },
    { "title: x\nC raw: a\\q\n", ":2:9: " },
};

START_TEST(tells_what_is_wrong)
{
    struct buf errors;
    struct script *script = read_text(wrong[_i].text, &errors);
    ck_assert_ptr_null(script);
    ck_assert_msg(strstr(buf_text(&errors), wrong[_i].place) != NULL, "%s%s", wrong[_i].text, buf_text(&errors));
    buf_free(&errors);
}
END_TEST

START_TEST(includes_itself)
{
    char text[200];
    struct buf errors;
    char *path = write_file("");
    FILE *file = fopen(path, "w");
    snprintf(text, sizeof text, "title: x\ninclude: %s\n", strrchr(path, '/') + 1);
    fputs(text, file);
    fclose(file);
    buf_init(&errors, 10000);
    ck_assert_ptr_null(script_read(path, &errors));
    ck_assert_ptr_nonnull(strstr(buf_text(&errors), "include"));
    unlink(path);
    free(path);
    buf_free(&errors);
}
END_TEST

START_TEST(rows_are_tests)
{
    struct buf errors;
    struct script *script = read_text("title: ${verb}\ncolumns: verb code\nrow: NOOP 250\nrow: \"A B\" 500\nclosed\n",
                                      &errors);
    ck_assert_msg(script != NULL, "%s", buf_text(&errors));
    ck_assert_uint_eq(script_tests(script), 2);
    script_free(script);
    buf_free(&errors);
}
END_TEST

START_TEST(reads_a_profile)
{
    struct profile profile = { .name = NULL };
    struct buf errors;
    struct values *values = values_new();
    char *path = write_file("# Postfix\nname: Postfix 3.7\nlacks: CHUNKING DSN  -- switched off\nset: code 550 x\n"
                            "except: smtp/vrfy*.dialogue -- not allowed\nexcept: smtp/rows.dialogue#2 -- one row\n");
    buf_init(&errors, 1000);
    ck_assert_msg(profile_read(&profile, path, values, &errors) == 0, "%s", buf_text(&errors));
    ck_assert_str_eq(profile.name, "Postfix 3.7");
    ck_assert_str_eq(profile_lacks(&profile, "DSN"), "switched off");
    ck_assert_ptr_null(profile_lacks(&profile, "AUTH"));
    ck_assert_str_eq(profile_excepts(&profile, "tests/smtp/vrfy-user.dialogue", 1), "not allowed");
    ck_assert_str_eq(profile_excepts(&profile, "smtp/vrfy.dialogue", 1), "not allowed");
    ck_assert_ptr_null(profile_excepts(&profile, "smtp/rows.dialogue", 1));
    ck_assert_str_eq(profile_excepts(&profile, "smtp/rows.dialogue", 2), "one row");
    ck_assert(span_is(*values_get(values, "code"), "550 x"));
    unlink(path);
    free(path);
    profile_free(&profile);
    values_free(values);
    buf_free(&errors);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof(table)[0])

UNIT_SUITE(script, { reads_a_dialogue, 0 }, { tells_what_is_wrong, COUNT(wrong) }, { includes_itself, 0 },
           { rows_are_tests, 0 }, { reads_a_profile, 0 })
