/*
 * utf8.h - reads and writes the characters of UTF-8, strictly (RFC 3629).
 *
 * Overlong forms, surrogates and numbers over U+10FFFF are not UTF-8, and a
 * reader that lets them pass can be told two different stories by the same
 * bytes. Nothing here repairs; the caller decides what to show or refuse.
 */
#ifndef PLI_CORE_UTF8_H
#define PLI_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that begins at data, 1 to 4, its number in *code; 0 when none does (or size is 0). */
size_t utf8_read(const char *data, size_t size, uint32_t *code);

/* Writes the character into out, which holds 4 bytes; answers how many, 0 when there is no such character. */
size_t utf8_write(uint32_t code, char *out);

bool utf8_valid(const char *data, size_t size);

/* How many bytes at the beginning are ASCII: most texts are as a whole, and this is quickly seen. */
size_t utf8_ascii(const char *data, size_t size);

#endif
