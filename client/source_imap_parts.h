/*
 * source_imap_parts.h - what the files of source_imap.h share: source_imap.c
 * says what responses mean, source_imap_list.c reads the list, source_imap_act.c
 * does everything else.
 */
#ifndef PLI_CLIENT_SOURCE_IMAP_PARTS_H
#define PLI_CLIENT_SOURCE_IMAP_PARTS_H

#include "client/imap_dialogue.h"
#include "client/mail_source.h"
#include "core/imap_set.h"

struct imap_source {
    struct imap_dialogue dialogue;
    struct mail_source *source;
    uint32_t exists;           /* letters in the folder, as the server said last */
    uint64_t modseq;           /* HIGHESTMODSEQ at SELECT; 0: it said none */
    bool changed;              /* since the list was read */
    bool selected_now;         /* nothing was asked since SELECT, which said how many there are */
    bool cache_read;
    bool making;               /* rows are made by what FETCH tells */
    struct buf *raw;           /* where the body goes that is being fetched */
    bool found;                /* it came */
    struct imap_set result;    /* of SEARCH */
};

/* For imap_end: what may come with any command. */
void imap_source_take(void *context, const struct imap_response *response);

/* Ends IDLE if it runs, so that a command can begin. */
void imap_source_begin(struct imap_source *imap, enum imap_verb verb, bool uid);
int imap_source_end(struct imap_source *imap);

/* " (\Seen \Flagged)" */
void imap_source_write_flags(struct imap_source *imap, unsigned flags);

/* SEARCH that answers with UIDs, which go to imap->result: begin, say what is looked for, end. */
void imap_source_search_begin(struct imap_source *imap);
int imap_source_search_end(struct imap_source *imap);

/* Rows whose UID is in imap->result get flag, the others lose it (a flag of hits when that is given). */
void imap_source_mark(struct imap_source *imap, unsigned flag, unsigned char *hits);

uint32_t imap_source_uid(const struct mail_envelope *envelope);
int imap_source_noop(struct imap_source *imap);
int imap_source_list(struct mail_source *source);
int imap_source_fill(struct mail_source *source, size_t most);
int imap_source_folders(struct mail_source *source, void (*each)(void *context, const struct mail_folder *folder),
                        void *context);
int imap_source_folder(struct mail_source *source, enum mail_folder_action action, const char *name, const char *to);
int imap_source_counts(struct mail_source *source, const char *folder, struct mail_counts *counts);
int imap_source_fetch(struct mail_source *source, unsigned number, struct buf *raw);
int imap_source_top(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw);
int imap_source_flag(struct mail_source *source, const unsigned *numbers, size_t count, unsigned set, unsigned clear);
int imap_source_copy(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder, bool move);
int imap_source_expunge(struct mail_source *source);
int imap_source_append(struct mail_source *source, const char *folder, struct span message, unsigned flags);
int imap_source_search(struct mail_source *source, const struct pattern *pattern, unsigned char *hits);

#endif
