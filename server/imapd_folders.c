/*
 * Mailboxes as a whole: CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE STATUS
 * NAMESPACE (RFC 9051 §6.3.4 to §6.3.11).
 */
#include "server/imapd_session.h"

#include <stdlib.h>
#include <string.h>

#include "server/config.h"
#include "server/store_role.h"

/* One mailbox name, and nothing else. */
static char *only_name(struct imapd *imapd, const struct imap_command *command)
{
    return command->count == 1 ? imapd_name(imapd, command->arguments) : NULL;
}

static enum imapd_result answer(struct imapd *imapd, enum store_result result)
{
    return result == STORE_OK ? imapd_ok(imapd, "Done") : imapd_failed(imapd, result);
}

/* Is it the mailbox that is selected, or one above it? */
static bool holds_selected(const struct imapd *imapd, const char *name)
{
    if (imapd->mailbox == NULL || strcasecmp(name, "INBOX") == 0)
        return false;
    const char *selected = mailbox_name(imapd->mailbox);
    const size_t len = strlen(name);
    return strncmp(selected, name, len) == 0 && (selected[len] == '\0' || selected[len] == '.');
}

/* (USE (\Drafts)): RFC 6154 §3 and §6. false when it is nothing of the kind; *role NULL: none that can be. */
static bool read_use(const struct imap_node *list, const char **role)
{
    if (!imap_is_list(list) || list->next != NULL || list->count != 2 || !imap_is(list->child, "USE") ||
        !imap_is_list(list->child->next))
        return false;
    const struct imap_node *uses = list->child->next;
    *role = uses->count == 1 && imap_is_flag(uses->child) ? store_role_known(uses->child->text) : NULL;
    return true;
}

static enum imapd_result create_for(struct imapd *imapd, const char *name, const struct imap_node *list)
{
    const char *role = NULL;
    if (!read_use(list, &role))
        return imapd_arguments(imapd, "CREATE mailbox [(USE (special-use))]");
    if (role == NULL)
        return imapd_no(imapd,
                        "[USEATTR] The use of a mailbox is \\Sent, \\Drafts, \\Trash, \\Junk, \\Archive, \\Important");
    return answer(imapd, store_create_for(imapd->store, name, role));
}

IMAPD_COMMAND(create)
{
    char *name = command->count >= 1 ? imapd_name(imapd, command->arguments) : NULL;
    if (name == NULL)
        return imapd_arguments(imapd, "CREATE mailbox [(USE (special-use))]");
    /* §6.3.4: a separator at the end only says that others will be made below it. */
    const size_t len = strlen(name);
    if (len > 1 && name[len - 1] == '.')
        name[len - 1] = '\0';
    const enum imapd_result result = command->count == 1 ? answer(imapd, store_create(imapd->store, name))
                                                         : create_for(imapd, name, command->arguments->next);
    free(name);
    return result;
}

IMAPD_COMMAND(delete)
{
    char *name = only_name(imapd, command);
    if (name == NULL)
        return imapd_arguments(imapd, "DELETE mailbox");
    enum imapd_result result;
    if (strcasecmp(name, "INBOX") == 0)
        result = imapd_no(imapd, "[CANNOT] INBOX cannot be deleted");
    else if (holds_selected(imapd, name))
        result = imapd_no(imapd, "[INUSE] It is the mailbox that you have opened");
    else
        result = answer(imapd, store_delete(imapd->store, name));
    free(name);
    return result;
}

IMAPD_COMMAND(rename)
{
    char *from = command->count == 2 ? imapd_name(imapd, command->arguments) : NULL;
    char *to = from != NULL ? imapd_name(imapd, command->arguments->next) : NULL;
    enum imapd_result result = imapd_arguments(imapd, "RENAME mailbox mailbox");
    if (to != NULL && holds_selected(imapd, from))
        result = imapd_no(imapd, "[INUSE] It is the mailbox that you have opened");
    else if (to != NULL)
        result = answer(imapd, store_rename(imapd->store, from, to));
    free(from);
    free(to);
    return result;
}

static enum imapd_result subscription(struct imapd *imapd, const struct imap_command *command, bool yes)
{
    char *name = only_name(imapd, command);
    if (name == NULL)
        return imapd_arguments(imapd, "a mailbox");
    const enum store_result result = store_subscribe(imapd->store, name, yes);
    free(name);
    return answer(imapd, result);
}

