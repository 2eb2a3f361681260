/*
 * folder_index.h - the file `pli-index` of a folder: what must be the same
 * tomorrow.
 *
 *     pli-index 1 UIDVALIDITY BOOT       the format, RFC 9051 §2.3.1.1, and the boot of the machine
 *     = UIDNEXT RESERVED MODSEQ SINCE
 *     + UID MODSEQ SIZE WIRE DATE FLAGS BASE
 *     f UID MODSEQ FLAGS                 flags changed
 *     s UID WIRE                         the size on the wire was counted
 *     - UID MODSEQ                       removed
 *
 * Changes are lines added at the end, in one write under the folder's lock,
 * so a crash of the server leaves at worst half a line, which is not taken. When
 * there are many more lines than letters the file is written anew.
 *
 * A crash of the machine may lose lines that were not yet on the disk, and
 * with them UIDs that clients have seen. Such a UID must never be given to
 * another letter. So UIDs are promised in blocks (RESERVED), and only the
 * promise is brought to the disk at once; after another BOOT, UIDs go on
 * behind the promise.
 *
 * The file may be deleted: UIDs then begin anew under a greater UIDVALIDITY.
 */
#ifndef PLI_SERVER_FOLDER_INDEX_H
#define PLI_SERVER_FOLDER_INDEX_H

#include "server/folder.h"

/* Takes over what is new in the file; makes it if there is none. With the locks held. 0 or -1 with errno. */
int index_catch_up(struct folder *folder);

/* Is there anything to take over? */
bool index_changed(const struct folder *folder);

/* Notes for the next index_flush. */
void index_note_added(struct folder *folder, const struct entry *entry);
void index_note_flags(struct folder *folder, const struct entry *entry);
void index_note_wire(struct folder *folder, const struct entry *entry);
void index_note_removed(struct folder *folder, uint32_t uid, uint64_t modseq);

/* A UID for a new letter. */
uint32_t index_next_uid(struct folder *folder);

/* Writes what was noted. 0 or -1 with errno; what could not be written is found again by reading directories. */
int index_flush(struct folder *folder);

#endif
