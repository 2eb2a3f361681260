/*
 * imap.c - IMAP's fields (RFC 9051, RFC 3501), from the events of the watch.
 *
 * A response with literals is several lines; as in Wireshark its fields are
 * given to the packet that completes it, so the lines before are held until
 * then. Where Wireshark takes a word for a tag that is none (the ")" that
 * closes a FETCH, the bytes of a literal, DONE), we give no tag.
 */
#include <stdlib.h>
#include <string.h>

#include "visualizer/mail_kind.h"
#include "visualizer/protocols.h"

enum {
    ISREQUEST, LINE, REQUEST, REQUEST_TAG, TAG, REQUEST_COMMAND, COMMAND, REQUEST_UID, REQUEST_FOLDER, REQUEST_USERNAME,
    REQUEST_PASSWORD, RESPONSE, RESPONSE_TAG, RESPONSE_STATUS, RESPONSE_COMMAND, RESPONSE_TO, IMAP_FIELDS
};

static const struct field_row rows[IMAP_FIELDS] = {
    [ISREQUEST] = { "imap.isrequest", FIELD_BOOLEAN, 1, FIELD_HIDDEN, N_("Request"), N_("The client speaks."), NULL },
    [LINE] = { "imap.line", FIELD_TEXT, 0, 1, N_("Line"), N_("One line, with its CR LF; literals are not in it."),
               NULL },
    [REQUEST] = { "imap.request", FIELD_TEXT, 0, 2, N_("Request"), N_("A line from the client."), NULL },
    [REQUEST_TAG] = { "imap.request_tag", FIELD_TEXT, 0, 2, N_("Request tag"),
                      N_("The client's name for this command; the reply will carry it."), NULL },
    [TAG] = { "imap.tag", FIELD_TEXT, 0, FIELD_HIDDEN, N_("Tag"), N_("The tag of a command or a reply."), NULL },
    [REQUEST_COMMAND] = { "imap.request.command", FIELD_TEXT, 0, 2, N_("Request command"), N_("The verb."), NULL },
    [COMMAND] = { "imap.command", FIELD_TEXT, 0, FIELD_HIDDEN, N_("Command"),
                  N_("The second word of a command, the third of a reply."), NULL },
    [REQUEST_UID] = { "imap.request.command.uid", FIELD_BOOLEAN, 1, 2, N_("By UID"),
                      N_("The command names messages by their unique identifiers, not by their present numbers."),
                      NULL },
    [REQUEST_FOLDER] = { "imap.request.folder", FIELD_TEXT, 0, 2, N_("Request folder"), N_("The mailbox it is about."),
                         NULL },
    [REQUEST_USERNAME] = { "imap.request.username", FIELD_TEXT, 0, 2, N_("User name"), N_("Who wants to log in."),
                           NULL },
    [REQUEST_PASSWORD] = { "imap.request.password", FIELD_TEXT, 0, 2, N_("Password"), N_("In the clear."), NULL },
    [RESPONSE] = { "imap.response", FIELD_TEXT, 0, 2, N_("Response"), N_("The server's last word on a command."),
                   NULL },
    [RESPONSE_TAG] = { "imap.response_tag", FIELD_TEXT, 0, 2, N_("Response tag"),
                       N_("Which command this answers; \"+\" asks the client to go on."), NULL },
    [RESPONSE_STATUS] = { "imap.response.status", FIELD_TEXT, 0, 2, N_("Response status"),
                          N_("OK, NO (refused) or BAD (not understood)."), NULL },
    [RESPONSE_COMMAND] = { "imap.response.command", FIELD_TEXT, 0, 2, N_("Response command"),
                           N_("The word after the status: a response code in brackets, or text for people."), NULL },
    [RESPONSE_TO] = { "imap.response_to", FIELD_FRAME, 4, 2, N_("Request in"), N_("The packet with the command."),
                      NULL },
};

enum { HELD_MAX = 1 << 16, ASKED = 64, TAG_MAX = 32 };

struct asked {
    char tag[TAG_MAX];
    uint32_t packet;
};

struct imap_memory {
    bool ready;
    bool letter[2];             /* the literal that comes in this direction is a letter */
    bool going_on[2];           /* the last line announced a literal */
    struct buf held;            /* the lines of a response that is not complete */
    struct asked asked[ASKED];  /* the last commands, a ring */
    unsigned next;
};

static void close_memory(void *memory)
{
    struct imap_memory *imap = memory;
    if (imap->ready)
        buf_free(&imap->held);
}

/* --- words ---------------------------------------------------------------------------- */

/* A line in a slice, cut into words as the fields want them. */
struct words {
    const struct mail_run *run;
    struct slice bytes;
    size_t at, end;
};

