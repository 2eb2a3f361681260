/*
 * mua_list.c - which letters the index shows and in which order: threads or
 * sorted, limited, folded. And which of them are tagged.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/mua_call.h"
#include "client/mua_state.h"
#include "core/mem.h"
#include "io/i18n.h"

#define BARS_MAX 31

struct mail_envelope *mua_letter(const struct mua *mua, size_t place)
{
    if (mua->source == NULL || place >= mua->list.count || mua->rows[place].letter >= mua->source->count)
        return NULL;
    return &mua->source->messages[mua->rows[place].letter];
}

struct mail_envelope *mua_selected(const struct mua *mua)
{
    return mua_letter(mua, mua->list.selected);
}

/* --- folding, limiting, the lines of the tree ------------------------------------------- */

/* In order, what the limit lets through; of folded threads the first. How many. */
static size_t choose(struct mua *mua)
{
    size_t all = mua->source->count, kept = 0, head = 0;
    unsigned folded_depth = UINT16_MAX;
    struct conversation_row *order = mem_alloc((all + 1) * sizeof *order);
    unsigned char *hits = mem_alloc(all + 1);
    for (size_t i = 0; i < all; i++)
        hits[i] = mua->limit[0] == '\0' || (mua->marks[i] & MUA_HIT) != 0;
    size_t count = order_rows(mua->source, mua->order, mua->reverse, hits, order);
    for (size_t i = 0; i < count; i++) {
        if (order[i].depth > folded_depth) {
            mua->rows[head].folded++;
            continue;
        }
        folded_depth = mua->marks[order[i].letter] & MUA_FOLDED ? order[i].depth : UINT16_MAX;
        head = kept;
        mua->rows[kept++] = (struct mua_row){ .letter = order[i].letter, .depth = order[i].depth };
    }
    free(hits);
    free(order);
    return kept;
}

/* From the end: a depth that is met again before a lesser one has a sibling below. */
static void draw_bars(struct mua *mua)
{
    uint32_t open = 0;
    for (size_t i = mua->list.count; i-- > 0;) {
        struct mua_row *row = &mua->rows[i];
        unsigned depth = row->depth < BARS_MAX ? row->depth : BARS_MAX;
        row->bars = open & (uint32_t)((2ull << depth) - 1);
        open = (open & ((1u << depth) - 1)) | 1u << depth;
    }
}

void mua_relist(struct mua *mua)
{
    const struct mail_envelope *selected = mua_selected(mua);
    unsigned number = selected != NULL ? selected->number : 0;
    mua->list.count = 0;
    if (mua->source == NULL)
        return;
    if (mua->source->count > mua->room) {
        size_t room = mua->source->count + mua->source->count / 2 + 64;
        mua->rows = mem_grow(mua->rows, room, sizeof *mua->rows);
        mua->marks = mem_grow(mua->marks, room, 1);
        memset(mua->marks + mua->room, 0, room - mua->room);
        mua->room = room;
    }
    mua->list.count = choose(mua);
    draw_bars(mua);
    for (size_t i = 0; i < mua->list.count && number > 0; i++)
        if (mua->rows[i].letter + 1 == number) {
            list_select(&mua->list, i);
            return;
        }
    list_select(&mua->list, mua->list.selected);
}

/* --- marks ------------------------------------------------------------------------------ */

void mua_remember(const struct mua *mua, struct mua_memory *memory)
{
    const struct mail_envelope *selected = mua_selected(mua);
    *memory = (struct mua_memory){ .selected = selected != NULL ? mem_text(selected->uid) : NULL };
    for (size_t i = 0; mua->source != NULL && i < mua->source->count; i++) {
        if ((mua->marks[i] & MUA_TAGGED_MARK) == 0)
            continue;
        memory->tagged = mem_grow(memory->tagged, memory->count + 1, sizeof *memory->tagged);
        memory->tagged[memory->count++] = mem_text(mua->source->messages[i].uid);
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void recall_marks(struct mua *mua, struct mua_memory *memory)
{
    size_t place = SIZE_MAX;
    if (memory->count > 0)
        qsort(memory->tagged, memory->count, sizeof *memory->tagged, compare_names);
    for (size_t i = 0; i < mua->source->count; i++) {
        const char *uid = mua->source->messages[i].uid;
        mua->marks[i] = (unsigned char)(mua->marks[i] & ~(unsigned)MUA_TAGGED_MARK);
        if (memory->count > 0 && bsearch(&uid, memory->tagged, memory->count, sizeof uid, compare_names) != NULL)
            mua->marks[i] |= MUA_TAGGED_MARK;
    }
    for (size_t i = 0; i < mua->list.count && memory->selected != NULL; i++)
        if (strcmp(mua_letter(mua, i)->uid, memory->selected) == 0)
            place = i;
    if (place != SIZE_MAX)
        list_select(&mua->list, place);
}

int mua_apply_limit(struct mua *mua)
{
    size_t count = mua->source != NULL ? mua->source->count : 0;
    unsigned char *hits = mem_alloc(count + 1);
    int status = mua->limit[0] != '\0' ? mua_find(mua, mua->limit, hits) : 0;
    mua_relist(mua); /* makes room for marks */
    for (size_t i = 0; i < count; i++)
        mua->marks[i] = (unsigned char)((mua->marks[i] & ~(unsigned)MUA_HIT) | (hits[i] ? MUA_HIT : 0u));
    free(hits);
    mua_relist(mua);
    return status;
}

void mua_recall(struct mua *mua, struct mua_memory *memory)
{
    mua_apply_limit(mua);
    if (mua->source != NULL && mua->source->count > 0)
        recall_marks(mua, memory);
    for (size_t i = 0; i < memory->count; i++)
        free(memory->tagged[i]);
    free(memory->tagged);
    free(memory->selected);
}

size_t mua_targets(struct mua *mua, unsigned **numbers)
{
    const struct mail_envelope *selected = mua_selected(mua);
    size_t count = 0, all = mua->source != NULL ? mua->source->count : 0;
    *numbers = mem_alloc((all + 1) * sizeof **numbers);
    for (size_t i = 0; mua->tagged_next && i < all; i++)
        if (mua->marks[i] & MUA_TAGGED_MARK)
            (*numbers)[count++] = (unsigned)i + 1;
    if (!mua->tagged_next && selected != NULL)
        (*numbers)[count++] = selected->number;
    if (count == 0)
        views_say(mua->views, TONE_PLAIN, "%s", mua->tagged_next ? _("No letter is tagged: t tags one.")
                                                                 : _("There is no letter here."));
    mua->tagged_next = false;
    return count;
}
