/*
 * exchange_mail_tables.c - which command of SMTP, POP3 and IMAP belongs to which
 * kind of exchange. The texts are the names that people read.
 */
#include <string.h>

#include "visualizer/exchange_mail_words.h"

#define CAPABILITIES N_("capability negotiation"), LAYER_CAPABILITIES
#define AUTHENTICATION N_("authentication"), LAYER_AUTHENTICATION
#define ENVELOPE N_("envelope"), LAYER_ENVELOPE
#define CONTENT N_("content transfer"), LAYER_CONTENT
#define NOTHING N_("no operation"), LAYER_DIALOGUE
#define LISTING N_("mailbox listing"), LAYER_MAILBOX
#define DELETION N_("deletion"), LAYER_POP3_STATES
#define MANAGEMENT N_("mailbox management"), LAYER_MAILBOX

static const struct mail_row smtp_rows[] = {
    { "EHLO", CAPABILITIES, BEGINS, NULL, ehlo_reply },
    { "HELO", CAPABILITIES, BEGINS, NULL, NULL },
    { "STARTTLS", "STARTTLS", LAYER_STARTTLS, BEGINS, NULL, starttls_reply },
    { "AUTH", AUTHENTICATION, BEGINS, auth_command, accepted_reply },
    { "MAIL", ENVELOPE, BEGINS, mail_command, quiet_reply },
    { "RCPT", ENVELOPE, JOINS, rcpt_command, quiet_reply },
    { "RSET", ENVELOPE, JOINS, reset_command, quiet_reply },
    { "DATA", CONTENT, BEGINS, NULL, NULL },
    { "BDAT", CONTENT, JOINS, NULL, NULL },
    { "BDAT LAST", CONTENT, JOINS, NULL, NULL },
    { "VRFY", N_("address verification"), LAYER_ENVELOPE, BEGINS, NULL, NULL },
    { "EXPN", N_("address verification"), LAYER_ENVELOPE, BEGINS, NULL, NULL },
    { "NOOP", NOTHING, JOINS, NULL, NULL },
    { "HELP", N_("help"), LAYER_DIALOGUE, BEGINS, NULL, NULL },
    { "QUIT", "QUIT", LAYER_DIALOGUE, BEGINS, NULL, NULL },
    { NULL, N_("unknown command"), LAYER_DIALOGUE, BEGINS, NULL, NULL },
};

static const struct mail_row pop3_rows[] = {
    { "CAPA", CAPABILITIES, BEGINS, NULL, capa_reply },
    { "LANG", CAPABILITIES, JOINS, NULL, quiet_reply },
    { "UTF8", CAPABILITIES, JOINS, NULL, quiet_reply },
    { "STLS", "STARTTLS", LAYER_STARTTLS, BEGINS, NULL, starttls_reply },
    { "USER", AUTHENTICATION, BEGINS, login_command, accepted_reply },
    { "PASS", AUTHENTICATION, JOINS, password_command, accepted_reply },
    { "APOP", AUTHENTICATION, BEGINS, login_command, accepted_reply },
    { "AUTH", AUTHENTICATION, BEGINS, auth_command, accepted_reply },
    { "STAT", LISTING, JOINS, NULL, listing_reply },
    { "LIST", LISTING, JOINS, NULL, listing_reply },
    { "UIDL", LISTING, JOINS, NULL, listing_reply },
    { "RETR", N_("retrieval"), LAYER_CONTENT, BEGINS, NULL, status_reply },
    { "TOP", N_("retrieval"), LAYER_CONTENT, BEGINS, NULL, status_reply },
    { "DELE", DELETION, JOINS, NULL, quiet_reply },
    { "RSET", DELETION, JOINS, NULL, quiet_reply },
    { "NOOP", NOTHING, JOINS, NULL, quiet_reply },
    { "QUIT", "QUIT", LAYER_POP3_STATES, BEGINS, NULL, NULL },
    { NULL, N_("unknown command"), LAYER_DIALOGUE, BEGINS, NULL, NULL },
};

