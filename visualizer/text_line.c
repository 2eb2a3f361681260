#include "visualizer/text_line.h"

#include <string.h>

size_t text_next_line(struct slice bytes, size_t at)
{
    const uint8_t *end = at < bytes.len ? memchr(bytes.at + at, '\n', bytes.len - at) : NULL;
    return end == NULL ? bytes.len : (size_t)(end - bytes.at) + 1;
}

struct slice text_line(struct slice bytes, size_t at)
{
    size_t end = text_next_line(bytes, at);
    if (end > at && bytes.at[end - 1] == '\n')
        end--;
    if (end > at && bytes.at[end - 1] == '\r')
        end--;
    return slice_part(bytes, at, end > at ? end - at : 0);
}

size_t text_word(struct slice line, size_t at)
{
    while (at < line.len && line.at[at] != ' ' && line.at[at] != '\t')
        at++;
    return at;
}

size_t text_blanks(struct slice line, size_t at)
{
    while (at < line.len && (line.at[at] == ' ' || line.at[at] == '\t'))
        at++;
    return at;
}

bool text_is(struct slice line, size_t at, size_t end, const char *word)
{
    return end <= line.len && at <= end && span_is_nocase((struct span){ (const char *)line.at + at, end - at }, word);
}

unsigned text_code(struct slice line)
{
    unsigned code = 0;
    for (size_t i = 0; i < 3; i++) {
        if (get_u8(line, i) < '0' || get_u8(line, i) > '9')
            return 0;
        code = code * 10 + (unsigned)(get_u8(line, i) - '0');
    }
    return get_u8(line, 3) >= '0' && get_u8(line, 3) <= '9' ? 0 : code;
}
