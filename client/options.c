#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/password.h"
#include "core/mem.h"
#include "io/command_line.h"
#include "io/i18n.h"

enum {
    CA_FILE = COMMAND_LETTERS, ACCEPT_ANY, CLEAR_PASSWORD, NO_TLS, REQUIRE_TLS, PASSWORD_FILE, AUTH, TRANSCRIPT,
    TIMEOUT, VIA, SORT, LIMIT, CACHE, DELETE_FETCHED
};

static const struct command_option rows[] = {
    { "subject", 's', N_("SUBJECT"), N_("send: the subject") },
    { "attach", 'a', N_("FILE"), N_("send: attach a file; give it several times") },
    { "from", 'f', N_("ADDRESS"), N_("send: who the letter is from") },
    { "cc", 'c', N_("ADDRESSES"), N_("send: who gets a copy") },
    { "bcc", 'b', N_("ADDRESSES"), N_("send: who gets a copy without the others knowing") },
    { "via", VIA, N_("URL"), N_("send: the mail server (smtp://localhost:2525)") },
    { "password-file", PASSWORD_FILE, N_("FILE"), N_("the password is the first line of FILE") },
    { "auth", AUTH, N_("HOW"), N_("log in by PLAIN, LOGIN, SCRAM-SHA-256, or USER (POP3's USER and PASS)") },
    { "ca-file", CA_FILE, N_("FILE"), N_("trust these certificates instead of the system's") },
    { "accept-any-certificate", ACCEPT_ANY, NULL, N_("do not verify the server's certificate") },
    { "require-tls", REQUIRE_TLS, NULL, N_("give up when the server offers no TLS") },
    { "no-tls", NO_TLS, NULL, N_("speak in the clear, also when the server offers TLS") },
    { "clear-password", CLEAR_PASSWORD, NULL, N_("send the password in the clear to any server") },
    { "transcript", TRANSCRIPT, N_("FILE"), N_("write the dialogue to FILE (-: standard error), without the secrets") },
    { "sort", SORT, N_("ORDER"), N_("list: by threads, date, from, to, subject, size, flagged, arrival; reverse-...") },
    { "limit", LIMIT, N_("PATTERN"), N_("list: only letters that fit: ~f alice, ~s test, ~F, ~d <3d, ~b text") },
    { "cache", CACHE, NULL, N_("keep what is known of the folder for the next time") },
    { "delete-fetched", DELETE_FETCHED, NULL, N_("fetch: letters that are safe in the Maildir go from the server") },
    { "timeout", TIMEOUT, N_("SECONDS"), N_("how long to wait for the server (30, or MAILCLIENT_TIMEOUT)") },
    { "help", 'h', NULL, N_("print this and end") },
    { "version", 'V', NULL, N_("print the version and end") },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

void options_help(FILE *out)
{
    fputs(_("Usage: mailclient [OPTION]... [ACCOUNT]...        the mail program on the screen\n"
            "       mailclient send [OPTION]... ADDRESS...     send a letter; the text is read from standard input\n"
            "       mailclient list [OPTION]... [ACCOUNT]      list the letters\n"
            "       mailclient read N [OPTION]... [ACCOUNT]    show letter N\n"
            "       mailclient get N [OPTION]... [ACCOUNT]     print letter N as it was sent\n"
            "       mailclient delete N [OPTION]... [ACCOUNT]  delete letter N\n"
            "       mailclient folders [OPTION]... [ACCOUNT]   list the folders\n"), out);
    fputs(_("       mailclient mailto:ADDRESS [ACCOUNT]...     write a letter, as a link on a page wants it\n"), out);
    fputs(_("       mailclient search PATTERN [ACCOUNT]        the numbers of the letters that fit\n"
            "       mailclient copy|move NUMBERS FOLDER [ACCOUNT]\n"
            "       mailclient flag NUMBERS seen|answered|flagged|deleted|draft|!seen... [ACCOUNT]\n"
            "       mailclient folder create|delete|rename|subscribe|unsubscribe NAME [TO] [ACCOUNT]\n"
            "       mailclient outbox [send|remove ID]         letters that wait to be sent, or may have been\n"), out);
    fputs(_("       mailclient fetch MAILDIR [ACCOUNT]         by POP3, what is new comes to the Maildir\n"), out);
    fputs(_("ACCOUNT is a URL, imap://USER@HOST:PORT/FOLDER or imaps:, pop3:, pop3s:, or the path of a Maildir.\n"
            "Without it, the environment variable MAILCLIENT_ACCOUNT counts; else on the screen the accounts in\n"
            "~/.config/pli/accounts, asked for at the first start, and for commands imap://localhost:2143 with\n"
            "your user name; for send, MAILCLIENT_VIA, else smtp://localhost:2525. An smtp: URL without a port is a\n"
            "mail domain, whose mail server is looked up; smtps: and submission: name the server itself. Called as\n"
            "sendmail, it takes a whole letter from standard input (-t -i -f ADDRESS).\n"), out);
    fputs(_("NUMBERS are as list and search show them: 1,3:5, or * for all; PATTERN is as for --limit. Keys of your\n"
            "own on the screen: lines such as \"bind x delete\" or \"unbind Q\" in ~/.config/pli/keys.\n"), out);
    fputs("\n", out);
    command_help(out, rows, ROWS, 33);
}

static int take_number(const char *what, const char *value, int *number, struct buf *error)
{
    char *end = NULL;
    errno = 0;
    long seconds = strtol(value, &end, 10);
    if (errno == 0 && *value != '\0' && *end == '\0' && seconds > 0 && seconds < 100000) {
        *number = (int)seconds;
        return 0;
    }
    buf_printf(error, _("%s wants a number of seconds, not \"%s\""), what, value);
    return -1;
}

static int take_file(struct options *options, const char *path, struct buf *error)
{
    if (options->file_count == OPTIONS_MAX_FILES) {
        buf_printf(error, _("more than %d files are too many for one letter"), OPTIONS_MAX_FILES);
        return -1;
    }
    options->files[options->file_count++] = path;
    return 0;
}

static int take(void *context, int id, const char *value, struct buf *error)
{
    struct options *options = context;
    switch (id) {
    case 's': options->subject = value; return 0;
    case 'a': return take_file(options, value, error);
    case 'f': options->from = value; return 0;
    case 'c': options->cc = value; return 0;
    case 'b': options->bcc = value; return 0;
    case VIA: options->via = value; return 0;
    case SORT: options->sort = value; return 0;
    case LIMIT: options->limit = value; return 0;
    case CACHE: options->cache = true; return 0;
    case DELETE_FETCHED: options->delete_fetched = true; return 0;
    case PASSWORD_FILE: options->password_file = value; return 0;
    case AUTH: options->login = value; return 0;
    case CA_FILE: options->ca_file = value; return 0;
    case ACCEPT_ANY: options->accept_any = true; return 0;
    case REQUIRE_TLS: options->require_tls = true; return 0;
    case NO_TLS: options->no_tls = true; return 0;
    case CLEAR_PASSWORD: options->clear_password = true; return 0;
    case TRANSCRIPT: options->transcript = value; return 0;
    case TIMEOUT: return take_number("--timeout", value, &options->timeout, error);
    case 'h': options->help = true; return 0;
    default: options->version = true; return 0;
    }
}

int options_parse(int argc, char **argv, struct options *options, struct buf *error)
{
    *options = (struct options){ .help = false };
    if (command_parse("mailclient", argc, argv, rows, ROWS, take, options, error) != 0)
        return -1;
    options->words = argv + optind;
    options->count = (size_t)(argc - optind);
    if (!options->no_tls || !options->require_tls)
        return 0;
    buf_add_text(error, _("--no-tls and --require-tls contradict each other"));
    return -1;
}

/* The many options of sendmail: those that change nothing here are taken and forgotten. */
int options_parse_sendmail(int argc, char **argv, struct options *options, struct buf *error)
{
    int found;
    *options = (struct options){ .help = false };
    optind = 0;
    while ((found = getopt(argc, argv, ":tif:r:F:b:o:O:B:N:R:V:X:e:q::vmnUGA:h:L:p:")) != -1) {
        switch (found) {
        case 't': options->raw.from_header = true; break;
        case 'i': options->raw.ignore_dots = true; break;
        case 'o': options->raw.ignore_dots |= strcmp(optarg, "i") == 0; break;
        case 'f':
        case 'r': options->raw.sender = optarg; break;
        case 'F': options->raw.name = optarg; break;
        case 'b':
            if (strcmp(optarg, "m") == 0)
                break;
            buf_printf(error, _("sendmail -b%s is not to be had here: only -bm, sending"), optarg);
            return -1;
        case '?':
        case ':': return command_unknown("mailclient", argc, argv, found, error);
        default: break;
        }
    }
    options->raw.recipients = (const char *const *)argv + optind;
    options->raw.count = (size_t)(argc - optind);
    return 0;
}

static int find_password(const struct options *options, struct account *account, struct buf *error)
{
    char *password;
    if (account->user == NULL || account->password != NULL || account->protocol == ACCOUNT_MAILDIR)
        return 0;
    if (options->password_file != NULL)
        password = password_read(options->password_file, error);
    else
        password = password_ask(account, error);
    if (password == NULL)
        return -1;
    account_set_password(account, password);
    password_free(password);
    return 0;
}

int options_account(const struct options *options, const char *text, const char *fallback, struct account *account,
                    struct buf *error)
{
    if (account_parse(text != NULL ? text : fallback, account, error) != 0)
        return -1;
    if (account->protocol == ACCOUNT_IMAP || account->protocol == ACCOUNT_POP3) {
        const struct passwd *entry = account->user == NULL ? getpwuid(getuid()) : NULL;
        if (entry != NULL)
            account->user = mem_text(entry->pw_name);
    }
    if (account->tls == ACCOUNT_TLS_OFFERED && options->no_tls)
        account->tls = ACCOUNT_TLS_NEVER;
    if (account->tls == ACCOUNT_TLS_OFFERED && options->require_tls)
        account->tls = ACCOUNT_TLS_REQUIRED;
    if (options->login != NULL) {
        free(account->login);
        account->login = mem_text(options->login);
    }
    account->ca_file = mem_text(options->ca_file);
    account->accept_any = options->accept_any;
    account->clear_password = options->clear_password;
    account->timeout = options->timeout;
    const char *patience = getenv("MAILCLIENT_TIMEOUT");
    if (account->timeout == 0 && patience != NULL &&
        take_number("MAILCLIENT_TIMEOUT", patience, &account->timeout, error) != 0)
        return -1;
    return find_password(options, account, error);
}
