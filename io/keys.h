/*
 * keys.h - one table says which key does what, and everything else is read
 * from it.
 *
 * A view names its keys in rows: the keys, the action they request, the
 * action's name (for a configuration file and for ":" commands), the word
 * for the menu and the sentence for the help screen. The loop finds the
 * action of a key in the table, the menu and the help screen are drawn from
 * it: what help says is what happens.
 *
 * Tables are chained: a view's own rows come first, then those it shares
 * with others (lists, all views), so a view can take a key for itself.
 *
 * A key is a number: a Unicode character (control characters included), or
 * one of enum key for those that are none. In tables keys are written by
 * name: "n", "Ctrl-L", "Space", "PageDown", "F1"; several with blanks between.
 */
#ifndef PLI_IO_KEYS_H
#define PLI_IO_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum key {
    KEYS_NONE = 0,
    KEYS_ENTER = '\r',
    KEYS_TAB = '\t',
    KEYS_ESCAPE = 0x1b,
    KEYS_BACKSPACE = 0x7f,
    KEYS_UP = 0x110000, /* after the last Unicode character */
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_HOME,
    KEYS_END,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_INSERT,
    KEYS_DELETE,
    KEYS_BACKTAB,
    KEYS_F1, KEYS_F2, KEYS_F3, KEYS_F4, KEYS_F5, KEYS_F6,
    KEYS_F7, KEYS_F8, KEYS_F9, KEYS_F10, KEYS_F11, KEYS_F12,
    KEYS_CLICK,        /* the mouse; where is in the event */
    KEYS_DOUBLE_CLICK,
    KEYS_WHEEL_UP,
    KEYS_WHEEL_DOWN,
    KEYS_RESIZE,       /* the terminal has a new size */
    KEYS_READY,        /* the file descriptor that is watched can be read */
    KEYS_GONE,         /* the terminal was closed */
};

struct key_row {
    int action;        /* what act() is asked to do; 0 requests nothing */
    const char *keys;  /* "n Right"; the first is the one that menus show */
    const char *name;  /* "next-packet" */
    const char *label; /* N_(), for the menu: "next packet"; NULL leaves it out there */
    const char *help;  /* N_(), one sentence for the help screen */
};

struct key_table {
    const char *title; /* N_(), its heading on the help screen */
    const struct key_row *rows;
    size_t count;
    const struct key_table *next; /* asked when this one does not know the key; NULL ends */
};

/* The first row of the chain that binds key; NULL when none does. */
const struct key_row *keys_find(const struct key_table *table, int key);

/* The row whose name this is; NULL when there is none. */
const struct key_row *keys_find_name(const struct key_table *table, const char *name);

/* Is this row still reached by key, or does an earlier table of the chain, or the user, take that key? */
bool keys_reached(const struct key_table *table, const struct key_row *row, int key);

/* The keys that reach the row, the one for menus first; answers how many, most at most. */
size_t keys_of_row(const struct key_table *table, const struct key_row *row, int *keys, size_t most);

/*
 * What the user wants otherwise, for the whole program: on every screen that has a command of this name, key does it.
 * name NULL: key does nothing any more. Later ones win. false: too many (KEYS_MOST_BOUND).
 */
enum { KEYS_MOST_BOUND = 200 };
bool keys_bind(int key, const char *name);

/* Reads the next name of a list like "n Right" and moves *names past it; KEYS_NONE at its end or for no key's name. */
int keys_next(const char **names);

/* Its name as tables write it, shown to people: "Ctrl-L", "PageDown", "é". Into name, which holds 16 bytes. */
const char *keys_name(int key, char *name);

#endif
