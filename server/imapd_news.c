/*
 * News of the selected mailbox: what other sessions, the MDA and other
 * programs did to it (RFC 9051 §5.2), told before the tagged answer of a
 * command, or at once while the client idles.
 *
 * The view of the mailbox changes here and nowhere else, in the order in
 * which it is told: removed messages, changed flags, new messages.
 */
#include "server/imapd_session.h"

void imapd_tell_flags(struct imapd *imapd, size_t place, bool uid)
{
    const struct message *message = mailbox_message(imapd->mailbox, place);
    buf_printf(&imapd->out, "* %zu FETCH (", place + 1);
    /* RFC 7162 §3.2.4: with QRESYNC every FETCH response holds the UID. */
    if (uid || imapd->enabled & IMAPD_QRESYNC)
        buf_printf(&imapd->out, "UID %u ", message->uid);
    if (imapd->enabled & IMAPD_CONDSTORE)
        buf_printf(&imapd->out, "MODSEQ (%llu) ", (unsigned long long)message->modseq);
    buf_add_text(&imapd->out, "FLAGS ");
    imapd_write_flags(imapd, message);
    buf_add_text(&imapd->out, ")\r\n");
}

void imapd_tell_flag_list(struct imapd *imapd)
{
    buf_add_text(&imapd->out, "* FLAGS ");
    imapd_write_flag_list(imapd, false);
    buf_add_text(&imapd->out, "\r\n* OK [PERMANENTFLAGS ");
    if (imapd->read_only)
        buf_add_text(&imapd->out, "()");
    else
        imapd_write_flag_list(imapd, true);
    buf_add_text(&imapd->out, "] These are kept\r\n");
}

static void write_vanished(struct imapd *imapd, struct imap_set *set, const char *earlier)
{
    imap_set_resolve(set, UINT32_MAX);
    if (set->count > 0) {
        buf_printf(&imapd->out, "* VANISHED %s", earlier);
        imap_set_write(set, &imapd->out);
        buf_add_text(&imapd->out, "\r\n");
    }
    imap_set_free(set);
}

static void tell_gone(struct imapd *imapd, const struct mailbox_changes *changes)
{
    struct imap_set uids = { .count = 0 };
    for (size_t i = 0; i < changes->gone_count; i++)
        if (imapd->enabled & IMAPD_QRESYNC)
            imap_set_add(&uids, changes->gone[i].uid);
        else
            buf_printf(&imapd->out, "* %u EXPUNGE\r\n", changes->gone[i].sequence);
    write_vanished(imapd, &uids, "");
}

/* All of the known UIDs that are not there: for a client that was away for longer than removals are remembered. */
static void tell_missing(struct imapd *imapd, const struct imap_set *known)
{
    struct imap_set gone = { .count = 0 };
    const uint32_t after = mailbox_uidnext(imapd->mailbox); /* greater ones were never there */
    const size_t count = mailbox_count(imapd->mailbox);
    for (size_t i = 0; i < known->count && known->ranges[i].first < after; i++) {
        uint32_t next = known->ranges[i].first;
        const uint32_t last = known->ranges[i].last < after ? known->ranges[i].last : after - 1;
        for (size_t place = mailbox_find_uid(imapd->mailbox, next); place < count; place++) {
            const uint32_t uid = mailbox_message(imapd->mailbox, place)->uid;
            if (uid > last)
                break;
            if (uid > next)
                imap_set_add_range(&gone, next, uid - 1);
            next = uid + 1;
        }
        if (next <= last)
            imap_set_add_range(&gone, next, last);
    }
    write_vanished(imapd, &gone, "(EARLIER) ");
}

static bool is_in_view(const struct imapd *imapd, uint32_t uid)
{
    const size_t place = mailbox_find_uid(imapd->mailbox, uid);
    return place < mailbox_count(imapd->mailbox) && mailbox_message(imapd->mailbox, place)->uid == uid;
}

void imapd_tell_vanished(struct imapd *imapd, const struct imap_set *known, uint64_t since)
{
    struct imap_set gone = { .count = 0 };
    const uint32_t *uids;
    bool complete;
    const size_t count = mailbox_vanished(imapd->mailbox, since, &uids, &complete);
    if (!complete) {
        tell_missing(imapd, known);
        return;
    }
    for (size_t i = 0; i < count; i++) /* what went while we look is told as news */
        if (imap_set_has(known, uids[i]) && !is_in_view(imapd, uids[i]))
            imap_set_add(&gone, uids[i]);
    write_vanished(imapd, &gone, "(EARLIER) ");
}

void imapd_news(struct imapd *imapd, bool may_expunge)
{
    struct mailbox_changes changes;
    const enum store_result result = mailbox_sync(imapd->mailbox, may_expunge, &changes);
    if (!mailbox_is_alive(imapd->mailbox)) {
        imapd_bye(imapd, "[UNAVAILABLE] The mailbox was deleted by somebody else");
        return;
    }
    if (result != STORE_OK)
        return; /* it is in the log; the view is as it was */
    tell_gone(imapd, &changes);
    if (changes.keywords_changed)
        imapd_tell_flag_list(imapd);
    for (size_t i = 0; i < changes.changed_count; i++)
        imapd_tell_flags(imapd, changes.changed[i], true); /* §7.5.2: "they MUST include UID" */
    if (changes.count == changes.count_before)
        return;
    buf_printf(&imapd->out, "* %zu EXISTS\r\n", changes.count);
    if (!(imapd->enabled & IMAPD_REV2))
        buf_printf(&imapd->out, "* %zu RECENT\r\n", changes.recent);
}
