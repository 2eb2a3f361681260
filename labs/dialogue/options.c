#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "functions.h"
#include "headers.h"
#include "io/command_line.h"
#include "io/i18n.h"
#include "keywords.h"

enum {
    CONNECT = COMMAND_LETTERS, LISTEN, SERVICES, ACCOUNTS, SET, PROFILE, MAILDIR, CAPTURE, CA_FILE, CERTIFICATE, KEY,
    TIMEOUT, JOBS, JSON, TAP, DISCREET, LANGUAGE, LIST, READY_FILE, HELP_LANGUAGE
};

enum { DEFAULT_TIMEOUT = 10, MAX_JOBS = 64 };

static const struct command_option rows[] = {
    { "connect", CONNECT, N_("[NAME=]HOST:PORT"), N_("test a server: where it is, for all services or for this one") },
    { "services", SERVICES, N_("FILE"), N_("the same for many: a line NAME ADDRESS PORT for each") },
    { "listen", LISTEN, N_("[HOST:]PORT"), N_("test a client: wait for it there (0: any free port)") },
    { "ready-file", READY_FILE, N_("FILE"), N_("with --listen: write the port there when waiting begins") },
    { "accounts", ACCOUNTS, N_("FILE"), N_("a line USER PASSWORD for each account; every dialogue takes its own") },
    { "set", SET, N_("NAME=VALUE"), N_("a value for all dialogues") },
    { "profile", PROFILE, N_("FILE"), N_("what this server lawfully lacks") },
    { "maildir", MAILDIR, N_("PATTERN"), N_("where the Maildir of user %u is") },
    { "capture", CAPTURE, N_("FILE"), N_("the recording made meanwhile, for rules about packets") },
    { "ca-file", CA_FILE, N_("FILE"), N_("certificates to trust, for tls-is: trusted=yes") },
    { "certificate", CERTIFICATE, N_("FILE"), N_("with --listen: our certificate") },
    { "key", KEY, N_("FILE"), N_("with --listen: its key") },
    { "timeout", TIMEOUT, N_("SECONDS"), N_("how long an answer may take (10)") },
    { "jobs", JOBS, N_("NUMBER"), N_("so many dialogues at once (1)") },
    { "tap", TAP, NULL, N_("print TAP") },
    { "json", JSON, N_("FILE"), N_("write the results as JSON too (-: instead of the text)") },
    { "discreet", DISCREET, NULL, N_("of what failed tell only state, reading and hint: for hidden tests") },
    { "verbose", 'v', NULL, N_("print what was said in dialogues that passed, too") },
    { "list", LIST, NULL, N_("run nothing: print file, test, RFC sections and title, with tabs between") },
    { "lang", LANGUAGE, N_("LANGUAGE"), N_("en or fr") },
    { "help-language", HELP_LANGUAGE, NULL, N_("print the words of the dialogue language and end") },
    { "help", 'h', NULL, N_("print this and end") },
    { "version", 'V', NULL, N_("print the version and end") },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

void options_help(FILE *out)
{
    fputs(_("Usage: dialogue [OPTION]... FILE.dialogue...\n"
            "Plays transcripts of mail protocols: the lines C: against a server, or with --listen the lines S: against\n"
            "a client, and says whether the other side answers as it is written. Exit status: 0 all passed, 1 some\n"
            "failed, 2 called or written wrongly, 3 none could be run.\n"), out);
    fputs("\n", out);
    command_help(out, rows, ROWS, 35);
}

void options_help_language(FILE *out)
{
    const struct keyword *keyword;
    const struct speech_word *word;
    const struct function *function;
    fprintf(out, "%s\n  C: TEXT\n      %s\n  S: TEXT\n      %s\n", _("Lines that are said:"), _(keyword_client.meaning),
            _(keyword_server.meaning));
    for (size_t i = 0; (word = speech_word_row(i)) != NULL; i++)
        fprintf(out, strlen(word->name) == 1 ? "  S%s: TEXT\n      %s\n" : "  S %s: TEXT\n      %s\n", word->name,
                _(word->meaning));
    fprintf(out, "\n%s\n", _("Other lines:"));
    for (size_t i = 0; (keyword = keyword_row(i)) != NULL; i++)
        fprintf(out, "  %s%s%s\n      %s\n", keyword->name, keyword->arguments[0] != '\0' ? ": " : "",
                keyword->arguments, _(keyword->meaning));
    fprintf(out, "\n%s\n", _("Functions:"));
    for (size_t i = 0; (function = function_row(i)) != NULL; i++)
        fprintf(out, "  ${%s %s}\n      %s\n", function->name, function->arguments, _(function->meaning));
}

static int take_set(struct settings *settings, const char *value, struct buf *error)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value) {
        buf_printf(error, _("--set wants NAME=VALUE, not \"%s\""), value);
        return -1;
    }
    char *name = mem_copy(value, (size_t)(equals - value));
    values_set_text(settings->values, name, equals + 1);
    free(name);
    return 0;
}

