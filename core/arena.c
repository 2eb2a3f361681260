#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { BLOCK = 64 << 10, ALIGNMENT = 8 };

struct arena_block {
    struct arena_block *next;
    void *adopted;              /* memory that lives as long as the block */
    uint64_t bytes[];
};

static void add_block(struct arena *arena, size_t room)
{
    struct arena_block *block = mem_alloc(sizeof *block + room);
    block->next = arena->blocks;
    arena->blocks = block;
    arena->used = 0;
    arena->room = room;
}

static char *take(struct arena *arena, size_t bytes)
{
    if (bytes > arena->room - arena->used)
        add_block(arena, bytes > BLOCK ? bytes : BLOCK);
    char *place = (char *)arena->blocks->bytes + arena->used;
    arena->used += bytes;
    return place;
}

void *arena_room(struct arena *arena, size_t bytes)
{
    arena->used = (arena->used + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->used > arena->room)
        arena->used = arena->room;
    return take(arena, bytes > 0 ? bytes : 1);
}

char *arena_text(struct arena *arena, struct span text)
{
    char *copy = take(arena, text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    return copy;
}

size_t arena_slot(struct span text)
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.at[i]) * 1099511628211U;
    return (size_t)(hash ^ hash >> 32) % ARENA_TABLE;
}

const char *arena_intern(struct arena *arena, struct arena_table *table, struct span text)
{
    const char **slot = &table->texts[arena_slot(text)];
    if (*slot == NULL || !span_is(text, *slot))
        *slot = arena_text(arena, text);
    return *slot;
}

void arena_adopt(struct arena *arena, void *memory)
{
    struct arena_block *block = mem_alloc(sizeof *block);
    block->adopted = memory;
    if (arena->blocks == NULL) {
        arena->blocks = block;
        arena->used = arena->room = 0;
        return;
    }
    block->next = arena->blocks->next;   /* behind the newest, which goes on being filled */
    arena->blocks->next = block;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block->adopted);
        free(block);
    }
    *arena = (struct arena){ .blocks = NULL };
}
