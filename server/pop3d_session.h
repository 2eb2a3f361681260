/*
 * pop3d_session.h - the state of one POP3 session, shared by pop3d*.c only.
 */
#ifndef PLI_SERVER_POP3D_SESSION_H
#define PLI_SERVER_POP3D_SESSION_H

#include "core/pop3_parse.h"
#include "core/pop3_state.h"
#include "server/login.h"
#include "server/mailbox.h"
#include "server/session.h"

struct pop3d {
    struct session *session;
    struct pop3_parser parser;
    struct machine machine;
    struct buf *out;              /* of the present call */
    enum session_answer answer;   /* what the present call will answer */
    char *name;                   /* given by USER */
    struct login login;           /* AUTH */
    bool utf8;                    /* UTF8 was said */
    unsigned errors;              /* of the client */

    struct store *store;          /* from the login on */
    struct mailbox *mailbox;
    bool *marked;                 /* to be removed at QUIT: one for each message */

    /* A long answer that is being sent; NULL: none. It adds to out, and answers true when it is complete. */
    bool (*step)(struct pop3d *pop3d);
    struct letter letter;         /* the message on its way */
    size_t letter_end;            /* TOP: how much of it */
    size_t place;                 /* next octet of the letter, or next message of the list */
    bool line_start;
};

/* One status line; it moves the state as the row of (verb, outcome) says. */
void pop3d_ok(struct pop3d *pop3d, enum pop3_verb verb, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void pop3d_err(struct pop3d *pop3d, enum pop3_verb verb, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* pop3d_login.c: until it is known who asks. */
void pop3d_user(struct pop3d *pop3d, const struct pop3_event *command);
void pop3d_pass(struct pop3d *pop3d, const struct pop3_event *command);
void pop3d_auth(struct pop3d *pop3d, const struct pop3_event *command);
void pop3d_auth_answer(struct pop3d *pop3d, const struct pop3_event *answer);

/* pop3d_maildrop.c: messages. */
void pop3d_stat(struct pop3d *pop3d, const struct pop3_event *command);
void pop3d_list(struct pop3d *pop3d, const struct pop3_event *command); /* LIST and UIDL */
void pop3d_retr(struct pop3d *pop3d, const struct pop3_event *command); /* RETR and TOP */
void pop3d_dele(struct pop3d *pop3d, const struct pop3_event *command);
void pop3d_rset(struct pop3d *pop3d, const struct pop3_event *command);
void pop3d_quit(struct pop3d *pop3d, const struct pop3_event *command);
void pop3d_close_maildrop(struct pop3d *pop3d);

#endif
