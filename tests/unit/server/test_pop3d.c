#include "server/pop3d.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"

#include "../unit.h"

/* Each row is a dialogue whose name says which section it shows. Two letters wait for rachida, 40 and 22 octets. */
#define GREETING { 'S', "+OK *" }
#define LOGIN GREETING, { 'C', "USER rachida\r\n" }, { 'S', "+OK *" }, { 'C', "PASS correct horse\r\n" }, \
              { 'S', "+OK 2 messages for rachida" }
#define END { 0, NULL }
#define PLAIN "AHJhY2hpZGEAY29ycmVjdCBob3JzZQ=="

static const char first[] = "Subject: test\n\n.\n..rachida\nbonjour\n";
static const char second[] = "Subject: two\n\nno end";

static const struct { const char *title; const struct say *say; } dialogues[] = {
    { "RFC 1939 §4: the greeting; AUTHORIZATION ends with QUIT", (const struct say[]){
        { 'S', "+OK mail.example.org POP3 Pli" }, { 'C', "QUIT\r\n" }, { 'S', "+OK *" }, { 'X', NULL }, END } },
    { "RFC 1939 §7: USER and PASS", (const struct say[]){
        GREETING, { 'C', "PASS x\r\n" }, { 'S', "-ERR *" }, { 'C', "USER\r\n" }, { 'S', "-ERR *" },
        { 'C', "user nobody\r\n" }, { 'S', "+OK *" }, { 'C', "PASS x\r\n" }, { 'S', "-ERR [[]AUTH] *" },
        { 'C', "PASS correct horse\r\n" }, { 'S', "-ERR *state*" },
        { 'C', "USER rachida\r\n" }, { 'S', "+OK *" }, { 'C', "CAPA\r\n" }, { '+', "*" },
        { 'C', "PASS correct horse\r\n" }, { 'S', "-ERR *" },
        { 'C', "USER Rachida@localhost\r\n" }, { 'S', "+OK *" },
        { 'C', "PASS correct horse\r\n" }, { 'S', "+OK *" }, END } },
    { "RFC 1939 §4: commands of TRANSACTION need a login", (const struct say[]){
        GREETING, { 'C', "STAT\r\n" }, { 'S', "-ERR *" }, { 'C', "LIST\r\n" }, { 'S', "-ERR *" },
        { 'C', "RETR 1\r\n" }, { 'S', "-ERR *" }, { 'C', "DELE 1\r\n" }, { 'S', "-ERR *" },
        { 'C', "NOOP\r\n" }, { 'S', "-ERR *" }, { 'C', "RSET\r\n" }, { 'S', "-ERR *" },
        { 'C', "TOP 1 0\r\n" }, { 'S', "-ERR *" }, { 'C', "UIDL\r\n" }, { 'S', "-ERR *" }, END } },
    { "RFC 1939 §5: STAT, LIST, NOOP", (const struct say[]){
        LOGIN, { 'C', "STAT\r\n" }, { 'S', "+OK 2 62" }, { 'C', "STAT x\r\n" }, { 'S', "-ERR *" },
        { 'C', "LIST\r\n" }, { 'S', "+OK 2 messages (62 octets)" }, { 'S', "1 40" }, { 'S', "2 22" }, { 'S', "." },
        { 'C', "LIST 2\r\n" }, { 'S', "+OK 2 22" }, { 'C', "LIST 3\r\n" }, { 'S', "-ERR *" },
        { 'C', "LIST 0\r\n" }, { 'S', "-ERR *" }, { 'C', "LIST x\r\n" }, { 'S', "-ERR *" },
        { 'C', "LIST 99999999999999999999999\r\n" }, { 'S', "-ERR *" },
        { 'C', "NOOP\r\n" }, { 'S', "+OK *" }, { 'C', "USER alice\r\n" }, { 'S', "-ERR *" }, END } },
    { "RFC 1939 §5: RETR; §3: dots are doubled", (const struct say[]){
        LOGIN, { 'C', "RETR 1\r\n" }, { 'S', "+OK 40 octets" }, { 'S', "Subject: test" }, { 'S', "" }, { 'S', ".." },
        { 'S', "...rachida" }, { 'S', "bonjour" }, { 'S', "." },
        { 'C', "RETR 2\r\n" }, { 'S', "+OK 22 octets" }, { 'S', "Subject: two" }, { 'S', "" }, { 'S', "no end" },
        { 'S', "." }, { 'C', "RETR\r\n" }, { 'S', "-ERR *" }, { 'C', "RETR 3\r\n" }, { 'S', "-ERR *" },
        { 'C', "RETR 1 2\r\n" }, { 'S', "-ERR *" }, END } },
    { "RFC 1939 §7: TOP", (const struct say[]){
        LOGIN, { 'C', "TOP 1 0\r\n" }, { 'S', "+OK *" }, { 'S', "Subject: test" }, { 'S', "" }, { 'S', "." },
        { 'C', "TOP 1 2\r\n" }, { 'S', "+OK *" }, { 'S', "Subject: test" }, { 'S', "" }, { 'S', ".." },
        { 'S', "...rachida" }, { 'S', "." },
        { 'C', "TOP 2 100\r\n" }, { 'S', "+OK *" }, { 'S', "Subject: two" }, { 'S', "" }, { 'S', "no end" },
        { 'S', "." },
        { 'C', "TOP 1\r\n" }, { 'S', "-ERR *" }, { 'C', "TOP 1 -1\r\n" }, { 'S', "-ERR *" },
        { 'C', "TOP 9 1\r\n" }, { 'S', "-ERR *" }, END } },
    { "RFC 1939 §7: UIDL", (const struct say[]){
        LOGIN, { 'C', "UIDL\r\n" }, { 'S', "+OK *" }, { 'S', "1 [0-9]*.1" }, { 'S', "2 [0-9]*.2" }, { 'S', "." },
        { 'C', "UIDL 2\r\n" }, { 'S', "+OK 2 [0-9]*.2" }, { 'C', "UIDL 3\r\n" }, { 'S', "-ERR *" }, END } },
    { "RFC 1939 §5: DELE marks, RSET takes it back", (const struct say[]){
        LOGIN, { 'C', "DELE 1\r\n" }, { 'S', "+OK *" }, { 'C', "DELE 1\r\n" }, { 'S', "-ERR *" },
        { 'C', "RETR 1\r\n" }, { 'S', "-ERR *" }, { 'C', "LIST 1\r\n" }, { 'S', "-ERR *" },
        { 'C', "UIDL 1\r\n" }, { 'S', "-ERR *" }, { 'C', "TOP 1 1\r\n" }, { 'S', "-ERR *" },
        { 'C', "STAT\r\n" }, { 'S', "+OK 1 22" }, { 'C', "LIST\r\n" }, { 'S', "+OK *" }, { 'S', "2 22" }, { 'S', "." },
        { 'C', "UIDL\r\n" }, { 'S', "+OK *" }, { 'S', "2 *" }, { 'S', "." },
        { 'C', "RSET\r\n" }, { 'S', "+OK 2 messages (62 octets)" }, { 'C', "STAT\r\n" }, { 'S', "+OK 2 62" }, END } },
    { "RFC 1939 §6: QUIT removes what is marked", (const struct say[]){
        LOGIN, { 'C', "DELE 2\r\n" }, { 'S', "+OK *" }, { 'C', "QUIT\r\n" }, { 'S', "+OK Goodbye; 1 message removed" },
        { 'X', NULL }, END } },
    { "RFC 2449 §5, §6: CAPA", (const struct say[]){
        GREETING, { 'C', "CAPA\r\n" }, { 'S', "+OK *" }, { 'S', "TOP" }, { 'S', "UIDL" }, { 'S', "RESP-CODES" },
        { 'S', "AUTH-RESP-CODE" }, { 'S', "PIPELINING" }, { 'S', "UTF8" }, { 'S', "EXPIRE NEVER" }, { 'S', "USER" },
        { 'S', "SASL SCRAM-SHA-256 PLAIN LOGIN" }, { 'S', "STLS" }, { 'S', "IMPLEMENTATION Pli" }, { 'S', "." },
        { 'C', "CAPA x\r\n" }, { 'S', "-ERR *" }, END } },
    { "RFC 2449 §6.6: commands in one piece", (const struct say[]){
        GREETING, { 'C', "USER rachida\r\nPASS correct horse\r\nSTAT\r\nDELE 1\r\nQUIT\r\nNOOP\r\n" },
        { 'S', "+OK *" }, { 'S', "+OK *" }, { 'S', "+OK 2 62" }, { 'S', "+OK *" }, { 'S', "+OK *" },
        { 'X', NULL }, END } },
    { "RFC 2595 §4: STLS", (const struct say[]){
        GREETING, { 'C', "USER rachida\r\n" }, { 'S', "+OK *" },
        { 'C', "STLS\r\nPASS correct horse\r\n" }, { 'S', "+OK *" }, { 'T', NULL },
        { 'C', "PASS correct horse\r\n" }, { 'S', "-ERR *" },
        { 'C', "STLS\r\n" }, { 'S', "-ERR *" }, { 'C', "NOOP\r\n" }, { 'S', "-ERR *" }, END } },
    { "RFC 5034 §4: AUTH", (const struct say[]){
        GREETING, { 'C', "AUTH PLAIN\r\n" }, { 'S', "+ " }, { 'C', "*\r\n" }, { 'S', "-ERR *" },
        { 'C', "AUTH PLAIN =AAA\r\n" }, { 'S', "-ERR *" }, { 'C', "AUTH XYZ\r\n" }, { 'S', "-ERR *" },
        { 'C', "AUTH\r\n" }, { 'S', "-ERR *" },
        { 'C', "AUTH PLAIN AHJhY2hpZGEAd3Jvbmc=\r\n" }, { 'S', "-ERR [[]AUTH] *" },
        { 'C', "AUTH PLAIN\r\n" }, { 'S', "+ " }, { 'C', PLAIN "\r\n" }, { 'S', "+OK *2 messages*" },
        { 'C', "AUTH PLAIN\r\n" }, { 'S', "-ERR *" }, END } },
    { "RFC 5034 §4: an initial response", (const struct say[]){
        GREETING, { 'C', "AUTH PLAIN " PLAIN "\r\n" }, { 'S', "+OK *" }, { 'C', "STLS\r\n" },
        { 'S', "-ERR *" }, END } },
    { "AUTH LOGIN", (const struct say[]){
        GREETING, { 'C', "AUTH LOGIN\r\n" }, { 'S', "+ VXNlcm5hbWU6" }, { 'C', "cmFjaGlkYQ==\r\n" },
        { 'S', "+ UGFzc3dvcmQ6" }, { 'C', "Y29ycmVjdCBob3JzZQ==\r\n" }, { 'S', "+OK *" }, END } },
    { "RFC 6856 §2.1: UTF8, and no STLS behind it; §3: no LANG; RFC 1939 §7: no APOP", (const struct say[]){
        GREETING, { 'C', "UTF8\r\n" }, { 'S', "+OK *" }, { 'C', "STLS\r\n" }, { 'S', "-ERR *" },
        { 'C', "LANG\r\n" }, { 'S', "-ERR *" }, { 'C', "APOP rachida 0123\r\n" }, { 'S', "-ERR *" }, END } },
    { "lines that are not POP3", (const struct say[]){
        GREETING, { 'C', "CAPA\n" }, { 'S', "-ERR *LF alone*" }, { 'C', "CA\rPA\r\n" }, { 'S', "-ERR *CR*" },
        { 'C', "XTND\r\n" }, { 'S', "-ERR *" }, { 'C', "\r\n" }, { 'S', "-ERR *" }, END } },
    { "twenty errors end the dialogue", (const struct say[]){
        GREETING, { 'C', "X\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\n" }, { '+', "-ERR *" },
        { 'C', "X\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nQUIT\r\n" }, { '+', "-ERR *" },
        { 'X', NULL }, END } },
    { "ten wrong passwords end the dialogue", (const struct say[]){
        GREETING,
        { 'C', "USER rachida\r\nPASS 1\r\nUSER rachida\r\nPASS 2\r\nUSER rachida\r\nPASS 3\r\nUSER rachida\r\n"
                         "PASS 4\r\nUSER rachida\r\nPASS 5\r\nUSER rachida\r\nPASS 6\r\nUSER rachida\r\nPASS 7\r\n"
                         "USER rachida\r\nPASS 8\r\nUSER rachida\r\nPASS 9\r\nUSER rachida\r\nPASS 10\r\nQUIT\r\n" },
        { '+', "*" }, { 'X', NULL }, END } },
};

