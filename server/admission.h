/*
 * admission.h - who is let in: limits on connections, and what those hear who
 * are not.
 */
#ifndef PLI_SERVER_ADMISSION_H
#define PLI_SERVER_ADMISSION_H

#include <stdbool.h>
#include <sys/socket.h>

#include "server/runtime.h"

/* smtpd_client_connection_count_limit, from which mynetworks are exempt as in Postfix. */
bool admission_allows(struct runtime *runtime, const struct config *config, const struct listener *listener,
                      const struct sockaddr *peer);

/* Says in the protocol's words that there is no room, without waiting, and closes. peer: for the log. */
void admission_turn_away(struct runtime *runtime, const struct listener *listener, int fd, const char *peer);

#endif
