/*
 * mua_state.h - what the screens of mua.h share: one folder of one account,
 * listed; the letters that are acted on; the wire.
 *
 * Everything that may wait for a server goes through mua_call.h, in a thread.
 */
#ifndef PLI_CLIENT_MUA_STATE_H
#define PLI_CLIENT_MUA_STATE_H

#include <stdbool.h>

#include "client/mua.h"
#include "client/mua_wire.h"
#include "client/order.h"
#include "io/list.h"
#include "io/page.h"
#include "io/view.h"

enum { MUA_SIDE_FROM_COLUMNS = 100, MUA_LIMIT_MAX = 256, MUA_LETTER_MAX = 128 << 20, MUA_PATH_MAX = 1024 };

/* What keys ask for, on all screens; each screen's table says which of them it has. */
enum mua_action {
    MUA_READ = ACTION_OPEN,
    MUA_WRITE = ACTION_OWN, MUA_REPLY, MUA_REPLY_ALL, MUA_FORWARD, MUA_BOUNCE, MUA_RECALL,
    MUA_DELETE, MUA_UNDELETE, MUA_DELETE_THREAD, MUA_FLAG, MUA_NEW, MUA_COPY, MUA_MOVE, MUA_SAVE, MUA_PIPE, MUA_RAW,
    MUA_TAG, MUA_TAG_PATTERN, MUA_UNTAG, MUA_TAGGED, MUA_EXPUNGE, MUA_CHECK, MUA_FOLDER, MUA_FOLDERS, MUA_SIDEBAR,
    MUA_SIDE_DOWN, MUA_SIDE_UP, MUA_SIDE_OPEN, MUA_LIMIT, MUA_SORT, MUA_REVERSE, MUA_FOLD, MUA_FOLD_ALL,
    MUA_SEARCH_BACK, MUA_NEXT_NEW, MUA_ACCOUNT, MUA_LEAVE, MUA_PARTS, MUA_HEADERS, MUA_HOPS, MUA_LINKS, MUA_NEXT,
    MUA_BACK, MUA_OPEN_PART, MUA_ALIAS,
    MUA_CREATE, MUA_RENAME, MUA_REMOVE, MUA_SUBSCRIBE,
    MUA_SEND, MUA_EDIT, MUA_TO, MUA_CC, MUA_BCC, MUA_FROM, MUA_SUBJECT, MUA_ATTACH, MUA_DETACH, MUA_POSTPONE,
    MUA_FORGET,
    MUA_WIRE, MUA_WIRE_PANE, MUA_MACHINE, MUA_TLS, MUA_STEP, MUA_PROMPT, MUA_PRETEND, MUA_COMPARE, MUA_EXPORT,
    MUA_VISUALIZER,
};

/* A line of the index. */
struct mua_row {
    uint32_t letter;      /* its place in source->messages */
    uint32_t bars;        /* bit d: at depth d the line goes on downwards */
    uint32_t folded;      /* so many letters below it are not shown */
    uint16_t depth;
};

enum mua_mark { MUA_TAGGED_MARK = 1, MUA_FOLDED = 2, MUA_HIT = 4 };

struct mua_folder {
    char *name;
    bool selectable, subscribed, counted;
    unsigned total, unseen;
};

struct mua {
    struct mua_options options;
    struct views *views;
    struct mail_source *source;   /* of the account; NULL: it could not be opened */
    size_t account;               /* of options.accounts */
    char folder[256];             /* that is open, as it was when the network was last at rest */

    struct list list;             /* of rows */
    struct mua_row *rows;
    size_t room;                  /* of rows and marks */
    unsigned char *marks;         /* of each letter: enum mua_mark */
    enum order_key order;
    bool reverse;
    char limit[MUA_LIMIT_MAX];
    char search[MUA_LIMIT_MAX];
    bool tagged_next;             /* ";": the next command is about the letters that are tagged */

    struct list side;             /* of folders */
    struct mua_folder *folders;
    size_t folder_count;
    bool sidebar;

