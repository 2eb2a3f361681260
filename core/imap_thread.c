/*
 * A forest in an array. A node is a message, or stands for one that is not
 * there (message < 0: a dummy). Node 0 is the root, whose children are the
 * threads. The numbers in brackets are those of RFC 5256's description of
 * REFERENCES.
 */
#include "imap_thread.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { ROOT = 0 };

struct node {
    long message;                /* its place among the messages, or -1 */
    size_t parent;               /* ROOT: none, or a thread's head */
    size_t child, last, next;    /* 0: none, as the root is nobody's child */
    size_t group;                /* nodes that hang together: a node nearer to the head of their tree */
};

struct forest {
    const struct thread_message *messages;
    size_t message_count;
    struct node *nodes;
    size_t count, room;
};

static size_t add_node(struct forest *forest, long message)
{
    if (forest->count == forest->room) {
        forest->room = forest->room * 2 + 64;
        forest->nodes = mem_grow(forest->nodes, forest->room, sizeof *forest->nodes);
    }
    forest->nodes[forest->count] = (struct node){ .message = message, .group = forest->count };
    return forest->count++;
}

static void append_child(struct forest *forest, size_t parent, size_t child)
{
    struct node *above = &forest->nodes[parent];
    forest->nodes[child].parent = parent;
    forest->nodes[child].next = 0;
    if (above->child == 0)
        above->child = child;
    else
        forest->nodes[above->last].next = child;
    above->last = child;
}

/* ---- ids: sorted once, then found by halving ---- */

struct name {
    const char *id;
    size_t order; /* of its first appearance: messages before those that only refer */
    size_t node;
};

struct names {
    struct name *rows;
    size_t count;
};

static int by_id(const void *a, const void *b)
{
    const struct name *one = a, *other = b;
    const int order = strcmp(one->id, other->id);
    return order != 0 ? order : one->order < other->order ? -1 : one->order > other->order;
}

