/*
 * pop3_dialogue.h - a POP3 connection as a client leads it (RFC 1939): opened,
 * under TLS where it can be, logged in, and then one command after the other.
 *
 * The table of core/pop3_state is asked before a command is said, and makes
 * its move with every reply.
 */
#ifndef PLI_CLIENT_POP3_DIALOGUE_H
#define PLI_CLIENT_POP3_DIALOGUE_H

#include <stdbool.h>

#include "client/link.h"
#include "core/machine.h"
#include "core/pop3_parse.h"

/* What the server can do (RFC 2449); what it does not say is not used. */
struct pop3_abilities {
    bool capa, stls, user, top, uidl;
    char sasl[256];
};

struct pop3_dialogue {
    struct link link;
    struct pop3_parser parser;
    struct machine machine;
    struct pop3_abilities can;
    char said[1024];           /* what CAPA said, a space before each */
    size_t said_length;
    struct buf text;           /* of the last status line */
    bool broken;               /* nothing more can be said */
    struct buf *error;
};

/* A line of a reply, without its end; unfinished: more of this line follows. 0, or -1: it is too much. */
typedef int pop3_line(void *context, struct span line, bool unfinished);

/* Until the TRANSACTION state. 0, or -1 with a sentence in error, which the dialogue keeps using. Close it anyway. */
int pop3_dialogue_open(struct pop3_dialogue *pop3, const struct account *account, const struct mail_watcher *watcher,
                       int cancel_fd, struct buf *error);

/* Says QUIT when it can: what was marked by DELE goes. 0, or -1 with a sentence in error. */
int pop3_dialogue_quit(struct pop3_dialogue *pop3);
void pop3_dialogue_close(struct pop3_dialogue *pop3);

/*
 * Says a command (argument "" for none) and reads the reply, its lines too
 * where it has some (each may be NULL). 0; -1 with a sentence in error: the
 * server refuses, or the dialogue is broken.
 */
int pop3_command(struct pop3_dialogue *pop3, enum pop3_verb verb, const char *argument, pop3_line *each, void *context);

#endif