    struct wire *wire;
    struct step *step;
    char hidden[MUA_LIMIT_MAX];   /* capabilities that we act as if we had not heard */
    bool wire_pane;
    int watch_fd;                 /* readable when the server has news; -1 */
    unsigned idle;                /* moments without a key */
    int cancel[2];                /* a pipe: what is in it ends what the network is asked */
    char *draft;                  /* where the letter is that is being written */
    char folder_to[MUA_LIMIT_MAX];/* where letters were moved last */
};

/* The selected letter; NULL when there is none. */
struct mail_envelope *mua_selected(const struct mua *mua);
struct mail_envelope *mua_letter(const struct mua *mua, size_t place);

/* The list anew, from what the source has; the selected letter stays selected if it is still there. */
void mua_relist(struct mua *mua);

/* The letters that pass mua->limit, found anew, and listed. 0 or -1. */
int mua_apply_limit(struct mua *mua);

/* Marks that outlive a list: by what the letters are called. */
struct mua_memory {
    char *selected;
    char **tagged;
    size_t count;
};
void mua_remember(const struct mua *mua, struct mua_memory *memory);
void mua_recall(struct mua *mua, struct mua_memory *memory);   /* lists anew, and frees */

/* The letters that a command is about: the tagged ones after ";",
        else the selected one. Numbers to free(); how many. */
size_t mua_targets(struct mua *mua, unsigned **numbers);

/* Acts on letters in the ways that index and pager share; true: it was one of them. */
bool mua_letters_act(struct mua *mua, int action);
/* Opens the screens that are everywhere; true: it was one of them. */
bool mua_common_act(struct mua *mua, int action);
enum { MUA_COMMON_ROWS = 9 };
extern const struct key_row mua_common_rows[MUA_COMMON_ROWS];
enum { MUA_LETTER_ROWS = 13 };   /* what index and pager share */
extern const struct key_row mua_letter_rows[MUA_LETTER_ROWS];

/* For a mail_watcher; context is the mua. */
bool mua_consent(void *context, enum mail_consent what, const char *host, const struct tls_info *info,
                 const char *problem);

/* What the source's last failure was, on the last line. */
void mua_complain(struct mua *mua);

/* Below a view: the wire, when there is room. */
void mua_draw_wire(struct mua *mua, struct screen *screen, struct area *area);

/* Screens. */
void index_push(struct mua *mua);
void pager_push(struct mua *mua);
void parts_push(struct mua *mua, struct span raw, const char *uid);
void hops_push(struct mua *mua, struct span raw);
void folders_push(struct mua *mua);
void wire_push(struct mua *mua);
void states_push(struct mua *mua);
void security_push(struct mua *mua);
void compare_push(struct mua *mua);
void step_menu(struct mua *mua);
void step_prompt(struct mua *mua);
void step_pretend(struct mua *mua);

/* Writing: a new letter, or one that comes of another whose bytes are raw. */
void compose_new(struct mua *mua);
void compose_recall(struct mua *mua);
void compose_mailto(struct mua *mua, const char *link);
void compose_from(struct mua *mua, int action, const struct mail_envelope *letter, struct span raw);
void compose_bounce(struct mua *mua, struct span raw);
/* For a prompt; context is the mua. */
size_t mua_complete_people(const void *context, const char *text, size_t cursor, size_t columns, struct buf *more,
                           struct buf *choices);

/* Folders of the account, for the sidebar and questions. 0 or -1. */
int folders_read(struct mua *mua);
void folders_free(struct mua *mua);
void folders_draw(struct mua *mua, struct screen *screen, struct area area);
/* Asks for one, with completion: 0 or -1. */
int folders_ask(struct mua *mua, const char *label, char *name, size_t size);
void folders_go(struct mua *mua, const char *name);
/* Is it there, or made since the user wants that? */
bool folders_make(struct mua *mua, const char *name);

/* A letter or a part for another program; said on the last line what became of it. */
void parts_save(struct mua *mua, struct span bytes, const char *name);
void parts_pipe(struct mua *mua, struct span bytes);
void parts_open(struct mua *mua, struct span bytes, const char *name);
void links_choose(struct mua *mua, struct span text);

/* "24 Nov 10:02", "24 Nov 2025"; "  2.1K". Into out, which holds 32 bytes. */
const char *mua_date(int64_t seconds, char *out);
const char *mua_size(uint64_t bytes, char *out);

#endif
