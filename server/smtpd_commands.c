/*
 * smtpd_commands.c - one function for each SMTP command, and the table that
 * finds it. Whether a command may come now, core/smtp_state.c has said before
 * its function is called.
 */
#include "server/smtpd_session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/date.h"
#include "core/mem.h"
#include "core/smtp_words.h"
#include "server/config.h"
#include "server/policy.h"

enum { UNKNOWN_MAX = 20 }; /* unknown recipients at full speed; who goes on guesses addresses */

static const char *host_of(const struct smtpd *smtpd)
{
    return config_text(smtpd->session->config, CONFIG_MYHOSTNAME);
}

/* ---- HELO, EHLO ---- */

/*
 * A name or an address literal (RFC 5321 §4.1.1.1). Programs give names with "_" too; it is not believed anyway, and
 * refused only when it cannot stand in a Received line.
 */
static bool name_is_usable(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        if (c <= ' ' || c > 126 || strchr("()<>@,;\\\"", name.at[i]) != NULL)
            return false;
    }
    return name.len > 0 && name.len <= SMTP_DOMAIN_MAX;
}

static bool tls_level_is(const struct smtpd *smtpd, const char *level)
{
    return strcmp(config_text(smtpd->session->config, CONFIG_SMTPD_TLS_SECURITY_LEVEL), level) == 0;
}

static void ehlo_reply(struct smtpd *smtpd)
{
    const struct config *config = smtpd->session->config;
    const struct sasl_mechanism *mechanism;
    struct buf text, mechanisms;
    buf_init(&text, 4096);
    buf_init(&mechanisms, 1024);
    for (size_t i = 0; (mechanism = auth_offered(smtpd->session, i)) != NULL && smtpd->login.user == NULL; i++)
        buf_printf(&mechanisms, " %s", mechanism->name);
    buf_printf(&text, "%s greets %s\nPIPELINING\nSIZE %lld\n8BITMIME\nSMTPUTF8\nCHUNKING\nENHANCEDSTATUSCODES\nDSN\n",
               host_of(smtpd), smtpd->client, config_number(config, CONFIG_MESSAGE_SIZE_LIMIT));
    if (smtp_starttls_is_allowed(true, smtpd->session->tls != NULL) && !tls_level_is(smtpd, "none"))
        buf_add_text(&text, "STARTTLS\n");
    if (mechanisms.len > 0)
        buf_printf(&text, "AUTH%s\n", buf_text(&mechanisms));
    if (mechanisms.len > 0 && config_flag(config, CONFIG_BROKEN_SASL_AUTH_CLIENTS))
        buf_printf(&text, "AUTH=%s\n", buf_text(&mechanisms) + 1);
    buf_printf(&text, "LIMITS RCPTMAX=%lld\nVRFY\nHELP", config_number(config, CONFIG_SMTPD_RECIPIENT_LIMIT));
    smtpd_say(smtpd, SMTP_EHLO, 250, NULL, "%s", buf_text(&text));
    buf_free(&text);
    buf_free(&mechanisms);
}

static void do_hello(struct smtpd *smtpd, const struct smtp_event *command)
{
    if (!name_is_usable(command->argument)) {
        smtpd_say(smtpd, command->verb, 501, "5.5.4", "Say your host name or [address] (RFC 5321 §4.1.1.1)");
        return;
    }
    free(smtpd->client);
    smtpd->client = span_copy(command->argument);
    smtpd->esmtp = command->verb == SMTP_EHLO;
    smtpd_letter_drop(&smtpd->letter); /* RFC 5321 §4.1.4: as if RSET */
    if (smtpd->esmtp)
        ehlo_reply(smtpd);
    else
        smtpd_say(smtpd, SMTP_HELO, 250, NULL, "%s greets %s", host_of(smtpd), smtpd->client);
}

/* ---- MAIL, RCPT ---- */

