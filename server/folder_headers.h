/*
 * folder_headers.h - the file `pli-headers` of a folder: what lists, searches,
 * orders and threads ask of every letter, so that not every letter's file has
 * to be opened for it.
 *
 *     pli-headers 1 UIDVALIDITY
 *     + UID LENGTH SUM BASE
 *     the fields of headers_keep() as they stand in the letter, and the empty line: LENGTH octets
 *
 * Records are added when a letter's header was read for the first time. The
 * file is never needed: it may be deleted or damaged at any time. A record is
 * believed when UID, file name and sum fit; otherwise the letter is read, and
 * its record is added anew. When much of the file belongs to letters that are
 * gone, or it is not a whole one, it is removed and begins anew.
 *
 * Nothing of it stays in memory but where in the file a letter's record is
 * (struct entry).
 */
#ifndef PLI_SERVER_FOLDER_HEADERS_H
#define PLI_SERVER_FOLDER_HEADERS_H

#include "server/folder.h"

/* Does the file keep fields of this name? */
bool headers_keep(struct span name);

/* A piece of the file in memory, while a command reads it. All zero in the beginning. */
struct headers_window {
    bool looked;        /* whether there is a file */
    int fd;             /* of the file, if file is not 0 */
    ino_t file;
    off_t at;           /* where the piece stands in the file */
    size_t size, room;
    char *bytes;
};

/* With the folder's lock held. fields: valid until the next call with this window. */
bool headers_find(struct folder *folder, const struct entry *entry, struct headers_window *window,
                  struct span *fields);

/* Adds a record to those that are to be written; nothing when the fields are too many octets. */
void headers_add(struct buf *records, const struct entry *entry, struct span fields);

/* Writes them. What cannot be written is not kept. Between folder_begin and folder_end. */
void headers_write(struct folder *folder, struct headers_window *window, const struct buf *records);

void headers_close(struct headers_window *window);

/* A letter goes: its record is waste from now on. */
void headers_drop(struct folder *folder, struct entry *entry);

#endif
