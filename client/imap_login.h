/*
 * imap_login.h - from the greeting to the AUTHENTICATED state: capabilities,
 * STARTTLS (RFC 9051 §6.2.1), AUTHENTICATE or LOGIN. Used by imap_dialogue.c;
 * apart, since it is a matter of its own.
 */
#ifndef PLI_CLIENT_IMAP_LOGIN_H
#define PLI_CLIENT_IMAP_LOGIN_H

#include "client/imap_dialogue.h"

int imap_login(struct imap_dialogue *imap);

/* Of imap_dialogue.c, for this file: */
int imap_next(struct imap_dialogue *imap, struct imap_event *event);
int imap_notice(struct imap_dialogue *imap, const struct imap_response *response);
int imap_move(struct imap_dialogue *imap, int verb, enum outcome outcome, struct span words);
int imap_answered(struct imap_dialogue *imap, const struct imap_response *response);
int imap_refuse(struct imap_dialogue *imap, const char *sentence, struct span words); /* answers -1 */

#endif
