/*
 * mua_state.h - what the screens of mua.h share.
 */
#ifndef PLI_CLIENT_MUA_STATE_H
#define PLI_CLIENT_MUA_STATE_H

#include <stdbool.h>

#include "client/mua.h"
#include "io/list.h"
#include "io/view.h"

enum { MUA_WIRE_LINES = 200, MUA_LIMIT_MAX = 256, MUA_LETTER_MAX = 64 << 20 };

/* A line that passed on the wire, or several in the middle of a long answer. */
struct wire_line {
    bool from_client;
    unsigned left_out;   /* not 0: so many lines stood here, which are not shown */
    char *text;
    char *state_before, *state_after;
};

struct mua {
    struct mua_options options;
    struct mail_source *source;

    struct list list;             /* of shown */
    unsigned *shown;              /* numbers of the letters that pass the limit */
    size_t shown_room;
    char limit[MUA_LIMIT_MAX];
    char search[MUA_LIMIT_MAX];

    bool wire_pane;
    struct wire_line wire[MUA_WIRE_LINES]; /* a ring */
    size_t wire_count;            /* lines that ever were in it */
    size_t wire_run;              /* lines that the server has said in a row */
};

/* The selected letter; NULL when there is none. */
struct mail_envelope *mua_selected(const struct mua *mua);
struct mail_envelope *mua_letter(const struct mua *mua, size_t place);

/* The list anew, from what the source has; the selected letter stays selected if it is still there. */
void mua_relist(struct mua *mua);

/* Sets and clears flags of a letter; says what went wrong. 0 or -1. */
int mua_flag(struct mua *mua, struct views *views, struct mail_envelope *letter, unsigned set, unsigned clear);

/* What the source's last failure was, on the last line. */
void mua_complain(struct mua *mua, struct views *views);

void index_push(struct mua *mua, struct views *views);
void pager_push(struct mua *mua, struct views *views);

/* Writing: a new letter, or a reply to `to` whose bytes are raw. */
void compose_new(struct mua *mua, struct views *views);
void compose_reply(struct mua *mua, struct views *views, struct mail_envelope *to, struct span raw);

/* "24 Nov 10:02", "24 Nov 2025"; "  2.1K". Into out, which holds 32 bytes. */
const char *mua_date(int64_t seconds, char *out);
const char *mua_size(uint64_t bytes, char *out);

#endif
