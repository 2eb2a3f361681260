/*
 * people.h - lists of people as a person types them: "Alice É. <alice@x>, bob".
 *
 * An address without a domain gets the one of the sender. What is no address
 * by RFC 5321 §4.1.2 is refused with a sentence that names it, so that no list
 * can smuggle a command into the dialogue.
 */
#ifndef PLI_CLIENT_PEOPLE_H
#define PLI_CLIENT_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

struct person {
    char *name;       /* UTF-8, "" when none was given */
    char *mailbox;    /* local@domain, as SMTP writes it */
};

struct people {
    struct person *rows;
    size_t count;
};

/* Adds those in list (NULL: none) to people. domain: for addresses without one. 0, or -1 with a sentence in error. */
int people_parse(const char *list, const char *domain, struct people *people, struct buf *error);
void people_free(struct people *people);

/* As a header field, folded, names coded as needed (RFC 2047); nothing when there is nobody. 0, or -1: full. */
int people_write(const char *field, const struct people *people, struct buf *out);

/* The name of this machine as others may know it: "alice.example.org". free() it. */
char *people_host(void);

/* Who runs the program, at this machine: "alice@alice.example.org". free() it. */
char *people_self(void);

/* What follows the @ of a mailbox. */
const char *people_domain(const char *mailbox);

#endif
