#include "imap_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "core/base64.h"
#include "core/imap_state.h"
#include "core/sasl.h"
#include "io/i18n.h"

enum { LINE_MAX_SASL = 12288 };

static struct span nothing(void)
{
    return (struct span){ "", 0 };
}

static int greeting(struct imap_dialogue *imap)
{
    struct imap_event event;
    if (imap_next(imap, &event) != 0)
        return -1;
    const struct imap_response *response = &event.response;
    if (response->kind == IMAP_UNTAGGED && response->reply == IMAP_REPLY_BYE) {
        imap->broken = true;
        return imap_refuse(imap, _("the server does not want to talk to us"), response->text);
    }
    bool known = response->kind == IMAP_UNTAGGED &&
                 (response->reply == IMAP_REPLY_OK || response->reply == IMAP_REPLY_PREAUTH);
    if (!known) {
        imap->broken = true;
        return imap_refuse(imap, _("the server does not speak IMAP"), event.line);
    }
    int verb = response->reply == IMAP_REPLY_OK ? IMAP_VERB_GREETING : IMAP_VERB_PREAUTH;
    return imap_notice(imap, response) != 0 ? -1 : imap_move(imap, verb, OUTCOME_OK, response->text);
}

static int ask_capabilities(struct imap_dialogue *imap)
{
    imap_begin(imap, IMAP_VERB_CAPABILITY);
    return imap_end(imap, NULL, NULL);
}

/* What was said in the clear is forgotten, capabilities too (RFC 9051 §6.2.1). */
static int start_tls(struct imap_dialogue *imap)
{
    imap_begin(imap, IMAP_VERB_STARTTLS);
    if (imap_end(imap, NULL, NULL) != 0)
        return -1;
    bool injected = imap_parse_drop(&imap->parse) > 0;
    imap->broken = true; /* until TLS stands */
    if (injected)
        return imap_refuse(imap, _("bytes in the clear follow the server's consent to TLS: somebody may be injecting "
                                   "commands"), nothing());
    if (link_start_tls(&imap->link, imap->error) != 0)
        return -1;
    imap->broken = false;
    memcpy(imap->capabilities_clear, imap->capabilities, sizeof imap->capabilities_clear);
    imap->capabilities[0] = '\0';
    return imap_move(imap, IMAP_VERB_TLS_STARTED, OUTCOME_OK, nothing());
}

static int secure(struct imap_dialogue *imap)
{
    enum account_tls policy = imap->link.account->tls;
    if (link_in_tls(&imap->link) || policy == ACCOUNT_TLS_NEVER)
        return 0;
    bool not_yet = imap->machine.state == IMAP_STATE_NOT_AUTHENTICATED;
    if (not_yet && imap_can(imap, "STARTTLS"))
        return start_tls(imap) != 0 ? -1 : ask_capabilities(imap);
    if (policy == ACCOUNT_TLS_REQUIRED)
        return imap_refuse(imap, _("the server offers no TLS (STARTTLS), and it is asked for"), nothing());
    return 0;
}

/* The answer to a challenge in base64; "*" cancels (RFC 9051 §6.2.2). */
static int answer(struct imap_dialogue *imap, struct sasl_client *sasl, struct span coded)
{
    struct buf challenge, response, line;
    buf_init(&challenge, SASL_MAX_MESSAGE);
    buf_init(&response, SASL_MAX_MESSAGE);
    buf_init(&line, LINE_MAX_SASL);
    enum sasl_status status = SASL_BAD;
    if (base64_decode(coded, &challenge) == 0)
        status = sasl_client_step(sasl, challenge.len > 0 ? buf_span(&challenge) : nothing(), &response);
    bool good = status == SASL_MORE || status == SASL_OK;
    if (good)
        base64_encode(buf_span(&response), &line);
    else
        buf_add_text(&line, "*");
    buf_add_text(&line, "\r\n");
    int result = link_write(&imap->link, line.data, line.len, imap->error);
    const char *problem = sasl_client_error(sasl);
    if (result == 0 && !good)
        result = imap_refuse(imap, problem != NULL ? _(problem) : _("the server's challenge is not base64"), nothing());
    imap->broken |= result != 0;
    explicit_bzero(line.data, line.cap);
    if (response.data != NULL)
        explicit_bzero(response.data, response.cap);
    buf_free(&challenge);
    buf_free(&response);
    buf_free(&line);
    return result;
}

