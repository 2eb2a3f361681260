/*
 * script.h - a dialogue as it was written: what it is about, and its steps.
 *
 * A file is read once, with all that it includes, and may then be run any
 * number of times, by several threads. Whatever can be known to be wrong is
 * said while it is read, with file, line and column.
 */
#ifndef PLI_LABS_DIALOGUE_SCRIPT_H
#define PLI_LABS_DIALOGUE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "template.h"

enum {
    SCRIPT_MAX_STEPS = 5000,
    SCRIPT_MAX_SESSIONS = 16,
    SCRIPT_MAX_RFCS = 8,
    SCRIPT_MAX_COLUMNS = 8,
    SCRIPT_MAX_ROWS = 500,
    SCRIPT_MAX_NEEDS = 16,
    SCRIPT_MAX_FILES = 32,
    SCRIPT_MAX_ERRORS = 20,
};

enum speech_flag {
    SPEECH_OPTIONAL = 1,   /* C?: */
    SPEECH_MANY = 2,       /* C*: */
    SPEECH_REPLY = 4,      /* all lines of a reply, as one text */
    SPEECH_UNTIL = 8,      /* lines are passed over until one matches */
    SPEECH_NOT = 16,       /* must not match */
    SPEECH_RAW = 32,       /* exactly these bytes, no end of line */
    SPEECH_BYTEWISE = 64,  /* one byte at a time */
    SPEECH_DATA = 128,     /* the file of that name as the content of a letter, dot-stuffed, and the dot */
};

struct keyword;

struct place {
    const char *file;      /* owned by the script */
    int line, column;
};

struct step {
    const struct keyword *keyword;
    struct place place;            /* the column is where the text begins */
    char *source;                  /* as it was written */
    size_t session;
    bool from_client;              /* C: or S: */
    unsigned flags;                /* enum speech_flag */
    struct template sent;          /* speech as a text to send */
    struct template met;           /* speech as a pattern to meet; for other steps, their text is in sent */
    struct fault unsendable;       /* why `sent` cannot be sent, as a capture cannot; text empty when it can */
    struct fault unmeetable;       /* why `met` cannot be met, as a cut cannot; likewise */
    struct template *words;        /* of keywords that take words */
    size_t word_count;
    size_t members;                /* of any-order: so many steps behind it are its lines */
};

struct script_rfc {
    int number;
    char section[32];              /* "4.1.1.3"; empty: the whole */
};

struct script_row {
    struct template values[SCRIPT_MAX_COLUMNS];
};

struct script {
    char *path;
    char *folder;                  /* of the file: included files and letters are looked for there */
    char *files[SCRIPT_MAX_FILES]; /* names of all files read */
    size_t file_count;
    struct template title, hint;   /* English */
    struct template title_fr, hint_fr;
    struct script_rfc rfcs[SCRIPT_MAX_RFCS];
    size_t rfc_count;
    int points;
    double time;                   /* seconds that all may take; 0: the default */
    int accounts;
    char *needs[SCRIPT_MAX_NEEDS];
    size_t need_count;
    char *columns[SCRIPT_MAX_COLUMNS];
    size_t column_count;
    struct script_row *rows;
    size_t row_count;
    struct step *steps;
    size_t step_count;
    char *sessions[SCRIPT_MAX_SESSIONS];   /* the first has no name: "" */
    size_t session_count;
};

/* NULL, and lines "FILE:LINE:COLUMN: sentence" in errors, when anything is wrong. */
struct script *script_read(const char *path, struct buf *errors);
void script_free(struct script *script);

/* How many tests it makes: one for each row, or one. */
size_t script_tests(const struct script *script);

#endif
