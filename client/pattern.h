/*
 * pattern.h - which letters are wanted: a small language with mutt's letters.
 *
 *     ~f alice ~s "cours 3"      both (a space: and)
 *     ~F | !~R                   either; not
 *     (~d <1w ~z >100K) | ~b osi
 *     rachida                    a word alone: in the subject, or in who it is from
 *
 * Texts are found as parts of others, whatever the case of letters. The same
 * pattern is said to an IMAP server as SEARCH (RFC 9051 §6.4.4), or tried on
 * the rows here.
 */
#ifndef PLI_CLIENT_PATTERN_H
#define PLI_CLIENT_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "client/mail_source.h"
#include "core/buf.h"

struct pattern;

/* "" fits every letter. now: seconds since 1970, for dates like "<3d". NULL with a sentence in error. */
struct pattern *pattern_parse(const char *text, int64_t now, struct buf *error);
void pattern_free(struct pattern *pattern);

/* Does it ask for what is not in a list's row: other fields, or the text? */
bool pattern_needs_letters(const struct pattern *pattern);

/* Does it fit this row? letter: the bytes, if pattern_needs_letters; else empty. */
bool pattern_matches(const struct pattern *pattern, const struct mail_envelope *row, struct span letter);

/* The same for all rows of a source: hits as source_search wants them. Reads letters as needed. 0, or -1. */
int pattern_match_all(const struct pattern *pattern, struct mail_source *source, unsigned char *hits);

/* As SEARCH says it. */
struct pattern_writer {
    void (*word)(void *context, const char *word);          /* an atom or "(ALL", with a space before it; ")" without */
    void (*string)(void *context, struct span string);
    void *context;
};

bool pattern_for_server(const struct pattern *pattern);   /* can SEARCH say it? */
bool pattern_is_ascii(const struct pattern *pattern);     /* else CHARSET UTF-8 */
void pattern_write(const struct pattern *pattern, const struct pattern_writer *writer);

/* The letters for a help page: row 0, 1, ... ; false after the last. meaning is N_(). */
bool pattern_letter(size_t row, char *letter, bool *argument, const char **meaning);

/* Is needle in text, whatever the case of letters? Both UTF-8. */
bool pattern_holds(struct span text, struct span needle);

#endif
