/*
 * COPY and MOVE (RFC 9051 §6.4.7, §6.4.8), whose answers say which unique
 * identifiers the messages had and which they got.
 */
#include "server/imapd_session.h"

#include <stdlib.h>

#include "core/mem.h"
#include "server/quota.h"

/* "[COPYUID validity from to]" (§7.1) */
static void write_copyuid(struct imapd *imapd, const struct imapd_places *places, uint32_t uidvalidity,
                          const uint32_t *uids, struct buf *out)
{
    struct imap_set from = { .count = 0 }, to = { .count = 0 };
    for (size_t i = 0; i < places->count; i++) {
        imap_set_add(&from, mailbox_message(imapd->mailbox, places->at[i])->uid);
        imap_set_add(&to, uids[i]);
    }
    buf_printf(out, "[COPYUID %u ", uidvalidity);
    imap_set_write(&from, out);
    buf_add_text(out, " ");
    imap_set_write(&to, out);
    buf_add_text(out, "]");
    imap_set_free(&from);
    imap_set_free(&to);
}

/* Not found: the mailbox, or a message that somebody else removed (§7.1 EXPUNGEISSUED)? */
static enum imapd_result not_found(struct imapd *imapd, const char *folder)
{
    struct mailbox_status status;
    if (store_status(imapd->store, folder, &status) == STORE_OK)
        return imapd_no(imapd, "[EXPUNGEISSUED] Some of these messages are gone");
    return imapd_no(imapd, "[TRYCREATE] There is no such mailbox");
}

/* A copy counts as much as its original. */
static enum store_result has_room(struct imapd *imapd, const struct imapd_places *places)
{
    const struct quota limit = quota_limit(imapd->session->config);
    struct quota more = { .messages = places->count };
    if (!quota_is_set(&limit))
        return STORE_OK;
    for (size_t i = 0; i < places->count && limit.octets > 0; i++)
        more.octets += mailbox_size(imapd->mailbox, places->at[i]);
    return quota_allows(imapd->store, &limit, &more);
}

static enum imapd_result transfer(struct imapd *imapd, const struct imapd_places *places, const char *folder, bool move)
{
    uint32_t uidvalidity;
    uint32_t *uids = mem_alloc((places->count + 1) * sizeof *uids);
    struct buf code;
    buf_init(&code, 1 << 24);
    enum store_result result = move ? STORE_OK : has_room(imapd, places);
    if (result == STORE_OK)
        result =
            (move ? mailbox_move : mailbox_copy)(imapd->mailbox, places->at, places->count, folder, &uidvalidity, uids);
    if (result == STORE_OK && places->count > 0)
        write_copyuid(imapd, places, uidvalidity, uids, &code);
    free(uids);
    if (result == STORE_OK && move) {
        /* §6.4.8: "in an untagged OK before sending EXPUNGE or similar responses" */
        if (code.len > 0)
            buf_printf(&imapd->out, "* OK %s There they are\r\n", buf_text(&code));
        imapd_ok(imapd, "Moved");
    } else if (result == STORE_OK) {
        imapd_ok(imapd, "%s%sCopied", buf_text(&code), code.len > 0 ? " " : "");
    }
    buf_free(&code);
    if (result == STORE_NOT_FOUND)
        return not_found(imapd, folder);
    return result == STORE_OK ? IMAPD_OK : imapd_failed(imapd, result);
}

static enum imapd_result copy_or_move(struct imapd *imapd, const struct imap_command *command, bool move)
{
    struct imapd_places places = { NULL, 0 };
    char *folder = command->count == 2 ? imapd_name(imapd, command->arguments->next) : NULL;
    if (folder == NULL)
        return imapd_arguments(imapd, "a set of messages and a mailbox");
    enum imapd_result result = imapd_read_places(imapd, command->arguments, command->uid, &places);
    if (result == IMAPD_OK)
        result =
            move && imapd->read_only ? imapd_failed(imapd, STORE_READ_ONLY) : transfer(imapd, &places, folder, move);
    free(folder);
    free(places.at);
    return result;
}

IMAPD_COMMAND(copy)
{
    return copy_or_move(imapd, command, false);
}

IMAPD_COMMAND(move)
{
    return copy_or_move(imapd, command, true);
}
