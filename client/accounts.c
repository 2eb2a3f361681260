#include "accounts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/people.h"
#include "core/mem.h"
#include "core/utf8.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { FILE_MAX = 1 << 20, MAX_ACCOUNTS = 100, SIGNATURE_MAX = 64 << 10, PASSWORD_MAX = 1000 };

static const struct setting {
    const char *name;
    size_t text, flag;      /* the place in struct mail_account; one of them */
} settings[] = {
#define TEXT(name, member) { name, offsetof(struct mail_account, member) + 1, 0 }
#define FLAG(name, member) { name, 0, offsetof(struct mail_account, member) + 1 }
    TEXT("from", from), TEXT("in", in), TEXT("out", out), TEXT("signature", signature), TEXT("sent", sent),
    TEXT("drafts", drafts), TEXT("trash", trash), TEXT("archive", archive), TEXT("password", password),
    TEXT("password-command", password_command), TEXT("auth", auth), TEXT("ca-file", ca_file),
    TEXT("certificate-in", fingerprint_in), TEXT("certificate-out", fingerprint_out),
    FLAG("clear-password", clear_password), FLAG("require-tls", require_tls),
};

enum { SETTINGS = sizeof settings / sizeof settings[0] };

static char **text_of(const struct mail_account *account, const struct setting *setting)
{
    return (void *)((char *)account + setting->text - 1);
}

static bool *flag_of(const struct mail_account *account, const struct setting *setting)
{
    return (void *)((char *)account + setting->flag - 1);
}

/* XDG's folders: the variable, else a folder of the home. */
static char *folder_of(const char *variable, const char *below)
{
    const char *folder = getenv(variable), *home = getenv("HOME");
    if (folder != NULL && *folder == '/')
        return mem_printf("%s/pli", folder);
    return mem_printf("%s/%s/pli", home != NULL ? home : ".", below);
}

char *accounts_path(void)
{
    char *folder = folder_of("XDG_CONFIG_HOME", ".config"), *path = mem_printf("%s/accounts", folder);
    free(folder);
    return path;
}

char *accounts_cache_folder(void)
{
    return folder_of("XDG_CACHE_HOME", ".cache");
}

char *accounts_data_folder(void)
{
    return folder_of("XDG_DATA_HOME", ".local/share");
}

static void wipe(char **text)
{
    if (*text != NULL)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

static void free_account(struct mail_account *account)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].text != 0)
            wipe(text_of(account, &settings[i]));
    free(account->name);
}

void accounts_free(struct accounts *accounts)
{
    for (size_t i = 0; i < accounts->count; i++)
        free_account(&accounts->rows[i]);
    free(accounts->rows);
    *accounts = (struct accounts){ NULL, 0 };
}

struct mail_account *accounts_find(const struct accounts *accounts, const char *name)
{
    for (size_t i = 0; i < accounts->count; i++)
        if (strcmp(accounts->rows[i].name, name) == 0)
            return &accounts->rows[i];
    return NULL;
}

static struct mail_account *add(struct accounts *accounts, const char *name)
{
    accounts->rows = mem_grow(accounts->rows, accounts->count + 1, sizeof *accounts->rows);
    struct mail_account *account = &accounts->rows[accounts->count++];
    *account = (struct mail_account){ .name = mem_text(name) };
    return account;
}

/* Most providers call their server mail.DOMAIN; at this machine Pli's own listens. */
struct mail_account *accounts_add(struct accounts *accounts, const char *name, const char *address)
{
    struct people people = { NULL, 0 };
    struct buf unheard;
    buf_init(&unheard, 1000);
    struct mail_account *account = add(accounts, name);
    account->from = mem_text(address);
    if (people_parse(address, "localhost", &people, &unheard) == 0 && people.count == 1) {
        const char *mailbox = people.rows[0].mailbox, *domain = people_domain(mailbox);
        bool here = strcmp(domain, "localhost") == 0;
        int length = (int)(strrchr(mailbox, '@') - mailbox);
        account->in = here ? mem_printf("imap://%.*s@localhost:2143", length, mailbox)
                           : mem_printf("imaps://%s@mail.%s", mailbox, domain);
        account->out = here ? mem_printf("smtp://localhost:2525")
                            : mem_printf("submission://%s@mail.%s", mailbox, domain);
        for (char **url = &account->in; !here && url != NULL; url = url == &account->in ? &account->out : NULL) {
            char *at = strchr(*url, '@'), *rest = mem_text(at + 1); /* the @ of the address is no @ of the URL */
            char *whole = mem_printf("%.*s%%40%s", (int)(at - *url), *url, rest);
            free(rest);
            free(*url);
            *url = whole;
        }
    }
    people_free(&people);
    buf_free(&unheard);
    return account;
}

