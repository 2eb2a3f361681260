/*
 * IDLE: the client gives the turn to the server, which tells news as it comes
 * (RFC 9051 §6.3.13). The notifying is server/notify.h's; what is told is
 * imapd_news.c's.
 */
#include "server/imapd_session.h"

static enum imapd_result done(struct imapd *imapd, struct span line)
{
    session_watch(imapd->session, NULL);
    if (!span_is_nocase(line, "DONE"))
        return imapd_bad(imapd, "IDLE ends with DONE");
    return imapd_ok(imapd, "You have the turn");
}

IMAPD_COMMAND(idle)
{
    if (command->count > 0)
        return imapd_arguments(imapd, "IDLE");
    buf_add_text(&imapd->out, "+ You will hear what happens\r\n");
    if (imapd->mailbox != NULL) {
        session_watch(imapd->session, imapd->mailbox); /* before looking: so nothing is missed between */
        imapd_news(imapd, true);
    }
    imapd->idling = true;
    imapd->line = done;
    return IMAPD_LINE;
}
