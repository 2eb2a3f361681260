#include "command_send.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/compose.h"
#include "client/outbox.h"
#include "client/raw.h"
#include "client/send.h"
#include "core/mem.h"
#include "io/i18n.h"

enum { MAX_SAID = 100000 };

/* All of standard input. */
static int read_input(struct buf *out, struct buf *error)
{
    char piece[16384];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, stdin)) > 0)
        if (buf_add(out, piece, got) != 0) {
            buf_add_text(error, _("the letter is too large"));
            return -1;
        }
    if (!ferror(stdin))
        return 0;
    buf_printf(error, _("cannot read the letter from standard input: %s"), strerror(errno));
    return -1;
}

int command_via(const struct options *options, struct account *via, struct buf *error)
{
    const char *fallback = getenv("MAILCLIENT_VIA");
    if (fallback == NULL)
        fallback = "smtp://localhost:2525";
    if (options_account(options, options->via, fallback, via, error) != 0)
        return -1;
    if (via->protocol == ACCOUNT_SMTP)
        return 0;
    buf_add_text(error, _("letters are sent to an smtp:, smtps: or submission: URL"));
    return -1;
}

/*
 * By way of the outbox: what a power cut finds half sent is found there at the next start. Who asked is told of a
 * refusal and has the letter still, so it goes from there again. Where there is no outbox (a daemon without a home)
 * the letter is sent without one.
 */
static enum send_result send_safely(const struct account *via, const struct envelope *envelope, struct span message,
                                    const struct mail_watcher *watcher, int cancel_fd, struct buf *said)
{
    struct buf unheard;
    char *folder = outbox_folder(), *id = NULL;
    enum send_result result;
    buf_init(&unheard, 10000);
    if (outbox_queue(folder, &id, envelope, message, &unheard) != 0) {
        result = send_letter(via, envelope, message, watcher, cancel_fd, NULL, said);
    } else {
        result = outbox_send(folder, id, via, watcher, cancel_fd, said);
        if (result == SEND_UNCERTAIN)
            buf_printf(said, _("it is kept in the outbox as %s\n"), id);
        else
            outbox_remove(folder, id, &unheard);
    }
    buf_free(&unheard);
    free(id);
    free(folder);
    return result;
}

static int deliver(struct run *run, const struct envelope *envelope, struct span message)
{
    account_free(&run->account);
    if (command_via(run->options, &run->account, &run->error) != 0)
        return -1;
    return send_safely(&run->account, envelope, message, run_watcher(run), -1, &run->error) == SEND_DONE ? 0 : -1;
}

/* The recipients of the command line as one list. */
static char *recipient_list(const struct options *options)
{
    struct buf list;
    buf_init(&list, COMPOSE_MAX);
    for (size_t i = 1; i < options->count; i++)
        buf_printf(&list, "%s%s", i > 1 ? ", " : "", options->words[i]);
    char *text = mem_text(buf_text(&list));
    buf_free(&list);
    return text;
}

int command_send(struct run *run)
{
    const struct options *options = run->options;
    struct envelope envelope = { .count = 0 };
    struct buf body, message;
    if (options->count < 2 && options->cc == NULL && options->bcc == NULL)
        return run_wrong(_("send wants at least one address; see mailclient --help"));
    buf_init(&body, COMPOSE_MAX);
    buf_init(&message, COMPOSE_MAX);
    char *to = recipient_list(options);
    int status = read_input(&body, &run->error);
    if (status == 0) {
        struct composition composition = {
            .from = options->from, .to = to, .cc = options->cc, .bcc = options->bcc, .subject = options->subject,
            .body = buf_span(&body), .files = options->files, .file_count = options->file_count,
        };
        status = compose(&composition, &message, &envelope, &run->error);
    }
    if (status == 0)
        status = deliver(run, &envelope, buf_span(&message));
    envelope_free(&envelope);
    buf_free(&body);
    buf_free(&message);
    free(to);
    return status == 0 ? RUN_GOOD : RUN_BAD;
}

int command_sendmail(const struct options *options)
{
    struct run run;
    struct envelope envelope = { .count = 0 };
    struct buf raw, message;
    buf_init(&raw, COMPOSE_MAX);
    buf_init(&message, COMPOSE_MAX);
    int status = run_start(&run, options);
    if (status == 0)
        status = read_input(&raw, &run.error);
    if (status == 0)
        status = raw_compose(buf_span(&raw), &options->raw, &message, &envelope, &run.error);
    if (status == 0)
        status = deliver(&run, &envelope, buf_span(&message));
    envelope_free(&envelope);
    buf_free(&raw);
    buf_free(&message);
    return run_end(&run, status == 0 ? RUN_GOOD : RUN_BAD);
}

/* Sentences without the end of their last line. */
static void add_sentences(struct buf *error, const struct buf *said)
{
    size_t length = said->len;
    while (length > 0 && said->data[length - 1] == '\n')
        length--;
    buf_add(error, said->data, length);
}

enum send_result command_send_draft(const struct account *via, const struct mail_watcher *watcher, int cancel_fd,
                                    const char *id, struct buf *error)
{
    struct buf said;
    char *folder = outbox_folder();
    buf_init(&said, MAX_SAID);
    enum send_result result = outbox_send(folder, id, via, watcher, cancel_fd, &said);
    add_sentences(error, &said);
    buf_free(&said);
    free(folder);
    return result;
}

/* RFC 5322 §3.6.6: the letter stays as it is, under fields that say who sent it again, and when. */
int command_bounce(const struct account *via, const struct mail_watcher *watcher, int cancel_fd, const char *from,
                   struct span letter, const char *to, struct buf *error)
{
    const char *const recipients[] = { to };
    const struct raw_options options = { .sender = from, .recipients = recipients, .count = 1, .ignore_dots = true };
    struct envelope envelope = { .count = 0 };
    struct people people = { .count = 0 };
    struct buf resent, message, said;
    buf_init(&resent, COMPOSE_MAX);
    buf_init(&message, COMPOSE_MAX);
    buf_init(&said, MAX_SAID);
    int status = people_parse(to, people_domain(from), &people, &said);
    if (status == 0) {
        buf_printf(&resent, "Resent-From: %s\r\n", from);
        people_write("Resent-To", &people, &resent);
        buf_add_text(&resent, "Resent-");
        compose_date(&resent);
        buf_add_text(&resent, "Resent-");
        compose_message_id(people_domain(from), &resent);
        status = buf_add_span(&resent, letter);
    }
    if (status == 0)
        status = raw_compose(buf_span(&resent), &options, &message, &envelope, &said);
    if (status == 0)
        status = send_safely(via, &envelope, buf_span(&message), watcher, cancel_fd, &said) == SEND_DONE ? 0 : -1;
    add_sentences(error, &said);
    people_free(&people);
    envelope_free(&envelope);
    buf_free(&resent);
    buf_free(&message);
    buf_free(&said);
    return status;
}
