/*
 * The list of an IMAP folder: from the cache when nothing changed, else which
 * letters there are and how they are marked, and then the headers of those
 * that are not known yet.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cache.h"
#include "client/source_imap_parts.h"
#include "client/summary.h"

enum {
    SMALL = 1000,              /* letters whose list is read as a whole */
    CHUNK = 2000,              /* letters of one FETCH of headers */
};

#define ITEMS "UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (" SUMMARY_FIELDS ")]"

/* Keys of SEARCH, and the flags that they look for. */
static const struct { const char *key; unsigned flag; } searched[] = {
    { "SEEN", MAIL_SEEN }, { "ANSWERED", MAIL_ANSWERED }, { "FLAGGED", MAIL_FLAGGED }, { "DELETED", MAIL_DELETED },
    { "DRAFT", MAIL_DRAFT },
};

/* All at once: flags, and of letters that are not known yet everything. */
static int read_small(struct imap_source *imap, const char *items)
{
    imap_source_begin(imap, IMAP_VERB_FETCH, false);
    imap_text(&imap->dialogue, " 1:* (%s)", items);
    imap->making = true;
    int status = imap_source_end(imap);
    imap->making = false;
    return status;
}

/* The rows become those of these UIDs: what was known of them stays known. */
static void make_rows(struct imap_source *imap)
{
    struct mail_source *source = imap->source;
    struct mail_envelope *old = source->messages;
    size_t old_count = source->count, at = 0, ranges = imap->result.count;
    source->messages = NULL;
    source->count = source->blank = 0;
    for (size_t i = 0; i < ranges; i++)
        for (uint64_t uid = imap->result.ranges[i].first; uid <= imap->result.ranges[i].last; uid++) {
            char text[24];
            if (source->count >= imap->exists || source->count >= SUMMARY_MAX_LETTERS)
                break;
            while (at < old_count && imap_source_uid(&old[at]) < uid)
                at++;
            if (at < old_count && imap_source_uid(&old[at]) == uid) {
                struct mail_envelope *row = summary_add(source, (struct span){ "", 0 });
                unsigned number = row->number;
                *row = old[at];
                row->number = number;
                continue;
            }
            snprintf(text, sizeof text, "%" PRIu64, uid);
            summary_add(source, span_of(text));
            source->cache_stale = true;
        }
    source->cache_stale |= source->count != old_count;
    free(old);
    summary_count(source);
}

/* Which letters there are, and what flags they have, in sets: a hundred thousand in a few hundred bytes. */
static int read_large(struct imap_source *imap)
{
    imap_source_search_begin(imap);
    imap_text(&imap->dialogue, " ALL");
    if (imap_source_search_end(imap) != 0)
        return -1;
    make_rows(imap);
    for (size_t i = 0; i < sizeof searched / sizeof searched[0]; i++) {
        imap_source_search_begin(imap);
        imap_text(&imap->dialogue, " %s", searched[i].key);
        if (imap_source_search_end(imap) != 0)
            return -1;
        imap_source_mark(imap, searched[i].flag, NULL);
    }
    return 0;
}

/* The rows that are there already keep their texts; FETCH says which there are, in order. */
static int read_anew(struct imap_source *imap)
{
    struct mail_source *source = imap->source;
    struct mail_envelope *old = source->messages;
    size_t old_count = source->count, at = 0;
    source->messages = NULL;
    source->count = source->blank = 0;
    int status = read_small(imap, old_count == 0 && imap->exists <= SMALL ? ITEMS : "UID FLAGS");
    for (size_t i = 0; i < source->count; i++) {
        struct mail_envelope *row = &source->messages[i];
        while (at < old_count && imap_source_uid(&old[at]) < imap_source_uid(row))
            at++;
        if (at < old_count && imap_source_uid(&old[at]) == imap_source_uid(row))
            summary_take(source, row, &old[at]);
    }
    source->cache_stale |= source->count != old_count;
    free(old);
    summary_count(source);
    return status;
}

/*
 * What SELECT said: with the same HIGHESTMODSEQ nothing was marked (RFC 7162 §3.1.2.1), with as many letters and the
 * same UIDNEXT nothing came or went. 0: that was some time ago, or the server does not say.
 */
static void read_marks(struct imap_source *imap, uint64_t marks[2])
{
    bool known = imap->selected_now && imap_can(&imap->dialogue, "CONDSTORE");
    marks[0] = known ? imap->modseq : 0;
    marks[1] = (uint64_t)imap->exists << 32 | imap->source->next_uid;
}

/* Is it all in the cache? */
static bool is_as_it_was(struct mail_source *source, const uint64_t marks[2])
{
    struct imap_source *imap = source->data;
    bool loaded = !imap->cache_read && source->count == 0 && cache_load(source, source->validity) == 0;
    imap->cache_read = true;
    return loaded && marks[0] != 0 && memcmp(marks, source->marks, sizeof source->marks) == 0 &&
           source->count == imap->exists;
}

static int read_list(struct mail_source *source)
{
    struct imap_source *imap = source->data;
    if (imap->exists == 0) {
        summary_reset(source);
        return 0;
    }
    bool sets = imap_can(&imap->dialogue, "ESEARCH");
    return sets && imap->exists > SMALL ? read_large(imap) : read_anew(imap);
}

int imap_source_list(struct mail_source *source)
{
    struct imap_source *imap = source->data;
    uint64_t marks[2];
    if (!imap->selected_now && imap_source_noop(imap) != 0)
        return -1;
    read_marks(imap, marks);
    imap->changed = false;
    if (is_as_it_was(source, marks))
        return 0;
    int status = read_list(source);
    bool sure = status == 0 && marks[0] != 0 && source->count == imap->exists;
    source->cache_stale |= sure && memcmp(marks, source->marks, sizeof marks) != 0;
    memcpy(source->marks, sure ? marks : (uint64_t[2]){ 0 }, sizeof marks);
    return status;
}

int imap_source_fill(struct mail_source *source, size_t most)
{
    struct imap_source *imap = source->data;
    struct imap_set set = { .count = 0 };
    if (most > CHUNK)
        most = CHUNK;
    for (size_t i = source->count; i > 0 && most > 0; i--) {
        struct mail_envelope *row = &source->messages[i - 1];
        if ((row->flags & MAIL_BLANK) == 0)
            continue;
        row->flags &= ~(unsigned)MAIL_BLANK; /* also if the server says nothing about it: it is asked once */
        imap_set_add(&set, imap_source_uid(row));
        most--;
    }
    imap_set_resolve(&set, UINT32_MAX);
    imap_source_begin(imap, IMAP_VERB_FETCH, true);
    imap_set(&imap->dialogue, &set);
    imap_text(&imap->dialogue, " (" ITEMS ")");
    imap_set_free(&set);
    source->cache_stale = true;
    return imap_source_end(imap);
}