static int take_jobs(struct settings *settings, const char *value, struct buf *error)
{
    char *end;
    long jobs = strtol(value, &end, 10);
    if (end == value || *end != '\0' || jobs < 1 || jobs > MAX_JOBS) {
        buf_printf(error, _("--jobs wants a number from 1 to %d, not \"%s\""), MAX_JOBS, value);
        return -1;
    }
    settings->jobs = (int)jobs;
    return 0;
}

static int take_timeout(struct settings *settings, const char *value, struct buf *error)
{
    struct fault fault;
    if (header_seconds(span_of(value), &settings->timeout, &fault) == 0 && settings->timeout > 0)
        return 0;
    buf_printf(error, _("--timeout wants a number of seconds, not \"%s\""), value);
    return -1;
}

static int take_language(struct settings *settings, const char *value, struct buf *error)
{
    settings->language = value;
    if (i18n_choose(value) == 0)
        return 0;
    buf_printf(error, _("--lang wants en or fr, not \"%s\""), value);
    return -1;
}

static int take(void *context, int id, const char *value, struct buf *error)
{
    struct settings *settings = context;
    switch (id) {
    case CONNECT: return settings_add_service(settings, value, error);
    case SERVICES: return settings_read_services(settings, value, error);
    case ACCOUNTS: return settings_read_accounts(settings, value, error);
    case SET: return take_set(settings, value, error);
    case PROFILE: return profile_read(&settings->profile, value, settings->values, error);
    case TIMEOUT: return take_timeout(settings, value, error);
    case JOBS: return take_jobs(settings, value, error);
    case LANGUAGE: return take_language(settings, value, error);
    case LISTEN: settings->listen = value; settings->listens = true; return 0;
    case READY_FILE: settings->ready_file = value; return 0;
    case MAILDIR: settings->maildir = value; return 0;
    case CAPTURE: settings->capture = value; return 0;
    case CA_FILE: settings->ca_file = value; return 0;
    case CERTIFICATE: settings->certificate = value; return 0;
    case KEY: settings->key = value; return 0;
    case JSON: settings->json = value; return 0;
    case TAP: settings->tap = true; return 0;
    case DISCREET: settings->discreet = true; return 0;
    case LIST: settings->list = true; return 0;
    case HELP_LANGUAGE: settings->help_language = true; return 0;
    case 'v': settings->verbose = true; return 0;
    case 'h': settings->help = true; return 0;
    default: settings->version = true; return 0;
    }
}

/* What is wrong about the whole, or NULL. */
static const char *fault_of(const struct settings *settings)
{
    if (settings->help || settings->version || settings->help_language)
        return NULL;
    if (settings->file_count == 0)
        return _("which dialogues? Name at least one file; see dialogue --help");
    if (settings->listens && settings->service_count > 0)
        return _("--listen and --connect contradict each other: either a client is tested or a server");
    if (settings->discreet && settings->json != NULL)
        return _("--discreet and --json contradict each other: JSON tells everything");
    if (settings->tap && settings->json != NULL && strcmp(settings->json, "-") == 0)
        return _("--tap and --json - both want the standard output");
    return NULL;
}

int options_parse(int argc, char **argv, struct settings *settings, struct buf *error)
{
    *settings = (struct settings){ .timeout = DEFAULT_TIMEOUT, .jobs = 1, .values = values_new(),
                                   .lock = PTHREAD_MUTEX_INITIALIZER };
    values_set_text(settings->values, "domain", "localhost");
    values_set_text(settings->values, "client", "client.example");
    if (command_parse("dialogue", argc, argv, rows, ROWS, take, settings, error) != 0)
        return -1;
    settings->files = argv + optind;
    settings->file_count = (size_t)(argc - optind);
    if (settings->listens)
        settings->jobs = 1;
    const char *fault = fault_of(settings);
    if (fault == NULL)
        return 0;
    buf_add_text(error, fault);
    return -1;
}
