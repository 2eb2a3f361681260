/*
 * relay_parts.h - the inside of the relay, shared by relay*.c only.
 */
#ifndef PLI_SERVER_RELAY_PARTS_H
#define PLI_SERVER_RELAY_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "io/net.h"
#include "io/resolve.h"
#include "server/config.h"
#include "server/queue_envelope.h"
#include "server/relay.h"
#include "server/runtime.h"

enum { RELAY_TARGETS = 5, RELAY_NAME_MAX = 300 };

struct relay_place;          /* a destination in the timetable */

/* One letter for one destination, in the hands of a thread. */
struct relay_job {
    char id[QUEUE_ID_MAX + 1];
    const char *destination; /* "example.net", or relayhost as it is written */
    struct relay_place *place;
    int64_t again;           /* result: when it has to be looked at once more; 0: not at all */
    bool reached, unreached; /* result: a server of the destination talked to us; none did */
    struct relay_job *next;  /* in flight */
};

struct runtime *relay_runtime(struct relay *relay);
const char *relay_folder(const struct relay *relay);
int relay_cancel_fd(const struct relay *relay);      /* readable: no more time */
const struct listener_socket *relay_own(const struct relay *relay, size_t *count); /* where we listen */

/* The thread is done with the job; is there another letter for the same destination, for the same connection? */
bool relay_next(struct relay *relay, struct relay_job *job);

/* relay_job.c: does the job, and others of the same destination. */
void relay_work(struct relay *relay, struct relay_job *job);
/* Where a recipient's letter is brought to; RELAY_NAME_MAX octets of room. */
void relay_destination(const struct config *config, const char *address, char *destination);
/* Seconds until the next attempt: minimal, doubled with each further try, at most maximal. */
int64_t relay_backoff(unsigned tries, int64_t minimal, int64_t maximal);

/* What became of a recipient, or of all of them. */
enum relay_result { RELAY_LATER, RELAY_DONE, RELAY_NEVER };

struct relay_outcome {
    enum relay_result result;
    int code;                /* of SMTP; 0: the text is ours */
    char status[12];
    char host[RELAY_NAME_MAX];
    char text[QUEUE_SAID_MAX + 1];
    bool unreported;         /* DONE, and that server does not report deliveries (it has no DSN) */
};

void relay_outcome_set(struct relay_outcome *outcome, enum relay_result result, int code, const char *status,
                       const char *host, const char *text);

/* One address of one server. */
struct relay_target {
    char host[RESOLVE_NAME];
    struct net_address address;
    bool wrapped;            /* TLS before the greeting: port 465 (RFC 8314 §3.3) */
};

/* relay_route.c: the servers of a destination, in the order in which they are tried. 0: none, outcome tells. */
size_t relay_route(struct relay *relay, const struct config *config, const char *destination,
                   struct relay_target targets[RELAY_TARGETS], struct relay_outcome *outcome);
/* "[host]:port", "host", "[192.0.2.1]" in parts. literal: no MX is asked for. 0, or -1. */
int relay_split(const char *destination, char host[RESOLVE_NAME], char port[16], bool *literal);

/* relay_dialogue.c: a connection to a server that is ready for letters. */
struct relay_link;
/* NULL: outcome tells; *tls_broken: it was the TLS handshake, so that without TLS it might work. */
struct relay_link *relay_link_open(struct relay *relay, const struct config *config, const char *destination,
                                   const struct relay_target *target, bool no_tls, const char *id,
                                   struct relay_outcome *outcome, bool *tls_broken);
/* Sends the letter to recipients which[0 .. count-1] of the envelope, outcomes likewise. false: the link is broken. */
bool relay_link_send(struct relay_link *link, const struct config *config, const struct queue_envelope *envelope,
                     int letter, const size_t *which, size_t count, struct relay_outcome *outcomes);
bool relay_link_is_spent(const struct relay_link *link);     /* it was used enough */
void relay_link_close(struct relay_link *link);              /* with QUIT where that is possible */

#endif
