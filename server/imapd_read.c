/*
 * What commands have in common to read: mailbox names, flags, and sets of
 * messages as places in the selected mailbox.
 */
#include "server/imapd_session.h"

#include <stdlib.h>
#include <string.h>

#include "core/imap_name.h"
#include "core/mem.h"

/*
 * On disk a name is in modified UTF-7, as rev1 spells it. The spelling is
 * checked, so that one mailbox has one name (RFC 3501 §5.1.3).
 */
char *imapd_name(const struct imapd *imapd, const struct imap_node *node)
{
    struct buf name;
    if (!imap_is_astring(node) || memchr(node->text.at, '\0', node->text.len) != NULL)
        return NULL;
    buf_init(&name, 1 << 16);
    const bool utf8 = (imapd->enabled & IMAPD_UTF8) != 0;
    char *disk = NULL;
    if ((utf8 ? imap_name_from_utf8(node->text, &name) : imap_name_to_utf8(node->text, &name)) == 0)
        disk = utf8 ? span_copy(buf_span(&name)) : span_copy(node->text);
    buf_free(&name);
    return disk;
}

static enum imapd_result read_flag(struct imapd *imapd, const struct imap_node *node, bool make,
                                   struct imapd_flags *flags)
{
    if (!imap_is_flag(node))
        return imapd_bad(imapd, "A flag is \\Seen, \\Answered, \\Flagged, \\Deleted, \\Draft or a keyword");
    const unsigned flag = imapd_system_flag(node->text);
    flags->flags |= flag;
    if (flag != 0)
        return IMAPD_OK;
    if (node->text.at[0] == '\\')
        return imapd_bad(imapd, "There is no system flag of that name; keywords begin without a backslash");
    const int number = mailbox_keyword_number(imapd->mailbox, node->text, make);
    if (number >= 0)
        flags->keywords |= (uint32_t)1 << number;
    else if (make)
        return imapd_no(imapd, "[LIMIT] The mailbox has no room for another keyword");
    return IMAPD_OK;
}

enum imapd_result imapd_read_flags(struct imapd *imapd, const struct imap_node *node, bool make,
                                   struct imapd_flags *flags)
{
    enum imapd_result result = IMAPD_OK;
    *flags = (struct imapd_flags){ 0, 0 };
    if (imap_is_list(node)) {
        if (node->next != NULL)
            return imapd_arguments(imapd, "flags are one list");
        node = node->child;
    }
    for (; node != NULL; node = node->next)
        if ((result = read_flag(imapd, node, make, flags)) != IMAPD_OK)
            break;
    return result;
}

static void add_range(struct imapd_places *places, size_t *room, size_t first, size_t after)
{
    for (size_t i = first; i < after; i++) {
        if (places->count == *room) {
            *room = *room == 0 ? 64 : *room * 2;
            places->at = mem_grow(places->at, *room, sizeof *places->at);
        }
        places->at[places->count++] = i;
    }
}

static void places_of_set(const struct imapd *imapd, const struct imap_set *set, bool uid, struct imapd_places *places)
{
    size_t room = 0;
    const size_t count = mailbox_count(imapd->mailbox);
    for (size_t i = 0; i < set->count; i++) {
        const struct imap_range *range = &set->ranges[i];
        size_t first = uid ? mailbox_find_uid(imapd->mailbox, range->first) : range->first - 1;
        size_t after = range->last;
        if (uid)
            after = range->last == UINT32_MAX ? count : mailbox_find_uid(imapd->mailbox, range->last + 1);
        add_range(places, &room, first, after < count ? after : count);
    }
}

/*
 * RFC 9051 §9, seq-number: a number beyond the last message is an error, and
 * so is "*" in an empty mailbox; but 1:* there is what scripts ask, and names
 * nothing. Unique identifiers may name messages that are gone (§6.4.9).
 */
static bool set_is_in_mailbox(const struct imap_set *set, size_t count)
{
    const struct imap_range *last = &set->ranges[set->count - 1];
    return last->last <= count || (count == 0 && set->count == 1 && last->first == 0 && last->last == 1);
}

enum imapd_result imapd_read_places(struct imapd *imapd, const struct imap_node *node, bool uid,
                                    struct imapd_places *places)
{
    struct imap_set set = { .count = 0 };
    *places = (struct imapd_places){ NULL, 0 };
    if (node == NULL || node->type != IMAP_WORD || imap_set_parse(node->text, &set) != 0) {
        imap_set_free(&set);
        return imapd_arguments(imapd, "a set of messages is like 1,3:5,7:*");
    }
    if (set.saved) { /* RFC 9051 §6.4.4.1: they are kept as UIDs, whatever they were searched as */
        places_of_set(imapd, &imapd->saved, true, places);
        return IMAPD_OK;
    }
    const size_t count = mailbox_count(imapd->mailbox);
    const uint32_t last_uid =
        count == 0 ? mailbox_uidnext(imapd->mailbox) : mailbox_message(imapd->mailbox, count - 1)->uid;
    imap_set_resolve(&set, uid ? last_uid : (uint32_t)count);
    const bool fits = uid || set_is_in_mailbox(&set, count);
    if (fits && (uid || count > 0))
        places_of_set(imapd, &set, uid, places);
    imap_set_free(&set);
    return fits ? IMAPD_OK : imapd_bad(imapd, "The mailbox has only %zu messages", count);
}