/* Parameters are ESMTP's, and those of DSN are not offered. false: refused. */
static bool parameters_are_offered(struct smtpd *smtpd, enum smtp_verb verb, const struct smtp_envelope *envelope)
{
    const char *text = NULL;
    if (envelope->has_parameters && !smtpd->esmtp)
        text = "Parameters need EHLO first (RFC 5321 §2.2.1)";
    if (text != NULL)
        smtpd_say(smtpd, verb, 555, "5.5.4", "%s", text);
    return text == NULL;
}

static void do_mail(struct smtpd *smtpd, const struct smtp_event *command)
{
    struct smtp_envelope envelope;
    const char *error;
    long long limit = config_number(smtpd->session->config, CONFIG_MESSAGE_SIZE_LIMIT);
    int code = smtp_parse_mail(command->argument, &envelope, &error);
    if (code != 0) {
        smtpd_say(smtpd, SMTP_MAIL, code, code == 555 ? "5.5.4" : "5.1.7", "%s", error);
    } else if (!parameters_are_offered(smtpd, SMTP_MAIL, &envelope)) {
        return;
    } else if (smtpd->session->listener->submission && smtpd->login.user == NULL) {
        smtpd_say(smtpd, SMTP_MAIL, 530, "5.7.0", "Log in first: this port is for our users (RFC 6409 §4.3)");
    } else if (envelope.path.utf8 && !envelope.smtputf8) {
        smtpd_say(smtpd, SMTP_MAIL, 553, "5.6.7", "This address needs the parameter SMTPUTF8 (RFC 6531 §3.4)");
    } else if (limit > 0 && envelope.size > (uint64_t)limit) {
        smtpd_say(smtpd, SMTP_MAIL, 552, "5.3.4", "Letters may have %lld octets here (RFC 1870 §6.1)", limit);
    } else {
        smtpd_letter_begin(&smtpd->letter, smtpd->session, &envelope);
        smtpd_say(smtpd, SMTP_MAIL, 250, "2.1.0", "<%s> is the sender", smtpd->letter.sender);
    }
}

static void refuse_recipient(struct smtpd *smtpd, const struct smtp_path *path, const struct smtpd_reply *reply)
{
    session_log(smtpd->session, "recipient <%.*s> refused: %d %s", (int)path->mailbox.len, path->mailbox.at,
                reply->code, reply->text);
    smtpd_say(smtpd, SMTP_RCPT, reply->code, reply->enhanced, "<%.*s>: %s", (int)path->mailbox.len, path->mailbox.at,
              reply->text);
    if (reply->code == 550 && ++smtpd->unknown > UNKNOWN_MAX)
        smtpd->session->pause = 1000;
}

/* May this client send to this domain at all? "Postmaster" without a domain is always here (RFC 5321 §4.5.1). */
static bool is_permitted(struct smtpd *smtpd, const struct smtp_path *path)
{
    if (path->domain.len == 0)
        return true;
    struct policy_verdict verdict = policy_recipient(smtpd->session, smtpd->login.user, path->domain);
    if (verdict.permit)
        return true;
    const struct smtpd_reply reply = { (int)verdict.code, verdict.enhanced, verdict.text };
    refuse_recipient(smtpd, path, &reply);
    return false;
}

static void do_rcpt(struct smtpd *smtpd, const struct smtp_event *command)
{
    struct smtp_envelope envelope;
    const char *error;
    long long limit = config_number(smtpd->session->config, CONFIG_SMTPD_RECIPIENT_LIMIT);
    int code = smtp_parse_rcpt(command->argument, &envelope, &error);
    if (code != 0) {
        smtpd_say(smtpd, SMTP_RCPT, code, code == 555 ? "5.5.4" : "5.1.3", "%s", error);
    } else if (!parameters_are_offered(smtpd, SMTP_RCPT, &envelope)) {
        return;
    } else if (envelope.path.utf8 && !smtpd->letter.utf8) {
        smtpd_say(smtpd, SMTP_RCPT, 553, "5.6.7", "This address needs SMTPUTF8 on MAIL (RFC 6531 §3.4)");
    } else if (limit > 0 && smtpd->letter.recipients >= limit) {
        smtpd_say(smtpd, SMTP_RCPT, 452, "4.5.3", "Too many recipients (RFC 5321 §4.5.3.1.10)");
    } else if (is_permitted(smtpd, &envelope.path)) {
        const struct smtpd_reply *reply = smtpd_letter_recipient(&smtpd->letter, &envelope);
        if (reply != NULL)
            refuse_recipient(smtpd, &envelope.path, reply);
        else
            smtpd_say(smtpd, SMTP_RCPT, 250, "2.1.5", "<%.*s> is a recipient", (int)envelope.path.mailbox.len,
                      envelope.path.mailbox.at);
    }
}

