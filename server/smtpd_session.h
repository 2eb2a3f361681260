/*
 * smtpd_session.h - the state of one SMTP session, shared by smtpd*.c only.
 */
#ifndef PLI_SERVER_SMTPD_SESSION_H
#define PLI_SERVER_SMTPD_SESSION_H

#include "core/smtp_parse.h"
#include "core/smtp_state.h"
#include "server/login.h"
#include "server/session.h"
#include "server/smtpd_letter.h"

struct smtpd {
    struct session *session;
    struct smtp_parser parser;
    struct machine machine;
    struct buf *out;              /* of the present call */
    enum session_answer answer;   /* what the present call will answer */
    char *client;                 /* how the client named itself; NULL before HELO and EHLO */
    bool esmtp;                   /* it was EHLO */
    struct login login;           /* its user is NULL while nobody has logged in */
    struct smtpd_letter letter;
    bool discard_chunk;           /* the chunk that comes belongs to no letter */
    unsigned errors;              /* of the client */
    unsigned unknown;             /* recipients that do not exist: somebody guesses addresses */
};

/*
 * One reply; it moves the state as the row of (verb, outcome) says. text may hold "\n": a line each (RFC 5321 §4.2.1).
 * enhanced: NULL where RFC 2034 wants none.
 */
void smtpd_say(struct smtpd *smtpd, enum smtp_verb verb, int code, const char *enhanced, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void smtpd_say_reply(struct smtpd *smtpd, enum smtp_verb verb, const struct smtpd_reply *reply);

/* smtpd_commands.c: obeys a command that is well-formed. */
void smtpd_command(struct smtpd *smtpd, const struct smtp_event *command);

/* smtpd_commands.c: the final dot, or the end of a chunk. */
void smtpd_content_end(struct smtpd *smtpd, enum smtp_verb verb);

/* smtpd_auth.c: AUTH, and the client's answers to challenges. */
void smtpd_auth(struct smtpd *smtpd, const struct smtp_event *command);
void smtpd_auth_answer(struct smtpd *smtpd, const struct smtp_event *answer);

#endif
