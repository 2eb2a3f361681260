/*
 * pop3d_maildrop.c - the commands of the TRANSACTION state (RFC 1939 §5, §7)
 * and the UPDATE that QUIT makes of it (§6).
 */
#include "server/pop3d_session.h"

#include <stdlib.h>
#include <string.h>

#include "core/header.h"

/* ---- which message ---- */

static bool read_number(struct span word, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.at[i] < '0' || word.at[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(word.at[i] - '0');
    }
    return word.len > 0 && word.len <= 18;
}

/* The place of the message that the word names, or -1 and the refusal was said: no number, none such, or marked. */
static ssize_t find(struct pop3d *pop3d, enum pop3_verb verb, struct span word)
{
    uint64_t number;
    if (!read_number(word, &number))
        pop3d_err(pop3d, verb, "Write the number of a message (RFC 1939 §5)");
    else if (number == 0 || number > mailbox_count(pop3d->mailbox))
        pop3d_err(pop3d, verb, "There is no message %llu; there are %zu", (unsigned long long)number,
                  mailbox_count(pop3d->mailbox));
    else if (pop3d->marked[number - 1])
        pop3d_err(pop3d, verb, "Message %llu is marked as deleted; RSET takes the marks back",
                  (unsigned long long)number);
    else
        return (ssize_t)(number - 1);
    return -1;
}

/* ---- STAT, LIST, UIDL ---- */

/* Messages that are not marked, and their octets: marked ones are not counted (RFC 1939 §5). */
static size_t total(struct pop3d *pop3d, uint64_t *octets)
{
    size_t count = 0;
    *octets = 0;
    for (size_t i = 0; i < mailbox_count(pop3d->mailbox); i++) {
        if (pop3d->marked[i])
            continue;
        count++;
        *octets += mailbox_size(pop3d->mailbox, i);
    }
    return count;
}

void pop3d_stat(struct pop3d *pop3d, const struct pop3_event *command)
{
    uint64_t octets;
    size_t count = total(pop3d, &octets);
    (void)command;
    pop3d_ok(pop3d, POP3_STAT, "%zu %llu", count, (unsigned long long)octets);
}

static void add_size(struct pop3d *pop3d, size_t i)
{
    buf_printf(pop3d->out, "%zu %llu\r\n", i + 1, (unsigned long long)mailbox_size(pop3d->mailbox, i));
}

/* RFC 1939 §7: 1 to 70 printable characters that no other message of this maildrop ever had. */
static void add_unique(struct pop3d *pop3d, size_t i)
{
    buf_printf(pop3d->out, "%zu %u.%u\r\n", i + 1, (unsigned)mailbox_uidvalidity(pop3d->mailbox),
               (unsigned)mailbox_message(pop3d->mailbox, i)->uid);
}

static bool step_listing(struct pop3d *pop3d, void (*add)(struct pop3d *pop3d, size_t i))
{
    while (pop3d->place < mailbox_count(pop3d->mailbox)) {
        if (pop3d->out->len >= SESSION_OUT_HIGH)
            return false;
        if (!pop3d->marked[pop3d->place])
            add(pop3d, pop3d->place);
        pop3d->place++;
    }
    buf_add_text(pop3d->out, ".\r\n");
    return true;
}

static bool step_list(struct pop3d *pop3d)
{
    return step_listing(pop3d, add_size);
}

static bool step_uidl(struct pop3d *pop3d)
{
    return step_listing(pop3d, add_unique);
}

void pop3d_list(struct pop3d *pop3d, const struct pop3_event *command)
{
    bool is_list = command->verb == POP3_LIST;
    if (command->argument.len == 0) {
        uint64_t octets;
        size_t count = total(pop3d, &octets);
        pop3d_ok(pop3d, command->verb, "%zu message%s (%llu octets)", count, count == 1 ? "" : "s",
                 (unsigned long long)octets);
        pop3d->place = 0;
        pop3d->step = is_list ? step_list : step_uidl;
        return;
    }
    ssize_t i = find(pop3d, command->verb, command->argument);
    if (i < 0)
        return;
    if (is_list)
        pop3d_ok(pop3d, POP3_LIST, "%zd %llu", i + 1, (unsigned long long)mailbox_size(pop3d->mailbox, (size_t)i));
    else
        pop3d_ok(pop3d, POP3_UIDL, "%zd %u.%u", i + 1, (unsigned)mailbox_uidvalidity(pop3d->mailbox),
                 (unsigned)mailbox_message(pop3d->mailbox, (size_t)i)->uid);
}

/* ---- RETR, TOP ---- */

/* Lines are sent with a dot more where they begin with one, as much as there is room for (RFC 1939 §3). */
static bool step_letter(struct pop3d *pop3d)
{
    const char *text = pop3d->letter.text;
    while (pop3d->place < pop3d->letter_end) {
        if (pop3d->out->len >= SESSION_OUT_HIGH)
            return false;
        const char *at = text + pop3d->place;
        size_t left = pop3d->letter_end - pop3d->place;
        size_t size = left < SESSION_OUT_HIGH ? left : SESSION_OUT_HIGH;
        const char *end = memchr(at, '\n', size);
        size = end != NULL ? (size_t)(end - at) + 1 : size;
        if (pop3d->line_start && *at == '.')
            buf_add_text(pop3d->out, ".");
        buf_add(pop3d->out, at, size);
        pop3d->line_start = end != NULL;
        pop3d->place += size;
    }
    buf_add_text(pop3d->out, pop3d->line_start ? ".\r\n" : "\r\n.\r\n");
    letter_release(&pop3d->letter);
    pop3d->letter = (struct letter){ 0 };
    return true;
}

