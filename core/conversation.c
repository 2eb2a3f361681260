/*
 * Nodes: letter i is node i; ids that are only referred to get nodes behind
 * them (dummies), which later give way to their children. A parent is only
 * given to a node that has none and that is not above it already, so what
 * comes out is a forest. Union by "group" answers that question in (nearly)
 * constant time.
 */
#include "conversation.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "subject.h"

enum { MAX_DEPTH = UINT16_MAX };
#define NOBODY UINT32_MAX

uint64_t conversation_id(struct span id)
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (unsigned char)id.at[i]) * 1099511628211U;
    hash ^= hash >> 29;
    return hash != 0 ? hash : 1;
}

size_t conversation_read_ids(struct span value, uint64_t *ids, size_t most)
{
    size_t count = 0;
    const char *end = value.at + value.len;
    for (const char *at = value.at; most > 0 && at < end;) {
        const char *open = memchr(at, '<', (size_t)(end - at));
        const char *close = open != NULL ? memchr(open, '>', (size_t)(end - open)) : NULL;
        if (close == NULL)
            break;
        if (count == most)
            memmove(ids, ids + 1, --count * sizeof *ids);
        ids[count++] = conversation_id((struct span){ open + 1, (size_t)(close - open - 1) });
        at = close + 1;
    }
    return count;
}

/* Nodes by their keys. Only the nodes are in it; keys are looked up where they are anyway. */
struct table {
    uint32_t *slots;    /* NOBODY: free */
    size_t mask;
    uint64_t (*key)(const void *context, uint32_t node);
    const void *context;
};

struct forest {
    const struct conversation_letter *letters;
    size_t letter_count, count;
    uint32_t *parent, *group, *child, *next;
    int64_t *newest;    /* of the letters in a tree */
    uint64_t *others;   /* the ids of the nodes that are no letters */
    size_t other_room;
};

static uint64_t key_of_node(const void *context, uint32_t node)
{
    const struct forest *forest = context;
    return node < forest->letter_count ? forest->letters[node].id : forest->others[node - forest->letter_count];
}

static struct table table_new(size_t most, uint64_t (*key)(const void *context, uint32_t node), const void *context)
{
    size_t room = 16;
    while (room < 2 * most)
        room *= 2;
    uint32_t *slots = mem_grow(NULL, room, sizeof *slots);
    memset(slots, 0xff, room * sizeof *slots);
    return (struct table){ slots, room - 1, key, context };
}

static uint32_t *find(const struct table *table, uint64_t key)
{
    size_t at = (size_t)(key ^ key >> 32) & table->mask;
    while (table->slots[at] != NOBODY && table->key(table->context, table->slots[at]) != key)
        at = (at + 1) & table->mask;
    return &table->slots[at];
}

static uint32_t head_of(struct forest *forest, uint32_t node)
{
    while (forest->group[node] != node) {
        forest->group[node] = forest->group[forest->group[node]];
        node = forest->group[node];
    }
    return node;
}

/* Hangs child below parent, unless that would close a loop. */
static void hang(struct forest *forest, uint32_t parent, uint32_t child)
{
    if (forest->parent[child] != NOBODY || head_of(forest, parent) == child)
        return;
    forest->parent[child] = parent;
    forest->group[child] = parent;
}

static uint32_t node_of(struct forest *forest, const struct table *table, uint64_t id)
{
    uint32_t *slot = find(table, id);
    if (*slot == NOBODY) {
        size_t others = forest->count - forest->letter_count;
        if (others == forest->other_room) {
            forest->other_room = 2 * others + 16;
            forest->others = mem_grow(forest->others, forest->other_room, sizeof *forest->others);
        }
        forest->others[others] = id;
        *slot = (uint32_t)forest->count++;
    }
    return *slot;
}