/* ---- DATA, BDAT ---- */

/* RFC 3848 §3, RFC 6531 §4.3: which protocol brought the letter. */
static void add_with(const struct smtpd *smtpd, struct buf *out)
{
    buf_add_text(out, smtpd->letter.utf8 ? "UTF8SMTP" : smtpd->esmtp ? "ESMTP" : "SMTP");
    if (smtpd->session->tls != NULL && smtpd->esmtp)
        buf_add_text(out, "S");
    if (smtpd->login.user != NULL)
        buf_add_text(out, "A");
}

/* RFC 5321 §4.4. The recipient is named only where it is the only one: others need not know. */
static void begin_content(struct smtpd *smtpd)
{
    struct smtpd_letter *letter = &smtpd->letter;
    const struct session *session = smtpd->session;
    struct buf line;
    struct date date;
    struct tm local;
    time_t now = time(NULL);
    buf_init(&line, 4096);
    buf_printf(&line, "Received: from %s ([%s%s])", smtpd->client, strchr(session->peer_text, ':') ? "IPv6:" : "",
               session->peer_text);
    if (session->tls_text[0] != '\0')
        buf_printf(&line, "\r\n\t(%s)", session->tls_text);
    buf_printf(&line, "\r\n\tby %s (%s) with ", host_of(smtpd), config_text(session->config, CONFIG_MAIL_NAME));
    add_with(smtpd, &line);
    buf_printf(&line, " id %s", delivery_id(letter->delivery));
    if (letter->recipients == 1)
        buf_printf(&line, "\r\n\tfor <%s>", letter->recipient);
    localtime_r(&now, &local);
    date_from_unix((int64_t)now, (int)(local.tm_gmtoff / 60), &date);
    buf_add_text(&line, "; ");
    date_write(&date, &line);
    smtpd_letter_trace(letter, buf_span(&line));
    buf_free(&line);
}

static void do_data(struct smtpd *smtpd, const struct smtp_event *command)
{
    (void)command;
    if (smtpd->letter.recipients == 0) {
        smtpd_say(smtpd, SMTP_DATA, 554, "5.5.1", "There is no valid recipient (RFC 5321 §3.3)");
        return;
    }
    begin_content(smtpd);
    smtpd_say(smtpd, SMTP_DATA, 354, NULL, "Send the letter, and end it with <CRLF>.<CRLF>");
}

/* The reply comes behind the chunk; a chunk that nobody wants is taken all the same (RFC 3030 §2). */
static void begin_chunk(struct smtpd *smtpd, enum smtp_verb verb)
{
    int state = smtpd->machine.state;
    smtpd->discard_chunk = machine_allows(&smtpd->machine, (int)verb) == NULL || smtpd->letter.recipients == 0 ||
                           state == SMTP_STATE_FAILED;
    if (!smtpd->discard_chunk && state == SMTP_STATE_RCPT)
        begin_content(smtpd);
}

static void end_of_letter(struct smtpd *smtpd, enum smtp_verb verb)
{
    struct smtpd_letter *letter = &smtpd->letter;
    const struct smtpd_reply *reply = smtpd_letter_commit(letter);
    if (reply == NULL) {
        smtpd->errors = 0;
        smtpd_say(smtpd, verb, 250, "2.0.0", "Letter %s is safe with us", delivery_id(letter->delivery));
    } else {
        session_log(smtpd->session, "letter %s from <%s> refused: %d %s", delivery_id(letter->delivery),
                    letter->sender, reply->code, reply->text);
        smtpd_say_reply(smtpd, verb, reply);
    }
    smtpd_letter_drop(letter);
}

