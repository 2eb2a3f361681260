#include "server/imapd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "server/config.h"
#include "server/imapd_session.h"

enum {
    TIMEOUT_LOGIN = 120,       /* seconds to log in */
    TIMEOUT = 1800,            /* RFC 9051 §5.4: at least 30 minutes once logged in */
    LITERAL_BEFORE_LOGIN = 1024,
    LITERAL_SWALLOWED = 65536, /* of a refused literal that comes unasked; more and the connection ends (RFC 7888 §4) */
    MISTAKES = 20,             /* BAD answers in a row, then the connection ends */
    OUT_MAX = 256 << 20,
    IDLE_MEMORY = 8192,        /* of buffers kept while nothing happens */
};

/* ---- the tagged answer ---- */

static void set_text(struct imapd *imapd, const char *format, va_list arguments)
{
    char *text;
    if (vasprintf(&text, format, arguments) < 0)
        text = mem_text("");
    free(imapd->text);
    imapd->text = text;
}

#define IMAPD_ANSWER(name, result)                                         \
    enum imapd_result name(struct imapd *imapd, const char *format, ...)   \
    {                                                                      \
        va_list arguments;                                                 \
        va_start(arguments, format);                                       \
        set_text(imapd, format, arguments);                                \
        va_end(arguments);                                                 \
        return result;                                                     \
    }
IMAPD_ANSWER(imapd_ok, IMAPD_OK)
IMAPD_ANSWER(imapd_no, IMAPD_NO)
IMAPD_ANSWER(imapd_bad, IMAPD_BAD)

enum imapd_result imapd_arguments(struct imapd *imapd, const char *form)
{
    return imapd_bad(imapd, "The arguments are not as they should be: %s", form);
}

enum imapd_result imapd_failed(struct imapd *imapd, enum store_result result)
{
    static const char *const texts[] = {
        [STORE_OK] = "Done",
        [STORE_NOT_FOUND] = "[NONEXISTENT] There is no such mailbox",
        [STORE_EXISTS] = "[ALREADYEXISTS] There is a mailbox of that name",
        [STORE_BAD_NAME] = "[CANNOT] A mailbox cannot have that name",
        [STORE_FULL] = "[UNAVAILABLE] There is no room left on the disk; try again later",
        [STORE_OVER_QUOTA] = "[OVERQUOTA] Your mailboxes are full: delete something first",
        [STORE_IN_USE] = "[INUSE] Somebody else is using it; try again",
        [STORE_READ_ONLY] = "[NOPERM] The mailbox was opened for reading only",
        [STORE_LIMIT] = "[LIMIT] That is more than this server keeps",
        [STORE_FAILED] = "[SERVERBUG] The disk or the file system refused; see the server's log",
    };
    return imapd_no(imapd, "%s", texts[result]);
}

void imapd_bye(struct imapd *imapd, const char *text)
{
    buf_printf(&imapd->out, "* BYE %s\r\n", text);
    machine_step(&imapd->machine, IMAP_VERB_BYE, OUTCOME_BYE);
    imapd->closing = true;
}

/* ---- running a command ---- */

static void end_command(struct imapd *imapd)
{
    if (imapd->work_free != NULL)
        imapd->work_free(imapd->work);
    free(imapd->tag);
    free(imapd->text);
    imapd->text = NULL;
    imapd->work = NULL;
    imapd->work_free = NULL;
    imapd->tag = NULL;
    imapd->step = NULL;
    imapd->line = NULL;
    imapd->idling = false;
    imapd->literal_refused = false;
    imapd_append_free(imapd);
    if (imapd->mailbox != NULL)
        mailbox_rest(imapd->mailbox);
}

static bool may_expunge(const struct imapd *imapd)
{
    const unsigned forbidden = imapd->command.uid ? IMAPD_NO_EXPUNGE_UID : IMAPD_NO_EXPUNGE;
    return imapd->row == NULL || !(imapd->row->flags & forbidden);
}

/* The command is done: news of the mailbox, the tagged line, the move in the table of states. */
static void finish(struct imapd *imapd, enum imapd_result result)
{
    static const char *const names[] = { [IMAPD_OK] = "OK", [IMAPD_NO] = "NO", [IMAPD_BAD] = "BAD" };
    if (imapd->mailbox != NULL && !imapd->closing && (imapd->row == NULL || !(imapd->row->flags & IMAPD_QUIET)))
        imapd_news(imapd, may_expunge(imapd));
    buf_printf(&imapd->out, "%s %s %s\r\n", imapd->tag, names[result], imapd->text != NULL ? imapd->text : "");
    const struct move *move = machine_step(&imapd->machine, (int)imapd->command.verb, (enum outcome)result);
    if (move != NULL)
        imap_parse_set_mode(&imapd->parse, (enum imap_mode)move->mode);
    imapd->start_tls = move != NULL && (move->flags & IMAP_MOVE_TLS) != 0;
    imapd->mistakes = result == IMAPD_BAD ? imapd->mistakes + 1 : 0;
    end_command(imapd);
    if (imapd->mistakes >= MISTAKES && !imapd->closing)
        imapd_bye(imapd, "Too many commands that make no sense");
}

