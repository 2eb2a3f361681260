/*
 * predict.h - questions about a packet that the learner has not seen yet, and
 * what an answer is worth. No drawing here: tui_predict.c asks.
 *
 * What can be asked is a table: a field of a protocol (a reply code, a command,
 * the flags of TCP), or what the two models say of an exchange. What a right
 * answer means is told by core's words, by the field's own labels, or by the
 * table of the layers.
 */
#ifndef PLI_VISUALIZER_PREDICT_H
#define PLI_VISUALIZER_PREDICT_H

#include <stdbool.h>
#include <stddef.h>

struct exchange;
struct field_label;
struct packet;

enum predict_kind {
    PREDICT_CODE,       /* a reply code: its first digit alone is partly right */
    PREDICT_WORD,       /* a command or a word of a reply */
    PREDICT_NUMBER,     /* a number, or its name */
    PREDICT_FLAGS,      /* of TCP: a set */
    PREDICT_OSI, PREDICT_TCPIP, PREDICT_SERVES, /* of the exchange: layers */
};

struct predict_row {
    enum predict_kind kind;
    const char *field;      /* NULL for the kinds that concern the exchange */
    const char *about;      /* N_(), for the summary: "Reply codes of SMTP" */
    const char *question;   /* N_() */
    const char *form;       /* N_(): how an answer looks: "three digits, as 250" */
};

extern const struct predict_row predict_rows[];
extern const size_t predict_row_count;

enum { PREDICT_ROWS_MAX = 32, PREDICT_ANSWER = 96 };

struct predict_question {
    size_t row;                         /* in predict_rows */
    char answer[PREDICT_ANSWER];        /* "250", "SYN ACK", "7" */
    const char *label;                  /* N_(): the name of a number, or NULL */
    const struct field_label *labels;   /* of the same field; or NULL */
    const char *meaning;                /* N_(): why, or NULL */
    const char *rfc;                    /* or NULL */
};

/* What can be asked about this packet of this exchange (its first packet: about the exchange, too). */
size_t predict_questions(const struct packet *packet, const struct exchange *exchange,
                         struct predict_question questions[PREDICT_ROWS_MAX]);

enum predict_verdict { PREDICT_WRONG, PREDICT_PARTLY, PREDICT_RIGHT };

enum predict_verdict predict_judge(const struct predict_question *question, const char *guess);

struct predict_score {
    unsigned asked[PREDICT_ROWS_MAX], right[PREDICT_ROWS_MAX], partly[PREDICT_ROWS_MAX];
    unsigned streak, longest;           /* right ones in a row */
};

void predict_note(struct predict_score *score, const struct predict_question *question, enum predict_verdict verdict);
void predict_total(const struct predict_score *score, unsigned *asked, unsigned *right, unsigned *partly);

/* Of several the one of a sort that was asked least so far. */
const struct predict_question *predict_choose(const struct predict_score *score,
                                              const struct predict_question *questions, size_t count);

#endif
