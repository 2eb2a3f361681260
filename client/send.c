#include "send.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "client/link.h"
#include "client/people.h"
#include "core/mem.h"
#include "core/smtp_client.h"
#include "io/i18n.h"
#include "io/text.h"

struct sending {
    struct link link;
    struct smtp_client *client;
    struct smtp_letter letter;
    struct span rest;              /* of the message */
    const struct send_notice *notice;
    bool ending;                   /* the end of the letter leaves, or left */
    struct scram_binding binding;
    unsigned char exporter[32];
    struct buf *error;
};

static long read_message(void *context, char *data, size_t size)
{
    struct sending *sending = context;
    if (sending->rest.len == 0) {
        if (sending->notice != NULL && sending->notice->before_end(sending->notice->context) != 0)
            return -1;
        sending->ending = true;
    }
    size_t count = sending->rest.len < size ? sending->rest.len : size;
    memcpy(data, sending->rest.at, count);
    sending->rest = (struct span){ sending->rest.at + count, sending->rest.len - count };
    return (long)count;
}

/* What leaves together; whoever steps through the dialogue sees all but logins and the letter itself. */
static int write_output(struct sending *sending)
{
    struct buf *out = smtp_client_output(sending->client);
    char verb[16] = "";
    int status = 0;
    bool shown = out->len > 0 && sending->rest.len == sending->letter.size &&
                 smtp_client_awaits(sending->client) != SMTP_AUTH;
    if (shown)
        snprintf(verb, sizeof verb, "%.*s", (int)strcspn(buf_text(out), " \r\n"), buf_text(out));
    if (shown)
        status = link_say(&sending->link, verb, out, sending->error);
    else if (out->len > 0)
        status = link_write(&sending->link, out->data, out->len, sending->error);
    if (status > 0)
        buf_printf(sending->error, _("the command was dropped before it left"));
    buf_clear(out);
    return status == 0 ? 0 : -1;
}

/* What ties a SCRAM login to this very TLS connection; NULL: nothing does. */
static const struct scram_binding *binding_of(struct sending *sending)
{
    struct tls *tls = channel_tls(sending->link.channel);
    if (tls == NULL || tls_binding(tls, sending->exporter) != 0)
        return NULL;
    sending->binding = (struct scram_binding){ "tls-exporter", { (const char *)sending->exporter, 32 } };
    return &sending->binding;
}

static int feed(struct sending *sending, enum smtp_client_status *status)
{
    char data[8192];
    long got = link_read(&sending->link, data, sizeof data, sending->error);
    if (got > 0)
        *status = smtp_client_feed(sending->client, data, (size_t)got);
    return got > 0 ? 0 : -1;
}

/* Until the client is ready, over or broken. 0, or -1 when the connection broke (said in error). */
static int drive(struct sending *sending, enum smtp_client_status status, enum smtp_client_status *last)
{
    for (;;) {
        if (write_output(sending) != 0)
            return -1;
        *last = status;
        switch (status) {
        case SMTP_CLIENT_WAIT:
            if (feed(sending, &status) != 0)
                return -1;
            break;
        case SMTP_CLIENT_MORE:
            status = smtp_client_more(sending->client);
            break;
        case SMTP_CLIENT_START_TLS:
            if (link_start_tls(&sending->link, sending->error) != 0)
                return -1;
            status = smtp_client_tls_started(sending->client, binding_of(sending));
            break;
        default:
            return 0;
        }
    }
}

/* The server's words behind ours: ": 550 5.1.1 No such user". */
static void add_answer(const struct smtp_answer *answer, struct buf *error)
{
    if (answer->code == 0 && answer->text[0] == '\0')
        return;
    char *safe = text_safe_copy(span_of(answer->text));
    buf_add_text(error, ": ");
    if (answer->code != 0)
        buf_printf(error, "%d ", answer->code);
    buf_printf(error, "%s%s%s", answer->enhanced, answer->enhanced[0] != '\0' ? " " : "", safe);
    free(safe);
}

static void explain_problem(struct sending *sending)
{
    buf_printf(sending->error, "%s: %s", channel_host(sending->link.channel), _(smtp_client_problem(sending->client)));
    add_answer(smtp_client_reason(sending->client), sending->error);
    buf_add_text(sending->error, "\n");
}

/* Each recipient that was refused, and then the letter if it was. 0 when there is nothing to say. */
static int explain_refusals(struct sending *sending)
{
    int status = 0;
    const char *host = channel_host(sending->link.channel);
    const struct smtp_answer *end = smtp_client_answer(sending->client);
    for (size_t i = 0; i < sending->letter.count; i++) {
        const struct smtp_answer *answer = smtp_client_recipient(sending->client, i);
        if (answer == NULL || answer->code / 100 == 2 || answer->code == 0)
            continue;
        char *safe = text_safe_copy(span_of(sending->letter.recipients[i]));
        buf_printf(sending->error, _("%s refuses the recipient %s"), host, safe);
        add_answer(answer, sending->error);
        buf_add_text(sending->error, "\n");
        free(safe);
        status = -1;
    }
    if (smtp_client_accepted(sending->client) || (status != 0 && end->code / 100 != 4 && end->code / 100 != 5))
        return status;
    if (status == 0 || end->code != 554) { /* 554 only repeats that there is nobody left */
        buf_printf(sending->error, _("%s refuses the letter"), host);
        add_answer(end, sending->error);
        buf_add_text(sending->error, "\n");
    }
    return -1;
}

