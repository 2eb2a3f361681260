#include "narrate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"
#include "io/text.h"

enum { TOLD_MAX = 1024 * 1024, LINE_SHOWN = 400, SAME_NAMES = 1000 };

struct narrate {
    struct watch *watch;
    const struct session *session;
    bool aloud;
    int file;                 /* the transcript, or -1 */
    struct buf told;          /* what is to be printed */
    uint64_t content;         /* octets of a letter that went by untold */
    bool content_from_client;
};

/* A new file for this dialogue; its number when another of the same second has the same name (relay). -1: none. */
static int open_transcript(const struct session *session, const char *folder)
{
    char when[32];
    time_t now = time(NULL);
    struct tm parts;
    int file = -1;
    if (durable_make_directory(folder) != 0)
        return -1;
    localtime_r(&now, &parts);
    strftime(when, sizeof when, "%Y-%m-%d-%H%M%S", &parts);
    for (int number = 1; file < 0 && number < SAME_NAMES && (number == 1 || errno == EEXIST); number++) {
        char *path = number == 1 ? mem_printf("%s/%s-%s", folder, when, session->id)
                                 : mem_printf("%s/%s-%s.%d", folder, when, session->id, number);
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        free(path);
    }
    return file;
}

struct narrate *narrate_new(enum watch_protocol protocol, const struct session *session, const struct config *config,
                            bool aloud)
{
    const char *folder = config_text(config, CONFIG_TRANSCRIPTS);
    int file = folder[0] != '\0' ? open_transcript(session, folder) : -1;
    if (folder[0] != '\0' && file < 0 && session->server != NULL)
        session_log(session, "no transcript in %s: %s", folder, strerror(errno));
    struct watch *watch = aloud || file >= 0 ? watch_new(protocol) : NULL;
    if (watch == NULL) {
        if (file >= 0)
            close(file);
        return NULL;
    }
    struct narrate *narrate = mem_alloc(sizeof *narrate);
    narrate->watch = watch;
    narrate->session = session;
    narrate->aloud = aloud;
    narrate->file = file;
    buf_init(&narrate->told, TOLD_MAX);
    return narrate;
}

void narrate_free(struct narrate *narrate)
{
    if (narrate == NULL)
        return;
    if (narrate->file >= 0)
        close(narrate->file);
    watch_free(narrate->watch);
    buf_free(&narrate->told);
    free(narrate);
}

static void add_speaker(struct narrate *narrate, bool from_client)
{
    buf_printf(&narrate->told, "%-14s %s ", narrate->session->id, from_client ? "C:" : "S:");
}

static void add_margin(struct narrate *narrate, const char *mark)
{
    buf_printf(&narrate->told, "%-14s    %s ", "", mark);
}

/* What was said. Of a secret, what stands before it (the verb) may be told. */
static void add_text(struct narrate *narrate, const struct watch_event *event)
{
    struct span text = event->text;
    size_t hidden = text.len;
    if (event->secret && event->word != NULL && event->argument.at != NULL && event->argument.at >= text.at &&
        event->argument.at <= text.at + text.len)
        hidden = (size_t)(event->argument.at - text.at);
    else if (event->secret)
        hidden = 0;
    size_t shown = hidden < LINE_SHOWN ? hidden : LINE_SHOWN;
    text_safe(&narrate->told, text.at, shown);
    if (hidden < text.len)
        buf_add_text(&narrate->told, _("(secret)"));
    else if (shown < text.len)
        buf_printf(&narrate->told, _("… (%zu octets)"), text.len);
    buf_add_text(&narrate->told, "\n");
}

static void end_content(struct narrate *narrate)
{
    if (narrate->content == 0)
        return;
    add_speaker(narrate, narrate->content_from_client);
    buf_printf(&narrate->told, _("(%llu octets of a letter)\n"), (unsigned long long)narrate->content);
    narrate->content = 0;
}

static void tell(struct narrate *narrate, const struct watch_event *event)
{
    if (event->kind == WATCH_CONTENT) {
        narrate->content += event->length;
        narrate->content_from_client = event->from_client;
        return;
    }
    end_content(narrate);
    add_speaker(narrate, event->from_client);
    add_text(narrate, event);
    bool more_lines = event->kind == WATCH_REPLY && !event->last_line;
    const struct word *word = event->kind == WATCH_CONTENT_END ? event->detail : event->word;
    if (word != NULL && !more_lines) {
        add_margin(narrate, "=");
        buf_printf(&narrate->told, "%s (%s)\n", _(word->meaning), word->rfc);
    }
    if (event->error != NULL) {
        add_margin(narrate, "!");
        buf_printf(&narrate->told, "%s\n", _(event->error));
    }
    if (event->state_before != NULL && event->state_after != NULL &&
        strcmp(event->state_before, event->state_after) != 0) {
        add_margin(narrate, ">");
        buf_printf(&narrate->told, "%s -> %s", event->state_before, event->state_after);
        if (event->move != NULL && event->move->rfc != NULL)
            buf_printf(&narrate->told, "  (%s)", event->move->rfc);
        buf_add_text(&narrate->told, "\n");
    }
}

/* A transcript ends where it cannot be written; the dialogue does not. */
static void print(struct narrate *narrate)
{
    if (narrate->aloud)
        durable_write(STDOUT_FILENO, narrate->told.data, narrate->told.len);
    if (narrate->file >= 0 && durable_write(narrate->file, narrate->told.data, narrate->told.len) != 0) {
        close(narrate->file);
        narrate->file = -1;
    }
    buf_clear(&narrate->told);
}

void narrate_bytes(struct narrate *narrate, bool from_client, const void *data, size_t size)
{
    if (narrate == NULL)
        return;
    struct watch_event event;
    watch_feed(narrate->watch, from_client, data, size);
    while (watch_next(narrate->watch, &event) == 1)
        tell(narrate, &event);
    if (narrate->told.len > 0)
        print(narrate);
}

void narrate_tls(struct narrate *narrate)
{
    if (narrate == NULL)
        return;
    watch_tls_started(narrate->watch);
    buf_printf(&narrate->told, "%-14s -- %s (%s)\n", narrate->session->id,
               _("TLS stands; what follows was deciphered"), narrate->session->tls_text);
    print(narrate);
}
