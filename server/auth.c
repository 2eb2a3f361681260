#include "auth.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "core/tls.h"
#include "io/text.h"
#include "server/listener.h"
#include "server/policy.h"
#include "server/users.h"

enum { PAUSE_FIRST = 500, PAUSE_MOST = 8000 }; /* milliseconds */

static const char plus[] = "SCRAM-SHA-256-PLUS";

/* ---- which ways there are ---- */

/*
 * As with Dovecot, SCRAM-SHA-256-PLUS must be asked for: Debian's mutt takes it whenever it is offered, and then cannot
 * tell what binds the channel.
 */
static bool is_configured(const struct session *session, const char *name)
{
    const char *word;
    for (size_t i = 0; (word = config_word(session->config, CONFIG_AUTH_MECHANISMS, i)) != NULL; i++)
        if (span_is_nocase(span_of(name), word))
            return true;
    return false;
}

static bool has_option(const struct session *session, const char *option)
{
    const char *word;
    for (size_t i = 0; (word = config_word(session->config, CONFIG_SMTPD_SASL_SECURITY_OPTIONS, i)) != NULL; i++)
        if (strcmp(word, option) == 0)
            return true;
    return false;
}

static bool may_use(const struct session *session, const struct sasl_mechanism *mechanism)
{
    bool smtp = listener_is_smtp(session->listener);
    if (smtp && !config_flag(session->config, CONFIG_SMTPD_SASL_AUTH_ENABLE))
        return false;
    if (smtp && session->tls == NULL &&
        strcmp(config_text(session->config, CONFIG_SMTPD_TLS_SECURITY_LEVEL), "encrypt") == 0)
        return false; /* postconf(5): implies smtpd_tls_auth_only = yes */
    if (!smtp && session->tls == NULL && strcmp(config_text(session->config, CONFIG_SSL), "required") == 0)
        return false;
    if (strcmp(mechanism->name, plus) == 0 && session->tls == NULL)
        return false;
    if (mechanism->flags & SASL_PLAINTEXT &&
        (!policy_plain_password(session) || (smtp && has_option(session, "noplaintext"))))
        return false;
    return is_configured(session, mechanism->name);
}

const struct sasl_mechanism *auth_offered(const struct session *session, size_t i)
{
    const struct sasl_mechanism *mechanism;
    for (size_t row = 0; (mechanism = sasl_mechanism(row)) != NULL; row++)
        if (may_use(session, mechanism) && i-- == 0)
            return mechanism;
    return NULL;
}

const struct sasl_mechanism *auth_find(const struct session *session, struct span name)
{
    const struct sasl_mechanism *mechanism = sasl_find(name);
    return mechanism != NULL && may_use(session, mechanism) ? mechanism : NULL;
}

/* ---- who ---- */

static bool is_our_domain(const struct session *session, struct span domain)
{
    static const enum config_id names[] = { CONFIG_SMTPD_SASL_LOCAL_DOMAIN, CONFIG_MYORIGIN, CONFIG_MYDOMAIN };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (domain.len > 0 && span_is_nocase(domain, config_text(session->config, names[i])))
            return true;
    return domain.len > 0 && policy_is_local(session, domain);
}

int auth_user(const struct session *session, const char *login, char *name)
{
    const char *at = strrchr(login, '@');
    size_t length = at != NULL && is_our_domain(session, span_of(at + 1)) ? (size_t)(at - login) : strlen(login);
    if (length == 0 || length > USERS_NAME_MAX)
        return -1;
    for (size_t i = 0; i < length; i++)
        name[i] = (char)tolower((unsigned char)login[i]);
    name[length] = '\0';
    return users_name_fault(span_of(name)) == NULL ? 0 : -1;
}

static bool check(const struct session *session, const char *login, struct span password)
{
    char name[USERS_NAME_MAX + 1];
    bool possible = auth_user(session, login, name) == 0;
    bool right = users_check(session->server->users, possible ? span_of(name) : span_of(login), password);
    return possible && right;
}

bool auth_password(const struct session *session, struct span user, struct span password)
{
    char login[512];
    if (user.len >= sizeof login || memchr(user.at, '\0', user.len) != NULL)
        return false;
    memcpy(login, user.at, user.len);
    login[user.len] = '\0';
    return check(session, login, password);
}

static int sasl_check(void *context, const char *user, const char *password)
{
    const struct auth *auth = context;
    return check(auth->session, user, span_of(password));
}

static int sasl_lookup(void *context, const char *user, struct scram_verifier *verifier)
{
    const struct auth *auth = context;
    char name[USERS_NAME_MAX + 1];
    bool possible = auth_user(auth->session, user, name) == 0;
    users_verifier(auth->session->server->users, span_of(possible ? name : user), verifier);
    return 0; /* for an unknown user it fits no password: nobody learns who exists */
}

void auth_prepare(struct auth *auth, const struct session *session)
{
    *auth = (struct auth){ .session = session };
    if (RAND_bytes(auth->nonce, sizeof auth->nonce) != 1)
        OPENSSL_die("no random numbers", __FILE__, __LINE__);
    auth->users = (struct sasl_users){
        .context = auth,
        .check = sasl_check,
        .lookup = sasl_lookup,
        .nonce = { (const char *)auth->nonce, sizeof auth->nonce },
    };
    /* RFC 5802 §6: who offers -PLUS refuses clients that could have taken it; who does not must not know a binding. */
    if (session->tls == NULL || !is_configured(session, plus) || tls_binding(session->tls, auth->exporter) != 0)
        return;
    auth->binding = (struct scram_binding){ "tls-exporter", { (const char *)auth->exporter, sizeof auth->exporter } };
    auth->users.binding = &auth->binding;
}

/* ---- how it went ---- */

void auth_succeeded(struct session *session, const char *user, const char *method)
{
    session->failures = 0;
    session_log(session, "%s logged in by %s%s", user, method, session->tls != NULL ? "" : ", without TLS");
}

bool auth_failed(struct session *session, struct span user, const char *method)
{
    unsigned pause = (unsigned)PAUSE_FIRST << (session->failures < 4 ? session->failures : 4);
    session->pause = pause < PAUSE_MOST ? pause : PAUSE_MOST;
    session->failures++;
    session_log(session, "login by %s failed for \"%.*s\" from %s (%u)", method,
                (int)(user.len < 200 ? user.len : 200), user.len > 0 ? user.at : "", session->peer_text,
                session->failures);
    return session->failures < AUTH_MAX_FAILURES;
}
