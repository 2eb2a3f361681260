#include "wire_fault.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/filter.h"
#include "visualizer/wire_change.h"

/* A word for a kind of frame: all that is set must be so. */
struct wire_kind {
    const char *word;
    uint16_t type;
    uint16_t arp;
    uint8_t protocol;
    uint8_t flags_mask, flags;
    bool data;          /* a payload */
    uint16_t to_port, from_port;
};

static const struct wire_kind kinds[] = {
    { .word = "packet" },
    { .word = "frame" },
    { .word = "ARP", .type = 0x0806 },
    { .word = "ARP-request", .type = 0x0806, .arp = 1 },
    { .word = "ARP-reply", .type = 0x0806, .arp = 2 },
    { .word = "IPv4", .type = 0x0800 },
    { .word = "IPv6", .type = 0x86dd },
    { .word = "ICMP", .protocol = 1 },
    { .word = "ICMPv6", .protocol = 58 },
    { .word = "UDP", .protocol = 17 },
    { .word = "TCP", .protocol = 6 },
    { .word = "SYN", .protocol = 6, .flags_mask = WIRE_SYN | WIRE_ACK, .flags = WIRE_SYN },
    { .word = "SYN-ACK", .protocol = 6, .flags_mask = WIRE_SYN | WIRE_ACK, .flags = WIRE_SYN | WIRE_ACK },
    { .word = "FIN", .protocol = 6, .flags_mask = WIRE_FIN, .flags = WIRE_FIN },
    { .word = "RST", .protocol = 6, .flags_mask = WIRE_RST, .flags = WIRE_RST },
    { .word = "segment", .protocol = 6, .data = true },
    { .word = "DNS-query", .protocol = 17, .to_port = 53 },
    { .word = "DNS-answer", .protocol = 17, .from_port = 53 },
};

/* The text of a fault while it is read. */
struct reader {
    const char *text;
    const char *at;         /* what comes next */
    const char *word;       /* the word that was read last */
    size_t length;
    struct buf *error;
};

