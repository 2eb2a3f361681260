/*
 * diagram.h - the states of a protocol and what leads from one to the other,
 * drawn from its table (core/machine.h) into a page.
 */
#ifndef PLI_IO_DIAGRAM_H
#define PLI_IO_DIAGRAM_H

#include "core/machine.h"
#include "io/page.h"

struct diagram {
    const struct machine_table *table;
    const char *lit;               /* the name of the state where we are; NULL: nowhere */
    const char *from, *to;         /* the move that was just made; NULL: none */
};

/* Answers the line on which the lit state stands; SIZE_MAX when none does. */
size_t diagram_build(const struct diagram *diagram, struct page *page, int columns);

#endif
