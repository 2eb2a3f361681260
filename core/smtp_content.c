#include "smtp_content.h"

#include <string.h>

void smtp_content_start(struct smtp_content *content)
{
    *content = (struct smtp_content){ .line_open = false };
}

/* The bytes up to the next that needs care: CR, LF, NUL. */
static size_t plain_length(struct span in)
{
    size_t length = 0;
    while (length < in.len && in.at[length] != '\r' && in.at[length] != '\n' && in.at[length] != '\0')
        length++;
    return length;
}

static int end_line(struct smtp_content *content, struct buf *out)
{
    content->line_open = false;
    return buf_add(out, "\r\n", 2);
}

int smtp_content_feed(struct smtp_content *content, struct span in, struct buf *out)
{
    int status = 0;
    while (in.len > 0 && status == 0) {
        size_t length = plain_length(in);
        if (length > 0) {
            if (!content->line_open && in.at[0] == '.')
                status |= buf_add(out, ".", 1);
            status |= buf_add(out, in.at, length);
            content->line_open = true;
            content->after_cr = false;
        } else {
            char c = in.at[0];
            length = 1;
            if (c == '\r' || (c == '\n' && !content->after_cr))
                status |= end_line(content, out);
            if (c != '\0')
                content->after_cr = c == '\r';
        }
        in = (struct span){ in.at + length, in.len - length };
    }
    return status;
}

int smtp_content_finish(struct smtp_content *content, struct buf *out)
{
    int status = content->line_open ? end_line(content, out) : 0;
    return status | buf_add(out, ".\r\n", 3);
}