void smtpd_content_end(struct smtpd *smtpd, enum smtp_verb verb)
{
    if (verb == SMTP_MESSAGE)
        end_of_letter(smtpd, verb);
    else if (smtpd->discard_chunk && smtpd->letter.sender != NULL && smtpd->letter.recipients == 0)
        smtpd_say(smtpd, verb, 554, "5.5.1", "There is no valid recipient (RFC 5321 §3.3)");
    else if (smtpd->discard_chunk)
        smtpd_say(smtpd, verb, 503, "5.5.1", "No letter was begun, or it failed: RSET (RFC 3030 §2)");
    else if (verb == SMTP_BDAT_LAST)
        end_of_letter(smtpd, verb);
    else if (smtpd->letter.fault.code != 0)
        smtpd_say_reply(smtpd, verb, &smtpd->letter.fault);
    else
        smtpd_say(smtpd, verb, 250, "2.0.0", "%llu octets so far", (unsigned long long)smtpd->letter.size);
}

/* ---- RSET, NOOP, QUIT, STARTTLS ---- */

static void do_rset(struct smtpd *smtpd, const struct smtp_event *command)
{
    (void)command;
    smtpd_letter_drop(&smtpd->letter);
    smtpd_say(smtpd, SMTP_RSET, 250, "2.0.0", "The letter is forgotten");
}

static void do_noop(struct smtpd *smtpd, const struct smtp_event *command)
{
    (void)command;
    smtpd_say(smtpd, SMTP_NOOP, 250, "2.0.0", "I am here");
}

static void do_quit(struct smtpd *smtpd, const struct smtp_event *command)
{
    (void)command;
    smtpd_say(smtpd, SMTP_QUIT, 221, "2.0.0", "%s says goodbye", host_of(smtpd));
}

static void do_starttls(struct smtpd *smtpd, const struct smtp_event *command)
{
    (void)command;
    if (smtpd->session->tls == NULL && tls_level_is(smtpd, "none"))
        smtpd_say(smtpd, SMTP_STARTTLS, 502, "5.5.1", "This server has no TLS here");
    else if (!smtp_starttls_is_allowed(smtpd->esmtp, smtpd->session->tls != NULL))
        smtpd_say(smtpd, SMTP_STARTTLS, 503, "5.5.1", "TLS is there already, or EHLO was not said (RFC 3207 §4.2)");
    else
        smtpd_say(smtpd, SMTP_STARTTLS, 220, "2.0.0", "Begin TLS now");
}

/* ---- VRFY, EXPN, HELP ---- */

/* RFC 5321 §7.3: who may ask is the site's decision. Neighbours are told; others hear what says nothing, 252. */
static void do_vrfy(struct smtpd *smtpd, const struct smtp_event *command)
{
    struct smtp_path path = { 0 };
    struct span rest = command->argument;
    struct span name = smtp_word(&rest);
    struct buf local;
    if (name.len > 2 && name.at[0] == '<' && name.at[name.len - 1] == '>')
        name = (struct span){ name.at + 1, name.len - 2 };
    if (name.len == 0) {
        smtpd_say(smtpd, SMTP_VRFY, 501, "5.5.4", "Write VRFY and an address (RFC 5321 §4.1.1.6)");
        return;
    }
    if (!policy_trusts(smtpd->session->config, (const struct sockaddr *)&smtpd->session->peer)) {
        smtpd_say(smtpd, SMTP_VRFY, 252, "2.5.2", "Send a letter, and you will see (RFC 5321 §7.3)");
        return;
    }
    /* A name alone is a local user's (RFC 5321 §3.5.1). */
    if (smtp_parse_mailbox(name, &path) != NULL)
        path = (struct smtp_path){ .mailbox = name, .local = name };
    buf_init(&local, SMTP_COMMAND_MAX);
    smtp_local_part(&path, &local);
    enum delivery_result result = delivery_lookup(smtpd->session, buf_span(&local), path.domain);
    if (result == DELIVERY_OK)
        smtpd_say(smtpd, SMTP_VRFY, 250, "2.1.5", "<%.*s%s%s>", (int)name.len, name.at,
                  path.domain.len == 0 ? "@" : "", path.domain.len == 0 ? host_of(smtpd) : "");
    else if (result == DELIVERY_REMOTE)
        smtpd_say(smtpd, SMTP_VRFY, 252, "2.5.2", "That address is not here");
    else
        smtpd_say(smtpd, SMTP_VRFY, 550, "5.1.1", "There is no such user here");
    buf_free(&local);
}

