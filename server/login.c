#include "server/login.h"

#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/mem.h"

static void stop(struct login *login)
{
    if (login->sasl != NULL)
        sasl_server_free(login->sasl);
    login->sasl = NULL;
    login->finishing = false;
}

void login_end(struct login *login)
{
    stop(login);
    free(login->user);
    login->user = NULL;
}

static enum login_result done(struct login *login, struct session *session)
{
    login->user = mem_text(sasl_server_user(login->sasl));
    auth_succeeded(session, login->user, login->mechanism->name);
    stop(login);
    return LOGIN_OK;
}

static enum login_result refused(struct login *login, struct session *session)
{
    bool go_on = auth_failed(session, span_of(sasl_server_user(login->sasl)), login->mechanism->name);
    stop(login);
    return go_on ? LOGIN_REFUSED : LOGIN_TOO_MANY;
}

/* message: bare bytes. What the mechanism says at its successful end goes out as a challenge, for neither protocol
 * has room for it in its success reply (RFC 4422 §3.6); the client answers with an empty line. */
static enum login_result step(struct login *login, struct session *session, struct span message,
                              struct buf *challenge)
{
    struct buf bare;
    buf_init(&bare, SASL_MAX_MESSAGE);
    enum sasl_status status = login->finishing ? SASL_OK : sasl_server_step(login->sasl, message, &bare);
    bool has_proof = status == SASL_OK && bare.len > 0;
    base64_encode(buf_span(&bare), challenge);
    buf_free(&bare);
    if (login->finishing && message.len > 0)
        status = SASL_BAD;
    login->finishing = has_proof;
    if (status == SASL_MORE || has_proof)
        return LOGIN_CHALLENGE;
    if (status == SASL_OK)
        return done(login, session);
    if (status == SASL_REFUSED)
        return refused(login, session);
    stop(login);
    return LOGIN_BAD;
}

/* Strict base64: RFC 4954 §4 and RFC 5034 §4 want everything else refused. */
static enum login_result step_base64(struct login *login, struct session *session, struct span text,
                                     struct buf *challenge)
{
    struct buf message;
    enum login_result result = LOGIN_NOT_BASE64;
    buf_init(&message, SASL_MAX_MESSAGE);
    if (base64_decode(text, &message) == 0)
        result = step(login, session, (struct span){ buf_text(&message), message.len }, challenge);
    else
        stop(login);
    if (message.len > 0)
        explicit_bzero(message.data, message.len);
    buf_free(&message);
    return result;
}

enum login_result login_begin(struct login *login, struct session *session, struct span argument,
                              struct buf *challenge)
{
    const char *space = argument.len > 0 ? memchr(argument.at, ' ', argument.len) : NULL;
    struct span name = { argument.at, space != NULL ? (size_t)(space - argument.at) : argument.len };
    struct span initial = { NULL, 0 };
    if (space != NULL)
        initial = (struct span){ space + 1, argument.len - name.len - 1 };
    const struct sasl_mechanism *known = sasl_find(name);
    buf_clear(challenge);
    login_end(login);
    login->mechanism = auth_find(session, name);
    if (login->mechanism == NULL)
        return known != NULL && (known->flags & SASL_PLAINTEXT) && session->tls == NULL ? LOGIN_NEEDS_TLS
                                                                                       : LOGIN_NOT_OFFERED;
    /* LOGIN is older than the rule, and clients give it a name at once. */
    if (initial.len > 0 && !(login->mechanism->flags & (SASL_CLIENT_FIRST | SASL_PLAINTEXT)))
        return LOGIN_SERVER_FIRST;
    auth_prepare(&login->auth, session);
    login->sasl = sasl_server_new(login->mechanism, &login->auth.users);
    if (initial.len == 0)
        return step(login, session, initial, challenge);
    /* "=" is an initial response that is there and empty. */
    return span_is(initial, "=") ? step(login, session, span_of(""), challenge)
                                 : step_base64(login, session, initial, challenge);
}

enum login_result login_answer(struct login *login, struct session *session, struct span line, struct buf *challenge)
{
    buf_clear(challenge);
    if (span_is(line, "*")) {
        stop(login);
        return LOGIN_CANCELLED;
    }
    return step_base64(login, session, line, challenge);
}
