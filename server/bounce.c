#include "server/bounce.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/date.h"
#include "core/mem.h"
#include "io/i18n.h"
#include "server/config.h"
#include "server/delivery.h"

enum { PIECE = 16 * 1024, TEXT_MAX = 64 * 1024 };

struct report {
    const struct session *session;
    const struct queue_envelope *about;
    enum queue_report action;
    bool to_postmaster;
    bool utf8;                   /* RFC 6533: an address or the header has letters beyond ASCII */
    bool whole;                  /* the letter is quoted, not only its header */
    struct delivery *delivery;
    struct buf text;             /* on its way to delivery */
    int status;
};

static const struct wording {
    const char *subject;
    const char *text;
    const char *status;          /* where no attempt says another (RFC 3463) */
} wordings[QUEUE_REPORTS] = {
    [QUEUE_REPORT_FAILED] = { N_("Your letter could not be delivered"),
        N_("Your letter could not be delivered to the recipients below. It will not be tried again."), "5.0.0" },
    [QUEUE_REPORT_DELAYED] = { N_("Your letter is delayed"),
        N_("Your letter could not be delivered yet to the recipients below. This is only a warning: nothing needs to "
           "be done, the server goes on trying."), "4.0.0" },
    [QUEUE_REPORT_DELIVERED] = { N_("Your letter was delivered"),
        N_("Your letter was put into the mailboxes of the recipients below, as you asked to be told."), "2.0.0" },
    [QUEUE_REPORT_RELAYED] = { N_("Your letter was passed on"),
        N_("Your letter was given to the mail servers of the recipients below. They do not report deliveries, so "
           "this is the last that you hear, unless it fails there."), "2.0.0" },
    [QUEUE_REPORT_EXPANDED] = { N_("Your letter was passed on to a list"),
        N_("Your letter was given to all the members of the lists below."), "2.0.0" },
};

/* ---- putting the text together ---- */

static void flush(struct report *report)
{
    if (report->text.len > 0 && delivery_write(report->delivery, report->text.data, report->text.len) != DELIVERY_OK)
        report->status = -1;
    buf_clear(&report->text);
}

/* A line of the report; CR LF is added. */
__attribute__((format(printf, 2, 3)))
static void say(struct report *report, const char *format, ...)
{
    char line[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (report->text.len + sizeof line + 2 > TEXT_MAX)
        flush(report);
    buf_add_text(&report->text, line);
    buf_add_text(&report->text, "\r\n");
}

static void say_date(struct report *report, const char *name, int64_t when)
{
    struct date date;
    struct buf text;
    buf_init(&text, 100);
    date_from_unix(when, 0, &date);
    date_write(&date, &text);
    say(report, "%s: %s", name, buf_text(&text));
    buf_free(&text);
}

/* xtext decoded; what could break a line becomes "?". free() it. */
static char *decode(struct span xtext)
{
    struct buf out;
    buf_init(&out, 1000);
    bool good = smtp_xtext_decode(xtext, &out) == 0;
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] < ' ' || out.data[i] > '~')
            out.data[i] = '?';
    char *text = good ? mem_text(buf_text(&out)) : span_copy(xtext);
    buf_free(&out);
    return text;
}

static bool beyond_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text > 127)
            return true;
    return false;
}

static bool is_about(const struct report *report, const struct queue_recipient *recipient)
{
    return recipient->report == report->action;
}

/* ---- the parts ---- */

/* Text is wrapped where it has spaces. */
static void say_wrapped(struct report *report, const char *text)
{
    while (*text != '\0') {
        size_t length = strlen(text), cut = length;
        for (size_t i = 0; length > 76 && i < length && (i <= 76 || cut == length); i++)
            if (text[i] == ' ' && i > 0)
                cut = i;
        say(report, "%.*s", (int)cut, text);
        text += cut + (text[cut] == ' ');
    }
}

static void say_header(struct report *report, const char *to, const char *boundary)
{
    const char *host = config_text(report->session->config, CONFIG_MYHOSTNAME);
    say(report, "From: Mail Delivery System <MAILER-DAEMON@%s>", host);
    say(report, "To: <%s>", to);
    say(report, "Subject: %s", wordings[report->action].subject); /* ASCII: not translated */
    say_date(report, "Date", (int64_t)time(NULL));
    say(report, "Message-ID: <%s.report@%s>", delivery_id(report->delivery), host);
    say(report, "Auto-Submitted: auto-replied"); /* RFC 3834 §5 */
    say(report, "MIME-Version: 1.0");
    say(report, "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"%s\"", boundary);
    say(report, "Content-Transfer-Encoding: 8bit");
    say(report, "%s", "");
}

