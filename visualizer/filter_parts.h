/*
 * filter_parts.h - the inside of filters: words, tree, values. Only the files
 * filter_*.c include this.
 *
 * The text becomes a tree of nodes in one pass (filter_parse.c on filter_lex.c).
 * A literal has no type of its own: it takes that of what it is compared with
 * (filter_value.c). filter_eval.c asks the tree about a packet.
 */
#ifndef PLI_VISUALIZER_FILTER_PARTS_H
#define PLI_VISUALIZER_FILTER_PARTS_H

#include <stdint.h>

#include "visualizer/filter.h"
#include "visualizer/packet.h"

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_CHARACTER, TOKEN_SIGN };

enum sign {
    SIGN_NONE, SIGN_OR, SIGN_XOR, SIGN_AND, SIGN_NOT, SIGN_ANY, SIGN_ALL,
    SIGN_EQUAL, SIGN_ALL_EQUAL, SIGN_UNEQUAL, SIGN_ANY_UNEQUAL, SIGN_LESS, SIGN_LESS_EQUAL, SIGN_GREATER,
    SIGN_GREATER_EQUAL, SIGN_CONTAINS, SIGN_MATCHES, SIGN_IN,
    SIGN_BITS, SIGN_PLUS, SIGN_MINUS, SIGN_TIMES, SIGN_DIVIDE, SIGN_MODULO,
    SIGN_OPEN, SIGN_CLOSE, SIGN_BRACE, SIGN_END_BRACE, SIGN_BRACKET, SIGN_COMMA, SIGN_RANGE, SIGN_LAYER, SIGN_WRONG
};

struct token {
    enum token_kind kind;
    enum sign sign;
    size_t start, end;      /* bytes of the text */
    char *text;             /* of a word or string, in the parser's room */
    size_t len;
};

struct lexer {
    const char *text;
    size_t at;
    char *room;             /* as long as the text: strings without their escapes are never longer */
    size_t used;
    const char *problem;    /* N_(): what is wrong with the token; NULL */
};

void lexer_next(struct lexer *lexer, struct token *token);

enum value_kind { VALUE_NONE, VALUE_NUMBER, VALUE_SIGNED, VALUE_TIME, VALUE_ADDRESS4, VALUE_ADDRESS6, VALUE_BYTES,
                  VALUE_TEXT };

struct value {
    enum value_kind kind;
    unsigned prefix;        /* of addresses: bits to compare; 0 for all */
    uint64_t number;
    int64_t time;           /* signed, time: nanoseconds */
    const uint8_t *bytes;   /* addresses, bytes, text */
    size_t size;
};

/* -1, 0 or 1. Both are of one family: numbers, times, bytes and texts. */
int value_compare(const struct value *a, const struct value *b);
bool value_equal(const struct value *a, const struct value *b); /* prefixes count */
enum value_kind value_kind_of(const struct field_row *row);
bool value_fits(enum value_kind a, enum value_kind b);          /* may they be compared? */
bool value_of_field(const struct field *field, struct value *value);

enum node_kind { NODE_TRUE, NODE_OR, NODE_XOR, NODE_AND, NODE_NOT, NODE_EXISTS, NODE_COMPARE, NODE_IN,
                 NODE_FIELD, NODE_PROTOCOL, NODE_OWN, NODE_LITERAL, NODE_SLICE, NODE_FUNCTION, NODE_ARITHMETIC,
                 NODE_NEGATIVE };

enum function { FUNCTION_LEN, FUNCTION_COUNT, FUNCTION_UPPER, FUNCTION_LOWER, FUNCTION_STRING, FUNCTION_MAX,
                FUNCTION_MIN, FUNCTION_ABS };

struct range {
    int from, to;           /* negative: from the end; to inclusive */
    enum { RANGE_LENGTH, RANGE_TO, RANGE_REST } kind; /* RANGE_LENGTH: to is a length */
};

enum { MOST_RANGES = 8, MOST_PLACES = 16 };

struct node {
    enum node_kind kind;
    enum value_kind type;   /* of an operand; VALUE_NONE for a literal that has none yet */
    enum sign sign;
    bool all;               /* every value has to fit */
    size_t start, end;      /* in the text */
    struct node *left, *right;
    struct node *next;      /* of a set's elements and a function's arguments; right is then a range's end */
    const struct field_row *row; /* for labels and widths; may be NULL */
    struct field_place places[MOST_PLACES];
    size_t place_count;
    bool layered;
    struct range ranges[MOST_RANGES]; /* of a slice, or of layers */
    size_t range_count;
    int which;              /* function, or own field, or protocol */
    bool quoted;            /* literal: a string */
    const char *text;
    size_t len;
    struct value value;
    void *pattern;          /* pcre2_code */
    struct node *older;     /* all nodes, to be freed */
};

struct filter {
    char *room;
    struct node *all, *root;
    bool asks_exchanges;
    uint8_t *bytes;         /* of literals */
    size_t used, size;
};

struct filter_parser {
    struct filter *filter;
    struct lexer lexer;
    struct token token;
    unsigned depth;
    size_t column;
    struct buf *message;
    bool failed;
};

/* Complains once, at bytes start of the text. */
void parser_fail(struct filter_parser *parser, size_t start, const char *reason, const char *what);
/* Gives a literal the type; complains. row: for labels; may be NULL. */
bool literal_become(struct filter_parser *parser, struct node *node, enum value_kind type,
                    const struct field_row *row);
bool literal_pattern(struct filter_parser *parser, struct node *node);
struct node *parse_slice(struct filter_parser *parser, struct node *operand);
bool parse_layers(struct filter_parser *parser, struct node *operand);
struct node *parse_operand(struct filter_parser *parser);
struct node *node_new(struct filter_parser *parser, enum node_kind kind, size_t start);
void parser_next(struct filter_parser *parser);
bool parser_accept(struct filter_parser *parser, enum sign sign);

/* Values being computed for a packet. */
struct evaluation {
    const struct packet *packet;
    const struct exchange_list *exchanges;
    struct value *values;
    size_t count, room;
    struct memory { struct memory *older; max_align_t bytes[]; } *memory;
};
void evaluation_push(struct evaluation *evaluation, struct value value);
void *evaluation_memory(struct evaluation *evaluation, size_t size);
void evaluate_operand(struct evaluation *evaluation, const struct node *node);

/* Our own fields. */
int own_find(const char *name);                         /* index, or -1 */
const struct field_row *own_row(int which);
bool own_asks_exchanges(int which);
void own_values(struct evaluation *evaluation, int which);
const char *own_name(size_t index);                     /* NULL after the last */

#endif
