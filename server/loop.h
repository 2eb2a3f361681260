/*
 * loop.h - who works when: epoll, a few threads, and the clock.
 *
 * All threads wait at one epoll descriptor. Each registration is one-shot: an
 * event goes to one worker, which then owns the connection until it arms it
 * again (connection.c). A worker may block on the disk, and several may, so
 * that the file system can bring many letters to the disk at once; it never
 * waits for a peer. An idle connection is a struct in a table and no thread.
 *
 * A connection is named by a handle: its place in the table and a generation,
 * so that an event for a connection that is gone meanwhile hits nobody.
 *
 * What does not come from the peer - the clock, a changed mailbox, the end of
 * the server - is a kick: noted in the connection, and if nobody owns it now,
 * queued for a worker.
 *
 * The main thread stays in loop_run(): it takes the signals and watches the
 * deadlines.
 */
#ifndef PLI_SERVER_LOOP_H
#define PLI_SERVER_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum kick { KICK_CHANGED = 1, KICK_TIMEOUT = 2, KICK_SHUTDOWN = 4 };

struct connection;
struct loop;

/* The part of a connection that other threads may look at, under its lock. First member of struct connection. */
struct loop_entry {
    pthread_mutex_t lock;
    uint32_t index;
    uint32_t generation;
    bool used;
    bool owned;        /* a worker has it */
    bool told;         /* that the server stops */
    unsigned kicks;    /* not yet seen by an owner */
    int64_t deadline;  /* of loop_now(); 0: none. Kicked when it passes while nobody owns it */
    int fd;
};

struct loop_settings {
    size_t workers;
    size_t connections;        /* at most */
    size_t connection_size;    /* of struct connection */
    void (*turn)(struct loop_entry *entry, unsigned kicks);      /* a worker owns it: do what can be done, then
                                                                    loop_rest or loop_release */
    void (*abandon)(struct loop_entry *entry);  /* the loop is being freed: loop_release */
    void (*accepted)(void *context, size_t listener, int fd);    /* a new socket, non-blocking */
    void (*notified)(void *context);                             /* notify_fd is readable */
    void (*reload)(void *context);                               /* SIGHUP; in the main thread */
    void *context;
    int notify_fd;             /* or -1 */
};

struct loop *loop_new(const struct loop_settings *settings);
void loop_free(struct loop *loop);

/* A listening socket, before loop_run. The loop closes it. */
void loop_listen(struct loop *loop, size_t listener, int fd);

/* Blocks the signals the loop takes; once, before any thread is made. */
void loop_block_signals(void);

/* Until SIGTERM or SIGINT; then it takes no more connections, kicks all, and waits up to `grace` seconds for them. */
int loop_run(struct loop *loop, unsigned grace);

/* A free entry for the socket, owned by the caller; NULL when there are as many as allowed. */
struct loop_entry *loop_enter(struct loop *loop, int fd);
uint64_t loop_handle(const struct loop_entry *entry);

/* The owner gives it back: wait for events (0: only kicks), until the deadline. Not to be touched afterwards. */
void loop_rest(struct loop *loop, struct loop_entry *entry, uint32_t events, int64_t deadline);

/* The owner ends it: the socket is closed and the entry is free. */
void loop_release(struct loop *loop, struct loop_entry *entry);

void loop_kick(struct loop *loop, uint64_t handle, unsigned kick);

size_t loop_count(struct loop *loop);   /* connections now */
bool loop_stopping(struct loop *loop);

/* Calls visit for every used entry, under its lock. */
void loop_each(struct loop *loop, void (*visit)(void *context, const struct loop_entry *entry), void *context);

int64_t loop_now(void);                 /* milliseconds of a clock that never jumps */

#endif
