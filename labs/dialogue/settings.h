/*
 * settings.h - what holds for all dialogues of one call: servers, accounts,
 * files, limits. Made by the command line (options.c), read by everybody.
 */
#ifndef PLI_LABS_DIALOGUE_SETTINGS_H
#define PLI_LABS_DIALOGUE_SETTINGS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "profile.h"
#include "values.h"

enum { SETTINGS_MAX_SERVICES = 32, SETTINGS_MAX_LISTENING = 16 };

struct service {
    char *name;        /* "smtp"; "": any */
    char *host, *port;
};

struct account {
    char *user, *password;
};

struct settings {
    bool listens;                 /* we are the server, a client is tested */
    const char *listen;           /* [HOST:]PORT */
    int listening[SETTINGS_MAX_LISTENING];
    size_t listening_count;
    struct service services[SETTINGS_MAX_SERVICES];
    size_t service_count;
    struct account *accounts;
    size_t account_count, accounts_taken;
    pthread_mutex_t lock;         /* of accounts_taken */
    const char *ca_file, *certificate, *key;
    const char *maildir;          /* where the Maildir of user %u is; NULL: unknown */
    const char *capture;          /* the pcapng that is written meanwhile; NULL: none */
    double timeout;               /* seconds that one answer may take */
    struct values *values;        /* --set */
    struct profile profile;
    int jobs;
    bool discreet;                /* who reads the results is not to see the dialogues */
    bool verbose, tap, help, version, help_language, list;
    const char *json, *language, *ready_file;
    char **files;
    size_t file_count;
};

/* "smtp=HOST:PORT" or "HOST:PORT". 0, or -1 and a sentence. */
int settings_add_service(struct settings *settings, const char *text, struct buf *error);

/* A file with "NAME ADDRESS PORT" on each line, as mailserver --ready-file writes it. */
int settings_read_services(struct settings *settings, const char *path, struct buf *error);

/* A file with "USER PASSWORD" on each line. Every test takes accounts of its own from it. */
int settings_read_accounts(struct settings *settings, const char *path, struct buf *error);

const struct service *settings_service(const struct settings *settings, struct span name);   /* NULL: unknown */

/* So many accounts that nobody else has; NULL when there are no more. */
const struct account *settings_take_accounts(struct settings *settings, size_t count);

void settings_free(struct settings *settings);

#endif
