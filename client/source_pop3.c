#include "source_pop3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/account.h"
#include "client/cache.h"
#include "client/pop3_dialogue.h"
#include "client/summary.h"
#include "core/mem.h"
#include "io/i18n.h"

enum { HEADER_MAX = 256 << 10, NEARBY = 16 };

struct pop3_source {
    struct pop3_dialogue dialogue;
    unsigned *numbers;      /* the server's, of messages[i]: they have gaps after DELE */
};

/* "3 1204": a number and a word. false: it is not that. */
static bool read_row(struct span line, unsigned *number, struct span *word)
{
    struct span digits = pop3_word(&line);
    *number = 0;
    for (size_t i = 0; i < digits.len && i < 8; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
        *number = *number * 10 + (unsigned)(digits.at[i] - '0');
    }
    *word = pop3_word(&line);
    return digits.len > 0 && digits.len < 8 && *number > 0 && word->len > 0;
}

/* A row of LIST: the letters and their sizes. */
static int take_size(void *context, struct span line, bool unfinished)
{
    struct mail_source *source = context;
    struct pop3_source *pop3 = source->data;
    unsigned number;
    struct span word;
    (void)unfinished;
    if (source->count >= SUMMARY_MAX_LETTERS)
        return -1;
    if (!read_row(line, &number, &word))
        return 0;
    struct mail_envelope *envelope = summary_add(source, (struct span){ "", 0 });
    if ((source->count & (source->count - 1)) == 0)
        pop3->numbers = mem_grow(pop3->numbers, 2 * source->count, sizeof *pop3->numbers);
    pop3->numbers[source->count - 1] = number;
    for (size_t i = 0; i < word.len && i < 18 && word.at[i] >= '0' && word.at[i] <= '9'; i++)
        envelope->size = envelope->size * 10 + (uint64_t)(word.at[i] - '0');
    return 0;
}

/* Rows of LIST and UIDL come in the same order; one that does not is looked for nearby. */
struct uidl {
    struct mail_source *source;
    size_t next;
};

static int take_uid(void *context, struct span line, bool unfinished)
{
    struct uidl *uidl = context;
    struct pop3_source *pop3 = uidl->source->data;
    unsigned number;
    struct span word;
    (void)unfinished;
    if (!read_row(line, &number, &word))
        return 0;
    for (size_t i = uidl->next; i < uidl->source->count && i < uidl->next + NEARBY; i++) {
        if (pop3->numbers[i] != number)
            continue;
        uidl->source->messages[i].uid = arena_text(&uidl->source->texts, word);
        uidl->next = i + 1;
        break;
    }
    return 0;
}

static int collect(void *context, struct span line, bool unfinished)
{
    struct buf *out = context;
    int status = buf_add_span(out, line);
    return unfinished ? status : status | buf_add_text(out, "\r\n");
}

/* lines NULL: the whole letter. */
static int read_letter(struct mail_source *source, unsigned number, const unsigned *lines, struct buf *out)
{
    struct pop3_source *pop3 = source->data;
    char argument[40];
    unsigned known = source->listed ? pop3->numbers[number - 1] : number;
    if (lines == NULL)
        snprintf(argument, sizeof argument, "%u", known);
    else
        snprintf(argument, sizeof argument, "%u %u", known, *lines);
    int status = pop3_command(&pop3->dialogue, lines == NULL ? POP3_RETR : POP3_TOP, argument, collect, out);
    source->broken = pop3->dialogue.broken;
    return status;
}

static int fetch(struct mail_source *source, unsigned number, struct buf *raw)
{
    return read_letter(source, number, NULL, raw);
}

static int top(struct mail_source *source, unsigned number, unsigned lines, struct buf *raw)
{
    struct pop3_source *pop3 = source->data;
    return read_letter(source, number, pop3->dialogue.can.top ? &lines : NULL, raw);
}

/* What was known of the letters that are still there. UIDLs have no order: the old rows are sorted by them. */
static int by_uid(const void *a, const void *b)
{
    const struct mail_envelope *one = a, *other = b;
    return strcmp(one->uid, other->uid);
}

static void take_old(struct mail_source *source, struct mail_envelope *old, size_t count)
{
    if (count > 1)
        qsort(old, count, sizeof *old, by_uid);
    for (size_t i = 0; i < source->count && count > 0; i++) {
        struct mail_envelope *row = &source->messages[i];
        const struct mail_envelope *known = bsearch(row, old, count, sizeof *old, by_uid);
        uint64_t size = row->size;
        if (known == NULL || *row->uid == '\0')
            continue;
        row->flags |= known->flags & MAIL_KEPT;
        summary_take(source, row, known);
        row->size = size;
    }
}

