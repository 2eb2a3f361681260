#include "sasl_scram.h"

#include "base64.h"
#include "mem.h"
#include "scram_client.h"
#include "words.h"

/* Random bytes become printable, without a comma. */
static void nonce_text(struct span nonce, struct buf *out)
{
    buf_init(out, SCRAM_MAX_NONCE);
    base64_encode(nonce, out);
}

static enum sasl_status server_step(struct sasl_server *server, struct span message, struct buf *out)
{
    static const enum sasl_status meanings[] = {
        [SCRAM_MORE] = SASL_MORE, [SCRAM_DONE] = SASL_OK, [SCRAM_FAILED] = SASL_REFUSED, [SCRAM_BAD] = SASL_BAD,
    };
    const struct sasl_users *users = server->users;
    bool plus = (server->mechanism->flags & SASL_BOUND) != 0;
    if (users->lookup == NULL || users->nonce.len < 16 || (plus && users->binding == NULL))
        return SASL_REFUSED;
    if (message.at == NULL && server->steps == 0)
        return SASL_MORE;
    if (server->data == NULL) {
        struct buf nonce;
        nonce_text(users->nonce, &nonce);
        server->data = scram_server_new(buf_span(&nonce), users->binding, plus, users->lookup, users->context);
        buf_free(&nonce);
    }
    enum sasl_status status = meanings[scram_server_step(server->data, message, out)];
    const char *authzid = scram_server_authzid(server->data);
    if (server->user == NULL)
        server->user = mem_text(scram_server_user(server->data));
    /* Nobody may act for somebody else here. */
    if (status == SASL_OK && authzid != NULL && !span_is(span_of(authzid), server->user))
        return SASL_REFUSED;
    return status;
}

static void server_free(struct sasl_server *server)
{
    scram_server_free(server->data);
}

static enum sasl_status client_step(struct sasl_client *client, struct span challenge, struct buf *out)
{
    static const enum sasl_status meanings[] = {
        [SCRAM_MORE] = SASL_MORE, [SCRAM_DONE] = SASL_OK, [SCRAM_FAILED] = SASL_REFUSED, [SCRAM_BAD] = SASL_BAD,
    };
    const struct sasl_credentials *who = client->credentials;
    if (client->data == NULL) {
        struct buf nonce;
        nonce_text(who->nonce, &nonce);
        client->data = scram_client_new(who->user, who->password, who->authzid, buf_span(&nonce), who->binding,
                                        (client->mechanism->flags & SASL_BOUND) != 0);
        buf_free(&nonce);
    }
    enum scram_status status = scram_client_step(client->data, challenge, out);
    client->error = scram_client_error(client->data);
    return meanings[status];
}

static void client_free(struct sasl_client *client)
{
    scram_client_free(client->data);
}

const struct sasl_ops sasl_scram = { server_step, client_step, server_free, client_free };
