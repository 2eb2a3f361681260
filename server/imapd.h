/*
 * imapd.h - the IMAP server's side of a dialogue: IMAP4rev2 (RFC 9051) and
 * IMAP4rev1 (RFC 3501) with the extensions that CAPABILITY names.
 *
 * core/imap_parse reads, core/imap_state says what is legal, and one function
 * per command (imapd_NAME.c) decides and answers. imapd_session.h is the
 * contract between these files; this header is for the rest of the server.
 */
#ifndef PLI_SERVER_IMAPD_H
#define PLI_SERVER_IMAPD_H

#include "server/session.h"

extern const struct session_ops imapd_ops;

#endif
