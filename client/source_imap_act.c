/*
 * What is done in an IMAP account besides listing: letters fetched, marked,
 * copied, moved, removed and searched; folders listed, made and removed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/pattern.h"
#include "client/source_imap_parts.h"
#include "core/imap_name.h"
#include "io/i18n.h"

enum { AT_ONCE = 1000 };       /* letters that one command names: the line stays short enough for any server */

/*
 * A command about letters: by their UIDs when these are known, else by number,
 * which holds as long as nothing but FETCH and STORE is said (RFC 9051 §7.5.1).
 */
static void begin_with_letters(struct imap_source *imap, enum imap_verb verb, const unsigned *numbers, size_t count)
{
    struct imap_set set = { .count = 0 };
    bool known = imap->source->listed;
    for (size_t i = 0; i < count; i++)
        imap_set_add(&set, !known ? numbers[i]
                                  : (uint32_t)strtoul(imap->source->messages[numbers[i] - 1].uid, NULL, 10));
    imap_set_resolve(&set, UINT32_MAX);
    imap_source_begin(imap, verb, known);
    imap_set(&imap->dialogue, &set);
    imap_set_free(&set);
}

/* The bytes of a letter; item says which. */
static int fetch_body(struct mail_source *source, unsigned number, const char *item, struct buf *raw)
{
    struct imap_source *imap = source->data;
    if (number > imap->exists && !source->listed) {
        buf_printf(&source->error, _("letter %u is not there any more"), number);
        return -1;
    }
    begin_with_letters(imap, IMAP_VERB_FETCH, &number, 1);
    imap->raw = imap->dialogue.literal = raw;
    imap->found = imap->dialogue.literal_full = false;
    imap_text(&imap->dialogue, " (%s)", item);
    int status = imap_source_end(imap);
    imap->raw = imap->dialogue.literal = NULL;
    if (status == 0 && !imap->found)
        buf_printf(&source->error, _("letter %u is not there any more"), number);
    else if (status == 0 && imap->dialogue.literal_full)
        buf_printf(&source->error, _("letter %u is too large"), number);
    return status == 0 && imap->found && !imap->dialogue.literal_full ? 0 : -1;
}

int imap_source_fetch(struct mail_source *source, unsigned number, struct buf *raw)
{
    return fetch_body(source, number, "BODY.PEEK[]", raw);
}

/* The header, and about as many lines as are wanted. */
int imap_source_top(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw)
{
    char item[60];
    int status = fetch_body(source, number, "BODY.PEEK[HEADER]", raw);
    if (status != 0 || lines == 0)
        return status;
    snprintf(item, sizeof item, "BODY.PEEK[TEXT]<0.%u>", lines < 100000 ? lines * 80 : 8000000);
    return fetch_body(source, number, item, raw);
}

/* No letter moves up during STORE (RFC 9051 §7.5.1), so the numbers mean the same ones from begin to end. */
static int store(struct imap_source *imap, const unsigned *numbers, size_t count, char sign, unsigned flags)
{
    if (flags == 0)
        return 0;
    begin_with_letters(imap, IMAP_VERB_STORE, numbers, count);
    imap_text(&imap->dialogue, " %cFLAGS.SILENT", sign);
    imap_source_write_flags(imap, flags);
    return imap_source_end(imap);
}

int imap_source_flag(struct mail_source *source, const unsigned *numbers, size_t count, unsigned set, unsigned clear)
{
    struct imap_source *imap = source->data;
    int status = 0;
    for (size_t at = 0; at < count && status == 0; at += AT_ONCE) {
        size_t some = count - at < AT_ONCE ? count - at : AT_ONCE;
        status = store(imap, numbers + at, some, '+', set);
        if (status == 0)
            status = store(imap, numbers + at, some, '-', clear);
        for (size_t i = at; i < at + some && status == 0; i++)
            if (numbers[i] <= source->count)
                source->messages[numbers[i] - 1].flags = (source->messages[numbers[i] - 1].flags | set) & ~clear;
    }
    return status;
}