static struct span next_word(struct words *words, size_t *place)
{
    while (words->at < words->end && words->bytes.at[words->at] == ' ')
        words->at++;
    const size_t from = words->at;
    const bool quoted = from < words->end && words->bytes.at[from] == '"';
    words->at += quoted;
    while (words->at < words->end && words->bytes.at[words->at] != (quoted ? '"' : ' '))
        words->at++;
    if (quoted && words->at < words->end)
        words->at++;
    *place = from;
    return (struct span){ (const char *)words->bytes.at + from, words->at - from };
}

static struct span word_field(struct words *words, unsigned row)
{
    size_t at;
    const struct span word = next_word(words, &at);
    if (word.len > 0)
        field_bytes(words->run->packet, row, words->bytes, at, word.len);
    return word;
}

static void field_of_word(const struct words *words, unsigned row, struct span word, size_t at)
{
    if (word.len > 0)
        field_bytes(words->run->packet, row, words->bytes, at, word.len);
}

static bool names_folder(struct span command, unsigned *skip)
{
    static const char *const first[] = { "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE",
                                         "STATUS", "APPEND" };
    *skip = 0;
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        if (span_is_nocase(command, first[i]))
            return true;
    *skip = 1; /* the set of messages stands before */
    return span_is_nocase(command, "COPY") || span_is_nocase(command, "MOVE");
}

static void login_fields(struct words *words)
{
    size_t at;
    word_field(words, REQUEST_USERNAME);
    struct span password = next_word(words, &at);
    if (password.len >= 2 && password.at[0] == '"') {
        password = (struct span){ password.at + 1, password.len - 2 };
        at++;
    }
    if (password.len > 0 && password.at[0] != '{') /* it may come as a literal */
        field_bytes(words->run->packet, REQUEST_PASSWORD, words->bytes, at, password.len);
}

/* --- requests ---------------------------------------------------------------------------- */

static void remember(struct imap_memory *imap, struct span tag, uint32_t packet)
{
    if (tag.len >= TAG_MAX)
        return;
    struct asked *asked = &imap->asked[imap->next++ % ASKED];
    memcpy(asked->tag, tag.at, tag.len);
    asked->tag[tag.len] = '\0';
    asked->packet = packet;
}

static void request(const struct mail_run *run, struct slice bytes, size_t at, size_t length)
{
    struct words words = { run, bytes, at, at + length };
    size_t place;
    const struct span tag = next_word(&words, &place);
    field_of_word(&words, REQUEST_TAG, tag, place);
    field_of_word(&words, TAG, tag, place);
    remember(run->memory, tag, run->packet->number);
    struct span command = next_word(&words, &place);
    field_of_word(&words, COMMAND, command, place);
    if (span_is_nocase(command, "UID")) {
        field_number(run->packet, REQUEST_UID, bytes, place, command.len, 1);
        command = next_word(&words, &place);
    }
    field_of_word(&words, REQUEST_COMMAND, command, place);
    unsigned skip;
    if (span_is_nocase(command, "LOGIN")) {
        login_fields(&words);
    } else if (names_folder(command, &skip)) {
        if (skip)
            next_word(&words, &place);
        word_field(&words, REQUEST_FOLDER);
    }
}

/* --- responses ----------------------------------------------------------------------------- */

static void response(const struct mail_run *run, struct slice bytes, size_t at, size_t length)
{
    struct words words = { run, bytes, at, at + length };
    const struct imap_memory *imap = run->memory;
    size_t place;
    field_bytes(run->packet, RESPONSE, bytes, at, length);
    const struct span tag = next_word(&words, &place);
    field_of_word(&words, RESPONSE_TAG, tag, place);
    field_of_word(&words, TAG, tag, place);
    if (span_is(tag, "+"))
        return;
    word_field(&words, RESPONSE_STATUS);
    const struct span word = next_word(&words, &place);
    field_of_word(&words, RESPONSE_COMMAND, word, place);
    field_of_word(&words, COMMAND, word, place);
    for (unsigned i = 0; i < ASKED; i++)
        if (tag.len > 0 && span_is(tag, imap->asked[i].tag)) {
            field_number(run->packet, RESPONSE_TO, bytes, at, 0, imap->asked[i].packet);
            return;
        }
}

/* The lines of a response with literals, together: only the first and the last can be more than data. */
static void held_lines(const struct mail_run *run, struct imap_memory *imap)
{
    const struct slice bytes = packet_buffer(run->packet, BUFFER_STREAM, imap->held.data, imap->held.len, true);
    buf_clear(&imap->held);
    for (size_t at = 0; at < bytes.len;) {
        const uint8_t *end = memchr(bytes.at + at, '\n', bytes.len - at);
        const size_t size = end ? (size_t)(end - bytes.at) + 1 - at : bytes.len - at;
        field_bytes(run->packet, LINE, bytes, at, size);
        at += size;
    }
}

static bool is_tagged(const struct watch_event *event)
{
    return event->kind == WATCH_REPLY || event->kind == WATCH_CONTINUE || (event->kind == WATCH_TLS && event->tag.len);
}

