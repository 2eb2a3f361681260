/*
 * Opening and leaving a mailbox: SELECT EXAMINE CLOSE UNSELECT, and EXPUNGE
 * (RFC 9051 §6.3.2, §6.3.3, §6.4.1 to §6.4.3; parameters: RFC 7162).
 */
#include "server/imapd_session.h"

#include <stdlib.h>

struct parameters {
    bool condstore;
    bool qresync;
    uint64_t uidvalidity, modseq;
    struct imap_set known;
};

void imapd_unselect(struct imapd *imapd)
{
    if (imapd->mailbox == NULL)
        return;
    session_watch(imapd->session, NULL);
    mailbox_close(imapd->mailbox);
    imapd->mailbox = NULL;
    imap_set_free(&imapd->saved);
}

/* QRESYNC (uidvalidity modseq [known-uids [(numbers uids)]]): the last one may be left unused (RFC 7162 §3.2.5.2). */
static bool read_qresync(const struct imap_node *list, struct parameters *parameters)
{
    if (!imap_is_list(list) || list->count < 2 || list->count > 4)
        return false;
    const struct imap_node *validity = list->child, *modseq = validity->next, *known = modseq->next;
    parameters->qresync = true;
    if (!imap_number(validity, UINT32_MAX, &parameters->uidvalidity) ||
        !imap_number(modseq, INT64_MAX, &parameters->modseq))
        return false;
    if (known != NULL && imap_is_list(known))
        known = NULL;
    if (known == NULL)
        imap_set_add_range(&parameters->known, 1, UINT32_MAX);
    else if (known->type != IMAP_WORD || imap_set_parse(known->text, &parameters->known) != 0)
        return false;
    imap_set_resolve(&parameters->known, UINT32_MAX);
    return true;
}

static bool read_parameters(const struct imap_node *list, struct parameters *parameters)
{
    if (list == NULL)
        return true;
    if (!imap_is_list(list) || list->next != NULL)
        return false;
    for (const struct imap_node *node = list->child; node != NULL; node = node->next) {
        if (imap_is(node, "CONDSTORE"))
            parameters->condstore = true;
        else if (!imap_is(node, "QRESYNC") || !read_qresync(node = node->next, parameters))
            return false;
    }
    return true;
}

static size_t first_unseen(const struct imapd *imapd)
{
    for (size_t i = 0; i < mailbox_count(imapd->mailbox); i++)
        if (!(mailbox_message(imapd->mailbox, i)->flags & MAIL_SEEN))
            return i + 1;
    return 0;
}

static void tell_rev1(struct imapd *imapd)
{
    size_t recent = 0;
    for (size_t i = 0; i < mailbox_count(imapd->mailbox); i++)
        recent += (mailbox_message(imapd->mailbox, i)->flags & MAIL_RECENT) != 0;
    buf_printf(&imapd->out, "* %zu RECENT\r\n", recent);
    const size_t unseen = first_unseen(imapd);
    if (unseen > 0)
        buf_printf(&imapd->out, "* OK [UNSEEN %zu] The first unread one\r\n", unseen);
}

/* RFC 9051 §6.3.2: what the client must be told before the tagged OK. */
static void tell_mailbox(struct imapd *imapd)
{
    struct mailbox *mailbox = imapd->mailbox;
    imapd_tell_flag_list(imapd);
    buf_printf(&imapd->out, "* %zu EXISTS\r\n", mailbox_count(mailbox));
    if (imapd->enabled & IMAPD_REV2)
        imapd_tell_list(imapd, mailbox_name(mailbox));
    else
        tell_rev1(imapd);
    buf_printf(&imapd->out, "* OK [UIDVALIDITY %u] Unique identifiers are valid\r\n", mailbox_uidvalidity(mailbox));
    buf_printf(&imapd->out, "* OK [UIDNEXT %u] The next one\r\n", mailbox_uidnext(mailbox));
    buf_printf(&imapd->out, "* OK [HIGHESTMODSEQ %llu] The last change\r\n",
               (unsigned long long)mailbox_modseq(mailbox));
}

/* RFC 7162 §3.2.5.1 */
static void tell_since(struct imapd *imapd, const struct parameters *parameters)
{
    if (parameters->uidvalidity != mailbox_uidvalidity(imapd->mailbox))
        return;
    imapd_tell_vanished(imapd, &parameters->known, parameters->modseq);
    for (size_t i = 0; i < mailbox_count(imapd->mailbox); i++) {
        const struct message *message = mailbox_message(imapd->mailbox, i);
        if (message->modseq > parameters->modseq && imap_set_has(&parameters->known, message->uid))
            imapd_tell_flags(imapd, i, true);
    }
}

