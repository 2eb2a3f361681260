/*
 * smtp_client_letter.c - one mail transaction as a client leads it (RFC 5321
 * §3.3): the envelope, in groups where the server offers PIPELINING (RFC
 * 2920), the content, and who took it.
 */
#include "smtp_client_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "smtp_path.h"
#include "smtp_state.h"
#include "words.h"

enum { CONTENT_PIECE = 32768 };

void smtp_client_forget_letter(struct smtp_client *client)
{
    for (size_t i = 0; i < client->recipient_count; i++)
        free(client->recipients[i].text);
    free(client->recipients);
    client->recipients = NULL;
    client->recipient_count = 0;
    client->letter = NULL;
}

static void say_mail(struct smtp_client *client)
{
    static const char *const returns[] = { "", " RET=FULL", " RET=HDRS" };
    const struct smtp_letter *letter = client->letter;
    bool reports = client->offer.reports, envid = reports && letter->envid != NULL;
    char size[40] = "";
    if (client->offer.size && letter->size > 0) /* RFC 1870 §6 */
        snprintf(size, sizeof size, " SIZE=%" PRIu64, letter->size);
    smtp_client_say(client, SMTP_MAIL, 0, "MAIL FROM:<%s>%s%s%s%s%s%s", letter->sender, size,
                    letter->eight_bit && client->offer.eight_bit ? " BODY=8BITMIME" : "",
                    client->needs_utf8 ? " SMTPUTF8" : "", reports ? returns[letter->ret] : "",
                    envid ? " ENVID=" : "", envid ? letter->envid : "");
}

static void say_recipient(struct smtp_client *client, size_t which)
{
    static const char *const names[] = { "NEVER", "SUCCESS", "FAILURE", "DELAY" };
    const struct smtp_letter *letter = client->letter;
    struct smtp_wish wish = { 0, NULL };
    char notify[48] = "";
    if (client->offer.reports && letter->wishes != NULL)
        wish = letter->wishes[which];
    for (unsigned i = 0; i < 4; i++)
        if (wish.notify & 1u << i)
            snprintf(notify + strlen(notify), sizeof notify - strlen(notify), "%s%s",
                     notify[0] == '\0' ? " NOTIFY=" : ",", names[i]);
    smtp_client_say(client, SMTP_RCPT, which, "RCPT TO:<%s>%s%s%s", letter->recipients[which], notify,
                    wish.original != NULL ? " ORCPT=" : "", wish.original != NULL ? wish.original : "");
}

/* The next MAIL, RCPT or DATA. */
static void say_next(struct smtp_client *client)
{
    size_t step = client->next++;
    if (step == 0)
        say_mail(client);
    else if (step <= client->letter->count)
        say_recipient(client, step - 1);
    else
        smtp_client_say(client, SMTP_DATA, 0, "DATA");
}

static void letter_ended(struct smtp_client *client)
{
    client->phase = PHASE_READY;
}

/*
 * Says as much of the envelope as may be said now: one command after the
 * other, or as many as are allowed to be without a reply. DATA comes last, and
 * not when it is known that nobody would get the letter (RFC 2920 §3.1).
 */
static void go_on(struct smtp_client *client)
{
    size_t allowed = client->offer.pipelining ? SMTP_CLIENT_OUTSTANDING : 1;
    size_t last = client->letter->count + 1;
    while (!client->refused && client->next <= last && client->asked_count < allowed &&
           client->phase == PHASE_ENVELOPE) {
        bool all_answered = client->asked_count == 0;
        if (client->next == last && all_answered && client->taken == 0)
            break;
        say_next(client);
    }
    if (client->asked_count > 0 || client->phase != PHASE_ENVELOPE)
        return;
    /* Nothing more is to be said: no recipient was taken, or MAIL or DATA was refused. */
    if (client->machine.state == SMTP_STATE_READY)
        letter_ended(client);
    else
        smtp_client_say(client, SMTP_RSET, 0, "RSET");
}

/* The final dot. */
static void finish_content(struct smtp_client *client)
{
    if (smtp_content_finish(&client->content, &client->out) != 0)
        smtp_client_fail(client, N_("the output is not sent"), false);
    smtp_client_ask(client, SMTP_MESSAGE, 0);
    client->phase = PHASE_END;
}

static void data_reply(struct smtp_client *client, enum outcome outcome)
{
    if (outcome != OUTCOME_MORE) {
        if (!client->refused)
            smtp_client_note(client, &client->answer);
        client->refused = true;
        return;
    }
    smtp_content_start(&client->content);
    client->phase = PHASE_CONTENT;
    if (client->taken > 0)
        return;
    /* RFC 2920 §3.1: 354 though nobody gets it: an empty message, which the server will refuse. */
    finish_content(client);
}

