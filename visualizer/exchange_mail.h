/*
 * exchange_mail.h - a mail dialogue as the exchange engine follows it. Which
 * command begins or joins which exchange is a table for each protocol; how its
 * summary is made, a function in the row. For exchange_mail.c, its tables
 * (exchange_mail_tables.c) and its words (exchange_mail_words.c).
 */
#ifndef PLI_VISUALIZER_EXCHANGE_MAIL_H
#define PLI_VISUALIZER_EXCHANGE_MAIL_H

#include "visualizer/exchange_tcp.h"
#include "visualizer/message.h"

/* An exchange of the dialogue, and what its summary is made of: left → right. */
struct turn {
    struct exchange *exchange;
    const struct mail_row *row;     /* of the command that began it */
    struct buf left, right;         /* UTF-8, safe */
    uint64_t first_number, last_number; /* commands that it holds */
    unsigned found;                 /* rows counted: FETCH responses, lines of a list */
    bool open_mechanism, login;     /* authentication sends the password as it is; by LOGIN */
    bool refused;                   /* some final reply was a refusal */
    unsigned letters;               /* that went over in it */
    char *subject;                  /* of the only one; owned */
    bool list;                      /* the lines that follow are a list's */
};

enum mail_join {
    BEGINS,         /* always a new exchange */
    JOINS,          /* the present one if that is of the same kind */
};

struct mail_row {
    const char *verb;       /* NULL: the last row, for all others */
    const char *name;       /* N_(): equal names are the same kind */
    enum layer_id row;
    enum mail_join join;
    void (*command)(struct turn *turn, const struct watch_event *event);   /* NULL: the line itself */
    void (*reply)(struct turn *turn, const struct watch_event *event);     /* NULL: the last line of the reply */
};

struct mail_table {
    const char *protocol;           /* "SMTP" */
    const char *greeting;           /* N_() "SMTP greeting" */
    const char *greeting_rfc;
    const struct mail_row *rows;
    bool (*is_secret)(const struct turn *turn,
                      const struct watch_event *event); /* does this command send a password as it is? */
};

extern const struct mail_table mail_tables[3]; /* by enum watch_protocol */

enum { TURNS = 512 };

struct dialogue {
    const struct mail_table *table;
    struct turn *turns[TURNS];      /* by command number, modulo; owned by all_turns */
    uint64_t numbers[TURNS];
    struct turn **all_turns;
    size_t turn_count, turn_room;
    struct turn *last;              /* the newest */
    struct turn *letters[8];        /* whose letters became complete in the layer before */
    size_t letter_count;
    uint64_t newest;                /* command number */
    bool offers_tls;
    struct turn *envelope;          /* SMTP: of the letter that comes */
};

/* Adds text to one side of a summary, with ", " between; nothing when it is long already. */
void turn_add(struct buf *side, const char *between, struct span text);
void turn_word(struct buf *side, const char *text);

#endif
