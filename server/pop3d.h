/*
 * pop3d.h - the POP3 server's side of a dialogue (RFC 1939, 2449, 2595, 5034, 6856).
 *
 * core/pop3_parse reads, core/pop3_state says what is legal. The maildrop is
 * INBOX, opened for this session alone; its messages keep their numbers to the
 * end. DELE only marks: QUIT, and nothing else, removes.
 */
#ifndef PLI_SERVER_POP3D_H
#define PLI_SERVER_POP3D_H

#include "server/session.h"

extern const struct session_ops pop3d_ops;

#endif
