#include "casemap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>

#include "core/utf8.h"

/* Most texts are ASCII: answers how many bytes of it there are at the beginning, done. */
static size_t map_ascii(char *text, size_t size)
{
    const size_t ascii = utf8_ascii(text, size);
    for (size_t i = 0; i < ascii; i++)
        text[i] = (char)(text[i] - (text[i] >= 'a' && text[i] <= 'z' ? 32 : 0));
    return ascii;
}

/* One character and what follows of its kind. */
static size_t run_of_utf8(struct span text)
{
    uint32_t code;
    size_t at = 0, length;
    while (at < text.len && (unsigned char)text.at[at] >= 0x80 &&
           (length = utf8_read(text.at + at, text.len - at, &code)) > 0)
        at += length;
    return at;
}

/* RFC 5051 §2: titlecase, then decomposition, again and again: that is NFKD. */
static int add_mapped(struct span run, struct buf *out)
{
    struct buf titled;
    int status = 0;
    buf_init(&titled, 4 * run.len + 16);
    for (size_t at = 0; at < run.len;) {
        uint32_t code;
        char mapped[4];
        at += utf8_read(run.at + at, run.len - at, &code);
        status |= buf_add(&titled, mapped, utf8_write((uint32_t)uc_totitle(code), mapped));
    }
    size_t length;
    uint8_t *decomposed = u8_normalize(UNINORM_NFKD, (const uint8_t *)titled.data, titled.len, NULL, &length);
    if (status == 0 && decomposed != NULL)
        status = buf_add(out, decomposed, length);
    else
        status = buf_add_span(out, run);
    free(decomposed);
    buf_free(&titled);
    return status;
}

void casemap(struct buf *text)
{
    const size_t ascii = map_ascii(text->data, text->len);
    if (ascii == text->len)
        return;
    struct buf out;
    buf_init(&out, text->max);
    int status = buf_add(&out, text->data, ascii);
    for (size_t at = ascii; at < text->len && status == 0;) {
        const struct span rest = { text->data + at, text->len - at };
        size_t length = run_of_utf8(rest);
        if (length > 0) {
            status = add_mapped((struct span){ rest.at, length }, &out);
        } else {
            length = map_ascii(text->data + at, rest.len);
            length = length > 0 ? length : 1;
            status = buf_add(&out, rest.at, length);
        }
        at += length;
    }
    if (status == 0) {
        const struct buf old = *text;
        *text = out;
        out = old;
    }
    buf_free(&out);
}
