/*
 * view.h - whole screens: a stack of views, and what surrounds the top one.
 *
 * A view is an operations struct and a context. The loop draws the top view
 * between a title line and a menu of two lines, waits for a key, looks it up
 * in the view's key table and asks the view to act; actions that every view
 * has (help, language, redraw, close) the loop does itself. Menu and help are
 * drawn from the same table, the mouse works on both.
 *
 * All views live in one thread; whatever takes longer than a moment is done a
 * slice at a time in ACTION_TICK, or behind a file descriptor that is watched.
 */
#ifndef PLI_IO_VIEW_H
#define PLI_IO_VIEW_H

#include <stdbool.h>

#include "core/buf.h"
#include "io/keys.h"
#include "io/screen.h"

enum action {
    ACTION_NONE,
    ACTION_TICK,       /* the patience of the view is over */
    ACTION_READY,      /* the watched file descriptor can be read */
    ACTION_POINT,      /* the mouse was pressed; the event says where */
    ACTION_OPEN,       /* Enter, or the mouse pressed twice */
    ACTION_UP, ACTION_DOWN, ACTION_LEFT, ACTION_RIGHT,
    ACTION_PAGE_UP, ACTION_PAGE_DOWN, ACTION_FIRST, ACTION_LAST,
    ACTION_WHEEL_UP, ACTION_WHEEL_DOWN,
    ACTION_SEARCH, ACTION_SEARCH_AGAIN,
    ACTION_HELP, ACTION_LANGUAGE, ACTION_REDRAW, ACTION_COMMAND,
    ACTION_CLOSE,      /* this view; the last one closed ends the loop */
    ACTION_QUIT,       /* all views */
    ACTION_OWN = 100   /* from here on each view numbers its own */
};

enum view_answer { VIEW_STAYS, VIEW_CLOSES };

struct views;

struct view_ops {
    const struct key_table *keys; /* ends with views_keys */
    int rows, columns;            /* of the whole screen: with less, a message is shown instead */
    void (*head)(void *context, struct buf *left, struct buf *right); /* the title line */
    void (*draw)(void *context, struct screen *screen, struct area area);
    enum view_answer (*act)(void *context, struct views *views, int action, const struct screen_event *event);
    int (*patience)(void *context); /* milliseconds until ACTION_TICK; -1: none. May be NULL */
    int (*watch)(void *context);    /* a file descriptor; -1: none. May be NULL */
    void (*close)(void *context);   /* when the view leaves the stack. May be NULL */
};

extern const struct key_table views_keys; /* what every view has */

/* 0, or -1 and one full sentence in error. */
int views_open(struct views **views, struct buf *error);
void views_close(struct views *views); /* closes what is still on the stack, gives the terminal back */

void views_push(struct views *views, const struct view_ops *ops, void *context);
void views_pop(struct views *views);   /* the top one */
void views_run(struct views *views);   /* until no view is left */
void views_quit(struct views *views);  /* the loop ends after this action */
struct screen *views_screen(struct views *views);

/* Shown on the last line until the next key. Safe text is made of it. */
void views_say(struct views *views, enum tone tone, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same, and shown at once: before something that takes its time. */
void views_announce(struct views *views, const char *text);

/* The words behind the name of the command that is obeyed, once: then, and without any, NULL. Valid until then. */
const char *views_argument(struct views *views);

/* Called before and after each action that a key, the mouse or a command's name asks of a view; NULL: nobody wants to
 * know. name: of the command. */
void views_observe(struct views *views, void (*each)(void *context, const char *name, bool begins), void *context);

/* For work.c: the work that goes on, or NULL. */
struct working;
struct working *views_working(const struct views *views);
void views_set_working(struct views *views, struct working *working);

/* For prompt.c and help.c. */
void views_draw(struct views *views);       /* everything, without showing it */
struct area views_last_line(const struct views *views);
const struct view_ops *views_top(const struct views *views);

#endif
