#include "server/queue_envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/date.h"
#include "core/mem.h"
#include "core/utf8.h"
#include "core/words.h"

static const char *const states[] = { "waiting", "delivered", "failed" };
static const char *const reports[QUEUE_REPORTS] = { "none", "failed", "delayed", "delivered", "relayed", "expanded" };
static const char *const notifies[] = { "never", "success", "failure", "delay" };
static const char *const returns[] = { "any", "full", "headers" };

const char *queue_state_name(enum queue_state state)
{
    return states[state];
}

const char *queue_report_name(enum queue_report report)
{
    return reports[report];
}

/* ---- the struct ---- */

struct queue_envelope *queue_envelope_new(const char *id, struct span sender)
{
    struct queue_envelope *envelope = mem_alloc(sizeof *envelope);
    snprintf(envelope->id, sizeof envelope->id, "%s", id);
    envelope->sender = span_copy(sender);
    return envelope;
}

void queue_envelope_free(struct queue_envelope *envelope)
{
    if (envelope == NULL)
        return;
    for (size_t i = 0; i < envelope->count; i++) {
        struct queue_recipient *recipient = &envelope->recipients[i];
        for (size_t j = 0; j < recipient->tried_count; j++) {
            free(recipient->tried[j].host);
            free(recipient->tried[j].said);
        }
        free(recipient->address);
        free(recipient->original);
    }
    free(envelope->recipients);
    free(envelope->sender);
    free(envelope->envid);
    free(envelope);
}

struct queue_recipient *queue_envelope_add(struct queue_envelope *envelope, struct span address)
{
    /* The room doubles, so that many recipients cost linear time. */
    if ((envelope->count & (envelope->count - 1)) == 0)
        envelope->recipients = mem_grow(envelope->recipients, envelope->count * 2 + 1, sizeof *envelope->recipients);
    struct queue_recipient *recipient = &envelope->recipients[envelope->count++];
    *recipient = (struct queue_recipient){ .address = span_copy(address) };
    return recipient;
}

/* One line without control characters, not too long, not cut inside a character; invalid UTF-8 becomes "?". */
static char *one_line(const char *text)
{
    size_t length = strnlen(text, QUEUE_SAID_MAX);
    while (length > 0 && length == QUEUE_SAID_MAX && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    char *line = mem_copy(text, length);
    bool valid = utf8_valid(line, length);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)line[i];
        if (c < ' ' || c == 127)
            line[i] = ' ';
        else if (c > 127 && !valid)
            line[i] = '?';
    }
    while (length > 0 && line[length - 1] == ' ')
        line[--length] = '\0';
    return line;
}

void queue_recipient_tried(struct queue_recipient *recipient, int64_t when, const char *host, int code,
                           const char *status, const char *said)
{
    if (recipient->tried_count == QUEUE_TRIES_KEPT) {
        free(recipient->tried[0].host);
        free(recipient->tried[0].said);
        memmove(recipient->tried, recipient->tried + 1, (QUEUE_TRIES_KEPT - 1) * sizeof recipient->tried[0]);
        recipient->tried_count--;
    }
    struct queue_try *entry = &recipient->tried[recipient->tried_count++];
    *entry = (struct queue_try){ .when = when, .host = mem_text(host), .code = code, .said = one_line(said) };
    snprintf(entry->status, sizeof entry->status, "%s", status);
}

const struct queue_try *queue_recipient_last(const struct queue_recipient *recipient)
{
    return recipient->tried_count > 0 ? &recipient->tried[recipient->tried_count - 1] : NULL;
}

size_t queue_envelope_waiting(const struct queue_envelope *envelope, int64_t *next)
{
    size_t waiting = 0;
    *next = 0;
    for (size_t i = 0; i < envelope->count; i++) {
        const struct queue_recipient *recipient = &envelope->recipients[i];
        if (recipient->state != QUEUE_WAITING)
            continue;
        if (waiting++ == 0 || recipient->next < *next)
            *next = recipient->next;
    }
    return waiting;
}

