/*
 * scram.h - SCRAM-SHA-256 (RFC 5802, RFC 7677): both sides prove that they
 * know the password, and neither says it.
 *
 *     C: n,,n=user,r=NONCE
 *     S: r=NONCEnonce,s=SALT,i=4096
 *     C: c=biws,r=NONCEnonce,p=PROOF
 *     S: v=SIGNATURE
 *     C: (nothing)
 *
 * The machines are pure: the nonce is handed in by the caller (printable
 * ASCII without a comma, fresh for every login), and so is what binds the
 * login to its TLS channel (SCRAM-SHA-256-PLUS). The mail protocols cannot
 * carry the server's last word beside their "OK", so it is one more
 * challenge, which the client answers with nothing (RFC 4422 §4).
 */
#ifndef PLI_CORE_SCRAM_H
#define PLI_CORE_SCRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

enum { SCRAM_MAX_MESSAGE = 2048, SCRAM_MAX_NONCE = 256 };

/* What binds the exchange to the TLS connection (RFC 5802 §6). */
struct scram_binding {
    const char *type;      /* "tls-exporter" */
    struct span data;
};

enum scram_status {
    SCRAM_MORE,            /* send out and wait */
    SCRAM_DONE,
    SCRAM_FAILED,          /* wrong user, password or channel; for a client: the server is not the one it was */
    SCRAM_BAD,             /* not SCRAM's syntax */
};

/* The attributes of which messages are made, and the escapes of names (RFC 5802 §5.1, §7). */

/* Takes "name=value," off the front of text; value may not be empty. 0, or -1 when something else stands there. */
int scram_take(struct span *text, char name, struct span *value);

/* "=2C" and "=3D" become "," and "="; a copy, or NULL when the name is malformed. free() it. */
char *scram_name_decode(struct span name);
int scram_name_write(const char *name, struct buf *out);

/* Printable ASCII without a comma. */
bool scram_nonce_valid(struct span nonce);

#endif
