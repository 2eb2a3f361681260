/*
 * SEARCH: which messages fulfil conditions (RFC 9051 §6.4.4; the answer of
 * rev1: RFC 3501 §7.2.5; MODSEQ: RFC 7162 §3.1.5).
 */
#include "server/imapd_search.h"

#include <time.h>

#include "io/charset.h"

enum wanted { WANT_MIN = 1, WANT_MAX = 2, WANT_ALL = 4, WANT_COUNT = 8, WANT_SAVE = 16 };

struct search {
    bool extended;        /* RETURN was given, or rev2 is enabled: ESEARCH answers */
    unsigned wanted;
    struct span charset;
    const struct imap_node *keys;
    /* the result */
    struct imap_set found; /* UIDs or sequence numbers */
    struct imap_set uids;
    size_t count;
    uint32_t least, greatest, least_uid, greatest_uid;
    uint64_t modseq;       /* the highest of those found */
};

static bool read_return(const struct imap_node *list, struct search *search)
{
    static const struct {
        const char *name;
        unsigned wanted;
    } options[] = {
        { "MIN", WANT_MIN }, { "MAX", WANT_MAX }, { "ALL", WANT_ALL }, { "COUNT", WANT_COUNT }, { "SAVE", WANT_SAVE },
    };
    if (!imap_is_list(list))
        return false;
    for (const struct imap_node *node = list->child; node != NULL; node = node->next) {
        size_t i = 0;
        while (i < sizeof options / sizeof options[0] && !imap_is(node, options[i].name))
            i++;
        if (i == sizeof options / sizeof options[0])
            return false;
        search->wanted |= options[i].wanted;
    }
    search->extended = true;
    return true;
}

enum imapd_result search_read_charset(struct imapd *imapd, const struct imap_node *node, struct span *charset)
{
    if (!imap_is_astring(node))
        return imapd_arguments(imapd, "a character set, such as UTF-8");
    *charset = node->text;
    return charset_known(*charset)
               ? IMAPD_OK
               : imapd_no(imapd, "[BADCHARSET (US-ASCII UTF-8)] That character set is unknown here");
}

/* [RETURN (...)] [CHARSET name] keys */
static enum imapd_result read_search(struct imapd *imapd, const struct imap_node *node, struct search *search)
{
    search->charset = span_of("UTF-8");
    search->extended = (imapd->enabled & IMAPD_REV2) != 0;
    if (imap_is(node, "RETURN")) {
        if (!read_return(node->next, search))
            return imapd_arguments(imapd, "SEARCH RETURN (MIN MAX ALL COUNT SAVE) keys");
        node = node->next->next;
    }
    if (search->wanted == 0)
        search->wanted = WANT_ALL;
    if (imap_is(node, "CHARSET")) {
        const enum imapd_result result = search_read_charset(imapd, node->next, &search->charset);
        if (result != IMAPD_OK)
            return result;
        node = node->next->next;
    }
    search->keys = node;
    return IMAPD_OK;
}

static void found(struct search *search, const struct message *message, size_t place, bool uid)
{
    const uint32_t number = uid ? message->uid : (uint32_t)place + 1;
    if (search->count++ == 0) {
        search->least = number;
        search->least_uid = message->uid;
    }
    search->greatest = number;
    search->greatest_uid = message->uid;
    imap_set_add(&search->found, number);
    imap_set_add(&search->uids, message->uid);
    if (message->modseq > search->modseq)
        search->modseq = message->modseq;
}

static void look(struct imapd *imapd, const struct search_key *key, struct search *search, bool uid)
{
    struct search_message message = { .imapd = imapd, .place = SIZE_MAX, .now = time(NULL) };
    while (search_next(&message, key))
        found(search, mailbox_message(imapd->mailbox, message.place), message.place, uid);
}

/* "* SEARCH 2 84 882" */
static void tell_rev1(struct imapd *imapd, const struct search *search, bool modseq)
{
    buf_add_text(&imapd->out, "* SEARCH");
    for (size_t i = 0; i < search->found.count; i++)
        for (uint64_t n = search->found.ranges[i].first; n <= search->found.ranges[i].last; n++)
            buf_printf(&imapd->out, " %llu", (unsigned long long)n);
    if (modseq && search->count > 0)
        buf_printf(&imapd->out, " (MODSEQ %llu)", (unsigned long long)search->modseq);
    buf_add_text(&imapd->out, "\r\n");
}

/* RFC 7162 §3.1.10: with MIN or MAX alone, the modification number of that message; the highest will do. */
static void tell(struct imapd *imapd, const struct search *search, bool uid, bool modseq)
{
    buf_add_text(&imapd->out, "* ESEARCH (TAG ");
    imapd_write_string(imapd, span_of(imapd->tag));
    buf_add_text(&imapd->out, uid ? ") UID" : ")");
    if (search->count > 0 && search->wanted & WANT_MIN)
        buf_printf(&imapd->out, " MIN %u", search->least);
    if (search->count > 0 && search->wanted & WANT_MAX)
        buf_printf(&imapd->out, " MAX %u", search->greatest);
    if (search->wanted & WANT_COUNT)
        buf_printf(&imapd->out, " COUNT %zu", search->count);
    if (search->count > 0 && search->wanted & WANT_ALL) {
        buf_add_text(&imapd->out, " ALL ");
        imap_set_write(&search->found, &imapd->out);
    }
    if (modseq && search->count > 0)
        buf_printf(&imapd->out, " MODSEQ %llu", (unsigned long long)search->modseq);
    buf_add_text(&imapd->out, "\r\n");
}

/* §6.4.4.1, table 4: what "$" means from now on. */
static void save(struct imapd *imapd, const struct search *search)
{
    const bool ends_only = search->wanted & (WANT_MIN | WANT_MAX) && !(search->wanted & (WANT_ALL | WANT_COUNT));
    imap_set_free(&imapd->saved);
    if (search->count > 0 && (!ends_only || search->wanted & WANT_MIN))
        imap_set_add(&imapd->saved, search->least_uid);
    if (search->count > 0 && ends_only && search->wanted & WANT_MAX)
        imap_set_add_range(&imapd->saved, search->greatest_uid, search->greatest_uid);
    if (!ends_only)
        for (size_t i = 0; i < search->uids.count; i++)
            imap_set_add_range(&imapd->saved, search->uids.ranges[i].first, search->uids.ranges[i].last);
    imap_set_resolve(&imapd->saved, UINT32_MAX);
}

IMAPD_COMMAND(search)
{
    struct search search = { .wanted = 0 };
    enum imapd_result result = read_search(imapd, command->arguments, &search);
    if (result == IMAPD_NO && search.wanted & WANT_SAVE)
        imap_set_free(&imapd->saved); /* "the NO tagged response sets the value ... to the empty sequence" */
    if (result != IMAPD_OK)
        return result;
    struct search_key *key = search_read(imapd, search.keys, search.charset, &result);
    if (key == NULL)
        return result;
    look(imapd, key, &search, command->uid);
    const bool modseq = search_uses(key, SEARCH_MODSEQ);
    search_free(key);
    if (search.wanted & WANT_SAVE)
        save(imapd, &search);
    if (!search.extended)
        tell_rev1(imapd, &search, modseq);
    else if (search.wanted != WANT_SAVE)
        tell(imapd, &search, command->uid, modseq);
    imap_set_free(&search.found);
    imap_set_free(&search.uids);
    return imapd_ok(imapd, "That is all");
}
