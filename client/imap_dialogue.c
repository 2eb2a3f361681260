#include "imap_dialogue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/imap_login.h"
#include "core/imap_name.h"
#include "core/imap_state.h"
#include "io/i18n.h"
#include "io/text.h"

enum {
    MAX_COMMAND = 64 << 10,
    MAX_SENTENCE = 400,
    MAX_UNREAD = 80 << 20,     /* bytes of one response before it is given up: more than the parser keeps of any */
};

static struct span nothing(void)
{
    return (struct span){ "", 0 };
}

static int fail(struct imap_dialogue *imap, const char *sentence, struct span words)
{
    imap->broken = true;
    buf_printf(imap->error, "%s: %s", channel_host(imap->link.channel), sentence);
    if (words.len > MAX_SENTENCE)
        words.len = MAX_SENTENCE;
    if (words.len > 0) {
        char *safe = text_safe_copy(words);
        buf_printf(imap->error, ": %s", safe);
        free(safe);
    }
    return -1;
}

int imap_refuse(struct imap_dialogue *imap, const char *sentence, struct span words)
{
    bool broken = imap->broken;
    fail(imap, sentence, words);
    imap->broken = broken;
    return -1;
}

/* Bytes of a literal that is too large for the tree. */
static void take_data(struct imap_dialogue *imap, const struct imap_event *event)
{
    if (imap->literal != NULL && buf_add_span(imap->literal, event->line) != 0)
        imap->literal_full = true;
}

/* The next whole response; waits for bytes as needed. 0, or -1. */
int imap_next(struct imap_dialogue *imap, struct imap_event *event)
{
    size_t unread = 0;
    for (;;) {
        int found = imap_parse_next(&imap->parse, event);
        if (found == 0 && unread > MAX_UNREAD)
            return fail(imap, _("the server's response does not end"), nothing());
        if (found > 0 && event->kind == IMAP_EVENT_DATA && imap->literal_full)
            return fail(imap, _("the letter is too large"), nothing());
        if (found < 0)
            return fail(imap, _("the server does not speak IMAP"), event->line);
        if (found > 0 && event->kind == IMAP_EVENT_RESPONSE)
            return 0;
        if (found > 0 && event->kind == IMAP_EVENT_LITERAL && imap->literal != NULL)
            imap_parse_answer(&imap->parse, IMAP_LITERAL_STREAM);
        if (found > 0 && event->kind == IMAP_EVENT_DATA && imap->literal != NULL)
            take_data(imap, event);
        if (found > 0)
            continue;
        char data[16384];
        long got = link_read(&imap->link, data, sizeof data, imap->error);
        if (got <= 0) {
            imap->broken = true;
            return -1;
        }
        imap_parse_feed(&imap->parse, data, (size_t)got);
        unread += imap->literal == NULL ? (size_t)got : 0; /* a literal that is wanted has a bound of its own */
    }
}

/* "CAPABILITY" as data, or inside "[CAPABILITY ...]" of an OK. */
static void note_capabilities(struct imap_dialogue *imap, const struct imap_node *node)
{
    imap->capabilities[0] = '\0';
    for (; node != NULL; node = node->next) {
        size_t used = strlen(imap->capabilities);
        snprintf(imap->capabilities + used, sizeof imap->capabilities - used, "%s%.*s", used > 0 ? " " : "",
                 node->text.len < 60 ? (int)node->text.len : 60, node->text.len > 0 ? node->text.at : "");
    }
}

/* What IMAP4rev2 brings along, whether it is listed or not (RFC 9051 appendix E), as far as we use it. */
static const char in_rev2[] = "ESEARCH IDLE LIST-EXTENDED LITERAL- MOVE SPECIAL-USE UIDPLUS";

bool imap_can(const struct imap_dialogue *imap, const char *capability)
{
    bool can = link_lists(imap->capabilities, capability) ||
               (link_lists(in_rev2, capability) && imap_can(imap, "IMAP4rev2"));
    return can && !link_hides(&imap->link, capability);
}

/* What any response may bring, whatever was asked. 0, or -1: the server says goodbye. */
int imap_notice(struct imap_dialogue *imap, const struct imap_response *response)
{
    if (response->reply == IMAP_REPLY_CAPABILITY)
        note_capabilities(imap, response->arguments);
    if (span_is_nocase(response->code, "CAPABILITY"))
        note_capabilities(imap, response->code_arguments);
    if (response->kind != IMAP_UNTAGGED || response->reply != IMAP_REPLY_BYE)
        return 0;
    machine_step(&imap->machine, IMAP_VERB_BYE, OUTCOME_BYE);
    return imap->verb == IMAP_VERB_LOGOUT ? 0 : fail(imap, _("the server ends the dialogue"), response->text);
}