static int exchange(struct imap_dialogue *imap, struct sasl_client *sasl, const char *name)
{
    struct imap_event event;
    char line[100];
    imap_begin(imap, IMAP_VERB_AUTHENTICATE);
    if (imap->failed)
        return imap_end(imap, NULL, NULL);
    int length = snprintf(line, sizeof line, "A%u AUTHENTICATE %s\r\n", imap->tag, name);
    if (link_write(&imap->link, line, (size_t)length, imap->error) != 0)
        return -1;
    for (;;) {
        if (imap_next(imap, &event) != 0 || imap_notice(imap, &event.response) != 0)
            return -1;
        if (event.response.kind == IMAP_TAGGED)
            return imap_answered(imap, &event.response);
        if (event.response.kind == IMAP_UNTAGGED)
            continue;
        if (imap_move(imap, IMAP_VERB_AUTHENTICATE, OUTCOME_MORE, nothing()) != 0 ||
            answer(imap, sasl, event.response.text) != 0)
            return -1;
    }
}

static int authenticate(struct imap_dialogue *imap, const struct sasl_mechanism *mechanism)
{
    unsigned char nonce[18];
    if (getrandom(nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
        abort();
    struct sasl_credentials who = { .user = imap->link.account->user, .password = imap->link.account->password,
                                    .nonce = { (const char *)nonce, sizeof nonce } };
    struct sasl_client *sasl = sasl_client_new(mechanism, &who);
    int status = exchange(imap, sasl, mechanism->name);
    if (status == 0 && !sasl_client_satisfied(sasl)) {
        imap->broken = true;
        status = imap_refuse(imap, _("the server lets us in without having proved who it is"), nothing());
    }
    sasl_client_free(sasl);
    return status;
}

/* "AUTH=PLAIN AUTH=LOGIN" of the capabilities as a list of mechanisms. */
static void mechanisms(const struct imap_dialogue *imap, char *list, size_t size)
{
    list[0] = '\0';
    for (const char *at = imap->capabilities; (at = strcasestr(at, "AUTH=")) != NULL; at += 5) {
        size_t used = strlen(list);
        if (at == imap->capabilities || at[-1] == ' ')
            snprintf(list + used, size - used, "%.*s ", (int)strcspn(at + 5, " "), at + 5);
    }
}

/* A mechanism that does not show the password is best; then LOGIN, unless it is disabled (RFC 9051 §6.2.3). */
static int log_in(struct imap_dialogue *imap)
{
    char list[sizeof imap->capabilities];
    mechanisms(imap, list, sizeof list);
    /* "LOGIN" is the command here; the mechanism of that name does the same with more words. */
    const char *wanted = imap->link.account->login;
    bool by_login = wanted != NULL && strcasecmp(wanted, "LOGIN") == 0;
    const struct sasl_mechanism *mechanism = sasl_choose(span_of(list), wanted, false, false);
    if (mechanism != NULL)
        return authenticate(imap, mechanism);
    if (!link_password_allowed(&imap->link)) {
        link_explain_clear(&imap->link, imap->error);
        return -1;
    }
    bool disabled = imap_can(imap, "LOGINDISABLED");
    if (disabled || (wanted != NULL && !by_login)) {
        mechanism = sasl_choose(span_of(list), wanted, true, false);
        if (mechanism != NULL)
            return authenticate(imap, mechanism);
        if (!disabled)
            return imap_refuse(imap, _("the server does not offer this way to log in"), span_of(wanted));
        return imap_refuse(imap, _("the server lets nobody log in on this connection (LOGINDISABLED)"), nothing());
    }
    imap_begin(imap, IMAP_VERB_LOGIN);
    imap_string(imap, span_of(imap->link.account->user));
    imap_string(imap, span_of(imap->link.account->password));
    return imap_end(imap, NULL, NULL);
}

int imap_login(struct imap_dialogue *imap)
{
    if (greeting(imap) != 0)
        return -1;
    if (imap->capabilities[0] == '\0' && ask_capabilities(imap) != 0)
        return -1;
    if (secure(imap) != 0)
        return -1;
    if (imap->machine.state == IMAP_STATE_AUTHENTICATED) /* PREAUTH */
        return 0;
    imap->capabilities[sizeof imap->capabilities - 1] = '\0';
    char before[sizeof imap->capabilities];
    memcpy(before, imap->capabilities, sizeof before);
    if (log_in(imap) != 0)
        return -1;
    /* They differ after the login; good servers say them with the OK. */
    return strcmp(before, imap->capabilities) == 0 ? ask_capabilities(imap) : 0;
}
