#include "mail_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/account.h"
#include "client/cache.h"
#include "client/pattern.h"
#include "client/source_imap.h"
#include "client/source_maildir.h"
#include "client/source_pop3.h"
#include "client/summary.h"
#include "core/mem.h"
#include "io/i18n.h"

enum { FILL = 2000, LETTERS_KEPT = 100 << 20 };

static int open_account(struct mail_source *source)
{
    switch (source->account->protocol) {
    case ACCOUNT_MAILDIR: return source_maildir_open(source);
    case ACCOUNT_POP3: return source_pop3_open(source);
    case ACCOUNT_IMAP: return source_imap_open(source);
    default: buf_add_text(&source->error, _("letters are sent by SMTP, not read: use imap: or pop3:")); return -1;
    }
}

static void forget(struct mail_source *source)
{
    cache_save(source);
    summary_reset(source);
    source->listed = source->cache_stale = false;
    source->validity = source->next_uid = 0;
    source->marks[0] = source->marks[1] = 0;
}

struct mail_source *source_open(const struct account *account, const struct mail_watcher *watcher, int cancel_fd,
                                struct buf *error)
{
    struct mail_source *source = mem_alloc(sizeof *source);
    buf_init(&source->error, 2000);
    source->account = account;
    source->cancel_fd = cancel_fd;
    if (watcher != NULL)
        source->watcher = *watcher;
    source->folder = mem_text(account->protocol == ACCOUNT_IMAP ? account->folder : "INBOX");
    if (open_account(source) == 0)
        return source;
    buf_add_span(error, buf_span(&source->error));
    source_close(source);
    return NULL;
}

void source_close(struct mail_source *source)
{
    if (source == NULL)
        return;
    if (source->account->cache != NULL && source->ops != NULL && source->ops->remote)
        cache_trim(source, LETTERS_KEPT);
    forget(source);
    if (source->data != NULL)
        source->ops->close(source);
    summary_reset(source);
    free(source->folder);
    buf_free(&source->error);
    free(source);
}

void source_hide(struct mail_source *source, const char *words)
{
    source->watcher.hide = words;
}

/* The connection anew, with the same folder; its list is read when it is needed. */
static int reopen(struct mail_source *source)
{
    if (source->data != NULL)
        source->ops->close(source);
    source->data = NULL;
    forget(source);
    if (open_account(source) == 0) {
        source->broken = false;
        return 0;
    }
    if (source->data != NULL)
        source->ops->close(source);
    source->data = NULL;
    return -1;
}

/* Every call begins with an empty error and a connection; one that the account has not got ends here. */
static int cannot(struct mail_source *source, bool missing)
{
    buf_clear(&source->error);
    if (missing)
        buf_printf(&source->error, _("%s cannot do that"), source->ops->name);
    return missing || (source->broken && reopen(source) != 0) ? -1 : 0;
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

/*
 * Before a call about letters: numbers of a list that went with its connection may mean others by now, so the letter
 * that was meant must still be where it was.
 */
static int about(struct mail_source *source, bool missing, const unsigned *numbers, size_t count, bool direct)
{
    bool moved = false;
    char *uid = NULL;
    if (source->broken && source->listed && count > 0 && numbers[0] >= 1 && numbers[0] <= source->count)
        uid = mem_text(source->messages[numbers[0] - 1].uid);
    int status = cannot(source, missing);
    if (status == 0 && uid != NULL)
        status = source_survey(source);
    for (size_t i = 0; i < count && status == 0; i++)
        status = no_letter(source, numbers[i], direct);
    if (status == 0 && uid != NULL)
        moved = strcmp(source->messages[numbers[0] - 1].uid, uid) != 0;
    if (moved)
        buf_add_text(&source->error, _("the folder has changed while the connection was broken: choose again"));
    free(uid);
    return status != 0 || moved ? -1 : 0;
}

int source_select(struct mail_source *source, const char *folder)
{
    char *copy = mem_text(folder);
    int status = cannot(source, source->ops->select == NULL);
    if (status == 0) {
        forget(source);
        status = source->ops->select(source, copy);
    }
    if (status == 0) {
        free(source->folder);
        source->folder = copy;
        return 0;
    }
    free(copy);
    return -1;
}

int source_survey(struct mail_source *source)
{
    if (cannot(source, false) != 0)
        return -1;
    source->listed = source->ops->list(source) == 0;
    return source->listed ? 0 : -1;
}

int source_fill(struct mail_source *source, size_t most)
{
    if (source->blank == 0)
        return 0;
    return cannot(source, source->ops->fill == NULL) != 0 ? -1 : source->ops->fill(source, most);
}

int source_refresh(struct mail_source *source)
{
    int status = source_survey(source);
    while (status == 0 && source->blank > 0)
        status = source_fill(source, FILL);
    source->listed = status == 0;
    return status;
}

int source_folders(struct mail_source *source, void (*each)(void *context, const struct mail_folder *folder),
                   void *context)
{
    return cannot(source, source->ops->folders == NULL) != 0 ? -1 : source->ops->folders(source, each, context);
}

int source_folder(struct mail_source *source, enum mail_folder_action action, const char *name, const char *to)
{
    return cannot(source, source->ops->folder == NULL) != 0 ? -1 : source->ops->folder(source, action, name, to);
}

int source_counts(struct mail_source *source, const char *folder, struct mail_counts *counts)
{
    if (source->listed && !source->broken && strcmp(folder, source->folder) == 0) { /* it is all here */
        *counts = (struct mail_counts){ .total = (unsigned)source->count };
        for (size_t i = 0; i < source->count; i++)
            counts->unseen += (source->messages[i].flags & MAIL_SEEN) == 0;
        return 0;
    }
    return cannot(source, source->ops->counts == NULL) != 0 ? -1 : source->ops->counts(source, folder, counts);
}

/* The names that folders with a use mostly have; the first is made when there is none. */
static const struct { enum mail_use use; const char *names[4]; } usual[] = {
    { MAIL_USE_SENT, { "Sent", "Sent Items", "Sent Messages", "INBOX.Sent" } },
    { MAIL_USE_DRAFTS, { "Drafts", "INBOX.Drafts" } },
    { MAIL_USE_TRASH, { "Trash", "Deleted Items", "Deleted Messages", "INBOX.Trash" } },
    { MAIL_USE_ARCHIVE, { "Archive", "Archives", "INBOX.Archive" } },
    { MAIL_USE_JUNK, { "Junk", "Spam", "INBOX.Junk" } },
};

struct wanted {
    enum mail_use use;
    const char *const *names;
    char *by_use, *by_name;
};

static void look(void *context, const struct mail_folder *folder)
{
    struct wanted *wanted = context;
    if (!folder->selectable)
        return;
    if (folder->use == wanted->use && wanted->by_use == NULL)
        wanted->by_use = mem_text(folder->name);
    for (int i = 0; i < 4 && wanted->names[i] != NULL && wanted->by_name == NULL; i++)
        if (strcasecmp(folder->name, wanted->names[i]) == 0)
            wanted->by_name = mem_text(folder->name);
}

char *source_folder_for(struct mail_source *source, enum mail_use use, bool create)
{
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        struct wanted wanted = { use, usual[i].names, NULL, NULL };
        if (usual[i].use != use)
            continue;
        if (source_folders(source, look, &wanted) != 0)
            return NULL;
        if (wanted.by_use != NULL) {
            free(wanted.by_name);
            return wanted.by_use;
        }
        if (wanted.by_name == NULL && create &&
            source_folder(source, MAIL_FOLDER_CREATE, wanted.names[0], NULL) == 0) {
            source_folder(source, MAIL_FOLDER_SUBSCRIBE, wanted.names[0], NULL);
            buf_clear(&source->error);
            return mem_text(wanted.names[0]);
        }
        if (wanted.by_name == NULL && source->error.len == 0)
            buf_printf(&source->error, _("there is no folder %s"), wanted.names[0]);
        return wanted.by_name;
    }
    return mem_text("INBOX");
}