static void do_expn(struct smtpd *smtpd, const struct smtp_event *command)
{
    (void)command;
    smtpd_say(smtpd, SMTP_EXPN, 502, "5.5.1", "Nobody is told who is on a list (RFC 5321 §7.3)");
}

static void do_help(struct smtpd *smtpd, const struct smtp_event *command)
{
    const struct word *word = word_by_name(&smtp_words, WORD_VERB, command->argument);
    if (word != NULL)
        smtpd_say(smtpd, SMTP_HELP, 214, "2.0.0", "%s: %s\n%s", word->name, word->meaning, word->rfc);
    else if (command->argument.len > 0)
        smtpd_say(smtpd, SMTP_HELP, 504, "5.5.4", "There is no help about that; HELP alone lists the commands");
    else
        smtpd_say(smtpd, SMTP_HELP, 214, "2.0.0",
                  "HELO EHLO MAIL RCPT DATA BDAT RSET VRFY EXPN HELP NOOP QUIT AUTH STARTTLS\n"
                  "HELP and one of them explains it");
}

/* ---- the table ---- */

static void (*const commands[SMTP_UNKNOWN])(struct smtpd *smtpd, const struct smtp_event *command) = {
    [SMTP_HELO] = do_hello, [SMTP_EHLO] = do_hello, [SMTP_MAIL] = do_mail, [SMTP_RCPT] = do_rcpt,
    [SMTP_DATA] = do_data,  [SMTP_RSET] = do_rset,  [SMTP_VRFY] = do_vrfy, [SMTP_EXPN] = do_expn,
    [SMTP_HELP] = do_help,  [SMTP_NOOP] = do_noop,  [SMTP_QUIT] = do_quit, [SMTP_AUTH] = smtpd_auth,
    [SMTP_STARTTLS] = do_starttls,
};

/* RFC 3207 §4: a server that requires TLS answers 530 "to every command other than NOOP, EHLO, STARTTLS, or QUIT". */
static bool must_wait_for_tls(const struct smtpd *smtpd, enum smtp_verb verb)
{
    return smtpd->session->tls == NULL && tls_level_is(smtpd, "encrypt") && verb != SMTP_NOOP && verb != SMTP_EHLO &&
           verb != SMTP_STARTTLS && verb != SMTP_QUIT;
}

void smtpd_command(struct smtpd *smtpd, const struct smtp_event *command)
{
    enum smtp_verb verb = command->verb;
    if (verb == SMTP_BDAT || verb == SMTP_BDAT_LAST)
        begin_chunk(smtpd, verb);
    else if (verb == SMTP_UNKNOWN)
        smtpd_say(smtpd, verb, 500, "5.5.1", "This command is not known; HELP lists those that are");
    else if (must_wait_for_tls(smtpd, verb))
        smtpd_say(smtpd, verb, 530, "5.7.0", "STARTTLS first: this server takes nothing in the clear (RFC 3207 §4)");
    else if (machine_allows(&smtpd->machine, (int)verb) == NULL)
        smtpd_say(smtpd, verb, 503, "5.5.1", "%s may not come now: the state is %s (RFC 5321 §4.1.4)",
                  smtp_machine.verb_names[verb], machine_state_name(&smtpd->machine));
    else if (command->argument.len > 0 && smtp_takes_no_argument(verb))
        smtpd_say(smtpd, verb, 501, "5.5.4", "%s takes no argument (RFC 5321 §4.3.2)", smtp_machine.verb_names[verb]);
    else
        commands[verb](smtpd, command);
}
