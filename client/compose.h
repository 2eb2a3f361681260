/*
 * compose.h - makes a message that any server and any reader understands
 * (RFC 5322, RFC 2045) out of what a person gives: addresses, a subject, a
 * text, files; or out of a draft from an editor. And the envelope that belongs
 * to it (RFC 5321 §2.3.1).
 *
 * What is plain ASCII with short lines stays as it is, without MIME. Names and
 * subjects beyond ASCII become encoded words, texts quoted-printable or base64
 * in UTF-8. No text can begin a header field of its own. Lines of the result
 * end with CR LF.
 */
#ifndef PLI_CLIENT_COMPOSE_H
#define PLI_CLIENT_COMPOSE_H

#include <stdbool.h>

#include "client/people.h"
#include "core/buf.h"

enum { COMPOSE_MAX = 128 << 20 }; /* bytes of a message: give its buffer this maximum */

struct envelope {
    char *sender;        /* "alice@example.org" */
    char **recipients;   /* each once */
    size_t count;
    bool eight_bit;      /* the message has bytes over 127 */
    bool utf8;           /* its header has, or an address */
};

void envelope_free(struct envelope *envelope);
void envelope_add(struct envelope *envelope, const struct people *people);

/* What the message itself says about eight_bit and utf8. */
void envelope_look(struct envelope *envelope, struct span message);

/* Texts are UTF-8; NULL: none. Lists have commas between. */
struct composition {
    const char *from;    /* NULL: who runs the program, at this machine */
    const char *to, *cc, *bcc;
    const char *subject;
    const char *in_reply_to, *references;
    struct span body;    /* UTF-8, or the locale's charset */
    const char *const *files;
    size_t file_count;
};

/* 0, or -1 with a sentence in error. The envelope is to be freed in both cases. */
int compose(const struct composition *composition, struct buf *message, struct envelope *envelope, struct buf *error);

/* A draft as client/draft.h makes it: fields, an empty line, the text. "Attach: /path" attaches a file. */
enum { DRAFT_FILES_MAX = 100 };
int compose_draft(struct span draft, struct buf *message, struct envelope *envelope, struct buf *error);

/* Fields that every message has (RFC 5322 §3.6): of now, and of nobody else. 0, or -1: full. */
int compose_date(struct buf *out);
int compose_message_id(const char *domain, struct buf *out);

#endif