bool queue_id_is_good(const char *id)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = strlen(id);
    return length > 0 && length <= QUEUE_ID_MAX && strspn(id, letters) == length;
}

/* ---- writing ---- */

void queue_time_write(int64_t when, struct buf *out)
{
    struct date date;
    date_from_unix(when, 0, &date);
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", date.year, date.month, date.day, date.hour, date.minute,
               date.second);
}

static void write_time(const char *name, int64_t when, struct buf *out)
{
    buf_add_text(out, name);
    queue_time_write(when, out);
    buf_add_text(out, "\n");
}

static void write_try(const struct queue_try *entry, struct buf *out)
{
    buf_add_text(out, "    tried: ");
    queue_time_write(entry->when, out);
    buf_printf(out, " %s %d %s %s\n", entry->host != NULL ? entry->host : "-", entry->code, entry->status,
               entry->said);
}

static void write_recipient(const struct queue_recipient *recipient, struct buf *out)
{
    buf_printf(out, "recipient: %s\n    state: %s\n", recipient->address, states[recipient->state]);
    if (recipient->original != NULL)
        buf_printf(out, "    original: %s\n", recipient->original);
    if (recipient->notify != 0) {
        const char *comma = "    notify: ";
        for (unsigned i = 0; i < 4; i++)
            if (recipient->notify & 1u << i) {
                buf_printf(out, "%s%s", comma, notifies[i]);
                comma = ",";
            }
        buf_add_text(out, "\n");
    }
    if (recipient->report != QUEUE_REPORT_NONE)
        buf_printf(out, "    report: %s\n", reports[recipient->report]);
    if (recipient->warned)
        buf_add_text(out, "    warned: yes\n");
    if (recipient->tries > 0)
        buf_printf(out, "    tries: %u\n", recipient->tries);
    if (recipient->state == QUEUE_WAITING)
        write_time("    next: ", recipient->next, out);
    for (size_t i = 0; i < recipient->tried_count; i++)
        write_try(&recipient->tried[i], out);
}

int queue_envelope_write(const struct queue_envelope *envelope, struct buf *out)
{
    buf_printf(out, "id: %s\n", envelope->id);
    write_time("arrived: ", envelope->arrived, out);
    buf_printf(out, "sender: %s\nsize: %llu\n", envelope->sender, (unsigned long long)envelope->size);
    if (envelope->ret != SMTP_RETURN_ANY)
        buf_printf(out, "return: %s\n", returns[envelope->ret]);
    if (envelope->envid != NULL)
        buf_printf(out, "envid: %s\n", envelope->envid);
    if (envelope->eight_bit)
        buf_add_text(out, "8bit: yes\n");
    if (envelope->utf8)
        buf_add_text(out, "utf8: yes\n");
    if (envelope->report)
        buf_add_text(out, "report: yes\n");
    if (envelope->held)
        buf_add_text(out, "held: yes\n");
    for (size_t i = 0; i < envelope->count; i++)
        write_recipient(&envelope->recipients[i], out);
    return buf_add_text(out, "# end\n"); /* which fails when anything before it did not fit */
}

/* ---- reading ---- */

static bool read_word(struct span value, const char *const *words, size_t count, unsigned *which)
{
    for (*which = 0; *which < count; ++*which)
        if (span_is(value, words[*which]))
            return true;
    return false;
}

static bool read_yes(struct span value, bool *flag)
{
    *flag = span_is(value, "yes");
    return *flag || span_is(value, "no");
}

static bool read_number(struct span value, uint64_t most, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9' || i > 17)
            return false;
        *number = *number * 10 + (uint64_t)(value.at[i] - '0');
    }
    return value.len > 0 && *number <= most;
}