/* "+": to challenges and to IDLE; the row says how the client's next line is to be read. */
static void await_line(struct imapd *imapd)
{
    const struct move *move = machine_step(&imapd->machine, (int)imapd->command.verb, OUTCOME_MORE);
    if (move != NULL)
        imap_parse_set_mode(&imapd->parse, (enum imap_mode)move->mode);
}

static void proceed(struct imapd *imapd, enum imapd_result result)
{
    if (result == IMAPD_LINE)
        await_line(imapd);
    else if (result != IMAPD_MORE)
        finish(imapd, result);
}

/* Is the command known, and legal now? IMAPD_OK, or the answer it gets. */
static enum imapd_result check(struct imapd *imapd)
{
    const struct imap_command *command = &imapd->command;
    if (imapd->row == NULL)
        return imapd_bad(imapd, "This server has no command %.*s",
                         (int)(command->name.len < 40 ? command->name.len : 40), command->name.at);
    if (machine_allows(&imapd->machine, (int)command->verb) == NULL)
        return imapd_bad(imapd, "%s is not allowed in the state %s", imap_machine.verb_names[command->verb],
                         machine_state_name(&imapd->machine));
    return IMAPD_OK;
}

static void begin(struct imapd *imapd, const struct imap_command *command)
{
    if (imapd->tag == NULL)
        imapd->tag = span_copy(command->tag);
    imapd->command = *command;
    imapd->row = imapd_row(command->verb);
}

static void run_command(struct imapd *imapd, const struct imap_command *command)
{
    if (imapd->literal_refused) { /* the text is set */
        imapd->command = *command;
        finish(imapd, imapd->refusal);
        return;
    }
    begin(imapd, command);
    const enum imapd_result result = check(imapd);
    proceed(imapd, result == IMAPD_OK ? imapd->row->run(imapd, command) : result);
}

/* ---- literals ---- */

static enum imapd_result check_literal(struct imapd *imapd, const struct imap_event *event)
{
    enum imapd_result result = check(imapd);
    if (result != IMAPD_OK)
        return result;
    if (imapd_append_takes(event))
        return imapd_append_literal(imapd, event);
    const bool known = imapd->machine.state != IMAP_STATE_NOT_AUTHENTICATED;
    if (event->literal.size > (known ? imap_limits_command.line : LITERAL_BEFORE_LOGIN))
        return imapd_bad(imapd, "[TOOBIG] The literal is larger than this command takes");
    imap_parse_answer(&imapd->parse, IMAP_LITERAL_KEEP);
    return IMAPD_OK;
}

/*
 * RFC 9051 §4.3, RFC 7888 §4. A client that waits gets its answer at once and
 * keeps the literal; one that does not wait sends it all the same, so it is
 * swallowed before the answer, unless that is too much.
 */
static void refuse_literal(struct imapd *imapd, const struct imap_event *event, enum imapd_result result)
{
    if (event->literal.synchronizing) {
        imap_parse_answer(&imapd->parse, IMAP_LITERAL_REFUSE);
        finish(imapd, result);
        return;
    }
    imap_parse_answer(&imapd->parse, IMAP_LITERAL_SKIP);
    imapd->literal_refused = true;
    imapd->refusal = result;
    if (event->literal.size > LITERAL_SWALLOWED)
        imapd_bye(imapd, imapd->text);
}

static void take_literal(struct imapd *imapd, const struct imap_event *event)
{
    if (imapd->literal_refused) {
        refuse_literal(imapd, event, imapd->refusal);
        return;
    }
    begin(imapd, &event->command);
    const enum imapd_result result = check_literal(imapd, event);
    if (result != IMAPD_OK)
        refuse_literal(imapd, event, result);
    else if (event->literal.synchronizing)
        buf_add_text(&imapd->out, "+ Send it\r\n");
}

/* ---- events ---- */

static void take_line(struct imapd *imapd, const struct imap_event *event)
{
    if (imapd->line != NULL)
        proceed(imapd, imapd->line(imapd, event->line));
}

static void take_error(struct imapd *imapd, const struct imap_event *event)
{
    if (event->fatal) {
        imapd_bye(imapd, event->error);
        return;
    }
    if (imapd->tag == NULL)
        imapd->tag = event->command.tag.len > 0 ? span_copy(event->command.tag) : mem_text("*");
    imapd->command.verb = IMAP_VERB_UNKNOWN;
    imapd->row = NULL;
    finish(imapd, imapd_bad(imapd, "%s", event->error));
}

