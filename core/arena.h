/*
 * arena.h - memory for many small things that go together: a hundred
 * thousand subjects cost their bytes and nothing else.
 *
 * What is added stays where it is until everything is given back at once.
 */
#ifndef PLI_CORE_ARENA_H
#define PLI_CORE_ARENA_H

#include <stddef.h>

#include "buf.h"

struct arena {
    struct arena_block *blocks;   /* the newest first */
    size_t used, room;            /* of the newest */
};

/* A zeroed arena is empty. room: bytes, aligned for any number; never NULL. */
void *arena_room(struct arena *arena, size_t bytes);

/* A copy with a NUL after it. */
char *arena_text(struct arena *arena, struct span text);

/*
 * The same, but a text that was added lately is not added again: there are many letters, and few people who write them.
 * table: zeroed at first, and again when the arena is freed.
 */
enum { ARENA_TABLE = 4096 };
struct arena_table {
    const char *texts[ARENA_TABLE];
};
const char *arena_intern(struct arena *arena, struct arena_table *table, struct span text);

/* Where a text has its place in such a table. */
size_t arena_slot(struct span text);

/* Takes over memory that malloc gave: it is freed with the rest. */
void arena_adopt(struct arena *arena, void *memory);

void arena_free(struct arena *arena);   /* usable again afterwards */

#endif