/* What a letter itself names last is its parent; the chain before it only helps letters that name nobody. */
static void link_all(struct forest *forest, const struct table *table)
{
    for (size_t i = 0; i < forest->letter_count; i++) {
        const struct conversation_letter *letter = &forest->letters[i];
        if (letter->reference_count > 0)
            hang(forest, node_of(forest, table, letter->references[letter->reference_count - 1]), (uint32_t)i);
    }
    for (size_t i = 0; i < forest->letter_count; i++) {
        const struct conversation_letter *letter = &forest->letters[i];
        for (size_t j = 1; j < letter->reference_count; j++) {
            uint32_t child = node_of(forest, table, letter->references[j]);
            if (child >= forest->letter_count) /* one that is not here; a letter that names nobody begins anew */
                hang(forest, node_of(forest, table, letter->references[j - 1]), child);
        }
    }
}

/* The nearest letter above that is here; dummies give way. The way there is shortened for the next who asks. */
static void skip_dummies(struct forest *forest)
{
    for (size_t i = 0; i < forest->letter_count; i++) {
        uint32_t at = forest->parent[i], above = at;
        while (above != NOBODY && above >= forest->letter_count && forest->parent[above] != NOBODY)
            above = forest->parent[above];
        while (at != NOBODY && at >= forest->letter_count && at != above) {
            uint32_t next = forest->parent[at];
            forest->parent[at] = above;
            at = next;
        }
        forest->parent[i] = above;
    }
}

/* The children of a dummy that is at the top: the oldest letter takes its place. */
static void promote(struct forest *forest)
{
    size_t dummies = forest->count - forest->letter_count;
    uint32_t *oldest = mem_grow(NULL, dummies + 1, sizeof *oldest);
    memset(oldest, 0xff, (dummies + 1) * sizeof *oldest);
    for (size_t i = 0; i < forest->letter_count; i++) {
        if (forest->parent[i] == NOBODY || forest->parent[i] < forest->letter_count)
            continue;
        uint32_t *first = &oldest[forest->parent[i] - forest->letter_count];
        if (*first == NOBODY || forest->letters[i].date < forest->letters[*first].date)
            *first = (uint32_t)i;
    }
    for (size_t i = 0; i < forest->letter_count; i++) {
        if (forest->parent[i] == NOBODY || forest->parent[i] < forest->letter_count)
            continue;
        uint32_t first = oldest[forest->parent[i] - forest->letter_count];
        forest->parent[i] = first == i ? NOBODY : first;
    }
    free(oldest);
}

/* Subjects are equal in whatever case their letters are (ASCII). */
static uint64_t subject_key(struct span base)
{
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < base.len; i++) {
        unsigned char c = (unsigned char)base.at[i];
        hash = (hash ^ (c >= 'A' && c <= 'Z' ? c + 32U : c)) * 1099511628211U;
    }
    return hash != 0 ? hash : 1;
}

static uint64_t key_of_subject(const void *context, uint32_t node)
{
    return ((const uint64_t *)context)[node];
}

/* "Re: x" that refers to nothing belongs to the first "x" (RFC 5256 §3, step 5). */
static void join_subjects(struct forest *forest)
{
    uint64_t *keys = mem_grow(NULL, forest->letter_count + 1, sizeof *keys);
    struct table table = table_new(forest->letter_count, key_of_subject, keys);
    struct buf room;
    buf_init(&room, 100000);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < forest->letter_count; i++) {
            const struct conversation_letter *letter = &forest->letters[i];
            const char c = letter->subject[0];
            bool reply = false;
            if (forest->parent[i] != NOBODY || c == '\0')
                continue;
            if (round == 1 && strchr("rRfFaAsStT[", c) == NULL) /* it begins like no reply: nothing to compute */
                continue;
            buf_clear(&room);
            struct span base = subject_base(span_of(letter->subject), &room, &reply);
            if (base.len == 0 || reply != (round == 1))
                continue;
            keys[i] = subject_key(base);
            uint32_t *slot = find(&table, keys[i]);
            if (*slot == NOBODY)
                *slot = (uint32_t)i;
            else if (round == 1 && letter->reference_count == 0)
                hang(forest, *slot, (uint32_t)i);
        }
    buf_free(&room);
    free(table.slots);
    free(keys);
}

struct rank {
    int64_t date;
    uint32_t letter;
};

