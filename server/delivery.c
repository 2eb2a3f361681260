#include "delivery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "server/alias.h"
#include "server/bounce.h"
#include "server/config.h"
#include "server/mailbox.h"
#include "server/maildir.h"
#include "server/policy.h"
#include "server/quota.h"
#include "server/queue.h"
#include "server/relay.h"

struct delivery {
    const struct session *session;
    char id[24];
    struct alias_targets targets;    /* users */
    struct queue_envelope *envelope; /* the recipients elsewhere */
    struct queue_envelope *told;     /* the recipients about whom a success is reported */
    struct queue_writer *queued;     /* in the queue's tmp/ */
    struct maildir_writer *writer;   /* in the first target's tmp/ */
    uint64_t size;
    enum delivery_result result;     /* the first thing that went wrong */
};

/* ---- who ---- */

enum delivery_result delivery_lookup(const struct session *session, struct span local, struct span domain)
{
    struct alias_targets targets = { NULL, 0 };
    if (!policy_is_local(session, domain))
        return DELIVERY_REMOTE;
    enum delivery_result result = alias_resolve(session, local, &targets);
    alias_targets_free(&targets);
    return result;
}

/* Time and a count, in letters that can be read aloud: unique for this server. */
static void make_id(char id[24])
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    static atomic_uint counter;
    struct timeval now;
    gettimeofday(&now, NULL);
    unsigned long long number = (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_usec / 1000;
    number = number * 1024 + atomic_fetch_add(&counter, 1) % 1024;
    for (int i = 10; i >= 0; i--, number /= 32)
        id[i] = letters[number % 32];
    id[11] = '\0';
}

struct delivery *delivery_new(const struct session *session, struct span sender)
{
    struct delivery *delivery = mem_alloc(sizeof *delivery);
    delivery->session = session;
    make_id(delivery->id);
    delivery->envelope = queue_envelope_new(delivery->id, sender);
    delivery->told = queue_envelope_new(delivery->id, sender);
    delivery->envelope->arrived = delivery->told->arrived = (int64_t)time(NULL);
    return delivery;
}

const char *delivery_id(const struct delivery *delivery)
{
    return delivery->id;
}

uint64_t delivery_size(const struct delivery *delivery)
{
    return delivery->size;
}

struct queue_envelope *delivery_envelope(struct delivery *delivery)
{
    return delivery->envelope;
}

static void add_user(struct delivery *delivery, const char *name)
{
    struct alias_targets *targets = &delivery->targets;
    for (size_t i = 0; i < targets->count; i++)
        if (strcmp(targets->names[i], name) == 0)
            return;
    targets->names = mem_grow(targets->names, targets->count + 1, sizeof *targets->names);
    targets->names[targets->count++] = mem_text(name);
}

static void set_wishes(struct queue_recipient *recipient, const struct delivery_address *address)
{
    recipient->notify = address->notify;
    if (address->original.len > 0)
        recipient->original = span_copy(address->original);
}

static void add_distant(struct delivery *delivery, struct span mailbox, const struct delivery_address *address)
{
    struct queue_envelope *envelope = delivery->envelope;
    for (size_t i = 0; i < envelope->count; i++)
        if (span_is(mailbox, envelope->recipients[i].address))
            return;
    struct queue_recipient *recipient = queue_envelope_add(envelope, mailbox);
    recipient->next = envelope->arrived;
    set_wishes(recipient, address);
}

/*
 * RFC 3461 §5.2.7.1: an alias that means several ends the duty to report a success, by a report that says so; one
 * that means one address hands the duty on. Reports about failures go to the sender in any case.
 */
static void add_meant(struct delivery *delivery, const struct delivery_address *address,
                      const struct alias_targets *meant)
{
    struct delivery_address passed = *address;
    size_t distant = 0;
    for (size_t i = 0; i < meant->count; i++)
        distant += strchr(meant->names[i], '@') != NULL;
    bool expanded = distant > 0 && meant->count > 1;
    if (expanded && passed.notify != 0 && (passed.notify &= ~(unsigned)SMTP_NOTIFY_SUCCESS) == 0)
        passed.notify = SMTP_NOTIFY_NEVER;
    for (size_t i = 0; i < meant->count; i++)
        if (strchr(meant->names[i], '@') != NULL)
            add_distant(delivery, span_of(meant->names[i]), &passed);
        else
            add_user(delivery, meant->names[i]);
    if (!(address->notify & SMTP_NOTIFY_SUCCESS) || (distant > 0 && !expanded))
        return;
    struct queue_recipient *told = queue_envelope_add(delivery->told, address->mailbox);
    set_wishes(told, address);
    told->state = QUEUE_DELIVERED;
    told->report = expanded ? QUEUE_REPORT_EXPANDED : QUEUE_REPORT_DELIVERED;
}

