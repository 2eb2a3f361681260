#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/text.h"

enum { PASSWORD_MAX = 1024 };

void password_free(char *password)
{
    if (password != NULL)
        explicit_bzero(password, strlen(password));
    free(password);
}

/* The first line of file, without its end. NULL: it is empty or too long. */
static char *first_line(FILE *file)
{
    char line[PASSWORD_MAX + 2];
    char *password = NULL;
    setvbuf(file, NULL, _IONBF, 0); /* no copy stays in a buffer */
    if (fgets(line, sizeof line, file) != NULL) {
        size_t length = strcspn(line, "\r\n");
        if (length > 0 && length <= PASSWORD_MAX)
            password = mem_copy(line, length);
    }
    explicit_bzero(line, sizeof line);
    return password;
}

char *password_read(const char *path, struct buf *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        buf_printf(error, _("cannot read the password from %s: %s"), path, strerror(errno));
        return NULL;
    }
    char *password = first_line(file);
    fclose(file);
    if (password == NULL)
        buf_printf(error, _("the first line of %s is no password: it is empty or too long"), path);
    return password;
}

char *password_ask(const struct account *account, struct buf *error)
{
    struct termios before, silent;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        buf_printf(error, _("a password for %s is needed and there is no terminal to ask: put it into the URL "
                            "(user:password@host) or use --password-file FILE"), account->user);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    char *user = text_safe_copy(span_of(account->user));
    char *host = text_safe_copy(span_of(account->host));
    dprintf(fd, _("Password of %s at %s: "), user, host);
    free(user);
    free(host);
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fd, TCSAFLUSH, &silent);
    FILE *terminal = fdopen(fd, "r+");
    char *password = terminal != NULL ? first_line(terminal) : NULL;
    tcsetattr(fd, TCSAFLUSH, &before);
    if (write(fd, "\n", 1) < 0 || password == NULL)
        buf_add_text(error, _("no password was given"));
    if (terminal != NULL)
        fclose(terminal);
    else
        close(fd);
    return password;
}
