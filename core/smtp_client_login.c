/*
 * smtp_client_login.c - AUTH as a client says it (RFC 4954): which mechanism,
 * when its first message fits into the command, how a challenge is answered,
 * and when the password may not be said at all.
 */
#include "smtp_client_parts.h"

#include <string.h>

#include "base64.h"
#include "words.h"

enum { COMMAND_MAX = 510 }; /* RFC 5321 §4.5.3.1.4, without CR LF */

/* What the mechanism wants to say, in base64: as the answer to a challenge, or with AUTH as the initial response. */
static void say_response(struct smtp_client *client, struct span response, const char *mechanism)
{
    struct buf coded;
    buf_init(&coded, SMTP_SASL_MAX);
    if (base64_encode(response, &coded) != 0)
        smtp_client_fail(client, N_("the user name or the password is too long"), false);
    else if (mechanism == NULL)
        smtp_client_say(client, SMTP_AUTH, 0, "%s", buf_text(&coded));
    else /* RFC 4954 §4: an empty initial response is "=" */
        smtp_client_say(client, SMTP_AUTH, 0, "AUTH %s %s", mechanism, coded.len > 0 ? buf_text(&coded) : "=");
    if (coded.data != NULL)
        explicit_bzero(coded.data, coded.cap);
    buf_free(&coded);
}

static void wipe(struct buf *secret)
{
    if (secret->data != NULL)
        explicit_bzero(secret->data, secret->cap);
    buf_free(secret);
}

static void begin(struct smtp_client *client, const struct sasl_mechanism *mechanism)
{
    struct buf response;
    buf_init(&response, SASL_MAX_MESSAGE);
    client->sasl = sasl_client_new(mechanism, &client->credentials);
    if ((mechanism->flags & SASL_CLIENT_FIRST) == 0) {
        smtp_client_say(client, SMTP_AUTH, 0, "AUTH %s", mechanism->name);
        return;
    }
    enum sasl_status status = sasl_client_step(client->sasl, (struct span){ "", 0 }, &response);
    if (status == SASL_REFUSED || status == SASL_BAD) {
        smtp_client_fail(client, sasl_client_error(client->sasl), false);
    } else if (strlen(mechanism->name) + 6 + (response.len + 2) / 3 * 4 > COMMAND_MAX) {
        /* RFC 4954 §4: too long for one line; the server asks for it with an empty challenge. */
        sasl_client_free(client->sasl);
        client->sasl = sasl_client_new(mechanism, &client->credentials);
        smtp_client_say(client, SMTP_AUTH, 0, "AUTH %s", mechanism->name);
    } else {
        say_response(client, buf_span(&response), mechanism->name);
    }
    wipe(&response);
}

void smtp_client_login(struct smtp_client *client)
{
    struct span offered = span_of(client->offer.auth);
    bool bound = client->credentials.binding != NULL;
    if (client->options->credentials == NULL) {
        client->phase = PHASE_READY;
        return;
    }
    if (offered.len == 0) {
        smtp_client_fail(client, N_("the server does not offer to log in (AUTH) on this port"), false);
        return;
    }
    const char *wanted = client->credentials.mechanism;
    const struct sasl_mechanism *mechanism =
        sasl_choose(offered, wanted, client->in_tls || client->options->plaintext, bound);
    if (mechanism != NULL)
        begin(client, mechanism);
    else if (sasl_choose(offered, wanted, true, bound) != NULL)
        smtp_client_fail(client, N_("the password would cross the network in the clear, which was not allowed"), false);
    else
        smtp_client_fail(client, N_("the server offers no way to log in that we know"), false);
}

/* "*" cancels the exchange (RFC 4954 §4). */
static void cancel(struct smtp_client *client, const char *problem)
{
    buf_add_text(&client->out, "*\r\n");
    smtp_client_fail(client, problem, false);
}

static void answer_challenge(struct smtp_client *client)
{
    struct buf challenge, response;
    buf_init(&challenge, SASL_MAX_MESSAGE);
    buf_init(&response, SASL_MAX_MESSAGE);
    enum sasl_status status = SASL_BAD;
    const char *problem = N_("the server's challenge is not base64");
    if (base64_decode(buf_span(&client->reply), &challenge) == 0) {
        struct span text = { challenge.len > 0 ? challenge.data : "", challenge.len };
        status = sasl_client_step(client->sasl, text, &response);
        problem = sasl_client_error(client->sasl);
    }
    if (status == SASL_MORE || status == SASL_OK)
        say_response(client, buf_span(&response), NULL);
    else
        cancel(client, problem);
    wipe(&challenge);
    wipe(&response);
}

void smtp_client_login_reply(struct smtp_client *client)
{
    if (client->code / 100 == 3) {
        answer_challenge(client);
        return;
    }
    bool satisfied = sasl_client_satisfied(client->sasl);
    sasl_client_free(client->sasl);
    client->sasl = NULL;
    if (client->code / 100 == 4)
        smtp_client_fail(client, N_("the server cannot log anybody in now"), true);
    else if (client->code / 100 != 2)
        smtp_client_fail(client, N_("the server refuses the user name or the password"), true);
    else if (!satisfied)
        smtp_client_fail(client, N_("the server lets us in without having proved who it is"), false);
    else
        client->phase = PHASE_READY;
}
