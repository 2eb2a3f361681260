#include "policy.h"

#include <string.h>

#include "core/words.h"
#include "io/net.h"
#include "server/listener.h"
#include "server/network.h"

bool policy_trusts(const struct config *config, const struct sockaddr *address)
{
    const char *word;
    struct network network;
    for (size_t i = 0; (word = config_word(config, CONFIG_MYNETWORKS, i)) != NULL; i++)
        if (network_parse(word, &network) == 0 && network_holds(&network, address))
            return true;
    return false;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 §4.1.3) that is the address the peer connected to. */
static bool is_local_literal(const struct session *session, struct span domain)
{
    if (domain.len < 3 || domain.at[0] != '[' || domain.at[domain.len - 1] != ']')
        return false;
    struct span inside = { domain.at + 1, domain.len - 2 };
    if (inside.len > 5 && span_is_nocase((struct span){ inside.at, 5 }, "IPv6:"))
        inside = (struct span){ inside.at + 5, inside.len - 5 };
    return span_is_nocase(inside, session->local_text);
}

bool policy_is_local(const struct session *session, struct span domain)
{
    if (domain.len == 0 || is_local_literal(session, domain))
        return true;
    if (domain.at[domain.len - 1] == '.')
        domain.len--;
    const char *word;
    for (size_t i = 0; (word = config_word(session->config, CONFIG_MYDESTINATION, i)) != NULL; i++)
        if (span_is_nocase(domain, word))
            return true;
    return false;
}

/* ---- smtpd_relay_restrictions and smtpd_recipient_restrictions, as postconf(5) explains them ---- */

struct question {
    const struct session *session;
    const char *user;
    struct span domain;
};

static bool in_mynetworks(const struct question *question)
{
    return policy_trusts(question->session->config, (const struct sockaddr *)&question->session->peer);
}

static bool is_authenticated(const struct question *question)
{
    return question->user != NULL;
}

static bool is_auth_destination(const struct question *question)
{
    return policy_is_local(question->session, question->domain);
}

static bool is_no_auth_destination(const struct question *question)
{
    return !is_auth_destination(question);
}

static bool always(const struct question *question)
{
    (void)question;
    return true;
}

#define PERMIT { .permit = true }
#define REFUSE(code_, enhanced_, text_) { .code = (code_), .enhanced = (enhanced_), .text = (text_) }

static const struct restriction {
    const char *name;
    bool (*applies)(const struct question *question);
    struct policy_verdict verdict;
} restrictions[] = {
    { "permit_mynetworks", in_mynetworks, PERMIT },
    { "permit_sasl_authenticated", is_authenticated, PERMIT },
    { "permit_auth_destination", is_auth_destination, PERMIT },
    { "reject_unauth_destination", is_no_auth_destination,
      REFUSE(554, "5.7.1", N_("Relay access denied: this server does not carry letters to that domain for you")) },
    { "defer_unauth_destination", is_no_auth_destination,
      REFUSE(454, "4.7.1", N_("Relay access denied: this server does not carry letters to that domain for you")) },
    { "permit", always, PERMIT },
    { "reject", always, REFUSE(554, "5.7.1", N_("Recipient refused: access denied")) },
    { "defer", always, REFUSE(450, "4.7.1", N_("Recipient refused for now: access denied")) },
};

static const struct restriction *find(const char *name)
{
    for (size_t i = 0; i < sizeof restrictions / sizeof restrictions[0]; i++)
        if (strcmp(restrictions[i].name, name) == 0)
            return &restrictions[i];
    return NULL;
}

/* The first rule of the list that applies decides; none: permitted. */
static struct policy_verdict ask(const struct question *question, enum config_id list)
{
    const char *word;
    for (size_t i = 0; (word = config_word(question->session->config, list, i)) != NULL; i++) {
        const struct restriction *restriction = find(word);
        if (restriction == NULL || !restriction->applies(question))
            continue;
        struct policy_verdict verdict = restriction->verdict;
        verdict.rule = restriction->name;
        return verdict;
    }
    return (struct policy_verdict){ .permit = true, .rule = "" };
}

struct policy_verdict policy_recipient(const struct session *session, const char *user, struct span domain)
{
    const struct question question = { session, user, domain };
    const struct policy_verdict relay = ask(&question, CONFIG_SMTPD_RELAY_RESTRICTIONS);
    return relay.permit ? ask(&question, CONFIG_SMTPD_RECIPIENT_RESTRICTIONS) : relay;
}

/* ---- passwords ---- */

bool policy_plain_password(const struct session *session)
{
    const struct config *config = session->config;
    const struct sockaddr *peer = (const struct sockaddr *)&session->peer;
    if (session->tls != NULL)
        return true;
    if (!listener_is_smtp(session->listener) && strcmp(config_text(config, CONFIG_SSL), "required") == 0)
        return false;
    if (!config_flag(config, CONFIG_DISABLE_PLAINTEXT_AUTH) || network_is_loopback(peer) ||
        network_same_address(peer, (const struct sockaddr *)&session->local))
        return true;
    if (config_is_set(config, CONFIG_DISABLE_PLAINTEXT_AUTH))
        return false;
    struct net_address address = { .storage = session->peer };
    return policy_trusts(config, peer) || net_is_private(&address);
}