static void say_to_person(struct report *report)
{
    const struct queue_envelope *about = report->about;
    const char *host = config_text(report->session->config, CONFIG_MYHOSTNAME);
    say(report, "Content-Type: text/plain; charset=utf-8");
    say(report, "Content-Transfer-Encoding: 8bit");
    say(report, "%s", "");
    say(report, _("This is the mail server %s."), host);
    say(report, "%s", "");
    say_wrapped(report, _(wordings[report->action].text));
    if (report->to_postmaster)
        say(report, _("Its sender cannot be told: <%s>"), about->sender);
    say(report, "%s", "");
    for (size_t i = 0; i < about->count; i++) {
        const struct queue_recipient *recipient = &about->recipients[i];
        const struct queue_try *last = queue_recipient_last(recipient);
        if (!is_about(report, recipient))
            continue;
        say(report, "<%s>", recipient->address);
        if (last == NULL)
            continue;
        if (last->host != NULL && last->code != 0)
            say(report, _("    The server %s said: %d %s"), last->host, last->code, last->said);
        else
            say(report, "    %s", last->said);
        say(report, "%s", "");
    }
    say(report, "%s", "");
    say(report, _("The letter had the number %s here."), about->id);
}

static void say_recipient(struct report *report, const struct queue_recipient *recipient)
{
    const struct queue_try *last = queue_recipient_last(recipient);
    say(report, "%s", "");
    const char *semicolon = recipient->original != NULL ? strchr(recipient->original, ';') : NULL;
    if (semicolon != NULL) {
        char *original = decode(span_of(semicolon + 1));
        say(report, "Original-Recipient: %.*s;%s", (int)(semicolon - recipient->original), recipient->original,
            original);
        free(original);
    }
    say(report, "Final-Recipient: %s;%s", beyond_ascii(recipient->address) ? "utf-8" : "rfc822", recipient->address);
    say(report, "Action: %s", queue_report_name(report->action));
    say(report, "Status: %s", last != NULL ? last->status : wordings[report->action].status);
    if (last == NULL)
        return;
    if (last->host != NULL && last->code != 0) {
        say(report, "Remote-MTA: dns; %s", last->host);
        bool told = strstr(last->status, ".0.0") == NULL; /* else the server gave no such code */
        say(report, "Diagnostic-Code: smtp; %d %s%s%s", last->code, told ? last->status : "", told ? " " : "",
            last->said);
    }
    say_date(report, "Last-Attempt-Date", last->when);
    if (report->action == QUEUE_REPORT_DELAYED) {
        enum config_id life = report->about->sender[0] == '\0' ? CONFIG_BOUNCE_QUEUE_LIFETIME
                                                               : CONFIG_MAXIMAL_QUEUE_LIFETIME;
        say_date(report, "Will-Retry-Until", report->about->arrived + config_number(report->session->config, life));
    }
}

/* RFC 3464 §2.2, §2.3. */
static void say_to_program(struct report *report)
{
    const struct queue_envelope *about = report->about;
    say(report, "Content-Type: message/%s", report->utf8 ? "global-delivery-status" : "delivery-status");
    if (report->utf8)
        say(report, "Content-Transfer-Encoding: 8bit");
    say(report, "%s", "");
    if (about->envid != NULL) {
        char *envid = decode(span_of(about->envid));
        say(report, "Original-Envelope-Id: %s", envid);
        free(envid);
    }
    say(report, "Reporting-MTA: dns; %s", config_text(report->session->config, CONFIG_MYHOSTNAME));
    say_date(report, "Arrival-Date", about->arrived);
    for (size_t i = 0; i < about->count; i++)
        if (is_about(report, &about->recipients[i]))
            say_recipient(report, &about->recipients[i]);
}

/* The letter with CR LF, or its lines up to the empty one. */
static void quote_letter(struct report *report, int letter)
{
    char piece[PIECE];
    ssize_t got;
    off_t place = 0;
    bool line_start = true, over = false;
    while (!over && report->status == 0 && (got = pread(letter, piece, sizeof piece, place)) > 0) {
        for (ssize_t i = 0; i < got && !over; i++) {
            over = piece[i] == '\n' && line_start && !report->whole;
            line_start = piece[i] == '\n';
            if (!over)
                buf_add(&report->text, piece[i] == '\n' ? "\r\n" : &piece[i], piece[i] == '\n' ? 2 : 1);
        }
        place += got;
        flush(report);
    }
    if (!line_start)
        buf_add_text(&report->text, "\r\n");
}