int source_fetch(struct mail_source *source, unsigned number, struct buf *raw)
{
    bool known = source->ops->remote && source->listed && number >= 1 && number <= source->count;
    if (known && cache_read_letter(source, source->messages[number - 1].uid, raw) == 0)
        return 0;
    if (about(source, false, &number, 1, source->ops->direct) != 0)
        return -1;
    size_t before = raw->len;
    int status = source->ops->fetch(source, number, raw);
    if (status == 0 && known)
        cache_write_letter(source, source->messages[number - 1].uid,
                           (struct span){ raw->data + before, raw->len - before });
    return status;
}

int source_top(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw)
{
    if (about(source, source->ops->top == NULL, &number, 1, source->ops->direct) != 0)
        return -1;
    return source->ops->top(source, number, lines, raw);
}

int source_flag_all(struct mail_source *source, const unsigned *numbers, size_t count, unsigned set, unsigned clear)
{
    /* Flags that are kept here only belong to a row of the list. */
    bool direct = source->ops->direct && (source->abilities & MAIL_CAN_FLAG) != 0;
    if (about(source, source->ops->flag == NULL, numbers, count, direct) != 0)
        return -1;
    source->cache_stale = true;
    return source->ops->flag(source, numbers, count, set & MAIL_KEPT, clear & MAIL_KEPT);
}

int source_flag(struct mail_source *source, unsigned number, unsigned set, unsigned clear)
{
    return source_flag_all(source, &number, 1, set, clear);
}

static int copy(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder, bool move)
{
    if (about(source, source->ops->copy == NULL, numbers, count, false) != 0)
        return -1;
    return count == 0 ? 0 : source->ops->copy(source, numbers, count, folder, move);
}

int source_copy(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder)
{
    return copy(source, numbers, count, folder, false);
}

int source_move(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder)
{
    return copy(source, numbers, count, folder, true);
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
    *changed = source->broken;
    return cannot(source, source->ops->check == NULL) != 0 ? -1 : source->ops->check(source, changed);
}

int source_watch(struct mail_source *source)
{
    if (source->ops->watch == NULL || source->broken)
        return -1;
    buf_clear(&source->error);
    return source->ops->watch(source);
}

int source_search(struct mail_source *source, const struct pattern *pattern, unsigned char *hits)
{
    if (cannot(source, false) != 0 || (!source->listed && source_survey(source) != 0))
        return -1;
    memset(hits, 0, source->count);
    if (source->ops->search != NULL && pattern_for_server(pattern))
        return source->ops->search(source, pattern, hits);
    return pattern_match_all(pattern, source, hits);
}

void source_status(struct mail_source *source, struct mail_status *status)
{
    *status = (struct mail_status){ .protocol = "" };
    if (source->data != NULL)
        source->ops->status(source, status);
    if (source->folder != NULL)
        snprintf(status->folder, sizeof status->folder, "%s", source->folder);
}
