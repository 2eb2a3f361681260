/*
 * smtp_offer.h - what a server offers in its reply to EHLO (RFC 5321
 * §4.1.1.1), as far as a client makes use of it.
 */
#ifndef PLI_CORE_SMTP_OFFER_H
#define PLI_CORE_SMTP_OFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct smtp_offer {
    bool starttls;        /* RFC 3207 */
    bool pipelining;      /* RFC 2920 */
    bool eight_bit;       /* 8BITMIME, RFC 6152 */
    bool utf8;            /* SMTPUTF8, RFC 6531 */
    bool size;            /* SIZE, RFC 1870 */
    bool reports;         /* DSN, RFC 3461 */
    uint64_t recipients;  /* LIMITS RCPTMAX, RFC 9422 §4.2; 0: not said */
    uint64_t size_limit;  /* 0: not said */
    char auth[256];       /* mechanisms with spaces between; "" when AUTH is not offered (RFC 4954) */
};

/* One line of the reply, without its code: "SIZE 10485760". Lines add up. */
void smtp_offer_read(struct smtp_offer *offer, struct span line);

#endif
