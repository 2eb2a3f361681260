#include "tls.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "tls_names.h"

struct tls_context {
    SSL_CTX *native;
    enum tls_role role;
    unsigned char alpn[64];      /* as the wire has it: a length, then the name; alpn[0] 0: none */
    void (*keylog)(void *context, const char *line);
    void *keylog_context;
};

struct tls {
    SSL *ssl;
    BIO *in;                     /* both owned by ssl */
    BIO *out;
    enum tls_role role;
    enum tls_state state;
    struct buf error;
};

/* The oldest reason in OpenSSL's queue, which is emptied. */
static const char *openssl_reason(void)
{
    unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    return reason != NULL ? reason : "unknown reason";
}

/* Keys that ask for a passphrase are refused: a library must not read from a terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *unused)
{
    (void)buffer, (void)size, (void)writing, (void)unused;
    return -1;
}

static BIO *pem_bio(struct span pem)
{
    return pem.len > INT_MAX ? NULL : BIO_new_mem_buf(pem.at, (int)pem.len);
}

/* The first certificate is the host's own, the others its chain. */
static int load_certificate(SSL_CTX *native, struct span pem)
{
    BIO *bio = pem_bio(pem);
    X509 *certificate = bio != NULL ? PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL) : NULL;
    int status = certificate != NULL && SSL_CTX_use_certificate(native, certificate) == 1 ? 0 : -1;
    X509_free(certificate);
    while (status == 0 && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
        if (SSL_CTX_add0_chain_cert(native, certificate) == 1)
            continue;
        X509_free(certificate);
        status = -1;
    }
    if (status == 0)
        ERR_clear_error(); /* the end of the PEM text is an "error", too */
    BIO_free(bio);
    return status;
}

static int load_key(SSL_CTX *native, struct span pem)
{
    BIO *bio = pem_bio(pem);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
    int status = key != NULL && SSL_CTX_use_PrivateKey(native, key) == 1 &&
                 SSL_CTX_check_private_key(native) == 1 ? 0 : -1;
    EVP_PKEY_free(key);
    BIO_free(bio);
    return status;
}

