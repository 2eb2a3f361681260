#include "scram_server.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "mem.h"

enum stage { FIRST, FINAL, CONFIRM, OVER };

struct scram_server {
    enum stage stage;
    const struct scram_binding *binding;
    bool plus;
    scram_lookup *lookup;
    void *context;
    struct scram_verifier verifier;
    struct buf nonce;         /* the server's half, then both */
    struct buf gs2;           /* the client's GS2 header, which it must repeat in c= */
    struct buf conversation;  /* AuthMessage, RFC 5802 §3 */
    char *user;
    char *authzid;
    bool bound;
};

struct scram_server *scram_server_new(struct span nonce, const struct scram_binding *binding, bool plus,
                                      scram_lookup *lookup, void *context)
{
    struct scram_server *server = mem_alloc(sizeof *server);
    server->binding = binding;
    server->plus = plus;
    server->lookup = lookup;
    server->context = context;
    buf_init(&server->nonce, 2 * SCRAM_MAX_NONCE);
    buf_init(&server->gs2, SCRAM_MAX_MESSAGE);
    buf_init(&server->conversation, 4 * SCRAM_MAX_MESSAGE);
    buf_add_span(&server->nonce, nonce);
    return server;
}

void scram_server_free(struct scram_server *server)
{
    if (server == NULL)
        return;
    OPENSSL_cleanse(&server->verifier, sizeof server->verifier);
    buf_free(&server->nonce);
    buf_free(&server->gs2);
    buf_free(&server->conversation);
    free(server->user);
    free(server->authzid);
    free(server);
}

const char *scram_server_user(const struct scram_server *server)
{
    return server->user;
}

const char *scram_server_authzid(const struct scram_server *server)
{
    return server->authzid;
}

/* gs2-cbind-flag: may the client say this here? */
static enum scram_status judge_binding(struct scram_server *server, struct span flag)
{
    if (span_is(flag, "n"))
        return server->plus ? SCRAM_BAD : SCRAM_MORE;
    /* "y": the client thinks that we cannot bind. If we can, somebody took -PLUS out of our list (§6). */
    if (span_is(flag, "y"))
        return server->plus ? SCRAM_BAD : server->binding != NULL ? SCRAM_FAILED : SCRAM_MORE;
    if (flag.len < 3 || memcmp(flag.at, "p=", 2) != 0)
        return SCRAM_BAD;
    if (!server->plus || server->binding == NULL)
        return SCRAM_FAILED;
    server->bound = true;
    return span_is((struct span){ flag.at + 2, flag.len - 2 }, server->binding->type) ? SCRAM_MORE : SCRAM_FAILED;
}

/* gs2-header: the flag, a comma, perhaps a=NAME, a comma. What follows stays in text. */
static enum scram_status read_gs2(struct scram_server *server, struct span *text)
{
    struct span whole = *text, authzid;
    const char *comma = memchr(text->at, ',', text->len);
    if (comma == NULL)
        return SCRAM_BAD;
    struct span flag = { text->at, (size_t)(comma - text->at) };
    *text = (struct span){ comma + 1, text->len - flag.len - 1 };
    if (text->len > 0 && *text->at == ',') {
        *text = (struct span){ text->at + 1, text->len - 1 };
    } else {
        if (scram_take(text, 'a', &authzid) != 0 || (server->authzid = scram_name_decode(authzid)) == NULL)
            return SCRAM_BAD;
    }
    buf_add(&server->gs2, whole.at, whole.len - text->len);
    return judge_binding(server, flag);
}

