#include "edit.h"

#include <string.h>

#include "core/utf8.h"
#include "io/keys.h"

#define CTRL(letter) ((letter) & 0x1f)

void edit_start(struct edit *edit, char *text, size_t size)
{
    *edit = (struct edit){ .text = text, .size = size, .cursor = strlen(text) };
}

/* The character before the cursor begins there. Marks are characters of their own here. */
static size_t before(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && ((unsigned char)edit->text[--at] & 0xc0) == 0x80)
        ;
    return at;
}

static size_t after(const struct edit *edit)
{
    uint32_t code;
    const char *at = edit->text + edit->cursor;
    size_t length = utf8_read(at, strlen(at), &code);
    return edit->cursor + (length > 0 ? length : *at != '\0');
}

static void cut(struct edit *edit, size_t from, size_t to)
{
    memmove(edit->text + from, edit->text + to, strlen(edit->text + to) + 1);
    edit->cursor = from;
}

static size_t word_start(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && edit->text[at - 1] == ' ')
        at--;
    while (at > 0 && edit->text[at - 1] != ' ')
        at--;
    return at;
}

static bool insert(struct edit *edit, int key)
{
    char bytes[4];
    if (key < ' ' || key == KEYS_BACKSPACE || key >= KEYS_UP || (key >= 0x80 && key < 0xa0))
        return false;
    size_t length = utf8_write((uint32_t)key, bytes), used = strlen(edit->text);
    if (used + length < edit->size) {
        memmove(edit->text + edit->cursor + length, edit->text + edit->cursor, used - edit->cursor + 1);
        memcpy(edit->text + edit->cursor, bytes, length);
        edit->cursor += length;
    }
    return true;
}

bool edit_key(struct edit *edit, int key)
{
    switch (key) {
    case KEYS_LEFT: case CTRL('B'):
        edit->cursor = before(edit);
        return true;
    case KEYS_RIGHT: case CTRL('F'):
        edit->cursor = after(edit);
        return true;
    case KEYS_HOME: case CTRL('A'):
        edit->cursor = 0;
        return true;
    case KEYS_END: case CTRL('E'):
        edit->cursor = strlen(edit->text);
        return true;
    case KEYS_BACKSPACE:
        cut(edit, before(edit), edit->cursor);
        return true;
    case KEYS_DELETE: case CTRL('D'):
        cut(edit, edit->cursor, after(edit));
        return true;
    case CTRL('U'):
        cut(edit, 0, edit->cursor);
        return true;
    case CTRL('K'):
        edit->text[edit->cursor] = '\0';
        return true;
    case CTRL('W'):
        cut(edit, word_start(edit), edit->cursor);
        return true;
    default:
        return insert(edit, key);
    }
}
