/*
 * notify.h - tells waiting sessions that a mailbox changed (IDLE).
 *
 * The kernel's inotify watches the folders new/ and cur/ of each mailbox that
 * somebody waits for. So it does not matter who changed it: another session,
 * the MDA, mutt or Dovecot. Whoever waits is known by a handle, and told by
 * one function; looking what changed is the session's work.
 *
 * Where inotify has no room (fs.inotify.max_user_watches) notify_watch()
 * answers -1, and the caller looks from time to time instead.
 */
#ifndef PLI_SERVER_NOTIFY_H
#define PLI_SERVER_NOTIFY_H

#include <stdint.h>

struct notify;

/* changed is called for each handle whose mailbox changed, by the thread in notify_read(). */
struct notify *notify_new(void (*changed)(void *context, uint64_t handle), void *context);
void notify_free(struct notify *notify);

/* Readable when notify_read() has something to do. -1 when the kernel gives none. */
int notify_fd(const struct notify *notify);
void notify_read(struct notify *notify);

/* Where one handle's watches are kept: the caller's memory, zeroed before the first use. */
struct notify_watch {
    int descriptors[2]; /* of new/ and cur/; 0: none */
};

/* folder: path of a Maildir folder. The watch that was there before ends. 0 or -1. */
int notify_begin(struct notify *notify, struct notify_watch *watch, uint64_t handle, const char *folder);
void notify_end(struct notify *notify, struct notify_watch *watch, uint64_t handle);

#endif
