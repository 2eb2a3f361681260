#include "command_screen.h"

#include <stdlib.h>

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

int command_screen(struct run *run)
{
    struct buf label;
    if (run->options->count > 1)
        return run_wrong(_("\"%s\" is no command; see mailclient --help"), run->options->words[0]);
    if (run_account(run, 0) != 0)
        return RUN_BAD;
    char *address = own_address(&run->account);
    buf_init(&label, 2000);
    account_write(&run->account, &label);
    struct mua_options options = { .account = buf_text(&label), .address = address, .send = command_send_draft,
                                   .context = (void *)run->options };
    struct mua *mua = mua_new(&options);
    struct mail_watcher watcher = mua_watcher(mua);
    int status = RUN_BAD;
    run->source = source_open(&run->account, run->transcript != NULL ? &run->watcher : &watcher, -1, &run->error);
    if (run->source != NULL && mua_run(mua, run->source, &run->error) == 0)
        status = RUN_GOOD;
    source_close(run->source); /* it may still call the watcher */
    run->source = NULL;
    mua_free(mua);
    buf_free(&label);
    free(address);
    return status;
}
