/*
 * relay_job.c - one letter for one destination: whom of its recipients it is
 * time for, which server takes it, and what that means for the envelope.
 *
 * The attempt works on a copy of the envelope. Its results are written into
 * the envelope as it is then, under the letter's lock; only after that, what
 * the sender has to be told is written, and only after that is the letter
 * removed. A crash between two of these steps repeats the second one.
 */
#include "server/relay_parts.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/words.h"
#include "io/log.h"
#include "server/bounce.h"
#include "server/queue.h"

enum { SESSIONS_MAX = 2 };   /* with servers that answered, in one attempt; then the letter waits */

void relay_outcome_set(struct relay_outcome *outcome, enum relay_result result, int code, const char *status,
                       const char *host, const char *text)
{
    *outcome = (struct relay_outcome){ .result = result, .code = code };
    snprintf(outcome->status, sizeof outcome->status, "%s", status);
    snprintf(outcome->host, sizeof outcome->host, "%s", host != NULL ? host : "");
    snprintf(outcome->text, sizeof outcome->text, "%s", text);
}

void relay_destination(const struct config *config, const char *address, char *destination)
{
    const char *relayhost = config_text(config, CONFIG_RELAYHOST);
    const char *at = strrchr(address, '@');
    snprintf(destination, RELAY_NAME_MAX, "%s", *relayhost != '\0' ? relayhost : at != NULL ? at + 1 : "");
    for (char *c = destination; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
}

int64_t relay_backoff(unsigned tries, int64_t minimal, int64_t maximal)
{
    int64_t wait = minimal > 0 ? minimal : 1;
    for (unsigned i = 1; i < tries && wait < maximal; i++)
        wait *= 2;
    return wait < maximal || maximal <= 0 ? wait : maximal;
}

struct attempt {
    struct relay *relay;
    struct relay_job *job;
    struct config *config;
    struct relay_link **link;        /* open or NULL; stays open for the next letter */
    struct queue_envelope *envelope; /* as it was at the beginning */
    size_t *which;                   /* recipients it is time for */
    size_t count;
    struct relay_outcome *outcomes;  /* of them */
    int letter;
};

static struct log *log_of(const struct attempt *attempt)
{
    return relay_runtime(attempt->relay)->server.log;
}

/* ---- before ---- */

static bool goes_there(const struct attempt *attempt, const struct queue_recipient *recipient)
{
    char destination[RELAY_NAME_MAX];
    relay_destination(attempt->config, recipient->address, destination);
    return strcmp(destination, attempt->job->destination) == 0;
}

static void choose_recipients(struct attempt *attempt)
{
    int64_t now = (int64_t)time(NULL);
    const struct queue_envelope *envelope = attempt->envelope;
    attempt->which = mem_alloc((envelope->count + 1) * sizeof *attempt->which);
    for (size_t i = 0; i < envelope->count; i++) {
        const struct queue_recipient *recipient = &envelope->recipients[i];
        if (recipient->state == QUEUE_WAITING && recipient->next <= now && goes_there(attempt, recipient))
            attempt->which[attempt->count++] = i;
    }
    attempt->outcomes = mem_alloc((attempt->count + 1) * sizeof *attempt->outcomes);
    for (size_t i = 0; i < attempt->count; i++)
        relay_outcome_set(&attempt->outcomes[i], RELAY_LATER, 0, "4.4.0", NULL, N_("no server could be tried"));
}

/* ---- sending ---- */

static void set_pending(struct attempt *attempt, const struct relay_outcome *outcome)
{
    for (size_t i = 0; i < attempt->count; i++)
        if (attempt->outcomes[i].result == RELAY_LATER)
            attempt->outcomes[i] = *outcome;
}

static size_t count_pending(const struct attempt *attempt)
{
    size_t pending = 0;
    for (size_t i = 0; i < attempt->count; i++)
        pending += attempt->outcomes[i].result == RELAY_LATER;
    return pending;
}

static void drop_link(struct attempt *attempt)
{
    relay_link_close(*attempt->link);
    *attempt->link = NULL;
}

/* Sends to those who have not got it yet, over the open link. */
static void send_pending(struct attempt *attempt)
{
    size_t pending = 0;
    size_t *which = mem_alloc(attempt->count * sizeof *which), *back = mem_alloc(attempt->count * sizeof *back);
    struct relay_outcome *outcomes = mem_alloc(attempt->count * sizeof *outcomes);
    for (size_t i = 0; i < attempt->count; i++)
        if (attempt->outcomes[i].result == RELAY_LATER) {
            which[pending] = attempt->which[i];
            back[pending++] = i;
        }
    bool alive = relay_link_send(*attempt->link, attempt->config, attempt->envelope, attempt->letter, which, pending,
                                 outcomes);
    for (size_t i = 0; i < pending; i++)
        attempt->outcomes[back[i]] = outcomes[i];
    free(which);
    free(back);
    free(outcomes);
    if (!alive)
        drop_link(attempt);
}

static void open_link(struct attempt *attempt, const struct relay_target *target, struct relay_outcome *outcome)
{
    bool tls_broken = false;
    bool may = strcmp(config_text(attempt->config, CONFIG_SMTP_TLS_SECURITY_LEVEL), "may") == 0;
    *attempt->link = relay_link_open(attempt->relay, attempt->config, attempt->job->destination, target, false,
                                     attempt->job->id, outcome, &tls_broken);
    if (*attempt->link == NULL && tls_broken && may && !target->wrapped) /* opportunistic: better in the clear */
        *attempt->link = relay_link_open(attempt->relay, attempt->config, attempt->job->destination, target, true,
                                         attempt->job->id, outcome, &tls_broken);
}

/* One server after the other, until nobody waits. */
static void try_servers(struct attempt *attempt)
{
    struct relay_target targets[RELAY_TARGETS];
    struct relay_outcome outcome;
    int sessions = 0;
    if (*attempt->link != NULL) {
        send_pending(attempt);
        attempt->job->reached = true;
        if (*attempt->link != NULL || count_pending(attempt) == 0)
            return;
    }
    size_t count = relay_route(attempt->relay, attempt->config, attempt->job->destination, targets, &outcome);
    if (count == 0) {
        set_pending(attempt, &outcome);
        attempt->job->unreached = outcome.result == RELAY_LATER;
        return;
    }
    for (size_t i = 0; i < count && sessions < SESSIONS_MAX && count_pending(attempt) > 0; i++) {
        if (*attempt->link != NULL)
            drop_link(attempt);
        open_link(attempt, &targets[i], &outcome);
        sessions += *attempt->link != NULL || outcome.code != 0;
        attempt->job->reached |= *attempt->link != NULL;
        if (*attempt->link == NULL) /* RFC 5321 §3.1: a server that refuses us all is no verdict of the others */
            set_pending(attempt, &outcome);
        else
            send_pending(attempt);
        if (*attempt->link == NULL && outcome.result == RELAY_NEVER && i + 1 < count && outcome.code != 0)
            for (size_t j = 0; j < attempt->count; j++) /* not yet: there is another server to ask */
                if (attempt->outcomes[j].result == RELAY_NEVER && attempt->outcomes[j].code == outcome.code &&
                    strcmp(attempt->outcomes[j].text, outcome.text) == 0)
                    attempt->outcomes[j].result = RELAY_LATER;
    }
    attempt->job->unreached = !attempt->job->reached;
}

/* ---- after ---- */

static void log_outcome(const struct attempt *attempt, const struct queue_recipient *recipient,
                        const struct relay_outcome *outcome)
{
    static const char *const words[] = { "deferred", "sent", "failed" };
    char code[8] = "";
    if (outcome->code != 0)
        snprintf(code, sizeof code, "%d ", outcome->code);
    log_line(log_of(attempt), "relay", "letter %s to <%s>: %s%s%s, %s%s %s", attempt->job->id, recipient->address,
             words[outcome->result], outcome->host[0] != '\0' ? " by " : "", outcome->host, code, outcome->status,
             outcome->text);
}

static bool wants(const struct queue_recipient *recipient, unsigned what)
{
    return recipient->notify == 0 ? what != SMTP_NOTIFY_SUCCESS : (recipient->notify & what) != 0;
}

static void give_up(struct queue_recipient *recipient)
{
    recipient->state = QUEUE_FAILED;
    recipient->report = wants(recipient, SMTP_NOTIFY_FAILURE) ? QUEUE_REPORT_FAILED : QUEUE_REPORT_NONE;
}

/* It did not work this time: wait, warn, or give up (RFC 5321 §4.5.4.1). */
static void put_off(const struct attempt *attempt, const struct queue_envelope *envelope,
                    struct queue_recipient *recipient)
{
    const struct config *config = attempt->config;
    bool null_sender = envelope->sender[0] == '\0';
    int64_t now = (int64_t)time(NULL);
    int64_t end = envelope->arrived +
                  config_number(config, null_sender ? CONFIG_BOUNCE_QUEUE_LIFETIME : CONFIG_MAXIMAL_QUEUE_LIFETIME);
    int64_t warning = config_number(config, CONFIG_DELAY_WARNING_TIME);
    if (now >= end) {
        log_line(log_of(attempt), "relay", "letter %s to <%s>: given up, it waited too long", attempt->job->id,
                 recipient->address);
        give_up(recipient);
        return;
    }
    recipient->next = now + relay_backoff(recipient->tries, config_number(config, CONFIG_MINIMAL_BACKOFF_TIME),
                                          config_number(config, CONFIG_MAXIMAL_BACKOFF_TIME));
    if (recipient->next > end)
        recipient->next = end; /* a last time */
    if (warning > 0 && now - envelope->arrived >= warning && !recipient->warned && !null_sender &&
        wants(recipient, SMTP_NOTIFY_DELAY)) {
        recipient->warned = true;
        recipient->report = QUEUE_REPORT_DELAYED;
    }
}

static void note(const struct attempt *attempt, struct queue_envelope *envelope, size_t index)
{
    struct queue_recipient *recipient = &envelope->recipients[attempt->which[index]];
    const struct relay_outcome *outcome = &attempt->outcomes[index];
    recipient->tries++;
    queue_recipient_tried(recipient, (int64_t)time(NULL), outcome->host[0] != '\0' ? outcome->host : NULL,
                          outcome->code, outcome->status, outcome->text);
    log_outcome(attempt, recipient, outcome);
    if (outcome->result == RELAY_DONE) {
        recipient->state = QUEUE_DELIVERED;
        if (outcome->unreported && wants(recipient, SMTP_NOTIFY_SUCCESS)) /* RFC 3461 §5.2.2 */
            recipient->report = QUEUE_REPORT_RELAYED;
    } else if (outcome->result == RELAY_NEVER) {
        give_up(recipient);
    } else {
        put_off(attempt, envelope, recipient);
    }
}

static size_t count_reports(const struct queue_envelope *envelope)
{
    size_t count = 0;
    for (size_t i = 0; i < envelope->count; i++)
        count += envelope->recipients[i].report != QUEUE_REPORT_NONE;
    return count;
}

static bool write_reports(const struct attempt *attempt, struct queue_envelope *envelope)
{
    const struct session session = { .server = &relay_runtime(attempt->relay)->server, .config = attempt->config,
                                     .id = "relay" };
    if (bounce_report(&session, envelope, attempt->letter) != 0)
        return false;
    for (size_t i = 0; i < envelope->count; i++)
        envelope->recipients[i].report = QUEUE_REPORT_NONE;
    return true;
}

/* When somebody of this destination waits next. */
static int64_t next_turn(const struct attempt *attempt, const struct queue_envelope *envelope)
{
    int64_t next = 0;
    for (size_t i = 0; i < envelope->count; i++) {
        const struct queue_recipient *recipient = &envelope->recipients[i];
        if (recipient->state == QUEUE_WAITING && goes_there(attempt, recipient) &&
            (next == 0 || recipient->next < next))
            next = recipient->next;
    }
    return next;
}

/* The envelope's new state, with the lock held. false: the disk does not take it. */
static bool settle(const struct attempt *attempt, struct queue_envelope *envelope)
{
    const char *folder = relay_folder(attempt->relay);
    int64_t unused;
    bool over = queue_envelope_waiting(envelope, &unused) == 0;
    if ((attempt->count > 0 && (!over || count_reports(envelope) > 0)) && queue_save(folder, envelope) != 0)
        return false;
    if (count_reports(envelope) > 0) {
        if (!write_reports(attempt, envelope) || (!over && queue_save(folder, envelope) != 0))
            return false;
    }
    if (over && queue_remove(folder, envelope->id) != 0 && errno != ENOENT)
        return false;
    if (over)
        log_line(log_of(attempt), "relay", "letter %s is done", envelope->id);
    return true;
}

static void conclude(struct attempt *attempt)
{
    struct relay_job *job = attempt->job;
    const char *folder = relay_folder(attempt->relay);
    struct buf error;
    int lock = queue_lock(folder, job->id);
    buf_init(&error, 1000);
    struct queue_envelope *envelope = lock >= 0 ? queue_load(folder, job->id, &error) : NULL;
    if (envelope == NULL || envelope->count != attempt->envelope->count) {
        log_line(log_of(attempt), "relay", "letter %s was taken out of the queue", job->id);
    } else {
        for (size_t i = 0; i < attempt->count; i++)
            note(attempt, envelope, i);
        job->again = next_turn(attempt, envelope);
        if (!settle(attempt, envelope)) {
            /* What is on the disk counts, so a recipient who has it may get it again: better than not at all. */
            log_line(log_of(attempt), "relay", "letter %s: the queue cannot be written: %s", job->id, strerror(errno));
            job->again = (int64_t)time(NULL) + config_number(attempt->config, CONFIG_MINIMAL_BACKOFF_TIME);
        }
    }
    queue_envelope_free(envelope);
    buf_free(&error);
    if (lock >= 0)
        close(lock);
}

static void attempt_letter(struct attempt *attempt)
{
    choose_recipients(attempt);
    if (attempt->count > 0)
        try_servers(attempt);
    if (attempt->count > 0 || count_reports(attempt->envelope) > 0)
        conclude(attempt);
    else
        attempt->job->again = next_turn(attempt, attempt->envelope);
    int64_t unused;
    if (attempt->count == 0 && queue_envelope_waiting(attempt->envelope, &unused) == 0)
        conclude(attempt); /* a crash came between the last word and the removal */
}

static void do_job(struct relay *relay, struct relay_job *job, struct relay_link **link)
{
    struct buf error;
    struct attempt attempt = { .relay = relay, .job = job, .link = link,
                               .config = runtime_config(relay_runtime(relay)) };
    const char *folder = relay_folder(relay);
    buf_init(&error, 1000);
    attempt.letter = queue_open_letter(folder, job->id);
    attempt.envelope = queue_load(folder, job->id, &error);
    if (attempt.envelope != NULL && attempt.letter < 0)
        log_line(log_of(&attempt), "relay", "letter %s cannot be sent: its file is missing", job->id);
    else if (attempt.envelope != NULL && !attempt.envelope->held)
        attempt_letter(&attempt);
    if (attempt.letter >= 0)
        close(attempt.letter);
    queue_envelope_free(attempt.envelope);
    free(attempt.which);
    free(attempt.outcomes);
    config_release(attempt.config);
    buf_free(&error);
}

void relay_work(struct relay *relay, struct relay_job *job)
{
    struct relay_link *link = NULL;
    do {
        if (link != NULL && relay_link_is_spent(link)) {
            relay_link_close(link);
            link = NULL;
        }
        do_job(relay, job, &link);
    } while (relay_next(relay, job));
    relay_link_close(link);
    OPENSSL_thread_stop(); /* now: a thread that ends beside the program would leave its part of libcrypto behind */
}
