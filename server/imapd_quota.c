/*
 * QUOTA (RFC 9208): GETQUOTA and GETQUOTAROOT. There is one quota root, which
 * counts all mailboxes of the user. SETQUOTA is not offered (no QUOTASET):
 * limits are the administrator's, in the configuration.
 */
#include "server/imapd_session.h"

#include <inttypes.h>
#include <stdlib.h>

#include "server/quota.h"

/* "* QUOTA root (STORAGE 10 512 MESSAGE 20 1000)" (§4.2.1); STORAGE in units of 1024 octets, rounded up. */
static enum imapd_result tell_quota(struct imapd *imapd)
{
    const struct config *config = imapd->session->config;
    const struct quota limit = quota_limit(config);
    struct quota used;
    const enum store_result result = quota_used(imapd->store, &used);
    if (result != STORE_OK)
        return imapd_failed(imapd, result);
    buf_add_text(&imapd->out, "* QUOTA ");
    imapd_write_string(imapd, span_of(quota_root(config)));
    buf_add_text(&imapd->out, " (");
    if (limit.octets > 0)
        buf_printf(&imapd->out, "STORAGE %" PRIu64 " %" PRIu64, (used.octets + 1023) / 1024, limit.octets / 1024);
    if (limit.messages > 0)
        buf_printf(&imapd->out, "%sMESSAGE %" PRIu64 " %" PRIu64, limit.octets > 0 ? " " : "", used.messages,
                   limit.messages);
    buf_add_text(&imapd->out, ")\r\n");
    return imapd_ok(imapd, quota_is_set(&limit) ? "That is used, and the limit" : "There is no limit");
}

IMAPD_COMMAND(getquota)
{
    const struct imap_node *root = command->arguments;
    if (command->count != 1 || !imap_is_astring(root))
        return imapd_arguments(imapd, "GETQUOTA root");
    if (!span_is(root->text, quota_root(imapd->session->config)))
        return imapd_no(imapd, "[NONEXISTENT] There is no such quota root; GETQUOTAROOT names it");
    return tell_quota(imapd);
}

/* §4.1.2: "the mailbox name parameter doesn't have to reference an existing mailbox" */
IMAPD_COMMAND(getquotaroot)
{
    char *name = command->count == 1 ? imapd_name(imapd, command->arguments) : NULL;
    if (name == NULL)
        return imapd_arguments(imapd, "GETQUOTAROOT mailbox");
    buf_add_text(&imapd->out, "* QUOTAROOT ");
    imapd_write_name(imapd, name);
    buf_add_text(&imapd->out, " ");
    imapd_write_string(imapd, span_of(quota_root(imapd->session->config)));
    buf_add_text(&imapd->out, "\r\n");
    free(name);
    return tell_quota(imapd);
}

IMAPD_COMMAND(setquota)
{
    (void)command;
    return imapd_no(imapd, "[NOPERM] Limits are set by the administrator: quota_rule in the configuration");
}
