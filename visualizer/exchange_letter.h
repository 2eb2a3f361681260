/*
 * exchange_letter.h - the letters that went over, each time they did: what the
 * letter's view follows from hop to hop by Message-ID.
 */
#ifndef PLI_VISUALIZER_EXCHANGE_LETTER_H
#define PLI_VISUALIZER_EXCHANGE_LETTER_H

#include "visualizer/exchange.h"
#include "visualizer/message.h"

/* One passage of a letter. Texts are safe to show and owned by the list; NULL where unknown. */
struct letter_passage {
    const struct exchange *exchange;    /* content transfer, retrieval, fetch, append */
    const struct exchange *envelope;    /* SMTP; NULL */
    uint32_t packet;                    /* where it was complete */
    int64_t time;
    size_t size;
    bool header_only;                   /* TOP, or a FETCH of header fields */
    char *message_id, *from, *to, *subject, *date;
    char **received;
    size_t received_count;
    char **parts;
    size_t part_count;
    char *answer;                       /* the server's last word: "250 2.0.0 Ok: queued as 7K2F" */
};

size_t letter_count(const struct exchange_list *list);
const struct letter_passage *letter_at(const struct exchange_list *list, size_t index);

/* --- for the engine ------------------------------------------------------------------ */

struct letter_part;
struct letter_part *letter_part_new(void);
void letter_part_free(struct letter_part *part);
void letter_seen(struct exchange_list *list, const struct exchange *exchange, const struct exchange *envelope,
                 const struct packet *packet, const struct message_detail *message);
/* The reply to the transfer of the last letter of that exchange. */
void letter_answered(struct exchange_list *list, const struct exchange *exchange, struct span text);

#endif
