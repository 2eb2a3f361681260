#include "runtime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"
#include "io/net.h"
#include "server/listener.h"

enum { PEM_MAX = 1024 * 1024 };

struct config *runtime_config(struct runtime *runtime)
{
    pthread_mutex_lock(&runtime->lock);
    struct config *config = config_hold(runtime->config);
    pthread_mutex_unlock(&runtime->lock);
    return config;
}

void runtime_set_config(struct runtime *runtime, struct config *config)
{
    pthread_mutex_lock(&runtime->lock);
    struct config *old = runtime->config;
    runtime->config = config;
    pthread_mutex_unlock(&runtime->lock);
    config_release(old);
}

struct tls_context *runtime_tls(struct runtime *runtime, const struct listener *listener)
{
    pthread_mutex_lock(&runtime->lock);
    struct tls_context *context = listener_is_smtp(listener) ? runtime->smtp_tls : runtime->mailbox_tls;
    pthread_mutex_unlock(&runtime->lock);
    return context;
}

static int load_pem(const char *file, struct buf *pem, struct buf *errors)
{
    buf_init(pem, PEM_MAX);
    if (durable_read(file, pem) == 0)
        return 0;
    buf_printf(errors, _("%s: the file cannot be read: %s\n"), file, strerror(errno));
    return -1;
}

static struct tls_context *make_context(const struct config *config, enum config_id certificate, enum config_id key,
                                        struct buf *errors)
{
    struct buf certificate_pem, key_pem, reason;
    struct tls_context *context = NULL;
    buf_init(&key_pem, PEM_MAX);
    buf_init(&reason, 4096);
    if (load_pem(config_text(config, certificate), &certificate_pem, errors) == 0 &&
        load_pem(config_text(config, key), &key_pem, errors) == 0) {
        struct tls_settings settings = { .role = TLS_SERVER,
                                         .certificate = buf_span(&certificate_pem),
                                         .key = buf_span(&key_pem),
                                         .keylog = getenv("SSLKEYLOGFILE") != NULL ? net_keylog : NULL };
        context = tls_context_new(&settings, &reason);
        if (context == NULL)
            buf_printf(errors, _("%s: TLS cannot use this certificate and its key %s: %s\n"),
                       config_text(config, certificate), config_text(config, key), buf_text(&reason));
    }
    buf_free(&certificate_pem);
    buf_free(&key_pem);
    buf_free(&reason);
    return context;
}

/* With the lock held. */
static void retire(struct runtime *runtime, struct tls_context *context)
{
    if (context == NULL)
        return;
    runtime->retired = mem_grow(runtime->retired, runtime->retired_count + 1, sizeof *runtime->retired);
    runtime->retired[runtime->retired_count++] = context;
}

int runtime_load_tls(struct runtime *runtime, const struct config *config, struct buf *errors)
{
    bool mailbox_wanted = strcmp(config_text(config, CONFIG_SSL), "no") != 0;
    struct tls_context *smtp = make_context(config, CONFIG_SMTPD_TLS_CERT_FILE, CONFIG_SMTPD_TLS_KEY_FILE, errors);
    struct tls_context *mailbox = NULL;
    if (mailbox_wanted)
        mailbox = make_context(config, CONFIG_SSL_CERT, CONFIG_SSL_KEY, errors);
    if (smtp == NULL || (mailbox_wanted && mailbox == NULL)) {
        tls_context_free(smtp);
        tls_context_free(mailbox);
        return -1;
    }
    pthread_mutex_lock(&runtime->lock);
    retire(runtime, runtime->smtp_tls);
    retire(runtime, runtime->mailbox_tls);
    runtime->smtp_tls = smtp;
    runtime->mailbox_tls = mailbox;
    pthread_mutex_unlock(&runtime->lock);
    return 0;
}

void runtime_free_tls(struct runtime *runtime)
{
    retire(runtime, runtime->smtp_tls);
    retire(runtime, runtime->mailbox_tls);
    for (size_t i = 0; i < runtime->retired_count; i++)
        tls_context_free(runtime->retired[i]);
    free(runtime->retired);
}
