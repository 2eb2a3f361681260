#include "keywords.h"

#include "headers.h"
#include "io/i18n.h"
#include "steps.h"

const struct keyword keyword_client = {
    "C", VALUE_SPEECH, "TEXT", N_("a line that the client says"), 0, 0, NULL, step_speech
};
const struct keyword keyword_server = {
    "S", VALUE_SPEECH, "TEXT", N_("a line that the server says"), 0, 0, NULL, step_speech
};

static const struct keyword table[] = {
    { "title", VALUE_HEADER, "TEXT", N_("what is learnt, in one sentence"), 0, 0, header_title, NULL },
    { "title.fr", VALUE_HEADER, "TEXT", N_("the same in French"), 0, 0, header_title_fr, NULL },
    { "rfc", VALUE_HEADER, "5321 §4.1.4, ...", N_("where it is written"), 0, 0, header_rfc, NULL },
    { "hint", VALUE_HEADER, "TEXT", N_("what to think of when it fails"), 0, 0, header_hint, NULL },
    { "hint.fr", VALUE_HEADER, "TEXT", N_("the same in French"), 0, 0, header_hint_fr, NULL },
    { "points", VALUE_HEADER, "NUMBER", N_("what it is worth (1)"), 0, 0, header_points, NULL },
    { "needs", VALUE_HEADER, "WORD...", N_("what a server may lawfully lack: see --profile"), 0, 0, header_needs,
      NULL },
    { "accounts", VALUE_HEADER, "NUMBER", N_("so many accounts of its own are needed (1): ${user}, ${password}, "
                                             "${user2}, ..."), 0, 0, header_accounts, NULL },
    { "time", VALUE_HEADER, "SECONDS", N_("the whole may take so long (60)"), 0, 0, header_time, NULL },
    { "columns", VALUE_HEADER, "NAME...", N_("the dialogue is run for each row, with these values"), 0, 0,
      header_columns, NULL },
    { "row", VALUE_HEADER, "WORD...", N_("one row of values"), 0, 0, header_row, NULL },
    { "include", VALUE_TEXT, "FILE", N_("the lines of that file, as if they stood here"), 0, 0, NULL, NULL },
    { "connect", VALUE_WORDS, "SERVICE", N_("a connection begins: smtp, submission, submissions, pop3, pop3s, imap, "
                                            "imaps"), 1, 2, NULL, step_connect },
    { "tls", VALUE_MAYBE, "[version=1.2] [name=HOST] [alpn=NAME] [fails]", N_("the TLS handshake, now"), 0, 5, NULL,
      step_tls },
    { "tls-is", VALUE_WORDS, "[version=TLSv1.*] [cipher=*] [name=HOST] [trusted=yes] [alpn=imap] [subject=*]",
      N_("what TLS must have come to"), 1, 0, NULL, step_tls_is },
    { "state", VALUE_TEXT, "NAME", N_("the state of the protocol, as the kit's table names it"), 0, 0, NULL,
      step_state },
    { "closed", VALUE_NONE, "", N_("the other side closes the connection, and says nothing more"), 0, 0, NULL,
      step_closed },
    { "close", VALUE_MAYBE, "[half|reset]", N_("we close the connection; half: we only say nothing more"), 0, 1, NULL,
      step_close },
    { "pause", VALUE_WORDS, "SECONDS", N_("nothing is done for so long"), 1, 1, NULL, step_pause },
    { "silence", VALUE_WORDS, "SECONDS", N_("the other side must say nothing for so long; it may close"), 1, 1, NULL,
      step_silence },
    { "within", VALUE_WORDS, "SECONDS", N_("from here on, an answer may take so long"), 1, 1, NULL, step_within },
    { "set", VALUE_WORDS, "NAME VALUE", N_("a value gets a name"), 2, 2, NULL, step_set },
    { "same", VALUE_WORDS, "A B", N_("the two must be the same"), 2, 2, NULL, step_same },
    { "differ", VALUE_WORDS, "A B", N_("the two must not be the same"), 2, 2, NULL, step_differ },
    { "less", VALUE_WORDS, "A B", N_("the number A must be less than B"), 2, 2, NULL, step_less },
    { "any-order", VALUE_NONE, "", N_("the lines up to \"end\" may come in any order"), 0, 0, NULL, step_any_order },
    { "end", VALUE_NONE, "", N_("the last of the lines in any order was before"), 0, 0, NULL, NULL },
    { "deliver", VALUE_WORDS, "MAILBOX FILE [flags=S] [times=3]", N_("puts a letter into a Maildir: USER or "
                                                                     "USER/.Folder"), 2, 4, NULL, step_deliver },
    { "maildir", VALUE_PATTERN, "MAILBOX count|new|cur|tmp|contains|lacks|flags|mode|folder VALUE",
      N_("what must be in a Maildir, at the latest when the time for an answer is over"), 2, 2, NULL, step_maildir },
    { "packets", VALUE_TEXT, "never FILTER | count [>=|<=]N FILTER | before FILTER -- FILTER",
      N_("what must be in the capture made meanwhile (--capture)"), 0, 0, NULL, step_packets },
};

const struct keyword *keyword_row(size_t row)
{
    return row < sizeof table / sizeof table[0] ? &table[row] : NULL;
}

const struct keyword *keyword_find(struct span name)
{
    for (size_t i = 0; keyword_row(i) != NULL; i++)
        if (span_is(name, table[i].name))
            return &table[i];
    return NULL;
}

static const struct speech_word speech_words[] = {
    { "?", SPEECH_OPTIONAL, N_("may come, and may not (C?: and S?:)") },
    { "*", SPEECH_MANY, N_("may come any number of times (C*: and S*:)") },
    { "reply", SPEECH_REPLY, N_("all lines of a reply, with LF between them; 250* with a star behind the code, too") },
    { "until", SPEECH_UNTIL, N_("other lines may come before it") },
    { "not", SPEECH_NOT, N_("must come, and must not match") },
    { "raw", SPEECH_RAW, N_("exactly these bytes; no end of line is added or expected") },
    { "bytewise", SPEECH_BYTEWISE, N_("a line that is sent one byte at a time") },
    { "data", SPEECH_DATA, N_("the file of that name as the content of a letter: dots doubled, and the final dot") },
};

const struct speech_word *speech_word_row(size_t row)
{
    return row < sizeof speech_words / sizeof speech_words[0] ? &speech_words[row] : NULL;
}
