/*
 * mua_list.c - which letters the index shows and in which order: threads or
 * sorted, limited, folded. And which of them are tagged.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/mua_call.h"
#include "client/mua_state.h"
#include "core/conversation.h"
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

/* --- orders ----------------------------------------------------------------------------- */

static int compare_texts(const char *a, const char *b)
{
    return strcasecmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int compare(const void *a, const void *b, void *context)
{
    const struct mua *mua = context;
    const struct mua_row *one = a, *two = b;
    const struct mail_envelope *x = &mua->source->messages[one->letter], *y = &mua->source->messages[two->letter];
    int order = 0;
    switch (mua->order) {
    case MUA_BY_SENDER:
        order = compare_texts(x->from, y->from);
        break;
    case MUA_BY_SUBJECT:
        order = compare_texts(x->subject, y->subject);
        break;
    case MUA_BY_SIZE:
        order = x->size < y->size ? -1 : x->size > y->size;
        break;
    case MUA_BY_DATE: case MUA_BY_THREAD:
        order = x->date < y->date ? -1 : x->date > y->date;
        break;
    default:
        break;
    }
    if (order == 0)
        order = one->letter < two->letter ? -1 : 1;
    return mua->reverse ? -order : order;
}

/* Threads by what answers what; the newest conversation last, as the newest letter. */
static void sort_threads(struct mua *mua)
{
    size_t count = mua->source->count;
    struct conversation_letter *letters = mem_alloc((count + 1) * sizeof *letters);
    struct conversation_row *order = mem_alloc((count + 1) * sizeof *order);
    for (size_t i = 0; i < count; i++) {
        const struct mail_envelope *letter = &mua->source->messages[i];
        letters[i] = (struct conversation_letter){
            .id = letter->id, .references = letter->references, .reference_count = letter->reference_count,
            .date = letter->date, .subject = letter->subject,
        };
    }
    conversation_sort(letters, count, true, mua->reverse, order);
    for (size_t i = 0; i < count; i++)
        mua->rows[i] = (struct mua_row){ .letter = order[i].letter, .depth = order[i].depth };
    free(letters);
    free(order);
}

static void sort(struct mua *mua)
{
    if (mua->order == MUA_BY_THREAD) {
        sort_threads(mua);
        return;
    }
    for (size_t i = 0; i < mua->source->count; i++)
        mua->rows[i] = (struct mua_row){ .letter = (uint32_t)i };
    qsort_r(mua->rows, mua->source->count, sizeof *mua->rows, compare, mua);
}

/* --- folding, limiting, the lines of the tree ------------------------------------------- */

/* Keeps the rows that the limit lets through, and of folded threads the first. */
static size_t choose(struct mua *mua)
{
    size_t kept = 0, head = 0;
    unsigned folded_depth = UINT16_MAX;
    for (size_t i = 0; i < mua->source->count; i++) {
        struct mua_row row = mua->rows[i];
        unsigned char marks = mua->marks[row.letter];
        if (mua->limit[0] != '\0' && (marks & MUA_HIT) == 0)
            continue;
        if (row.depth > folded_depth) {
            mua->rows[head].folded++;
            continue;
        }
        folded_depth = marks & MUA_FOLDED ? row.depth : UINT16_MAX;
        head = kept;
        mua->rows[kept++] = row;
    }
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
    sort(mua);
    mua->list.count = mua->source->count > 0 ? choose(mua) : 0;
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