int imap_move(struct imap_dialogue *imap, int verb, enum outcome outcome, struct span words)
{
    if (machine_step(&imap->machine, verb, outcome) != NULL)
        return 0;
    return fail(imap, _("the server's answer does not fit the command"), words);
}

static bool is_ours(const struct imap_dialogue *imap, struct span tag)
{
    char text[16];
    snprintf(text, sizeof text, "A%u", imap->tag);
    return span_is(tag, text);
}

static enum outcome outcome_of(enum imap_reply reply)
{
    return reply == IMAP_REPLY_OK ? OUTCOME_OK : reply == IMAP_REPLY_NO ? OUTCOME_NO : OUTCOME_BAD;
}

/* The tagged answer: 0 OK, -1 with a sentence. */
int imap_answered(struct imap_dialogue *imap, const struct imap_response *response)
{
    enum outcome outcome = outcome_of(response->reply);
    if (!is_ours(imap, response->tag))
        return fail(imap, _("the server answers a command that was not said"), response->tag);
    if (imap_move(imap, (int)imap->verb, outcome, response->text) != 0)
        return -1;
    if (outcome == OUTCOME_OK)
        return 0;
    if (imap->verb == IMAP_VERB_LOGIN || imap->verb == IMAP_VERB_AUTHENTICATE)
        return imap_refuse(imap, _("the server refuses the user name or the password"), response->text);
    return imap_refuse(imap, _("the server refuses"), response->text);
}

static void begin(struct imap_dialogue *imap, enum imap_verb verb, const char *prefix)
{
    buf_clear(&imap->out);
    imap->verb = verb;
    imap->failed = imap->broken;
    imap->tag++;
    if (!imap->broken && machine_allows(&imap->machine, (int)verb) == NULL) {
        imap_refuse(imap, _("the command is not possible now"), span_of(imap_machine.verb_names[verb]));
        imap->failed = true;
    } else if (imap->broken && imap->error->len == 0) {
        buf_printf(imap->error, _("the connection to %s is broken"), channel_host(imap->link.channel));
    }
    imap_text(imap, "A%u %s%s", imap->tag, prefix, imap_machine.verb_names[verb]);
}

void imap_begin(struct imap_dialogue *imap, enum imap_verb verb)
{
    begin(imap, verb, "");
}

void imap_begin_uid(struct imap_dialogue *imap, enum imap_verb verb)
{
    begin(imap, verb, "UID ");
}

void imap_text(struct imap_dialogue *imap, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof text || buf_add(&imap->out, text, (size_t)length) != 0)
        imap->failed = true;
}

/* What was collected leaves, unless whoever steps through the dialogue drops it. */
static int flush(struct imap_dialogue *imap)
{
    bool secret = imap->verb == IMAP_VERB_LOGIN || imap->verb == IMAP_VERB_AUTHENTICATE;
    const char *name = imap_machine.verb_names[imap->verb];
    int status = secret ? link_write(&imap->link, imap->out.data, imap->out.len, imap->error)
                        : link_say(&imap->link, name, &imap->out, imap->error);
    explicit_bzero(imap->out.data, imap->out.cap); /* it may have held a password */
    buf_clear(&imap->out);
    if (status < 0)
        imap->broken = true;
    if (status > 0)
        imap_refuse(imap, _("the command was dropped before it left"), span_of(name));
    return status;
}

/* Waits for "+". Untagged data may come before it; a tagged answer instead of it is a refusal. */
static int wait_for_plus(struct imap_dialogue *imap, imap_take *take, void *context)
{
    struct imap_event event;
    for (;;) {
        if (imap_next(imap, &event) != 0)
            return -1;
        if (event.response.kind == IMAP_CONTINUE)
            return 0;
        if (imap_notice(imap, &event.response) != 0)
            return -1;
        if (event.response.kind == IMAP_UNTAGGED && take != NULL)
            take(context, &event.response);
        if (event.response.kind == IMAP_UNTAGGED)
            continue;
        if (imap_answered(imap, &event.response) == 0) /* OK to half a command */
            fail(imap, _("the server answers before the command is complete"), nothing());
        return -1;
    }
}

/* RFC 7888: "LITERAL+ allows the client to save a network round trip", LITERAL- up to 4096 bytes. */
static bool need_not_wait(const struct imap_dialogue *imap, size_t size)
{
    return imap_can(imap, "LITERAL+") ||
           (size <= 4096 && imap_can(imap, "LITERAL-"));
}

/* RFC 9051 §4.3: announced, and sent when the server says so, or at once where it lets us. */
void imap_literal(struct imap_dialogue *imap, struct span bytes)
{
    if (imap->failed)
        return;
    bool at_once = need_not_wait(imap, bytes.len);
    imap_text(imap, at_once ? "{%zu+}\r\n" : "{%zu}\r\n", bytes.len);
    if (flush(imap) != 0 || (!at_once && wait_for_plus(imap, NULL, NULL) != 0) ||
        (bytes.len > 0 && link_write(&imap->link, bytes.at, bytes.len, imap->error) != 0))
        imap->failed = true;
}

