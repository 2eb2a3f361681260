/*
 * relay_dialogue.c - one connection to another server: it drives
 * core/smtp_client, the same machine that the mail client drives, and keeps
 * the clock of RFC 5321 §4.5.3.2, by which a slow server cannot hold a thread
 * for ever: a reply must be complete in its time, however its lines dribble.
 */
#include "server/relay_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "core/mem.h"
#include "core/smtp_client.h"
#include "core/smtp_state.h"
#include "core/words.h"
#include "io/channel.h"
#include "io/durable.h"
#include "io/i18n.h"
#include "io/log.h"
#include "server/narrate.h"

enum {
    LETTERS_MAX = 100,           /* over one connection */
    SECONDS_MAX = 300,           /* then no further letter goes over it */
    LETTER_SECONDS = 3600,       /* a letter's content, however slowly it is taken */
    PASSWORDS_MAX = 1024 * 1024,
};

struct relay_link {
    struct relay *relay;
    struct channel *channel;
    struct smtp_client *client;
    struct tls_context *tls;
    struct smtp_client_options options;
    struct sasl_credentials credentials;
    unsigned char nonce[18], exporter[32];
    struct scram_binding binding;
    char *user, *password;
    char host[RELAY_NAME_MAX];
    struct session session;      /* only for narrate: who speaks */
    struct narrate *narrate;
    bool tls_failed;
    int64_t opened;
    unsigned letters;
    int letter;                  /* being sent */
    off_t place;
    struct buf error;
};

/* ---- the clock ---- */

static enum config_id timeout_of(enum smtp_verb verb)
{
    switch (verb) {
    case SMTP_MAIL: return CONFIG_SMTP_MAIL_TIMEOUT;
    case SMTP_RCPT: return CONFIG_SMTP_RCPT_TIMEOUT;
    case SMTP_DATA: return CONFIG_SMTP_DATA_INIT_TIMEOUT;
    case SMTP_MESSAGE: return CONFIG_SMTP_DATA_DONE_TIMEOUT;
    case SMTP_QUIT: return CONFIG_SMTP_QUIT_TIMEOUT;
    default: return CONFIG_SMTP_HELO_TIMEOUT;
    }
}

struct clock {
    const struct config *config;
    uint64_t replies;
    enum smtp_verb verb;
    bool begun;
    int64_t until, content_until;
};

/* For the next reply; its time begins when the one before it is there. */
static bool await_reply(struct relay_link *link, struct clock *clock)
{
    enum smtp_verb verb = smtp_client_awaits(link->client);
    if (!clock->begun || smtp_client_replies(link->client) != clock->replies || verb != clock->verb) {
        int seconds = (int)config_number(clock->config, timeout_of(verb));
        clock->begun = true;
        clock->replies = smtp_client_replies(link->client);
        clock->verb = verb;
        clock->until = loop_now() + seconds * 1000LL;
        channel_patience(link->channel, seconds > 0 ? seconds : 1, seconds);
    }
    if (loop_now() <= clock->until)
        return true;
    buf_printf(&link->error, _("the reply to %s did not come to its end in time"), smtp_machine.verb_names[verb]);
    return false;
}

static bool continue_content(struct relay_link *link, struct clock *clock)
{
    if (clock->content_until == 0)
        clock->content_until = loop_now() + LETTER_SECONDS * 1000LL;
    int64_t left = clock->content_until - loop_now();
    channel_patience(link->channel, (int)config_number(clock->config, CONFIG_SMTP_DATA_XFER_TIMEOUT),
                     left > 1000 ? (int)(left / 1000) : 1);
    if (left > 0)
        return true;
    buf_add_text(&link->error, _("the server takes the letter too slowly"));
    return false;
}

/* ---- driving the machine ---- */

static bool write_output(struct relay_link *link)
{
    struct buf *out = smtp_client_output(link->client);
    int status = out->len > 0 ? channel_write(link->channel, out->data, out->len) : 0;
    buf_clear(out);
    return status == 0;
}

