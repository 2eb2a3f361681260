/*
 * folder_scan.h - reading new/ and cur/ of a folder: what other programs did.
 *
 * A letter is known by its base name. One that is in no directory any more
 * may just be moving from new/ to cur/ under the hands of another program, so
 * only what is missing twice is gone. New ones get UIDs in the order of their
 * times.
 */
#ifndef PLI_SERVER_FOLDER_SCAN_H
#define PLI_SERVER_FOLDER_SCAN_H

#include "server/folder.h"

enum scan_part { SCAN_NEW = 1, SCAN_CUR = 2, SCAN_BOTH = 3 };

/* Which of the directories have changed since they were read? */
unsigned scan_needed(const struct folder *folder);

/* Reads them. Between folder_begin and folder_end. */
enum store_result scan_directories(struct folder *folder, unsigned parts);

/*
 * Around a change of ours to files in cur/: if nothing else happened before
 * it, the time after it counts as seen.
 */
void scan_before_change(struct folder *folder);
void scan_after_change(struct folder *folder);

/* The file dotlocked by nobody, dovecot-keywords: which letter a to z is which keyword. */
void scan_keywords(struct folder *folder);

#endif
