/*
 * smtpd_auth.c - AUTH (RFC 4954): SASL's messages inside 334 and base64.
 */
#include "server/smtpd_session.h"

#include "core/words.h"
#include "server/config.h"

/* RFC 4954 §4, §6. */
static const struct smtpd_reply replies[LOGIN_RESULTS] = {
    [LOGIN_OK] = { 235, "2.7.0", N_("You are logged in") },
    [LOGIN_REFUSED] = { 535, "5.7.8", N_("The name or the password is wrong") },
    [LOGIN_TOO_MANY] = { 421, "4.7.0", N_("Too many wrong passwords") },
    [LOGIN_CANCELLED] = { 501, "5.7.0", N_("The login was given up") },
    [LOGIN_NOT_BASE64] = { 501, "5.5.2", N_("This is not base64 (RFC 4954 §4)") },
    [LOGIN_BAD] = { 501, "5.5.2", N_("This is not what the mechanism expects") },
    [LOGIN_NOT_OFFERED] = { 504, "5.5.4", N_("This mechanism is not offered; EHLO tells which are") },
    [LOGIN_NEEDS_TLS] = { 504, "5.7.11", N_("This mechanism sends the password itself: STARTTLS first") },
    [LOGIN_SERVER_FIRST] = { 501, "5.7.0", N_("With this mechanism the server speaks first (RFC 4954 §4)") },
};

static void tell(struct smtpd *smtpd, enum login_result result, struct buf *challenge)
{
    if (result == LOGIN_CHALLENGE)
        smtpd_say(smtpd, SMTP_AUTH, 334, NULL, "%s", buf_text(challenge));
    else
        smtpd_say_reply(smtpd, SMTP_AUTH, &replies[result]);
    buf_free(challenge);
}

void smtpd_auth(struct smtpd *smtpd, const struct smtp_event *command)
{
    struct buf challenge;
    if (!config_flag(smtpd->session->config, CONFIG_SMTPD_SASL_AUTH_ENABLE)) {
        smtpd_say(smtpd, SMTP_AUTH, 502, "5.5.1", "Nobody logs in here");
    } else if (!smtp_auth_is_allowed(smtpd->esmtp, smtpd->login.user != NULL)) {
        smtpd_say(smtpd, SMTP_AUTH, 503, "5.5.1", "AUTH comes after EHLO, and once (RFC 4954 §4)");
    } else if (command->argument.len == 0) {
        smtpd_say(smtpd, SMTP_AUTH, 501, "5.5.4", "AUTH and the name of a mechanism (RFC 4954 §4)");
    } else {
        buf_init(&challenge, SMTP_SASL_MAX);
        tell(smtpd, login_begin(&smtpd->login, smtpd->session, command->argument, &challenge), &challenge);
    }
}

void smtpd_auth_answer(struct smtpd *smtpd, const struct smtp_event *answer)
{
    struct buf challenge;
    buf_init(&challenge, SMTP_SASL_MAX);
    tell(smtpd, login_answer(&smtpd->login, smtpd->session, answer->text, &challenge), &challenge);
}
