#include "scram_client.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "mem.h"
#include "scram_verifier.h"
#include "words.h"

enum stage { FIRST, FINAL, VERIFY, OVER };

struct scram_client {
    enum stage stage;
    const struct scram_binding *binding;
    bool plus;
    char *user;
    char *password;
    char *authzid;
    struct buf nonce;
    struct buf gs2;
    struct buf conversation;
    unsigned char server_signature[SCRAM_KEY];
    const char *error;
};

struct scram_client *scram_client_new(const char *user, const char *password, const char *authzid, struct span nonce,
                                      const struct scram_binding *binding, bool plus)
{
    struct scram_client *client = mem_alloc(sizeof *client);
    client->binding = binding;
    client->plus = plus;
    client->user = mem_text(user);
    client->password = mem_text(password);
    client->authzid = mem_text(authzid);
    buf_init(&client->nonce, SCRAM_MAX_NONCE);
    buf_init(&client->gs2, SCRAM_MAX_MESSAGE);
    buf_init(&client->conversation, 4 * SCRAM_MAX_MESSAGE);
    buf_add_span(&client->nonce, nonce);
    return client;
}

void scram_client_free(struct scram_client *client)
{
    if (client == NULL)
        return;
    OPENSSL_cleanse(client->password, strlen(client->password));
    free(client->password);
    free(client->user);
    free(client->authzid);
    buf_free(&client->nonce);
    buf_free(&client->gs2);
    buf_free(&client->conversation);
    free(client);
}

const char *scram_client_error(const struct scram_client *client)
{
    return client->error;
}

static enum scram_status refuse(struct scram_client *client, enum scram_status status, const char *error)
{
    client->error = error;
    return status;
}

/* client-first-message, RFC 5802 §7. */
static enum scram_status first(struct scram_client *client, struct buf *out)
{
    struct buf *gs2 = &client->gs2;
    int full = 0;
    if (client->plus && client->binding == NULL)
        return refuse(client, SCRAM_FAILED, N_("SCRAM-SHA-256-PLUS needs a TLS connection to bind to"));
    if (client->plus)
        full |= buf_printf(gs2, "p=%s,", client->binding->type);
    else /* "y": we could bind, and the server did not offer it */
        full |= buf_add_text(gs2, client->binding != NULL ? "y," : "n,");
    if (client->authzid != NULL)
        full |= buf_add_text(gs2, "a=") | scram_name_write(client->authzid, gs2);
    full |= buf_add_text(gs2, ",");
    full |= buf_add_text(&client->conversation, "n=") | scram_name_write(client->user, &client->conversation) |
            buf_add_text(&client->conversation, ",r=") |
            buf_add_span(&client->conversation, buf_span(&client->nonce));
    full |= buf_add_span(out, buf_span(gs2)) | buf_add_span(out, buf_span(&client->conversation));
    if (full != 0 || out->len > SCRAM_MAX_MESSAGE || client->nonce.len == 0)
        return refuse(client, SCRAM_FAILED, N_("the user name is too long"));
    client->stage = FINAL;
    return SCRAM_MORE;
}

struct server_first {
    struct span nonce;
    uint32_t iterations;
    unsigned char salt[SCRAM_MAX_SALT];
    size_t salt_length;
};

static enum scram_status read_first(struct scram_client *client, struct span message, struct server_first *parts)
{
    struct span salt, count;
    struct buf bytes;
    if (scram_take(&message, 'r', &parts->nonce) != 0 || scram_take(&message, 's', &salt) != 0 ||
        scram_take(&message, 'i', &count) != 0)
        return refuse(client, SCRAM_BAD, N_("the server's challenge is not SCRAM's"));
    /* §5.1: the client MUST verify that its own nonce is the beginning of the server's. */
    size_t own = client->nonce.len;
    if (!scram_nonce_valid(parts->nonce) || parts->nonce.len <= own ||
        memcmp(parts->nonce.at, client->nonce.data, own) != 0)
        return refuse(client, SCRAM_FAILED, N_("the server's nonce does not continue ours"));
    buf_init(&bytes, SCRAM_MAX_SALT);
    int status = base64_decode(salt, &bytes);
    parts->salt_length = bytes.len;
    if (status == 0 && bytes.len > 0)
        memcpy(parts->salt, bytes.data, bytes.len);
    buf_free(&bytes);
    for (size_t i = 0; i < count.len && parts->iterations <= SCRAM_MAX_ITERATIONS; i++) {
        if (count.at[i] < '0' || count.at[i] > '9')
            return refuse(client, SCRAM_BAD, N_("the server's challenge is not SCRAM's"));
        parts->iterations = parts->iterations * 10 + (uint32_t)(count.at[i] - '0');
    }
    if (status != 0 || parts->salt_length == 0)
        return refuse(client, SCRAM_BAD, N_("the server's challenge is not SCRAM's"));
    /* Too few would let a false server guess the password quickly; too many would keep us busy. RFC 7677 §4 */
    if (parts->iterations < SCRAM_MIN_ITERATIONS || parts->iterations > SCRAM_MAX_ITERATIONS)
        return refuse(client, SCRAM_FAILED, N_("the server asks for an unreasonable number of iterations"));
    return SCRAM_MORE;
}

