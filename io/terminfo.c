#include "terminfo.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#include "io/i18n.h"

/* The description that terminfo_check() read; ncurses keeps its own in the same way. */
static TERMINAL *checked;

static const char *capability(const char *name)
{
    const char *text = tigetstr(name);
    return text == (const char *)-1 ? NULL : text;
}

int terminfo_check(struct buf *error)
{
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        buf_add_text(error, _("The screen needs a terminal for input and output; "
                              "one of the two is a file or a pipe."));
        return -1;
    }
    int status = 0;
    if (name == NULL || *name == '\0' || setupterm(NULL, STDOUT_FILENO, &status) != 0 || status != 1) {
        buf_printf(error, _("The terminal type \"%s\" is not known here; "
                            "set TERM to one that is, for example xterm-256color."), name == NULL ? "" : name);
        return -1;
    }
    checked = cur_term;
    if (capability("cup") == NULL) {
        buf_printf(error, _("A terminal of type \"%s\" cannot move its cursor, "
                            "so no screen can be drawn on it."), name);
        terminfo_forget();
        return -1;
    }
    return 0;
}

/* A string without its padding ("$<5>"), which only slow paper terminals needed. */
static void add_capability(struct buf *out, const char *name)
{
    const char *text = capability(name);
    while (text != NULL && *text != '\0') {
        if (text[0] == '$' && text[1] == '<' && strchr(text, '>') != NULL)
            text = strchr(text, '>') + 1;
        else
            buf_add(out, text++, 1);
    }
}

void terminfo_undo(struct buf *sequence)
{
    static const char *const names[] = { "rmkx", "sgr0", "op", "cnorm", "rmcup" };
    if (capability("kmous") != NULL)
        buf_add_text(sequence, "\033[?1006l\033[?1002l\033[?1000l");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        add_capability(sequence, names[i]);
}

bool terminfo_direct_colour(void)
{
    return tigetflag("RGB") > 0 && COLORS >= 1 << 24;
}

void terminfo_forget(void)
{
    TERMINAL *now = cur_term;
    if (checked == NULL)
        return;
    if (now == checked)
        set_curterm(NULL);
    del_curterm(checked);
    checked = NULL;
}
