#include "command_screen.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/accounts.h"
#include "client/command_send.h"
#include "client/mua.h"
#include "client/password.h"
#include "client/people.h"
#include "client/wizard.h"
#include "core/mem.h"
#include "io/i18n.h"

/* The user's own address: the login with the server's name (RFC 5321 §4.1.3), unless it has a domain already. */
static char *own_address(const struct account *account)
{
    if (account->protocol == ACCOUNT_MAILDIR || account->user == NULL)
        return people_self();
    for (const char *at = account->user; *at != '\0'; at++)
        if (*at == '@')
            return mem_text(account->user);
    bool six = strchr(account->host, ':') != NULL;
    if (!six && account->host[strspn(account->host, "0123456789.")] != '\0')
        return mem_printf("%s@%s", account->user, account->host);
    if (strncmp(account->host, "127.", 4) == 0 || strcmp(account->host, "::1") == 0)
        return mem_printf("%s@localhost", account->user);
    return mem_printf("%s@[%s%s]", account->user, six ? "IPv6:" : "", account->host);
}

/* An account: one of the file, or what the command line names. */
struct place {
    struct mail_account *row;    /* NULL: of the command line, in and out are ready */
    struct account in, out;
};

/* What the screens work on. */
struct desk {
    struct run *run;
    struct mua *mua;
    struct accounts file;
    char *path;                  /* of the file */
    struct place *places;
    struct mua_account *names;
    size_t count;
    const char *link;            /* mailto:, of the command line; NULL */
    size_t current;              /* whose server is being talked to */
    bool sending;
    struct mail_watcher watcher;
};

static const struct mail_watcher *watcher(const struct desk *desk)
{
    return desk->run->transcript != NULL ? &desk->run->watcher : &desk->watcher;
}

/* The server of a place, with a password if it wants one. In the network's thread. NULL with a sentence. */
static struct account *server_of(struct desk *desk, bool out, struct buf *error)
{
    struct place *place = &desk->places[desk->current];
    struct account *server = out ? &place->out : &place->in;
    desk->sending = out;
    if (place->row != NULL) {
        account_free(server);
        if (mail_account_server(place->row, out, server, error) != 0)
            return NULL;
    }
    if (server->user == NULL || server->password != NULL || server->protocol == ACCOUNT_MAILDIR)
        return server;
    char *who = mem_printf("%s@%s", server->user, server->host);
    char *password = mua_ask_password(desk->mua, who);
    free(who);
    if (password == NULL)
        buf_add_text(error, _("without a password there is no login"));
    account_set_password(server, password);
    password_free(password);
    return server->password != NULL ? server : NULL;
}

static struct mail_source *open_account(void *context, size_t account, int cancel_fd, struct buf *error)
{
    struct desk *desk = context;
    desk->current = account;
    struct account *server = server_of(desk, false, error);
    return server != NULL ? source_open(server, watcher(desk), cancel_fd, error) : NULL;
}

static enum send_result send_draft(void *context, const char *id, int cancel_fd, struct buf *error)
{
    struct desk *desk = context;
    const struct account *via = server_of(desk, true, error);
    return via != NULL ? command_send_draft(via, watcher(desk), cancel_fd, id, error) : SEND_FAILED;
}

static int bounce(void *context, struct span letter, const char *to, int cancel_fd, struct buf *error)
{
    struct desk *desk = context;
    const struct account *via = server_of(desk, true, error);
    const char *from = desk->names[desk->current].address;
    return via != NULL ? command_bounce(via, watcher(desk), cancel_fd, from, letter, to, error) : -1;
}

/* The screens' thread, while the network's waits. */
static void trust(void *context, const char *fingerprint)
{
    struct desk *desk = context;
    struct place *place = &desk->places[desk->current];
    struct account *server = desk->sending ? &place->out : &place->in;
    struct buf error;
    free(server->fingerprint);
    server->fingerprint = mem_text(fingerprint);
    if (place->row == NULL)
        return; /* for this run */
    buf_init(&error, 1000);
    mail_account_set(place->row, desk->sending ? "certificate-out" : "certificate-in", fingerprint);
    accounts_write(desk->path, &desk->file, &error);
    buf_free(&error);
}

static struct place *add_place(struct desk *desk, char *name, char *address)
{
    desk->places = mem_grow(desk->places, desk->count + 1, sizeof *desk->places);
    desk->names = mem_grow(desk->names, desk->count + 1, sizeof *desk->names);
    desk->names[desk->count] = (struct mua_account){ name, address, NULL, NULL };
    desk->places[desk->count] = (struct place){ .row = NULL };
    return &desk->places[desk->count++];
}

