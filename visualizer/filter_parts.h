/*
 * filter_parts.h - the inside of filters: words, tree, values. Only the files
 * filter_*.c include this.
 *
 * The text becomes a tree of nodes in one pass: conditions (filter_parse.c) of
 * operands (filter_operand.c) of words (filter_lex.c). A literal has no type of
 * its own: it takes that of what it is compared with (filter_type.c,
 * filter_literal.c). filter_eval.c and filter_values.c ask the tree about a packet.
 */
#ifndef PLI_VISUALIZER_FILTER_PARTS_H
#define PLI_VISUALIZER_FILTER_PARTS_H

#include <stdint.h>

#include "visualizer/filter.h"
#include "visualizer/packet.h"

/* --- words (filter_lex.c) --------------------------------------------------------------- */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_CHARACTER, TOKEN_SIGN };

enum sign {
    SIGN_NONE, SIGN_OR, SIGN_AND, SIGN_NOT, SIGN_ANY, SIGN_ALL,
    SIGN_EQUAL, SIGN_ALL_EQUAL, SIGN_UNEQUAL, SIGN_ANY_UNEQUAL, SIGN_LESS, SIGN_LESS_EQUAL, SIGN_GREATER,
    SIGN_GREATER_EQUAL, SIGN_CONTAINS, SIGN_MATCHES, SIGN_IN,
    SIGN_BITS, SIGN_PLUS, SIGN_MINUS, SIGN_TIMES, SIGN_DIVIDE, SIGN_MODULO,
    SIGN_OPEN, SIGN_CLOSE, SIGN_BRACE, SIGN_END_BRACE, SIGN_BRACKET, SIGN_END_BRACKET, SIGN_COMMA, SIGN_RANGE,
    SIGN_LAYER, SIGN_WRONG
};

struct token {
    enum token_kind kind;
    enum sign sign;
    size_t start, end;      /* bytes of the text */
    char *text;             /* of a word or string, in the lexer's room */
    size_t len;
};

struct lexer {
    const char *text;
    size_t at;
    char *room;             /* twice as long as the text: strings without their escapes, and a NUL for each word */
    size_t used;
    const char *problem;    /* N_(): what is wrong with the token; NULL */
};

void lexer_next(struct lexer *lexer, struct token *token);

/* --- values (filter_value.c) -------------------------------------------------------------- */

enum value_kind {
    VALUE_NONE,             /* only there or not */
    VALUE_NUMBER,
    VALUE_SIGNED,
    VALUE_BOOLEAN,
    VALUE_TIME,             /* nanoseconds since 1970 */
    VALUE_DURATION,         /* nanoseconds */
    VALUE_MILLISECONDS,     /* nanoseconds, too; literals are milliseconds */
    VALUE_ETHER,
    VALUE_ADDRESS4,
    VALUE_ADDRESS6,
    VALUE_BYTES,
    VALUE_PROTOCOL,         /* the bytes of a layer */
    VALUE_TEXT
};

struct value {
    enum value_kind kind;
    unsigned ignored;       /* of addresses: bits at the end that do not count */
    uint64_t number;        /* number, boolean */
    int64_t time;           /* signed, times */
    const uint8_t *bytes;   /* addresses, bytes, protocols, text */
    size_t size;
};

bool kind_is_number(enum value_kind kind);
bool kind_is_time(enum value_kind kind);
bool kind_is_bytes(enum value_kind kind);                   /* addresses, bytes, protocols, text */
bool kinds_fit(enum value_kind a, enum value_kind b);       /* may they be compared? */
enum value_kind kind_of_row(const struct field_row *row);
struct value value_of_field(const struct field *field);
int value_compare(const struct value *a, const struct value *b);  /* -1, 0 or 1; of kinds that fit */
int64_t value_signed(const struct value *value);            /* a number; beyond the range: its end */

/* --- the tree ----------------------------------------------------------------------------- */

enum node_kind {
    NODE_EVERYTHING, NODE_OR, NODE_AND, NODE_NOT, NODE_EXISTS, NODE_COMPARE, NODE_IN,
    /* operands */
    NODE_FIELD, NODE_PROTOCOL, NODE_OWN, NODE_LITERAL, NODE_SLICE, NODE_FUNCTION, NODE_ARITHMETIC, NODE_NEGATIVE
};

enum function { FUNCTION_LEN, FUNCTION_COUNT, FUNCTION_UPPER, FUNCTION_LOWER, FUNCTION_STRING, FUNCTION_MAX,
                FUNCTION_MIN, FUNCTION_ABS };

struct range {
    enum { RANGE_LENGTH, RANGE_TO, RANGE_REST } kind;
    int from, to;           /* negative: from the end; to is inclusive, or a length */
};

