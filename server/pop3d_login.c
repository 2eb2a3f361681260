/*
 * pop3d_login.c - USER and PASS (RFC 1939 §7), AUTH (RFC 5034).
 */
#include "server/pop3d_session.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/words.h"
#include "server/auth.h"
#include "server/policy.h"
#include "server/users.h"

/* Whoever is in gets INBOX for himself alone, or the session stays where it was (RFC 1939 §4). */
static void enter(struct pop3d *pop3d, enum pop3_verb verb, const char *login)
{
    char user[USERS_NAME_MAX + 1];
    enum store_result result = STORE_FAILED;
    if (auth_user(pop3d->session, login, user) == 0)
        pop3d->store = store_open(pop3d->session, user);
    if (pop3d->store != NULL)
        result = mailbox_open(pop3d->store, "INBOX", MAILBOX_EXCLUSIVE | MAILBOX_KEEP_NEW, &pop3d->mailbox);
    if (result == STORE_OK) {
        size_t count = mailbox_count(pop3d->mailbox);
        pop3d->marked = mem_alloc(count + 1);
        pop3d->errors = 0;
        pop3d_ok(pop3d, verb, "%zu message%s for %s", count, count == 1 ? "" : "s", user);
        return;
    }
    pop3d->mailbox = NULL;
    pop3d_close_maildrop(pop3d);
    if (result == STORE_IN_USE)
        pop3d_err(pop3d, verb, "[IN-USE] Another session has this mailbox open");
    else
        pop3d_err(pop3d, verb, "[SYS/TEMP] The mailbox cannot be opened at the moment");
}

void pop3d_user(struct pop3d *pop3d, const struct pop3_event *command)
{
    if (!policy_plain_password(pop3d->session)) {
        pop3d_err(pop3d, POP3_USER, "[AUTH] A password may not be sent without TLS here: STLS first");
        return;
    }
    if (command->argument.len == 0) {
        pop3d_err(pop3d, POP3_USER, "Write USER and your name (RFC 1939 §7)");
        return;
    }
    free(pop3d->name);
    pop3d->name = span_copy(command->argument);
    /* Nobody is told who exists (RFC 3206 §5). */
    pop3d_ok(pop3d, POP3_USER, "Now the password");
}

void pop3d_pass(struct pop3d *pop3d, const struct pop3_event *command)
{
    /* The whole rest of the line is the password, spaces included (RFC 1939 §7). */
    if (auth_password(pop3d->session, span_of(pop3d->name), command->argument)) {
        auth_succeeded(pop3d->session, pop3d->name, "USER/PASS");
        enter(pop3d, POP3_PASS, pop3d->name);
        return;
    }
    bool go_on = auth_failed(pop3d->session, span_of(pop3d->name), "USER/PASS");
    pop3d_err(pop3d, POP3_PASS, "[AUTH] The name or the password is wrong");
    if (!go_on)
        pop3d->answer = SESSION_CLOSE;
}

static const char *const faults[LOGIN_RESULTS] = {
    [LOGIN_REFUSED] = N_("[AUTH] The name or the password is wrong"),
    [LOGIN_TOO_MANY] = N_("[AUTH] Too many wrong passwords"),
    [LOGIN_CANCELLED] = N_("The login was given up"),
    [LOGIN_NOT_BASE64] = N_("This is not base64 (RFC 5034 §4)"),
    [LOGIN_BAD] = N_("This is not what the mechanism expects"),
    [LOGIN_NOT_OFFERED] = N_("This mechanism is not offered; CAPA tells which are"),
    [LOGIN_NEEDS_TLS] = N_("[AUTH] This mechanism sends the password itself: STLS first"),
    [LOGIN_SERVER_FIRST] = N_("With this mechanism the server speaks first (RFC 5034 §4)"),
};

static void tell(struct pop3d *pop3d, enum login_result result, struct buf *challenge)
{
    if (result == LOGIN_CHALLENGE) {
        const struct move *row = machine_step(&pop3d->machine, POP3_AUTH, OUTCOME_MORE);
        buf_printf(pop3d->out, "+ %s\r\n", buf_text(challenge));
        pop3d->parser.mode = row != NULL ? (enum pop3_mode)row->mode : POP3_MODE_COMMAND;
    } else if (result == LOGIN_OK) {
        enter(pop3d, POP3_AUTH, pop3d->login.user);
    } else {
        pop3d_err(pop3d, POP3_AUTH, "%s", faults[result]);
    }
    if (result == LOGIN_TOO_MANY)
        pop3d->answer = SESSION_CLOSE;
    buf_free(challenge);
}

void pop3d_auth(struct pop3d *pop3d, const struct pop3_event *command)
{
    struct buf challenge;
    buf_init(&challenge, POP3_SASL_MAX);
    tell(pop3d, login_begin(&pop3d->login, pop3d->session, command->argument, &challenge), &challenge);
}

void pop3d_auth_answer(struct pop3d *pop3d, const struct pop3_event *answer)
{
    struct buf challenge;
    buf_init(&challenge, POP3_SASL_MAX);
    tell(pop3d, login_answer(&pop3d->login, pop3d->session, answer->text, &challenge), &challenge);
}
