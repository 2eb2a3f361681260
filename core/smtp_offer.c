#include "smtp_offer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "smtp_parse.h"

static uint64_t read_size(struct span text)
{
    uint64_t size = 0;
    for (size_t i = 0; i < text.len && i < 18; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        size = size * 10 + (uint64_t)(text.at[i] - '0');
    }
    return text.len <= 18 ? size : 0;
}

static void add_mechanisms(struct smtp_offer *offer, struct span list)
{
    size_t used = strlen(offer->auth);
    if (list.len == 0)
        return;
    snprintf(offer->auth + used, sizeof offer->auth - used, "%s%.*s", used > 0 ? " " : "",
             list.len < 200 ? (int)list.len : 200, list.at);
}

/* "RCPTMAX=100 MAILMAX=5" (RFC 9422 §3); what is not known is passed over. */
static void read_limits(struct smtp_offer *offer, struct span list)
{
    for (struct span word = smtp_word(&list); word.len > 0; word = smtp_word(&list))
        if (word.len > 8 && strncasecmp(word.at, "RCPTMAX=", 8) == 0)
            offer->recipients = read_size((struct span){ word.at + 8, word.len - 8 });
}

void smtp_offer_read(struct smtp_offer *offer, struct span line)
{
    struct span keyword = smtp_word(&line);
    if (span_is_nocase(keyword, "STARTTLS")) {
        offer->starttls = true;
    } else if (span_is_nocase(keyword, "PIPELINING")) {
        offer->pipelining = true;
    } else if (span_is_nocase(keyword, "8BITMIME")) {
        offer->eight_bit = true;
    } else if (span_is_nocase(keyword, "SMTPUTF8")) {
        offer->utf8 = true;
    } else if (span_is_nocase(keyword, "DSN")) {
        offer->reports = true;
    } else if (span_is_nocase(keyword, "LIMITS")) {
        read_limits(offer, line);
    } else if (span_is_nocase(keyword, "SIZE")) {
        offer->size = true;
        offer->size_limit = read_size(smtp_word(&line));
    } else if (span_is_nocase(keyword, "AUTH")) {
        add_mechanisms(offer, line);
    } else if (keyword.len > 5 && strncasecmp(keyword.at, "AUTH=", 5) == 0) {
        /* As servers wrote it before RFC 2554. */
        add_mechanisms(offer, (struct span){ keyword.at + 5, keyword.len - 5 });
        add_mechanisms(offer, line);
    }
}