enum { MOST_RANGES = 8, MOST_FIELD_PLACES = 16 };

struct node {
    enum node_kind kind;
    enum value_kind type;   /* of an operand; VALUE_NONE for a literal that has none yet */
    enum sign sign;         /* of a comparison or arithmetic */
    bool all;               /* every value has to fit */
    size_t start, end;      /* in the text */
    struct node *left, *right;
    struct node *next;      /* of a set's elements and a function's arguments */
    struct node *until;     /* of a set's element: the end of its range; NULL */
    const struct field_row *row; /* of a field, for labels and widths; may be NULL */
    struct field_place places[MOST_FIELD_PLACES]; /* of a protocol: its ids, no rows */
    size_t place_count;
    bool layered;           /* ranges tell which layers of the protocol, from 1 */
    struct range ranges[MOST_RANGES]; /* of a slice, or of layers */
    size_t range_count;
    int which;              /* enum function, or own field */
    bool quoted, character; /* literal: how it was written */
    bool minus;             /* literal: of a number */
    const char *text;
    size_t len;
    struct value value;
    uint8_t address[16];    /* of a literal that is one */
    void *pattern;          /* pcre2_code */
    struct node *older;     /* all nodes, to be freed */
};

struct filter {
    char *room;             /* of words */
    struct node *all, *root;
    bool asks_exchanges;
};

/* --- parsing -------------------------------------------------------------------------------- */

struct filter_parser {
    struct filter *filter;
    struct lexer lexer;
    struct token token;
    unsigned depth;
    size_t column;          /* of the mistake */
    struct buf *message;
    bool failed;
};

/* Complains once, about the text from byte start to end. reason N_(). Answers false. */
bool parser_fail(struct filter_parser *parser, size_t start, size_t end, const char *reason);
void parser_next(struct filter_parser *parser);
bool parser_accept(struct filter_parser *parser, enum sign sign);
bool parser_expect(struct filter_parser *parser, enum sign sign, const char *reason);
bool parser_deeper(struct filter_parser *parser);           /* one level; parser->depth-- when it is left */
struct node *node_new(struct filter_parser *parser, enum node_kind kind, size_t start);

struct node *parse_operand(struct filter_parser *parser);   /* filter_operand.c; never NULL */
/* The ranges behind "[", up to and with "]" (filter_slice.c). */
bool parse_ranges(struct filter_parser *parser, struct node *node);

/* --- types (filter_type.c): each complains and answers false when something does not fit -------- */

bool type_comparison(struct filter_parser *parser, struct node *comparison);
bool type_set(struct filter_parser *parser, struct node *comparison);
bool type_exists(struct filter_parser *parser, const struct node *operand);
bool type_arithmetic(struct filter_parser *parser, struct node *arithmetic);
bool type_function(struct filter_parser *parser, struct node *function, size_t arguments);

/* Gives a literal its value (filter_literal.c). contains: a part of such a value is enough. */
bool literal_become(struct filter_parser *parser, struct node *literal, enum value_kind kind,
                    const struct field_row *row, bool contains);
/* "2026-11-24 10:00:00.5" and the like to nanoseconds since 1970 (filter_time.c). */
bool literal_time(const char *text, int64_t *time);
/* Seconds with up to nine digits behind the point, to nanoseconds. */
bool literal_duration(const char *text, int64_t scale, int64_t *time);

/* Regular expressions (filter_pattern.c). */
bool filter_pattern_compile(struct filter_parser *parser, struct node *literal);
void filter_pattern_free(struct node *literal);

/* --- asking ------------------------------------------------------------------------------------ */

enum { VALUES_LOCAL = 32 };

struct memory;

/* What is computed for one packet. */
struct evaluation {
    const struct packet *packet;
    const struct exchange *const *exchanges;
    size_t exchange_count;
    struct value *values;   /* a stack */
    size_t count, room;
    struct value local[VALUES_LOCAL];
    struct memory *memory;
    uint64_t work;          /* comparisons that are left to make */
    int64_t deadline;       /* of regular expressions, nanoseconds; 0: none was tried */
};

void evaluation_push(struct evaluation *evaluation, struct value value);
void *evaluation_memory(struct evaluation *evaluation, size_t size);
bool evaluation_pay(struct evaluation *evaluation, uint64_t work);  /* false: no more */
void evaluate_operand(struct evaluation *evaluation, const struct node *node);  /* pushes its values */
bool filter_pattern_matches(struct evaluation *evaluation, const struct node *literal, const struct value *value);

/* --- our own fields (filter_own.c) ---------------------------------------------------------------- */

int own_find(const char *name);                             /* index, or -1 */
const struct field_row *own_row(size_t index);              /* NULL after the last */
bool own_asks_exchanges(int which);
void own_values(struct evaluation *evaluation, int which);

#endif
