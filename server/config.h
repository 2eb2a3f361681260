/*
 * config.h - the server's settings, in the words of Postfix and Dovecot.
 *
 * A line `name = value` of a Postfix main.cf or of Dovecot's configuration is
 * read with the name and the meaning it has there: what is learnt here works
 * there. No file is needed: every parameter has a default that lets an
 * ordinary user start a server on the loopback interface.
 *
 * The parameters are a table (config_table.c): name, whose it is, type,
 * default, one sentence. A name that is not in the table, or a value that is
 * not of its type, is an error with file and line.
 *
 * A configuration does not change once it is loaded. A reload makes a new one;
 * sessions keep the one they began with (config_hold, config_release).
 */
#ifndef PLI_SERVER_CONFIG_H
#define PLI_SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

enum config_id {
    /* Postfix */
    CONFIG_MYHOSTNAME,
    CONFIG_MYDOMAIN,
    CONFIG_MYORIGIN,
    CONFIG_INET_INTERFACES,
    CONFIG_INET_PROTOCOLS,
    CONFIG_MYDESTINATION,
    CONFIG_MYNETWORKS,
    CONFIG_MAIL_NAME,
    CONFIG_HOME_MAILBOX,
    CONFIG_SMTPD_BANNER,
    CONFIG_MESSAGE_SIZE_LIMIT,
    CONFIG_SMTPD_SASL_AUTH_ENABLE,
    CONFIG_SMTPD_SASL_TYPE,
    CONFIG_SMTPD_SASL_PATH,
    CONFIG_SMTPD_SASL_LOCAL_DOMAIN,
    CONFIG_SMTPD_SASL_SECURITY_OPTIONS,
    CONFIG_BROKEN_SASL_AUTH_CLIENTS,
    CONFIG_SMTPD_RELAY_RESTRICTIONS,
    CONFIG_SMTPD_RECIPIENT_RESTRICTIONS,
    CONFIG_SMTPD_RECIPIENT_LIMIT,
    CONFIG_SMTPD_TLS_CERT_FILE,
    CONFIG_SMTPD_TLS_KEY_FILE,
    CONFIG_SMTPD_TLS_SECURITY_LEVEL,
    CONFIG_RECIPIENT_DELIMITER,
    CONFIG_ALIAS_MAPS,
    CONFIG_ALIAS_DATABASE,
    CONFIG_MAILBOX_SIZE_LIMIT,
    CONFIG_BIFF,
    CONFIG_APPEND_DOT_MYDOMAIN,
    CONFIG_README_DIRECTORY,
    CONFIG_COMPATIBILITY_LEVEL,
    CONFIG_DATA_DIRECTORY,
    CONFIG_SMTPD_CLIENT_CONNECTION_COUNT_LIMIT,
    CONFIG_RELAYHOST,
    CONFIG_SMTP_SASL_AUTH_ENABLE,
    CONFIG_SMTP_SASL_PASSWORD_MAPS,
    CONFIG_SMTP_TLS_SECURITY_LEVEL,
    CONFIG_SMTP_TLS_CAFILE,
    CONFIG_SMTP_TLS_CAPATH,
    CONFIG_SMTP_TLS_SESSION_CACHE_DATABASE,
    CONFIG_DEFAULT_PROCESS_LIMIT,
    CONFIG_DEFAULT_DESTINATION_CONCURRENCY_LIMIT,
    CONFIG_DEFAULT_DESTINATION_RECIPIENT_LIMIT,
    CONFIG_MINIMAL_BACKOFF_TIME,
    CONFIG_MAXIMAL_BACKOFF_TIME,
    CONFIG_MAXIMAL_QUEUE_LIFETIME,
    CONFIG_BOUNCE_QUEUE_LIFETIME,
    CONFIG_DELAY_WARNING_TIME,
    CONFIG_BOUNCE_SIZE_LIMIT,
    CONFIG_SMTP_CONNECT_TIMEOUT,
    CONFIG_SMTP_HELO_TIMEOUT,
    CONFIG_SMTP_MAIL_TIMEOUT,
    CONFIG_SMTP_RCPT_TIMEOUT,
    CONFIG_SMTP_DATA_INIT_TIMEOUT,
    CONFIG_SMTP_DATA_XFER_TIMEOUT,
    CONFIG_SMTP_DATA_DONE_TIMEOUT,
    CONFIG_SMTP_QUIT_TIMEOUT,
    /* Dovecot */
    CONFIG_LISTEN,
    CONFIG_PROTOCOLS,
    CONFIG_DISABLE_PLAINTEXT_AUTH,
    CONFIG_AUTH_MECHANISMS,
    CONFIG_MAIL_LOCATION,
    CONFIG_SSL,
    CONFIG_SSL_CERT,
    CONFIG_SSL_KEY,
    CONFIG_QUOTA,
    CONFIG_QUOTA_RULE,
    /* Pli */
    CONFIG_PORTS,
    CONFIG_PATIENCE,
    CONFIG_WORKERS,
    CONFIG_CONNECTIONS,
    CONFIG_TRANSCRIPTS,
    CONFIG_COUNT,
};

