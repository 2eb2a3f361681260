/*
 * conversation.h - letters put together into conversations, for an index that
 * shows threads: by what refers to what, then by equal subjects (the way of
 * Jamie Zawinski and of RFC 5256 §3, REFERENCES).
 *
 * Ids are compared by a hash of 64 bits, so a hundred thousand letters need
 * no copy of them. All work but the sorting of siblings is linear, whatever
 * the references say: loops are not closed, and nothing recurses.
 */
#ifndef PLI_CORE_CONVERSATION_H
#define PLI_CORE_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* The hash of what stands between "<" and ">"; never 0. */
uint64_t conversation_id(struct span id);

/* The ids of a field's value, the last `most` of them; answers how many. Text outside of brackets is no id. */
size_t conversation_read_ids(struct span value, uint64_t *ids, size_t most);

struct conversation_letter {
    uint64_t id;                  /* 0: none */
    const uint64_t *references;   /* the oldest first */
    size_t reference_count;
    int64_t date;                 /* sorts conversations (by their newest letter) and siblings (by their own) */
    const char *subject;
};

/* One row of the index: rows stand in the order in which they are shown. */
struct conversation_row {
    uint32_t letter;              /* its place among the letters */
    uint16_t depth;               /* 0: begins a conversation */
    bool last;                    /* no sibling follows */
};

/*
 * Fills rows, which has room for count. by_subject: letters that refer to nothing, with "Re:" before a subject that
 * begins another conversation, join that one. newest_first turns the order of the conversations, not what is in them.
 */
void conversation_sort(const struct conversation_letter *letters, size_t count, bool by_subject, bool newest_first,
                       struct conversation_row *rows);

#endif
