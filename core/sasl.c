#include "sasl.h"

#include <stdlib.h>

#include "mem.h"
#include "sasl_login.h"
#include "sasl_ops.h"
#include "sasl_plain.h"
#include "sasl_scram.h"
#include "words.h"

/* Best first: sasl_choose takes the first row that the server offers and the circumstances allow. */
static const struct sasl_mechanism mechanisms[] = {
    { "SCRAM-SHA-256-PLUS", SASL_CLIENT_FIRST | SASL_BOUND, "RFC 7677", &sasl_scram },
    { "SCRAM-SHA-256", SASL_CLIENT_FIRST, "RFC 7677", &sasl_scram },
    { "PLAIN", SASL_CLIENT_FIRST | SASL_PLAINTEXT, "RFC 4616", &sasl_plain },
    { "LOGIN", SASL_PLAINTEXT, "draft-murchison-sasl-login-00", &sasl_login },
};

const struct sasl_mechanism *sasl_mechanism(size_t row)
{
    return row < sizeof mechanisms / sizeof mechanisms[0] ? &mechanisms[row] : NULL;
}

const struct sasl_mechanism *sasl_find(struct span name)
{
    const struct sasl_mechanism *mechanism;
    for (size_t i = 0; (mechanism = sasl_mechanism(i)) != NULL; i++)
        if (span_is_nocase(name, mechanism->name))
            return mechanism;
    return NULL;
}

static bool list_has(struct span list, const char *name)
{
    for (size_t at = 0; at < list.len;) {
        size_t end = at;
        while (end < list.len && list.at[end] != ' ' && list.at[end] != '\t')
            end++;
        if (span_is_nocase((struct span){ list.at + at, end - at }, name))
            return true;
        at = end + 1;
    }
    return false;
}

const struct sasl_mechanism *sasl_choose(struct span offered, const char *wanted, bool plaintext, bool bound)
{
    const struct sasl_mechanism *mechanism;
    for (size_t i = 0; (mechanism = sasl_mechanism(i)) != NULL; i++) {
        bool allowed = (plaintext || !(mechanism->flags & SASL_PLAINTEXT)) &&
                       (bound || !(mechanism->flags & SASL_BOUND)) &&
                       (wanted == NULL || span_is_nocase(span_of(wanted), mechanism->name));
        if (allowed && list_has(offered, mechanism->name))
            return mechanism;
    }
    return NULL;
}

struct sasl_server *sasl_server_new(const struct sasl_mechanism *mechanism, const struct sasl_users *users)
{
    struct sasl_server *server = mem_alloc(sizeof *server);
    server->mechanism = mechanism;
    server->users = users;
    return server;
}

enum sasl_status sasl_server_step(struct sasl_server *server, struct span message, struct buf *out)
{
    buf_clear(out);
    if (server->over || message.len > SASL_MAX_MESSAGE)
        return SASL_BAD;
    enum sasl_status status = server->mechanism->ops->server(server, message, out);
    server->steps++;
    server->over = status != SASL_MORE;
    return status;
}

const char *sasl_server_user(const struct sasl_server *server)
{
    return server->user;
}

void sasl_server_free(struct sasl_server *server)
{
    if (server == NULL)
        return;
    if (server->mechanism->ops->server_free != NULL)
        server->mechanism->ops->server_free(server);
    free(server->user);
    free(server);
}

struct sasl_client *sasl_client_new(const struct sasl_mechanism *mechanism, const struct sasl_credentials *credentials)
{
    struct sasl_client *client = mem_alloc(sizeof *client);
    client->mechanism = mechanism;
    client->credentials = credentials;
    return client;
}

enum sasl_status sasl_client_step(struct sasl_client *client, struct span challenge, struct buf *out)
{
    buf_clear(out);
    if (client->over) {
        client->error = N_("the server goes on asking after the login was complete");
        return SASL_BAD;
    }
    enum sasl_status status = client->mechanism->ops->client(client, challenge, out);
    client->steps++;
    client->over = status != SASL_MORE;
    client->satisfied = status == SASL_OK;
    return status;
}

bool sasl_client_satisfied(const struct sasl_client *client)
{
    return client->satisfied;
}

const char *sasl_client_error(const struct sasl_client *client)
{
    return client->error;
}

void sasl_client_free(struct sasl_client *client)
{
    if (client == NULL)
        return;
    if (client->mechanism->ops->client_free != NULL)
        client->mechanism->ops->client_free(client);
    free(client);
}