/* Without MOVE (RFC 6851): a copy, and the letters marked; removed at once if nothing else is marked. */
static int move_by_hand(struct imap_source *imap, const unsigned *numbers, size_t count)
{
    struct mail_source *source = imap->source;
    bool others = false;
    for (size_t i = 0; i < source->count; i++)
        others |= (source->messages[i].flags & MAIL_DELETED) != 0;
    if (imap_source_flag(source, numbers, count, MAIL_DELETED, 0) != 0)
        return -1;
    if (imap_can(&imap->dialogue, "UIDPLUS")) {
        begin_with_letters(imap, IMAP_VERB_EXPUNGE, numbers, count);
        return imap_source_end(imap);
    }
    return others ? 0 : imap_source_expunge(source);
}

/* The last ones first: the numbers of those before stay what they are. */
int imap_source_copy(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder, bool move)
{
    struct imap_source *imap = source->data;
    bool can_move = imap_can(&imap->dialogue, "MOVE");
    int status = 0;
    while (count > 0 && status == 0) {
        size_t some = count < AT_ONCE ? count : AT_ONCE;
        count -= some;
        begin_with_letters(imap, move && can_move ? IMAP_VERB_MOVE : IMAP_VERB_COPY, numbers + count, some);
        imap_mailbox(&imap->dialogue, folder);
        status = imap_source_end(imap);
        if (status == 0 && move && !can_move)
            status = move_by_hand(imap, numbers + count, some);
    }
    return status;
}

int imap_source_expunge(struct mail_source *source)
{
    struct imap_source *imap = source->data;
    imap_source_begin(imap, IMAP_VERB_EXPUNGE, false);
    return imap_source_end(imap);
}

int imap_source_append(struct mail_source *source, const char *folder, struct span message, unsigned flags)
{
    struct imap_source *imap = source->data;
    imap_source_begin(imap, IMAP_VERB_APPEND, false);
    imap_mailbox(&imap->dialogue, folder);
    imap_source_write_flags(imap, flags);
    imap_text(&imap->dialogue, " ");
    imap_literal(&imap->dialogue, message);
    return imap_source_end(imap);
}

/* ---- folders ---- */

struct folder_list {
    void (*each)(void *context, const struct mail_folder *folder);
    void *context;
    struct imap_source *imap;
};

static const struct { const char *name; enum mail_use use; } uses[] = {
    { "\\Sent", MAIL_USE_SENT }, { "\\Drafts", MAIL_USE_DRAFTS }, { "\\Trash", MAIL_USE_TRASH },
    { "\\Junk", MAIL_USE_JUNK }, { "\\Archive", MAIL_USE_ARCHIVE }, { "\\All", MAIL_USE_ALL },
    { "\\Flagged", MAIL_USE_FLAGGED },
};

static void read_attribute(const struct imap_node *node, struct mail_folder *folder)
{
    folder->selectable &= !imap_is(node, "\\Noselect") && !imap_is(node, "\\NonExistent");
    folder->subscribed |= imap_is(node, "\\Subscribed");
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        if (imap_is(node, uses[i].name))
            folder->use = uses[i].use;
}

/* (\Noselect \Sent) "/" name */
static void take_folder(void *context, const struct imap_response *response)
{
    struct folder_list *list = context;
    struct mail_folder folder = { .selectable = true };
    struct buf name;
    imap_source_take(list->imap, response);
    if (response->reply != IMAP_REPLY_LIST || response->count < 3 || !imap_is_list(response->arguments))
        return;
    for (const struct imap_node *node = response->arguments->child; node != NULL; node = node->next)
        read_attribute(node, &folder);
    const struct imap_node *separator = response->arguments->next, *coded = separator->next;
    folder.separator = separator->type == IMAP_QUOTED && separator->text.len == 1 ? *separator->text.at : '\0';
    buf_init(&name, 4000);
    if (imap_name_to_utf8(coded->text, &name) != 0) {
        buf_clear(&name);
        buf_add_span(&name, coded->text);
    }
    folder.name = buf_text(&name);
    if (span_is_nocase(coded->text, "INBOX"))
        folder.use = MAIL_USE_INBOX;
    list->each(list->context, &folder);
    buf_free(&name);
}