static const struct scram_binding *binding_of(struct relay_link *link)
{
    struct tls *tls = channel_tls(link->channel);
    if (tls == NULL || tls_binding(tls, link->exporter) != 0)
        return NULL;
    link->binding = (struct scram_binding){ "tls-exporter", { (const char *)link->exporter, sizeof link->exporter } };
    return &link->binding;
}

static bool begin_tls(struct relay_link *link, const struct config *config)
{
    struct tls_info info;
    link->tls_failed = true;
    if (channel_start_tls(link->channel, link->tls) != 0)
        return false;
    const char *fault = tls_verified(channel_tls(link->channel));
    if (fault != NULL && strcmp(config_text(config, CONFIG_SMTP_TLS_SECURITY_LEVEL), "verify") == 0) {
        buf_printf(&link->error, _("the certificate is not good for %s: %s"), channel_host(link->channel), fault);
        return false;
    }
    link->tls_failed = false;
    tls_describe(channel_tls(link->channel), &info);
    snprintf(link->session.tls_text, sizeof link->session.tls_text, "%s, %s", info.version, info.cipher);
    narrate_tls(link->narrate);
    return true;
}

static bool hear(struct relay_link *link, enum smtp_client_status *status)
{
    char data[8192];
    long got = channel_read(link->channel, data, sizeof data);
    if (got == 0)
        buf_add_text(&link->error, _("the server closed the connection"));
    if (got > 0)
        *status = smtp_client_feed(link->client, data, (size_t)got);
    return got > 0;
}

/* Until the machine is ready, over or has failed. false: the connection is broken, error tells. */
static bool drive(struct relay_link *link, const struct config *config, enum smtp_client_status status,
                  enum smtp_client_status *last)
{
    struct clock clock = { .config = config };
    buf_clear(&link->error);
    for (;;) {
        bool good = write_output(link);
        *last = status;
        if (good && status == SMTP_CLIENT_WAIT)
            good = await_reply(link, &clock) && hear(link, &status);
        else if (good && status == SMTP_CLIENT_MORE && (good = continue_content(link, &clock)))
            status = smtp_client_more(link->client);
        else if (good && status == SMTP_CLIENT_START_TLS && (good = begin_tls(link, config)))
            status = smtp_client_tls_started(link->client, binding_of(link));
        else if (good)
            return true;
        if (!good) {
            if (link->error.len == 0)
                buf_add_text(&link->error, channel_error(link->channel));
            return false;
        }
    }
}

static void watch(void *context, bool sent, struct span bytes)
{
    struct relay_link *link = context;
    narrate_bytes(link->narrate, sent, bytes.at, bytes.len);
}

/* ---- logging in ---- */

/* The value of the line of that name: "[host]:port user:password". */
static bool find_line(struct span file, const char *name, struct span *value)
{
    while (file.len > 0) {
        const char *lf = memchr(file.at, '\n', file.len);
        size_t length = lf != NULL ? (size_t)(lf - file.at) : file.len, word = 0;
        while (word < length && file.at[word] != ' ' && file.at[word] != '\t')
            word++;
        size_t rest = word;
        while (rest < length && (file.at[rest] == ' ' || file.at[rest] == '\t'))
            rest++;
        while (length > rest && (file.at[length - 1] == ' ' || file.at[length - 1] == '\r'))
            length--;
        *value = (struct span){ file.at + rest, length - rest };
        if (word > 0 && rest < length && span_is_nocase((struct span){ file.at, word }, name))
            return true;
        size_t used = lf != NULL ? (size_t)(lf - file.at) + 1 : file.len;
        file = (struct span){ file.at + used, file.len - used };
    }
    return false;
}

static char *password_file(const struct config *config, const char *map)
{
    static const char *const kinds[] = { "hash:", "texthash:", "lmdb:" };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncmp(map, kinds[i], strlen(kinds[i])) == 0)
            map += strlen(kinds[i]);
    return *map == '/' ? mem_text(map) : mem_printf("%s/%s", config_root(config), map);
}

