#include "session.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/imap_words.h"
#include "core/pop3_state.h"
#include "core/pop3_words.h"
#include "core/smtp_words.h"
#include "io/i18n.h"

static const struct service_row {
    const char *name;
    enum protocol protocol;
    bool implicit_tls;
} services[] = {
    { "smtp", PROTOCOL_SMTP, false },       { "submission", PROTOCOL_SMTP, false },
    { "submissions", PROTOCOL_SMTP, true }, { "smtps", PROTOCOL_SMTP, true },
    { "pop3", PROTOCOL_POP3, false },       { "pop3s", PROTOCOL_POP3, true },
    { "imap", PROTOCOL_IMAP, false },       { "imaps", PROTOCOL_IMAP, true },
};

enum protocol session_protocol(struct span service, bool *implicit_tls)
{
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (span_is(service, services[i].name)) {
            *implicit_tls = services[i].implicit_tls;
            return services[i].protocol;
        }
    *implicit_tls = false;
    return PROTOCOL_NONE;
}

const struct word_table *session_words(enum protocol protocol)
{
    static const struct word_table *const tables[] = {
        [PROTOCOL_SMTP] = &smtp_words, [PROTOCOL_POP3] = &pop3_words, [PROTOCOL_IMAP] = &imap_words,
        [PROTOCOL_NONE] = NULL,
    };
    return tables[protocol];
}

void session_open(struct session *session, enum protocol protocol, bool we_are_client, struct wire *wire)
{
    static const enum watch_protocol watched[] = {
        [PROTOCOL_SMTP] = WATCH_SMTP, [PROTOCOL_POP3] = WATCH_POP3, [PROTOCOL_IMAP] = WATCH_IMAP,
    };
    *session = (struct session){ .protocol = protocol, .we_are_client = we_are_client, .wire = wire, .state = "" };
    buf_init(&session->in, SESSION_MAX_UNREAD);
    if (protocol == PROTOCOL_NONE)
        return;
    session->watch = watch_new(watched[protocol]);
    session->state = watch_state(session->watch);
}

void session_close(struct session *session)
{
    wire_close(session->wire);
    tls_context_free(session->context);
    watch_free(session->watch);
    buf_free(&session->in);
    *session = (struct session){ .state = "", .ended = true };
}

static void hear(struct session *session, bool from_client, const void *data, size_t size)
{
    struct watch_event event;
    session->note = NULL;
    if (session->watch == NULL || size == 0)
        return;
    watch_feed(session->watch, from_client, data, size);
    while (watch_next(session->watch, &event) == 1) {
        if (event.error != NULL)
            session->note = event.error;
        session->tls_agreed = event.kind == WATCH_TLS;
        if (event.kind == WATCH_COMMAND)
            session->command = event.word;
        else if (!event.from_client && event.word != NULL)
            session->reply = event.word;
        if (event.move != NULL)
            session->move = event.move;
    }
    session->state = watch_state(session->watch);
}

