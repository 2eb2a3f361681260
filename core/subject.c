#include "subject.h"

#include <string.h>
#include <strings.h>

static bool begins(struct span text, const char *word)
{
    const size_t len = strlen(word);
    return text.len >= len && strncasecmp(text.at, word, len) == 0;
}

static bool ends(struct span text, const char *word)
{
    const size_t len = strlen(word);
    return text.len >= len && strncasecmp(text.at + text.len - len, word, len) == 0;
}

static struct span skip(struct span text, size_t count)
{
    return (struct span){ text.at + count, text.len - count };
}

static struct span skip_spaces(struct span text)
{
    while (text.len > 0 && text.at[0] == ' ')
        text = skip(text, 1);
    return text;
}

/* §2.1 (1): "Convert all tabs and continuations to space. Convert all multiple spaces to a single space." */
static struct span squeeze(struct span text, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < text.len; i++) {
        const bool blank = text.at[i] == ' ' || text.at[i] == '\t' || text.at[i] == '\r' || text.at[i] == '\n';
        if (!blank)
            buf_add(out, text.at + i, 1);
        else if (out->len == 0 || out->data[out->len - 1] != ' ')
            buf_add(out, " ", 1);
    }
    return (struct span){ buf_text(out), out->len };
}

/* (2) subj-trailer = "(fwd)" / WSP */
static struct span cut_trailers(struct span text, bool *is_reply)
{
    while (ends(text, " ") || ends(text, "(fwd)")) {
        const bool forwarded = !ends(text, " ");
        *is_reply = *is_reply || forwarded;
        text.len -= forwarded ? 5 : 1;
    }
    return text;
}

/* subj-blob = "[" *BLOBCHAR "]" *WSP; the same text when none begins here. */
static struct span skip_blob(struct span text)
{
    size_t at = 1;
    if (!begins(text, "["))
        return text;
    while (at < text.len && text.at[at] != '[' && text.at[at] != ']')
        at++;
    return at < text.len && text.at[at] == ']' ? skip_spaces(skip(text, at + 1)) : text;
}

/* subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":" */
static bool skip_reply(struct span *text)
{
    const size_t word = begins(*text, "fwd") ? 3 : begins(*text, "re") || begins(*text, "fw") ? 2 : 0;
    if (word == 0)
        return false;
    const struct span rest = skip_blob(skip_spaces(skip(*text, word)));
    if (!begins(rest, ":"))
        return false;
    *text = skip(rest, 1);
    return true;
}

/*
 * (3) to (5): leaders, which are blobs before "Re:", and blobs alone as long as something is left. All blobs in a row
 * are looked at together, so that many of them cost no more than their bytes.
 */
static struct span cut_leaders(struct span text, bool *is_reply)
{
    while (true) {
        text = skip_spaces(text);
        struct span after = text, last = text, next;
        while ((next = skip_blob(after)).len < after.len) {
            last = after;
            after = next;
        }
        if (after.len == 0)
            return last;
        if (!skip_reply(&after))
            return after;
        *is_reply = true;
        text = after;
    }
}

struct span subject_base(struct span subject, struct buf *out, bool *is_reply)
{
    struct span text = squeeze(subject, out);
    *is_reply = false;
    while (true) {
        text = cut_leaders(cut_trailers(text, is_reply), is_reply);
        if (!begins(text, "[fwd:") || !ends(text, "]")) /* (6) */
            return text;
        *is_reply = true;
        text = (struct span){ text.at + 5, text.len - 6 };
    }
}
