#include "command_fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/compose.h"
#include "client/source_maildir.h"
#include "core/conversation.h"
#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { LIST_MAX = 100 << 20 };

/* The letters that are in the Maildir already, by what the server calls them (UIDL, RFC 1939 §7). */
struct fetched {
    char *path;                /* a line for each */
    struct buf text;
    const char **rows;         /* into text, sorted */
    size_t count;
};

/* In the Maildir itself: without it everything is to be fetched anew. The name is one of ours, whatever the account. */
static char *list_path(const char *maildir, const struct account *account)
{
    struct buf name;
    buf_init(&name, 20000);
    account_write(account, &name);
    char *path = mem_printf("%s/pli-fetched.%016llx", maildir, (unsigned long long)conversation_id(buf_span(&name)));
    buf_free(&name);
    return path;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_fetched(struct fetched *fetched, struct buf *error)
{
    buf_init(&fetched->text, LIST_MAX);
    if (durable_read(fetched->path, &fetched->text) != 0 && errno != ENOENT) {
        buf_printf(error, "%s: %s", fetched->path, strerror(errno));
        return -1;
    }
    char *at = (char *)(uintptr_t)buf_text(&fetched->text), *rest = at;
    while (at != NULL && (at = strsep(&rest, "\n")) != NULL) {
        if (*at == '\0')
            continue;
        if ((fetched->count & (fetched->count + 1)) == 0)
            fetched->rows = mem_grow(fetched->rows, 2 * fetched->count + 1, sizeof *fetched->rows);
        fetched->rows[fetched->count++] = at;
    }
    if (fetched->count > 1)
        qsort(fetched->rows, fetched->count, sizeof *fetched->rows, compare);
    return 0;
}

static bool is_fetched(const struct fetched *fetched, const char *uid)
{
    return *uid != '\0' && fetched->count > 0 &&
           bsearch(&uid, fetched->rows, fetched->count, sizeof uid, compare) != NULL;
}

/* Letters that are not on the server any more need not be remembered. 0, or -1 with a sentence. */
static int write_fetched(const struct fetched *fetched, const struct mail_source *source, const unsigned char *here,
                         struct buf *error)
{
    struct buf text;
    buf_init(&text, LIST_MAX);
    for (size_t i = 0; i < source->count; i++)
        if (here[i] && *source->messages[i].uid != '\0')
            buf_printf(&text, "%s\n", source->messages[i].uid);
    int status = durable_replace(fetched->path, text.data, text.len, 0600);
    if (status != 0)
        buf_printf(error, "%s: %s", fetched->path, strerror(errno));
    buf_free(&text);
    return status;
}

/* A Maildir that is not there is made. NULL with a sentence. */
static struct mail_source *open_maildir(const char *path, struct account *account, struct buf *error)
{
    if (account_parse(path, account, error) != 0)
        return NULL;
    if (account->protocol != ACCOUNT_MAILDIR) {
        buf_printf(error, _("%s is no path of a Maildir"), path);
        return NULL;
    }
    return source_maildir_make(account->folder, error) == 0 ? source_open(account, NULL, -1, error) : NULL;
}

/* One letter: on the disk here before anything else happens to it. */
static int fetch_one(struct run *run, struct mail_source *maildir, unsigned number)
{
    struct buf raw;
    buf_init(&raw, COMPOSE_MAX);
    int status = source_fetch(run->source, number, &raw) == 0 ? 0 : run_failed(run);
    if (status == 0 && source_append(maildir, "INBOX", buf_span(&raw), 0) != 0) {
        buf_add_span(&run->error, buf_span(&maildir->error));
        status = -1;
    }
    buf_free(&raw);
    return status == 0 ? 0 : -1;
}

/* Letters that are safe here go from the server, when that was said. */
static int delete_fetched(struct run *run, const unsigned char *here)
{
    int status = 0;
    for (size_t i = 0; i < run->source->count && status == 0; i++)
        if (here[i])
            status = source_flag(run->source, (unsigned)i + 1, MAIL_DELETED, 0);
    if (status == 0)
        status = source_expunge(run->source);
    return status == 0 ? 0 : run_failed(run);
}

static int fetch_all(struct run *run, struct mail_source *maildir, struct fetched *fetched)
{
    struct mail_source *source = run->source;
    unsigned char *here = mem_alloc(source->count + 1);
    size_t count = 0;
    int status = 0;
    for (size_t i = 0; i < source->count; i++) {
        here[i] = is_fetched(fetched, source->messages[i].uid);
        if (here[i] || status != 0) /* after a failure: only remember what is here */
            continue;
        if (*source->messages[i].uid == '\0' && !run->options->delete_fetched) {
            buf_add_text(&run->error, _("the server has no names for its letters (UIDL), so those that were fetched "
                                        "would come again: they can only be fetched with --delete-fetched"));
            status = -1;
        } else {
            status = fetch_one(run, maildir, (unsigned)i + 1);
        }
        here[i] = status == 0;
        count += status == 0;
    }
    if (count > 0 || fetched->count > 0) /* also after a failure: what came, came */
        status |= write_fetched(fetched, source, here, &run->error);
    if (status == 0 && run->options->delete_fetched)
        status = delete_fetched(run, here);
    printf(ngettext("%zu letter fetched\n", "%zu letters fetched\n", count), count);
    free(here);
    return status == 0 ? RUN_GOOD : RUN_BAD;
}

/*
 * A crash between a letter's arrival in the Maildir and the note of it makes it come twice; never is one deleted that
 * is not here.
 */
int command_fetch(struct run *run)
{
    const struct options *options = run->options;
    struct account account = { .protocol = ACCOUNT_MAILDIR };
    struct fetched fetched = { .count = 0 };
    if (options->count < 2 || options->count > 3)
        return run_wrong(_("fetch wants a Maildir, and a POP3 account"));
    int status = run_open(run, 2, NULL) == 0 ? RUN_GOOD : RUN_BAD;
    if (status == RUN_GOOD && run->account.protocol != ACCOUNT_POP3)
        status = run_wrong(_("fetch wants a Maildir, and a POP3 account"));
    if (status == RUN_GOOD && source_survey(run->source) != 0)
        status = run_failed(run);
    struct mail_source *maildir = status == RUN_GOOD ? open_maildir(options->words[1], &account, &run->error) : NULL;
    if (maildir != NULL) {
        fetched.path = list_path(account.folder, &run->account);
        status = read_fetched(&fetched, &run->error) == 0 ? fetch_all(run, maildir, &fetched) : RUN_BAD;
    } else if (status == RUN_GOOD) {
        status = RUN_BAD;
    }
    source_close(maildir);
    account_free(&account);
    buf_free(&fetched.text);
    free(fetched.rows);
    free(fetched.path);
    return status;
}
