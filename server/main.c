/*
 * main.c - mailserver: the command line.
 *
 * Only here the process ends. What the words mean is in serve.c (run),
 * user_command.c (user), queue_command.c (queue) and here (check-config).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "server/arguments.h"
#include "server/listener.h"
#include "server/queue_command.h"
#include "server/serve.h"
#include "server/user_command.h"

enum { ERRORS_MAX = 64 * 1024, OPTION_ALL = 256, OPTION_READY, OPTION_NARRATE, OPTION_VERSION };

static int check_config(const struct arguments *arguments)
{
    struct buf errors, text;
    buf_init(&errors, ERRORS_MAX);
    buf_init(&text, ERRORS_MAX);
    int status = EXIT_BAD;
    struct config *config = arguments_config(arguments, &errors);
    if (config == NULL || listener_check(config, &errors) != 0) {
        complain(buf_text(&errors));
    } else {
        config_print(config, arguments->all, &text);
        fputs(buf_text(&text), stdout);
        status = EXIT_GOOD;
    }
    config_release(config);
    buf_free(&errors);
    buf_free(&text);
    return status;
}

static void help(void)
{
    fputs(_("mailserver: receives, relays, keeps and hands out letters by SMTP, POP3 and IMAP.\n"
            "\n"
            "  mailserver [OPTION]... [run]            serve, until it is stopped with Ctrl-C\n"
            "  mailserver [OPTION]... user add NAME    a new user; the password is asked for, or read from\n"
            "                                          standard input\n"
            "  mailserver [OPTION]... user passwd|remove NAME, user list\n"
            "  mailserver [OPTION]... queue list       the letters that wait for other servers, and why\n"
            "  mailserver [OPTION]... queue show|remove ID\n"
            "                                          print one of them; give it up without a report\n"
            "  mailserver [OPTION]... queue flush      try them all now\n"
            "  mailserver [OPTION]... check-config [--all]\n"
            "                                          check the settings; print those given, or all\n"
            "\n"
            "No settings are needed: everything is kept below the root folder, and the server\n"
            "listens on this machine only, on the ports below.\n"
            "\n"
            "  --root DIR         the folder of users, letters and certificate (default: ./mail)\n"
            "  --config FILE      settings as in Postfix' main.cf or Dovecot's; may be given again\n"
            "  -o NAME=VALUE      one setting, for example -o ports=standard\n"
            "  --narrate          tell each dialogue as it goes by, with states and RFC sections\n"
            "  --ready-file FILE  when ready, write lines \"NAME ADDRESS PORT\" to the file\n"
            "  --help, --version\n"
            "\n"), stdout);
    for (size_t i = 0; i < listener_count; i++)
        printf("  %-12s %5u (%3u)  %s\n", listener_table[i].name, listener_table[i].port,
               listener_table[i].standard_port, _(listener_table[i].meaning));
    fputs(_("\nSignals: SIGHUP reads the settings again, SIGTERM and SIGINT stop after the dialogues\n"
            "that are going on. With the variable SSLKEYLOGFILE, the keys of TLS are added to that file.\n"), stdout);
}

static int usage(void)
{
    fputs(_("Try: mailserver --help\n"), stderr);
    return EXIT_USAGE;
}

static void add_text(const char ***list, size_t *count, const char *text)
{
    *list = mem_grow(*list, *count + 1, sizeof **list);
    (*list)[(*count)++] = text;
}

/* -1: go on; else the exit code. */
static int parse(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        { "root", required_argument, NULL, 'r' },
        { "config", required_argument, NULL, 'c' },
        { "narrate", no_argument, NULL, OPTION_NARRATE },
        { "ready-file", required_argument, NULL, OPTION_READY },
        { "all", no_argument, NULL, OPTION_ALL },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, OPTION_VERSION },
        { NULL, 0, NULL, 0 },
    };
    int option;
    while ((option = getopt_long(argc, argv, "c:o:r:h", options, NULL)) != -1) {
        switch (option) {
        case 'r': arguments->root = optarg; break;
        case 'c': add_text(&arguments->files, &arguments->file_count, optarg); break;
        case 'o': add_text(&arguments->assignments, &arguments->assignment_count, optarg); break;
        case OPTION_NARRATE: arguments->narrate = true; break;
        case OPTION_READY: arguments->ready_file = optarg; break;
        case OPTION_ALL: arguments->all = true; break;
        case 'h': help(); return EXIT_GOOD;
        case OPTION_VERSION: printf("mailserver (Pli) %s\n", PLI_VERSION); return EXIT_GOOD;
        default: return usage();
        }
    }
    arguments->words = argv + optind;
    arguments->word_count = argc - optind;
    return -1;
}

static int dispatch(const struct arguments *arguments)
{
    const char *command = arguments->word_count > 0 ? arguments->words[0] : "run";
    if (strcmp(command, "run") == 0 && arguments->word_count <= 1)
        return serve(arguments);
    if (strcmp(command, "check-config") == 0 && arguments->word_count == 1)
        return check_config(arguments);
    if (strcmp(command, "user") == 0)
        return user_command(arguments);
    if (strcmp(command, "queue") == 0)
        return queue_command(arguments);
    complain(_("this command is not known: "));
    fprintf(stderr, "%s\n", command);
    return usage();
}

int main(int argc, char **argv)
{
    struct arguments arguments = { .root = "./mail" };
    i18n_start();
    int status = parse(argc, argv, &arguments);
    if (status < 0)
        status = dispatch(&arguments);
    free(arguments.files);
    free(arguments.assignments);
    return status;
}