/* "rachida@localhost", or the path of a Maildir. */
static char *label_of(const struct account *account)
{
    if (account->protocol == ACCOUNT_MAILDIR)
        return mem_text(account->folder);
    return mem_printf("%s%s%s", account->user != NULL ? account->user : "", account->user != NULL ? "@" : "",
                      account->host);
}

static int read_url(struct desk *desk, const char *text)
{
    struct run *run = desk->run;
    struct account account;
    if (options_account(run->options, text, run_usual_account(), &account, &run->error) != 0) {
        account_free(&account);
        return -1;
    }
    if (run->options->cache) {
        free(account.cache);
        account.cache = accounts_cache_folder();
    }
    char *label = label_of(&account);
    for (size_t i = 0; i < desk->count; i++)
        if (strcmp(desk->names[i].name, label) == 0) { /* the same person by another protocol */
            char *longer = mem_printf("%s (%.*s)", label, (int)strcspn(text != NULL ? text : "", ":"),
                                      text != NULL ? text : "");
            free(label);
            label = longer;
            break;
        }
    struct place *place = add_place(desk, label, own_address(&account));
    place->in = account;
    return command_via(run->options, &place->out, &run->error);
}

static void use_file(struct desk *desk)
{
    for (size_t i = 0; i < desk->file.count; i++) {
        const char *from = desk->file.rows[i].from;
        add_place(desk, mem_text(desk->file.rows[i].name), from != NULL ? mem_text(from) : people_self());
        desk->names[desk->count - 1].sent = desk->file.rows[i].sent;
        desk->names[desk->count - 1].signature = mail_account_signature(&desk->file.rows[i]);
    }
    for (size_t i = 0; i < desk->file.count; i++)
        desk->places[i].row = &desk->file.rows[i];
}

static int first(void *context, struct views *views)
{
    struct desk *desk = context;
    if (wizard_run(views, desk->path, &desk->file) != 0)
        return -1;
    use_file(desk);
    mua_set_accounts(desk->mua, desk->names, desk->count);
    return 0;
}

/* An account, not the name of a command that does not exist. */
static bool is_account(const char *word)
{
    return strchr(word, '/') != NULL || strchr(word, ':') != NULL || strcmp(word, ".") == 0;
}

/* Those of the command line, of the environment, or of the file; none of these: the wizard will ask. */
static int read_accounts(struct desk *desk)
{
    const struct options *options = desk->run->options;
    for (size_t i = 1; i < options->count; i++)
        if (!is_account(options->words[i]) || !is_account(options->words[0]))
            return run_wrong(_("\"%s\" is no command; see mailclient --help"), options->words[0]);
    for (size_t i = 0; i < options->count; i++)
        if (strncasecmp(options->words[i], "mailto:", 7) == 0)
            desk->link = options->words[i];
        else if (read_url(desk, options->words[i]) != 0)
            return RUN_BAD;
    if (desk->count > 0)
        return RUN_GOOD;
    if (getenv("MAILCLIENT_ACCOUNT") != NULL)
        return read_url(desk, NULL) == 0 ? RUN_GOOD : RUN_BAD;
    if (accounts_read(desk->path, &desk->file, &desk->run->error) != 0)
        return RUN_BAD;
    use_file(desk);
    return RUN_GOOD;
}

/* $XDG_CONFIG_HOME/pli/keys, beside the accounts. */
static char *keys_file(const char *accounts)
{
    const char *slash = strrchr(accounts, '/');
    return mem_printf("%.*s/keys", slash != NULL ? (int)(slash - accounts) : 1, slash != NULL ? accounts : ".");
}

static void free_desk(struct desk *desk)
{
    for (size_t i = 0; i < desk->count; i++) {
        account_free(&desk->places[i].in);
        account_free(&desk->places[i].out);
        free(desk->names[i].name);
        free(desk->names[i].address);
        free(desk->names[i].signature);
    }
    accounts_free(&desk->file);
    free(desk->places);
    free(desk->names);
    free(desk->path);
}

int command_screen(struct run *run)
{
    struct desk desk = { .run = run, .path = accounts_path() };
    int status = read_accounts(&desk);
    if (status == RUN_GOOD) {
        char *keys = keys_file(desk.path);
        const struct mua_options options = {
            .accounts = desk.names, .account_count = desk.count, .keys_file = keys, .open = open_account,
            .send = send_draft, .bounce = bounce, .trust = trust, .first = first, .context = &desk,
            .recording = getenv("PLI_RECORDING"), .link = desk.link,
        };
        desk.mua = mua_new(&options);
        desk.watcher = mua_watcher(desk.mua);
        status = mua_run(desk.mua, &run->error) == 0 ? RUN_GOOD : RUN_BAD;
        mua_free(desk.mua);
        free(keys);
    }
    free_desk(&desk);
    return status;
}
