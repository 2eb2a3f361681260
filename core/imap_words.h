/*
 * imap_words.h - the vocabulary of IMAP: one sentence and one RFC section for
 * every command, response, response code, capability, flag, FETCH item and
 * SEARCH key.
 *
 *     WORD_VERB        commands; id is enum imap_verb (imap_command.h)
 *     WORD_REPLY       responses; id is enum imap_reply (imap_response.h)
 *     WORD_CODE        what stands in [brackets]
 *     WORD_CAPABILITY  "AUTH=" stands for every AUTH=MECHANISM
 *     WORD_FLAG        of messages and of mailboxes: "\\Seen", "\\Noselect", "$Junk"
 *     WORD_ITEM        of FETCH and STATUS
 *     WORD_KEY         of SEARCH and SORT
 */
#ifndef PLI_CORE_IMAP_WORDS_H
#define PLI_CORE_IMAP_WORDS_H

#include "words.h"

extern const struct word_table imap_words;

#endif