static int by_date(const void *a, const void *b)
{
    const struct rank *one = a, *other = b;
    if (one->date != other->date)
        return one->date < other->date ? -1 : 1;
    return one->letter < other->letter ? -1 : one->letter > other->letter;
}

/*
 * Children in the order of their dates: letters are put in front of their parents' lists from the newest to the
 * oldest. The heads (children of nobody) go by the newest letter in their tree.
 */
static uint32_t gather(struct forest *forest, bool newest_first)
{
    size_t count = forest->letter_count, heads = 0;
    struct rank *ranks = mem_grow(NULL, count + 1, sizeof *ranks);
    uint32_t first = NOBODY;
    for (size_t i = 0; i < count; i++)
        ranks[i] = (struct rank){ forest->letters[i].date, (uint32_t)i };
    qsort(ranks, count, sizeof *ranks, by_date);
    for (size_t i = count; i-- > 0;) {
        uint32_t letter = ranks[i].letter, above = forest->parent[letter];
        uint32_t head = head_of(forest, letter);
        forest->newest[head] = forest->newest[head] > ranks[i].date ? forest->newest[head] : ranks[i].date;
        if (above == NOBODY)
            continue;
        forest->next[letter] = forest->child[above];
        forest->child[above] = letter;
    }
    for (size_t i = 0; i < count; i++)
        if (forest->parent[i] == NOBODY)
            ranks[heads++] = (struct rank){ forest->newest[i], (uint32_t)i };
    qsort(ranks, heads, sizeof *ranks, by_date);
    for (size_t i = 0; i < heads; i++) {
        uint32_t letter = ranks[newest_first ? i : heads - 1 - i].letter;
        forest->next[letter] = first;
        first = letter;
    }
    free(ranks);
    return first;
}

static void walk(const struct forest *forest, uint32_t node, struct conversation_row *rows)
{
    size_t depth = 0;
    while (node != NOBODY) {
        bool last = forest->next[node] == NOBODY;
        *rows++ = (struct conversation_row){ node, (uint16_t)(depth < MAX_DEPTH ? depth : MAX_DEPTH), last };
        if (forest->child[node] != NOBODY) {
            node = forest->child[node];
            depth++;
            continue;
        }
        while (node != NOBODY && forest->next[node] == NOBODY) {
            node = forest->parent[node];
            depth -= depth > 0;
        }
        if (node != NOBODY)
            node = forest->next[node];
    }
}

void conversation_sort(const struct conversation_letter *letters, size_t count, bool by_subject, bool newest_first,
                       struct conversation_row *rows)
{
    size_t most = count;
    for (size_t i = 0; i < count; i++)
        most += letters[i].reference_count;
    struct forest forest = { .letters = letters, .letter_count = count, .count = count };
    uint32_t *numbers = mem_grow(NULL, 4 * (most + 1), sizeof *numbers);
    memset(numbers, 0xff, 4 * (most + 1) * sizeof *numbers);
    forest.parent = numbers;
    forest.group = numbers + most + 1;
    forest.child = numbers + 2 * (most + 1);
    forest.next = numbers + 3 * (most + 1);
    for (size_t i = 0; i < most; i++)
        forest.group[i] = (uint32_t)i;
    struct table table = table_new(most, key_of_node, &forest);
    for (size_t i = 0; i < count; i++)
        if (letters[i].id != 0 && *find(&table, letters[i].id) == NOBODY) /* of two with one id the first has it */
            *find(&table, letters[i].id) = (uint32_t)i;
    link_all(&forest, &table);
    free(table.slots);
    free(forest.others);
    skip_dummies(&forest);
    promote(&forest);
    for (size_t i = 0; i < count; i++) /* the groups anew: dummies are gone */
        forest.group[i] = forest.parent[i] != NOBODY ? forest.parent[i] : (uint32_t)i;
    if (by_subject)
        join_subjects(&forest);
    forest.newest = mem_grow(NULL, count + 1, sizeof *forest.newest);
    for (size_t i = 0; i < count; i++)
        forest.newest[i] = INT64_MIN;
    walk(&forest, gather(&forest, newest_first), rows);
    free(forest.newest);
    free(numbers);
}
