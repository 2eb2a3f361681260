#include "sasl_login.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "utf8.h"
#include "words.h"

static bool is_text(struct span message)
{
    return message.len > 0 && memchr(message.at, '\0', message.len) == NULL && utf8_valid(message.at, message.len);
}

/* Some clients send the user name as initial response: then the first question is left out. */
static enum sasl_status server_step(struct sasl_server *server, struct span message, struct buf *out)
{
    if (message.at == NULL && server->steps == 0) {
        buf_add_text(out, "Username:");
        return SASL_MORE;
    }
    if (!is_text(message))
        return SASL_BAD;
    if (server->user == NULL) {
        server->user = span_copy(message);
        buf_add_text(out, "Password:");
        return SASL_MORE;
    }
    char *password = span_copy(message);
    bool right = server->users->check(server->users->context, server->user, password) == 1;
    explicit_bzero(password, message.len);
    free(password);
    return right ? SASL_OK : SASL_REFUSED;
}

/* The wording of the questions differs between servers; their order does not. */
static enum sasl_status client_step(struct sasl_client *client, struct span challenge, struct buf *out)
{
    (void)challenge;
    bool first = client->steps == 0;
    if (buf_add_text(out, first ? client->credentials->user : client->credentials->password) == 0)
        return first ? SASL_MORE : SASL_OK;
    client->error = N_("the user name or the password is too long");
    return SASL_REFUSED;
}

const struct sasl_ops sasl_login = { server_step, client_step, NULL, NULL };
