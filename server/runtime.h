/*
 * runtime.h - one running server: what its connections share, beyond what
 * sessions may see (struct server in session.h).
 *
 * The settings and the certificates can be replaced while it runs (SIGHUP):
 * new connections take the new ones, the others keep theirs.
 */
#ifndef PLI_SERVER_RUNTIME_H
#define PLI_SERVER_RUNTIME_H

#include <pthread.h>
#include <stdbool.h>

#include "core/tls.h"
#include "server/config.h"
#include "server/loop.h"
#include "server/notify.h"
#include "server/session.h"

struct runtime {
    struct server server;     /* first: session->server is the runtime */
    struct loop *loop;
    const struct listener *listeners; /* the table that rows of sockets refer to */
    bool narrate;
    pthread_mutex_t lock;     /* of what follows */
    struct config *config;
    struct tls_context *smtp_tls;    /* smtpd_tls_cert_file */
    struct tls_context *mailbox_tls; /* ssl_cert; NULL with ssl = no */
    struct tls_context **retired;    /* replaced ones, which connections may still use; freed at the end */
    size_t retired_count;
};

/* The settings in force; release them. */
struct config *runtime_config(struct runtime *runtime);

/* The TLS context for a listener's connections, or NULL: no TLS there. */
struct tls_context *runtime_tls(struct runtime *runtime, const struct listener *listener);

/* Makes contexts from the files that the settings name. 0, or -1 with a line in errors and nothing changed. */
int runtime_load_tls(struct runtime *runtime, const struct config *config, struct buf *errors);

/* Puts these settings into force; takes over the caller's hold. */
void runtime_set_config(struct runtime *runtime, struct config *config);

void runtime_free_tls(struct runtime *runtime);

#endif