static void take_login(struct relay_link *link, struct span login)
{
    const char *colon = login.len > 0 ? memchr(login.at, ':', login.len) : NULL;
    if (colon == NULL)
        return;
    link->user = mem_copy(login.at, (size_t)(colon - login.at));
    link->password = mem_copy(colon + 1, login.len - (size_t)(colon - login.at) - 1);
}

static void find_login(struct relay_link *link, const struct config *config, const char *destination)
{
    const char *map = config_text(config, CONFIG_SMTP_SASL_PASSWORD_MAPS);
    struct buf file;
    struct span value;
    if (!config_flag(config, CONFIG_SMTP_SASL_AUTH_ENABLE))
        return;
    if (strncmp(map, "static:", 7) == 0) {
        take_login(link, span_of(map + 7));
        return;
    }
    char *path = password_file(config, map);
    buf_init(&file, PASSWORDS_MAX);
    if (durable_read(path, &file) != 0)
        log_line(relay_runtime(link->relay)->server.log, "relay", "%s: the passwords cannot be read", path);
    else if (find_line(buf_span(&file), destination, &value) ||
             find_line(buf_span(&file), channel_host(link->channel), &value))
        take_login(link, value);
    if (file.data != NULL)
        explicit_bzero(file.data, file.cap);
    buf_free(&file);
    free(path);
}

/* ---- opening ---- */

static void name_host(struct relay_link *link, const struct relay_target *target)
{
    char text[NET_TEXT];
    net_address_text(&target->address, text);
    text[strcspn(text, " ")] = '\0';
    bool bare = strcmp(target->host, text) == 0;
    snprintf(link->host, sizeof link->host, bare ? "[%s]" : "%s", target->host);
    for (char *c = link->host; *c != '\0'; c++) /* it stands in lines, with spaces between */
        if (*c <= ' ' || *c > '~')
            *c = '?';
}

static enum smtp_client_tls tls_policy(const struct config *config, bool no_tls)
{
    const char *level = config_text(config, CONFIG_SMTP_TLS_SECURITY_LEVEL);
    if (no_tls || strcmp(level, "none") == 0)
        return SMTP_CLIENT_TLS_NEVER;
    return strcmp(level, "may") == 0 ? SMTP_CLIENT_TLS_OFFERED : SMTP_CLIENT_TLS_REQUIRED;
}

static bool connect_to(struct relay_link *link, const struct config *config, const struct relay_target *target)
{
    const char *authorities = config_text(config, CONFIG_SMTP_TLS_CAFILE);
    const char *folder = config_text(config, CONFIG_SMTP_TLS_CAPATH);
    struct channel_options options = { .timeout = (int)config_number(config, CONFIG_SMTP_CONNECT_TIMEOUT),
                                       .cancel_fd = relay_cancel_fd(link->relay),
                                       .watch = watch, .watch_context = link };
    link->tls = net_client_tls(*authorities != '\0' ? authorities : NULL, &link->error);
    if (link->tls == NULL)
        return false;
    if (*folder != '\0')
        SSL_CTX_load_verify_dir(tls_context_native(link->tls), folder);
    link->channel = channel_connect(target->host, &target->address, 1, &options, &link->error);
    if (link->channel == NULL)
        return false;
    channel_patience(link->channel, (int)config_number(config, CONFIG_SMTP_HELO_TIMEOUT), 0);
    if (target->wrapped && !begin_tls(link, config)) {
        if (link->error.len == 0)
            buf_add_text(&link->error, channel_error(link->channel));
        return false;
    }
    return true;
}

static void make_client(struct relay_link *link, const struct config *config, const char *destination, bool no_tls)
{
    find_login(link, config, destination);
    if (getrandom(link->nonce, sizeof link->nonce, 0) != (ssize_t)sizeof link->nonce)
        abort();
    link->credentials = (struct sasl_credentials){ .user = link->user, .password = link->password,
        .nonce = { (const char *)link->nonce, sizeof link->nonce }, .binding = binding_of(link) };
    link->options = (struct smtp_client_options){ .hello = config_text(config, CONFIG_MYHOSTNAME),
        .starttls = tls_policy(config, no_tls), .in_tls = channel_tls(link->channel) != NULL,
        .credentials = link->user != NULL ? &link->credentials : NULL,
        .plaintext = net_is_private(channel_peer(link->channel)) };
    link->client = smtp_client_new(&link->options);
}

