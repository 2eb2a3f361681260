/*
 * mua_consent.c - what only the user can decide, asked from the network's
 * thread: whether to trust a certificate, whether a password may cross the
 * network in the clear, and the password itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/mua_state.h"
#include "core/mem.h"
#include "core/tls.h"
#include "io/dialog.h"
#include "io/i18n.h"
#include "io/prompt.h"
#include "io/work.h"

enum { PASSWORD_MAX = 1024 };

struct consent {
    struct mua *mua;
    enum mail_consent what;
    const char *host, *problem;
    const struct tls_info *info;
    const char *who;
    char *password;
    bool agreed;
};

static void ask_certificate(struct consent *consent, struct views *views)
{
    const struct tls_info *info = consent->info;
    char *text = mem_printf(_("The certificate of %s does not hold: %s.\n\nIt is of %s\nfor the names %s\n"
                              "issued by %s\nvalid until %s\nSHA-256 %s\n\nSomebody on the way could be reading "
                              "along. Trust it only if you know by another way that this fingerprint is the server's."),
                            consent->host, consent->problem, info->subject, info->names, info->issuer, info->expires,
                            info->fingerprint);
    int answer = dialog_ask(views, _("Who is there?"), text, _("(o)nce  (a)lways this one  (n)o, give up"), "oan");
    free(text);
    consent->agreed = answer == 'o' || answer == 'a';
    if (answer == 'a' && consent->mua->options.trust != NULL)
        consent->mua->options.trust(consent->mua->options.context, info->fingerprint);
}

static void ask_consent(void *context, struct views *views)
{
    struct consent *consent = context;
    if (consent->what == MAIL_CONSENT_CERTIFICATE) {
        ask_certificate(consent, views);
        return;
    }
    char *text = mem_printf(_("%s offers no TLS here: the password would cross the network in the clear, and everybody "
                              "on the way could read it and use it."), consent->host);
    int answer = dialog_ask(views, _("In the clear?"), text, _("(s)end it nevertheless  (n)o, give up"), "sn");
    consent->agreed = answer == 's';
    free(text);
}

bool mua_consent(void *context, enum mail_consent what, const char *host, const struct tls_info *info,
                 const char *problem)
{
    struct consent consent = { .mua = context, .what = what, .host = host, .info = info, .problem = problem };
    work_ask(consent.mua->views, ask_consent, &consent);
    return consent.agreed;
}

static void ask_password(void *context, struct views *views)
{
    struct consent *consent = context;
    char text[PASSWORD_MAX] = "", *label = mem_printf(_("Password of %s:"), consent->who);
    const struct prompt prompt = { .label = label, .text = text, .size = sizeof text, .cursor = SIZE_MAX,
                                   .hidden = true };
    if (prompt_ask(views, &prompt) == 0)
        consent->password = mem_text(text);
    explicit_bzero(text, sizeof text);
    free(label);
}

char *mua_ask_password(struct mua *mua, const char *who)
{
    struct consent consent = { .mua = mua, .who = who };
    work_ask(mua->views, ask_password, &consent);
    return consent.password;
}

void mua_set_accounts(struct mua *mua, const struct mua_account *accounts, size_t count)
{
    mua->options.accounts = accounts;
    mua->options.account_count = count;
}
