#include "command_send.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/compose.h"
#include "client/raw.h"
#include "client/send.h"
#include "core/mem.h"
#include "io/i18n.h"

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

static int deliver(struct run *run, const struct envelope *envelope, struct span message)
{
    const char *fallback = getenv("MAILCLIENT_VIA");
    if (fallback == NULL)
        fallback = "smtp://localhost:2525";
    account_free(&run->account);
    if (options_account(run->options, run->options->via, fallback, &run->account, &run->error) != 0)
        return -1;
    if (run->account.protocol == ACCOUNT_SMTP)
        return send_letter(&run->account, envelope, message, run_watcher(run), &run->error);
    buf_add_text(&run->error, _("letters are sent to an smtp:, smtps: or submission: URL"));
    return -1;
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

int command_send_draft(void *context, struct span draft, struct buf *error)
{
    struct run run;
    struct envelope envelope;
    struct buf message;
    int status = run_start(&run, context);
    buf_init(&message, COMPOSE_MAX);
    if (status == 0)
        status = compose_draft(draft, &message, &envelope, &run.error);
    if (status == 0) {
        status = deliver(&run, &envelope, buf_span(&message));
        envelope_free(&envelope);
    }
    size_t length = run.error.len;
    while (length > 0 && run.error.data[length - 1] == '\n')
        length--;
    if (length > 0)
        buf_add(error, run.error.data, length);
    buf_free(&message);
    run_end(&run, RUN_GOOD);
    return status;
}