static size_t find_node(const struct names *names, const char *id)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(names->rows[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return names->rows[low].node;
}

/* (1): a node for each message and for each id that is only referred to. Message i is node i + 1. */
static void name_all(struct forest *forest, struct names *names)
{
    size_t total = 0, kept = 0;
    for (size_t i = 0; i < forest->message_count; i++)
        total += 1 + forest->messages[i].reference_count;
    names->rows = mem_grow(NULL, total + 1, sizeof *names->rows);
    for (size_t i = 0; i < forest->message_count; i++)
        if (forest->messages[i].id != NULL && forest->messages[i].id[0] != '\0')
            names->rows[names->count++] = (struct name){ forest->messages[i].id, i, i + 1 };
    for (size_t i = 0; i < forest->message_count; i++)
        for (size_t j = 0; j < forest->messages[i].reference_count; j++)
            names->rows[names->count++] = (struct name){ forest->messages[i].references[j], SIZE_MAX, 0 };
    qsort(names->rows, names->count, sizeof *names->rows, by_id);
    for (size_t i = 0; i < names->count; i++) {
        struct name *row = &names->rows[i];
        if (kept > 0 && strcmp(names->rows[kept - 1].id, row->id) == 0)
            continue;
        names->rows[kept] = *row;
        if (row->node == 0)
            names->rows[kept].node = add_node(forest, -1);
        kept++;
    }
    names->count = kept;
}

/* ---- linking ---- */

/* The head of the tree that the node hangs in; shortens the way for the next time. */
static size_t head_of(struct forest *forest, size_t node)
{
    size_t head = node;
    while (forest->nodes[head].group != head)
        head = forest->nodes[head].group;
    while (forest->nodes[node].group != head) {
        const size_t next = forest->nodes[node].group;
        forest->nodes[node].group = head;
        node = next;
    }
    return head;
}

/* A node without a parent is the head of its tree: to hang it below one of its own tree would make a loop. */
static void link_nodes(struct forest *forest, size_t parent, size_t child)
{
    if (head_of(forest, parent) == child)
        return;
    forest->nodes[child].parent = parent;
    forest->nodes[child].group = parent;
}

/*
 * (1.A), (1.B). What a message itself refers to last is its parent, even if others said something else before; so these
 * links are made first and none must be broken. A chain of references then links what has no parent yet; but a message
 * that refers to nothing loses the parent that earlier ones gave it.
 */
static void link_all(struct forest *forest, const struct names *names)
{
    for (size_t i = 0; i < forest->message_count; i++) {
        const struct thread_message *message = &forest->messages[i];
        if (message->reference_count > 0)
            link_nodes(forest, find_node(names, message->references[message->reference_count - 1]), i + 1);
    }
    for (size_t i = 0; i < forest->message_count; i++) {
        const struct thread_message *message = &forest->messages[i];
        for (size_t j = 1; j < message->reference_count; j++) {
            const size_t child = find_node(names, message->references[j]);
            if (forest->nodes[child].parent == ROOT && forest->nodes[child].message < (long)i)
                link_nodes(forest, find_node(names, message->references[j - 1]), child);
        }
    }
}

/* (2) */
static void gather(struct forest *forest)
{
    for (size_t i = 1; i < forest->count; i++)
        append_child(forest, forest->nodes[i].parent, i);
}

/* ---- walking: children before their parents ---- */

static size_t deepest(const struct forest *forest, size_t node)
{
    while (forest->nodes[node].child != 0)
        node = forest->nodes[node].child;
    return node;
}

/* The next after node, ROOT being the last. */
static size_t after(const struct forest *forest, size_t node)
{
    const size_t next = forest->nodes[node].next;
    return next != 0 ? deepest(forest, next) : forest->nodes[node].parent;
}

/* ---- (3) pruning ---- */

/* May the children of this dummy take its place? */
static bool is_dispensable(const struct forest *forest, size_t node)
{
    const struct node *dummy = &forest->nodes[node];
    return dummy->message < 0 && (dummy->parent != ROOT || dummy->child == dummy->last);
}

/* The list of a node's children anew, without dispensable dummies; those are pruned already themselves. */
static void prune_children(struct forest *forest, size_t parent)
{
    size_t child = forest->nodes[parent].child, next;
    forest->nodes[parent].child = forest->nodes[parent].last = 0;
    for (; child != 0; child = next) {
        next = forest->nodes[child].next;
        if (!is_dispensable(forest, child)) {
            append_child(forest, parent, child);
            continue;
        }
        for (size_t below = forest->nodes[child].child, other; below != 0; below = other) {
            other = forest->nodes[below].next;
            append_child(forest, parent, below);
        }
        forest->nodes[child].parent = child; /* nobody's any more */
    }
}

static void prune(struct forest *forest)
{
    for (size_t node = deepest(forest, ROOT);; node = after(forest, node)) {
        prune_children(forest, node);
        if (node == ROOT)
            return;
    }
}

/* ---- sorting ---- */

/* The message that speaks for a node: its own, or that of its first child. */
static size_t speaker(const struct forest *forest, size_t node)
{
    while (forest->nodes[node].message < 0)
        node = forest->nodes[node].child;
    return (size_t)forest->nodes[node].message;
}

/* By the date of sending, then by the place in the mailbox (§2.2). */
static int by_date(const void *a, const void *b, void *context)
{
    const struct forest *forest = context;
    const size_t one = speaker(forest, *(const size_t *)a), other = speaker(forest, *(const size_t *)b);
    const int64_t x = forest->messages[one].sent, y = forest->messages[other].sent;
    return x != y ? (x < y ? -1 : 1) : one < other ? -1 : one > other;
}

static void sort_children(struct forest *forest, size_t parent, size_t *room)
{
    size_t count = 0;
    for (size_t child = forest->nodes[parent].child; child != 0; child = forest->nodes[child].next)
        room[count++] = child;
    qsort_r(room, count, sizeof *room, by_date, forest);
    forest->nodes[parent].child = forest->nodes[parent].last = 0;
    for (size_t i = 0; i < count; i++)
        append_child(forest, parent, room[i]);
}

/* (4) */
static void sort_threads(struct forest *forest, size_t *room)
{
    for (size_t child = forest->nodes[ROOT].child; child != 0; child = forest->nodes[child].next)
        if (forest->nodes[child].message < 0)
            sort_children(forest, child, room);
    sort_children(forest, ROOT, room);
}

/* (6) */
static void sort_all(struct forest *forest, size_t *room)
{
    for (size_t node = deepest(forest, ROOT);; node = after(forest, node)) {
        sort_children(forest, node, room);
        if (node == ROOT)
            return;
    }
}

/* ---- (5) threads with the same subject ---- */

static const struct thread_message *spoken(const struct forest *forest, size_t node)
{
    return &forest->messages[speaker(forest, node)];
}

static bool is_reply(const struct forest *forest, size_t node)
{
    return forest->nodes[node].message >= 0 && spoken(forest, node)->is_reply;
}

static int by_subject(const void *a, const void *b, void *context)
{
    const size_t one = *(const size_t *)a, other = *(const size_t *)b;
    const int order = strcmp(spoken(context, one)->subject, spoken(context, other)->subject);
    return order != 0 ? order : by_date(a, b, context);
}

/* (5.B.iv) */
static bool is_better(const struct forest *forest, size_t held, size_t current)
{
    return forest->nodes[held].message >= 0 &&
           (forest->nodes[current].message < 0 || (is_reply(forest, held) && !is_reply(forest, current)));
}

/* (5.C): joins current with the one that holds the subject; answers who holds it from now on. */
static size_t merge(struct forest *forest, size_t held, size_t current)
{
    if (forest->nodes[held].message < 0 && forest->nodes[current].message < 0) {
        for (size_t child = forest->nodes[current].child, next; child != 0; child = next) {
            next = forest->nodes[child].next;
            append_child(forest, held, child);
        }
        forest->nodes[current].parent = current; /* nobody's any more */
    } else if (forest->nodes[held].message < 0 || (is_reply(forest, current) && !is_reply(forest, held))) {
        append_child(forest, held, current);
    } else {
        const size_t dummy = add_node(forest, -1);
        append_child(forest, dummy, held);
        append_child(forest, dummy, current);
        return dummy;
    }
    return held;
}

/* A run of threads with one subject, in the order of their dates. */
static void merge_run(struct forest *forest, const size_t *threads, size_t count)
{
    size_t held = threads[0];
    for (size_t i = 1; i < count; i++)
        if (is_better(forest, held, threads[i]))
            held = threads[i];
    const size_t best = held;
    for (size_t i = 0; i < count; i++)
        if (threads[i] != best)
            held = merge(forest, held, threads[i]);
}

static void merge_subjects(struct forest *forest)
{
    size_t count = 0;
    size_t *threads = mem_grow(NULL, forest->count, sizeof *threads);
    for (size_t child = forest->nodes[ROOT].child; child != 0; child = forest->nodes[child].next)
        threads[count++] = child;
    qsort_r(threads, count, sizeof *threads, by_subject, forest);
    for (size_t first = 0, next; first < count; first = next) {
        const char *subject = spoken(forest, threads[first])->subject;
        for (next = first + 1; next < count && strcmp(spoken(forest, threads[next])->subject, subject) == 0;)
            next++;
        if (subject[0] != '\0')
            merge_run(forest, threads + first, next - first);
    }
    /* The list of threads anew: those that still hang at the root. */
    forest->nodes[ROOT].child = forest->nodes[ROOT].last = 0;
    for (size_t i = 1; i < forest->count; i++)
        if (forest->nodes[i].parent == ROOT && (forest->nodes[i].message >= 0 || forest->nodes[i].child != 0))
            append_child(forest, ROOT, i);
    free(threads);
}

/* ---- writing ---- */

/* What opens a node: a parenthesis for one of several siblings and for every thread, else a space. */
static bool is_parenthesized(const struct forest *forest, size_t node)
{
    const struct node *parent = &forest->nodes[forest->nodes[node].parent];
    return forest->nodes[node].parent == ROOT || parent->child != parent->last;
}

static void open_node(const struct forest *forest, size_t node, struct buf *out)
{
    if (out->len > 0 && strchr("() ", out->data[out->len - 1]) == NULL)
        buf_add_text(out, " ");
    if (is_parenthesized(forest, node))
        buf_add_text(out, "(");
    if (forest->nodes[node].message >= 0)
        buf_printf(out, "%u", forest->messages[forest->nodes[node].message].number);
}

static void close_node(const struct forest *forest, size_t node, struct buf *out)
{
    if (is_parenthesized(forest, node))
        buf_add_text(out, ")");
}

static void write_forest(const struct forest *forest, struct buf *out)
{
    size_t node = forest->nodes[ROOT].child;
    while (node != ROOT) {
        open_node(forest, node, out);
        if (forest->nodes[node].child != 0) {
            node = forest->nodes[node].child;
            continue;
        }
        for (; node != ROOT && forest->nodes[node].next == 0; node = forest->nodes[node].parent)
            close_node(forest, node, out);
        if (node != ROOT) {
            close_node(forest, node, out);
            node = forest->nodes[node].next;
        }
    }
}

/* ---- the two ways ---- */

static void plant(struct forest *forest, const struct thread_message *messages, size_t count)
{
    *forest = (struct forest){ .messages = messages, .message_count = count };
    add_node(forest, -1);
    for (size_t i = 0; i < count; i++)
        add_node(forest, (long)i);
}

void thread_by_references(const struct thread_message *messages, size_t count, struct buf *out)
{
    struct forest forest;
    struct names names = { NULL, 0 };
    plant(&forest, messages, count);
    name_all(&forest, &names);
    link_all(&forest, &names);
    free(names.rows);
    gather(&forest);
    prune(&forest);
    /* Merging adds fewer dummies than there are threads. */
    size_t *room = mem_grow(NULL, 2 * forest.count, sizeof *room);
    sort_threads(&forest, room);
    merge_subjects(&forest);
    sort_all(&forest, room);
    write_forest(&forest, out);
    free(room);
    free(forest.nodes);
}

/*
 * ORDEREDSUBJECT: sorted by subject, then by date; those of one subject are a thread, the first the parent of all
 * others; threads are sorted by the date of their first message.
 */
void thread_by_subject(const struct thread_message *messages, size_t count, struct buf *out)
{
    struct forest forest;
    plant(&forest, messages, count);
    size_t *order = mem_grow(NULL, count + 1, sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = i + 1;
    qsort_r(order, count, sizeof *order, by_subject, &forest);
    for (size_t i = 0, head = ROOT; i < count; i++) {
        const bool same =
            head != ROOT && strcmp(spoken(&forest, head)->subject, spoken(&forest, order[i])->subject) == 0;
        append_child(&forest, same ? head : ROOT, order[i]);
        head = same ? head : order[i];
    }
    sort_children(&forest, ROOT, order);
    write_forest(&forest, out);
    free(order);
    free(forest.nodes);
}
