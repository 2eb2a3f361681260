#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/keys.h"
#include "io/paint.h"
#include "io/restore.h"
#include "io/terminfo.h"
#include "io/text.h"

#define TEXT_MAX 65536
#define KEPT_MAX 256
#define ESCAPE_MILLISECONDS 25
#define DOUBLE_CLICK_MILLISECONDS 400

/* ncurses reports a wheel turned down as button 5 where it knows five buttons. */
#ifdef BUTTON5_PRESSED
#define WHEEL_DOWN BUTTON5_PRESSED
#else
#define WHEEL_DOWN BUTTON2_PRESSED
#endif

struct screen {
    SCREEN *terminal;
    struct painter painter;
    struct buf text;            /* what is drawn now, made safe */
    sigset_t waiting_mask;      /* signals are let in as they were, SIGWINCH only while waiting */
    bool cursor;
    int cursor_row, cursor_column;
    struct { int row, column; int64_t at; } click;
    struct screen_event kept[KEPT_MAX];
    size_t kept_count;
};

/* --- start and end ----------------------------------------------------------- */

static void arm_restore(void)
{
    struct buf sequence;
    buf_init(&sequence, 255);
    terminfo_undo(&sequence);
    restore_arm(STDOUT_FILENO, buf_text(&sequence));
    buf_free(&sequence);
}

static void hold_resize(struct screen *screen)
{
    sigset_t resize;
    sigemptyset(&resize);
    sigaddset(&resize, SIGWINCH);
    sigprocmask(SIG_BLOCK, &resize, &screen->waiting_mask);
    sigdelset(&screen->waiting_mask, SIGWINCH);
}

static void set_modes(void)
{
    cbreak();
    noecho();
    nonl();
    set_escdelay(ESCAPE_MILLISECONDS);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    intrflush(stdscr, FALSE);
    typeahead(-1); /* a screen is always drawn to its end, also while keys wait */
    curs_set(0);
    mouseinterval(0);
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | WHEEL_DOWN, NULL);
}

int screen_open(struct screen **out, struct buf *error)
{
    if (terminfo_check(error) != 0)
        return -1;
    arm_restore();
    SCREEN *terminal = newterm(NULL, stdout, stdin);
    terminfo_forget();
    if (terminal == NULL) {
        restore_disarm();
        buf_add_text(error, _("The screen could not be started on this terminal."));
        return -1;
    }
    struct screen *screen = mem_alloc(sizeof *screen);
    screen->terminal = terminal;
    buf_init(&screen->text, TEXT_MAX);
    set_modes();
    painter_start(&screen->painter);
    hold_resize(screen);
    *out = screen;
    return 0;
}

void screen_close(struct screen *screen)
{
    if (screen == NULL)
        return;
    endwin();
    restore_disarm();
    delscreen(screen->terminal);
    sigprocmask(SIG_SETMASK, &screen->waiting_mask, NULL);
    buf_free(&screen->text);
    free(screen);
}

void screen_leave(struct screen *screen)
{
    def_prog_mode();
    endwin();
    sigprocmask(SIG_SETMASK, &screen->waiting_mask, NULL);
}

void screen_return(struct screen *screen)
{
    hold_resize(screen);
    reset_prog_mode();
    screen_redraw(screen);
}

/* --- drawing ----------------------------------------------------------------- */

struct area screen_area(const struct screen *screen)
{
    (void)screen;
    return (struct area){ 0, 0, LINES, COLS };
}

/* Draws what is in screen->text, which is safe. */
static int put_safe(struct screen *screen, struct area area, int row, int column, unsigned paint)
{
    if (row < 0 || row >= area.rows || column < 0 || column >= area.columns)
        return column;
    const char *text = buf_text(&screen->text);
    size_t room = (size_t)(area.columns - column), used;
    size_t bytes = text_cut(text, room, &used);
    bool cut = text[bytes] != '\0';
    if (cut)
        bytes = text_cut(text, room - 1, &used);
    painter_set(&screen->painter, paint);
    mvaddnstr(area.row + row, area.column + column, text, (int)bytes);
    if (cut)
        mvaddstr(area.row + row, area.column + column + (int)used, text_unicode() ? "\u2026" : "~");
    return column + (int)used + (cut ? 1 : 0);
}

