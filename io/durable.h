/*
 * durable.h - files that are either wholly there or not there, whatever happens.
 *
 * A file that must survive a crash is written under another name, brought to
 * stable storage (fsync), given its name by rename, and the directory is
 * brought to stable storage too, because the name lives there. Who looks sees
 * the old file or the new one, never half of it.
 */
#ifndef PLI_IO_DURABLE_H
#define PLI_IO_DURABLE_H

#include <stddef.h>
#include <sys/types.h>

#include "core/buf.h"

/* The whole file, replaced or made, with the access rights mode. 0, or -1 with errno and nothing changed. */
int durable_replace(const char *path, const void *data, size_t size, mode_t mode);

/* fsync of a directory: the names in it. 0, or -1 with errno. */
int durable_directory(const char *path);

/* All of it, also when the system takes it in pieces. 0, or -1 with errno. */
int durable_write(int fd, const void *data, size_t size);

/* Adds a file's contents to out. 0, or -1 with errno: EFBIG when they exceed out's maximum. */
int durable_read(const char *path, struct buf *out);

/* Makes the directory and those above it that are missing, for their owner only. 0, or -1 with errno. */
int durable_make_directory(const char *path);

#endif
