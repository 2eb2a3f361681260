/*
 * transcript.h - what passes on the wire, line by line, as RFCs print it:
 * "C: " for the client, "S: " for the server. core/watch follows the dialogue
 * and says which bytes are secrets; these become stars.
 */
#ifndef PLI_CLIENT_TRANSCRIPT_H
#define PLI_CLIENT_TRANSCRIPT_H

#include <stdbool.h>

#include "client/mail_source.h"
#include "core/buf.h"
#include "core/watch.h"

struct transcript;

struct transcript *transcript_new(enum watch_protocol protocol, const struct mail_watcher *watcher);
void transcript_free(struct transcript *transcript);

/* For channel_options: the plaintext of both directions, in order. */
void transcript_saw(void *transcript, bool sent, struct span bytes);

/* TLS began in the middle of the dialogue. */
void transcript_tls_started(struct transcript *transcript);

/* A mail_watcher whose context is a FILE: each line goes there, safe to show. */
struct mail_watcher transcript_to_file(void *file);

#endif
