#include "sasl_plain.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "utf8.h"
#include "words.h"

/* Takes the bytes before the next NUL off the front of text. 0, or -1 when there is no NUL. */
static int cut_at_nul(struct span *text, struct span *piece)
{
    const char *nul = text->len > 0 ? memchr(text->at, '\0', text->len) : NULL;
    if (nul == NULL)
        return -1;
    *piece = (struct span){ text->at, (size_t)(nul - text->at) };
    *text = (struct span){ nul + 1, text->len - piece->len - 1 };
    return 0;
}

static enum sasl_status server_step(struct sasl_server *server, struct span message, struct buf *out)
{
    struct span authzid, user;
    (void)out;
    if (message.at == NULL && server->steps == 0)
        return SASL_MORE; /* an empty challenge asks for the message */
    if (!utf8_valid(message.at, message.len) || cut_at_nul(&message, &authzid) != 0 ||
        cut_at_nul(&message, &user) != 0)
        return SASL_BAD;
    /* RFC 4616 §2: user and password are at least one character; a further NUL is not allowed. */
    if (user.len == 0 || message.len == 0 || memchr(message.at, '\0', message.len) != NULL)
        return SASL_BAD;
    server->user = span_copy(user);
    char *password = span_copy(message);
    bool right = server->users->check(server->users->context, server->user, password) == 1;
    explicit_bzero(password, message.len);
    free(password);
    /* Nobody may act for somebody else here. */
    bool himself = authzid.len == 0 || span_is(authzid, server->user);
    return right && himself ? SASL_OK : SASL_REFUSED;
}

static enum sasl_status client_step(struct sasl_client *client, struct span challenge, struct buf *out)
{
    const struct sasl_credentials *who = client->credentials;
    (void)challenge;
    int full = buf_add_text(out, who->authzid != NULL ? who->authzid : "") | buf_add(out, "", 1) |
               buf_add_text(out, who->user) | buf_add(out, "", 1) | buf_add_text(out, who->password);
    if (full == 0)
        return SASL_OK;
    client->error = N_("the user name or the password is too long");
    return SASL_REFUSED;
}

const struct sasl_ops sasl_plain = { server_step, client_step, NULL, NULL };
