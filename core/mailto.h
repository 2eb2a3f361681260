/*
 * mailto.h - links that want a letter written: mailto:a@x,b@y?subject=Hi
 * (RFC 6068).
 */
#ifndef PLI_CORE_MAILTO_H
#define PLI_CORE_MAILTO_H

#include "buf.h"

/* Decoded; lists have commas between. Fields are one line each: nothing in a link begins another field. */
struct mailto {
    struct buf to, cc, subject, in_reply_to, body;
};

/*
 * Free it in any case. 0, or -1: text is no mailto: link. Other fields than these are left out, as RFC 6068 §7 advises:
 * a link must not choose Bcc, From, or what is attached.
 */
int mailto_parse(struct span text, struct mailto *mailto);
void mailto_free(struct mailto *mailto);

#endif
