/*
 * help.h - the help screen: the key table of a view, written out. There is no
 * other text about keys, so it cannot be wrong.
 */
#ifndef PLI_IO_HELP_H
#define PLI_IO_HELP_H

#include "io/keys.h"
#include "io/page.h"
#include "io/view.h"

void help_push(struct views *views, const struct key_table *keys);

/* The same into a page: for documentation. */
void help_build(struct page *page, const struct key_table *keys, int columns);

#endif