static void server_line(const struct mail_run *run, const struct watch_event *event)
{
    struct imap_memory *imap = run->memory;
    const size_t at = mail_event_at(run, event), size = mail_event_size(run, event);
    if (event->unfinished || imap->held.len > 0) {
        if (buf_add(&imap->held, run->bytes.at + at, size) != 0)
            buf_clear(&imap->held);
        if (!event->unfinished)
            held_lines(run, imap);
        return;
    }
    field_bytes(run->packet, LINE, run->bytes, at, size);
    if (is_tagged(event))
        response(run, run->bytes, at, event->text.len);
}

static void client_line(const struct mail_run *run, const struct watch_event *event)
{
    struct imap_memory *imap = run->memory;
    const size_t at = mail_event_at(run, event), size = mail_event_size(run, event);
    const bool continued = imap->going_on[FROM_CLIENT];
    imap->going_on[FROM_CLIENT] = event->unfinished;
    field_bytes(run->packet, LINE, run->bytes, at, size);
    if (event->text.len == 0)
        return;
    field_bytes(run->packet, REQUEST, run->bytes, at, event->text.len);
    if (!continued && event->kind != WATCH_AUTH_DATA && event->tag.len > 0)
        request(run, run->bytes, at, event->text.len);
}

static void fields(const struct mail_run *run)
{
    struct imap_memory *imap = run->memory;
    if (!imap->ready) {
        buf_init(&imap->held, HELD_MAX);
        imap->ready = true;
    }
    field_number(run->packet, ISREQUEST, run->bytes, 0, 0, run->direction == FROM_CLIENT);
    for (size_t i = 0; i < run->count; i++) {
        const struct watch_event *event = &run->events[i];
        if (event->kind == WATCH_CONTENT || event->kind == WATCH_CONTENT_END)
            continue;
        if (event->from_client)
            client_line(run, event);
        else
            server_line(run, event);
    }
}

/* --- letters ----------------------------------------------------------------------------------- */

static bool ends_with(struct span text, const char *end)
{
    const size_t size = strlen(end);
    return text.len >= size && span_is_nocase((struct span){ text.at + text.len - size, size }, end);
}

/* "... BODY[HEADER.FIELDS (A B)] {303}": what stands before the announcement says what the literal is. */
static bool announces_letter(struct span line)
{
    const char *brace = memrchr(line.at, '{', line.len);
    if (!brace)
        return false;
    line.len = (size_t)(brace - line.at);
    while (line.len > 0 && (line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '~'))
        line.len--;
    if (ends_with(line, "RFC822") || ends_with(line, "RFC822.HEADER"))
        return true;
    if (ends_with(line, "<0>"))
        line.len -= 3;
    if (!ends_with(line, "]"))
        return false;
    const char *open = memrchr(line.at, '[', line.len);
    if (!open)
        return false;
    const struct span section = { open + 1, (size_t)(line.at + line.len - 1 - (open + 1)) };
    return section.len == 0 || ends_with(section, "HEADER") || ends_with(section, ".MIME") ||
           memmem(section.at, section.len, "HEADER.FIELDS", 13) != NULL;
}

static void observe(const struct watch_event *event, void *memory)
{
    struct imap_memory *imap = memory;
    if (event->kind == WATCH_CONTENT || event->kind == WATCH_CONTENT_END || !event->unfinished)
        return;
    const bool appends = event->command && span_is(span_of(event->command->name), "APPEND");
    imap->letter[event->from_client ? FROM_CLIENT : FROM_SERVER] =
        event->from_client ? appends : announces_letter(event->text);
}

static bool begins_letter(const struct watch_event *event, void *memory)
{
    return ((struct imap_memory *)memory)->letter[event->from_client ? FROM_CLIENT : FROM_SERVER];
}

static bool ends_letter(const struct watch_event *event, void *memory)
{
    (void)event;
    (void)memory;
    return true;
}

static const struct mail_kind kind = {
    .name = "IMAP",
    .watch = WATCH_IMAP,
    .protocol = PROTOCOL_IMAP,
    .memory_size = sizeof(struct imap_memory),
    .close = close_memory,
    .fields = fields,
    .observe = observe,
    .begins_letter = begins_letter,
    .ends_letter = ends_letter,
};

static void *open_stream(struct stream *stream)
{
    return mail_open(stream, &kind);
}

const struct stream_ops imap_stream_ops = {
    .name = "IMAP", .open = open_stream, .data = mail_data, .gap = mail_gap, .close = mail_close,
};

bool imap_looks(enum direction direction, struct span first)
{
    return direction == FROM_SERVER && first.len >= 5 &&
           (memcmp(first.at, "* OK ", 5) == 0 || (first.len >= 10 && memcmp(first.at, "* PREAUTH ", 10) == 0));
}

const struct protocol imap_protocol = {
    .name = "IMAP",
    .title = N_("Internet Message Access Protocol"),
    .filter = "imap",
    .osi = 7,
    .tcpip = TCPIP_APPLICATION,
    .rows = rows,
    .row_count = IMAP_FIELDS,
};
