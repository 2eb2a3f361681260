#include "mail_source.h"

#include <stdlib.h>
#include <string.h>

#include "client/account.h"
#include "client/source_imap.h"
#include "client/source_maildir.h"
#include "client/source_pop3.h"
#include "client/summary.h"
#include "core/mem.h"
#include "io/i18n.h"

struct mail_source *source_open(const struct account *account, const struct mail_watcher *watcher, int cancel_fd,
                                struct buf *error)
{
    struct mail_source *source = mem_alloc(sizeof *source);
    int status = -1;
    buf_init(&source->error, 2000);
    if (account->protocol == ACCOUNT_MAILDIR)
        status = source_maildir_open(source, account);
    else if (account->protocol == ACCOUNT_POP3)
        status = source_pop3_open(source, account, watcher, cancel_fd);
    else if (account->protocol == ACCOUNT_IMAP)
        status = source_imap_open(source, account, watcher, cancel_fd);
    else
        buf_add_text(&source->error, _("letters are sent by SMTP, not read: use imap: or pop3:"));
    if (status == 0)
        return source;
    buf_add_span(error, buf_span(&source->error));
    source_close(source);
    return NULL;
}

void source_close(struct mail_source *source)
{
    if (source == NULL)
        return;
    if (source->ops != NULL)
        source->ops->close(source);
    summary_reset(source);
    buf_free(&source->error);
    free(source);
}

/* Every call begins with an empty error; one that the account has not got ends here. */
static int cannot(struct mail_source *source, bool missing)
{
    buf_clear(&source->error);
    if (missing)
        buf_printf(&source->error, _("%s cannot do that"), source->ops->name);
    return missing ? -1 : 0;
}

/* Is there a letter of that number? direct: the server is asked by number, and says so itself. */
static int no_letter(struct mail_source *source, unsigned number, bool direct)
{
    if (!source->listed && !direct && source_survey(source) != 0)
        return -1;
    if (number >= 1 && (number <= source->count || !source->listed))
        return 0;
    if (source->count == 0)
        buf_printf(&source->error, _("there is no letter %u: the folder is empty"), number);
    else
        buf_printf(&source->error, _("there is no letter %u: they are numbered 1 to %zu"), number, source->count);
    return -1;
}

int source_select(struct mail_source *source, const char *folder)
{
    if (cannot(source, source->ops->select == NULL) != 0)
        return -1;
    source->listed = false;
    return source->ops->select(source, folder);
}

int source_refresh(struct mail_source *source)
{
    cannot(source, false);
    source->listed = source->ops->refresh(source) == 0;
    return source->listed ? 0 : -1;
}

int source_survey(struct mail_source *source)
{
    cannot(source, false);
    source->listed = source->ops->survey(source) == 0;
    return source->listed ? 0 : -1;
}

int source_folders(struct mail_source *source, void (*each)(void *context, const char *name, bool selectable),
                   void *context)
{
    return cannot(source, source->ops->folders == NULL) != 0 ? -1 : source->ops->folders(source, each, context);
}

int source_fetch(struct mail_source *source, unsigned number, struct buf *raw)
{
    if (cannot(source, false) != 0 || no_letter(source, number, source->ops->direct) != 0)
        return -1;
    return source->ops->fetch(source, number, raw);
}

int source_top(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw)
{
    if (cannot(source, source->ops->top == NULL) != 0 || no_letter(source, number, source->ops->direct) != 0)
        return -1;
    return source->ops->top(source, number, lines, raw);
}

int source_flag(struct mail_source *source, unsigned number, unsigned set, unsigned clear)
{
    /* Flags that are kept here only belong to a row of the list. */
    bool direct = source->ops->direct && (source->abilities & MAIL_CAN_FLAG) != 0;
    if (cannot(source, source->ops->flag == NULL) != 0 || no_letter(source, number, direct) != 0)
        return -1;
    return source->ops->flag(source, number, set, clear);
}

int source_expunge(struct mail_source *source)
{
    return cannot(source, source->ops->expunge == NULL) != 0 ? -1 : source->ops->expunge(source);
}

int source_append(struct mail_source *source, const char *folder, struct span message, unsigned flags)
{
    if (cannot(source, source->ops->append == NULL) != 0)
        return -1;
    return source->ops->append(source, folder, message, flags);
}

int source_check(struct mail_source *source, bool *changed)
{
    *changed = false;
    return cannot(source, source->ops->check == NULL) != 0 ? -1 : source->ops->check(source, changed);
}

void source_status(struct mail_source *source, struct mail_status *status)
{
    *status = (struct mail_status){ .protocol = "" };
    source->ops->status(source, status);
}
