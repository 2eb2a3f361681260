#include "server/smtpd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogue.h"

#include "../unit.h"

/* Each row is a dialogue whose name says which section it shows. */
#define HELLO { 'S', "220 mail.example.org ESMTP *" }, { 'C', "EHLO client.example\r\n" }, { '+', "250*" }
#define END { 0, NULL }
#define ENVELOPE                                                      \
    { 'C', "MAIL FROM:<alice@localhost>\r\n" }, { 'S', "250 2.1.0 *" }, \
    { 'C', "RCPT TO:<rachida@localhost>\r\n" }, { 'S', "250 2.1.5 *" }

/* AHJhY2hpZGEAY29ycmVjdCBob3JzZQ== is NUL rachida NUL correct horse. */
#define PLAIN "AHJhY2hpZGEAY29ycmVjdCBob3JzZQ=="
#define WRONG "AHJhY2hpZGEAd3Jvbmc="

static const struct { const char *title; const struct say *say; } dialogues[] = {
    { "RFC 5321 §4.1.1.1: EHLO tells the extensions, HELO does not", (const struct say[]){
        { 'S', "220 mail.example.org ESMTP *" },
        { 'C', "EHLO client.example\r\n" },
        { 'S', "250-mail.example.org greets client.example" },
        { 'S', "250-PIPELINING" },                    /* RFC 2920 */
        { 'S', "250-SIZE 10485760" },                 /* RFC 1870 */
        { 'S', "250-8BITMIME" },                      /* RFC 6152 */
        { 'S', "250-SMTPUTF8" },                      /* RFC 6531 */
        { 'S', "250-CHUNKING" },                      /* RFC 3030 */
        { 'S', "250-ENHANCEDSTATUSCODES" }, { 'S', "250-DSN" },           /* RFC 2034 */
        { 'S', "250-STARTTLS" },                      /* RFC 3207 */
        { 'S', "250-AUTH SCRAM-SHA-256 PLAIN LOGIN" },/* RFC 4954 */
        { 'S', "250-LIMITS RCPTMAX=1000" },           /* RFC 9422 */
        { 'S', "250-VRFY" }, { 'S', "250 HELP" },
        { 'C', "HELO client.example\r\n" }, { 'S', "250 mail.example.org greets client.example" },
        { 'C', "EHLO\r\n" }, { 'S', "501 5.5.4 *" },
        { 'C', "EHLO a b\r\n" }, { 'S', "501 5.5.4 *" },
        { 'C', "HELO [192.0.2.1]\r\n" }, { 'S', "250 *" }, END } },
    { "RFC 5321 §4.1.1.4: a letter; §4.1.1.10: QUIT", (const struct say[]){
        HELLO, ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" },
        { 'C', "Subject: test\r\n\r\nrachida bonjour\r\n.\r\n" }, { 'S', "250 2.0.0 *" },
        { 'C', "QUIT\r\n" }, { 'S', "221 2.0.0 mail.example.org *" }, { 'X', NULL }, END } },
    { "RFC 5321 §4.1.4: the order of commands", (const struct say[]){
        { 'S', "220 *" },
        { 'C', "MAIL FROM:<a@b.example>\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "RCPT TO:<rachida@localhost>\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "DATA\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "NOOP\r\n" }, { 'S', "250 2.0.0 *" },
        { 'C', "RSET\r\n" }, { 'S', "250 2.0.0 *" },
        { 'C', "VRFY rachida\r\n" }, { 'S', "250 2.1.5 <rachida@mail.example.org>" },
        { 'C', "HELP\r\n" }, { '+', "214*" },
        { 'C', "EHLO a\r\n" }, { '+', "250*" },
        { 'C', "RCPT TO:<rachida@localhost>\r\n" }, { 'S', "503 5.5.1 *" },
        ENVELOPE,
        { 'C', "MAIL FROM:<a@b.example>\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "AUTH PLAIN\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "EHLO a\r\n" }, { '+', "250*" },
        { 'C', "DATA\r\n" }, { 'S', "503 5.5.1 *" }, END } },
    { "RFC 5321 §4.1.1.5: RSET forgets the transaction", (const struct say[]){
        HELLO, ENVELOPE, { 'C', "RSET\r\n" }, { 'S', "250 2.0.0 *" },
        { 'C', "DATA\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "RSET x\r\n" }, { 'S', "501 5.5.4 *" }, ENVELOPE, END } },
    { "RFC 5321 §4.2.4, §3.5.4, §4.3.2: unknown commands, EXPN, arguments", (const struct say[]){
        HELLO, { 'C', "XYZ\r\n" }, { 'S', "500 5.5.1 *" }, { 'C', "\r\n" }, { 'S', "500 5.5.1 *" },
        { 'C', "DATA x\r\n" }, { 'S', "503 *" }, { 'C', "QUIT x\r\n" }, { 'S', "501 5.5.4 *" },
        { 'C', "EXPN staff\r\n" }, { 'S', "502 5.5.1 *" },
        { 'C', "HELP MAIL\r\n" }, { 'S', "214-2.0.0 MAIL: *" }, { 'S', "214 2.0.0 RFC 5321 section 4.1.1.2" },
        { 'C', "HELP me\r\n" }, { 'S', "504 5.5.4 *" }, END } },
    { "RFC 5321 §4.1.1.2, §4.1.1.3: paths", (const struct say[]){
        HELLO, { 'C', "MAIL FROM: <a@b.example>\r\n" }, { 'S', "501 5.1.7 *no space*" },
        { 'C', "MAIL FROM:a@b.example\r\n" }, { 'S', "501 5.1.7 *angle brackets*" },
        { 'C', "MAIL TO:<a@b>\r\n" }, { 'S', "501 5.1.7 Write MAIL FROM*" },
        { 'C', "MAIL FROM:<>\r\n" }, { 'S', "250 2.1.0 *" },
        { 'C', "RCPT TO:<>\r\n" }, { 'S', "501 5.1.3 *" },
        { 'C', "RCPT TO:<rachida>\r\n" }, { 'S', "501 5.1.3 *" },
        { 'C', "RCPT TO:<nobody@localhost>\r\n" }, { 'S', "550 5.1.1 <nobody@localhost>: *" },
        { 'C', "RCPT TO:<\"rachida\"@localhost>\r\n" }, { 'S', "250 2.1.5 *" },       /* §4.1.2: quoted is the same */
        { 'C', "RCPT TO:<@relay.example:rachida@localhost>\r\n" }, { 'S', "250 2.1.5 *" }, /* appendix C */
        { 'C', "RCPT TO:<RACHIDA@LOCALHOST>\r\n" }, { 'S', "250 2.1.5 *" },
        { 'C', "RCPT TO:<rachida+list@localhost>\r\n" }, { 'S', "250 2.1.5 *" }, END } },
    { "RFC 5321 §3.3: no valid recipient", (const struct say[]){
        HELLO, { 'C', "MAIL FROM:<a@b.example>\r\n" }, { 'S', "250 *" },
        { 'C', "RCPT TO:<nobody@localhost>\r\n" }, { 'S', "550 *" },
        { 'C', "DATA\r\n" }, { 'S', "554 5.5.1 *" },
        { 'C', "RCPT TO:<rachida@localhost>\r\n" }, { 'S', "250 *" }, END } },
    { "RFC 5321 §4.1.1.11: parameters", (const struct say[]){
        HELLO, { 'C', "MAIL FROM:<a@b> XYZ=1\r\n" }, { 'S', "555 5.5.4 *" },
        { 'C', "MAIL FROM:<a@b> SIZE=x\r\n" }, { 'S', "501 *" },
        { 'C', "MAIL FROM:<a@b> BODY=8BITMIME SIZE=1000 AUTH=<>\r\n" }, { 'S', "250 *" },
        { 'C', "RCPT TO:<rachida@localhost> SIZE=1\r\n" }, { 'S', "555 5.5.4 *" },
        { 'C', "RCPT TO:<rachida@localhost> NOTIFY=NEVER,DELAY\r\n" }, { 'S', "501 *" }, /* RFC 3461 §4.1 */
        { 'C', "HELO old.example\r\n" }, { 'S', "250 *" },
        { 'C', "MAIL FROM:<a@b> SIZE=1\r\n" }, { 'S', "555 5.5.4 *" }, END } },
    { "RFC 1870 §6.1: a size that is too big is refused at once", (const struct say[]){
        HELLO, { 'C', "MAIL FROM:<a@b> SIZE=10485761\r\n" }, { 'S', "552 5.3.4 *" },
        { 'C', "MAIL FROM:<a@b> SIZE=10485760\r\n" }, { 'S', "250 *" }, END } },
    { "RFC 6531 §3.5: SMTPUTF8", (const struct say[]){
        HELLO, { 'C', "MAIL FROM:<r\xc3\xa9mi@b.example>\r\n" }, { 'S', "553 5.6.7 *" },
        { 'C', "MAIL FROM:<r\xc3\xa9mi@b.example> SMTPUTF8\r\n" }, { 'S', "250 2.1.0 <r\xc3\xa9mi@b.example> *" },
        { 'C', "RCPT TO:<r\xc3\xa9mi@localhost>\r\n" }, { 'S', "550 5.1.1 <r\xc3\xa9mi@localhost>: *" },
        { 'C', "RSET\r\n" }, { 'S', "250 *" },
        { 'C', "MAIL FROM:<a@b.example>\r\n" }, { 'S', "250 *" },
        { 'C', "RCPT TO:<r\xc3\xa9mi@localhost>\r\n" }, { 'S', "553 5.6.7 *" }, END } },
    { "RFC 2920 §3.1: a group of commands", (const struct say[]){
        HELLO, { 'C', "MAIL FROM:<a@b>\r\nRCPT TO:<nobody@localhost>\r\nRCPT TO:<rachida@localhost>\r\nDATA\r\n" },
        { 'S', "250 *" }, { 'S', "550 *" }, { 'S', "250 *" }, { 'S', "354 *" },
        { 'C', "x: y\r\n\r\n.\r\nMAIL FROM:<a@b>\r\nQUIT\r\nNOOP\r\n" },
        { 'S', "250 2.0.0 *" }, { 'S', "250 2.1.0 *" }, { 'S', "221 *" }, { 'X', NULL }, END } },
    { "RFC 3030 §2: chunks", (const struct say[]){
        HELLO, ENVELOPE, { 'C', "BDAT 16\r\nSubject: test\r\n\r" }, { 'S', "250 2.0.0 *" },
        { 'C', "DATA\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "RCPT TO:<alice@localhost>\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "BDAT 18 LAST\r\n\nrachida bonjour\r\n" }, { 'S', "250 2.0.0 *safe*" },
        { 'C', "BDAT 1\r\nx" }, { 'S', "503 5.5.1 *" },
        { 'C', "BDAT 4 LAST\r\nNOOP" }, { 'S', "503 5.5.1 *" },
        { 'C', "NOOP\r\n" }, { 'S', "250 *" }, END } },
    { "RFC 3030 §2: a chunk without recipients fails, RSET clears", (const struct say[]){
        HELLO, { 'C', "MAIL FROM:<a@b>\r\n" }, { 'S', "250 *" },
        { 'C', "BDAT 3\r\nx\r\nBDAT 0 LAST\r\n" }, { 'S', "554 5.5.1 *" }, { 'S', "554 5.5.1 *" },
        { 'C', "RCPT TO:<rachida@localhost>\r\n" }, { 'S', "503 *" },
        { 'C', "RSET\r\n" }, { 'S', "250 *" }, ENVELOPE, END } },
    { "RFC 3030 §2: BDAT's own syntax", (const struct say[]){
        HELLO, ENVELOPE, { 'C', "BDAT\r\n" }, { 'S', "501 5.5.4 *" },
        { 'C', "BDAT x\r\n" }, { 'S', "501 5.5.4 *" }, END } },
    { "RFC 3030 §2: an empty last chunk", (const struct say[]){
        HELLO, ENVELOPE, { 'C', "BDAT 6\r\nx: y\r\n" }, { 'S', "250 *" },
        { 'C', "BDAT 0 LAST\r\n" }, { 'S', "250 *safe*" },
        { 'C', "BDAT 0 LAST\r\n" }, { 'S', "503 *" }, END } },
    { "RFC 3207 §4: STARTTLS, and all is forgotten", (const struct say[]){
        { 'S', "220 *" }, { 'C', "STARTTLS\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "EHLO a\r\n" }, { '+', "250*" },
        { 'C', "STARTTLS now\r\n" }, { 'S', "501 5.5.4 *" },
        { 'C', "STARTTLS\r\nMAIL FROM:<eve@b>\r\n" }, { 'S', "220 2.0.0 *" }, { 'T', NULL },
        { 'C', "MAIL FROM:<a@b>\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "HELO a\r\n" }, { 'S', "250 *" }, { 'C', "STARTTLS\r\n" }, { 'S', "503 5.5.1 *" }, END } },
    { "RFC 4954 §4: AUTH PLAIN with and without initial response", (const struct say[]){
        HELLO, { 'C', "AUTH PLAIN " PLAIN "\r\n" }, { 'S', "235 2.7.0 *" },
        { 'C', "AUTH PLAIN " PLAIN "\r\n" }, { 'S', "503 5.5.1 *" },
        { 'C', "EHLO a\r\n" }, { '+', "250*" }, { 'C', "AUTH PLAIN\r\n" }, { 'S', "503 5.5.1 *" }, END } },
    { "RFC 4954 §4: an empty challenge", (const struct say[]){
        HELLO, { 'C', "AUTH plain\r\n" }, { 'S', "334 " }, { 'C', PLAIN "\r\n" }, { 'S', "235 *" }, END } },
    { "AUTH LOGIN asks for name and password", (const struct say[]){
        HELLO, { 'C', "AUTH LOGIN\r\n" }, { 'S', "334 VXNlcm5hbWU6" }, { 'C', "cmFjaGlkYQ==\r\n" },
        { 'S', "334 UGFzc3dvcmQ6" }, { 'C', "Y29ycmVjdCBob3JzZQ==\r\n" }, { 'S', "235 *" }, END } },
    { "RFC 4954 §4, §6: failures of AUTH", (const struct say[]){
        HELLO, { 'C', "AUTH PLAIN " WRONG "\r\n" }, { 'S', "535 5.7.8 *" },
        { 'C', "AUTH PLAIN\r\n" }, { 'S', "334 " }, { 'C', "*\r\n" }, { 'S', "501 5.7.0 *" },
        { 'C', "AUTH PLAIN\r\n" }, { 'S', "334 " }, { 'C', "AAA=BBB\r\n" }, { 'S', "501 5.5.2 *" },
        { 'C', "AUTH PLAIN =AAA\r\n" }, { 'S', "501 5.5.2 *" },
        { 'C', "AUTH PLAIN =\r\n" }, { 'S', "501 5.5.2 *" },
        { 'C', "AUTH PLAIN\r\n" }, { 'S', "334 " }, { 'C', PLAIN "\n" }, { 'S', "501 5.5.2 *" },
        { 'C', "AUTH XYZ\r\n" }, { 'S', "504 5.5.4 *" }, { 'C', "AUTH\r\n" }, { 'S', "501 5.5.4 *" },
        { 'C', "AUTH PLAIN " PLAIN "\r\n" }, { 'S', "235 *" }, END } },
    { "ten wrong passwords end the dialogue", (const struct say[]){
        HELLO, { 'C', "AUTH PLAIN " WRONG "\r\nAUTH PLAIN " WRONG "\r\nAUTH PLAIN " WRONG "\r\nAUTH PLAIN " WRONG "\r\n"
                      "AUTH PLAIN " WRONG "\r\nAUTH PLAIN " WRONG "\r\nAUTH PLAIN " WRONG "\r\nAUTH PLAIN " WRONG "\r\n"
                      "AUTH PLAIN " WRONG "\r\nAUTH PLAIN " WRONG "\r\nNOOP\r\n" },
        { '+', "535 5.7.8 *" }, { 'S', "421 4.7.0 *" }, { 'X', NULL }, END } },
    { "RFC 5321 §2.3.8: only CR LF ends a line", (const struct say[]){
        HELLO, { 'C', "NOOP\n" }, { 'S', "500 5.5.2 *LF alone*" }, { 'C', "NO\rOP\r\n" }, { 'S', "500 5.5.2 *CR*" },
        { 'C', "NOOP\r\n" }, { 'S', "250 *" }, END } },
    { "smuggling: a bare LF around the dot does not end the letter, and the letter is refused", (const struct say[]){
        HELLO, ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" },
        { 'C', "x: y\r\n\r\na\n.\r\nMAIL FROM:<eve@b>\r\n.\r\n" }, { 'S', "554 5.6.0 *LF alone*" },
        ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" },
        { 'C', "x: y\r\n\r\na\r\n.\nMAIL FROM:<eve@b>\r\n.\r\n" }, { 'S', "554 5.6.0 *LF alone*" },
        ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" },
        { 'C', "x: y\r\n\r\na\r\n.\rMAIL FROM:<eve@b>\r\n.\r\n" }, { 'S', "554 5.6.0 *CR without LF*" },
        ENVELOPE, { 'C', "BDAT 8 LAST\r\nx: y\n.\r\n" }, { 'S', "554 5.6.0 *LF alone*" },
        ENVELOPE, { 'C', "BDAT 8 LAST\r\nx: y\r.\r\n" }, { 'S', "554 5.6.0 *CR without LF*" }, END } },
    { "twenty errors end the dialogue", (const struct say[]){
        HELLO, { 'C', "X\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\n" },
        { '+', "500 *" }, { 'C', "X\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nX\r\nNOOP\r\n" },
        { '+', "500 *" }, { 'S', "421 4.7.0 *" }, { 'X', NULL }, END } },
    { "RFC 5321 §7.3: VRFY", (const struct say[]){
        HELLO, { 'C', "VRFY\r\n" }, { 'S', "501 5.5.4 *" }, { 'C', "VRFY nobody\r\n" }, { 'S', "550 5.1.1 *" },
        { 'C', "VRFY <rachida@localhost>\r\n" }, { 'S', "250 2.1.5 <rachida@localhost>" },
        { 'C', "VRFY a@far.example\r\n" }, { 'S', "252 2.5.2 *" }, END } },
};

START_TEST(plays)
{
    dialogue_play(&smtpd_ops, false, NULL, dialogues[_i].say);
}
END_TEST

/* ---- who may send to whom: the course's restrictions ---- */

static void from_outside(const char *const *settings, bool submission, const struct say *say)
{
    struct place place;
    struct talk talk;
    place_open(&place, settings);
    talk_open(&talk, &place, &smtpd_ops, submission, "9.9.9.9"); /* nobody's neighbour */
    talk_play(&talk, say, false);
    talk_close(&talk);
    place_close(&place);
}

START_TEST(strangers_reach_users_and_nobody_else)
{
    static const struct say say[] = {
        { 'S', "220 *" }, { 'C', "EHLO a\r\n" }, { '+', "250*" },
        { 'C', "MAIL FROM:<a@far.example>\r\n" }, { 'S', "250 *" },
        { 'C', "RCPT TO:<b@elsewhere.example>\r\n" }, { 'S', "554 5.7.1 *" },
        { 'C', "RCPT TO:<rachida@localhost>\r\n" }, { 'S', "250 *" },
        { 'C', "VRFY rachida\r\n" }, { 'S', "252 *" },
        { 'C', "RSET\r\n" }, { 'S', "250 *" },
        { 'C', "AUTH PLAIN " PLAIN "\r\n" }, { 'S', "504 5.7.11 *" }, END };
    from_outside(NULL, false, say);
}
END_TEST

START_TEST(neighbours_pass_the_rules)
{
    static const struct say say[] = { HELLO, { 'C', "MAIL FROM:<a@b>\r\n" }, { 'S', "250 *" },
                                      { 'C', "RCPT TO:<b@elsewhere.example>\r\n" }, { 'S', "250 2.1.5 *" }, END };
    dialogue_play(&smtpd_ops, false, NULL, say);
}
END_TEST

START_TEST(submission_needs_a_login)
{
    static const struct say say[] = {
        HELLO, { 'C', "MAIL FROM:<a@b>\r\n" }, { 'S', "530 5.7.0 *" },
        { 'C', "AUTH PLAIN " PLAIN "\r\n" }, { 'S', "235 *" },
        { 'C', "MAIL FROM:<a@b>\r\n" }, { 'S', "250 *" }, END };
    dialogue_play(&smtpd_ops, true, NULL, say);
}
END_TEST

/* RFC 5321 §4.5.3.1.8, §4.5.3.1.10 */
START_TEST(too_many_recipients)
{
    static const char *const settings[] = { "smtpd_recipient_limit=1", NULL };
    static const struct say say[] = { HELLO, ENVELOPE, { 'C', "RCPT TO:<alice@localhost>\r\n" },
                                      { 'S', "452 4.5.3 *" }, END };
    dialogue_play(&smtpd_ops, false, settings, say);
}
END_TEST

#define TEN "aaaaaaaaaa"

START_TEST(too_big_while_it_comes)
{
    static const char *const settings[] = { "message_size_limit=40", NULL };
    static const struct say say[] = {
        HELLO, ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" },
        { 'C', "x: y\r\n\r\n" TEN TEN TEN TEN "\r\n.\r\n" }, { 'S', "552 5.3.4 *" },
        ENVELOPE, { 'C', "BDAT 48\r\nx: y\r\n\r\n" TEN TEN TEN TEN }, { 'S', "552 5.3.4 *" },
        { 'C', "BDAT 1\r\nx" }, { 'S', "503 *" }, { 'C', "RSET\r\n" }, { 'S', "250 *" },
        ENVELOPE, { 'C', "BDAT 40 LAST\r\nx: y\r\n\r\n" TEN TEN TEN "\r\n" }, { 'S', "250 *safe*" }, END };
    dialogue_play(&smtpd_ops, false, settings, say);
}
END_TEST

/* ---- what is delivered ---- */

static char *deliver(bool submission, const struct say *say)
{
    struct place place;
    struct talk talk;
    place_open(&place, NULL);
    talk_open(&talk, &place, &smtpd_ops, submission, "127.0.0.1");
    talk_play(&talk, say, false);
    char *letter = place_letter(&place, "rachida");
    talk_close(&talk);
    place_close(&place);
    return letter;
}

/* RFC 5321 §4.4: Return-Path first, then Received with from, by, with, id, for, date; §4.5.2: dots undone. */
START_TEST(trace_lines_and_content)
{
    static const struct say say[] = { HELLO, ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" },
                                      { 'C', "Subject: test\r\n\r\n..x\r\nrachida bonjour\r\n.\r\n" },
                                      { 'S', "250 *" }, END };
    char *letter = deliver(false, say);
    ck_assert_ptr_nonnull(letter);
    static const char before[] = "Return-Path: <alice@localhost>\n"
                                 "Received: from client.example ([127.0.0.1])\n"
                                 "\tby mail.example.org (Pli) with ESMTP id ";
    static const char after[] = "\nSubject: test\n\n.x\nrachida bonjour\n";
    ck_assert_int_eq(strncmp(letter, before, strlen(before)), 0);
    ck_assert_ptr_nonnull(strstr(letter, "\n\tfor <rachida@localhost>; "));
    ck_assert_str_eq(strstr(letter, "\nSubject"), after);
    free(letter);
}
END_TEST

/* RFC 3030 §2: the same text, however it was cut. */
START_TEST(chunks_make_the_same_letter)
{
    static const struct say say[] = { HELLO, ENVELOPE,
        { 'C', "BDAT 14\r\nSubject: test\rBDAT 6\r\n\n\r\n.x\rBDAT 16 LAST\r\n\nrachida bonjour" },
        { 'S', "250 *" }, { 'S', "250 *" }, { 'S', "250 *safe*" }, END };
    char *letter = deliver(false, say);
    ck_assert_ptr_nonnull(letter);
    ck_assert_str_eq(strstr(letter, "\nSubject"), "\nSubject: test\n\n.x\nrachida bonjour\n");
    free(letter);
}
END_TEST

/* People type a text without a header: it becomes the body. */
START_TEST(text_without_a_header)
{
    static const struct say say[] = { HELLO, ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" },
                                      { 'C', "rachida bonjour\r\nSubject: no\r\n.\r\n" }, { 'S', "250 *" }, END };
    char *letter = deliver(false, say);
    ck_assert_ptr_nonnull(letter);
    ck_assert_ptr_nonnull(strstr(letter, "\n\nrachida bonjour\nSubject: no\n"));
    free(letter);
}
END_TEST

/* RFC 5321 §6.4 and RFC 6409 §8.2, §8.3: an MSA adds Date and Message-ID; RFC 3848: with ESMTPA. */
START_TEST(submission_completes_the_header)
{
    static const struct say say[] = { HELLO, { 'C', "AUTH PLAIN " PLAIN "\r\n" }, { 'S', "235 *" }, ENVELOPE,
                                      { 'C', "DATA\r\n" }, { 'S', "354 *" },
                                      { 'C', "Subject: test\r\n\r\nx\r\n.\r\n" }, { 'S', "250 *" }, END };
    char *letter = deliver(true, say);
    ck_assert_ptr_nonnull(letter);
    ck_assert_ptr_nonnull(strstr(letter, " with ESMTPA id "));
    char *body = strstr(letter, "\n\n");
    ck_assert_str_eq(body, "\n\nx\n");
    ck_assert_ptr_nonnull(strstr(letter, "\nDate: "));
    ck_assert_ptr_nonnull(strstr(letter, "\nMessage-ID: <"));
    free(letter);
}
END_TEST

/* RFC 5321 §6.3: a letter with more than a hundred Received lines runs in a circle. */
START_TEST(loops_are_detected)
{
    for (int lines = 100; lines < 102; lines++) {
        struct place place;
        struct talk talk;
        static const struct say start[] = { HELLO, ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" }, END };
        const struct say end[] = { { 'C', "\r\n.\r\n" }, { 'S', lines == 100 ? "250 *" : "554 5.4.6 *" }, END };
        place_open(&place, NULL);
        talk_open(&talk, &place, &smtpd_ops, false, "127.0.0.1");
        talk_play(&talk, start, false);
        for (int i = 0; i < lines; i++)
            talk_send(&talk, "received: x\r\n", 13);
        talk_play(&talk, end, false);
        talk_close(&talk);
        place_close(&place);
    }
}
END_TEST

/* RFC 5321 §4.5.3.1.6, §4.5.2: lines of 1000 octets and no NUL. */
START_TEST(long_lines_and_nul)
{
    static char line[1003];
    memset(line, 'a', sizeof line);
    for (int over = 0; over < 3; over++) {
        struct place place;
        struct talk talk;
        static const struct say start[] = { HELLO, ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" }, END };
        const struct say end[] = { { 'C', "\r\n.\r\n" }, { 'S', over == 0 ? "250 *" : "554 5.6.0 *" }, END };
        place_open(&place, NULL);
        talk_open(&talk, &place, &smtpd_ops, false, "127.0.0.1");
        talk_play(&talk, start, false);
        talk_send(&talk, "x: y\r\n\r\n", 8);
        talk_send(&talk, over == 2 ? "\0" : line, over == 2 ? 1 : 998 + (size_t)over);
        talk_play(&talk, end, false);
        talk_close(&talk);
        place_close(&place);
    }
}
END_TEST

/* Nothing of a letter whose end did not come is kept. */
START_TEST(a_broken_connection_delivers_nothing)
{
    static const struct say say[] = { HELLO, ENVELOPE, { 'C', "DATA\r\n" }, { 'S', "354 *" },
                                      { 'C', "Subject: test\r\n\r\nhalf a letter\r\n.\r" }, END };
    ck_assert_ptr_null(deliver(false, say));
}
END_TEST

START_TEST(answers_stay_bounded)
{
    struct place place;
    struct talk talk;
    static const struct say hello[] = { HELLO, END };
    static char noops[60000];
    place_open(&place, NULL);
    talk_open(&talk, &place, &smtpd_ops, false, "127.0.0.1");
    talk_play(&talk, hello, false);
    for (size_t at = 0; at + 6 <= sizeof noops; at += 6)
        memcpy(noops + at, "NOOP\r\n", 6);
    talk_send(&talk, noops, sizeof noops);
    ck_assert_uint_eq(talk.out.len, 10000 * strlen("250 2.0.0 I am here\r\n"));
    talk_close(&talk);
    place_close(&place);
}
END_TEST

/* postconf(5) smtpd_tls_security_level; RFC 3207 §4. */
START_TEST(tls_may_be_forbidden_or_required)
{
    static const char *const none[] = { "smtpd_tls_security_level=none", NULL };
    static const char *const encrypt[] = { "smtpd_tls_security_level=encrypt", NULL };
    static const struct say without[] = {
        { 'S', "220 *" }, { 'C', "EHLO a\r\n" }, { 'S', "250-mail*" }, { 'S', "250-PIPELINING" }, { 'S', "250-SIZE *" },
        { 'S', "250-8BITMIME" }, { 'S', "250-SMTPUTF8" }, { 'S', "250-CHUNKING" },
        { 'S', "250-ENHANCEDSTATUSCODES" }, { 'S', "250-DSN" }, { 'S', "250-AUTH *" }, { '+', "250*" },
        { 'C', "STARTTLS\r\n" }, { 'S', "502 5.5.1 *" }, ENVELOPE, END };
    static const struct say required[] = {
        { 'S', "220 *" }, { 'C', "HELO a\r\n" }, { 'S', "530 5.7.0 *" },
        { 'C', "EHLO a\r\n" }, { 'S', "250-mail*" }, { 'S', "250-PIPELINING" }, { 'S', "250-SIZE *" },
        { 'S', "250-8BITMIME" }, { 'S', "250-SMTPUTF8" }, { 'S', "250-CHUNKING" },
        { 'S', "250-ENHANCEDSTATUSCODES" }, { 'S', "250-DSN" }, { 'S', "250-STARTTLS" }, { 'S', "250-LIMITS *" },
        { '+', "250*" },
        { 'C', "MAIL FROM:<a@b.example>\r\n" }, { 'S', "530 5.7.0 *" }, { 'C', "AUTH PLAIN\r\n" }, { 'S', "530 *" },
        { 'C', "NOOP\r\n" }, { 'S', "250 *" }, { 'C', "QUIT\r\n" }, { 'S', "221 *" }, { 'X', NULL }, END };
    dialogue_play(&smtpd_ops, false, none, without);
    dialogue_play(&smtpd_ops, false, encrypt, required);
}
END_TEST

#define COUNT(rows) ((int)(sizeof rows / sizeof rows[0]))
UNIT_SUITE(smtpd, { plays, COUNT(dialogues) }, { strangers_reach_users_and_nobody_else, 0 },
           { neighbours_pass_the_rules, 0 }, { submission_needs_a_login, 0 },
           { too_many_recipients, 0 }, { too_big_while_it_comes, 0 }, { trace_lines_and_content, 0 },
           { chunks_make_the_same_letter, 0 }, { text_without_a_header, 0 }, { submission_completes_the_header, 0 },
           { loops_are_detected, 0 }, { long_lines_and_nul, 0 }, { a_broken_connection_delivers_nothing, 0 },
           { answers_stay_bounded, 0 },
           { tls_may_be_forbidden_or_required, 0 })
