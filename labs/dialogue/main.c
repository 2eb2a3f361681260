/*
 * main.c - dialogue: plays transcripts against a server or a client.
 *
 * Exit status: 0 nothing failed; 1 something did; 2 called wrongly, or a
 * dialogue is written wrongly, and nothing was run.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/net.h"
#include "io/text.h"
#include "jobs.h"
#include "options.h"

enum { SUCCESS = 0, FAILURE = 1, WRONG_USAGE = 2, NOTHING_RUN = 3, MAX_ERRORS = 1 << 20 };

struct teller {
    const struct settings *settings;
    struct totals totals;
    size_t number;
    json_t *dialogues;
    bool text;               /* people are told */
};

static void tell(void *context, const struct result *result)
{
    struct teller *teller = context;
    totals_add(&teller->totals, result);
    teller->number++;
    if (teller->settings->tap)
        report_tap(result, teller->number, stdout);
    else if (teller->text)
        report_text(result, teller->settings->verbose, stdout);
    if (teller->dialogues != NULL)
        json_array_append_new(teller->dialogues, report_json(result));
    fflush(stdout);
}

static int complain(struct buf *error, int status)
{
    fprintf(stderr, "dialogue: %s\n", buf_text(error));
    return status;
}

static int write_ready(const struct settings *settings, struct buf *error)
{
    struct net_address address = { .length = sizeof address.storage };
    char text[NET_TEXT];
    getsockname(settings->listening[0], (struct sockaddr *)&address.storage, &address.length);
    net_address_text(&address, text);
    fprintf(stderr, _("waiting for a client on %s\n"), text);
    if (settings->ready_file == NULL)
        return 0;
    FILE *file = fopen(settings->ready_file, "we");
    const char *port = strrchr(text, ' ');
    if (file != NULL && fprintf(file, "%s\n", port != NULL ? port + 1 : text) > 0 && fclose(file) == 0)
        return 0;
    buf_printf(error, _("cannot write %s: %s"), settings->ready_file, strerror(errno));
    return -1;
}

static int start_listening(struct settings *settings, struct buf *error)
{
    if (!settings->listens)
        return 0;
    const char *colon = strrchr(settings->listen, ':');
    char *host = colon != NULL ? mem_copy(settings->listen, (size_t)(colon - settings->listen))
                               : mem_text("127.0.0.1");
    int count = net_listen(host, colon != NULL ? colon + 1 : settings->listen, settings->listening,
                           SETTINGS_MAX_LISTENING, error);
    free(host);
    settings->listening_count = count > 0 ? (size_t)count : 0;
    return count > 0 ? write_ready(settings, error) : -1;
}

static void list(const struct script *script)
{
    struct result result;
    struct buf line;
    buf_init(&line, 4000);
    for (size_t test = 1; test <= script_tests(script); test++) {
        result_init(&result, script, test);
        buf_clear(&line);
        text_safe(&line, script->path, strlen(script->path));
        buf_printf(&line, "\t%zu\t", test);
        report_rfcs(script, &line);
        buf_add_text(&line, "\t");
        struct values *values = values_new();
        struct buf title;
        buf_init(&title, 1000);
        template_describe(&script->title, values, &title);
        text_safe(&line, title.data, title.len);
        puts(buf_text(&line));
        buf_free(&title);
        values_free(values);
        result_free(&result);
    }
    buf_free(&line);
}

static int run(struct script **scripts, size_t count, struct settings *settings, struct buf *error)
{
    bool json_only = settings->json != NULL && strcmp(settings->json, "-") == 0;
    struct teller teller = { .settings = settings, .text = !json_only,
                             .dialogues = settings->json != NULL ? json_array() : NULL };
    if (start_listening(settings, error) != 0)
        return complain(error, FAILURE);
    jobs_run(scripts, count, settings, tell, &teller);
    if (settings->tap)
        printf("1..%zu\n", teller.number);
    else if (teller.text)
        report_text_end(&teller.totals, stdout);
    int status = teller.totals.failed > 0 ? FAILURE : teller.totals.passed > 0 ? SUCCESS : NOTHING_RUN;
    if (teller.dialogues != NULL && report_json_write(teller.dialogues, &teller.totals, settings->json) != 0) {
        buf_printf(error, _("cannot write %s: %s"), settings->json, strerror(errno));
        status = complain(error, FAILURE);
    }
    json_decref(teller.dialogues);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    buf_add_text(error, _("the output could not be written"));
    return complain(error, FAILURE);
}

/* All are read before one is run: a mistake in the last is told at once. */
static int read_and_run(struct settings *settings, struct buf *error)
{
    struct script **scripts = mem_alloc(settings->file_count * sizeof *scripts);
    size_t count = 0;
    for (size_t i = 0; i < settings->file_count; i++) {
        struct script *script = script_read(settings->files[i], error);
        if (script != NULL)
            scripts[count++] = script;
    }
    int status = SUCCESS;
    if (count < settings->file_count) {
        fputs(buf_text(error), stderr);
        status = WRONG_USAGE;
    } else if (settings->list) {
        for (size_t i = 0; i < count; i++)
            list(scripts[i]);
    } else {
        status = run(scripts, count, settings, error);
    }
    for (size_t i = 0; i < count; i++)
        script_free(scripts[i]);
    free(scripts);
    return status;
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct buf error;
    int status = SUCCESS;
    i18n_start();
    buf_init(&error, MAX_ERRORS);
    if (options_parse(argc, argv, &settings, &error) != 0)
        status = complain(&error, WRONG_USAGE);
    else if (settings.help)
        options_help(stdout);
    else if (settings.help_language)
        options_help_language(stdout);
    else if (settings.version)
        puts("dialogue (Pli) " PLI_VERSION);
    else
        status = read_and_run(&settings, &error);
    settings_free(&settings);
    buf_free(&error);
    return status;
}
