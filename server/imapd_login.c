/*
 * The commands that every state knows, and those that lead into the mail:
 * CAPABILITY NOOP LOGOUT ID STARTTLS AUTHENTICATE LOGIN ENABLE.
 *
 * Who may log in and how is decided by server/auth.h and core/sasl.h, the
 * same for all protocols; here is only IMAP's dress for it.
 */
#include "server/imapd_session.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "server/auth.h"
#include "server/config.h"
#include "server/login.h"
#include "server/policy.h"

static bool offers_tls(const struct session *session)
{
    return session->tls == NULL && strcmp(config_text(session->config, CONFIG_SSL), "no") != 0;
}

void imapd_write_capabilities(const struct imapd *imapd, struct buf *out)
{
    buf_add_text(out, "CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE");
    if (imapd->store != NULL) {
        buf_add_text(out, " NAMESPACE CHILDREN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE"
                          " STATUS=SIZE UIDPLUS MOVE UNSELECT"
                          " ESEARCH SEARCHRES WITHIN SORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES BINARY MULTIAPPEND"
                          " CONDSTORE QRESYNC UTF8=ACCEPT QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE");
        const long long limit = config_number(imapd->session->config, CONFIG_MESSAGE_SIZE_LIMIT);
        if (limit > 0) /* RFC 7889 §2 */
            buf_printf(out, " APPENDLIMIT=%lld", limit);
        return;
    }
    if (offers_tls(imapd->session))
        buf_add_text(out, " STARTTLS");
    if (!policy_plain_password(imapd->session))
        buf_add_text(out, " LOGINDISABLED"); /* RFC 9051 §6.2.3 */
    const struct sasl_mechanism *mechanism;
    for (size_t i = 0; (mechanism = auth_offered(imapd->session, i)) != NULL; i++)
        buf_printf(out, " AUTH=%s", mechanism->name);
}

IMAPD_COMMAND(capability)
{
    if (command->count > 0)
        return imapd_arguments(imapd, "CAPABILITY");
    buf_add_text(&imapd->out, "* ");
    imapd_write_capabilities(imapd, &imapd->out);
    buf_add_text(&imapd->out, "\r\n");
    return imapd_ok(imapd, "That is what I can do");
}

/* NOOP and CHECK: the news of the mailbox is told after every command. */
IMAPD_COMMAND(noop)
{
    return command->count > 0 ? imapd_arguments(imapd, "no arguments") : imapd_ok(imapd, "Done");
}

IMAPD_COMMAND(logout)
{
    if (command->count > 0)
        return imapd_arguments(imapd, "LOGOUT");
    imapd_bye(imapd, "Good bye");
    return imapd_ok(imapd, "Logged out");
}

/* RFC 2971 §3.1: NIL, or pairs of field and value, 30 at most. */
IMAPD_COMMAND(id)
{
    const struct imap_node *fields = command->arguments;
    if (command->count != 1 ||
        !(imap_is_nil(fields) || (imap_is_list(fields) && fields->count % 2 == 0 && fields->count <= 60)))
        return imapd_arguments(imapd, "ID NIL or ID (\"name\" \"value\" ...)");
    for (const struct imap_node *field = fields->child; field != NULL; field = field->next)
        if (!imap_is_nstring(field))
            return imapd_arguments(imapd, "ID takes strings");
    buf_printf(&imapd->out, "* ID (\"name\" \"Pli\" \"version\" \"%s\")\r\n", PLI_VERSION);
    return imapd_ok(imapd, "Pleased to meet you");
}

/*
 * RFC 9051 §6.2.1: "The server MUST always respond with a tagged BAD response
 * when the STARTTLS command is received on an Implicit TLS port", and so after
 * a successful one.
 */
IMAPD_COMMAND(starttls)
{
    if (command->count > 0)
        return imapd_arguments(imapd, "STARTTLS");
    if (imapd->session->tls != NULL)
        return imapd_bad(imapd, "This is inside TLS already");
    if (!offers_tls(imapd->session))
        return imapd_no(imapd, "[CANNOT] This server has no TLS");
    return imapd_ok(imapd, "Begin TLS now");
}

/* Whoever is in gets his store, or stays outside. */
static enum imapd_result enter(struct imapd *imapd, const char *login)
{
    if (auth_user(imapd->session, login, imapd->user) == 0)
        imapd->store = store_open(imapd->session, imapd->user);
    if (imapd->store == NULL)
        return imapd_no(imapd, "[UNAVAILABLE] The mailbox cannot be opened; the server's log says why");
    struct buf text;
    buf_init(&text, 4096);
    imapd_write_capabilities(imapd, &text);
    imapd_ok(imapd, "[%s] Logged in as %s", buf_text(&text), imapd->user);
    buf_free(&text);
    return IMAPD_OK;
}

