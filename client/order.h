/*
 * order.h - in which order letters are shown, and which of them: rows for an
 * index, with threads or sorted by something.
 */
#ifndef PLI_CLIENT_ORDER_H
#define PLI_CLIENT_ORDER_H

#include "client/mail_source.h"
#include "core/conversation.h"

enum order_key { ORDER_THREADS, ORDER_ARRIVAL, ORDER_DATE, ORDER_FROM, ORDER_TO, ORDER_SUBJECT, ORDER_SIZE,
                 ORDER_FLAGGED, ORDER_COUNT };

/*
 * Fills rows (room for source->count) and answers how many; rows[i].letter is a place in source->messages. hits: as
 * source_search gives them, or NULL for all. Depths are 0 but with threads. Equal ones stay in the mailbox's order.
 */
size_t order_rows(const struct mail_source *source, enum order_key key, bool reverse, const unsigned char *hits,
                  struct conversation_row *rows);

/* "threads", "date", ...; and back: -1 for no such order. */
const char *order_name(enum order_key key);
int order_of_name(const char *name);

#endif
