/*
 * mem.h - memory that is always there.
 *
 * Running out of memory ends the program with a message: code that can
 * never be tested is not written. Everything returned here is released
 * with free().
 */
#ifndef PLI_CORE_MEM_H
#define PLI_CORE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);                    /* zeroed; never NULL */
void *mem_grow(void *old, size_t count, size_t size); /* realloc to count * size, overflow checked */
char *mem_copy(const void *data, size_t size);   /* a copy of size bytes with a NUL after them */
char *mem_text(const char *text);                /* a copy of a string; NULL stays NULL */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
