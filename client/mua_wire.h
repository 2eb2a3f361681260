/*
 * mua_wire.h - what passes on the wire, kept line by line as core/watch
 * understands it, and what the last key made of it: commands, bytes, round
 * trips. Lines come from the network's thread, so all is behind a lock.
 */
#ifndef PLI_CLIENT_MUA_WIRE_H
#define PLI_CLIENT_MUA_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/mail_source.h"
#include "core/watch.h"
#include "io/page.h"

enum { WIRE_LINES = 4000 };

struct wire_line {
    bool from_client;
    unsigned left_out;            /* not 0: so many lines of a long answer stood here */
    char *text;                   /* secrets masked */
    size_t tag_length;            /* of the tag at its beginning (IMAP) */
    enum watch_kind kind;
    const struct word_table *words;
    const struct word *word, *detail, *command;
    const char *state_before, *state_after, *error;
    const struct move *move;
    uint64_t number;              /* of the command */
};

/* What the last command of the user did. */
struct wire_account {
    char name[32];                /* of the command: "delete"; "" for none */
    unsigned commands, round_trips;
    uint64_t bytes;
    int64_t began, ended;         /* microseconds */
    const struct word *word;      /* of the last command on the wire */
};

struct wire;

struct wire *wire_new(void);
void wire_free(struct wire *wire);

/* Takes a line down, as a mail_watcher's line is called. */
void wire_see(struct wire *wire, const struct watch_event *event, struct span text);

/* The user's command begins or ends. */
void wire_observe(struct wire *wire, const char *name, bool begins);

size_t wire_count(struct wire *wire);
/* Copies line number index (text to be freed by wire_line_free); false: it is gone. */
bool wire_get(struct wire *wire, size_t index, struct wire_line *line);
void wire_line_free(struct wire_line *line);
struct wire_account wire_last(struct wire *wire);

/* The states of the protocol that was seen last, and the one it came to; NULL: nothing was seen. */
const struct machine_table *wire_machine(struct wire *wire, const char **state);

/* Draws the lines up to (without) end in area, the last at the bottom. */
void wire_draw(struct wire *wire, struct screen *screen, struct area area, size_t end);
void wire_draw_line(const struct wire_line *line, struct screen *screen, struct area area, unsigned selected);
/* "1 command , 68 bytes , 1 round trip , 0.4 ms"; "" when there is nothing to say. */
void wire_say(const struct wire_account *last, struct buf *out);

/* Explains a line: who says it, what its words mean, where that is written, what it moved. */
void wire_explain(const struct wire_line *line, struct page *page, int columns);

/* All that was seen as a dialogue that bin/dialogue reads. 0, or -1 with errno. */
int wire_export(struct wire *wire, const char *path);

#endif
