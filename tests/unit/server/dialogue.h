/*
 * dialogue.h - plays a dialogue against a session, without sockets.
 *
 *     struct say letter[] = {
 *         { 'S', "220 *" },              the next line that the server sends; * stands for anything
 *         { 'C', "EHLO a\r\n" },         what the client sends, as it is
 *         { '+', "250-*" },              all lines that fit, one at least
 *         { 'T', NULL },                 the session asked for TLS, and now has it
 *         { 'X', NULL },                 the server closes
 *         { 0, NULL } };
 *
 * A server lives in a folder of its own, with the users rachida and
 * alice (password "correct horse"), and is removed at the end. Every dialogue is
 * played twice: what the client sends comes all at once, then byte by byte.
 */
#ifndef PLI_TESTS_UNIT_DIALOGUE_H
#define PLI_TESTS_UNIT_DIALOGUE_H

#include "core/buf.h"
#include "server/session.h"

struct say {
    char who;
    const char *what;
};

struct place {               /* a server for tests */
    char root[64];
    struct server server;
    struct config *config;
};

void place_open(struct place *place, const char *const *settings); /* "name=value", NULL after the last */
void place_close(struct place *place);

struct talk {                /* one session */
    struct place *place;
    struct listener listener;
    struct session session;
    struct buf out;          /* what the server said and nobody has compared yet */
    enum session_answer answer;
};

/* peer: an IPv4 address. */
void talk_open(struct talk *talk, struct place *place, const struct session_ops *ops, bool submission,
               const char *peer);
void talk_close(struct talk *talk);
void talk_send(struct talk *talk, const void *bytes, size_t size);
void talk_play(struct talk *talk, const struct say *dialogue, bool bytewise);

/* Opens a place and a session from the loopback interface, plays, closes: all at once, and byte by byte. */
void dialogue_play(const struct session_ops *ops, bool submission, const char *const *settings,
                   const struct say *dialogue);

/* The text of the only letter in the user's new/, with LF line ends; NULL when there is none. free() it. */
char *place_letter(const struct place *place, const char *user);
size_t place_count(const struct place *place, const char *user, const char *folder);
/* Puts a letter into new/ by another program's hand. */
void place_put(const struct place *place, const char *user, const char *name, const char *text);
/* The same letter under one more name. */
void place_link(const struct place *place, const char *user, const char *name, const char *other);

#endif
