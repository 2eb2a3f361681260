#include "imap_set.h"

#include <stdlib.h>

#include "imap_tree.h"
#include "mem.h"

void imap_set_free(struct imap_set *set)
{
    free(set->ranges);
    *set = (struct imap_set){ .count = 0 };
}

void imap_set_add_range(struct imap_set *set, uint32_t first, uint32_t last)
{
    if (set->count == set->room) {
        set->room = set->room == 0 ? 8 : set->room * 2;
        set->ranges = mem_grow(set->ranges, set->room, sizeof *set->ranges);
    }
    set->ranges[set->count++] = (struct imap_range){ first, last };
}

void imap_set_add(struct imap_set *set, uint32_t number)
{
    struct imap_range *last = set->count == 0 ? NULL : &set->ranges[set->count - 1];
    if (last != NULL && last->last != IMAP_SET_STAR && last->last + 1 == number)
        last->last = number;
    else
        imap_set_add_range(set, number, number);
}

static struct span cut(struct span *rest, char at)
{
    size_t len = 0;
    while (len < rest->len && rest->at[len] != at)
        len++;
    const struct span part = { rest->at, len };
    rest->at += len;
    rest->len -= len;
    return part;
}

/* seq-number = nz-number / "*" */
static bool read_number(struct span text, uint32_t *number)
{
    uint64_t value = 0;
    if (span_is(text, "*")) {
        *number = IMAP_SET_STAR;
        return true;
    }
    *number = 0;
    if (!imap_span_number(text, UINT32_MAX, &value) || text.at[0] == '0')
        return false;
    *number = (uint32_t)value;
    return true;
}

int imap_set_parse(struct span text, struct imap_set *set)
{
    if (span_is(text, "$")) {
        set->saved = true;
        return 0;
    }
    while (true) {
        struct span range = cut(&text, ',');
        uint32_t first, last;
        if (!read_number(cut(&range, ':'), &first))
            return -1;
        last = first;
        if (range.len > 0) {
            range.at++;
            range.len--;
            if (!read_number(range, &last))
                return -1;
        }
        imap_set_add_range(set, first, last);
        if (text.len == 0)
            return 0;
        text.at++; /* the comma */
        text.len--;
    }
}

static int compare(const void *a, const void *b)
{
    const struct imap_range *left = a, *right = b;
    return left->first < right->first ? -1 : left->first > right->first;
}

void imap_set_resolve(struct imap_set *set, uint32_t greatest)
{
    for (size_t i = 0; i < set->count; i++) {
        struct imap_range *range = &set->ranges[i];
        const uint32_t first = range->first == IMAP_SET_STAR ? greatest : range->first;
        const uint32_t last = range->last == IMAP_SET_STAR ? greatest : range->last;
        *range = first <= last ? (struct imap_range){ first, last } : (struct imap_range){ last, first };
    }
    if (set->count < 2)
        return;
    qsort(set->ranges, set->count, sizeof *set->ranges, compare);
    size_t kept = 0;
    for (size_t i = 1; i < set->count; i++) {
        struct imap_range *before = &set->ranges[kept];
        if (before->last == UINT32_MAX || set->ranges[i].first <= before->last + 1) {
            if (set->ranges[i].last > before->last)
                before->last = set->ranges[i].last;
        } else {
            set->ranges[++kept] = set->ranges[i];
        }
    }
    set->count = kept + 1;
}

bool imap_set_has(const struct imap_set *set, uint32_t number)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (number < set->ranges[middle].first)
            high = middle;
        else if (number > set->ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

int imap_set_write(const struct imap_set *set, struct buf *out)
{
    int status = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct imap_range *range = &set->ranges[i];
        status |= buf_printf(out, "%s%u", i == 0 ? "" : ",", range->first);
        if (range->last != range->first)
            status |= buf_printf(out, ":%u", range->last);
    }
    return status;
}
