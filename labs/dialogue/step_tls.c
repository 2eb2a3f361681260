/*
 * step_tls.c - TLS in a dialogue: when it begins, with what, and what it has
 * come to.
 */
#include <errno.h>
#include <fnmatch.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "io/i18n.h"
#include "steps.h"

enum { MAX_PEM = 1 << 20 };

struct wishes {
    int version;            /* 0: any that OpenSSL offers */
    const char *name;       /* whom we want to reach */
    const char *alpn;
    bool fails;
};

static const struct { const char *name; int number; } versions[] = {
    { "1.0", TLS1_VERSION }, { "1.1", TLS1_1_VERSION }, { "1.2", TLS1_2_VERSION }, { "1.3", TLS1_3_VERSION },
};

/* "key=value": value, or NULL when the word has another key. */
static const char *value_of(const char *word, const char *key)
{
    size_t length = strlen(key);
    return strncmp(word, key, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

static int read_wish(struct wishes *wishes, const char *word)
{
    const char *value;
    if (strcmp(word, "fails") == 0) {
        wishes->fails = true;
        return 0;
    }
    if ((value = value_of(word, "name")) != NULL)
        wishes->name = value;
    else if ((value = value_of(word, "alpn")) != NULL)
        wishes->alpn = value;
    else if ((value = value_of(word, "version")) != NULL)
        for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
            if (strcmp(value, versions[i].name) == 0)
                wishes->version = versions[i].number;
    return value == NULL || (value == word + strlen("version=") && wishes->version == 0) ? -1 : 0;
}

static struct tls_context *server_context(const struct settings *settings, struct buf *error)
{
    struct buf certificate, key;
    struct tls_context *context = NULL;
    buf_init(&certificate, MAX_PEM);
    buf_init(&key, MAX_PEM);
    if (settings->certificate == NULL || settings->key == NULL)
        buf_add_text(error, _("a server needs --certificate and --key for TLS"));
    else if (files_read(settings->certificate, &certificate) != 0)
        buf_printf(error, _("cannot read %s: %s"), settings->certificate, strerror(errno));
    else if (files_read(settings->key, &key) != 0)
        buf_printf(error, _("cannot read %s: %s"), settings->key, strerror(errno));
    else {
        struct tls_settings wanted = { .role = TLS_SERVER, .certificate = buf_span(&certificate),
                                       .key = buf_span(&key), .keylog = net_keylog };
        context = tls_context_new(&wanted, error);
    }
    buf_free(&certificate);
    buf_free(&key);
    return context;
}

static void apply(struct tls_context *context, const struct wishes *wishes)
{
    SSL_CTX *native = tls_context_native(context);
    unsigned char alpn[64];
    size_t length = wishes->alpn != NULL ? strlen(wishes->alpn) : 0;
    if (wishes->version != 0) {
        /* The old ones are only there to see them refused: OpenSSL itself has to be talked into offering them. */
        if (wishes->version < TLS1_2_VERSION)
            SSL_CTX_set_security_level(native, 0);
        SSL_CTX_set_min_proto_version(native, wishes->version);
        SSL_CTX_set_max_proto_version(native, wishes->version);
    }
    if (length > 0 && length < sizeof alpn) {
        alpn[0] = (unsigned char)length;
        memcpy(alpn + 1, wishes->alpn, length);
        SSL_CTX_set_alpn_protos(native, alpn, (unsigned)length + 1);
    }
}

static void note_tls(struct run *run, const struct step *step, struct session *session)
{
    struct tls_info info;
    char text[200];
    tls_describe(wire_tls(session->wire), &info);
    snprintf(text, sizeof text, "%s, %s", info.version != NULL ? info.version : "TLS",
             info.cipher != NULL ? info.cipher : "");
    struct event *event = result_event(run->result, step, ' ', span_of(text));
    if (event != NULL)
        event->state = session->state;
}

/* The handshake, as wished. */
static int handshake(struct run *run, const struct step *step, struct session *session, const struct wishes *wishes,
                     bool at_once)
{
    struct buf error;
    int outcome = STEP_ON;
    buf_init(&error, 600);
    session->context = session->we_are_client ? net_client_tls(run->settings->ca_file, &error)
                                              : server_context(run->settings, &error);
    if (session->context == NULL) {
        outcome = run_fail(run, step, "%s", buf_text(&error));
        buf_free(&error);
        return outcome;
    }
    apply(session->context, wishes);
    int status = wire_start_tls(session->wire, session->context, wishes->name, run_until(run), &error);
    if (status != 0 && !wishes->fails)
        outcome = run_fail(run, step, "%s", buf_text(&error));
    else if (status == 0 && wishes->fails)
        outcome = run_fail(run, step, _("the TLS handshake succeeds, where it should fail"));
    else if (status != 0)
        session->ended = true;
    if (status == 0) {
        note_tls(run, step, session);
        if (!at_once)
            session_tls_started(session);
    }
    buf_free(&error);
    return outcome;
}

int step_tls_at_once(struct run *run, const struct step *step, struct session *session, const char *host)
{
    struct wishes wishes = { .name = host };
    return handshake(run, step, session, &wishes, true);
}

int step_tls(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step);
    char *words[8] = { NULL };
    int outcome = STEP_ON;
    const struct span *known = values_get(run->values, "tls-name");
    char *usual = span_copy(known != NULL ? *known : span_of("localhost"));
    struct wishes wishes = { .name = usual };
    for (size_t i = 0; outcome == STEP_ON && i < step->word_count; i++) {
        words[i] = run_word(run, step, i);
        if (words[i] == NULL)
            outcome = STEP_FAILED;
        else if (read_wish(&wishes, words[i]) != 0)
            outcome = run_fail(run, step, _("tls: knows version=1.0 to 1.3, name=, alpn= and fails, not \"%s\""),
                               words[i]);
    }
    if (outcome == STEP_ON && session->wire == NULL)
        outcome = run_fail(run, step, _("there is no connection"));
    else if (outcome == STEP_ON && wire_tls(session->wire) != NULL)
        outcome = run_fail(run, step, _("this connection has TLS already"));
    if (outcome == STEP_ON && session->in.len > 0) {
        run_compare(run, (struct span){ "", 0 }, buf_span(&session->in));
        outcome = run_fail(run, step, _("these bytes came in the clear, where TLS must begin"));
    }
    if (outcome == STEP_ON)
        outcome = handshake(run, step, session, &wishes, !session->tls_agreed);
    for (size_t i = 0; i < step->word_count; i++)
        free(words[i]);
    free(usual);
    return outcome;
}

/* Is the condition met? what and is: for the report. -1 unknown. */
static int check(const struct tls *tls, const struct tls_info *info, const char *word, const char **is)
{
    const char *value, *doubt = tls_verified(tls);
    const struct { const char *key, *text; } rows[] = {
        { "version", info->version }, { "cipher", info->cipher },   { "alpn", info->alpn },
        { "subject", info->subject }, { "issuer", info->issuer },   { "sni", info->server_name },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((value = value_of(word, rows[i].key)) != NULL) {
            *is = rows[i].text != NULL ? rows[i].text : "";
            return fnmatch(value, *is, 0) == 0;
        }
    if ((value = value_of(word, "trusted")) != NULL) {
        *is = doubt != NULL ? doubt : "trusted=yes";
        return (doubt == NULL) == (strcmp(value, "yes") == 0);
    }
    if ((value = value_of(word, "name")) == NULL)
        return -1;
    *is = info->names;
    for (const char *at = info->names; at != NULL && *at != '\0'; at = strchr(at, ',')) {
        at += strspn(at, ", ");
        size_t length = strcspn(at, ",");
        if (length == strlen(value) && strncasecmp(at, value, length) == 0)
            return 1;
    }
    return 0;
}

int step_tls_is(struct run *run, const struct step *step)
{
    struct session *session = run_session(run, step);
    struct tls_info info;
    int outcome = STEP_ON;
    if (session->wire == NULL || wire_tls(session->wire) == NULL)
        return run_fail(run, step, _("this connection has no TLS"));
    tls_describe(wire_tls(session->wire), &info);
    for (size_t i = 0; outcome == STEP_ON && i < step->word_count; i++) {
        const char *is = "";
        char *word = run_word(run, step, i);
        if (word == NULL)
            return STEP_FAILED;
        int met = check(wire_tls(session->wire), &info, word, &is);
        if (met < 0)
            outcome = run_fail(run, step, _("tls-is: knows version, cipher, name, trusted, alpn, subject, issuer and "
                                            "sni, not \"%s\""), word);
        if (met == 0) {
            run_compare(run, span_of(word), span_of(is));
            outcome = run_fail(run, step, _("TLS is not as the dialogue wants it"));
        }
        free(word);
    }
    return outcome;
}
