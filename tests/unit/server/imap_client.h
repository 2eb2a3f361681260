/*
 * imap_client.h - a client for tests of the IMAP session, which is fed directly.
 *
 * What differs from run to run is masked in the answers: UIDVALIDITY is
 * written V, modification numbers are written M.
 */
#ifndef PLI_TESTS_UNIT_SERVER_IMAP_CLIENT_H
#define PLI_TESTS_UNIT_SERVER_IMAP_CLIENT_H

#include <stdbool.h>

#include "server/session.h"

struct imap_client {
    struct session session;
    bool closed;
    enum session_answer answer;
};

/* One server at a time, with the user rachida; her password is "correct horse". */
void imap_begin(void);
void imap_begin_with(const char *const *settings); /* "name=value", NULL after the last */
void imap_end(void);

struct imap_client *imap_connect(void);
struct imap_client *imap_logged_in(void);
struct imap_client *imap_selected(void); /* INBOX */
void imap_disconnect(struct imap_client *client);

/* What the session answers; free() it. step: how many bytes it gets at a time. */
char *imap_say(struct imap_client *client, const char *text);
char *imap_say_bytes(struct imap_client *client, const char *text, size_t size, size_t step);
char *imap_wake(struct imap_client *client, enum session_wake why);

/* The answer is exactly this. */
void imap_expect(struct imap_client *client, const char *text, const char *expected);

void imap_append(struct imap_client *client, const char *letter); /* to INBOX */

/* The flags of a new mailbox, and a letter to append. */
#define IMAP_FLAGS "\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded"
extern const char imap_letter[];

#endif
