#include "server/smtpd_letter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/date.h"
#include "core/mem.h"
#include "core/smtp_parse.h"
#include "core/words.h"
#include "server/config.h"

enum {
    OUT_MAX = 64 * 1024,  /* content is handed on in pieces of half of this */
    RECEIVED_MAX = 100,   /* RFC 5321 §6.3: more trace lines mean that the letter goes round in circles */
};

static const struct smtpd_reply delivery_replies[] = {
    [DELIVERY_UNKNOWN] = { 550, "5.1.1", N_("There is no such user here.") },
    [DELIVERY_REMOTE] = { 550, "5.7.1", N_("This address is not here.") },
    [DELIVERY_LOOP] = { 550, "5.4.6", N_("The aliases of this address run in a circle.") },
    [DELIVERY_FULL] = { 452, "4.3.1", N_("There is no room for letters at the moment; try again later.") },
    [DELIVERY_OVER_QUOTA] = { 452, "4.2.2", N_("The mailbox is full; its owner has to delete something first.") },
    [DELIVERY_TOO_BIG] = { 552, "5.3.4", N_("The letter is bigger than this server takes.") },
    [DELIVERY_FAILED] = { 451, "4.3.0", N_("The letter could not be stored; try again later.") },
};

static const struct smtpd_reply *delivery_reply(enum delivery_result result)
{
    return result == DELIVERY_OK ? NULL : &delivery_replies[result];
}

void smtpd_letter_begin(struct smtpd_letter *letter, const struct session *session,
                        const struct smtp_envelope *envelope)
{
    *letter = (struct smtpd_letter){ .session = session, .in_header = true, .utf8 = envelope->smtputf8 };
    letter->sender = span_copy(envelope->path.mailbox);
    letter->ret = envelope->ret;
    letter->announced = envelope->size;
    letter->envid = envelope->envid.len > 0 ? span_copy(envelope->envid) : NULL;
    buf_init(&letter->out, OUT_MAX);
}

void smtpd_letter_drop(struct smtpd_letter *letter)
{
    if (letter->sender == NULL)
        return;
    if (letter->delivery != NULL)
        delivery_free(letter->delivery);
    if (letter->chunked)
        line_free(&letter->chunks);
    buf_free(&letter->out);
    free(letter->sender);
    free(letter->recipient);
    free(letter->envid);
    *letter = (struct smtpd_letter){ 0 };
}

static void begin_delivery(struct smtpd_letter *letter)
{
    letter->delivery = delivery_new(letter->session, span_of(letter->sender));
    struct queue_envelope *envelope = delivery_envelope(letter->delivery);
    envelope->ret = letter->ret;
    envelope->envid = mem_text(letter->envid);
}

const struct smtpd_reply *smtpd_letter_recipient(struct smtpd_letter *letter, const struct smtp_envelope *envelope)
{
    struct buf local;
    const struct smtp_path *path = &envelope->path;
    if (letter->delivery == NULL)
        begin_delivery(letter);
    buf_init(&local, SMTP_LOCAL_MAX);
    smtp_local_part(path, &local);
    const struct delivery_address address = { .mailbox = path->mailbox, .local = buf_span(&local),
                                              .domain = path->domain, .notify = envelope->notify,
                                              .original = envelope->orcpt, .size = letter->announced };
    enum delivery_result result = delivery_recipient(letter->delivery, &address);
    buf_free(&local);
    if (result == DELIVERY_OK && letter->recipients++ == 0)
        letter->recipient = span_copy(path->mailbox);
    return delivery_reply(result);
}

/* The first fault is the one that is told. */
static void blame(struct smtpd_letter *letter, int code, const char *enhanced, const char *text)
{
    if (letter->fault.code == 0)
        letter->fault = (struct smtpd_reply){ code, enhanced, text };
}

static void flush(struct smtpd_letter *letter)
{
    if (letter->fault.code == 0 && letter->out.len > 0) {
        const struct smtpd_reply *reply =
            delivery_reply(delivery_write(letter->delivery, letter->out.data, letter->out.len));
        if (reply != NULL)
            letter->fault = *reply;
    }
    buf_clear(&letter->out);
}

static void put(struct smtpd_letter *letter, struct span text, const char *end)
{
    if (letter->out.len + text.len + strlen(end) > OUT_MAX / 2)
        flush(letter);
    buf_add_span(&letter->out, text);
    buf_add_text(&letter->out, end);
}

void smtpd_letter_trace(struct smtpd_letter *letter, struct span received)
{
    put(letter, received, "\r\n");
}

/* How long a field's name is at the beginning of the line, colon excluded; 0: this is no field (RFC 5322 §2.2). */
static size_t field_name(struct span line)
{
    size_t i = 0;
    while (i < line.len && line.at[i] > ' ' && line.at[i] < 127 && line.at[i] != ':')
        i++;
    return i < line.len && line.at[i] == ':' ? i : 0;
}