int screen_put_span(struct screen *screen, struct area area, int row, int column, unsigned paint, struct span text)
{
    buf_clear(&screen->text);
    /* No line is wider than a few hundred columns: the rest of a huge text would be made safe for nothing. */
    text_safe(&screen->text, text.at, text.len < TEXT_MAX / 8 ? text.len : TEXT_MAX / 8);
    return put_safe(screen, area, row, column, paint);
}

int screen_put(struct screen *screen, struct area area, int row, int column, unsigned paint, const char *text)
{
    return screen_put_span(screen, area, row, column, paint, span_of(text));
}

int screen_printf(struct screen *screen, struct area area, int row, int column, unsigned paint, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return screen_put(screen, area, row, column, paint, text);
}

void screen_put_right(struct screen *screen, struct area area, int row, unsigned paint, const char *text)
{
    buf_clear(&screen->text);
    text_safe(&screen->text, text, strnlen(text, TEXT_MAX / 8));
    int width = (int)text_width(buf_text(&screen->text));
    put_safe(screen, area, row, width < area.columns ? area.columns - width : 0, paint);
}

void screen_fill(struct screen *screen, struct area area, unsigned paint)
{
    painter_set(&screen->painter, paint);
    for (int row = 0; row < area.rows; row++)
        mvhline(area.row + row, area.column, ' ' | painter_chtype(&screen->painter, paint), area.columns);
}

void screen_rule(struct screen *screen, struct area area, int row, unsigned paint)
{
    if (row < 0 || row >= area.rows)
        return;
    painter_set(&screen->painter, paint);
    for (int column = 0; column < area.columns; column++)
        mvaddstr(area.row + row, area.column + column, text_unicode() ? "\u2500" : "-");
}

void screen_column(struct screen *screen, struct area area, int column, unsigned paint)
{
    if (column < 0 || column >= area.columns)
        return;
    painter_set(&screen->painter, paint);
    for (int row = 0; row < area.rows; row++)
        mvaddstr(area.row + row, area.column + column, text_unicode() ? "\u2502" : "|");
}

int screen_paragraph(struct screen *screen, struct area area, unsigned paint, const char *text, int skip)
{
    struct buf safe;
    int line = 0;
    buf_init(&safe, TEXT_MAX);
    text_safe_lines(&safe, text, strnlen(text, TEXT_MAX / 8));
    for (const char *at = buf_text(&safe); *at != '\0'; line++) {
        size_t next, length = text_wrap(at, area.columns > 0 ? (size_t)area.columns : 1, &next);
        if (line >= skip && line - skip < area.rows)
            screen_put_span(screen, area, line - skip, 0, paint, (struct span){ at, length });
        at += next;
    }
    buf_free(&safe);
    return line;
}

void screen_cursor(struct screen *screen, struct area area, int row, int column)
{
    screen->cursor = row >= 0 && row < area.rows && column >= 0 && column < area.columns;
    screen->cursor_row = area.row + row;
    screen->cursor_column = area.column + column;
}

void screen_clear(struct screen *screen)
{
    screen->cursor = false;
    attr_set(A_NORMAL, 0, NULL);
    erase();
}

void screen_show(struct screen *screen)
{
    curs_set(screen->cursor ? 1 : 0);
    if (screen->cursor)
        move(screen->cursor_row, screen->cursor_column);
    refresh();
}

void screen_redraw(struct screen *screen)
{
    (void)screen;
    clearok(stdscr, TRUE);
}

/* --- input ------------------------------------------------------------------- */

