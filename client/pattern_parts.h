/*
 * pattern_parts.h - what the files of pattern.h share: pattern.c reads
 * patterns, pattern_match.c tries them, pattern_search.c says them to a server.
 */
#ifndef PLI_CLIENT_PATTERN_PARTS_H
#define PLI_CLIENT_PATTERN_PARTS_H

#include <stddef.h>
#include <stdint.h>

enum pattern_kind {
    PATTERN_AND, PATTERN_OR, PATTERN_NOT,
    PATTERN_ALL, PATTERN_FLAG, PATTERN_UNREAD, PATTERN_NEW, PATTERN_OLD,
    PATTERN_FIRST_ARGUMENT,
    PATTERN_SUBJECT = PATTERN_FIRST_ARGUMENT, PATTERN_FROM, PATTERN_DATE, PATTERN_SIZE,
    PATTERN_FIRST_LETTER,    /* from here on the row is not enough */
    PATTERN_FIELD = PATTERN_FIRST_LETTER, PATTERN_PEOPLE, PATTERN_HEADER, PATTERN_BODY, PATTERN_WHOLE,
};

struct pattern_node {
    enum pattern_kind kind;
    unsigned flag;           /* of enum mail_flag */
    const char *search;      /* SEARCH's word; NULL: it is made otherwise, or cannot be said */
    const char *field;       /* names, with spaces between */
    char *text;
    int64_t least, most;     /* seconds or bytes, both included */
};

struct pattern {
    struct pattern_node *nodes;   /* an operator, then what it works on */
    size_t count;
};

#endif