int mail_account_set(struct mail_account *account, const char *name, const char *value)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (strcmp(settings[i].name, name) != 0)
            continue;
        if (settings[i].text != 0) {
            char *copy = mem_text(value);
            wipe(text_of(account, &settings[i]));
            *text_of(account, &settings[i]) = copy;
            return 0;
        }
        if (value != NULL && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
            return -2;
        *flag_of(account, &settings[i]) = value != NULL && strcmp(value, "yes") == 0;
        return 0;
    }
    return -1;
}

/* ---- the file ---- */

struct reading {
    const char *path;
    unsigned line;
    bool secret_seen;
    struct accounts *accounts;
    struct buf *error;
};

__attribute__((format(printf, 2, 3)))
static int wrong(const struct reading *reading, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buf_printf(reading->error, "%s:%u: %s", reading->path, reading->line, text);
    return -1;
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    for (size_t length = strlen(text); length > 0 && strchr(" \t\r", text[length - 1]) != NULL;)
        text[--length] = '\0';
    return text;
}

static bool is_name(const char *name)
{
    if (*name == '\0' || strlen(name) > 60)
        return false;
    for (; *name != '\0'; name++)
        if ((unsigned char)*name < ' ' || *name == 127 || *name == ']')
            return false;
    return true;
}

static int read_head(struct reading *reading, char *line)
{
    size_t length = strlen(line);
    if (line[length - 1] != ']')
        return wrong(reading, _("a name of an account ends with ]: %s"), line);
    line[length - 1] = '\0';
    const char *name = trim(line + 1);
    if (!is_name(name))
        return wrong(reading, _("no account can have that name: %s"), name);
    if (accounts_find(reading->accounts, name) != NULL)
        return wrong(reading, _("there are two accounts with the name %s"), name);
    if (reading->accounts->count == MAX_ACCOUNTS)
        return wrong(reading, _("%s is one account too many"), name);
    add(reading->accounts, name);
    return 0;
}

