/*
 * delivery.h - the MDA: brings an accepted letter into mailboxes, durably.
 *
 * Who an address means is asked first (delivery_lookup, while the SMTP
 * dialogue can still say 550). Then one struct delivery per letter collects
 * the recipients, takes the text piece by piece as it arrives, and commits:
 * after DELIVERY_OK the letter is on stable storage in every mailbox
 * (written in tmp/, fsync, renamed into new/, directory fsync). Several
 * recipients share one file by hard links where the file system can.
 * Anything else than OK has put the letter in no mailbox, or leaves it to the
 * sender to try again; a letter may then arrive twice, never get lost.
 *
 * Recipients elsewhere (also those that an alias names) make the letter a
 * queued one (queue.h): it is durable there before the commit says OK, and the
 * relay is told. Where a report about a success was asked for, it is written.
 *
 * The MDA writes Return-Path: (RFC 5321 §4.4); Received: lines are the
 * session's to write first.
 */
#ifndef PLI_SERVER_DELIVERY_H
#define PLI_SERVER_DELIVERY_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "server/queue_envelope.h"
#include "server/session.h"

enum delivery_result {
    DELIVERY_OK,
    DELIVERY_UNKNOWN,  /* no such user here: 550 5.1.1 */
    DELIVERY_REMOTE,   /* not a local domain: only delivery_lookup says so */
    DELIVERY_LOOP,     /* the aliases run in a circle: 550 5.4.6 */
    DELIVERY_FULL,     /* no room at the moment: 452 4.3.1 */
    DELIVERY_OVER_QUOTA, /* the user's mailboxes hold as much as they may: 452 4.2.2 */
    DELIVERY_TOO_BIG,  /* larger than message_size_limit: 552 5.3.4; the session says so, who knows what was sent */
    DELIVERY_FAILED,   /* the system's fault, try later: 451 4.3.0 */
};

/* local: the local part, quotes and escapes already undone. domain: empty means local. */
enum delivery_result delivery_lookup(const struct session *session, struct span local, struct span domain);

struct delivery;

/* sender: the reverse path without <>, empty for the null sender. */
struct delivery *delivery_new(const struct session *session, struct span sender);
const char *delivery_id(const struct delivery *delivery); /* names the letter in Received: and in the log */

/* The envelope as the queue keeps it; the session sets ret, envid, utf8 and report there. */
struct queue_envelope *delivery_envelope(struct delivery *delivery);

struct delivery_address {
    struct span mailbox;       /* as in RCPT, without <> */
    struct span local;         /* quotes and escapes undone */
    struct span domain;        /* empty means local */
    unsigned notify;           /* of enum smtp_notify */
    struct span original;      /* ORCPT; empty: none */
    uint64_t size;             /* of the letter, as far as it was announced; 0: not */
};

/*
 * DELIVERY_OK, UNKNOWN, LOOP or OVER_QUOTA: whether others may be sent to has been asked before (policy.h). A letter
 * whose size was not announced may cross the limit; the next one is refused.
 */
enum delivery_result delivery_recipient(struct delivery *delivery, const struct delivery_address *address);
/* Text with CR LF line ends, dot-stuffing undone. After an error the rest is ignored, and commit repeats the error. */
enum delivery_result delivery_write(struct delivery *delivery, const void *data, size_t size);
uint64_t delivery_size(const struct delivery *delivery);  /* octets of text so far, Return-Path not counted */
enum delivery_result delivery_commit(struct delivery *delivery);
void delivery_free(struct delivery *delivery); /* without commit: nothing is delivered */

#endif
