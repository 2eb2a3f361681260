/*
 * queue_envelope.h - the envelope of a queued letter, as text and as a struct.
 *
 *     id: 4Y0ABCDEFGH
 *     arrived: 2026-11-24T09:45:00Z
 *     sender: rachida@example.org
 *     size: 312
 *     recipient: bob@example.net
 *         state: waiting
 *         tries: 1
 *         next: 2026-11-24T09:50:00Z
 *         tried: 2026-11-24T09:45:00Z mx.example.net 450 4.2.0 try again later
 *
 * A line is "name: value"; white space before it is decoration; lines that
 * begin with # are comments. What follows a recipient line is about that
 * recipient. Fields that are not there have the value zero, which is always
 * the ordinary case. The reader believes nothing: a line it does not know, or
 * an address that RFC 5321 does not allow, is an error with its line number.
 *
 * Pure: no file is touched here (queue.h does).
 */
#ifndef PLI_SERVER_QUEUE_ENVELOPE_H
#define PLI_SERVER_QUEUE_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/smtp_path.h"

enum {
    QUEUE_ID_MAX = 23,
    QUEUE_TRIES_KEPT = 3,       /* of each recipient: the last ones */
    QUEUE_SAID_MAX = 300,       /* octets of what a server said that are kept */
    QUEUE_ENVELOPE_MAX = 32 * 1024 * 1024,
};

enum queue_state { QUEUE_WAITING, QUEUE_DELIVERED, QUEUE_FAILED };

/* A report that the sender is to get about a recipient and that was not written yet: RFC 3464 §2.3.3, its actions. */
enum queue_report {
    QUEUE_REPORT_NONE, QUEUE_REPORT_FAILED, QUEUE_REPORT_DELAYED, QUEUE_REPORT_DELIVERED, QUEUE_REPORT_RELAYED,
    QUEUE_REPORT_EXPANDED, QUEUE_REPORTS,
};

/* One attempt for one recipient. */
struct queue_try {
    int64_t when;               /* seconds since 1970 */
    char *host;                 /* who answered; NULL: nobody did */
    int code;                   /* of SMTP; 0: no reply, the text is ours */
    char status[12];            /* RFC 3463: "4.2.0" */
    char *said;                 /* one line */
};

struct queue_recipient {
    char *address;              /* as RCPT has it, without <> */
    char *original;             /* ORCPT (RFC 3461 §4.2), "rfc822;bob@example.net", as given; NULL: none */
    unsigned notify;            /* NOTIFY (RFC 3461 §4.1), of enum smtp_notify; 0: not given */
    enum queue_state state;
    enum queue_report report;
    bool warned;                /* the sender was told of the delay */
    unsigned tries;
    int64_t next;               /* when to try next */
    struct queue_try tried[QUEUE_TRIES_KEPT];   /* oldest first */
    size_t tried_count;
};

struct queue_envelope {
    char id[QUEUE_ID_MAX + 1];
    int64_t arrived;
    char *sender;               /* without <>; "" for the null sender */
    enum smtp_return ret;       /* RET */
    char *envid;                /* ENVID, xtext as given; NULL: none */
    bool eight_bit;             /* the content has octets beyond ASCII */
    bool utf8;                  /* needs SMTPUTF8 */
    bool report;                /* we wrote it, about another letter, to the postmaster: no report about it */
    bool held;                  /* not sent until it is released */
    uint64_t size;              /* of the letter on the wire, with CR LF */
    struct queue_recipient *recipients;
    size_t count;
};

struct queue_envelope *queue_envelope_new(const char *id, struct span sender);
void queue_envelope_free(struct queue_envelope *envelope);
struct queue_recipient *queue_envelope_add(struct queue_envelope *envelope, struct span address);

/* Notes an attempt; the oldest is forgotten when there are too many. said: made one line of printable text. */
void queue_recipient_tried(struct queue_recipient *recipient, int64_t when, const char *host, int code,
                           const char *status, const char *said);
/* The last attempt, or NULL. */
const struct queue_try *queue_recipient_last(const struct queue_recipient *recipient);

/* 0, or -1 when out is full. */
int queue_envelope_write(const struct queue_envelope *envelope, struct buf *out);

/* NULL when the text is no envelope, with "line 7: what is wrong" in error. */
struct queue_envelope *queue_envelope_read(struct span text, struct buf *error);

bool queue_id_is_good(const char *id);

const char *queue_state_name(enum queue_state state);
const char *queue_report_name(enum queue_report report);   /* "failed": RFC 3464's word */

/* "2026-11-24T09:45:00Z" */
void queue_time_write(int64_t when, struct buf *out);

/* How many recipients are waiting, and when the first of them is due (0: nobody is waiting). */
size_t queue_envelope_waiting(const struct queue_envelope *envelope, int64_t *next);

#endif
