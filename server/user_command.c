#include "user_command.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"
#include "server/mailbox.h"
#include "server/users.h"

enum { LINE_MAX_BYTES = USERS_PASSWORD_MAX + 64, CONTROL_C = 3, CONTROL_D = 4 };

/* ---- passwords ---- */

/* One line from the descriptor, without its end. 0, or -1 at the end of input. */
static int read_line(int fd, bool terminal, char *line, size_t size)
{
    size_t length = 0;
    for (;;) {
        char c;
        ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || (terminal && (c == CONTROL_C || (c == CONTROL_D && length == 0))))
            break;
        if (c == '\n') {
            if (length > 0 && line[length - 1] == '\r')
                length--;
            line[length] = '\0';
            return 0;
        }
        if (length + 1 < size)
            line[length++] = c;
    }
    line[length] = '\0';
    return !terminal && length > 0 ? 0 : -1;
}

/* Not shown while it is typed. Signals are off meanwhile, so that the terminal is never left without echo. */
static int ask(const char *question, char *line, size_t size)
{
    struct termios before, silent;
    fputs(question, stderr);
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return -1;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    int status = read_line(STDIN_FILENO, true, line, size);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    return status;
}

static int get_password(char *password, size_t size)
{
    if (!isatty(STDIN_FILENO))
        return read_line(STDIN_FILENO, false, password, size) == 0
                   ? 0 : complain(_("No password was given: write it on standard input, a line by itself.\n"));
    char again[LINE_MAX_BYTES];
    if (ask(_("Password: "), password, size) != 0 || ask(_("The same again: "), again, sizeof again) != 0)
        return complain(_("No password was given, so nothing was changed.\n"));
    bool same = strcmp(password, again) == 0;
    OPENSSL_cleanse(again, sizeof again);
    return same ? 0 : complain(_("The two passwords differ, so nothing was changed.\n"));
}

/* ---- commands ---- */

struct user_context {
    const struct arguments *arguments;
    struct config *config;
    struct users *users;
    struct span name;
    struct buf error;
};

static int fail(struct user_context *context)
{
    buf_add_text(&context->error, "\n");
    return complain(buf_text(&context->error));
}

/* The mailbox with its folders, so that it can be looked at before the first letter. */
static int make_mailbox(struct user_context *context)
{
    char *maildir = config_maildir(context->config, context->name);
    struct store *store = store_open_path(maildir);
    if (store == NULL)
        buf_printf(&context->error, _("%s: the mailbox cannot be made: %s"), maildir, strerror(errno));
    free(maildir);
    if (store == NULL)
        return fail(context);
    store_close(store);
    return EXIT_GOOD;
}

static int change(struct user_context *context, bool add)
{
    char password[LINE_MAX_BYTES];
    const char *fault = users_name_fault(context->name);
    if (fault != NULL) {
        buf_add_text(&context->error, _(fault));
        return fail(context);
    }
    /* Before a password is asked for in vain. */
    bool exists = users_exists(context->users, context->name);
    if (add == exists) {
        buf_printf(&context->error, exists ? _("%.*s: There is a user of that name already.")
                                           : _("%.*s: There is no user of that name."),
                   (int)context->name.len, context->name.at);
        return fail(context);
    }
    if (get_password(password, sizeof password) != 0)
        return EXIT_BAD;
    int status = add ? users_add(context->users, context->name, span_of(password), &context->error)
                     : users_set_password(context->users, context->name, span_of(password), &context->error);
    OPENSSL_cleanse(password, sizeof password);
    if (status != 0)
        return fail(context);
    return add ? make_mailbox(context) : EXIT_GOOD;
}

static int command_add(struct user_context *context)
{
    return change(context, true);
}

static int command_passwd(struct user_context *context)
{
    return change(context, false);
}

static int command_remove(struct user_context *context)
{
    if (users_remove(context->users, context->name, &context->error) != 0)
        return fail(context);
    fprintf(stderr, _("The letters stay in %s/home/%.*s.\n"), context->arguments->root, (int)context->name.len,
            context->name.at);
    return EXIT_GOOD;
}

static int command_list(struct user_context *context)
{
    struct buf names;
    buf_init(&names, 16 * 1024 * 1024);
    users_list(context->users, &names);
    fwrite(buf_text(&names), 1, names.len, stdout);
    buf_free(&names);
    return fflush(stdout) == 0 ? EXIT_GOOD : complain(_("The list cannot be written.\n"));
}

static const struct {
    const char *name;
    int words;
    int (*run)(struct user_context *context);
} commands[] = {
    { "add", 3, command_add },
    { "passwd", 3, command_passwd },
    { "remove", 3, command_remove },
    { "list", 2, command_list },
};

static int run(const struct arguments *arguments, int (*command)(struct user_context *context))
{
    struct user_context context = { .arguments = arguments };
    int status = EXIT_BAD;
    buf_init(&context.error, 64 * 1024);
    context.config = arguments_config(arguments, &context.error);
    if (context.config == NULL)
        complain(buf_text(&context.error));
    char *file = mem_printf("%s/users", arguments->root);
    if (arguments->word_count > 2)
        context.name = span_of(arguments->words[2]);
    if (context.config != NULL && users_open(&context.users, file, &context.error) != 0)
        fail(&context);
    else if (context.config != NULL)
        status = command(&context);
    free(file);
    users_close(context.users);
    config_release(context.config);
    buf_free(&context.error);
    return status;
}

int user_command(const struct arguments *arguments)
{
    for (size_t i = 0; arguments->word_count > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(arguments->words[1], commands[i].name) == 0 && arguments->word_count == commands[i].words)
            return run(arguments, commands[i].run);
    complain(_("usage: mailserver [--root DIR] user add|passwd|remove NAME, or user list\n"));
    return EXIT_USAGE;
}