/* The first line of a reply, of which RFC 3463's code is told apart. */
static void take_answer(const struct relay_link *link, const struct smtp_answer *answer, struct relay_outcome *outcome)
{
    char status[12] = "";
    int class = answer->code / 100;
    enum relay_result result = class == 2 ? RELAY_DONE : class == 5 ? RELAY_NEVER : RELAY_LATER;
    if (answer->enhanced[0] == '0' + class && strlen(answer->enhanced) < sizeof status)
        snprintf(status, sizeof status, "%.11s", answer->enhanced);
    else
        snprintf(status, sizeof status, "%d.0.0", class == 2 || class == 5 ? class : 4);
    relay_outcome_set(outcome, result, answer->code, status, link->host, answer->text);
}

static void take_failure(const struct relay_link *link, struct relay_outcome *outcome)
{
    const char *problem = link->client != NULL ? smtp_client_problem(link->client) : NULL;
    const struct smtp_answer *reason = link->client != NULL ? smtp_client_reason(link->client) : NULL;
    if (problem == NULL) {
        relay_outcome_set(outcome, RELAY_LATER, 0, "4.4.2", link->host, buf_text((struct buf *)&link->error));
    } else if (reason->code >= 400) {
        take_answer(link, reason, outcome);
    } else {
        relay_outcome_set(outcome, RELAY_LATER, 0, "4.4.0", link->host, _(problem));
    }
}

struct relay_link *relay_link_open(struct relay *relay, const struct config *config, const char *destination,
                                   const struct relay_target *target, bool no_tls, const char *id,
                                   struct relay_outcome *outcome, bool *tls_broken)
{
    struct relay_link *link = mem_alloc(sizeof *link);
    enum smtp_client_status last = SMTP_CLIENT_FAILED;
    link->relay = relay;
    link->opened = loop_now();
    buf_init(&link->error, 1000);
    name_host(link, target);
    snprintf(link->session.id, sizeof link->session.id, "%.19s", id);
    link->narrate = narrate_new(WATCH_SMTP, &link->session, config, relay_runtime(relay)->narrate);
    bool good = connect_to(link, config, target);
    if (good) {
        make_client(link, config, destination, no_tls);
        good = drive(link, config, SMTP_CLIENT_WAIT, &last) && last == SMTP_CLIENT_READY;
    }
    if (good)
        return link;
    take_failure(link, outcome);
    *tls_broken = link->tls_failed;
    if (link->user != NULL && outcome->result == RELAY_NEVER)
        outcome->result = RELAY_LATER; /* a wrong password is ours to repair: the letters wait for it */
    relay_link_close(link);
    return NULL;
}

/* ---- a letter ---- */

static long read_letter(void *context, char *data, size_t size)
{
    struct relay_link *link = context;
    ssize_t got = pread(link->letter, data, size, link->place);
    link->place += got > 0 ? got : 0;
    return (long)got;
}

/* What was said about each, when the transaction is over or broken off. */
static void take_outcomes(struct relay_link *link, size_t count, bool alive, struct relay_outcome *outcomes)
{
    const struct smtp_answer *end = smtp_client_answer(link->client);
    bool reports = smtp_client_offer(link->client)->reports;
    for (size_t i = 0; i < count; i++) {
        const struct smtp_answer *answer = smtp_client_recipient(link->client, i);
        if (answer != NULL && answer->code / 100 >= 4)
            take_answer(link, answer, &outcomes[i]);
        else if (alive && end->code / 100 >= 4)
            take_answer(link, end, &outcomes[i]);
        else if (alive && answer != NULL && answer->code / 100 == 2 && smtp_client_accepted(link->client))
            take_answer(link, end, &outcomes[i]);
        else
            take_failure(link, &outcomes[i]);
        outcomes[i].unreported = !reports;
    }
}