static void open_with_letters(struct place *place, struct talk *talk)
{
    place_open(place, NULL);
    place_put(place, "rachida", "1000000001.a.test", first);
    place_put(place, "rachida", "1000000002.b.test", second);
    talk_open(talk, place, &pop3d_ops, false, "127.0.0.1");
}

static void close_all(struct place *place, struct talk *talk)
{
    talk_close(talk);
    place_close(place);
}

START_TEST(plays)
{
    for (int bytewise = 0; bytewise < 2; bytewise++) {
        struct place place;
        struct talk talk;
        open_with_letters(&place, &talk);
        talk_play(&talk, dialogues[_i].say, bytewise);
        close_all(&place, &talk);
    }
}
END_TEST

static size_t letters(const struct place *place)
{
    return place_count(place, "rachida", "new") + place_count(place, "rachida", "cur");
}

/* RFC 1939 §6: removal is QUIT's, and nothing else's. */
START_TEST(only_quit_removes)
{
    static const struct say marked[] = { LOGIN, { 'C', "DELE 1\r\nDELE 2\r\n" }, { 'S', "+OK *" },
    { 'S', "+OK *" }, END };
    static const struct say again[] = { LOGIN, { 'C', "DELE 2\r\nQUIT\r\n" }, { 'S', "+OK *" }, { 'S', "+OK *" },
                                        { 'X', NULL }, END };
    struct place place;
    struct talk talk;
    open_with_letters(&place, &talk);
    talk_play(&talk, marked, false);
    talk_close(&talk); /* the connection breaks */
    ck_assert_uint_eq(letters(&place), 2);
    talk_open(&talk, &place, &pop3d_ops, false, "127.0.0.1");
    talk_play(&talk, again, false);
    ck_assert_uint_eq(letters(&place), 1);
    close_all(&place, &talk);
}
END_TEST