static enum delivery_result has_room(const struct session *session, const char *user, uint64_t size)
{
    const struct quota limit = quota_limit(session->config);
    const struct quota letter = { .octets = size > 0 ? size : 1, .messages = 1 };
    if (!quota_is_set(&limit))
        return DELIVERY_OK;
    struct store *store = store_open(session, user);
    if (store == NULL)
        return DELIVERY_FAILED;
    enum store_result result = quota_allows(store, &limit, &letter);
    store_close(store);
    return result == STORE_OK ? DELIVERY_OK : result == STORE_OVER_QUOTA ? DELIVERY_OVER_QUOTA : DELIVERY_FAILED;
}

enum delivery_result delivery_recipient(struct delivery *delivery, const struct delivery_address *address)
{
    struct alias_targets meant = { NULL, 0 };
    if (!policy_is_local(delivery->session, address->domain)) {
        add_distant(delivery, address->mailbox, address);
        return DELIVERY_OK;
    }
    enum delivery_result result = alias_resolve(delivery->session, address->local, &meant);
    for (size_t i = 0; i < meant.count && result == DELIVERY_OK; i++)
        if (strchr(meant.names[i], '@') == NULL)
            result = has_room(delivery->session, meant.names[i], address->size);
    if (result == DELIVERY_OK)
        add_meant(delivery, address, &meant);
    alias_targets_free(&meant);
    return result;
}

/* ---- what ---- */

static enum delivery_result of_errno(int error)
{
    return maildir_result(error) == STORE_FULL ? DELIVERY_FULL : DELIVERY_FAILED;
}

static enum delivery_result fail(struct delivery *delivery, enum delivery_result result, const char *what)
{
    if (delivery->result == DELIVERY_OK) {
        delivery->result = result;
        session_log(delivery->session, "letter %s: %s: %s", delivery->id, what, strerror(errno));
    }
    return delivery->result;
}

static char *maildir_of(const struct delivery *delivery, size_t target)
{
    return config_maildir(delivery->session->config, span_of(delivery->targets.names[target]));
}

/* A user's first letter may come before his first login: then the Maildir is made. */
static struct maildir_writer *open_writer(const char *maildir)
{
    struct maildir_writer *writer = maildir_write_new(maildir);
    if (writer != NULL || errno != ENOENT)
        return writer;
    struct store *store = store_open_path(maildir);
    if (store == NULL)
        return NULL;
    store_close(store);
    return maildir_write_new(maildir);
}

/* The reverse path of the envelope becomes the first line (RFC 5321 §4.4). */
static enum delivery_result begin_text(struct delivery *delivery)
{
    char *maildir = maildir_of(delivery, 0);
    delivery->writer = open_writer(maildir);
    free(maildir);
    if (delivery->writer == NULL)
        return fail(delivery, of_errno(errno), "the mailbox cannot be written");
    char *line = mem_printf("Return-Path: <%s>\r\n", delivery->envelope->sender);
    int status = maildir_write(delivery->writer, line, strlen(line));
    free(line);
    return status == 0 ? DELIVERY_OK : fail(delivery, of_errno(errno), "the letter cannot be written");
}

static enum delivery_result begin_queued(struct delivery *delivery)
{
    char *folder = queue_folder(config_root(delivery->session->config));
    delivery->queued = queue_write_new(folder, delivery->id);
    free(folder);
    return delivery->queued != NULL ? DELIVERY_OK : fail(delivery, of_errno(errno), "the queue cannot be written");
}

enum delivery_result delivery_write(struct delivery *delivery, const void *data, size_t size)
{
    bool here = delivery->targets.count > 0, elsewhere = delivery->envelope->count > 0;
    if (delivery->result != DELIVERY_OK)
        return delivery->result;
    if (!here && !elsewhere)
        return delivery->result = DELIVERY_UNKNOWN;
    if ((here && delivery->writer == NULL && begin_text(delivery) != DELIVERY_OK) ||
        (elsewhere && delivery->queued == NULL && begin_queued(delivery) != DELIVERY_OK))
        return delivery->result;
    delivery->size += size;
    if ((here && maildir_write(delivery->writer, data, size) != 0) ||
        (elsewhere && queue_write(delivery->queued, data, size) != 0))
        return fail(delivery, of_errno(errno), "the letter cannot be written");
    return DELIVERY_OK;
}

/* ---- into the mailboxes ---- */

static char *name_in_new(const struct delivery *delivery, size_t target)
{
    char *maildir = maildir_of(delivery, target);
    char *path = mem_printf("%s/new/%s", maildir, maildir_write_name(delivery->writer));
    free(maildir);
    return path;
}

static int sync_new(const struct delivery *delivery, size_t target)
{
    char *maildir = maildir_of(delivery, target);
    char *directory = mem_printf("%s/new", maildir);
    int status = durable_directory(directory);
    free(directory);
    free(maildir);
    return status;
}

