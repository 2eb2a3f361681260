/*
 * log.h - what happened, a line each, with the time before it.
 *
 *     2026-11-24 04:19:29 smtp 7f3a-12: letter 4Yx9... accepted, 312 octets
 *
 * Whatever came from outside may be in the arguments: control characters are
 * made visible before anything is written, so that no peer can write lines of
 * its own or command a terminal. A line is written with one system call; lines
 * of several threads do not mix.
 */
#ifndef PLI_IO_LOG_H
#define PLI_IO_LOG_H

#include <stdarg.h>

struct log;

/* Writes to the descriptor, which stays the caller's; -1: nothing is written anywhere. */
struct log *log_new(int fd);
void log_free(struct log *log);

/* subject: who or what the line is about, before a colon; NULL for none. At most some 1000 bytes are kept. */
void log_line(struct log *log, const char *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void log_line_list(struct log *log, const char *subject, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