static void end_reply(struct smtp_client *client, enum outcome outcome)
{
    smtp_client_note(client, &client->answer);
    client->accepted = outcome == OUTCOME_OK && client->taken > 0;
    letter_ended(client);
}

void smtp_client_letter_reply(struct smtp_client *client, struct smtp_asked asked, enum outcome outcome)
{
    if (asked.verb == SMTP_MAIL && outcome != OUTCOME_OK) {
        client->refused = true;
        smtp_client_note(client, &client->answer);
    } else if (asked.verb == SMTP_RCPT) {
        client->taken += outcome == OUTCOME_OK;
        if (!client->refused) /* without MAIL, an answer about a recipient says nothing about it */
            smtp_client_note(client, &client->recipients[asked.which]);
    } else if (asked.verb == SMTP_DATA) {
        data_reply(client, outcome);
    } else if (asked.verb == SMTP_MESSAGE) {
        end_reply(client, outcome);
        return;
    } else if (asked.verb == SMTP_RSET) {
        letter_ended(client);
        return;
    }
    if (client->phase == PHASE_ENVELOPE)
        go_on(client);
}

static const char *refuse(struct smtp_client *client, const char *enhanced, const char *problem)
{
    smtp_client_set_answer(&client->reason, 0, enhanced, "");
    return problem;
}

/* What keeps the letter from being offered at all; NULL: nothing. */
static const char *obstacle(struct smtp_client *client, const struct smtp_letter *letter)
{
    struct smtp_path path;
    const char *error = NULL;
    client->needs_utf8 = letter->utf8;
    if (*letter->sender != '\0') {
        error = smtp_parse_mailbox(span_of(letter->sender), &path);
        client->needs_utf8 |= error == NULL && path.utf8;
    }
    for (size_t i = 0; i < letter->count && error == NULL; i++) {
        error = smtp_parse_mailbox(span_of(letter->recipients[i]), &path);
        client->needs_utf8 |= error == NULL && path.utf8;
    }
    if (error != NULL)
        return refuse(client, "5.1.3", error);
    if (letter->count == 0)
        return N_("the letter has no recipient");
    if (client->needs_utf8 && !client->offer.utf8) /* RFC 6531 §3.2, §3.5 */
        return refuse(client, "5.6.7", N_("an address or the header has letters beyond ASCII, and the server does not "
                                          "offer SMTPUTF8"));
    if (letter->eight_bit && !client->offer.eight_bit) /* RFC 6152 §3 */
        return refuse(client, "5.6.3", N_("the letter has bytes beyond ASCII, and the server does not offer 8BITMIME"));
    if (client->offer.size_limit > 0 && letter->size > client->offer.size_limit) /* RFC 1870 §6.2 */
        return refuse(client, "5.3.4", N_("the letter is larger than the server takes"));
    return NULL;
}

enum smtp_client_status smtp_client_mail(struct smtp_client *client, const struct smtp_letter *letter)
{
    if (client->phase != PHASE_READY)
        return smtp_client_status_of(client);
    smtp_client_forget_letter(client);
    smtp_client_set_answer(&client->answer, 0, "", "");
    smtp_client_set_answer(&client->reason, 0, "", "");
    client->accepted = false;
    client->refused = false;
    client->taken = 0;
    client->next = 0;
    client->problem = obstacle(client, letter);
    if (client->problem != NULL)
        return SMTP_CLIENT_READY;
    client->letter = letter;
    client->recipients = mem_alloc(letter->count * sizeof *client->recipients);
    client->recipient_count = letter->count;
    for (size_t i = 0; i < letter->count; i++)
        smtp_client_set_answer(&client->recipients[i], 0, "", "");
    client->phase = PHASE_ENVELOPE;
    go_on(client);
    return smtp_client_status_of(client);
}

enum smtp_client_status smtp_client_more(struct smtp_client *client)
{
    char data[4096];
    while (client->phase == PHASE_CONTENT && client->out.len < CONTENT_PIECE) {
        long got = client->letter->read(client->letter->context, data, sizeof data);
        if (got < 0) /* without a final dot, so that no part of it counts as the whole */
            smtp_client_fail(client, N_("the letter cannot be read to its end"), false);
        else if (got == 0)
            finish_content(client);
        else if (smtp_content_feed(&client->content, (struct span){ data, (size_t)got }, &client->out) != 0)
            smtp_client_fail(client, N_("the output is not sent"), false);
    }
    return smtp_client_status_of(client);
}