void imap_set(struct imap_dialogue *imap, const struct imap_set *set)
{
    imap_text(imap, " ");
    if (imap_set_write(set, &imap->out) != 0)
        imap->failed = true;
}

void imap_string(struct imap_dialogue *imap, struct span string)
{
    bool quotable = string.len < 500;
    for (size_t i = 0; i < string.len && quotable; i++)
        quotable = string.at[i] >= ' ' && string.at[i] < 127;
    if (!quotable) {
        imap_text(imap, " ");
        imap_literal(imap, string);
        return;
    }
    imap_text(imap, " \"");
    for (size_t i = 0; i < string.len; i++) {
        if (string.at[i] == '"' || string.at[i] == '\\')
            imap_text(imap, "\\");
        imap_text(imap, "%c", string.at[i]);
    }
    imap_text(imap, "\"");
}

/* Modified UTF-7: every server understands it (RFC 3501 §5.1.3, RFC 9051 appendix A). */
void imap_mailbox(struct imap_dialogue *imap, const char *name)
{
    struct buf coded;
    buf_init(&coded, 2000);
    if (imap_name_from_utf8(span_of(name), &coded) != 0) {
        if (!imap->failed)
            imap_refuse(imap, _("no folder can have that name"), span_of(name));
        imap->failed = true;
    } else {
        imap_string(imap, buf_span(&coded));
    }
    buf_free(&coded);
}

/* Up to the tagged answer. */
static int hear(struct imap_dialogue *imap, imap_take *take, void *context)
{
    struct imap_event event;
    for (;;) {
        if (imap_next(imap, &event) != 0 || imap_notice(imap, &event.response) != 0)
            return -1;
        if (event.response.kind == IMAP_TAGGED)
            return imap_answered(imap, &event.response);
        if (event.response.kind == IMAP_CONTINUE)
            return fail(imap, _("the server waits for something that was not announced"), nothing());
        if (take != NULL)
            take(context, &event.response);
    }
}

/* The rest of the command leaves. */
static int finish_saying(struct imap_dialogue *imap)
{
    if (imap->failed) {
        if (imap->error->len == 0)
            imap_refuse(imap, _("the command is too long"), nothing());
        return -1;
    }
    buf_add_text(&imap->out, "\r\n");
    return flush(imap) == 0 ? 0 : -1;
}

int imap_end(struct imap_dialogue *imap, imap_take *take, void *context)
{
    return finish_saying(imap) == 0 ? hear(imap, take, context) : -1;
}

int imap_idle(struct imap_dialogue *imap, imap_take *take, void *context)
{
    imap_begin(imap, IMAP_VERB_IDLE);
    if (finish_saying(imap) != 0 || wait_for_plus(imap, take, context) != 0)
        return -1;
    imap->idling = imap_move(imap, IMAP_VERB_IDLE, OUTCOME_MORE, nothing()) == 0;
    return imap->idling ? 0 : -1;
}

int imap_idle_end(struct imap_dialogue *imap, imap_take *take, void *context)
{
    imap->idling = false;
    buf_clear(&imap->out);
    buf_add_text(&imap->out, "DONE\r\n");
    if (link_write(&imap->link, imap->out.data, imap->out.len, imap->error) != 0) {
        imap->broken = true;
        return -1;
    }
    buf_clear(&imap->out);
    return hear(imap, take, context);
}

int imap_dialogue_open(struct imap_dialogue *imap, const struct account *account, const struct mail_watcher *watcher,
                       int cancel_fd, struct buf *error)
{
    *imap = (struct imap_dialogue){ .error = error };
    buf_init(&imap->out, MAX_COMMAND);
    imap_parse_init(&imap->parse, IMAP_FROM_SERVER, &imap_limits_response);
    machine_init(&imap->machine, &imap_machine);
    if (link_open(&imap->link, account, WATCH_IMAP, watcher, cancel_fd, error) != 0)
        return -1;
    return imap_login(imap);
}

void imap_dialogue_close(struct imap_dialogue *imap)
{
    struct buf unheard;
    buf_init(&unheard, 1000);
    imap->error = &unheard;
    if (imap->link.channel != NULL && !imap->broken && machine_allows(&imap->machine, IMAP_VERB_LOGOUT) != NULL) {
        imap_begin(imap, IMAP_VERB_LOGOUT);
        imap_end(imap, NULL, NULL);
    }
    link_close(&imap->link);
    imap_parse_free(&imap->parse);
    buf_free(&imap->out);
    buf_free(&unheard);
}