static enum imapd_result open_mailbox(struct imapd *imapd, const char *name, const struct parameters *parameters,
                                      bool read_only)
{
    if (imapd->mailbox != NULL) {
        imapd_unselect(imapd);
        buf_add_text(&imapd->out, "* OK [CLOSED] The mailbox before is closed\r\n");
    }
    const enum store_result result =
        mailbox_open(imapd->store, name, read_only ? MAILBOX_READ_ONLY : 0, &imapd->mailbox);
    if (result != STORE_OK) {
        imapd->mailbox = NULL;
        return imapd_failed(imapd, result);
    }
    imapd->read_only = mailbox_is_read_only(imapd->mailbox);
    tell_mailbox(imapd);
    if (parameters->qresync)
        tell_since(imapd, parameters);
    return imapd_ok(imapd, imapd->read_only ? "[READ-ONLY] Open for reading" : "[READ-WRITE] Open");
}

static enum imapd_result open_command(struct imapd *imapd, const struct imap_command *command, bool read_only)
{
    struct parameters parameters = { .condstore = false };
    char *name = imapd_name(imapd, command->arguments);
    enum imapd_result result = imapd_arguments(imapd, "a mailbox, and perhaps (CONDSTORE)");
    if (name != NULL && read_parameters(command->arguments->next, &parameters)) {
        if (parameters.condstore)
            imapd->enabled |= IMAPD_CONDSTORE;
        if (parameters.qresync && !(imapd->enabled & IMAPD_QRESYNC))
            result = imapd_bad(imapd, "ENABLE QRESYNC must come before"); /* RFC 7162 §3.2.5 */
        else
            result = open_mailbox(imapd, name, &parameters, read_only);
    }
    imap_set_free(&parameters.known);
    free(name);
    return result;
}

IMAPD_COMMAND(select)
{
    return open_command(imapd, command, false);
}

IMAPD_COMMAND(examine)
{
    return open_command(imapd, command, true);
}

static enum store_result remove_one(struct imapd *imapd, size_t place, enum store_result before)
{
    const struct message *message = mailbox_message(imapd->mailbox, place);
    if (!(message->flags & MAIL_DELETED) || message->gone)
        return before;
    const enum store_result result = mailbox_remove(imapd->mailbox, place);
    return result == STORE_OK || result == STORE_NOT_FOUND ? before : result;
}

/* Removes all that is marked \Deleted. */
static enum store_result remove_deleted(struct imapd *imapd)
{
    enum store_result result = STORE_OK;
    for (size_t i = 0; i < mailbox_count(imapd->mailbox); i++)
        result = remove_one(imapd, i, result);
    return result;
}

/* RFC 9051 §6.4.1: what is marked is removed, but not told, and not in a mailbox opened for reading. */
IMAPD_COMMAND(close)
{
    if (command->count > 0)
        return imapd_arguments(imapd, "CLOSE");
    if (!imapd->read_only)
        remove_deleted(imapd);
    imapd_unselect(imapd);
    return imapd_ok(imapd, "Closed");
}

IMAPD_COMMAND(unselect_command)
{
    if (command->count > 0)
        return imapd_arguments(imapd, "UNSELECT");
    imapd_unselect(imapd);
    return imapd_ok(imapd, "Left");
}

/* EXPUNGE, and UID EXPUNGE set (RFC 9051 §6.4.9). That they are gone is told as news. */
IMAPD_COMMAND(expunge)
{
    struct imapd_places places = { NULL, 0 };
    enum store_result result = STORE_OK;
    if (command->count != (command->uid ? 1u : 0u))
        return imapd_arguments(imapd, "EXPUNGE, or UID EXPUNGE set");
    if (imapd->read_only)
        return imapd_failed(imapd, STORE_READ_ONLY);
    if (!command->uid)
        result = remove_deleted(imapd);
    else if (imapd_read_places(imapd, command->arguments, true, &places) != IMAPD_OK)
        return IMAPD_BAD;
    for (size_t i = 0; i < places.count; i++)
        result = remove_one(imapd, places.at[i], result);
    free(places.at);
    return result == STORE_OK ? imapd_ok(imapd, "Removed") : imapd_failed(imapd, result);
}
