/*
 * reference.h - the reference pages: what the kit's tables say, as Markdown,
 * in the language of the user.
 *
 * The pages hold no knowledge of their own. A page is a function that writes
 * to out; main.c has the table of pages.
 */
#ifndef PLI_REFERENCE_REFERENCE_H
#define PLI_REFERENCE_REFERENCE_H

#include <stdio.h>

#include "core/words.h"

struct reference_page {
    const char *name;   /* of its file, without ".md" */
    const char *title;  /* N_() */
    void (*write)(const struct reference_page *page, FILE *out);
    const struct word_table *words;         /* of pages about a protocol, or NULL */
    const struct machine_table *machine;
};

void page_protocol(const struct reference_page *page, FILE *out);
void page_layers(const struct reference_page *page, FILE *out);
void page_fields(const struct reference_page *page, FILE *out);
void page_keys(const struct reference_page *page, FILE *out);
void page_configuration(const struct reference_page *page, FILE *out);
void page_dialogue(const struct reference_page *page, FILE *out);

/* Titles are translated by these, cells are not. A heading: level 1 is the page's own. */
void heading(FILE *out, int level, const char *title);
void table_head(FILE *out, size_t count, const char *const *titles);

/* One cell of the row that is being written: what Markdown would take for a mark of its own is escaped. */
void cell(FILE *out, const char *text);
void cell_code(FILE *out, const char *text);    /* as it is written on the wire or typed */
void row_end(FILE *out);

#endif