/* RFC 5258 lets us ask for subscriptions, RFC 6154 for uses, with the same command. */
int imap_source_folders(struct mail_source *source, void (*each)(void *context, const struct mail_folder *folder),
                        void *context)
{
    struct imap_source *imap = source->data;
    struct folder_list list = { each, context, imap };
    bool use = imap_can(&imap->dialogue, "SPECIAL-USE");
    imap_source_begin(imap, IMAP_VERB_LIST, false);
    imap_text(&imap->dialogue, " \"\" \"*\"");
    if (imap_can(&imap->dialogue, "LIST-EXTENDED"))
        imap_text(&imap->dialogue, " RETURN (SUBSCRIBED%s)", use ? " SPECIAL-USE" : "");
    int status = imap_end(&imap->dialogue, take_folder, &list);
    source->broken = imap->dialogue.broken;
    return status;
}

int imap_source_folder(struct mail_source *source, enum mail_folder_action action, const char *name, const char *to)
{
    static const enum imap_verb verbs[] = {
        [MAIL_FOLDER_CREATE] = IMAP_VERB_CREATE, [MAIL_FOLDER_DELETE] = IMAP_VERB_DELETE,
        [MAIL_FOLDER_RENAME] = IMAP_VERB_RENAME, [MAIL_FOLDER_SUBSCRIBE] = IMAP_VERB_SUBSCRIBE,
        [MAIL_FOLDER_UNSUBSCRIBE] = IMAP_VERB_UNSUBSCRIBE,
    };
    struct imap_source *imap = source->data;
    imap_source_begin(imap, verbs[action], false);
    imap_mailbox(&imap->dialogue, name);
    if (action == MAIL_FOLDER_RENAME)
        imap_mailbox(&imap->dialogue, to);
    return imap_source_end(imap);
}

/* name (MESSAGES 3 UNSEEN 1) */
static void take_counts(void *context, const struct imap_response *response)
{
    struct mail_counts *counts = context;
    uint64_t number;
    if (response->reply != IMAP_REPLY_STATUS || response->count < 2 || !imap_is_list(response->arguments->next))
        return;
    for (const struct imap_node *node = response->arguments->next->child; node != NULL && node->next != NULL;
         node = node->next->next) {
        if (!imap_number(node->next, UINT32_MAX, &number))
            continue;
        if (imap_is(node, "MESSAGES"))
            counts->total = (unsigned)number;
        else if (imap_is(node, "UNSEEN"))
            counts->unseen = (unsigned)number;
    }
}

int imap_source_counts(struct mail_source *source, const char *folder, struct mail_counts *counts)
{
    struct imap_source *imap = source->data;
    *counts = (struct mail_counts){ .total = 0 };
    imap_source_begin(imap, IMAP_VERB_STATUS, false);
    imap_mailbox(&imap->dialogue, folder);
    imap_text(&imap->dialogue, " (MESSAGES UNSEEN)");
    int status = imap_end(&imap->dialogue, take_counts, counts);
    source->broken = imap->dialogue.broken;
    return status;
}

/* ---- searching ---- */

static void say_word(void *context, const char *word)
{
    imap_text(context, *word == ')' ? "%s" : " %s", word);
}

static void say_string(void *context, struct span string)
{
    imap_string(context, string);
}

int imap_source_search(struct mail_source *source, const struct pattern *pattern, unsigned char *hits)
{
    struct imap_source *imap = source->data;
    struct pattern_writer writer = { say_word, say_string, &imap->dialogue };
    imap_source_search_begin(imap);
    if (!pattern_is_ascii(pattern))
        imap_text(&imap->dialogue, " CHARSET UTF-8");
    pattern_write(pattern, &writer);
    if (imap_source_search_end(imap) != 0)
        return -1;
    imap_source_mark(imap, 0, hits);
    return 0;
}