/* RFC 1939 §3: at the end of the server's patience nothing is removed either. */
START_TEST(a_timeout_removes_nothing)
{
    static const struct say marked[] = { LOGIN, { 'C', "DELE 1\r\n" }, { 'S', "+OK *" }, END };
    struct place place;
    struct talk talk;
    struct buf out;
    buf_init(&out, SESSION_OUT_MAX);
    open_with_letters(&place, &talk);
    ck_assert_uint_ge(talk.session.timeout, 600);
    talk_play(&talk, marked, false);
    ck_assert_int_eq(pop3d_ops.wake(&talk.session, SESSION_TIMEOUT, &out), SESSION_CLOSE);
    ck_assert_uint_eq(letters(&place), 2);
    buf_free(&out);
    close_all(&place, &talk);
}
END_TEST

/* RFC 2449 §8.1.2: one session at a time, and the next one when it is over. */
START_TEST(the_maildrop_is_exclusive)
{
    static const struct say login[] = { LOGIN, END };
    static const struct say refused[] = { GREETING, { 'C', "USER rachida\r\nPASS correct horse\r\n" }, { 'S', "+OK *" },
                                          { 'S', "-ERR [[]IN-USE] *" }, { 'C', "AUTH PLAIN " PLAIN "\r\n" },
                                          { 'S', "-ERR [[]IN-USE] *" }, END };
    static const struct say free_now[] = { { 'C', "USER rachida\r\nPASS correct horse\r\n" }, { 'S', "+OK *" },
                                           { 'S', "+OK *" }, END };
    struct place place;
    struct talk talk, second_talk;
    open_with_letters(&place, &talk);
    talk_open(&second_talk, &place, &pop3d_ops, false, "127.0.0.1");
    talk_play(&talk, login, false);
    talk_play(&second_talk, refused, false);
    talk_close(&talk);
    talk_play(&second_talk, free_now, false);
    close_all(&place, &second_talk);
}
END_TEST

