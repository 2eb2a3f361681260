/*
 * What IMAP's answers are made of: strings, mailbox names, flags.
 *
 * A string is quoted where it can be and a literal where it cannot: with CR,
 * LF or NUL, with bytes over 127 before the client has said that it reads
 * UTF-8 (RFC 9051 §4.3), or when it is long.
 */
#include "server/imapd_session.h"

#include <string.h>

#include "core/imap_name.h"
#include "core/utf8.h"

enum { QUOTED_MAX = 1000 };

static const struct {
    unsigned flag;
    const char *name;
} system_flags[] = {
    { MAIL_ANSWERED, "\\Answered" }, { MAIL_FLAGGED, "\\Flagged" }, { MAIL_DELETED, "\\Deleted" },
    { MAIL_SEEN, "\\Seen" },         { MAIL_DRAFT, "\\Draft" },     { MAIL_FORWARDED, "$Forwarded" },
};
enum { SYSTEM_FLAGS = sizeof system_flags / sizeof system_flags[0] };

static bool can_quote(const struct imapd *imapd, struct span text)
{
    bool ascii = true;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.at[i];
        if (c == '\0' || c == '\r' || c == '\n')
            return false;
        ascii = ascii && c < 0x80;
    }
    return text.len <= QUOTED_MAX && (ascii || (imapd->enabled & IMAPD_UTF8 && utf8_valid(text.at, text.len)));
}

void imapd_write_string(struct imapd *imapd, struct span text)
{
    if (!can_quote(imapd, text)) {
        buf_printf(&imapd->out, "{%zu}\r\n", text.len);
        buf_add_span(&imapd->out, text);
        return;
    }
    buf_add_text(&imapd->out, "\"");
    for (size_t from = 0; from < text.len;) {
        size_t to = from;
        while (to < text.len && text.at[to] != '"' && text.at[to] != '\\')
            to++;
        buf_add(&imapd->out, text.at + from, to - from);
        if (to < text.len)
            buf_printf(&imapd->out, "\\%c", text.at[to++]);
        from = to;
    }
    buf_add_text(&imapd->out, "\"");
}

void imapd_write_nstring(struct imapd *imapd, struct span text)
{
    if (text.at == NULL)
        buf_add_text(&imapd->out, "NIL");
    else
        imapd_write_string(imapd, text);
}

void imapd_write_name(struct imapd *imapd, const char *folder)
{
    struct buf utf8;
    buf_init(&utf8, 1 << 16);
    if (imapd->enabled & IMAPD_UTF8 && imap_name_to_utf8(span_of(folder), &utf8) == 0)
        imapd_write_string(imapd, (struct span){ buf_text(&utf8), utf8.len });
    else
        imapd_write_string(imapd, span_of(folder));
    buf_free(&utf8);
}

unsigned imapd_system_flag(struct span name)
{
    for (size_t i = 0; i < SYSTEM_FLAGS; i++)
        if (span_is_nocase(name, system_flags[i].name))
            return system_flags[i].flag;
    return 0;
}

static void write_word(struct imapd *imapd, bool *first, const char *word)
{
    buf_printf(&imapd->out, "%s%s", *first ? "" : " ", word);
    *first = false;
}

static void write_keywords(struct imapd *imapd, bool *first, uint32_t keywords)
{
    for (unsigned n = 0; n < MAILDIR_KEYWORDS; n++) {
        const char *name = keywords >> n & 1 ? mailbox_keyword(imapd->mailbox, n) : NULL;
        if (name != NULL)
            write_word(imapd, first, name);
    }
}

void imapd_write_flags(struct imapd *imapd, const struct message *message)
{
    bool first = true;
    buf_add_text(&imapd->out, "(");
    for (size_t i = 0; i < SYSTEM_FLAGS; i++)
        if (message->flags & system_flags[i].flag)
            write_word(imapd, &first, system_flags[i].name);
    if (message->flags & MAIL_RECENT && !(imapd->enabled & IMAPD_REV2))
        write_word(imapd, &first, "\\Recent");
    write_keywords(imapd, &first, message->keywords);
    buf_add_text(&imapd->out, ")");
}

void imapd_write_flag_list(struct imapd *imapd, bool permanent)
{
    bool first = true;
    buf_add_text(&imapd->out, "(");
    for (size_t i = 0; i < SYSTEM_FLAGS; i++)
        write_word(imapd, &first, system_flags[i].name);
    write_keywords(imapd, &first, UINT32_MAX);
    if (permanent)
        write_word(imapd, &first, "\\*");
    buf_add_text(&imapd->out, ")");
}
