/*
 * queue.h - letters on their way to other servers, as files.
 *
 *     queue/ID.letter      the letter (RFC 5322), lines end in LF
 *     queue/ID.envelope    from whom, to whom, how far that is (queue_envelope.h)
 *     queue/tmp/           what is being written
 *     queue/server         locked by the server that sends from here
 *     queue/bell           a FIFO: a byte in it makes that server look at the files again
 *
 * The files are the truth; what a server holds in memory is only a timetable
 * of them. A letter is in the queue when its envelope has its name, and that
 * is on stable storage before the client hears 250: both files are written in
 * tmp/, fsync, renamed (the letter first), directory fsync. The letter never
 * changes; the envelope is replaced as a whole by rename, so who looks sees
 * one of its states. It is removed before the letter. So a crash leaves at
 * most a letter without envelope, which nobody was promised (or which is
 * done): the next start removes it.
 *
 * Who changes an envelope holds the letter's lock, flock on the ID.letter
 * file: threads of the server and `mailserver queue` alike.
 *
 * A recipient is marked only after the other server's reply was read. A crash
 * between the two makes the letter arrive twice: SMTP cannot avoid that
 * (RFC 5321 §4.1.1.4, RFC 1047), it can only not lose it.
 */
#ifndef PLI_SERVER_QUEUE_H
#define PLI_SERVER_QUEUE_H

#include <stddef.h>

#include "core/buf.h"
#include "server/queue_envelope.h"

/* The folder below the root; free() it. */
char *queue_folder(const char *root);

/* Makes the folders. 0, or -1 with errno. */
int queue_make(const char *folder);

/* A letter being written. */
struct queue_writer;
struct queue_writer *queue_write_new(const char *folder, const char *id);       /* NULL with errno */
int queue_write(struct queue_writer *writer, const void *data, size_t size);    /* CR LF becomes LF. 0, or -1, errno */
/* It is in the queue, durably. Fills in size and 8bit of the envelope. 0, or -1 with errno and nothing there. */
int queue_write_commit(struct queue_writer *writer, struct queue_envelope *envelope);
void queue_write_undo(struct queue_writer *writer); /* after the commit: it is not in the queue after all */
void queue_write_free(struct queue_writer *writer); /* removes what is left in tmp/ */

/* The lock of a letter: a descriptor to close; -1 with errno (ENOENT: there is no such letter). */
int queue_lock(const char *folder, const char *id);

/* NULL with errno ENOENT when it is gone; else with a sentence in error when it cannot be used. */
struct queue_envelope *queue_load(const char *folder, const char *id, struct buf *error);

/* Under the lock. 0, or -1 with errno. */
int queue_save(const char *folder, const struct queue_envelope *envelope);
int queue_remove(const char *folder, const char *id);

int queue_open_letter(const char *folder, const char *id);  /* a descriptor, or -1 */

/* Calls visit for each letter that has an envelope. 0, or -1 with errno. */
int queue_each(const char *folder, void (*visit)(void *context, const char *id), void *context);

/* For the one server of a queue, before it begins: removes what a crash left. */
void queue_clean(const char *folder);

/* The server's lock: a descriptor to keep; -1 when another one has it (EWOULDBLOCK) or with another errno. */
int queue_claim(const char *folder);

/* A descriptor that becomes readable when somebody rings; -1 with errno. */
int queue_bell(const char *folder);
/* 1: a server was told to look again; 0: none runs; -1 with errno. */
int queue_ring(const char *folder);

#endif
