#include "command_screen.h"

#include <stdlib.h>
#include <string.h>

#include "client/command_send.h"
#include "client/mua.h"
#include "client/people.h"
#include "core/mem.h"
#include "io/i18n.h"

/* The user's own address: the login with the server's name, unless it has a domain already. */
static char *own_address(const struct account *account)
{
    if (account->protocol == ACCOUNT_MAILDIR || account->user == NULL)
        return people_self();
    for (const char *at = account->user; *at != '\0'; at++)
        if (*at == '@')
            return mem_text(account->user);
    return mem_printf("%s@%s", account->user, account->host);
}

/* What the screens work on. */
struct desk {
    struct run *run;
    struct mua *mua;
    struct account *accounts;
    struct mua_account *names;
    size_t count;
    struct account via;
    struct mail_watcher watcher;
};

static const struct mail_watcher *watcher(const struct desk *desk)
{
    return desk->run->transcript != NULL ? &desk->run->watcher : &desk->watcher;
}

static struct mail_source *open_account(void *context, size_t account, int cancel_fd, struct buf *error)
{
    struct desk *desk = context;
    return source_open(&desk->accounts[account], watcher(desk), cancel_fd, error);
}

static int send_draft(void *context, struct span draft, struct buf *error)
{
    struct desk *desk = context;
    return command_send_draft(&desk->via, watcher(desk), draft, error);
}

static int bounce(void *context, struct span letter, const char *to, struct buf *error)
{
    struct desk *desk = context;
    return command_bounce(&desk->via, watcher(desk), desk->names[0].address, letter, to, error);
}

static int read_account(struct desk *desk, const char *text)
{
    struct run *run = desk->run;
    struct buf label;
    desk->accounts = mem_grow(desk->accounts, desk->count + 1, sizeof *desk->accounts);
    desk->names = mem_grow(desk->names, desk->count + 1, sizeof *desk->names);
    struct account *account = &desk->accounts[desk->count];
    struct mua_account *name = &desk->names[desk->count++];
    *name = (struct mua_account){ .name = NULL };
    if (options_account(run->options, text, run_usual_account(), account, &run->error) != 0)
        return -1;
    buf_init(&label, 2000);
    if (account->protocol == ACCOUNT_MAILDIR)
        buf_add_text(&label, account->folder);
    else
        buf_printf(&label, "%s@%s", account->user != NULL ? account->user : "", account->host);
    *name = (struct mua_account){ mem_text(buf_text(&label)), own_address(account) };
    buf_free(&label);
    return 0;
}

/* An account, not the name of a command that does not exist. */
static bool is_account(const char *word)
{
    return strchr(word, '/') != NULL || strchr(word, ':') != NULL || strcmp(word, ".") == 0;
}

static int read_accounts(struct desk *desk)
{
    const struct options *options = desk->run->options;
    for (size_t i = 1; i < options->count; i++)
        if (!is_account(options->words[i]) || !is_account(options->words[0]))
            return run_wrong(_("\"%s\" is no command; see mailclient --help"), options->words[0]);
    for (size_t i = 0; i < options->count || i == 0; i++)
        if (read_account(desk, i < options->count ? options->words[i] : NULL) != 0)
            return RUN_BAD;
    return command_via(options, &desk->via, &desk->run->error) == 0 ? RUN_GOOD : RUN_BAD;
}

/* $XDG_CONFIG_HOME/pli/keys, else ~/.config/pli/keys. */
static char *keys_file(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config != NULL && *config == '/')
        return mem_printf("%s/pli/keys", config);
    return home != NULL && *home != '\0' ? mem_printf("%s/.config/pli/keys", home) : NULL;
}

int command_screen(struct run *run)
{
    struct desk desk = { .run = run };
    int status = read_accounts(&desk);
    if (status == RUN_GOOD) {
        char *keys = keys_file();
        const struct mua_options options = {
            .accounts = desk.names, .account_count = desk.count, .keys_file = keys, .open = open_account,
            .send = send_draft, .bounce = bounce, .context = &desk, .recording = getenv("PLI_RECORDING"),
        };
        desk.mua = mua_new(&options);
        desk.watcher = mua_watcher(desk.mua);
        status = mua_run(desk.mua, &run->error) == 0 ? RUN_GOOD : RUN_BAD;
        mua_free(desk.mua);
        free(keys);
    }
    for (size_t i = 0; i < desk.count; i++) {
        account_free(&desk.accounts[i]);
        free(desk.names[i].name);
        free(desk.names[i].address);
    }
    account_free(&desk.via);
    free(desk.accounts);
    free(desk.names);
    return status;
}
