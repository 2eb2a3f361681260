/*
 * drafts.h - letters that are being written, each a file from its first moment
 * to its last: in drafts/ of the state folder ($XDG_STATE_HOME/pli, else
 * ~/.local/state/pli). What a killed program left is found at the next start.
 */
#ifndef PLI_CLIENT_DRAFTS_H
#define PLI_CLIENT_DRAFTS_H

#include <stddef.h>

/* Where a new draft is to be written. free() it; NULL with errno: there is no place. */
char *drafts_new_path(void);

/* The drafts, the newest first: paths, and "To · Subject" of each; free() them. How many, most at most. */
size_t drafts_list(char **paths, char **titles, size_t most);

#endif
