/*
 * exchange_mail_words.h - how commands and replies of SMTP, POP3 and IMAP go
 * into summaries. For exchange_mail*.c.
 */
#ifndef PLI_VISUALIZER_EXCHANGE_MAIL_WORDS_H
#define PLI_VISUALIZER_EXCHANGE_MAIL_WORDS_H

#include "visualizer/exchange_mail.h"

/* SMTP */
void ehlo_reply(struct turn *turn, const struct watch_event *event);
void mail_command(struct turn *turn, const struct watch_event *event);
void rcpt_command(struct turn *turn, const struct watch_event *event);
void reset_command(struct turn *turn, const struct watch_event *event);
/* All */
void quiet_reply(struct turn *turn, const struct watch_event *event);       /* success needs no word */
void starttls_reply(struct turn *turn, const struct watch_event *event);
void accepted_reply(struct turn *turn, const struct watch_event *event);
void auth_command(struct turn *turn, const struct watch_event *event);      /* AUTH, AUTHENTICATE: mechanism and user */
void auth_data(struct turn *turn, const struct watch_event *event);
void login_command(struct turn *turn, const struct watch_event *event);     /* USER, APOP, LOGIN: the first word */
void password_command(struct turn *turn, const struct watch_event *event);  /* PASS */
/* POP3 */
void capa_reply(struct turn *turn, const struct watch_event *event);
void listing_reply(struct turn *turn, const struct watch_event *event);
void status_reply(struct turn *turn, const struct watch_event *event);      /* the first line */
/* IMAP */
void capability_reply(struct turn *turn, const struct watch_event *event);
void select_reply(struct turn *turn, const struct watch_event *event);
void list_reply(struct turn *turn, const struct watch_event *event);
void fetch_reply(struct turn *turn, const struct watch_event *event);
void search_reply(struct turn *turn, const struct watch_event *event);
void news_reply(struct turn *turn, const struct watch_event *event);

/* How much of a secret line may be shown: the verb, the mechanism or the user's name. */
size_t open_part(const struct watch_event *event);

#endif