/* What the boundaries of the next reply depend on. */
static void note_command(struct session *session, const char *data, size_t size)
{
    const char *lf = memchr(data, '\n', size);
    struct span line = { data, lf != NULL ? (size_t)(lf - data) : size };
    while (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    if (session->protocol == PROTOCOL_IMAP) {
        size_t length = 0;
        while (length < line.len && line.at[length] > ' ')
            length++;
        if (length > 0 && length < line.len && length < sizeof session->tag)
            snprintf(session->tag, sizeof session->tag, "%.*s", (int)length, line.at);
    } else if (session->protocol == PROTOCOL_POP3) {
        struct span verb = pop3_word(&line);
        session->multiline = pop3_reply_is_multiline(pop3_verb_of(verb), line.len > 0);
    }
}

void session_sent(struct session *session, const void *data, size_t size)
{
    if (session->we_are_client && size > 0)
        note_command(session, data, size);
    hear(session, session->we_are_client, data, size);
}

void session_tls_started(struct session *session)
{
    if (session->watch == NULL)
        return;
    watch_tls_started(session->watch);
    session->state = watch_state(session->watch);
}

enum session_news session_read(struct session *session, int64_t until, struct buf *error)
{
    if (session->wire == NULL || session->ended)
        return SESSION_ENDED;
    size_t before = session->in.len;
    enum wire_news news = wire_read(session->wire, &session->in, until, error);
    session->received += session->in.len - before;
    if (news == WIRE_BYTES && session->received > SESSION_MAX_TOTAL) {
        buf_add_text(error, _("the other side sends far more than the dialogue expects"));
        return SESSION_BROKEN;
    }
    session->ended |= news == WIRE_ENDED || news == WIRE_BROKEN;
    static const enum session_news meanings[] = { [WIRE_BYTES] = SESSION_GOT, [WIRE_LATE] = SESSION_LATE,
                                                  [WIRE_ENDED] = SESSION_ENDED, [WIRE_BROKEN] = SESSION_BROKEN };
    return meanings[news];
}

enum session_news session_line(struct session *session, size_t from, int64_t until, struct span *line,
                               struct buf *error)
{
    size_t looked = from;
    for (;;) {
        const char *lf = looked < session->in.len ? memchr(session->in.data + looked, '\n', session->in.len - looked)
                                                  : NULL;
        if (lf != NULL) {
            *line = (struct span){ session->in.data + from, (size_t)(lf + 1 - (session->in.data + from)) };
            return SESSION_GOT;
        }
        looked = session->in.len > from ? session->in.len : from;
        enum session_news news = session_read(session, until, error);
        if (news != SESSION_GOT)
            return news;
    }
}

/* The octets of a literal that the line announces: "... {29}\r\n"; 0 for none. */
static size_t literal_of(struct span line)
{
    size_t at = line.len, size = 0, power = 1;
    while (at > 0 && (line.at[at - 1] == '\n' || line.at[at - 1] == '\r'))
        at--;
    if (at == 0 || line.at[at - 1] != '}')
        return 0;
    for (at--; at > 0 && isdigit((unsigned char)line.at[at - 1]) && power < 100000000; at--, power *= 10)
        size += power * (size_t)(line.at[at - 1] - '0');
    return at > 0 && line.at[at - 1] == '{' ? size : 0;
}

/* Is it the last line of the reply whose first line is given? */
static bool ends_reply(const struct session *session, struct span first, struct span line)
{
    size_t tag = strlen(session->tag);
    switch (session->protocol) {
    case PROTOCOL_SMTP:
        return line.len < 4 || line.at[3] != '-' || memcmp(first.at, line.at, 3) != 0;
    case PROTOCOL_POP3:
        return !session->multiline || first.at[0] != '+' || (first.at != line.at && span_is(line, ".\r\n"));
    case PROTOCOL_IMAP:
        return tag == 0 || (line.len > 1 && line.at[0] == '+' && line.at[1] == ' ') ||
               (line.len > tag && memcmp(line.at, session->tag, tag) == 0 && line.at[tag] == ' ');
    default:
        return true;
    }
}

static void add_text(struct buf *text, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.at[i] != '\r' || i + 1 == bytes.len || bytes.at[i + 1] != '\n')
            buf_add(text, bytes.at + i, 1);
}

enum session_news session_reply(struct session *session, int64_t until, size_t *size, struct buf *text,
                                struct buf *error)
{
    struct span line, first;
    size_t literal = 0;
    *size = 0;
    do {
        while (session->in.len < *size + literal) {
            enum session_news news = session_read(session, until, error);
            if (news != SESSION_GOT)
                return news;
        }
        size_t from = *size + literal;
        enum session_news news = session_line(session, from, until, &line, error);
        if (news != SESSION_GOT)
            return news;
        first = (struct span){ session->in.data, line.len };
        literal = session->protocol == PROTOCOL_IMAP ? literal_of(line) : 0;
        *size = from + line.len;
    } while (literal > 0 || !ends_reply(session, first, line));
    add_text(text, (struct span){ session->in.data, *size });
    if (text->len > 0 && text->data[text->len - 1] == '\n')
        text->len--;
    return SESSION_GOT;
}

void session_take(struct session *session, size_t size)
{
    hear(session, !session->we_are_client, session->in.data, size);
    if (!session->we_are_client && size > 0)
        note_command(session, session->in.data, size);
    buf_drop(&session->in, size);
}
