#include "server/reply_text.h"

#include <string.h>

int reply_text(struct buf *out, struct span text, bool utf8)
{
    int status = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (text.len - i >= 2 && memcmp(text.at + i, "§", 2) == 0) {
            status |= buf_add_text(out, "section ");
            i++;
        } else if (c < ' ' || c == 127 || (c > 127 && !utf8)) {
            status |= buf_add_text(out, "?");
        } else {
            status |= buf_add(out, &text.at[i], 1);
        }
    }
    return status;
}