static int list(struct mail_source *source)
{
    struct pop3_source *pop3 = source->data;
    struct uidl uidl = { source, 0 };
    if (source->count == 0)
        cache_load(source, 0);
    struct mail_envelope *old = source->messages;
    size_t old_count = source->count;
    source->messages = NULL;
    source->count = source->blank = 0;
    int status = pop3_command(&pop3->dialogue, POP3_LIST, "", take_size, source);
    if (status == 0 && pop3->dialogue.can.uidl && source->count > 0)
        status = pop3_command(&pop3->dialogue, POP3_UIDL, "", take_uid, &uidl);
    take_old(source, old, old_count);
    source->cache_stale |= source->count != old_count;
    source->broken = pop3->dialogue.broken;
    free(old);
    summary_count(source);
    return status;
}

static int fill(struct mail_source *source, size_t most)
{
    struct pop3_source *pop3 = source->data;
    struct buf header;
    int status = 0;
    buf_init(&header, HEADER_MAX);
    for (size_t i = source->count; i > 0 && most > 0 && status == 0; i--) {
        if ((source->messages[i - 1].flags & MAIL_BLANK) == 0)
            continue;
        buf_clear(&header);
        const unsigned none = 0;
        status = read_letter(source, (unsigned)i, pop3->dialogue.can.top ? &none : NULL, &header);
        if (status == 0)
            summary_fill(source, &source->messages[i - 1], buf_span(&header));
        most--;
    }
    buf_free(&header);
    source->broken = pop3->dialogue.broken;
    return status;
}

static int select_folder(struct mail_source *source, const char *folder)
{
    if (strcasecmp(folder, "INBOX") == 0)
        return 0;
    buf_add_text(&source->error, _("a POP3 account has one folder, INBOX"));
    return -1;
}

/* Kept in the cache, as POP3 has no place for them. */
static int flag(struct mail_source *source, const unsigned *numbers, size_t count, unsigned set, unsigned clear)
{
    for (size_t i = 0; i < count; i++) {
        struct mail_envelope *envelope = &source->messages[numbers[i] - 1];
        envelope->flags = (envelope->flags | set) & ~clear;
    }
    return 0;
}

static int expunge(struct mail_source *source)
{
    struct pop3_source *pop3 = source->data;
    size_t left = 0;
    for (unsigned i = 0; i < source->count; i++) {
        char argument[20];
        if ((source->messages[i].flags & MAIL_DELETED) == 0) {
            pop3->numbers[left++] = pop3->numbers[i];
            continue;
        }
        snprintf(argument, sizeof argument, "%u", pop3->numbers[i]);
        if (pop3_command(&pop3->dialogue, POP3_DELE, argument, NULL, NULL) != 0) {
            source->broken = pop3->dialogue.broken;
            return -1;
        }
    }
    summary_remove(source, MAIL_DELETED);
    return 0;
}

/* A POP3 session sees the mailbox as it was at its beginning (RFC 1939 §4): nothing can be new. */
static int check(struct mail_source *source, bool *changed)
{
    struct pop3_source *pop3 = source->data;
    *changed = false;
    int status = pop3_command(&pop3->dialogue, POP3_NOOP, "", NULL, NULL);
    source->broken = pop3->dialogue.broken;
    return status;
}

static void status_of(struct mail_source *source, struct mail_status *status)
{
    const struct pop3_source *pop3 = source->data;
    snprintf(status->protocol, sizeof status->protocol, "pop3");
    snprintf(status->security, sizeof status->security, "%s", pop3->dialogue.link.security);
    snprintf(status->state, sizeof status->state, "%s", machine_state_name(&pop3->dialogue.machine));
    snprintf(status->capabilities, sizeof status->capabilities, "%s", pop3->dialogue.said);
    status->tls = pop3->dialogue.link.channel != NULL ? channel_tls(pop3->dialogue.link.channel) : NULL;
}

static void close_pop3(struct mail_source *source)
{
    struct pop3_source *pop3 = source->data;
    pop3_dialogue_quit(&pop3->dialogue);
    pop3_dialogue_close(&pop3->dialogue);
    free(pop3->numbers);
    free(pop3);
    source->data = NULL;
}

static const struct mail_source_ops ops = {
    .name = "POP3", .direct = true, .remote = true, .select = select_folder, .list = list, .fill = fill,
    .fetch = fetch, .top = top, .flag = flag, .expunge = expunge, .check = check,
    .status = status_of, .close = close_pop3,
};

int source_pop3_open(struct mail_source *source)
{
    struct pop3_source *pop3 = mem_alloc(sizeof *pop3);
    source->data = pop3;
    source->ops = &ops;
    return pop3_dialogue_open(&pop3->dialogue, source->account, &source->watcher, source->cancel_fd, &source->error);
}