/* The bytes once more, into another file system or a full directory of links. */
static int copy_letter(const struct delivery *delivery, size_t target)
{
    char *maildir = maildir_of(delivery, target);
    struct maildir_writer *copy = open_writer(maildir);
    struct buf text;
    buf_init(&text, (size_t)maildir_write_size(delivery->writer) + 1);
    int status = copy != NULL && durable_read(maildir_write_path(delivery->writer), &text) == 0 &&
                 maildir_write(copy, text.data, text.len) == 0 && maildir_write_commit(copy, NULL) == 0 ? 0 : -1;
    int error = errno;
    buf_free(&text);
    maildir_write_free(copy);
    free(maildir);
    errno = error;
    return status;
}

/* A second name of the file in the target's new/. Answers 1 when the name is ours to take back, 0, or -1. */
static int link_letter(const struct delivery *delivery, size_t target)
{
    char *path = name_in_new(delivery, target);
    int status = link(maildir_write_path(delivery->writer), path);
    if (status != 0 && errno == ENOENT) {
        char *maildir = maildir_of(delivery, target);
        store_close(store_open_path(maildir));
        free(maildir);
        status = link(maildir_write_path(delivery->writer), path);
    }
    int error = errno;
    free(path);
    errno = error;
    if (status == 0)
        return sync_new(delivery, target) == 0 ? 1 : -1;
    if (error == EXDEV || error == EPERM || error == EMLINK || error == ENOTSUP)
        return copy_letter(delivery, target);
    return -1;
}

/* All or none, as far as links can be taken back. The first target's own file gets its name last. */
static enum delivery_result place(struct delivery *delivery)
{
    size_t count = delivery->targets.count, done = 1;
    int status = 0;
    for (; done < count && status >= 0; done++)
        status = link_letter(delivery, done);
    if (status >= 0)
        status = maildir_write_place(delivery->writer, NULL) == 0 && sync_new(delivery, 0) == 0 ? 0 : -1;
    if (status >= 0)
        return DELIVERY_OK;
    int error = errno;
    for (size_t i = 0; i < done && i < count; i++) {
        char *path = name_in_new(delivery, i);
        unlink(path);
        free(path);
    }
    errno = error;
    return fail(delivery, of_errno(error), "the letter cannot be put into the mailbox");
}

/* ---- the commit ---- */

static void log_delivery(const struct delivery *delivery)
{
    struct buf to;
    size_t users = delivery->targets.count, all = users + delivery->envelope->count;
    buf_init(&to, 400);
    for (size_t i = 0; i < all; i++) {
        const char *name = i < users ? delivery->targets.names[i] : delivery->envelope->recipients[i - users].address;
        if (buf_printf(&to, "%s%s", i > 0 ? ", " : "", name) != 0) {
            buf_printf(&to, " ...");
            break;
        }
    }
    session_log(delivery->session, "letter %s from <%s> %s %s, %llu octets", delivery->id, delivery->envelope->sender,
                users == all ? "delivered to" : users == 0 ? "queued for" : "delivered to and queued for",
                buf_text(&to), (unsigned long long)delivery->size);
    buf_free(&to);
}

/* What a report quotes is opened under the name that the letter has until it is placed. */
static int open_for_reports(const struct delivery *delivery)
{
    char *path = NULL;
    if (delivery->told->count == 0 || delivery->envelope->sender[0] == '\0')
        return -1;
    if (delivery->writer == NULL)
        path = mem_printf("%s/queue/%s.letter", config_root(delivery->session->config), delivery->id);
    int fd = open(path != NULL ? path : maildir_write_path(delivery->writer), O_RDONLY | O_CLOEXEC);
    free(path);
    return fd;
}

static enum delivery_result commit_here(struct delivery *delivery)
{
    if (delivery->writer == NULL)
        return DELIVERY_OK;
    if (maildir_write_sync(delivery->writer) != 0)
        return fail(delivery, of_errno(errno), "the letter cannot be brought to the disk");
    return place(delivery);
}

/* The queue first: what is put there can be taken back, and the relay is not told before all is well. */
enum delivery_result delivery_commit(struct delivery *delivery)
{
    if (delivery->writer == NULL && delivery->queued == NULL)
        delivery_write(delivery, "", 0);
    if (delivery->result != DELIVERY_OK)
        return delivery->result;
    if (delivery->queued != NULL && queue_write_commit(delivery->queued, delivery->envelope) != 0)
        return fail(delivery, of_errno(errno), "the letter cannot be put into the queue");
    int quoted = open_for_reports(delivery);
    if (commit_here(delivery) == DELIVERY_OK) {
        log_delivery(delivery);
        if (quoted >= 0)
            bounce_report(delivery->session, delivery->told, quoted);
        if (delivery->queued != NULL)
            relay_submit(delivery->session->server->relay, delivery->envelope);
    } else if (delivery->queued != NULL) {
        queue_write_undo(delivery->queued);
    }
    if (quoted >= 0)
        close(quoted);
    return delivery->result;
}

void delivery_free(struct delivery *delivery)
{
    if (delivery == NULL)
        return;
    maildir_write_free(delivery->writer);
    queue_write_free(delivery->queued);
    alias_targets_free(&delivery->targets);
    queue_envelope_free(delivery->envelope);
    queue_envelope_free(delivery->told);
    free(delivery);
}
