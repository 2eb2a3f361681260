/*
 * template.h - texts of a dialogue: literal bytes, escapes, values, wildcards.
 *
 *     MAIL FROM:<${user}@example.org>      a value
 *     ${base64 "\0${user}\0secret"}        a function and its arguments
 *     bare\nLF, NUL \0, \xe9, cut \| here  escapes
 *     250 * ${size=*}                      patterns only: any bytes, and any bytes kept as a value
 *     /^250[ -]SIZE (?<size>\d+)/i         patterns only: a regular expression (PCRE)
 *
 * A backslash before a capital letter is itself, so that \Seen is written as it
 * is in IMAP; before anything else that is no escape it is a fault. A pattern
 * that begins with a star and a space means that star: it is IMAP's mark.
 */
#ifndef PLI_LABS_DIALOGUE_TEMPLATE_H
#define PLI_LABS_DIALOGUE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "fault.h"
#include "values.h"

enum template_form { TEMPLATE_TEXT, TEMPLATE_WILD, TEMPLATE_REGEX };

enum { TEMPLATE_MAX_CUTS = 256 };

enum part_kind {
    PART_BYTES,
    PART_CUT,        /* \|: what stands before it is sent by itself */
    PART_ANY,        /* * */
    PART_DIGIT,      /* the x of 5xx */
    PART_VALUE,      /* ${name} or ${function argument...} */
    PART_CAPTURE,    /* ${name=pattern} */
};

struct template {
    enum template_form form;
    struct template_part *parts;
    size_t count;
    bool anywhere;    /* of wildcards: may stand anywhere in what is looked at */
    char options[8];  /* of a regular expression: "i", "s", "m", "x" */
};

struct template_part {
    enum part_kind kind;
    char *bytes;                  /* of PART_BYTES */
    size_t size;
    char *name;                   /* of PART_VALUE and PART_CAPTURE */
    struct template *arguments;   /* of a function; one, the inner pattern, of a capture */
    size_t count;
    size_t offset;                /* in the text that was parsed */
};

/* 0, or -1 and a fault. To be freed in both cases. */
int template_parse(struct span text, struct template *template, struct fault *fault);           /* to be sent */
int template_parse_pattern(struct span text, struct template *template, struct fault *fault);   /* to be met */
void template_free(struct template *template);

/* The next word of a line, which may be in quotation marks; *at moves behind it. 1, 0 at the end, -1 and a fault. */
int template_word(struct span text, size_t *at, struct template *template, struct fault *fault);

/* Where a text to be sent is to be cut, in bytes of it. */
struct template_cuts {
    size_t at[TEMPLATE_MAX_CUTS];
    size_t count;
};

/* Adds the bytes; cuts may be NULL. 0, or -1 and a fault: a value that is not there, or too much. */
int template_expand(const struct template *template, struct values *values, struct buf *out,
                    struct template_cuts *cuts, struct fault *fault);

/* Adds the pattern as a person wrote it, with the values that are known. */
void template_describe(const struct template *template, struct values *values, struct buf *out);

#endif