/* server-first-message in, client-final-message out. */
static enum scram_status final(struct scram_client *client, struct span message, struct buf *out)
{
    struct server_first parts = { .iterations = 0 };
    struct scram_keys keys;
    unsigned char proof[SCRAM_KEY];
    enum scram_status status = read_first(client, message, &parts);
    if (status != SCRAM_MORE)
        return status;
    struct span salt = { (const char *)parts.salt, parts.salt_length };
    if (scram_keys_make(span_of(client->password), salt, parts.iterations, &keys) != 0)
        return refuse(client, SCRAM_FAILED, N_("the password is empty, too long or has control characters"));
    if (client->plus && buf_add_span(&client->gs2, client->binding->data) != 0)
        return refuse(client, SCRAM_FAILED, N_("the binding to the TLS connection is too long"));
    int full = buf_add_text(out, "c=") | base64_encode(buf_span(&client->gs2), out) | buf_add_text(out, ",r=") |
               buf_add_span(out, parts.nonce);
    full |= buf_add_text(&client->conversation, ",") | buf_add_span(&client->conversation, message) |
            buf_add_text(&client->conversation, ",") | buf_add_span(&client->conversation, buf_span(out));
    if (full != 0)
        return refuse(client, SCRAM_BAD, N_("the server's challenge is too long"));
    scram_proof_make(&keys, buf_span(&client->conversation), proof);
    scram_sign(keys.server, buf_span(&client->conversation), client->server_signature);
    OPENSSL_cleanse(&keys, sizeof keys);
    buf_add_text(out, ",p=");
    base64_encode((struct span){ (const char *)proof, SCRAM_KEY }, out);
    client->stage = VERIFY;
    return SCRAM_MORE;
}

/* server-final-message: only who knows the verifier can make this signature. */
static enum scram_status verify(struct scram_client *client, struct span message)
{
    struct span coded;
    struct buf signature;
    if (message.len > 2 && message.at[0] == 'e' && message.at[1] == '=')
        return refuse(client, SCRAM_FAILED, N_("the server refuses the user name or the password"));
    if (scram_take(&message, 'v', &coded) != 0)
        return refuse(client, SCRAM_BAD, N_("the server's last word is not SCRAM's"));
    buf_init(&signature, SCRAM_KEY);
    bool right = base64_decode(coded, &signature) == 0 && signature.len == SCRAM_KEY &&
                 CRYPTO_memcmp(signature.data, client->server_signature, SCRAM_KEY) == 0;
    buf_free(&signature);
    if (!right)
        return refuse(client, SCRAM_FAILED, N_("the server could not prove that it knows this account"));
    return SCRAM_DONE;
}

enum scram_status scram_client_step(struct scram_client *client, struct span message, struct buf *out)
{
    enum scram_status status = SCRAM_BAD;
    buf_clear(out);
    if (message.len > SCRAM_MAX_MESSAGE)
        status = refuse(client, SCRAM_BAD, N_("the server's challenge is too long"));
    else if (client->stage == FIRST)
        status = first(client, out);
    else if (client->stage == FINAL)
        status = final(client, message, out);
    else if (client->stage == VERIFY)
        status = verify(client, message);
    if (status != SCRAM_MORE) {
        client->stage = OVER;
        buf_clear(out);
    }
    return status;
}
