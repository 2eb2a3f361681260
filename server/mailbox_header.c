/*
 * mailbox_header.c - the fields of a letter's header that many commands ask
 * of many letters (mailbox.h): from the file that keeps them, or from the
 * letter, which then goes into that file. What is new is collected and written
 * together; nothing stays in memory when the command is done.
 */
#include <stdlib.h>

#include "core/header.h"
#include "core/mem.h"
#include "server/folder_headers.h"
#include "server/mailbox_view.h"

enum { HEADER_MAX = 16 << 20, RECORDS = 64 * 1024 };

struct mailbox_headers {
    struct headers_window window;
    struct buf fresh;    /* of a letter that was read */
    struct buf records;  /* to be written */
};

static struct mailbox_headers *begin(struct mailbox *mailbox)
{
    if (mailbox->headers == NULL) {
        mailbox->headers = mem_alloc(sizeof *mailbox->headers);
        buf_init(&mailbox->headers->fresh, HEADER_MAX);
        buf_init(&mailbox->headers->records, 2 * RECORDS);
    }
    return mailbox->headers;
}

static void write_records(struct mailbox *mailbox)
{
    struct mailbox_headers *headers = mailbox->headers;
    struct folder *folder = mailbox->folder;
    folder_lock(folder);
    if (!mailbox->dead && folder_begin(folder) == STORE_OK) {
        headers_write(folder, &headers->window, &headers->records);
        folder_end(folder);
    }
    folder_unlock(folder);
    buf_clear(&headers->records);
}

static void note_fresh(struct mailbox *mailbox, size_t i)
{
    struct mailbox_headers *headers = mailbox->headers;
    struct folder *folder = mailbox->folder;
    folder_lock(folder);
    const struct entry *entry = folder_find(folder, mailbox->messages[i].uid);
    if (entry != NULL)
        headers_add(&headers->records, entry, buf_span(&headers->fresh));
    folder_unlock(folder);
    if (headers->records.len >= RECORDS)
        write_records(mailbox);
}

static enum store_result read_letter(struct mailbox *mailbox, size_t i)
{
    struct letter letter;
    struct header_walk walk;
    struct header_field field;
    struct buf *fresh = &mailbox->headers->fresh;
    const enum store_result result = mailbox_read_header(mailbox, i, &letter);
    if (result != STORE_OK)
        return result;
    buf_clear(fresh);
    header_start(&walk, (struct span){ letter.text, letter.size });
    while (header_next(&walk, &field))
        if (headers_keep(field.name))
            buf_add(fresh, letter.text + field.offset, (size_t)field.length);
    if (walk.ended)
        buf_add_text(fresh, "\r\n");
    letter_release(&letter);
    note_fresh(mailbox, i);
    return STORE_OK;
}

bool mailbox_keeps_field(struct span name)
{
    return headers_keep(name);
}

enum store_result mailbox_header(struct mailbox *mailbox, size_t i, struct span *header)
{
    struct mailbox_headers *headers = begin(mailbox);
    struct folder *folder = mailbox->folder;
    folder_lock(folder);
    const struct entry *entry = mailbox->dead ? NULL : folder_find(folder, mailbox->messages[i].uid);
    const bool known = entry != NULL && headers_find(folder, entry, &headers->window, header);
    folder_unlock(folder);
    if (known)
        return STORE_OK;
    const enum store_result result = read_letter(mailbox, i);
    *header = buf_span(&headers->fresh);
    return result;
}

void mailbox_rest(struct mailbox *mailbox)
{
    struct mailbox_headers *headers = mailbox->headers;
    if (headers == NULL)
        return;
    if (headers->records.len > 0)
        write_records(mailbox);
    headers_close(&headers->window);
    buf_free(&headers->fresh);
    buf_free(&headers->records);
    free(headers);
    mailbox->headers = NULL;
}
