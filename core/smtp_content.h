/*
 * smtp_content.h - a message on its way through DATA (RFC 5321 §4.5.2).
 *
 * Lines end with CR LF and nothing else on the wire; a line that begins with
 * a dot gets another one, so that no text can be taken for the end; the end
 * is a dot alone. CR and LF alone become line ends, NUL bytes are left out:
 * what this writes means the same to every server (no smuggling).
 */
#ifndef PLI_CORE_SMTP_CONTENT_H
#define PLI_CORE_SMTP_CONTENT_H

#include <stdbool.h>

#include "buf.h"

struct smtp_content {
    bool line_open;   /* something was written since the last line end */
    bool after_cr;    /* a CR was read, and became a line end already */
};

void smtp_content_start(struct smtp_content *content);
int smtp_content_feed(struct smtp_content *content, struct span in, struct buf *out);   /* 0, or -1: out is full */
int smtp_content_finish(struct smtp_content *content, struct buf *out);                 /* with the final dot */

#endif
