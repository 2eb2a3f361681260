/*
 * edit.h - one line being edited: bytes, a cursor, and what keys do to them.
 * No terminal here.
 */
#ifndef PLI_IO_EDIT_H
#define PLI_IO_EDIT_H

#include <stdbool.h>
#include <stddef.h>

struct edit {
    char *text;     /* the caller's; always ends with a NUL, always whole characters */
    size_t size;    /* of text */
    size_t cursor;  /* byte offset */
};

void edit_start(struct edit *edit, char *text, size_t size); /* the cursor is at the end */
bool edit_key(struct edit *edit, int key);                   /* false: not a key for editing */

#endif
