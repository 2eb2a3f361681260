#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "files.h"
#include "io/i18n.h"

enum { MAX_FILE = 4 << 20, MAX_ACCOUNTS = 100000 };

static int add_service(struct settings *settings, struct span name, struct span host, struct span port,
                       struct buf *error)
{
    if (settings->service_count == SETTINGS_MAX_SERVICES) {
        buf_printf(error, _("more than %d servers are too many"), SETTINGS_MAX_SERVICES);
        return -1;
    }
    /* An address of "all interfaces" is reached by loopback. */
    bool any = span_is(host, "0.0.0.0") || span_is(host, "*");
    settings->services[settings->service_count++] = (struct service){
        span_copy(name), any ? mem_text("127.0.0.1") : span_is(host, "::") ? mem_text("::1") : span_copy(host),
        span_copy(port) };
    return 0;
}

int settings_add_service(struct settings *settings, const char *text, struct buf *error)
{
    const char *equals = strchr(text, '='), *where = equals != NULL ? equals + 1 : text, *colon = strrchr(where, ':');
    struct span name = { text, equals != NULL ? (size_t)(equals - text) : 0 };
    if (colon == NULL || colon == where || colon[1] == '\0') {
        buf_printf(error, _("a server is written HOST:PORT or smtp=HOST:PORT, not \"%s\""), text);
        return -1;
    }
    struct span host = { where, (size_t)(colon - where) };
    if (host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
        host = (struct span){ host.at + 1, host.len - 2 };
    return add_service(settings, name, host, span_of(colon + 1), error);
}

/* Up to three words of a line; how many. */
static size_t words_of(struct span line, struct span words[3])
{
    size_t count = 0, at = 0;
    while (count < 3) {
        while (at < line.len && (line.at[at] == ' ' || line.at[at] == '\t' || line.at[at] == '\r'))
            at++;
        size_t start = at;
        while (at < line.len && line.at[at] != ' ' && line.at[at] != '\t' && line.at[at] != '\r')
            at++;
        if (at == start)
            break;
        words[count++] = (struct span){ line.at + start, at - start };
    }
    return count;
}

/* Each line of the file that has words: 0, or -1 and a sentence. */
static int each_line(struct settings *settings, const char *path, size_t wanted, struct buf *error,
                     int (*take)(struct settings *settings, const struct span *words, struct buf *error))
{
    struct buf text;
    int status = 0, number = 0;
    buf_init(&text, MAX_FILE);
    if (files_read(path, &text) != 0) {
        buf_printf(error, _("cannot read %s: %s"), path, strerror(errno));
        status = -1;
    }
    for (size_t at = 0; status == 0 && at < text.len; ) {
        const char *lf = memchr(text.data + at, '\n', text.len - at);
        size_t length = lf != NULL ? (size_t)(lf - text.data) - at : text.len - at;
        struct span words[3];
        size_t count = words_of((struct span){ text.data + at, length }, words);
        number++;
        at += length + 1;
        if (count == 0 || words[0].at[0] == '#')
            continue;
        if (count != wanted) {
            buf_printf(error, _("%s:%d: %zu words belong on a line"), path, number, wanted);
            status = -1;
        } else {
            status = take(settings, words, error);
        }
    }
    buf_free(&text);
    return status;
}

static int take_service(struct settings *settings, const struct span *words, struct buf *error)
{
    return add_service(settings, words[0], words[1], words[2], error);
}

int settings_read_services(struct settings *settings, const char *path, struct buf *error)
{
    return each_line(settings, path, 3, error, take_service);
}

static int take_account(struct settings *settings, const struct span *words, struct buf *error)
{
    if (settings->account_count == MAX_ACCOUNTS) {
        buf_printf(error, _("more than %d accounts are too many"), MAX_ACCOUNTS);
        return -1;
    }
    settings->accounts = mem_grow(settings->accounts, settings->account_count + 1, sizeof *settings->accounts);
    settings->accounts[settings->account_count++] = (struct account){ span_copy(words[0]), span_copy(words[1]) };
    return 0;
}

int settings_read_accounts(struct settings *settings, const char *path, struct buf *error)
{
    return each_line(settings, path, 2, error, take_account);
}

const struct service *settings_service(const struct settings *settings, struct span name)
{
    for (size_t i = 0; i < settings->service_count; i++)
        if (span_is(name, settings->services[i].name))
            return &settings->services[i];
    for (size_t i = 0; i < settings->service_count; i++)
        if (settings->services[i].name[0] == '\0')
            return &settings->services[i];
    return NULL;
}

const struct account *settings_take_accounts(struct settings *settings, size_t count)
{
    const struct account *first = NULL;
    pthread_mutex_lock(&settings->lock);
    if (settings->account_count - settings->accounts_taken >= count) {
        first = settings->accounts + settings->accounts_taken;
        settings->accounts_taken += count;
    }
    pthread_mutex_unlock(&settings->lock);
    return first;
}

void settings_free(struct settings *settings)
{
    for (size_t i = 0; i < settings->service_count; i++) {
        free(settings->services[i].name);
        free(settings->services[i].host);
        free(settings->services[i].port);
    }
    for (size_t i = 0; i < settings->account_count; i++) {
        free(settings->accounts[i].user);
        free(settings->accounts[i].password);
    }
    for (size_t i = 0; i < settings->listening_count; i++)
        close(settings->listening[i]);
    free(settings->accounts);
    values_free(settings->values);
    profile_free(&settings->profile);
    pthread_mutex_destroy(&settings->lock);
}