IMAPD_COMMAND(subscribe)
{
    return subscription(imapd, command, true);
}

IMAPD_COMMAND(unsubscribe)
{
    return subscription(imapd, command, false);
}

/* RFC 9051 §6.3.10: only the user's own mailboxes, beginning anywhere. */
IMAPD_COMMAND(namespace)
{
    if (command->count > 0)
        return imapd_arguments(imapd, "NAMESPACE");
    buf_add_text(&imapd->out, "* NAMESPACE ((\"\" \".\")) NIL NIL\r\n");
    return imapd_ok(imapd, "All is yours");
}

/* ---- STATUS (§6.3.11) ---- */

enum status_item {
    MESSAGES,
    RECENT,
    UIDNEXT,
    UIDVALIDITY,
    UNSEEN,
    DELETED,
    DELETED_STORAGE,
    SIZE,
    HIGHESTMODSEQ,
    APPENDLIMIT,
    STATUS_ITEMS
};

static const char *const status_names[STATUS_ITEMS] = {
    "MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "DELETED-STORAGE", "SIZE", "HIGHESTMODSEQ",
    "APPENDLIMIT",
};

static enum status_item status_item(const struct imap_node *node)
{
    int item = 0;
    while (item < STATUS_ITEMS && !imap_is(node, status_names[item]))
        item++;
    return (enum status_item)item;
}

bool imapd_status_items_are_good(const struct imap_node *items)
{
    if (!imap_is_list(items) || items->count == 0)
        return false;
    for (const struct imap_node *node = items->child; node != NULL; node = node->next)
        if (status_item(node) == STATUS_ITEMS)
            return false;
    return true;
}

static unsigned long long status_value(const struct imapd *imapd, const struct mailbox_status *status,
                                       enum status_item item)
{
    switch (item) {
    case MESSAGES: return status->messages;
    case RECENT: return status->recent;
    case UIDNEXT: return status->uidnext;
    case UIDVALIDITY: return status->uidvalidity;
    case UNSEEN: return status->unseen;
    case DELETED: return status->deleted;
    case DELETED_STORAGE: return status->deleted_octets; /* RFC 9208 §4.1.4 */
    case SIZE: return status->size;
    case HIGHESTMODSEQ: return status->modseq;
    case APPENDLIMIT: return (unsigned long long)config_number(imapd->session->config, CONFIG_MESSAGE_SIZE_LIMIT);
    case STATUS_ITEMS: break;
    }
    return 0;
}

enum store_result imapd_write_status(struct imapd *imapd, const char *folder, const struct imap_node *items)
{
    struct mailbox_status status;
    const enum store_result result = store_status(imapd->store, folder, &status);
    if (result != STORE_OK)
        return result;
    buf_add_text(&imapd->out, "* STATUS ");
    imapd_write_name(imapd, folder);
    for (const struct imap_node *node = items->child; node != NULL; node = node->next) {
        const enum status_item item = status_item(node);
        if (item == HIGHESTMODSEQ)
            imapd->enabled |= IMAPD_CONDSTORE; /* RFC 7162 §3.1: asking for it enables the extension */
        buf_printf(&imapd->out, "%s%s ", node == items->child ? " (" : " ", status_names[item]);
        const unsigned long long value = status_value(imapd, &status, item);
        if (item == APPENDLIMIT && value == 0) /* RFC 7889 §4: no limit */
            buf_add_text(&imapd->out, "NIL");
        else
            buf_printf(&imapd->out, "%llu", value);
    }
    buf_add_text(&imapd->out, ")\r\n");
    return STORE_OK;
}

IMAPD_COMMAND(status)
{
    char *name = command->count == 2 ? imapd_name(imapd, command->arguments) : NULL;
    if (name == NULL || !imapd_status_items_are_good(command->arguments->next)) {
        free(name);
        return imapd_arguments(imapd, "STATUS mailbox (MESSAGES UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE ...)");
    }
    const enum store_result result = imapd_write_status(imapd, name, command->arguments->next);
    free(name);
    return answer(imapd, result);
}
