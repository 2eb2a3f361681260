/*
 * THREAD: a search whose result is given as conversations (RFC 5256 §3). The
 * putting together is core/imap_thread's; here is what it is told of each
 * message.
 */
#include <stdlib.h>

#include "core/header.h"
#include "core/imap_thread.h"
#include "core/mem.h"
#include "server/imapd_sort.h"

enum { REFERENCES_MAX = 1000 };

struct threading {
    bool by_references;
    struct thread_message *messages;
    size_t count;
};

/* The first id of the field. */
static void read_id(struct search_message *message, const char *name, char ***ids, size_t *count)
{
    struct header_field field;
    if (header_find(search_fields(message, span_of(name)), name, &field))
        thread_read_ids(field.value, ids, count, 1);
}

/* "If a message does not contain a References header line ... use the first valid Message ID found in In-Reply-To". */
static void read_references(struct search_message *message, struct thread_message *thread)
{
    char **id = NULL, **references = NULL;
    size_t count = 0;
    struct header_field field;
    read_id(message, "Message-ID", &id, &count);
    thread->id = count > 0 ? id[0] : NULL;
    free(id);
    /* Of very many the last ones count: the parent is the very last. */
    if (header_find(search_fields(message, span_of("References")), "References", &field))
        thread_read_last_ids(field.value, &references, &thread->reference_count, REFERENCES_MAX);
    if (thread->reference_count == 0)
        read_id(message, "In-Reply-To", &references, &thread->reference_count);
    thread->references = references;
}

static void add_message(struct threading *threading, struct search_message *message, bool uid)
{
    if ((threading->count & (threading->count + 1)) == 0)
        threading->messages = mem_grow(threading->messages, threading->count * 2 + 2, sizeof *threading->messages);
    struct thread_message *thread = &threading->messages[threading->count++];
    *thread = (struct thread_message){ .sent = sort_sent(message) };
    thread->number = uid ? mailbox_message(message->imapd->mailbox, message->place)->uid : (uint32_t)message->place + 1;
    thread->subject = sort_subject(message, &thread->is_reply);
    if (threading->by_references)
        read_references(message, thread);
}

static void threading_free(struct threading *threading)
{
    for (size_t i = 0; i < threading->count; i++) {
        const struct thread_message *thread = &threading->messages[i];
        for (size_t j = 0; j < thread->reference_count; j++)
            free(thread->references[j]);
        free((void *)thread->references);
        free((char *)thread->subject);
        free((char *)thread->id);
    }
    free(threading->messages);
}

IMAPD_COMMAND(thread)
{
    struct threading threading = { .by_references = imap_is(command->arguments, "REFERENCES") };
    struct span charset;
    if (command->count < 3 || !(threading.by_references || imap_is(command->arguments, "ORDEREDSUBJECT")))
        return imapd_arguments(imapd, "THREAD REFERENCES|ORDEREDSUBJECT charset keys");
    enum imapd_result result = search_read_charset(imapd, command->arguments->next, &charset);
    if (result != IMAPD_OK)
        return result;
    struct search_key *key = search_read(imapd, command->arguments->next->next, charset, &result);
    if (key == NULL)
        return result;
    struct search_message message = { .imapd = imapd, .place = SIZE_MAX, .now = time(NULL) };
    while (search_next(&message, key))
        add_message(&threading, &message, command->uid);
    search_free(key);
    buf_add_text(&imapd->out, threading.count > 0 ? "* THREAD " : "* THREAD");
    (threading.by_references ? thread_by_references : thread_by_subject)(threading.messages, threading.count,
                                                                        &imapd->out);
    buf_add_text(&imapd->out, "\r\n");
    threading_free(&threading);
    return imapd_ok(imapd, "These belong together");
}