static void skip_space(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

/* Reads the next word; false at the end. */
static bool next_word(struct reader *reader)
{
    skip_space(reader);
    reader->word = reader->at;
    while (*reader->at != '\0' && !isspace((unsigned char)*reader->at))
        reader->at++;
    reader->length = (size_t)(reader->at - reader->word);
    return reader->length > 0;
}

static bool word_is(const struct reader *reader, const char *word)
{
    return span_is_nocase((struct span){ reader->word, reader->length }, word);
}

/* Takes the next word if it is this one. */
static bool accept(struct reader *reader, const char *word)
{
    struct reader before = *reader;
    if (next_word(reader) && word_is(reader, word))
        return true;
    *reader = before;
    return false;
}

static void skip_articles(struct reader *reader)
{
    while (accept(reader, "the") || accept(reader, "a") || accept(reader, "an") || accept(reader, "of") ||
           accept(reader, "in"))
        continue;
}

static int wrong(struct reader *reader, const char *sentence)
{
    buf_printf(reader->error, _("column %d: %s"), (int)(reader->word - reader->text) + 1, _(sentence));
    return -1;
}

/* A number with what follows it in the same word: "2nd", "3", "64". */
static bool read_number(struct reader *reader, uint64_t *number, const char *endings)
{
    struct reader before = *reader;
    char *end;
    if (next_word(reader) && isdigit((unsigned char)*reader->word)) {
        *number = strtoull(reader->word, &end, 10);
        size_t left = reader->length - (size_t)(end - reader->word);
        if (left == 0 || (endings != NULL && left == 2 && memmem(endings, strlen(endings), end, 2) != NULL))
            return true;
    }
    *reader = before;
    return false;
}

static int need_number(struct reader *reader, uint64_t *number)
{
    skip_articles(reader);
    if (read_number(reader, number, NULL))
        return 0;
    next_word(reader);
    return wrong(reader, N_("a number is wanted here"));
}

static int read_unit(struct reader *reader, const char *const *names, const uint64_t *factors, uint64_t *number)
{
    next_word(reader);
    for (size_t i = 0; names[i] != NULL; i++)
        if (word_is(reader, names[i])) {
            *number *= factors[i];
            return 0;
        }
    return wrong(reader, N_("a unit is wanted here: s, ms or us for a time, kbit/s or Mbit/s for a rate"));
}

static int read_time(struct reader *reader, int64_t *time)
{
    static const char *const names[] = { "s", "ms", "us", NULL };
    static const uint64_t factors[] = { 1000000000, 1000000, 1000 };
    uint64_t number = 0;
    if (need_number(reader, &number) != 0 || read_unit(reader, names, factors, &number) != 0)
        return -1;
    *time = (int64_t)number;
    return 0;
}

static int read_rate(struct reader *reader, uint64_t *rate)
{
    static const char *const names[] = { "bit/s", "kbit/s", "Mbit/s", NULL };
    static const uint64_t factors[] = { 1, 1000, 1000000 };
    if (need_number(reader, rate) != 0 || read_unit(reader, names, factors, rate) != 0)
        return -1;
    return *rate > 0 ? 0 : wrong(reader, N_("nothing passes at this rate"));
}

static int read_action(struct reader *reader, struct wire_fault *fault)
{
    static const char *const names[] = { "drop", "hold", "delay", "duplicate", "corrupt", "reorder", "limit",
                                         "rewrite" };
    next_word(reader);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (word_is(reader, names[i])) {
            fault->action = (enum wire_action)i;
            return 0;
        }
    fault->action = WIRE_REWRITE; /* of a field */
    if (word_is(reader, "set"))
        return 0;
    return wrong(reader, N_("what is to be done? drop, hold, delay, duplicate, corrupt, reorder, limit, set or "
                            "rewrite"));
}

/* A field that can be changed. */
static int read_field(struct reader *reader, struct wire_fault *fault)
{
    bool flag;
    if (!next_word(reader))
        return wrong(reader, N_("the name of a field is wanted here, as in: set ip.ttl to 1 in the first SYN"));
    fault->field = mem_copy(reader->word, reader->length);
    if (!wire_change_knows(fault->field, &flag))
        return wrong(reader, N_("there is no field of this name that can be changed: it has to be whole bytes of a "
                                "packet, or a flag of TCP or IPv4"));
    return 0;
}

/* "bit 3 of byte 20 of", or the name of a field, comes before the frame. */
static int read_place(struct reader *reader, struct wire_fault *fault)
{
    uint64_t bit = 0, byte = 0;
    skip_articles(reader);
    if (accept(reader, "bit")) {
        if (need_number(reader, &bit) != 0)
            return -1;
        if (bit > 7)
            return wrong(reader, N_("a byte has the bits 0 to 7"));
        skip_articles(reader);
    }
    if (!accept(reader, "byte")) {
        struct reader before = *reader;
        if (bit == 0 && next_word(reader) && memchr(reader->word, '.', reader->length) != NULL) {
            *reader = before;
            return read_field(reader, fault);
        }
        return wrong(reader, N_("what of the frame? As in: corrupt bit 3 of byte 20 of packet 14, or: corrupt ip.ttl "
                                "of packet 14"));
    }
    if (need_number(reader, &byte) != 0)
        return -1;
    fault->bit = (uint8_t)bit;
    fault->byte = (uint32_t)byte;
    return 0;
}

/* every, first, 2nd, from 3rd on, packet 14: which of the frames that fit. */
static int read_which(struct reader *reader, struct wire_fault *fault)
{
    static const char endings[] = "st nd rd th";
    uint64_t number;
    fault->first = 1;
    fault->last = UINT32_MAX;
    skip_articles(reader);
    if (accept(reader, "every") || accept(reader, "all"))
        return 0;
    if (accept(reader, "first")) {
        fault->last = 1;
    } else if (read_number(reader, &number, endings)) {
        fault->first = fault->last = (uint32_t)number;
        if (number == 0 || number > UINT32_MAX)
            return wrong(reader, N_("frames are counted from 1"));
        if (accept(reader, "and") && accept(reader, "later"))
            fault->last = UINT32_MAX;
    } else if (accept(reader, "packet") && read_number(reader, &number, NULL)) {
        fault->number = number;
    }
    return 0;
}

/* A text in quotation marks; \r \n \" \\ as in C. empty: it may hold nothing. */
static int read_quoted(struct reader *reader, char **copy, size_t *length, bool empty)
{
    struct buf text;
    buf_init(&text, 1024);
    reader->word = reader->at++;
    while (*reader->at != '"' && *reader->at != '\0') {
        char byte = *reader->at++;
        if (byte == '\\' && *reader->at != '\0') {
            byte = *reader->at++;
            byte = byte == 'r' ? '\r' : byte == 'n' ? '\n' : byte;
        }
        buf_add(&text, &byte, 1);
    }
    *length = text.len;
    *copy = mem_copy(buf_text(&text), text.len);
    buf_free(&text);
    if (*reader->at != '"' || (*length == 0 && !empty))
        return wrong(reader, N_("this text has no end, or nothing in it"));
    reader->at++;
    return 0;
}

static int need_quoted(struct reader *reader, char **copy, size_t *length, bool empty)
{
    skip_space(reader);
    if (*reader->at == '"')
        return read_quoted(reader, copy, length, empty);
    next_word(reader);
    return wrong(reader, N_("a text in quotation marks is wanted here, as in: rewrite \"test\" to \"best\" in every "
                            "segment"));
}

static int need_to(struct reader *reader)
{
    if (accept(reader, "to"))
        return 0;
    next_word(reader);
    return wrong(reader, N_("the word \"to\" is wanted here"));
}

/* "STARTTLS" to "XXXXXXXX" */
static int read_texts(struct reader *reader, struct wire_fault *fault)
{
    char *value = NULL;
    if (need_quoted(reader, &fault->contains, &fault->contains_length, false) != 0 || need_to(reader) != 0)
        return -1;
    const int result = need_quoted(reader, &value, &fault->value_length, true);
    fault->value = (uint8_t *)value;
    return result;
}

/* FIELD to VALUE: a word, or a text in quotation marks. */
static int read_setting(struct reader *reader, struct wire_fault *fault)
{
    struct buf bytes;
    if (read_field(reader, fault) != 0 || need_to(reader) != 0)
        return -1;
    skip_space(reader);
    const char *begin = reader->at;
    size_t length;
    char *text = NULL;
    if (*begin == '"' && read_quoted(reader, &text, &length, true) != 0) {
        free(text);
        return -1;
    }
    free(text);
    if (*begin != '"' && !next_word(reader))
        return wrong(reader, N_("a value is wanted here"));
    char *literal = mem_copy(begin, (size_t)(reader->at - begin));
    buf_init(&bytes, 4096);
    const int result = filter_literal_bytes(fault->field, literal, (size_t)(begin - reader->text), &bytes,
                                            reader->error);
    fault->value_length = bytes.len;
    fault->value = (uint8_t *)mem_copy(buf_text(&bytes), bytes.len);
    buf_free(&bytes);
    free(literal);
    return result;
}

static int read_change(struct reader *reader, struct wire_fault *fault)
{
    if (fault->action == WIRE_CORRUPT)
        return read_place(reader, fault);
    if (fault->action != WIRE_REWRITE)
        return 0;
    const bool set = word_is(reader, "set");
    if ((set ? read_setting(reader, fault) : read_texts(reader, fault)) != 0)
        return -1;
    /* Who sets a checksum wants to see it. */
    fault->repair = fault->field == NULL || strstr(fault->field, "checksum") == NULL;
    return 0;
}

static int read_kind(struct reader *reader, struct wire_fault *fault)
{
    skip_articles(reader);
    skip_space(reader);
    if (*reader->at == '"' && fault->contains == NULL)
        return read_quoted(reader, &fault->contains, &fault->contains_length, false);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (accept(reader, kinds[i].word)) {
            fault->kind = &kinds[i];
            (void)(accept(reader, "packet") || accept(reader, "frame")); /* "every UDP packet" */
            return 0;
        }
    return 0;
}

static int read_host(struct reader *reader, char **host)
{
    if (!next_word(reader))
        return wrong(reader, N_("the name of a host is wanted here"));
    free(*host);
    *host = mem_copy(reader->word, reader->length);
    return 0;
}

/* A display filter goes on to the end; its columns are those of the whole text. */
static int read_filter(struct reader *reader, struct wire_fault *fault)
{
    skip_space(reader);
    const char *begin = reader->at;
    reader->word = begin;
    if (*begin == '\0')
        return wrong(reader, N_("a display filter is wanted here, as in: hold every packet where smtp"));
    char *text = mem_printf("%*s%s", (int)(begin - reader->text), "", begin);
    fault->filter = filter_compile(text, NULL, reader->error);
    free(text);
    reader->at += strlen(reader->at);
    return fault->filter != NULL ? 0 : -1;
}

static int read_checksums(struct reader *reader, struct wire_fault *fault, bool repair)
{
    if (fault->action != WIRE_CORRUPT && fault->action != WIRE_REWRITE)
        return wrong(reader, N_("this word is not understood here"));
    fault->repair = repair;
    skip_articles(reader);
    if (accept(reader, "checksums") || accept(reader, "checksum"))
        return 0;
    next_word(reader);
    return wrong(reader, N_("the word \"checksums\" is wanted here"));
}

/* from HOST, to HOST, by TIME, behind N, repair checksums: in any order; where FILTER goes on to the end. */
static int read_rest(struct reader *reader, struct wire_fault *fault)
{
    uint64_t number;
    int result = 0;
    while (result == 0 && next_word(reader)) {
        if (word_is(reader, "and"))
            continue;
        if (word_is(reader, "where"))
            result = read_filter(reader, fault);
        else if (word_is(reader, "repair") || word_is(reader, "leave"))
            result = read_checksums(reader, fault, word_is(reader, "repair"));
        else if (word_is(reader, "from"))
            result = read_host(reader, &fault->from);
        else if (word_is(reader, "to") && fault->action != WIRE_LIMIT)
            result = read_host(reader, &fault->to);
        else if (word_is(reader, "to"))
            result = read_rate(reader, &fault->rate);
        else if (word_is(reader, "by") && fault->action == WIRE_DELAY)
            result = read_time(reader, &fault->delay);
        else if (word_is(reader, "behind") && fault->action == WIRE_REORDER) {
            result = need_number(reader, &number);
            fault->times = (uint32_t)number;
        } else
            result = wrong(reader, N_("this word is not understood here"));
    }
    return result;
}

int wire_fault_parse(struct wire_fault *fault, const char *text, struct buf *error)
{
    struct reader reader = { .text = text, .at = text, .word = text, .error = error };
    memset(fault, 0, sizeof *fault);
    fault->text = mem_text(text);
    fault->times = 1;
    if (read_action(&reader, fault) != 0)
        return -1;
    if (read_change(&reader, fault) != 0)
        return -1;
    const struct reader behind = reader;
    if (fault->action == WIRE_LIMIT && read_host(&reader, &fault->from) != 0)
        return -1;
    if (read_which(&reader, fault) != 0 || (fault->number == 0 && read_kind(&reader, fault) != 0))
        return -1;
    if (read_rest(&reader, fault) != 0)
        return -1;
    if (fault->action == WIRE_DELAY && fault->delay == 0)
        return wrong(&reader, N_("for how long? As in: delay every SYN by 2 s"));
    /* What follows in a stream has numbers that count its bytes (RFC 9293 §3.4). */
    if (fault->action == WIRE_REWRITE && fault->field == NULL && fault->value_length != fault->contains_length &&
        (fault->kind == NULL || fault->kind->protocol != 17)) {
        reader = behind;
        return wrong(&reader, N_("the new text has another length: that can be done in UDP only (say so: in every UDP "
                                 "packet), for in TCP all sequence numbers that follow would be wrong"));
    }
    if (fault->action == WIRE_LIMIT && fault->rate == 0)
        return wrong(&reader, N_("how much may pass? As in: limit alice to 64 kbit/s"));
    return 0;
}

void wire_fault_free(struct wire_fault *fault)
{
    free(fault->text);
    free(fault->contains);
    free(fault->from);
    free(fault->to);
    free(fault->field);
    free(fault->value);
    filter_free(fault->filter);
    memset(fault, 0, sizeof *fault);
}

static bool kind_fits(const struct wire_kind *kind, const struct wire_view *view)
{
    return (kind->type == 0 || kind->type == view->type) && (kind->arp == 0 || kind->arp == view->arp)
        && (kind->protocol == 0 || kind->protocol == view->protocol)
        && (view->flags & kind->flags_mask) == kind->flags && (!kind->data || view->payload_length > 0)
        && (kind->to_port == 0 || kind->to_port == view->to_port)
        && (kind->from_port == 0 || kind->from_port == view->from_port);
}

bool wire_fault_dissects(const struct wire_fault *fault)
{
    return fault->filter != NULL || fault->field != NULL;
}

/* A field, or a text, that is not there cannot be changed. */
static bool can_change(const struct wire_fault *fault, const struct wire_subject *subject)
{
    return (fault->field == NULL && fault->action != WIRE_REWRITE) ||
           wire_change_can(fault, subject->packet, subject->view->data, subject->view->length);
}

bool wire_fault_strikes(struct wire_fault *fault, const struct wire_subject *subject)
{
    if (fault->number != 0)
        return fault->number == subject->number && can_change(fault, subject);
    if (fault->from != NULL && strcmp(fault->from, subject->from) != 0)
        return false;
    if (fault->to != NULL && (subject->to == NULL || strcmp(fault->to, subject->to) != 0))
        return false;
    if (fault->kind != NULL && !kind_fits(fault->kind, subject->view))
        return false;
    if (fault->contains != NULL && !wire_view_contains(subject->view, fault->contains, fault->contains_length))
        return false;
    if (fault->filter != NULL &&
        (subject->packet == NULL || !filter_matches_in(fault->filter, subject->packet, subject->exchanges)))
        return false;
    if (!can_change(fault, subject))
        return false;
    fault->seen++;
    return fault->seen >= fault->first && fault->seen <= fault->last;
}
