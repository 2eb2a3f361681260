#include "client/wizard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/account.h"
#include "core/mem.h"
#include "io/dialog.h"
#include "io/i18n.h"
#include "io/prompt.h"
#include "io/reader.h"

enum { ANSWER_MAX = 512 };

/* What is behind the questions. */
static void head(void *context, struct buf *left, struct buf *right)
{
    (void)context, (void)right;
    buf_add_text(left, _("Pli mail: the first account"));
}

static void build(void *context, struct page *page, int columns)
{
    (void)context;
    int width = columns < 90 ? columns : 90;
    page_end(page);
    page_paragraph(page, TONE_PLAIN | PAINT_BOLD, width - 1, 2, span_of(_("Welcome.")));
    page_end(page);
    page_paragraph(page, TONE_PLAIN, width - 1, 2, span_of(
        _("Four questions, each with a guess that you can change: your name, your address, the server that keeps your "
          "letters, and the server that takes those you write.")));
    page_end(page);
    page_paragraph(page, TONE_NONE, width - 1, 2, span_of(
        _("imaps://you@HOST, imap://, pop3s://, pop3://, or the path of a Maildir; submission://you@HOST, smtps://, "
          "smtp://. The password is asked for when it is needed, and kept nowhere. Esc leaves.")));
}

static int ask(struct views *views, const char *label, char *answer, size_t size)
{
    return prompt_line(views, label, answer, size) == 0 && answer[0] != '\0' ? 0 : -1;
}

/* A server, until what was typed can be read as one. */
static int ask_server(struct views *views, const char *label, struct mail_account *account, const char *setting,
                      const char *guess)
{
    char answer[ANSWER_MAX];
    struct buf error;
    int status = -1;
    buf_init(&error, 1000);
    snprintf(answer, sizeof answer, "%s", guess != NULL ? guess : "");
    while (ask(views, label, answer, sizeof answer) == 0) {
        struct account server;
        buf_clear(&error);
        status = account_parse(answer, &server, &error);
        account_free(&server);
        if (status == 0)
            break;
        dialog_ask(views, _("This is no server"), buf_text(&error), _("(o)k"), "o");
    }
    if (status == 0)
        mail_account_set(account, setting, answer);
    buf_free(&error);
    return status;
}

int wizard_run(struct views *views, const char *path, struct accounts *accounts)
{
    static const struct reader_source source = { .head = head, .build = build };
    char name[ANSWER_MAX] = "", address[ANSWER_MAX] = "";
    struct buf error;
    reader_push(views, &source, NULL);
    int status = ask(views, _("Your name:"), name, sizeof name);
    while (status == 0 && (address[0] == '\0' || strchr(address, '@') == NULL))
        status = ask(views, _("Your address (somebody@example.org):"), address, sizeof address);
    if (status == 0) {
        struct mail_account *account = accounts_add(accounts, "mail", address);
        char *from = mem_printf("%s <%s>", name, address);
        mail_account_set(account, "from", from);
        free(from);
        status = ask_server(views, _("Where are your letters?"), account, "in", account->in);
        if (status == 0)
            status = ask_server(views, _("Which server takes those you write?"), account, "out", account->out);
    }
    views_pop(views);
    buf_init(&error, 1000);
    if (status == 0 && accounts_write(path, accounts, &error) != 0)
        views_say(views, TONE_BAD, "%s", buf_text(&error)); /* it holds for this run */
    buf_free(&error);
    return status;
}