static bool read_time(struct span value, int64_t *when)
{
    char text[24];
    struct date date = { 0 };
    int used = 0;
    if (value.len != 20)
        return false;
    memcpy(text, value.at, 20);
    text[20] = '\0';
    for (size_t i = 0; i < 20; i++) /* sscanf would take signs and spaces */
        if ((text[i] < '0' || text[i] > '9') != (strchr("-T:Z", text[i]) != NULL))
            return false;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &date.year, &date.month, &date.day, &date.hour, &date.minute,
               &date.second, &used) != 6 || used != 20)
        return false;
    *when = date_to_unix(&date);
    struct date again;
    date_from_unix(*when, 0, &again);
    return again.year == date.year && again.month == date.month && again.day == date.day && again.hour == date.hour &&
           again.minute == date.minute && again.second == date.second;
}

static struct span cut_word(struct span *rest)
{
    const char *space = rest->len > 0 ? memchr(rest->at, ' ', rest->len) : NULL;
    struct span word = { rest->at, space != NULL ? (size_t)(space - rest->at) : rest->len };
    size_t used = space != NULL ? word.len + 1 : word.len;
    *rest = (struct span){ rest->at + used, rest->len - used };
    return word;
}

/* RFC 3463 §2: class "." subject "." detail. */
static bool is_status(struct span status)
{
    size_t dots = 0;
    for (size_t i = 1; i < status.len; i++) {
        dots += status.at[i] == '.';
        if (status.at[i] != '.' ? status.at[i] < '0' || status.at[i] > '9' : status.at[i - 1] == '.')
            return false;
    }
    return status.len >= 5 && status.len < 12 && dots == 2 && memchr("245", status.at[0], 3) != NULL &&
           status.at[1] == '.' && status.at[status.len - 1] != '.';
}

static bool read_try(struct span value, struct queue_recipient *recipient)
{
    int64_t when;
    uint64_t code;
    bool good = read_time(cut_word(&value), &when);
    struct span host = cut_word(&value);
    good = good && host.len > 0 && host.len < 300 && read_number(cut_word(&value), 599, &code);
    struct span status = cut_word(&value);
    if (!good || !is_status(status))
        return false;
    char *host_text = span_is(host, "-") ? NULL : span_copy(host);
    char *status_text = span_copy(status), *said = span_copy(value);
    queue_recipient_tried(recipient, when, host_text, (int)code, status_text, said);
    free(host_text);
    free(status_text);
    free(said);
    return true;
}

static bool read_notify(struct span value, unsigned *notify)
{
    *notify = 0;
    while (value.len > 0) {
        unsigned which;
        const char *comma = memchr(value.at, ',', value.len);
        size_t length = comma != NULL ? (size_t)(comma - value.at) : value.len;
        if (!read_word((struct span){ value.at, length }, notifies, 4, &which))
            return false;
        *notify |= 1u << which;
        size_t used = comma != NULL ? length + 1 : length;
        value = (struct span){ value.at + used, value.len - used };
    }
    return *notify == SMTP_NOTIFY_NEVER || (*notify != 0 && !(*notify & SMTP_NOTIFY_NEVER));
}

/* As in a command: printable, no space in it (RFC 3461 §4: xtext). */
static bool read_parameter(struct span value, char **text)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] <= ' ' || value.at[i] > '~')
            return false;
    if (value.len == 0 || value.len > 500 || *text != NULL)
        return false;
    *text = span_copy(value);
    return true;
}

static bool read_about_recipient(struct span name, struct span value, struct queue_recipient *recipient)
{
    unsigned which = 0;
    uint64_t number = 0;
    bool good = true;
    if (span_is(name, "state")) {
        good = read_word(value, states, sizeof states / sizeof states[0], &which);
        recipient->state = (enum queue_state)which;
    } else if (span_is(name, "original")) {
        good = memchr(value.at, ';', value.len) != NULL && read_parameter(value, &recipient->original);
    } else if (span_is(name, "notify")) {
        good = read_notify(value, &recipient->notify);
    } else if (span_is(name, "report")) {
        good = read_word(value, reports, QUEUE_REPORTS, &which);
        recipient->report = (enum queue_report)which;
    } else if (span_is(name, "warned")) {
        good = read_yes(value, &recipient->warned);
    } else if (span_is(name, "tries")) {
        good = read_number(value, 1000000, &number);
        recipient->tries = (unsigned)number;
    } else if (span_is(name, "next")) {
        good = read_time(value, &recipient->next);
    } else {
        good = span_is(name, "tried") && read_try(value, recipient);
    }
    return good;
}