/* RFC 5321 §4.1.4: our name, or our address where we have none that others could know. */
static char *hello_name(const struct link *link)
{
    char *host = people_host();
    if (strchr(host, '.') != NULL)
        return host;
    free(host);
    const struct net_address *peer = channel_peer(link->channel);
    if (net_is_loopback(peer))
        return mem_text("localhost");
    struct net_address own;
    char text[INET6_ADDRSTRLEN] = "127.0.0.1";
    if (channel_own(link->channel, &own) != 0)
        return mem_text("localhost");
    if (own.storage.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&own.storage)->sin6_addr, text, sizeof text);
        return mem_printf("[IPv6:%s]", text);
    }
    inet_ntop(AF_INET, &((struct sockaddr_in *)&own.storage)->sin_addr, text, sizeof text);
    return mem_printf("[%s]", text);
}

/* A failure before the end left is one; after it nobody knows. */
static enum send_result broken_off(const struct sending *sending)
{
    buf_add_text(sending->error, "\n");
    if (!sending->ending)
        return SEND_FAILED;
    buf_add_text(sending->error,
                 _("the letter may have been sent: the connection broke before the server answered\n"));
    return SEND_UNCERTAIN;
}

static enum send_result deliver(struct sending *sending)
{
    enum smtp_client_status last = SMTP_CLIENT_WAIT;
    if (drive(sending, SMTP_CLIENT_WAIT, &last) != 0)
        return broken_off(sending);
    if (last == SMTP_CLIENT_READY && drive(sending, smtp_client_mail(sending->client, &sending->letter), &last) != 0)
        return broken_off(sending);
    if (smtp_client_problem(sending->client) != NULL) {
        explain_problem(sending);
        return SEND_FAILED;
    }
    enum send_result result = explain_refusals(sending) == 0                ? SEND_DONE
                              : smtp_client_accepted(sending->client) ? SEND_PARTLY
                                                                      : SEND_FAILED;
    if (result != SEND_FAILED && sending->notice != NULL)
        sending->notice->taken(sending->notice->context);
    struct buf unheard; /* how QUIT goes does not matter any more (RFC 5321 §4.1.1.10) */
    struct buf *error = sending->error;
    buf_init(&unheard, 1000);
    sending->error = &unheard;
    drive(sending, smtp_client_quit(sending->client), &last);
    sending->error = error;
    buf_free(&unheard);
    return result;
}

enum send_result send_letter(const struct account *via, const struct envelope *envelope, struct span message,
                             const struct mail_watcher *watcher, int cancel_fd, const struct send_notice *notice,
                             struct buf *error)
{
    static const enum smtp_client_tls policies[] = {
        [ACCOUNT_TLS_OFFERED] = SMTP_CLIENT_TLS_OFFERED, [ACCOUNT_TLS_REQUIRED] = SMTP_CLIENT_TLS_REQUIRED,
        [ACCOUNT_TLS_IMPLICIT] = SMTP_CLIENT_TLS_NEVER, [ACCOUNT_TLS_NEVER] = SMTP_CLIENT_TLS_NEVER,
    };
    unsigned char nonce[18];
    struct sending sending = { .error = error, .rest = message, .notice = notice };
    if (via->user != NULL && via->password == NULL) {
        buf_add_text(error, _("there is no password to log in with\n"));
        return SEND_FAILED;
    }
    if (link_open(&sending.link, via, WATCH_SMTP, watcher, cancel_fd, error) != 0) {
        buf_add_text(error, "\n");
        link_close(&sending.link);
        return SEND_FAILED;
    }
    if (getrandom(nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
        abort();
    char *hello = hello_name(&sending.link);
    struct sasl_credentials credentials = { .user = via->user, .password = via->password,
                                            .nonce = { (const char *)nonce, sizeof nonce },
                                            .binding = binding_of(&sending), .mechanism = via->login };
    struct smtp_client_options options = { .hello = hello, .starttls = policies[via->tls],
                                           .in_tls = link_in_tls(&sending.link),
                                           .credentials = via->user != NULL ? &credentials : NULL,
                                           .plaintext = link_password_allowed(&sending.link) };
    sending.letter = (struct smtp_letter){ .sender = envelope->sender,
                                           .recipients = (const char *const *)envelope->recipients,
                                           .count = envelope->count, .size = message.len,
                                           .eight_bit = envelope->eight_bit, .utf8 = envelope->utf8,
                                           .read = read_message, .context = &sending };
    sending.client = smtp_client_new(&options);
    enum send_result result = deliver(&sending);
    smtp_client_free(sending.client);
    link_close(&sending.link);
    free(hello);
    return result;
}