/* A letter that another program removes meanwhile. */
START_TEST(a_letter_that_vanished)
{
    static const struct say login[] = { LOGIN, END };
    static const struct say retrieve[] = { { 'C', "RETR 1\r\n" }, { 'S', "-ERR [[]SYS/TEMP] *" },
                                           { 'C', "RETR 2\r\n" }, { '+', "*" },
                                           { 'C', "DELE 1\r\nQUIT\r\n" }, { 'S', "+OK *" }, { 'S', "+OK *" }, END };
    struct place place;
    struct talk talk;
    char command[200];
    open_with_letters(&place, &talk);
    talk_play(&talk, login, false);
    snprintf(command, sizeof command, "find %s -name '1000000001*' -delete", place.root);
    ck_assert_int_eq(system(command), 0);
    talk_play(&talk, retrieve, false);
    close_all(&place, &talk);
}
END_TEST

/* RFC 6856 §2.1, §5. */
START_TEST(headers_beyond_ascii_need_utf8)
{
    static const struct say without[] = { GREETING, { 'C', "USER rachida\r\nPASS correct horse\r\n" }, { 'S', "+OK *" },
                                          { 'S', "+OK *" }, { 'C', "RETR 1\r\n" }, { 'S', "-ERR [[]UTF8] *" },
                                          { 'C', "TOP 1 0\r\n" }, { 'S', "-ERR [[]UTF8] *" }, END };
    static const struct say with[] = { GREETING, { 'C', "UTF8\r\nUSER rachida\r\nPASS correct horse\r\n" },
    { 'S', "+OK *" },
                                       { 'S', "+OK *" }, { 'S', "+OK *" }, { 'C', "RETR 1\r\n" }, { 'S', "+OK *" },
                                       { 'S', "Subject: \xc3\xa9t\xc3\xa9" }, { 'S', "" }, { 'S', "x" },
                                       { 'S', "." }, END };
    struct place place;
    struct talk talk;
    place_open(&place, NULL);
    place_put(&place, "rachida", "1000000001.a.test", "Subject: \xc3\xa9t\xc3\xa9\n\nx\n");
    talk_open(&talk, &place, &pop3d_ops, false, "127.0.0.1");
    talk_play(&talk, without, false);
    talk_close(&talk);
    talk_open(&talk, &place, &pop3d_ops, false, "127.0.0.1");
    talk_play(&talk, with, false);
    close_all(&place, &talk);
}
END_TEST

