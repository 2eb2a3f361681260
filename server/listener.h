/*
 * listener.h - the ports: one table row for each, with the protocol behind it.
 */
#ifndef PLI_SERVER_LISTENER_H
#define PLI_SERVER_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/watch.h"
#include "server/config.h"
#include "server/session.h"

extern const struct listener listener_table[];
extern const size_t listener_count;

bool listener_is_smtp(const struct listener *listener);
enum watch_protocol listener_watch(const struct listener *listener);

/* What to say to somebody for whom there is no room: a whole reply in the protocol's words. */
const char *listener_busy(const struct listener *listener);

/* A socket that listens. */
struct listener_socket {
    size_t listener;    /* row of the table */
    int fd;
    char address[48];
    unsigned short port;
};

/*
 * Opens all that the settings ask for. The number of them, or -1 with one line
 * for each fault in errors, saying what to do. sockets: room for max.
 */
int listener_open(const struct config *config, struct listener_socket *sockets, size_t max, struct buf *errors);

/* Is the value of `ports` understood? 0, or -1 with a line in errors. */
int listener_check(const struct config *config, struct buf *errors);

#endif
