/*
 * LIST and LSUB: which mailboxes there are (RFC 9051 §6.3.9, RFC 5258,
 * RFC 5819, RFC 6154; RFC 3501 §6.3.9).
 *
 * A folder is told when its name matches a pattern and it meets the selection
 * options. Levels that exist only because something lies below them are told
 * as \NonExistent. Special uses and \HasChildren are told always.
 */
#include "server/imapd_session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/imap_name.h"
#include "core/mem.h"

struct listing {
    struct imapd *imapd;
    struct span reference;
    const struct imap_node *pattern; /* the first one, if there are several */
    bool several;
    bool only_subscribed, only_special, recursive, remote;
    bool lsub;
    bool tell_subscribed;
    const struct imap_node *status;  /* items, or NULL */
    struct store_folder *folders;
    size_t count;
};

/* ---- options ---- */

static bool read_selection(const struct imap_node *list, struct listing *listing)
{
    for (const struct imap_node *node = list->child; node != NULL; node = node->next) {
        if (imap_is(node, "SUBSCRIBED"))
            listing->only_subscribed = listing->tell_subscribed = true;
        else if (imap_is(node, "SPECIAL-USE"))
            listing->only_special = true;
        else if (imap_is(node, "RECURSIVEMATCH"))
            listing->recursive = true;
        else if (!imap_is(node, "REMOTE")) /* there are none */
            return false;
    }
    /* "MUST NOT occur as the only selection option (or only with REMOTE)" (§6.3.9.1). */
    return !listing->recursive || listing->only_subscribed || listing->only_special;
}

static bool read_return(const struct imap_node *list, struct listing *listing)
{
    if (!imap_is_list(list) || list->next != NULL)
        return false;
    for (const struct imap_node *node = list->child; node != NULL; node = node->next) {
        if (imap_is(node, "SUBSCRIBED"))
            listing->tell_subscribed = true;
        else if (imap_is(node, "STATUS") && imapd_status_items_are_good(node->next))
            listing->status = node = node->next;
        else if (!imap_is(node, "CHILDREN") && !imap_is(node, "SPECIAL-USE")) /* told anyway */
            return false;
    }
    return true;
}

static bool read_patterns(const struct imap_node *node, struct listing *listing)
{
    listing->pattern = node;
    if (imap_is_list(node)) { /* several (RFC 5258 §3) */
        listing->pattern = node->child;
        listing->several = true;
        for (const struct imap_node *one = node->child; one != NULL; one = one->next)
            if (!imap_is_pattern(one))
                return false;
        return node->count > 0;
    }
    return imap_is_pattern(node);
}

/* LIST [(selection)] reference pattern(s) [RETURN (options)] */
static bool read_arguments(const struct imap_node *node, struct listing *listing)
{
    if (!listing->lsub && imap_is_list(node)) {
        if (!read_selection(node, listing))
            return false;
        node = node->next;
    }
    if (!imap_is_astring(node) || !read_patterns(node->next, listing))
        return false;
    listing->reference = node->text;
    node = node->next->next;
    if (node == NULL)
        return true;
    return !listing->lsub && imap_is(node, "RETURN") && read_return(node->next, listing);
}

/* ---- which ---- */

static bool matches_one(const struct listing *listing, struct span pattern, struct span name)
{
    struct buf whole;
    buf_init(&whole, 2 * IMAP_NAME_MAX);
    bool matches = false;
    if (buf_add_span(&whole, listing->reference) == 0 && buf_add_span(&whole, pattern) == 0) {
        matches = imap_name_matches(buf_span(&whole), name, '.');
        if (!matches && span_is(name, "INBOX")) { /* in any case of its letters (§5.1) */
            for (size_t i = 0; i < whole.len; i++)
                whole.data[i] =
                    (char)(whole.data[i] >= 'a' && whole.data[i] <= 'z' ? whole.data[i] - 32 : whole.data[i]);
            matches = imap_name_matches(buf_span(&whole), name, '.');
        }
    }
    buf_free(&whole);
    return matches;
}

/* Patterns are compared with the name as this client spells it. */
static bool matches(const struct listing *listing, const char *folder)
{
    struct buf spelt;
    buf_init(&spelt, 1 << 16);
    if (!(listing->imapd->enabled & IMAPD_UTF8) || imap_name_to_utf8(span_of(folder), &spelt) != 0)
        buf_add_text(&spelt, folder);
    bool found = false;
    for (const struct imap_node *node = listing->pattern; node != NULL && !found;
         node = listing->several ? node->next : NULL)
        found = matches_one(listing, node->text, buf_span(&spelt));
    buf_free(&spelt);
    return found;
}