/* client-first-message in, server-first-message out. */
static enum scram_status first(struct scram_server *server, struct span message, struct buf *out)
{
    struct span user, nonce;
    enum scram_status status = message.len > 0 ? read_gs2(server, &message) : SCRAM_BAD;
    if (status != SCRAM_MORE)
        return status;
    struct span bare = message;
    /* A mandatory extension (m=) is none that we know: it stands where n= must. */
    if (scram_take(&message, 'n', &user) != 0 || scram_take(&message, 'r', &nonce) != 0 ||
        !scram_nonce_valid(nonce) || nonce.len > SCRAM_MAX_NONCE)
        return SCRAM_BAD;
    server->user = scram_name_decode(user);
    if (server->user == NULL)
        return SCRAM_BAD;
    if (server->lookup(server->context, server->user, &server->verifier) != 0)
        return SCRAM_FAILED;
    struct span own = buf_span(&server->nonce);
    struct span salt = { (const char *)server->verifier.salt, server->verifier.salt_length };
    int full = buf_add_text(out, "r=") | buf_add_span(out, nonce) | buf_add_span(out, own) |
               buf_add_text(out, ",s=") | base64_encode(salt, out) |
               buf_printf(out, ",i=%u", (unsigned)server->verifier.iterations);
    full |= buf_add_span(&server->conversation, bare) | buf_add_text(&server->conversation, ",") |
            buf_add_span(&server->conversation, buf_span(out)) | buf_add_text(&server->conversation, ",");
    struct buf both;
    buf_init(&both, server->nonce.max);
    full |= buf_add_span(&both, nonce) | buf_add_span(&both, own);
    buf_free(&server->nonce);
    server->nonce = both;
    server->stage = FINAL;
    return full == 0 ? SCRAM_MORE : SCRAM_BAD;
}

/* c= must be the GS2 header again, and the channel's own data: so nobody in the middle changed either. */
static bool binding_right(const struct scram_server *server, struct span coded)
{
    struct buf want, got;
    buf_init(&want, 2 * SCRAM_MAX_MESSAGE);
    buf_init(&got, 2 * SCRAM_MAX_MESSAGE);
    buf_add_span(&want, buf_span(&server->gs2));
    if (server->bound)
        buf_add_span(&want, server->binding->data);
    bool right = base64_decode(coded, &got) == 0 && got.len == want.len &&
                 CRYPTO_memcmp(got.data, want.data, got.len) == 0;
    buf_free(&want);
    buf_free(&got);
    return right;
}

static bool proof_right(struct scram_server *server, struct span coded)
{
    struct buf proof;
    buf_init(&proof, SCRAM_KEY);
    bool right = base64_decode(coded, &proof) == 0 &&
                 scram_proof_right(server->verifier.stored_key, buf_span(&server->conversation), buf_span(&proof));
    buf_free(&proof);
    return right;
}

/* Where ",p=" begins; proofs hold no comma, so it is the last one. -1: nowhere. */
static long find_proof(struct span message)
{
    for (size_t at = message.len; at-- > 0;)
        if (message.at[at] == ',')
            return message.len - at > 3 && message.at[at + 1] == 'p' && message.at[at + 2] == '=' ? (long)at : -1;
    return -1;
}

/* client-final-message in, server-final-message out. */
static enum scram_status final(struct scram_server *server, struct span message, struct buf *out)
{
    struct span binding, nonce, proof;
    long end = find_proof(message);
    if (end < 0)
        return SCRAM_BAD;
    struct span without_proof = { message.at, (size_t)end };
    proof = (struct span){ message.at + end + 3, message.len - (size_t)end - 3 };
    struct span rest = without_proof;
    if (scram_take(&rest, 'c', &binding) != 0 || scram_take(&rest, 'r', &nonce) != 0)
        return SCRAM_BAD;
    if (buf_add_span(&server->conversation, without_proof) != 0)
        return SCRAM_BAD;
    bool nonce_right = nonce.len == server->nonce.len && memcmp(nonce.at, server->nonce.data, nonce.len) == 0;
    bool bound = binding_right(server, binding);
    if (!proof_right(server, proof) || !nonce_right || !bound)
        return SCRAM_FAILED;
    unsigned char signature[SCRAM_KEY];
    scram_sign(server->verifier.server_key, buf_span(&server->conversation), signature);
    buf_add_text(out, "v=");
    base64_encode((struct span){ (const char *)signature, SCRAM_KEY }, out);
    server->stage = CONFIRM;
    return SCRAM_MORE;
}

enum scram_status scram_server_step(struct scram_server *server, struct span message, struct buf *out)
{
    enum scram_status status = SCRAM_BAD;
    buf_clear(out);
    if (message.len > SCRAM_MAX_MESSAGE)
        status = SCRAM_BAD;
    else if (server->stage == FIRST)
        status = first(server, message, out);
    else if (server->stage == FINAL)
        status = final(server, message, out);
    else if (server->stage == CONFIRM)
        status = message.len == 0 ? SCRAM_DONE : SCRAM_BAD;
    if (status != SCRAM_MORE) {
        server->stage = OVER;
        buf_clear(out);
    }
    return status;
}
