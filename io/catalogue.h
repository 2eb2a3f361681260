/*
 * catalogue.h - reads a catalogue of translations, a file as GNU msgfmt
 * writes it (.mo; the GNU gettext manual, "The Format of GNU MO Files").
 *
 * Why not gettext() itself: it answers in English whenever the system's
 * locale is "C" or, since glibc 2.39, "C.UTF-8", and a fresh machine has no
 * other. The kit is to speak French there too. And not every C library has a
 * gettext() that can change its language while the program runs.
 */
#ifndef PLI_IO_CATALOGUE_H
#define PLI_IO_CATALOGUE_H

#include <stddef.h>

struct catalogue;

/* Reads a file. NULL when there is none, or when it is not a catalogue whose every text lies inside. */
struct catalogue *catalogue_open(const char *path);
void catalogue_free(struct catalogue *catalogue);

/* The translation of a text, form 0, 1 ... of those that it has; NULL when there is none. It lives as the catalogue. */
const char *catalogue_find(const struct catalogue *catalogue, const char *text, size_t form);

#endif
