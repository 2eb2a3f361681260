/* protocol.c - SMTP, POP3 and IMAP: every word with its meaning, and the machine that says what is legal when. */
#include "reference/reference.h"

#include "core/machine.h"
#include "io/i18n.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct { enum word_kind kind; const char *title; } sections[] = {
    { WORD_VERB, N_("Commands") },
    { WORD_REPLY, N_("Replies") },
    { WORD_CODE, N_("Response codes") },
    { WORD_CAPABILITY, N_("Capabilities") },
    { WORD_FLAG, N_("Flags and attributes") },
    { WORD_ITEM, N_("Items, parameters and status codes") },
    { WORD_KEY, N_("Keys of searching and sorting") },
};

static const char *const outcomes[] = {
    [OUTCOME_OK] = N_("well"), [OUTCOME_MORE] = N_("go on"), [OUTCOME_NO] = N_("refused"),
    [OUTCOME_BAD] = N_("not understood"), [OUTCOME_BYE] = N_("goodbye"),
};

static void words(const struct word_table *table, enum word_kind kind, const char *title, FILE *out)
{
    static const char *const head[] = { N_("Word"), N_("Meaning"), N_("Source") };
    bool begun = false;
    for (size_t i = 0; i < table->count; i++) {
        const struct word *word = &table->rows[i];
        if (word->kind != kind)
            continue;
        if (!begun) {
            heading(out, 2, title);
            table_head(out, COUNT(head), head);
            begun = true;
        }
        cell_code(out, word->name);
        cell(out, _(word->meaning));
        cell(out, word->rfc);
        row_end(out);
    }
}

static void moves(const struct reference_page *page, FILE *out)
{
    static const char *const head[] = { N_("In the state"), N_("after"), N_("answered"), N_("the state is"),
                                        N_("Source") };
    const struct machine_table *table = page->machine;
    heading(out, 2, N_("What is legal when"));
    fprintf(out, "%s\n\n![%s](%s.svg)\n\n",
            _("What has no row here is an error of the protocol. The server asks this table before it obeys."),
            _("The state machine"), page->name);
    table_head(out, COUNT(head), head);
    for (size_t i = 0; i < table->move_count; i++) {
        const struct move *move = &table->moves[i];
        cell(out, table->state_names[move->state]);
        cell_code(out, table->verb_names[move->verb]);
        cell(out, _(outcomes[move->outcome]));
        cell(out, table->state_names[move->next]);
        cell(out, move->rfc);
        row_end(out);
    }
}

void page_protocol(const struct reference_page *page, FILE *out)
{
    for (size_t i = 0; i < COUNT(sections); i++)
        words(page->words, sections[i].kind, sections[i].title, out);
    moves(page, out);
}