static int64_t milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int function_key(wint_t key)
{
    static const struct { wint_t curses; int key; } rows[] = {
        { KEY_UP, KEYS_UP }, { KEY_DOWN, KEYS_DOWN }, { KEY_LEFT, KEYS_LEFT }, { KEY_RIGHT, KEYS_RIGHT },
        { KEY_HOME, KEYS_HOME }, { KEY_END, KEYS_END }, { KEY_PPAGE, KEYS_PAGE_UP }, { KEY_NPAGE, KEYS_PAGE_DOWN },
        { KEY_IC, KEYS_INSERT }, { KEY_DC, KEYS_DELETE }, { KEY_BTAB, KEYS_BACKTAB }, { KEY_ENTER, KEYS_ENTER },
        { KEY_BACKSPACE, KEYS_BACKSPACE }, { KEY_RESIZE, KEYS_RESIZE }, { KEY_SELECT, KEYS_END },
        { KEY_FIND, KEYS_HOME }, { KEY_A1, KEYS_HOME }, { KEY_C1, KEYS_END }, { KEY_A3, KEYS_PAGE_UP },
        { KEY_C3, KEYS_PAGE_DOWN },
    };
    if (key > KEY_F0 && key <= (wint_t)KEY_F(12))
        return KEYS_F1 + (int)(key - (wint_t)KEY_F(1));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].curses == key)
            return rows[i].key;
    return KEYS_NONE;
}

static struct screen_event mouse_event(struct screen *screen)
{
    MEVENT mouse;
    struct screen_event event = { .key = KEYS_NONE };
    if (getmouse(&mouse) != OK)
        return event;
    event.row = mouse.y;
    event.column = mouse.x;
    if (mouse.bstate & BUTTON4_PRESSED) {
        event.key = KEYS_WHEEL_UP;
    } else if (mouse.bstate & WHEEL_DOWN) {
        event.key = KEYS_WHEEL_DOWN;
    } else if (mouse.bstate & BUTTON1_PRESSED) {
        int64_t now = milliseconds_now();
        bool again = screen->click.row == mouse.y && screen->click.column == mouse.x &&
                     now - screen->click.at < DOUBLE_CLICK_MILLISECONDS;
        event.key = again ? KEYS_DOUBLE_CLICK : KEYS_CLICK;
        screen->click.row = mouse.y;
        screen->click.column = mouse.x;
        screen->click.at = again ? 0 : now;
    }
    return event;
}

/* A key that is there already; false when there is none. */
static bool take_key(struct screen *screen, struct screen_event *event)
{
    wint_t key = 0;
    int kind = get_wch(&key);
    if (kind == ERR)
        return false;
    *event = (struct screen_event){ .key = KEYS_NONE };
    if (kind == KEY_CODE_YES && key == KEY_MOUSE)
        *event = mouse_event(screen);
    else if (kind == KEY_CODE_YES)
        event->key = function_key(key);
    else
        event->key = key == '\n' ? KEYS_ENTER : key == '\b' ? KEYS_BACKSPACE : (int)key;
    return event->key != KEYS_NONE;
}

void screen_keep(struct screen *screen, const struct screen_event *event)
{
    if (screen->kept_count < KEPT_MAX)
        screen->kept[screen->kept_count++] = *event;
}

struct screen_event screen_wait(struct screen *screen, int milliseconds, int watch_fd)
{
    struct screen_event event = { .key = KEYS_NONE };
    if (screen->kept_count > 0) {
        event = screen->kept[0];
        memmove(screen->kept, screen->kept + 1, --screen->kept_count * sizeof screen->kept[0]);
        return event;
    }
    int64_t end = milliseconds_now() + milliseconds;
    for (;;) {
        if (take_key(screen, &event))
            return event;
        int64_t left = milliseconds < 0 ? 1000 : end - milliseconds_now();
        left = left < 0 ? 0 : left;
        struct timespec wait = { left / 1000, left % 1000 * 1000000 };
        struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = watch_fd, .events = POLLIN } };
        int ready = ppoll(fds, watch_fd >= 0 ? 2 : 1, milliseconds < 0 ? NULL : &wait, &screen->waiting_mask);
        if (ready == 0 || (ready < 0 && errno != EINTR))
            return (struct screen_event){ .key = ready == 0 ? KEYS_NONE : KEYS_GONE };
        if (ready > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
            return (struct screen_event){ .key = KEYS_GONE };
        if (ready > 0 && watch_fd >= 0 && fds[1].revents != 0 && fds[0].revents == 0)
            return (struct screen_event){ .key = KEYS_READY };
    }
}
