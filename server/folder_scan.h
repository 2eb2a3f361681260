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

/* Have the directories changed since they were read? */
bool scan_needed(const struct folder *folder);

/* Reads both. Between folder_begin and folder_end. */
enum store_result scan_directories(struct folder *folder);

/*
 * Around a change of ours to the files: if nothing else happened before it,
 * the times after it count as seen.
 */
void scan_before_change(struct folder *folder);
void scan_after_change(struct folder *folder);

/* The file dotlocked by nobody, dovecot-keywords: which letter a to z is which keyword. */
void scan_keywords(struct folder *folder);

#endif