/* Where TOP ends: behind the header, the empty line and so many lines. */
static size_t top_length(const struct letter *letter, uint64_t lines)
{
    size_t at = header_length((struct span){ letter->text, letter->size });
    while (lines-- > 0 && at < letter->size) {
        const char *end = memchr(letter->text + at, '\n', letter->size - at);
        at = end != NULL ? (size_t)(end - letter->text) + 1 : letter->size;
    }
    return at;
}

/* RFC 6856 §2.1: a header beyond ASCII is for clients that said UTF8. */
static bool header_needs_utf8(const struct letter *letter)
{
    size_t length = header_length((struct span){ letter->text, letter->size });
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)letter->text[i] > 127)
            return true;
    return false;
}

void pop3d_retr(struct pop3d *pop3d, const struct pop3_event *command)
{
    enum pop3_verb verb = command->verb;
    struct span rest = command->argument;
    struct span word = pop3_word(&rest);
    uint64_t lines = 0;
    if ((verb == POP3_TOP) != read_number(rest, &lines) || (verb == POP3_RETR && rest.len > 0)) {
        pop3d_err(pop3d, verb, verb == POP3_TOP ? "Write TOP, the number of a message, and how many lines (RFC 1939 §7)"
                                                : "Write RETR and the number of a message (RFC 1939 §5)");
        return;
    }
    ssize_t i = find(pop3d, verb, word);
    if (i < 0)
        return;
    if (mailbox_read(pop3d->mailbox, (size_t)i, &pop3d->letter) != STORE_OK) {
        pop3d_err(pop3d, verb, "[SYS/TEMP] Message %zd cannot be read; another program may have removed it", i + 1);
        return;
    }
    if (!pop3d->utf8 && header_needs_utf8(&pop3d->letter)) {
        letter_release(&pop3d->letter);
        pop3d->letter = (struct letter){ 0 };
        pop3d_err(pop3d, verb, "[UTF8] The header of message %zd needs UTF-8: say UTF8 before you log in", i + 1);
        return;
    }
    pop3d->letter_end = verb == POP3_TOP ? top_length(&pop3d->letter, lines) : pop3d->letter.size;
    pop3d->place = 0;
    pop3d->line_start = true;
    pop3d->step = step_letter;
    pop3d_ok(pop3d, verb, "%zu octets", pop3d->letter_end);
}

/* ---- DELE, RSET, QUIT ---- */

void pop3d_dele(struct pop3d *pop3d, const struct pop3_event *command)
{
    ssize_t i = find(pop3d, POP3_DELE, command->argument);
    if (i < 0)
        return;
    pop3d->marked[i] = true;
    pop3d_ok(pop3d, POP3_DELE, "Message %zd is marked; QUIT removes it", i + 1);
}

void pop3d_rset(struct pop3d *pop3d, const struct pop3_event *command)
{
    uint64_t octets;
    (void)command;
    memset(pop3d->marked, 0, mailbox_count(pop3d->mailbox));
    size_t count = total(pop3d, &octets);
    pop3d_ok(pop3d, POP3_RSET, "%zu message%s (%llu octets)", count, count == 1 ? "" : "s",
             (unsigned long long)octets);
}

/* RFC 1939 §6: the UPDATE state. What another program removed before us is removed, too. */
void pop3d_quit(struct pop3d *pop3d, const struct pop3_event *command)
{
    size_t removed = 0, failed = 0;
    (void)command;
    if (pop3d->mailbox == NULL) {
        pop3d_ok(pop3d, POP3_QUIT, "Goodbye");
        return;
    }
    for (size_t i = 0; i < mailbox_count(pop3d->mailbox); i++) {
        if (!pop3d->marked[i])
            continue;
        enum store_result result = mailbox_remove(pop3d->mailbox, i);
        removed += result == STORE_OK || result == STORE_NOT_FOUND;
        failed += result != STORE_OK && result != STORE_NOT_FOUND;
    }
    if (failed > 0)
        pop3d_err(pop3d, POP3_QUIT, "[SYS/TEMP] %zu marked messages could not be removed", failed);
    else
        pop3d_ok(pop3d, POP3_QUIT, "Goodbye; %zu message%s removed", removed, removed == 1 ? "" : "s");
    session_log(pop3d->session, "%zu messages removed", removed);
    pop3d_close_maildrop(pop3d);
}

void pop3d_close_maildrop(struct pop3d *pop3d)
{
    if (pop3d->letter.text != NULL || pop3d->letter.owner != NULL)
        letter_release(&pop3d->letter);
    pop3d->letter = (struct letter){ 0 };
    pop3d->step = NULL;
    free(pop3d->marked);
    pop3d->marked = NULL;
    if (pop3d->mailbox != NULL)
        mailbox_close(pop3d->mailbox);
    if (pop3d->store != NULL)
        store_close(pop3d->store);
    pop3d->mailbox = NULL;
    pop3d->store = NULL;
}