static void take(struct imapd *imapd, int status, const struct imap_event *event)
{
    if (status < 0)
        take_error(imapd, event);
    else if (event->kind == IMAP_EVENT_COMMAND)
        run_command(imapd, &event->command);
    else if (event->kind == IMAP_EVENT_LITERAL)
        take_literal(imapd, event);
    else if (event->kind == IMAP_EVENT_DATA && imapd->append != NULL && !event->literal.skipped)
        imapd_append_data(imapd, event->line);
    else if (event->kind == IMAP_EVENT_LINE)
        take_line(imapd, event);
}

/* As much as the connection takes now. Is all of it out? */
static bool give(struct imapd *imapd, struct buf *out)
{
    const size_t room = out->len < SESSION_OUT_HIGH ? SESSION_OUT_HIGH - out->len : 0;
    const size_t size = imapd->out.len < room ? imapd->out.len : room;
    buf_add(out, imapd->out.data, size);
    buf_drop(&imapd->out, size);
    return imapd->out.len == 0;
}

static void save_memory(struct imapd *imapd)
{
    if (imapd->out.cap > IDLE_MEMORY)
        buf_free(&imapd->out);
    if (imapd->parse.lines.in.cap > IDLE_MEMORY)
        imap_parse_rest(&imapd->parse);
}

static enum session_answer go_on(struct imapd *imapd, struct buf *out)
{
    while (true) {
        struct imap_event event;
        if (!give(imapd, out))
            return SESSION_MORE;
        if (imapd->closing)
            return SESSION_CLOSE;
        if (imapd->start_tls)
            return SESSION_START_TLS;
        if (imapd->step != NULL) {
            proceed(imapd, imapd->step(imapd));
            continue;
        }
        const int status = imap_parse_next(&imapd->parse, &event);
        if (status == 0)
            break;
        take(imapd, status, &event);
    }
    save_memory(imapd);
    return imapd->idling ? SESSION_WAIT : SESSION_CONTINUE;
}

/* ---- the session ---- */

static enum session_answer session_open(struct session *session, struct buf *out)
{
    struct imapd *imapd = mem_alloc(sizeof *imapd);
    session->state = imapd;
    session->timeout = TIMEOUT_LOGIN;
    imapd->session = session;
    imap_parse_init(&imapd->parse, IMAP_FROM_CLIENT, &imap_limits_command);
    machine_init(&imapd->machine, &imap_machine);
    buf_init(&imapd->out, OUT_MAX);
    buf_add_text(&imapd->out, "* OK [");
    imapd_write_capabilities(imapd, &imapd->out);
    buf_printf(&imapd->out, "] %s Pli IMAP server ready\r\n", config_text(session->config, CONFIG_MYHOSTNAME));
    machine_step(&imapd->machine, IMAP_VERB_GREETING, OUTCOME_OK);
    return go_on(imapd, out);
}

static enum session_answer session_input(struct session *session, const void *data, size_t size, struct buf *out)
{
    struct imapd *imapd = session->state;
    imap_parse_feed(&imapd->parse, data, size);
    const enum session_answer answer = go_on(imapd, out);
    if (imapd->machine.state == IMAP_STATE_AUTHENTICATED || imapd->machine.state == IMAP_STATE_SELECTED)
        session->timeout = TIMEOUT;
    return answer;
}

static enum session_answer session_more(struct session *session, struct buf *out)
{
    return go_on(session->state, out);
}

static enum session_answer session_wake(struct session *session, enum session_wake why, struct buf *out)
{
    struct imapd *imapd = session->state;
    if (why == SESSION_TIMEOUT)
        imapd_bye(imapd, "You were silent for too long");
    else if (why == SESSION_SHUTDOWN)
        imapd_bye(imapd, "[UNAVAILABLE] The server stops");
    else if (imapd->idling && imapd->mailbox != NULL)
        imapd_news(imapd, true);
    return go_on(imapd, out);
}

/* RFC 9051 §6.2.1: what was said in the clear behind STARTTLS is forgotten, for anybody could have put it there. */
static enum session_answer session_tls_started(struct session *session, struct buf *out)
{
    struct imapd *imapd = session->state;
    imapd->start_tls = false;
    imap_parse_drop(&imapd->parse);
    machine_step(&imapd->machine, IMAP_VERB_TLS_STARTED, OUTCOME_OK);
    return go_on(imapd, out);
}

static void session_close(struct session *session)
{
    struct imapd *imapd = session->state;
    end_command(imapd);
    imapd_unselect(imapd);
    if (imapd->store != NULL)
        store_close(imapd->store);
    imap_set_free(&imapd->saved);
    imap_parse_free(&imapd->parse);
    buf_free(&imapd->out);
    free(imapd);
    session->state = NULL;
}

const struct session_ops imapd_ops = {
    .protocol = "IMAP",
    .timeout = TIMEOUT_LOGIN,
    .open = session_open,
    .input = session_input,
    .more = session_more,
    .wake = session_wake,
    .tls_started = session_tls_started,
    .close = session_close,
};
