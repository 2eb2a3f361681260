#include "imap_response.h"

#include <string.h>

#include "imap_lexer.h"
#include "words.h"

static const char *const reply_names[] = {
    [IMAP_REPLY_UNKNOWN] = "", [IMAP_REPLY_OK] = "OK", [IMAP_REPLY_NO] = "NO", [IMAP_REPLY_BAD] = "BAD",
    [IMAP_REPLY_PREAUTH] = "PREAUTH", [IMAP_REPLY_BYE] = "BYE", [IMAP_REPLY_CAPABILITY] = "CAPABILITY",
    [IMAP_REPLY_ENABLED] = "ENABLED", [IMAP_REPLY_ID] = "ID", [IMAP_REPLY_LIST] = "LIST",
    [IMAP_REPLY_LSUB] = "LSUB", [IMAP_REPLY_NAMESPACE] = "NAMESPACE", [IMAP_REPLY_STATUS] = "STATUS",
    [IMAP_REPLY_SEARCH] = "SEARCH", [IMAP_REPLY_ESEARCH] = "ESEARCH", [IMAP_REPLY_SORT] = "SORT",
    [IMAP_REPLY_THREAD] = "THREAD", [IMAP_REPLY_FLAGS] = "FLAGS", [IMAP_REPLY_QUOTA] = "QUOTA",
    [IMAP_REPLY_QUOTAROOT] = "QUOTAROOT", [IMAP_REPLY_VANISHED] = "VANISHED", [IMAP_REPLY_EXISTS] = "EXISTS",
    [IMAP_REPLY_RECENT] = "RECENT", [IMAP_REPLY_EXPUNGE] = "EXPUNGE", [IMAP_REPLY_FETCH] = "FETCH",
};

enum imap_reply imap_reply_of(struct span name)
{
    for (int reply = IMAP_REPLY_OK; reply < IMAP_REPLY_COUNT; reply++)
        if (span_is_nocase(name, reply_names[reply]))
            return (enum imap_reply)reply;
    return IMAP_REPLY_UNKNOWN;
}

/* The next word up to a space, and the space with it. */
static struct span cut_word(struct span *rest)
{
    const char *space = rest->len == 0 ? NULL : memchr(rest->at, ' ', rest->len);
    const size_t len = space == NULL ? rest->len : (size_t)(space - rest->at);
    const struct span word = { rest->at, len };
    rest->at += space == NULL ? len : len + 1;
    rest->len -= space == NULL ? len : len + 1;
    return word;
}

static struct span own(struct imap_tree *tree, struct span line)
{
    char *copy = imap_tree_text(tree, line.len);
    if (copy == NULL)
        return (struct span){ "", 0 };
    memcpy(copy, line.at, line.len);
    return (struct span){ copy, line.len };
}

/*
 * RFC 9051 §7.1 resp-text-code. A code whose arguments do not look like IMAP
 * words (the RFC allows any text but "]") is still known by its name.
 */
static void read_code(struct imap_tree *tree, struct imap_response *response, struct span rest)
{
    size_t used = 0;
    response->text = rest;
    if (rest.len == 0 || rest.at[0] != '[')
        return;
    const char *close = memchr(rest.at, ']', rest.len);
    if (close == NULL)
        return;
    struct span inside = { rest.at + 1, (size_t)(close - rest.at) - 1 };
    response->code = cut_word(&inside);
    const struct span words = { inside.at, rest.len - (size_t)(inside.at - rest.at) };
    if (inside.len > 0 && imap_lexer_code(tree, words, &used) == NULL) {
        response->code_arguments = tree->root.child;
        close = inside.at + used;
    }
    close++;
    if (close < rest.at + rest.len && *close == ' ')
        close++;
    response->text = (struct span){ close, (size_t)(rest.at + rest.len - close) };
}

int imap_response_status(struct span line, struct imap_tree *tree, struct imap_response *response, const char **error)
{
    *response = (struct imap_response){ .kind = IMAP_CONTINUE };
    struct span rest = line;
    const struct span first = cut_word(&rest);
    if (span_is(first, "+")) {
        response->text = own(tree, rest);
        return 1;
    }
    rest = line;
    cut_word(&rest);
    const enum imap_reply reply = imap_reply_of(cut_word(&rest));
    const bool status = reply >= IMAP_REPLY_OK && reply <= IMAP_REPLY_BYE;
    if (span_is(first, "*") && !status)
        return 0;
    *error = N_("A server's line begins with \"*\", \"+\" or the tag of a command, and a tag is followed by "
                "OK, NO or BAD.");
    if (first.len == 0 || !status || (!span_is(first, "*") && reply > IMAP_REPLY_BAD))
        return -1;
    rest = own(tree, line);
    response->reply = reply;
    response->tag = cut_word(&rest);
    response->name = cut_word(&rest);
    response->kind = span_is(first, "*") ? IMAP_UNTAGGED : IMAP_TAGGED;
    if (response->kind == IMAP_UNTAGGED)
        response->tag = (struct span){ "", 0 };
    read_code(tree, response, rest);
    return 1;
}

const char *imap_response_read(const struct imap_tree *tree, struct imap_response *response)
{
    *response = (struct imap_response){ .kind = IMAP_UNTAGGED };
    const struct imap_node *node = tree->root.child == NULL ? NULL : tree->root.child->next;
    uint64_t number = 0;
    const bool numbered = imap_number(node, UINT32_MAX, &number);
    if (numbered)
        node = node->next;
    if (!imap_is_atom(node))
        return N_("An untagged response has no name: \"* NAME\" or \"* NUMBER NAME\" was expected.");
    response->number = (uint32_t)number;
    response->name = node->text;
    response->reply = imap_reply_of(node->text);
    const bool wants_number = response->reply >= IMAP_REPLY_EXISTS;
    if (response->reply != IMAP_REPLY_UNKNOWN && numbered != wants_number)
        return N_("EXISTS, RECENT, EXPUNGE and FETCH have a number before them, and no other response has.");
    response->arguments = node->next;
    response->count = tree->root.count - (numbered ? 3 : 2);
    return NULL;
}
