/*
 * address_book.h - whom the user writes to: aliases in a file as mutt has it
 * ("alias fati Fatima <fatima@example.org>"), and addresses that were
 * gathered from letters, the latest last, in a file of their own.
 */
#ifndef PLI_CLIENT_ADDRESS_BOOK_H
#define PLI_CLIENT_ADDRESS_BOOK_H

#include "client/people.h"
#include "core/buf.h"

struct address_entry {
    char *alias;        /* "" for one that was gathered */
    char *text;         /* "Fatima <fatima@example.org>", or a list with commas */
};

struct address_book {
    struct address_entry *rows;   /* aliases, then the others, the latest first */
    size_t count;
    char *gathered;     /* the file */
};

/* Reads "aliases" in the folder of the accounts, and "addresses" in that of the data. Missing files are empty. */
void address_book_read(struct address_book *book);
void address_book_read_from(struct address_book *book, const char *aliases, const char *gathered);
void address_book_free(struct address_book *book);

/*
 * Those whose alias, name or address (or a word in it) begins with what stands behind the last comma of text: places
 * in rows, most at most; answers how many.
 */
size_t address_book_complete(const struct address_book *book, const char *text, size_t *places, size_t most);

/* A list with its aliases replaced. Adds to out. 0, or -1: full. */
int address_book_expand(const struct address_book *book, const char *list, struct buf *out);

/* Remembers the addresses of a list, if they are new. */
void address_book_gather(struct address_book *book, const char *list);

/* Adds an alias to the aliases' file and the book. 0, or -1 with a sentence in error. */
int address_book_add(struct address_book *book, const char *alias, const char *text, struct buf *error);

#endif
