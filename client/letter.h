/*
 * letter.h - a letter made readable: the header fields that matter, decoded,
 * the tree of its parts, their texts in UTF-8 whatever charset and encoding
 * they came in, and their files.
 */
#ifndef PLI_CLIENT_LETTER_H
#define PLI_CLIENT_LETTER_H

#include <stdbool.h>

#include "core/buf.h"

/* The value of a field, decoded to UTF-8 on one line. Adds to out; false when the letter has no such field. */
bool letter_field(struct span raw, const char *name, struct buf *out);

/* The text that a reader shows first; of an HTML part, its words. Adds to out; false when there is no text. */
bool letter_text(struct span raw, struct buf *out);

/* One part of the tree, in the order in which they stand: the first is the letter itself. */
struct letter_part {
    char *number;           /* as IMAP counts: BODY[1.2]; "" for the letter itself */
    unsigned depth;
    char *type;             /* "text/plain" */
    char *charset;          /* as it says; "" */
    const char *encoding;   /* "base64" */
    char *name;             /* what the sender calls it, UTF-8; "" */
    size_t size;            /* bytes as they stand in the letter */
    bool is_text;           /* letter_part_text shows it */
    bool is_group;          /* a multipart, or a letter within */
    bool attached;          /* the sender wants it saved rather than shown */
    bool shown;             /* it is the one that letter_text gives */
};

struct letter_parts {
    struct letter_part *rows;
    size_t count;           /* at least 1 */
};

/* What the structure costs is bounded by core/mime.h. Free it. */
void letter_parts(struct span raw, struct letter_parts *parts);
void letter_parts_free(struct letter_parts *parts);

/* Calls back for every part that is neither shown nor a group. */
void letter_others(struct span raw, void (*each)(void *context, const char *name, const char *type, size_t size),
                   void *context);

/* The text of part number index, HTML as words. Adds to out; false when it is none. */
bool letter_part_text(struct span raw, size_t index, struct buf *out);

/* The bytes of a part, decoded; of the letter itself, or of one within: all of it. 0, or -1: out is full. */
int letter_part_bytes(struct span raw, size_t index, struct buf *out);

/*
 * Saves a part into folder under the name that the sender proposes, made harmless: no path, no hidden file, no
 * control character; with "-2" when there is such a file already. Nothing is ever overwritten. *path (free() it) says
 * where. 0, or -1 with a sentence in error.
 */
int letter_part_save(struct span raw, size_t index, const char *folder, char **path, struct buf *error);

/* The same under a path that the user chose, which must not exist. */
int letter_part_save_as(struct span raw, size_t index, const char *path, struct buf *error);

/* The harmless name itself. free() it. */
char *letter_safe_name(const char *name, const char *type);

#endif