IMAPD_COMMAND(login)
{
    const struct imap_node *user = command->arguments, *password = user == NULL ? NULL : user->next;
    if (command->count != 2 || !imap_is_astring(user) || !imap_is_astring(password))
        return imapd_arguments(imapd, "LOGIN name password");
    if (!policy_plain_password(imapd->session))
        return imapd_no(imapd, "[PRIVACYREQUIRED] A password may not cross this wire in the clear: STARTTLS first");
    if (!auth_password(imapd->session, user->text, password->text)) {
        if (!auth_failed(imapd->session, user->text, "LOGIN"))
            imapd_bye(imapd, "Too many wrong passwords");
        return imapd_no(imapd, "[AUTHENTICATIONFAILED] The name or the password is wrong");
    }
    char *name = span_copy(user->text);
    auth_succeeded(imapd->session, name, "LOGIN");
    const enum imapd_result result = enter(imapd, name);
    free(name);
    return result;
}

/* ---- AUTHENTICATE (RFC 9051 §6.2.2; initial response: RFC 4959) ---- */

static void end_login(void *work)
{
    struct login *login = work;
    login_end(login);
    free(login);
}

static const struct {
    enum imapd_result result;
    const char *text;
} login_faults[LOGIN_RESULTS] = {
    [LOGIN_REFUSED] = { IMAPD_NO, "[AUTHENTICATIONFAILED] The name or the password is wrong" },
    [LOGIN_TOO_MANY] = { IMAPD_NO, "[AUTHENTICATIONFAILED] Too many wrong passwords" },
    [LOGIN_CANCELLED] = { IMAPD_BAD, "Given up, as you wish" },
    [LOGIN_NOT_BASE64] = { IMAPD_BAD, "That is not base64" },
    [LOGIN_BAD] = { IMAPD_BAD, "That is not what the mechanism expects" },
    [LOGIN_NOT_OFFERED] = { IMAPD_NO, "[CANNOT] CAPABILITY tells which mechanisms are offered" },
    [LOGIN_NEEDS_TLS] = { IMAPD_NO, "[PRIVACYREQUIRED] This mechanism sends the password itself: STARTTLS first" },
    [LOGIN_SERVER_FIRST] = { IMAPD_BAD, "With this mechanism the server speaks first" },
};

static enum imapd_result login_said(struct imapd *imapd, enum login_result result, struct buf *challenge)
{
    const struct login *login = imapd->work;
    if (result == LOGIN_OK)
        return enter(imapd, login->user);
    if (result == LOGIN_CHALLENGE) {
        buf_printf(&imapd->out, "+ %s\r\n", buf_text(challenge));
        return IMAPD_LINE;
    }
    if (result == LOGIN_TOO_MANY)
        imapd_bye(imapd, "Too many wrong passwords");
    imapd_no(imapd, "%s", login_faults[result].text);
    return login_faults[result].result;
}

static enum imapd_result login_line(struct imapd *imapd, struct span line)
{
    struct buf challenge;
    buf_init(&challenge, 2 * SASL_MAX_MESSAGE);
    const enum imapd_result result =
        login_said(imapd, login_answer(imapd->work, imapd->session, line, &challenge), &challenge);
    buf_free(&challenge);
    return result;
}

IMAPD_COMMAND(authenticate)
{
    const struct imap_node *name = command->arguments, *initial = name == NULL ? NULL : name->next;
    const struct imap_node *last = initial != NULL ? initial : name;
    if (command->count < 1 || command->count > 2 || !imap_is_atom(name) || last->type != IMAP_WORD)
        return imapd_arguments(imapd, "AUTHENTICATE mechanism [base64]");
    struct login *login = mem_alloc(sizeof *login);
    struct buf challenge;
    imapd->work = login;
    imapd->work_free = end_login;
    imapd->line = login_line;
    buf_init(&challenge, 2 * SASL_MAX_MESSAGE);
    /* Both are words of one line, one space between them. */
    const struct span argument = { name->text.at, (size_t)(last->text.at + last->text.len - name->text.at) };
    const enum imapd_result result =
        login_said(imapd, login_begin(login, imapd->session, argument, &challenge), &challenge);
    buf_free(&challenge);
    return result;
}

/* ---- ENABLE (RFC 9051 §6.3.1) ---- */

static const struct {
    const char *name;
    unsigned enables;
} extensions[] = {
    { "CONDSTORE", IMAPD_CONDSTORE },
    { "QRESYNC", IMAPD_QRESYNC | IMAPD_CONDSTORE }, /* RFC 7162 §3.2.3 */
    { "UTF8=ACCEPT", IMAPD_UTF8 },
    { "IMAP4rev2", IMAPD_REV2 | IMAPD_UTF8 },
};

IMAPD_COMMAND(enable_command)
{
    if (command->count == 0)
        return imapd_arguments(imapd, "ENABLE capability ...");
    for (const struct imap_node *node = command->arguments; node != NULL; node = node->next)
        if (!imap_is_atom(node))
            return imapd_arguments(imapd, "ENABLE takes names of capabilities");
    buf_add_text(&imapd->out, "* ENABLED");
    for (const struct imap_node *node = command->arguments; node != NULL; node = node->next)
        for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
            if (imap_is(node, extensions[i].name)) {
                imapd->enabled |= extensions[i].enables;
                buf_printf(&imapd->out, " %s", extensions[i].name);
            }
    buf_add_text(&imapd->out, "\r\n");
    return imapd_ok(imapd, "Enabled what I can");
}