static bool address_is_good(struct span address)
{
    struct smtp_path path;
    return smtp_parse_mailbox(address, &path) == NULL;
}

static bool read_about_letter(struct span name, struct span value, struct queue_envelope *envelope)
{
    unsigned which = 0;
    bool good = true;
    if (span_is(name, "id")) {
        good = value.len > 0 && value.len <= QUEUE_ID_MAX && envelope->id[0] == '\0';
        if (good)
            memcpy(envelope->id, value.at, value.len);
        good = good && queue_id_is_good(envelope->id);
    } else if (span_is(name, "arrived")) {
        good = read_time(value, &envelope->arrived);
    } else if (span_is(name, "sender")) {
        good = envelope->sender == NULL && (value.len == 0 || address_is_good(value));
        if (good)
            envelope->sender = span_copy(value);
    } else if (span_is(name, "size")) {
        good = read_number(value, UINT64_MAX, &envelope->size);
    } else if (span_is(name, "return")) {
        good = read_word(value, returns, 3, &which);
        envelope->ret = (enum smtp_return)which;
    } else if (span_is(name, "envid")) {
        good = read_parameter(value, &envelope->envid);
    } else if (span_is(name, "8bit")) {
        good = read_yes(value, &envelope->eight_bit);
    } else if (span_is(name, "utf8")) {
        good = read_yes(value, &envelope->utf8);
    } else if (span_is(name, "report")) {
        good = read_yes(value, &envelope->report);
    } else {
        good = span_is(name, "held") && read_yes(value, &envelope->held);
    }
    return good;
}

static struct span trim(struct span text)
{
    while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t'))
        text = (struct span){ text.at + 1, text.len - 1 };
    while (text.len > 0 && strchr(" \t\r", text.at[text.len - 1]) != NULL && text.at[text.len - 1] != '\0')
        text.len--;
    return text;
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct span line, struct queue_envelope *envelope)
{
    line = trim(line);
    for (size_t i = 0; i < line.len; i++)
        if ((unsigned char)line.at[i] < ' ' || line.at[i] == 127)
            return N_("there is a control character");
    if (line.len == 0 || line.at[0] == '#')
        return NULL;
    const char *colon = memchr(line.at, ':', line.len);
    if (colon == NULL)
        return N_("this is not \"name: value\"");
    struct span name = { line.at, (size_t)(colon - line.at) };
    struct span value = trim((struct span){ colon + 1, line.len - name.len - 1 });
    if (span_is(name, "recipient")) {
        if (!address_is_good(value))
            return N_("this is not an address");
        queue_envelope_add(envelope, value);
        return NULL;
    }
    bool good = envelope->count == 0
                    ? read_about_letter(name, value, envelope)
                    : read_about_recipient(name, value, &envelope->recipients[envelope->count - 1]);
    return good ? NULL : N_("the field is not known, or its value is wrong");
}

struct queue_envelope *queue_envelope_read(struct span text, struct buf *error)
{
    struct queue_envelope *envelope = mem_alloc(sizeof *envelope);
    const char *wrong = NULL;
    size_t number = 0;
    while (text.len > 0 && wrong == NULL) {
        const char *lf = memchr(text.at, '\n', text.len);
        size_t length = lf != NULL ? (size_t)(lf - text.at) : text.len;
        wrong = read_line((struct span){ text.at, length }, envelope);
        size_t used = lf != NULL ? length + 1 : length;
        text = (struct span){ text.at + used, text.len - used };
        number++;
    }
    if (wrong == NULL && (envelope->id[0] == '\0' || envelope->sender == NULL || envelope->count == 0))
        wrong = N_("the file ends before id, sender and a recipient were named");
    if (wrong == NULL)
        return envelope;
    buf_printf(error, "line %zu: %s", number, wrong);
    queue_envelope_free(envelope);
    return NULL;
}