static void say_letter(struct report *report, int letter)
{
    static const char *const types[2][2] = { { "text/rfc822-headers", "message/rfc822" },
                                             { "message/global-headers", "message/global" } };
    say(report, "Content-Type: %s", types[report->utf8][report->whole]);
    say(report, "Content-Transfer-Encoding: 8bit");
    say(report, "%s", "");
    if (letter >= 0)
        quote_letter(report, letter);
}

/* ---- to whom ---- */

static enum delivery_result address_to(struct report *report, const char *to)
{
    struct smtp_path path = { 0 };
    struct buf local;
    if (smtp_parse_mailbox(span_of(to), &path) != NULL)
        return DELIVERY_UNKNOWN;
    buf_init(&local, SMTP_LOCAL_MAX);
    smtp_local_part(&path, &local);
    const struct delivery_address address = { .mailbox = span_of(to), .local = buf_span(&local),
                                              .domain = path.domain, .notify = SMTP_NOTIFY_NEVER };
    enum delivery_result result = delivery_recipient(report->delivery, &address);
    buf_free(&local);
    return result;
}

/* Answers the address, or NULL when nobody is to be told. */
static const char *choose_reader(struct report *report)
{
    const struct queue_envelope *about = report->about;
    bool failed = report->action == QUEUE_REPORT_FAILED;
    report->to_postmaster = false;
    if (about->sender[0] != '\0' && address_to(report, about->sender) == DELIVERY_OK)
        return about->sender;
    if (!failed || about->report || address_to(report, "postmaster") != DELIVERY_OK)
        return NULL;
    report->to_postmaster = true;
    delivery_envelope(report->delivery)->report = true;
    return "postmaster";
}

static void measure(struct report *report)
{
    const struct queue_envelope *about = report->about;
    long long limit = config_number(report->session->config, CONFIG_BOUNCE_SIZE_LIMIT);
    /* RFC 3461 §4.3: RET is about failures; other reports have the header only. */
    report->whole = report->action == QUEUE_REPORT_FAILED && about->ret != SMTP_RETURN_HEADERS &&
                    about->size <= (uint64_t)limit;
    report->utf8 = about->utf8 || beyond_ascii(about->sender);
    for (size_t i = 0; i < about->count; i++)
        report->utf8 |= is_about(report, &about->recipients[i]) && beyond_ascii(about->recipients[i].address);
}

static int write_report(struct report *report, int letter)
{
    report->delivery = delivery_new(report->session, span_of(""));
    const char *to = choose_reader(report);
    if (to == NULL) {
        session_log(report->session, "letter %s from <%s>: nobody can be told that it %s", report->about->id,
                    report->about->sender, queue_report_name(report->action));
        delivery_free(report->delivery);
        return 0;
    }
    char *boundary = mem_printf("=_%s_%s", delivery_id(report->delivery), report->about->id);
    buf_init(&report->text, 2 * TEXT_MAX);
    measure(report);
    delivery_envelope(report->delivery)->utf8 = report->utf8;
    say_header(report, to, boundary);
    say(report, "--%s", boundary);
    say_to_person(report);
    say(report, "\r\n--%s", boundary);
    say_to_program(report);
    say(report, "\r\n--%s", boundary);
    say_letter(report, letter);
    say(report, "\r\n--%s--", boundary);
    flush(report);
    if (report->status == 0 && delivery_commit(report->delivery) != DELIVERY_OK)
        report->status = -1;
    if (report->status == 0)
        session_log(report->session, "letter %s: report %s to <%s>: %s", report->about->id,
                    delivery_id(report->delivery), to, queue_report_name(report->action));
    free(boundary);
    buf_free(&report->text);
    delivery_free(report->delivery);
    return report->status;
}

int bounce_report(const struct session *session, const struct queue_envelope *about, int letter)
{
    int status = 0;
    for (int action = QUEUE_REPORT_FAILED; action < QUEUE_REPORTS; action++) {
        bool any = false;
        for (size_t i = 0; i < about->count; i++)
            any |= about->recipients[i].report == (enum queue_report)action;
        struct report report = { .session = session, .about = about, .action = (enum queue_report)action };
        if (any && write_report(&report, letter) != 0)
            status = -1;
    }
    return status;
}