/* The machine did not even offer the letter: what it needs is not there (RFC 6531 §3.2 and others). */
static void take_obstacle(struct relay_link *link, size_t count, struct relay_outcome *outcomes)
{
    const char *status = smtp_client_reason(link->client)->enhanced;
    for (size_t i = 0; i < count; i++)
        relay_outcome_set(&outcomes[i], RELAY_NEVER, 0, *status != '\0' ? status : "5.6.0", link->host,
                          _(smtp_client_problem(link->client)));
}

static bool send_some(struct relay_link *link, const struct config *config, const struct queue_envelope *envelope,
                      const size_t *which, size_t count, struct relay_outcome *outcomes)
{
    const char **recipients = mem_alloc(count * sizeof *recipients);
    struct smtp_wish *wishes = mem_alloc(count * sizeof *wishes);
    enum smtp_client_status last = SMTP_CLIENT_FAILED;
    for (size_t i = 0; i < count; i++) {
        const struct queue_recipient *recipient = &envelope->recipients[which[i]];
        recipients[i] = recipient->address;
        wishes[i] = (struct smtp_wish){ recipient->notify, recipient->original };
    }
    const struct smtp_letter letter = { .sender = envelope->sender, .recipients = recipients, .count = count,
        .size = envelope->size, .eight_bit = envelope->eight_bit, .utf8 = envelope->utf8, .ret = envelope->ret,
        .envid = envelope->envid, .wishes = wishes, .read = read_letter, .context = link };
    link->place = 0;
    enum smtp_client_status status = smtp_client_mail(link->client, &letter);
    bool alive = true;
    if (status == SMTP_CLIENT_READY && smtp_client_problem(link->client) != NULL) {
        take_obstacle(link, count, outcomes);
    } else {
        alive = drive(link, config, status, &last) && last == SMTP_CLIENT_READY;
        take_outcomes(link, count, alive, outcomes);
    }
    free(recipients);
    free(wishes);
    return alive;
}

bool relay_link_send(struct relay_link *link, const struct config *config, const struct queue_envelope *envelope,
                     int letter, const size_t *which, size_t count, struct relay_outcome *outcomes)
{
    long long most = config_number(config, CONFIG_DEFAULT_DESTINATION_RECIPIENT_LIMIT);
    uint64_t theirs = smtp_client_offer(link->client)->recipients; /* RFC 9422 §4.2 */
    size_t step = most > 0 ? (size_t)most : count;
    if (theirs > 0 && theirs < step)
        step = (size_t)theirs;
    snprintf(link->session.id, sizeof link->session.id, "%.19s", envelope->id);
    link->letter = letter;
    link->letters++;
    bool alive = true;
    for (size_t i = 0; i < count; i += step) {
        size_t some = count - i < step ? count - i : step;
        if (alive)
            alive = send_some(link, config, envelope, which + i, some, outcomes + i);
        else
            for (size_t j = 0; j < some; j++)
                take_failure(link, &outcomes[i + j]);
    }
    return alive;
}

bool relay_link_is_spent(const struct relay_link *link)
{
    return link->letters >= LETTERS_MAX || loop_now() - link->opened > SECONDS_MAX * 1000LL;
}

void relay_link_close(struct relay_link *link)
{
    enum smtp_client_status last;
    if (link == NULL)
        return;
    if (link->client != NULL && smtp_client_problem(link->client) == NULL && link->error.len == 0) {
        struct config *config = runtime_config(relay_runtime(link->relay));
        enum smtp_client_status status = smtp_client_quit(link->client);
        if (smtp_client_awaits(link->client) == SMTP_QUIT)
            drive(link, config, status, &last); /* how it goes does not matter any more (RFC 5321 §4.1.1.10) */
        config_release(config);
    }
    channel_close(link->channel);
    smtp_client_free(link->client);
    tls_context_free(link->tls);
    narrate_free(link->narrate);
    if (link->password != NULL)
        explicit_bzero(link->password, strlen(link->password));
    free(link->user);
    free(link->password);
    buf_free(&link->error);
    free(link);
}