static int read_line(struct reading *reading, char *line)
{
    line = trim(line);
    if (*line == '\0' || *line == '#')
        return 0;
    if (!utf8_valid(line, strlen(line)))
        return wrong(reading, _("the line is not UTF-8"));
    if (*line == '[')
        return read_head(reading, line);
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return wrong(reading, _("a line is [name], or setting = value, not: %s"), line);
    *equals = '\0';
    const char *name = trim(line), *value = trim(equals + 1);
    if (reading->accounts->count == 0)
        return wrong(reading, _("%s stands before any [name]"), name);
    for (const char *at = value; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            return wrong(reading, _("there is a control character in the value of %s"), name);
    int status = mail_account_set(&reading->accounts->rows[reading->accounts->count - 1], name, value);
    reading->secret_seen |= strcmp(name, "password") == 0;
    if (status == -1)
        return wrong(reading, _("there is no setting %s; from, in, out and signature are some"), name);
    return status == -2 ? wrong(reading, _("%s is yes or no"), name) : 0;
}

int accounts_read(const char *path, struct accounts *accounts, struct buf *error)
{
    struct reading reading = { .path = path, .accounts = accounts, .error = error };
    struct buf text;
    struct stat status;
    int result = 0;
    *accounts = (struct accounts){ NULL, 0 };
    buf_init(&text, FILE_MAX);
    if (durable_read(path, &text) != 0) {
        bool missing = errno == ENOENT;
        if (!missing)
            buf_printf(error, "%s: %s", path, strerror(errno));
        buf_free(&text);
        return missing ? 0 : -1;
    }
    char *rest = (char *)buf_text(&text), *line;
    if (strlen(rest) != text.len)
        result = wrong(&reading, _("the file holds a zero byte"));
    while (result == 0 && (line = strsep(&rest, "\n")) != NULL) {
        reading.line++;
        result = read_line(&reading, line);
    }
    if (result == 0 && reading.secret_seen && stat(path, &status) == 0 && (status.st_mode & 077) != 0) {
        buf_printf(error, _("%s holds a password, and others may read it: chmod 600 %s"), path, path);
        result = -1;
    }
    explicit_bzero(text.data, text.cap);
    buf_free(&text);
    return result;
}

static void write_account(const struct mail_account *account, struct buf *out)
{
    buf_printf(out, "%s[%s]\n", out->len > 0 ? "\n" : "", account->name);
    for (size_t i = 0; i < SETTINGS; i++) {
        const char *text = settings[i].text != 0 ? *text_of(account, &settings[i]) : NULL;
        if (settings[i].flag != 0 && *flag_of(account, &settings[i]))
            text = "yes";
        if (text != NULL)
            buf_printf(out, "%s = %.*s\n", settings[i].name, (int)strcspn(text, "\r\n"), text);
    }
}

int accounts_write(const char *path, const struct accounts *accounts, struct buf *error)
{
    struct buf out;
    const char *slash = strrchr(path, '/');
    char *folder = slash != NULL ? mem_copy(path, (size_t)(slash - path)) : mem_text(".");
    buf_init(&out, FILE_MAX);
    for (size_t i = 0; i < accounts->count; i++)
        write_account(&accounts->rows[i], &out);
    int status = durable_make_directory(folder) == 0 ? durable_replace(path, out.data, out.len, 0600) : -1;
    if (status != 0)
        buf_printf(error, "%s: %s", path, strerror(errno));
    if (out.data != NULL)
        explicit_bzero(out.data, out.cap);
    buf_free(&out);
    free(folder);
    return status;
}

/* ---- using one ---- */

/* The first line that a command prints. NULL with a sentence. */
static char *ask_command(const char *command, struct buf *error)
{
    char line[PASSWORD_MAX] = "";
    FILE *pipe = popen(command, "re");
    bool got = pipe != NULL && fgets(line, sizeof line, pipe) != NULL;
    int status = pipe != NULL ? pclose(pipe) : -1;
    line[strcspn(line, "\r\n")] = '\0';
    char *password = got && status == 0 && *line != '\0' ? mem_text(line) : NULL;
    explicit_bzero(line, sizeof line);
    if (password == NULL)
        buf_printf(error, _("the password-command gives no password: %s"), command);
    return password;
}

int mail_account_server(const struct mail_account *account, bool out, struct account *server, struct buf *error)
{
    const char *url = out ? account->out : account->in;
    *server = (struct account){ .protocol = ACCOUNT_MAILDIR };
    if (url == NULL) {
        buf_printf(error, _("the account %s does not say \"%s\""), account->name, out ? "out" : "in");
        return -1;
    }
    if (account_parse(url, server, error) != 0)
        return -1;
    if (account->require_tls && server->tls == ACCOUNT_TLS_OFFERED)
        server->tls = ACCOUNT_TLS_REQUIRED;
    server->clear_password = account->clear_password;
    server->ca_file = mem_text(account->ca_file);
    server->fingerprint = mem_text(out ? account->fingerprint_out : account->fingerprint_in);
    server->cache = accounts_cache_folder();
    if (account->auth != NULL) {
        free(server->login);
        server->login = mem_text(account->auth);
    }
    if (server->user == NULL || server->password != NULL)
        return 0;
    char *password = account->password != NULL         ? mem_text(account->password)
                     : account->password_command != NULL ? ask_command(account->password_command, error)
                                                         : NULL;
    account_set_password(server, password);
    bool failed = password == NULL && account->password_command != NULL;
    wipe(&password);
    return failed ? -1 : 0;
}

char *mail_account_signature(const struct mail_account *account)
{
    struct buf text;
    const char *home = getenv("HOME"), *path = account->signature;
    if (path == NULL)
        return NULL;
    char *whole = path[0] == '~' && path[1] == '/' && home != NULL ? mem_printf("%s%s", home, path + 1)
                                                                   : mem_text(path);
    buf_init(&text, SIGNATURE_MAX);
    char *signature = durable_read(whole, &text) == 0 ? mem_text(buf_text(&text)) : NULL;
    buf_free(&text);
    free(whole);
    return signature;
}
