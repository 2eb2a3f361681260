#include "mailto.h"

#include <stdbool.h>
#include <string.h>

enum { FIELD_MAX = 10000, BODY_MAX = 1 << 20 };

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* RFC 6068 §5: "+" is itself. A field's line ends become spaces; the body's (%0D%0A) stay, as LF. */
static int decode(struct span text, bool body, struct buf *out)
{
    int status = 0;
    for (size_t i = 0; i < text.len && status == 0; i++) {
        char c = text.at[i];
        if (c == '%' && i + 2 < text.len && digit(text.at[i + 1]) >= 0 && digit(text.at[i + 2]) >= 0) {
            c = (char)(digit(text.at[i + 1]) * 16 + digit(text.at[i + 2]));
            i += 2;
        }
        if (c == '\0' || (c == '\r' && body))
            continue;
        if (!body && (c == '\r' || c == '\n'))
            c = ' ';
        status = buf_add(out, &c, 1);
    }
    return status;
}

static int add_to(struct buf *list, struct span text)
{
    if (text.len == 0)
        return 0;
    return (list->len > 0 ? buf_add_text(list, ", ") : 0) | decode(text, false, list);
}

static int read_field(struct mailto *mailto, struct span name, struct span value)
{
    if (span_is_nocase(name, "to"))
        return add_to(&mailto->to, value);
    if (span_is_nocase(name, "cc"))
        return add_to(&mailto->cc, value);
    if (span_is_nocase(name, "subject") && mailto->subject.len == 0)
        return decode(value, false, &mailto->subject);
    if (span_is_nocase(name, "in-reply-to") && mailto->in_reply_to.len == 0)
        return decode(value, false, &mailto->in_reply_to);
    if (span_is_nocase(name, "body") && mailto->body.len == 0)
        return decode(value, true, &mailto->body);
    return 0;
}

static struct span cut(struct span *rest, char end)
{
    const char *at = memchr(rest->at, end, rest->len);
    struct span piece = { rest->at, at != NULL ? (size_t)(at - rest->at) : rest->len };
    size_t taken = piece.len + (at != NULL);
    *rest = (struct span){ rest->at + taken, rest->len - taken };
    return piece;
}

int mailto_parse(struct span text, struct mailto *mailto)
{
    struct buf *fields[] = { &mailto->to, &mailto->cc, &mailto->subject, &mailto->in_reply_to };
    for (int i = 0; i < 4; i++)
        buf_init(fields[i], FIELD_MAX);
    buf_init(&mailto->body, BODY_MAX);
    if (text.len < 7 || !span_is_nocase((struct span){ text.at, 7 }, "mailto:"))
        return -1;
    struct span rest = { text.at + 7, text.len - 7 };
    int status = add_to(&mailto->to, cut(&rest, '?'));
    while (rest.len > 0 && status == 0) {
        struct span value = cut(&rest, '&'), name = cut(&value, '=');
        status = read_field(mailto, name, value);
    }
    return status;
}

void mailto_free(struct mailto *mailto)
{
    buf_free(&mailto->to);
    buf_free(&mailto->cc);
    buf_free(&mailto->subject);
    buf_free(&mailto->in_reply_to);
    buf_free(&mailto->body);
}
