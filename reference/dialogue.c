/* dialogue.c - the page about the language of dialogues: what begins a line, and what stands in ${...}. */
#include "reference/reference.h"

#include "core/buf.h"
#include "io/i18n.h"
#include "labs/dialogue/functions.h"
#include "labs/dialogue/keywords.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void line(FILE *out, const char *before, const char *name, const char *between, const char *arguments,
                 const char *meaning)
{
    struct buf form;
    buf_init(&form, 1 << 12);
    buf_printf(&form, "%s%s%s%s", before, name, between, arguments);
    buf_add(&form, "", 1);
    cell_code(out, form.data);
    cell(out, _(meaning));
    row_end(out);
    buf_free(&form);
}

static void head(FILE *out, const char *title)
{
    static const char *const titles[] = { N_("Written"), N_("Meaning") };
    heading(out, 2, title);
    table_head(out, COUNT(titles), titles);
}

void page_dialogue(const struct reference_page *page, FILE *out)
{
    const struct keyword *keyword;
    const struct speech_word *word;
    const struct function *function;
    (void)page;
    fprintf(out, _("What %s --help-language prints."), "dialogue");
    putc('\n', out);
    head(out, N_("Lines that are said"));
    line(out, "", "C", ": ", "TEXT", keyword_client.meaning);
    line(out, "", "S", ": ", "TEXT", keyword_server.meaning);
    for (size_t i = 0; (word = speech_word_row(i)) != NULL; i++)
        line(out, word->name[1] == '\0' ? "S" : "S ", word->name, ": ", "TEXT", word->meaning);
    head(out, N_("Other lines"));
    for (size_t i = 0; (keyword = keyword_row(i)) != NULL; i++)
        line(out, "", keyword->name, keyword->arguments[0] != '\0' ? ": " : "", keyword->arguments, keyword->meaning);
    head(out, N_("Functions"));
    for (size_t i = 0; (function = function_row(i)) != NULL; i++) {
        char end[128];
        snprintf(end, sizeof end, "%s}", function->arguments);
        line(out, "${", function->name, " ", end, function->meaning);
    }
}
