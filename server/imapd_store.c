/*
 * STORE: changing flags (RFC 9051 §6.4.6), on condition that nobody else did
 * since (RFC 7162 §3.1.3).
 */
#include "server/imapd_session.h"

#include <stdlib.h>

struct change {
    enum store_change how;
    bool silent;
    bool conditional;
    uint64_t unchanged_since;
    struct imapd_flags flags;
    const struct imap_node *names; /* of the flags */
};

static const struct {
    const char *name;
    enum store_change how;
    bool silent;
} forms[] = {
    { "FLAGS", STORE_REPLACE, false }, { "FLAGS.SILENT", STORE_REPLACE, true }, { "+FLAGS", STORE_ADD, false },
    { "+FLAGS.SILENT", STORE_ADD, true }, { "-FLAGS", STORE_REMOVE, false }, { "-FLAGS.SILENT", STORE_REMOVE, true },
};

/* (UNCHANGEDSINCE n) */
static bool read_condition(const struct imap_node *list, struct change *change)
{
    change->conditional = true;
    return list->count == 2 && imap_is(list->child, "UNCHANGEDSINCE") &&
           imap_number(list->child->next, INT64_MAX, &change->unchanged_since);
}

/* [(UNCHANGEDSINCE n)] FLAGS (...) */
static bool read_change(const struct imap_node *node, struct change *change)
{
    if (imap_is_list(node)) {
        if (!read_condition(node, change))
            return false;
        node = node->next;
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (imap_is(node, forms[i].name)) {
            change->how = forms[i].how;
            change->silent = forms[i].silent;
            change->names = node->next;
            return node->next != NULL;
        }
    return false;
}

static void tell(struct imapd *imapd, size_t place, bool uid, const struct change *change)
{
    const struct message *message = mailbox_message(imapd->mailbox, place);
    if (!change->silent) {
        imapd_tell_flags(imapd, place, uid);
    } else if (imapd->enabled & IMAPD_CONDSTORE) {
        buf_printf(&imapd->out, "* %zu FETCH (", place + 1);
        if (uid || imapd->enabled & IMAPD_QRESYNC)
            buf_printf(&imapd->out, "UID %u ", message->uid);
        buf_printf(&imapd->out, "MODSEQ (%llu))\r\n", (unsigned long long)message->modseq);
    }
}

struct outcome_of_store {
    enum store_result failed;
    bool gone;
    struct imap_set modified; /* changed by somebody else first */
};

static void change_one(struct imapd *imapd, size_t place, bool uid, const struct change *change,
                       struct outcome_of_store *outcome)
{
    const struct message *message = mailbox_message(imapd->mailbox, place);
    if (change->conditional && message->modseq > change->unchanged_since) {
        imap_set_add(&outcome->modified, uid ? message->uid : (uint32_t)place + 1);
        return;
    }
    const enum store_result result =
        message->gone ? STORE_NOT_FOUND
                      : mailbox_store(imapd->mailbox, place, change->how, change->flags.flags, change->flags.keywords);
    if (result == STORE_OK)
        tell(imapd, place, uid, change);
    else if (result == STORE_NOT_FOUND)
        outcome->gone = true;
    else
        outcome->failed = result;
}

static enum imapd_result answer(struct imapd *imapd, struct outcome_of_store *outcome)
{
    struct buf set;
    if (outcome->failed != STORE_OK)
        return imapd_failed(imapd, outcome->failed);
    if (outcome->modified.count == 0)
        return outcome->gone ? imapd_no(imapd, "[EXPUNGEISSUED] Some of these messages are gone")
                             : imapd_ok(imapd, "Changed");
    buf_init(&set, 1 << 24);
    imap_set_write(&outcome->modified, &set);
    const enum imapd_result result = imapd_ok(imapd, "[MODIFIED %s] Somebody else changed these first", buf_text(&set));
    buf_free(&set);
    return result;
}

IMAPD_COMMAND(store)
{
    struct change change = { .silent = false };
    struct imapd_places places = { NULL, 0 };
    struct outcome_of_store outcome = { .failed = STORE_OK };
    if (command->count < 3 || !read_change(command->arguments->next, &change))
        return imapd_arguments(imapd, "STORE set [(UNCHANGEDSINCE n)] [+|-]FLAGS[.SILENT] (flags)");
    if (imapd->read_only)
        return imapd_failed(imapd, STORE_READ_ONLY);
    enum imapd_result result = imapd_read_flags(imapd, change.names, change.how != STORE_REMOVE, &change.flags);
    if (result == IMAPD_OK)
        result = imapd_read_places(imapd, command->arguments, command->uid, &places);
    if (result == IMAPD_OK) {
        if (change.conditional) {
            imapd->enabled |= IMAPD_CONDSTORE;
            imapd_news(imapd, false); /* what others changed must be known to be compared */
        }
        for (size_t i = 0; i < places.count; i++)
            change_one(imapd, places.at[i], command->uid, &change, &outcome);
        result = answer(imapd, &outcome);
    }
    imap_set_free(&outcome.modified);
    free(places.at);
    return result;
}