static bool meets(const struct listing *listing, const struct store_folder *folder)
{
    if (listing->only_subscribed || listing->lsub)
        return folder->subscribed && (!listing->only_special || folder->role != NULL);
    if (listing->only_special)
        return folder->role != NULL;
    return folder->exists || folder->has_children;
}

/* Does one below it meet the selection? Folders are sorted: those that begin with its name follow it. */
static bool has_meeting_child(const struct listing *listing, size_t at, bool unmatched)
{
    const char *name = listing->folders[at].name;
    const size_t len = strlen(name);
    for (size_t i = at + 1; i < listing->count; i++) {
        const struct store_folder *folder = &listing->folders[i];
        if (strncmp(folder->name, name, len) != 0 && strcmp(name, "INBOX") != 0)
            return false;
        if (strncmp(folder->name, name, len) == 0 && folder->name[len] == '.' && meets(listing, folder) &&
            !(unmatched && matches(listing, folder->name)))
            return true;
    }
    return false;
}

/* ---- telling ---- */

static void write_attribute(struct imapd *imapd, bool *first, const char *attribute)
{
    buf_printf(&imapd->out, "%s%s", *first ? "" : " ", attribute);
    *first = false;
}

static void tell(const struct listing *listing, const struct store_folder *folder, bool level, bool childinfo)
{
    struct imapd *imapd = listing->imapd;
    bool first = true;
    buf_printf(&imapd->out, "* %s (", listing->lsub ? "LSUB" : "LIST");
    if (level || (!folder->exists && listing->lsub))
        write_attribute(imapd, &first, "\\Noselect");
    else if (!folder->exists)
        write_attribute(imapd, &first, "\\NonExistent \\Noselect");
    if (!listing->lsub) {
        write_attribute(imapd, &first, folder->has_children ? "\\HasChildren" : "\\HasNoChildren");
        if (listing->tell_subscribed && folder->subscribed)
            write_attribute(imapd, &first, "\\Subscribed");
        if (folder->role != NULL)
            write_attribute(imapd, &first, folder->role);
    }
    buf_add_text(&imapd->out, ") \".\" ");
    imapd_write_name(imapd, folder->name);
    if (childinfo)
        buf_printf(&imapd->out, " (\"CHILDINFO\" (\"%s\"))", listing->only_subscribed ? "SUBSCRIBED" : "SPECIAL-USE");
    buf_add_text(&imapd->out, "\r\n");
    if (listing->status != NULL && folder->exists)
        imapd_write_status(imapd, folder->name, listing->status);
}

static void tell_all(const struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        const struct store_folder *folder = &listing->folders[i];
        if (!matches(listing, folder->name))
            continue;
        const bool met = meets(listing, folder);
        if (listing->recursive) {
            const bool child = has_meeting_child(listing, i, !met);
            if (met || child)
                tell(listing, folder, false, child);
        } else if (met) {
            tell(listing, folder, false, false);
        } else if (listing->lsub && has_meeting_child(listing, i, true)) {
            tell(listing, folder, true, false); /* RFC 3501 §6.3.9, its example with % */
        }
    }
}

void imapd_tell_list(struct imapd *imapd, const char *name)
{
    struct listing listing = { .imapd = imapd };
    if (store_list(imapd->store, &listing.folders, &listing.count) != STORE_OK)
        return;
    for (size_t i = 0; i < listing.count; i++)
        if (strcmp(listing.folders[i].name, name) == 0)
            tell(&listing, &listing.folders[i], false, false);
    store_list_free(listing.folders, listing.count);
}

static enum imapd_result list(struct imapd *imapd, const struct imap_command *command, bool lsub)
{
    struct listing listing = { .imapd = imapd, .lsub = lsub };
    if (!read_arguments(command->arguments, &listing))
        return imapd_arguments(imapd, lsub ? "LSUB reference pattern"
                                           : "LIST [(options)] reference pattern [RETURN (options)]");
    if (!lsub && !listing.several && listing.pattern->text.len == 0) {
        /* §6.3.9: "a special request to return the hierarchy delimiter" */
        buf_add_text(&imapd->out, "* LIST (\\Noselect) \".\" \"\"\r\n");
        return imapd_ok(imapd, "Levels are separated by a dot");
    }
    const enum store_result result = store_list(imapd->store, &listing.folders, &listing.count);
    if (result != STORE_OK)
        return imapd_failed(imapd, result);
    tell_all(&listing);
    store_list_free(listing.folders, listing.count);
    return imapd_ok(imapd, "That is all");
}

IMAPD_COMMAND(list)
{
    return list(imapd, command, false);
}

IMAPD_COMMAND(lsub)
{
    return list(imapd, command, true);
}
