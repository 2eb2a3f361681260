/*
 * imapd_fetch.h - what the files of FETCH share: the items that a client asks
 * for, and the three ways to make them from a letter's text.
 *
 *     imapd_fetch.c      reads the items, walks over the messages, keeps the place
 *     imapd_section.c    BODY[...] and BINARY[...]: cuts, filters, decodes
 *     imapd_structure.c  ENVELOPE, BODY, BODYSTRUCTURE
 */
#ifndef PLI_SERVER_IMAPD_FETCH_H
#define PLI_SERVER_IMAPD_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/mime.h"
#include "server/imapd_session.h"

enum fetch_kind {
    FETCH_FLAGS,
    FETCH_UID,
    FETCH_INTERNALDATE,
    FETCH_SIZE,
    FETCH_MODSEQ,
    FETCH_ENVELOPE,
    FETCH_STRUCTURE,     /* BODYSTRUCTURE, or BODY when not extended */
    FETCH_SECTION,       /* BODY[...], RFC822, RFC822.HEADER, RFC822.TEXT */
    FETCH_BINARY,
    FETCH_BINARY_SIZE,
};

enum section_text { SECTION_ALL, SECTION_HEADER, SECTION_FIELDS, SECTION_FIELDS_NOT, SECTION_TEXT, SECTION_MIME };

struct fetch_item {
    enum fetch_kind kind;
    bool extended;                  /* BODYSTRUCTURE */
    bool peek;                      /* leaves \Seen alone */
    const char *name;               /* as it is answered: "BODY", "RFC822.HEADER" */
    struct span part;               /* "1.2", or empty */
    enum section_text text;
    const struct imap_node *fields; /* the first name of a field */
    bool brackets;                  /* the answer repeats the section */
    bool partial;
    uint64_t offset, length;
};

/* A letter, opened for FETCH or SEARCH. */
struct fetch_letter {
    struct letter letter;
    struct span text;
    struct mime_tree mime;          /* count 0: not parsed yet */
};

const struct mime_tree *fetch_mime(struct fetch_letter *letter); /* parses at the first call */
void fetch_letter_free(struct fetch_letter *letter);

/* A section "[...]" with its partial; false: there is no such section. */
bool fetch_read_section(const struct imap_node *section, struct fetch_item *item);

/* "BODY[1.HEADER.FIELDS (DATE)]<0>" */
void fetch_write_section_name(struct imapd *imapd, const struct fetch_item *item);

enum fetch_found { FETCH_FOUND, FETCH_NIL, FETCH_UNKNOWN_ENCODING };

/* The bytes of a section, of the letter's text or made in scratch; partial not yet applied. */
enum fetch_found fetch_section(struct fetch_letter *letter, const struct fetch_item *item, struct buf *scratch,
                               struct span *bytes);

/* Both write to imapd->out. */
void fetch_write_envelope(struct imapd *imapd, struct span header);
void fetch_write_structure(struct imapd *imapd, struct fetch_letter *letter, bool extended);

#endif
