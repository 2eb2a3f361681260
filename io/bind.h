/*
 * bind.h - the file in which a user says which key does what.
 *
 *     bind x delete          on every screen that has a command "delete", x does it
 *     bind Ctrl-N next-letter
 *     unbind Q               this key does nothing any more
 *     # a remark
 *
 * Keys and commands have the names that the help screen shows.
 */
#ifndef PLI_IO_BIND_H
#define PLI_IO_BIND_H

#include "core/buf.h"
#include "io/keys.h"

/*
 * Reads the file; tables: those of the program, in which the commands must be. A file that is not there is no
 * mistake. 0, or -1 with a sentence in error that names file and line; the lines before it hold.
 */
int bind_read(const char *path, const struct key_table *const *tables, size_t count, struct buf *error);

#endif