static const struct mail_row imap_rows[] = {
    { "CAPABILITY", CAPABILITIES, JOINS, NULL, capability_reply },
    { "ENABLE", CAPABILITIES, JOINS, NULL, capability_reply },
    { "ID", CAPABILITIES, JOINS, NULL, capability_reply },
    { "STARTTLS", "STARTTLS", LAYER_STARTTLS, BEGINS, NULL, starttls_reply },
    { "LOGIN", AUTHENTICATION, BEGINS, login_command, accepted_reply },
    { "AUTHENTICATE", AUTHENTICATION, BEGINS, auth_command, accepted_reply },
    { "SELECT", N_("mailbox selection"), LAYER_SELECT, BEGINS, NULL, select_reply },
    { "EXAMINE", N_("mailbox selection"), LAYER_SELECT, BEGINS, NULL, select_reply },
    { "CLOSE", N_("mailbox closing"), LAYER_SELECT, BEGINS, NULL, NULL },
    { "UNSELECT", N_("mailbox closing"), LAYER_SELECT, BEGINS, NULL, NULL },
    { "IDLE", N_("waiting for news (IDLE)"), LAYER_SELECT, BEGINS, NULL, news_reply },
    { "NOOP", NOTHING, JOINS, NULL, news_reply },
    { "CHECK", NOTHING, JOINS, NULL, news_reply },
    { "FETCH", N_("fetch"), LAYER_CONTENT, BEGINS, NULL, fetch_reply },
    { "STORE", N_("store"), LAYER_MAILBOX, BEGINS, NULL, NULL },
    { "SEARCH", N_("search"), LAYER_MAILBOX, BEGINS, NULL, search_reply },
    { "SORT", N_("search"), LAYER_MAILBOX, BEGINS, NULL, search_reply },
    { "THREAD", N_("search"), LAYER_MAILBOX, BEGINS, NULL, search_reply },
    { "APPEND", N_("append"), LAYER_CONTENT, BEGINS, NULL, NULL },
    { "COPY", N_("copy"), LAYER_MAILBOX, BEGINS, NULL, NULL },
    { "MOVE", N_("copy"), LAYER_MAILBOX, BEGINS, NULL, NULL },
    { "EXPUNGE", N_("expunge"), LAYER_MAILBOX, BEGINS, NULL, NULL },
    { "LIST", LISTING, JOINS, NULL, list_reply },
    { "LSUB", LISTING, JOINS, NULL, list_reply },
    { "NAMESPACE", LISTING, JOINS, NULL, quiet_reply },
    { "STATUS", N_("mailbox status"), LAYER_MAILBOX, BEGINS, NULL, search_reply },
    { "CREATE", MANAGEMENT, BEGINS, NULL, NULL },
    { "DELETE", MANAGEMENT, BEGINS, NULL, NULL },
    { "RENAME", MANAGEMENT, BEGINS, NULL, NULL },
    { "SUBSCRIBE", MANAGEMENT, BEGINS, NULL, NULL },
    { "UNSUBSCRIBE", MANAGEMENT, BEGINS, NULL, NULL },
    { "GETQUOTA", MANAGEMENT, BEGINS, NULL, NULL },
    { "GETQUOTAROOT", MANAGEMENT, BEGINS, NULL, NULL },
    { "SETQUOTA", MANAGEMENT, BEGINS, NULL, NULL },
    { "LOGOUT", "LOGOUT", LAYER_DIALOGUE, BEGINS, NULL, NULL },
    { NULL, N_("unknown command"), LAYER_DIALOGUE, BEGINS, NULL, NULL },
};

static bool word_is(const struct word *word, const char *name)
{
    return word && strcmp(word->name, name) == 0;
}

/* Mechanisms that send the password itself, hidden by base64 from nobody. */
static bool mechanism_is_open(struct span text)
{
    return memmem(text.at, text.len, "PLAIN", 5) || memmem(text.at, text.len, "plain", 5) ||
           memmem(text.at, text.len, "LOGIN", 5) || memmem(text.at, text.len, "login", 5);
}

static bool sasl_is_secret(const struct turn *turn, const struct watch_event *event)
{
    const char *space = memchr(event->argument.at, ' ', event->argument.len);
    if (event->kind == WATCH_AUTH_DATA)
        return turn->open_mechanism;
    return space && mechanism_is_open((struct span){ event->argument.at, (size_t)(space - event->argument.at) });
}

static bool smtp_is_secret(const struct turn *turn, const struct watch_event *event)
{
    return event->kind == WATCH_AUTH_DATA || word_is(event->word, "AUTH") ? sasl_is_secret(turn, event) : false;
}

static bool pop3_is_secret(const struct turn *turn, const struct watch_event *event)
{
    return word_is(event->word, "PASS") || smtp_is_secret(turn, event);
}

static bool imap_is_secret(const struct turn *turn, const struct watch_event *event)
{
    if (event->kind == WATCH_AUTH_DATA || word_is(event->word, "AUTHENTICATE"))
        return sasl_is_secret(turn, event);
    return word_is(event->word, "LOGIN");
}

const struct mail_table mail_tables[3] = {
    [WATCH_SMTP] = { "SMTP", N_("SMTP greeting"), "RFC 5321 §3.1", smtp_rows, smtp_is_secret },
    [WATCH_POP3] = { "POP3", N_("POP3 greeting"), "RFC 1939 §4", pop3_rows, pop3_is_secret },
    [WATCH_IMAP] = { "IMAP", N_("IMAP greeting"), "RFC 9051 §7.1", imap_rows, imap_is_secret },
};
