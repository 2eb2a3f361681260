/*
 * imapd_sort.h - what SORT and THREAD compare messages by.
 */
#ifndef PLI_SERVER_IMAPD_SORT_H
#define PLI_SERVER_IMAPD_SORT_H

#include "server/imapd_search.h"

/* "Sent date" (RFC 5256 §2.2): seconds since 1970, of the Date field or else of the arrival. */
int64_t sort_sent(struct search_message *message);

/* The base subject (§2.1) in one case of letters; "" when there is none. free() it. */
char *sort_subject(struct search_message *message, bool *is_reply);

#endif
