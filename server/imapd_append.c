/*
 * APPEND: letters from the client into a mailbox (RFC 9051 §6.3.12; several
 * at once: RFC 3502; UTF8 (~{n}): RFC 6855 §4).
 *
 * A letter is a literal. When it is announced, what stands before it is
 * checked and the answer is either "+" or the refusal, so nobody sends ten
 * megabytes in vain; then it flows into the store piece by piece and is never
 * in memory as a whole. Nothing is visible before the command is complete.
 */
#include "server/imapd_session.h"

#include <stdlib.h>

#include "core/date.h"
#include "core/mem.h"
#include "server/config.h"
#include "server/quota.h"

struct append_work {
    struct append *append;
    const struct imap_node *last;  /* the argument that held the latest letter */
    enum store_result failed;      /* the first thing that went wrong while the bytes came */
    struct quota announced;        /* by this command */
};

/* What stands before a letter. */
struct prologue {
    unsigned flags;
    struct span *keywords;
    size_t keyword_count;
    time_t date;
};

void imapd_append_free(struct imapd *imapd)
{
    if (imapd->append == NULL)
        return;
    append_free(imapd->append->append);
    free(imapd->append);
    imapd->append = NULL;
}

bool imapd_append_takes(const struct imap_event *event)
{
    return event->command.verb == IMAP_VERB_APPEND && event->command.count >= 2;
}

static bool read_flags(const struct imap_node *list, struct prologue *prologue)
{
    prologue->keywords = mem_alloc((list->count + 1) * sizeof *prologue->keywords);
    for (const struct imap_node *node = list->child; node != NULL; node = node->next) {
        const unsigned flag = imap_is_flag(node) ? imapd_system_flag(node->text) : 0;
        if (!imap_is_flag(node) || (flag == 0 && node->text.at[0] == '\\'))
            return false;
        prologue->flags |= flag;
        if (flag == 0)
            prologue->keywords[prologue->keyword_count++] = node->text;
    }
    return true;
}

/* The argument that is the letter: {n}, ~{n} or UTF8 (~{n}. NULL when something else stands there. */
static const struct imap_node *letter_argument(const struct imap_node *node)
{
    if (imap_is(node, "UTF8") && imap_is_list(node->next) && node->next->count == 1 &&
        node->next->child->type == IMAP_LITERAL)
        return node->next;
    return node != NULL && node->type == IMAP_LITERAL ? node : NULL;
}

/* [flags] [date] letter: the letter's argument, or NULL. */
static const struct imap_node *read_prologue(const struct imap_node *node, struct prologue *prologue)
{
    if (imap_is_list(node)) {
        if (!read_flags(node, prologue))
            return NULL;
        node = node->next;
    }
    if (node != NULL && node->type == IMAP_QUOTED) {
        struct date date;
        if (date_parse_imap(node->text, &date) != 0)
            return NULL;
        prologue->date = (time_t)date_to_unix(&date);
        node = node->next;
    }
    return letter_argument(node);
}

/* The mailbox is asked for when the first letter is announced. */
static enum imapd_result open_mailbox(struct imapd *imapd, const struct imap_node *mailbox)
{
    char *name = imapd_name(imapd, mailbox);
    if (name == NULL)
        return imapd_arguments(imapd, "APPEND mailbox [(flags)] [\"date\"] {length}");
    imapd->append = mem_alloc(sizeof *imapd->append);
    const enum store_result result = append_new(imapd->store, name, &imapd->append->append);
    free(name);
    if (result == STORE_NOT_FOUND)
        return imapd_no(imapd, "[TRYCREATE] There is no such mailbox");
    return result == STORE_OK ? IMAPD_OK : imapd_failed(imapd, result);
}

static enum imapd_result check_size(struct imapd *imapd, uint64_t size)
{
    const long long limit = config_number(imapd->session->config, CONFIG_MESSAGE_SIZE_LIMIT);
    if (size == 0)
        return imapd_no(imapd, "An empty letter cancels the command"); /* RFC 3502 §6.3.11 */
    if (limit > 0 && size > (uint64_t)limit)
        return imapd_no(imapd, "[TOOBIG] A letter may have %lld bytes here", limit);
    return IMAPD_OK;
}

/* All letters of the command together must have room. */
static enum imapd_result check_quota(struct imapd *imapd, uint64_t size)
{
    struct append_work *work = imapd->append;
    const struct quota limit = quota_limit(imapd->session->config);
    work->announced.octets += size;
    work->announced.messages++;
    const enum store_result result = quota_allows(imapd->store, &limit, &work->announced);
    return result == STORE_OK ? IMAPD_OK : imapd_failed(imapd, result);
}

enum imapd_result imapd_append_literal(struct imapd *imapd, const struct imap_event *event)
{
    const struct imap_node *mailbox = event->command.arguments;
    struct prologue prologue = { .date = 0 };
    enum imapd_result result = check_size(imapd, event->literal.size);
    if (result == IMAPD_OK && imapd->append == NULL)
        result = open_mailbox(imapd, mailbox);
    if (result == IMAPD_OK)
        result = check_quota(imapd, event->literal.size);
    if (result == IMAPD_OK) {
        struct append_work *work = imapd->append;
        work->last = read_prologue(work->last == NULL ? mailbox->next : work->last->next, &prologue);
        if (work->last == NULL)
            result = imapd_arguments(imapd, "APPEND mailbox [(flags)] [\"date\"] {length}");
        else if (work->failed == STORE_OK)
            work->failed =
                append_message(work->append, prologue.flags, prologue.keywords, prologue.keyword_count, prologue.date);
    }
    free(prologue.keywords);
    if (result == IMAPD_OK)
        imap_parse_answer(&imapd->parse, IMAP_LITERAL_STREAM);
    return result;
}

void imapd_append_data(struct imapd *imapd, struct span data)
{
    struct append_work *work = imapd->append;
    if (work->failed == STORE_OK)
        work->failed = append_write(work->append, data.at, data.len);
}

/* The last letter is here and the line is at its end. */
IMAPD_COMMAND(append)
{
    const struct append_work *work = imapd->append;
    uint32_t uidvalidity;
    const uint32_t *uids;
    size_t count;
    if (work == NULL || work->last == NULL || work->last->next != NULL)
        return imapd_arguments(imapd, "APPEND mailbox [(flags)] [\"date\"] {length}");
    enum store_result result = work->failed;
    if (result == STORE_OK)
        result = append_commit(work->append, &uidvalidity, &uids, &count);
    if (result != STORE_OK)
        return imapd_failed(imapd, result);
    struct imap_set set = { .count = 0 };
    struct buf text;
    for (size_t i = 0; i < count; i++)
        imap_set_add(&set, uids[i]);
    buf_init(&text, 1 << 20);
    imap_set_write(&set, &text);
    imapd_ok(imapd, "[APPENDUID %u %s] Added", uidvalidity, buf_text(&text));
    imap_set_free(&set);
    buf_free(&text);
    (void)command;
    return IMAPD_OK;
}