enum config_type {
    CONFIG_TEXT,      /* any text */
    CONFIG_NUMBER,    /* 0 or more */
    CONFIG_SECONDS,   /* a time: 30, 30s, 5m, 2h, 1d, 1w; a bare number is seconds; config_number gives seconds */
    CONFIG_HOURS,     /* the same; a bare number is hours */
    CONFIG_DAYS,      /* the same; a bare number is days */
    CONFIG_FLAG,      /* yes or no */
    CONFIG_LIST,      /* words separated by commas and blanks */
    CONFIG_CHOICE,    /* one of a few words */
    CONFIG_NETWORKS,  /* a list of 192.0.2.0/24, [2001:db8::]/32 */
    CONFIG_FILE,      /* a path: as it is, or below the root; Dovecot writes < before it */
};

enum config_origin { CONFIG_POSTFIX, CONFIG_DOVECOT, CONFIG_PLI };

struct config_row {
    const char *name;
    enum config_origin origin;
    enum config_type type;
    const char *initial;  /* may contain $name */
    const char *choices;  /* words that are allowed, separated by blanks; NULL: any */
    const char *meaning;  /* one sentence, N_() */
};

extern const struct config_row config_table[CONFIG_COUNT];

struct config;

/* The defaults. root: the folder of everything the server keeps. */
struct config *config_new(const char *root);

/* Adds a file's settings. 0, or -1 with every error in `errors`, a line each: "FILE:LINE: what is wrong". */
int config_read(struct config *config, const char *file, struct buf *errors);

/* One setting, as -o gives it: "name=value". 0, or -1 with a line in `errors`. */
int config_set(struct config *config, const char *assignment, struct buf *errors);

/* After the last setting: expands $names and checks the whole. 0, or -1. The configuration is constant from here on. */
int config_finish(struct config *config, struct buf *errors);

struct config *config_hold(const struct config *config); /* one owner more */
void config_release(const struct config *config);        /* one owner less; the last one frees */

/* Values, after config_finish(). Text is never NULL. */
const char *config_text(const struct config *config, enum config_id id);
long long config_number(const struct config *config, enum config_id id);
bool config_flag(const struct config *config, enum config_id id);

/* The words of a list: the number of them, and word i (NULL past the end). */
size_t config_count(const struct config *config, enum config_id id);
const char *config_word(const struct config *config, enum config_id id, size_t i);

const char *config_root(const struct config *config);

/* The Maildir of a user, as home_mailbox and mail_location say; free() it. */
char *config_maildir(const struct config *config, struct span user);

const char *config_origin_name(enum config_origin origin);

/* The parameters that were given, or all, with their values, as a file of settings with the meanings as comments. */
int config_print(const struct config *config, bool all, struct buf *out);

/* Was the parameter given by a file or an option, or is it the default? */
bool config_is_set(const struct config *config, enum config_id id);

#endif