static int load_authorities(SSL_CTX *native, struct span pem)
{
    X509_STORE *store = SSL_CTX_get_cert_store(native);
    BIO *bio = pem_bio(pem);
    X509 *certificate;
    int count = 0;
    while (bio != NULL && (certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
        count += X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
    }
    if (count > 0)
        ERR_clear_error();
    BIO_free(bio);
    return count > 0 ? 0 : -1;
}

static void log_key(const SSL *ssl, const char *line)
{
    struct tls_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    context->keylog(context->keylog_context, line);
}

/* A client that offers other names only gets no answer, not an alert: mail never depended on ALPN. */
static int choose_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *length, const unsigned char *offered,
                       unsigned int offered_length, void *argument)
{
    (void)ssl;
    struct tls_context *context = argument;
    unsigned char *found = NULL;
    if (SSL_select_next_proto(&found, length, context->alpn, context->alpn[0] + 1U, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

static void set_alpn(struct tls_context *context, const char *name)
{
    size_t length = name != NULL ? strlen(name) : 0;
    if (length == 0 || length >= sizeof context->alpn)
        return;
    context->alpn[0] = (unsigned char)length;
    memcpy(context->alpn + 1, name, length);
    if (context->role == TLS_SERVER)
        SSL_CTX_set_alpn_select_cb(context->native, choose_alpn, context);
    else
        SSL_CTX_set_alpn_protos(context->native, context->alpn, (unsigned)length + 1);
}

static void set_options(struct tls_context *context)
{
    static const unsigned char session_context[] = "pli";
    SSL_CTX *native = context->native;
    SSL_CTX_set_app_data(native, context);
    /* RFC 8996 §2: 1.0 and 1.1 must not be used; RFC 9325 §3.1.1. */
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    /* An idle connection gives its buffers back. */
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_id_context(native, session_context, sizeof session_context - 1);
    /* The handshake goes on whatever the certificate is; tls_verified tells afterwards. */
    SSL_CTX_set_verify(native, SSL_VERIFY_NONE, NULL);
    /* A certificate that was handed over by itself may be trusted without its issuer. */
    X509_STORE_set_flags(SSL_CTX_get_cert_store(native), X509_V_FLAG_PARTIAL_CHAIN);
    if (context->keylog != NULL)
        SSL_CTX_set_keylog_callback(native, log_key);
}

static const char *load(struct tls_context *context, const struct tls_settings *settings)
{
    if (settings->certificate.len > 0 && load_certificate(context->native, settings->certificate) != 0)
        return "the certificate cannot be used";
    if (settings->key.len > 0 && load_key(context->native, settings->key) != 0)
        return "the private key cannot be used, or does not belong to the certificate";
    if (settings->authorities.len > 0 && load_authorities(context->native, settings->authorities) != 0)
        return "there is no certificate to trust in the list of authorities";
    return NULL;
}

struct tls_context *tls_context_new(const struct tls_settings *settings, struct buf *error)
{
    struct tls_context *context = mem_alloc(sizeof *context);
    ERR_clear_error();
    context->role = settings->role;
    context->keylog = settings->keylog;
    context->keylog_context = settings->keylog_context;
    context->native = SSL_CTX_new(settings->role == TLS_SERVER ? TLS_server_method() : TLS_client_method());
    const char *problem = "OpenSSL cannot start";
    if (context->native != NULL) {
        set_options(context);
        set_alpn(context, settings->alpn);
        problem = load(context, settings);
    }
    if (problem == NULL)
        return context;
    buf_printf(error, "%s (%s)", problem, openssl_reason());
    tls_context_free(context);
    return NULL;
}

void tls_context_free(struct tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->native);
    free(context);
}

void *tls_context_native(struct tls_context *context)
{
    return context->native;
}

struct tls *tls_new(struct tls_context *context, const char *name)
{
    struct tls *tls = mem_alloc(sizeof *tls);
    buf_init(&tls->error, 500);
    tls->role = context->role;
    tls->ssl = SSL_new(context->native);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL)
        abort(); /* only when there is no memory */
    BIO_set_mem_eof_return(tls->in, -1);
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    if (tls->role == TLS_SERVER) {
        SSL_set_accept_state(tls->ssl);
        return tls;
    }
    SSL_set_connect_state(tls->ssl);
    if (name != NULL)
        tls_expect_name(tls->ssl, name);
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    buf_free(&tls->error);
    free(tls);
}

enum tls_state tls_state(const struct tls *tls)
{
    return tls->state;
}

/* What an operation that did not succeed means. */
static void judge(struct tls *tls, int result)
{
    int error = SSL_get_error(tls->ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_NONE)
        return;
    if (error == SSL_ERROR_ZERO_RETURN) {
        tls->state = TLS_ENDED;
        return;
    }
    buf_clear(&tls->error);
    buf_add_text(&tls->error, openssl_reason());
    tls->state = TLS_FAILED;
}

static enum tls_state advance(struct tls *tls)
{
    ERR_clear_error();
    if (tls->state == TLS_HANDSHAKE) {
        int result = SSL_do_handshake(tls->ssl);
        if (result == 1)
            tls->state = TLS_OPEN;
        else
            judge(tls, result);
    }
    /* Looking for a byte makes OpenSSL read what is no data: tickets, key updates, alerts. */
    if (tls->state == TLS_OPEN && BIO_ctrl_pending(tls->in) > 0) {
        char byte;
        int result = SSL_peek(tls->ssl, &byte, 1);
        if (result <= 0)
            judge(tls, result);
    }
    return tls->state;
}

enum tls_state tls_start(struct tls *tls)
{
    return tls->role == TLS_CLIENT ? advance(tls) : tls->state;
}

enum tls_state tls_feed(struct tls *tls, const void *data, size_t size)
{
    const char *at = data;
    if (tls->state == TLS_FAILED || tls->state == TLS_ENDED)
        return tls->state;
    while (size > 0) {
        int piece = size > INT_MAX ? INT_MAX : (int)size;
        if (BIO_write(tls->in, at, piece) != piece)
            abort();
        at += piece;
        size -= (size_t)piece;
    }
    return advance(tls);
}

size_t tls_pending(const struct tls *tls)
{
    return BIO_ctrl_pending(tls->out);
}

size_t tls_take(struct tls *tls, struct buf *out)
{
    size_t taken = 0;
    char piece[4096];
    while (out->len < out->max) {
        size_t room = out->max - out->len;
        int got = BIO_read(tls->out, piece, room < sizeof piece ? (int)room : (int)sizeof piece);
        if (got <= 0)
            break;
        buf_add(out, piece, (size_t)got);
        taken += (size_t)got;
    }
    return taken;
}

int tls_write(struct tls *tls, const void *data, size_t size)
{
    size_t written = 0;
    /* A peer that closed its half may still be answered (RFC 8446 §6.1). */
    bool half_open = tls->state == TLS_ENDED && (SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN) == 0;
    if (tls->state != TLS_OPEN && !half_open)
        return -1;
    if (size == 0)
        return 0;
    ERR_clear_error();
    if (SSL_write_ex(tls->ssl, data, size, &written) == 1)
        return 0;
    judge(tls, 0);
    return -1;
}

size_t tls_read(struct tls *tls, struct buf *out, size_t most)
{
    size_t total = 0;
    if (tls->state != TLS_OPEN)
        return 0;
    while (total < most && out->len < out->max) {
        char piece[4096];
        size_t room = out->max - out->len < most - total ? out->max - out->len : most - total;
        ERR_clear_error();
        int got = SSL_read(tls->ssl, piece, room < sizeof piece ? (int)room : (int)sizeof piece);
        if (got <= 0) {
            judge(tls, got);
            break;
        }
        buf_add(out, piece, (size_t)got);
        total += (size_t)got;
    }
    return total;
}

void tls_close(struct tls *tls)
{
    if (tls->state != TLS_OPEN && tls->state != TLS_ENDED)
        return;
    ERR_clear_error();
    SSL_shutdown(tls->ssl);
    ERR_clear_error();
    tls->state = TLS_ENDED;
}

const char *tls_error(const struct tls *tls)
{
    return tls->error.len > 0 ? buf_text(&((struct tls *)tls)->error) : "";
}

const char *tls_verified(const struct tls *tls)
{
    if (!SSL_is_init_finished(tls->ssl))
        return "no handshake yet";
    if (SSL_get0_peer_certificate(tls->ssl) == NULL)
        return "no certificate";
    long result = SSL_get_verify_result(tls->ssl);
    return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}

void tls_describe(const struct tls *tls, struct tls_info *info)
{
    *info = (struct tls_info){ .version = SSL_get_version(tls->ssl) };
    const SSL_CIPHER *cipher = SSL_get_current_cipher(tls->ssl);
    info->cipher = cipher != NULL ? SSL_CIPHER_get_name(cipher) : "";
    info->bits = cipher != NULL ? SSL_CIPHER_get_bits(cipher, NULL) : 0;
    info->resumed = SSL_session_reused(tls->ssl);
    const char *name = SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name);
    snprintf(info->server_name, sizeof info->server_name, "%s", name != NULL ? name : "");
    const unsigned char *alpn = NULL;
    unsigned length = 0;
    SSL_get0_alpn_selected(tls->ssl, &alpn, &length);
    if (length < sizeof info->alpn && length > 0)
        memcpy(info->alpn, alpn, length);
    tls_describe_certificate(SSL_get0_peer_certificate(tls->ssl), info);
}

int tls_chain(const struct tls *tls, struct buf *out)
{
    const STACK_OF(X509) *chain = SSL_get_peer_cert_chain(tls->ssl);
    int status = 0;
    for (int i = 0; chain != NULL && i < sk_X509_num(chain); i++) {
        struct tls_info info = { .version = "" };
        tls_describe_certificate(sk_X509_value(chain, i), &info);
        status |= buf_printf(out, "%d  %s  <-  %s  (%s)\n", i, info.subject, info.issuer, info.expires);
    }
    return status;
}

int tls_binding(const struct tls *tls, unsigned char out[32])
{
    static const char label[] = "EXPORTER-Channel-Binding"; /* RFC 9266 §2 */
    /* Before TLS 1.3 it is unique only with the extended master secret (RFC 9266 §3): not offered. */
    if (tls->state != TLS_OPEN || SSL_version(tls->ssl) < TLS1_3_VERSION)
        return -1;
    return SSL_export_keying_material(tls->ssl, out, 32, label, sizeof label - 1, NULL, 0, 0) == 1 ? 0 : -1;
}