/* A letter of some megabytes with one long line, and a maildrop of many letters, pass in bounded pieces. */
START_TEST(long_answers_stay_bounded)
{
    enum { SIZE = 3 << 20, MANY = 6000 };
    static const struct say login[] = { GREETING, { 'C', "USER alice\r\nPASS correct horse\r\n" }, { 'S', "+OK *" },
                                        { 'S', "+OK *" }, END };
    struct place place;
    struct talk talk;
    char *text = malloc(SIZE + 1), name[40];
    memset(text, '.', SIZE);
    memcpy(text, "x: y\n\n", 6);
    text[SIZE / 2] = '\n';
    text[SIZE] = '\0';
    place_open(&place, NULL);
    place_put(&place, "alice", "1000000000.a.test", text);
    talk_open(&talk, &place, &pop3d_ops, false, "127.0.0.1");
    talk_play(&talk, login, false);
    talk_send(&talk, "RETR 1\r\n", 8);
    /* 3 line ends became 2 octets, the last line got one, two dots were added, and the dot at the end. */
    ck_assert_ptr_nonnull(strstr(buf_text(&talk.out), "+OK 314573"));
    ck_assert_uint_eq(talk.out.len, strlen("+OK 3145731 octets\r\n") + SIZE + 3 + 2 + 2 + 3);
    ck_assert_mem_eq(talk.out.data + talk.out.len - 6, ".\r\n.\r\n", 6);
    talk_close(&talk);
    for (int i = 1; i <= MANY; i++) {
        snprintf(name, sizeof name, "1000000001.%d.test", i);
        if (i % 2000 == 1)
            place_put(&place, "alice", name, "x: y\n\nz\n");
        else
            place_link(&place, "alice", "1000000001.1.test", name);
    }
    talk_open(&talk, &place, &pop3d_ops, false, "127.0.0.1");
    talk_play(&talk, login, false);
    talk_send(&talk, "UIDL\r\n", 6);
    ck_assert_uint_gt(talk.out.len, SESSION_OUT_HIGH);
    ck_assert_ptr_nonnull(strstr(buf_text(&talk.out), "\r\n6001 "));
    ck_assert_mem_eq(talk.out.data + talk.out.len - 5, "\r\n.\r\n", 5);
    free(text);
    close_all(&place, &talk);
}
END_TEST

#define COUNT(rows) ((int)(sizeof rows / sizeof rows[0]))
UNIT_SUITE(pop3d, { plays, COUNT(dialogues) }, { only_quit_removes, 0 }, { a_timeout_removes_nothing, 0 },
           { the_maildrop_is_exclusive, 0 }, { a_letter_that_vanished, 0 }, { headers_beyond_ascii_need_utf8, 0 },
           { long_answers_stay_bounded, 0 })