/* RFC 6409 §8.2, §8.3 allow an MSA to add what every letter should have (RFC 5322 §3.6). */
static void complete_header(struct smtpd_letter *letter)
{
    struct buf line;
    if (!letter->session->listener->submission)
        return;
    buf_init(&line, 512);
    if (!letter->has_date) {
        struct date date;
        date_from_unix((int64_t)time(NULL), 0, &date);
        buf_add_text(&line, "Date: ");
        date_write(&date, &line);
        put(letter, buf_span(&line), "\r\n");
        buf_clear(&line);
    }
    if (!letter->has_message_id) {
        buf_printf(&line, "Message-ID: <%s.%lld@%s>", delivery_id(letter->delivery), (long long)time(NULL),
                   config_text(letter->session->config, CONFIG_MYHOSTNAME));
        put(letter, buf_span(&line), "\r\n");
    }
    buf_free(&line);
}

static void header_line(struct smtpd_letter *letter, struct span line)
{
    bool is_folded = line.len > 0 && (line.at[0] == ' ' || line.at[0] == '\t') && letter->size > 0;
    struct span name = { line.at, field_name(line) };
    if (is_folded)
        return;
    if (name.len == 0) {
        /* The empty line; or text without a header before it, as people type it: then it gets one. */
        complete_header(letter);
        letter->in_header = false;
        if (line.len > 0)
            put(letter, span_of(""), "\r\n");
        return;
    }
    letter->received += span_is_nocase(name, "Received");
    letter->has_date = letter->has_date || span_is_nocase(name, "Date");
    letter->has_message_id = letter->has_message_id || span_is_nocase(name, "Message-ID");
    if (letter->received > RECEIVED_MAX)
        blame(letter, 554, "5.4.6", N_("The letter has more than 100 Received lines: it goes round in circles."));
}

static void judge_size(struct smtpd_letter *letter, uint64_t size)
{
    long long limit = config_number(letter->session->config, CONFIG_MESSAGE_SIZE_LIMIT);
    if (limit > 0 && size > (uint64_t)limit)
        letter->fault = delivery_replies[DELIVERY_TOO_BIG];
}

static void judge(struct smtpd_letter *letter, struct span text, unsigned flags)
{
    if (flags & LINE_BARE_LF)
        blame(letter, 554, "5.6.0", N_("The letter has a line that ends with LF alone (RFC 5321 §2.3.8)."));
    if (flags & LINE_BARE_CR)
        blame(letter, 554, "5.6.0", N_("The letter has a CR without LF (RFC 5321 §2.3.8)."));
    if (flags & LINE_NUL)
        blame(letter, 554, "5.6.0", N_("The letter has a NUL byte (RFC 5321 §4.5.2)."));
    if (text.len > SMTP_TEXT_MAX - 2 || (flags & LINE_UNFINISHED) || letter->line_open)
        blame(letter, 554, "5.6.0", N_("The letter has a line of more than 1000 octets (RFC 5321 §4.5.3.1.6)."));
    judge_size(letter, letter->size);
}

void smtpd_letter_line(struct smtpd_letter *letter, struct span text, unsigned flags)
{
    if (letter->fault.code == 0 && letter->in_header && !letter->line_open)
        header_line(letter, text);
    letter->header_8bit |= letter->in_header && (flags & LINE_8BIT) != 0;
    letter->size += text.len + (flags & LINE_UNFINISHED ? 0 : 2);
    judge(letter, text, flags);
    letter->line_open = flags & LINE_UNFINISHED;
    if (letter->fault.code == 0)
        put(letter, text, "\r\n");
}

void smtpd_letter_chunk(struct smtpd_letter *letter, struct span bytes)
{
    struct line line;
    if (!letter->chunked) {
        line_init(&letter->chunks, SMTP_TEXT_MAX - 2);
        letter->chunks.in_pieces = true;
        letter->chunked = true;
    }
    line_feed(&letter->chunks, bytes.at, bytes.len);
    while (line_next(&letter->chunks, &line) == 1)
        smtpd_letter_line(letter, line.text, line.flags);
    judge_size(letter, letter->size + line_waiting(&letter->chunks));
}

const struct smtpd_reply *smtpd_letter_commit(struct smtpd_letter *letter)
{
    /* A last line without its end: it gets one, as DATA would have made it. */
    if (letter->chunked && line_waiting(&letter->chunks) > 0)
        smtpd_letter_chunk(letter, span_of("\r\n"));
    if (letter->fault.code == 0 && letter->in_header)
        complete_header(letter);
    flush(letter);
    if (letter->fault.code != 0)
        return &letter->fault;
    delivery_envelope(letter->delivery)->utf8 = letter->utf8 && letter->header_8bit;
    return delivery_reply(delivery_commit(letter->delivery));
}
