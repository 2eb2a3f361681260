#include "imap_command.h"

#include <string.h>

#include "imap_state.h"
#include "words.h"

enum imap_verb imap_verb_of(struct span name)
{
    for (int verb = IMAP_VERB_CAPABILITY; verb < IMAP_VERB_COUNT; verb++)
        if (span_is_nocase(name, imap_machine.verb_names[verb]))
            return (enum imap_verb)verb;
    return IMAP_VERB_UNKNOWN;
}

/* RFC 9051 §9: tag = 1*<any ASTRING-CHAR except "+"> */
static bool is_tag(const struct imap_node *node)
{
    return node != NULL && node->type == IMAP_WORD && imap_is_astring(node) &&
           memchr(node->text.at, '+', node->text.len) == NULL;
}

/* RFC 9051 §6.4.9, RFC 4315 §2.1, RFC 6851 §3.2, RFC 5256 §3: what UID may stand before. */
static bool takes_uid(enum imap_verb verb)
{
    return verb == IMAP_VERB_FETCH || verb == IMAP_VERB_STORE || verb == IMAP_VERB_COPY || verb == IMAP_VERB_MOVE ||
           verb == IMAP_VERB_SEARCH || verb == IMAP_VERB_EXPUNGE || verb == IMAP_VERB_SORT || verb == IMAP_VERB_THREAD;
}

const char *imap_command_read(const struct imap_tree *tree, struct imap_command *command)
{
    *command = (struct imap_command){ .verb = IMAP_VERB_UNKNOWN };
    const struct imap_node *node = tree->root.child;
    if (!is_tag(node))
        return N_("A command begins with a tag: a word without \"+\", by which the answer is recognized.");
    command->tag = node->text;
    node = node->next;
    if (!imap_is_atom(node))
        return N_("The name of a command is missing after the tag.");
    command->count = tree->root.count - 2;
    if (imap_is(node, "UID") && node->next != NULL && imap_is_atom(node->next) &&
        takes_uid(imap_verb_of(node->next->text))) {
        command->uid = true;
        command->count--;
        node = node->next;
    }
    command->name = node->text;
    command->verb = imap_verb_of(node->text);
    command->arguments = node->next;
    return NULL;
}
